"""The profile of the old desk: what is in it, what is wrong with it, and what a mapping leaves of both."""

from ticketferry.errors import ConfigError, FerryError, MappingError, WorkspaceError
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.result import NoLookups
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.quality.moved import MovedView
from ticketferry.quality.profile import Profile, profile
from ticketferry.schema.catalog import Catalog
from ticketferry.store.snapshots import Snapshots

__all__ = ["profile_desk"]


def profile_desk(project: Project, *, mapped: bool = False, progress: Progress = quiet) -> Profile:
    """Profile the newest snapshot of the source. Talks to no desk.

    `mapped`: only what the mapping moves, in the source's words; raises MappingError where it cannot be used. Else a mapping that can be
    read gives remedies their words, and one that cannot is passed over.
    """
    snapshots = project.snapshots("source")
    latest = snapshots.latest()
    if latest is None:
        raise WorkspaceError(
            "the extract of the source desk was interrupted",
            remedy="Run `ticketferry extract` again; it goes on.",
        )
    if mapped:
        planning = project.planning()
        view = MovedView(planning.engine, planning.source_catalog, whole=False)
        return profile(snapshots, latest.number, progress, view)
    return profile(snapshots, latest.number, progress, _words(project, snapshots))


def _words(project: Project, snapshots: Snapshots) -> MovedView | None:
    """Return what the mapping says of statuses and fields; None where there is none that can be read."""
    try:
        mapping = project.mapping()
    except (ConfigError, MappingError):
        return None
    target = Catalog(desk=project.config.target.key, product=mapping.rules.target)
    try:
        there = project.snapshots("target")
        if (known := there.latest()) is not None and known.catalog:
            target = there.catalog(known.catalog)
    except FerryError:
        pass  # the target was not read yet: names of the mapping are enough
    latest = snapshots.latest()
    if latest is None or not latest.catalog:
        return None
    source = snapshots.catalog(latest.catalog)
    features = project.config.target.connector.features
    return MovedView(Engine(mapping, source, target, features, NoLookups(), latest.began), source, whole=True)
