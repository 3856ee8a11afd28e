"""The mapping file of a migration: checked against both desks, or drafted from what they define."""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from ticketferry.errors import ConfigError, MappingError, WorkspaceError
from ticketferry.mapping.draft import draft
from ticketferry.mapping.lint import UNDECIDED, lint
from ticketferry.mapping.shipped import shipped
from ticketferry.project.opening import Project
from ticketferry.schema.catalog import Catalog
from ticketferry.sdk.contract import Finding, Severity

__all__ = ["MappingCheck", "Ready", "check_mapping", "draft_mapping", "ready_mappings"]


@dataclass(slots=True)
class MappingCheck:
    """`problems`: what keeps the file from being read; `findings`: what does not hold against the desks (where they were read)."""

    path: Path
    problems: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    compared: bool = False
    digest: str = ""
    phases: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Tell whether a plan can be made with it."""
        return not self.problems and not any(item.severity is Severity.BLOCKER for item in self.findings)


@dataclass(frozen=True, slots=True)
class Ready:
    """A mapping that comes with ticketferry."""

    name: str
    source: str
    target: str
    path: Path


def check_mapping(project: Project) -> MappingCheck:
    """Read the mapping and compare it with the catalogs of both snapshots. Raises ConfigError where there is no file."""
    result = MappingCheck(project.config.mapping)
    try:
        mapping = project.mapping()
    except MappingError as error:
        result.problems = tuple(str(problem) for problem in error.problems)
        return result
    result.digest = mapping.digest
    result.phases = tuple(phase.name for phase in mapping.rules.phases)
    try:
        source, target = _catalog(project, "source"), _catalog(project, "target")
    except WorkspaceError:
        return result
    result.compared = True
    result.findings = lint(mapping, source, target, project.config.target.connector.features)
    return result


def _catalog(project: Project, role: str) -> Catalog:
    snapshots = project.snapshots(role)
    latest = snapshots.latest()
    if latest is None:
        raise WorkspaceError(
            f"the extract of the {role} desk was interrupted",
            remedy="Run `ticketferry extract` again; it goes on.",
        )
    return snapshots.catalog(latest.catalog)


def draft_mapping(project: Project) -> tuple[str, int]:
    """Return a first mapping as text, and how many places wait for a person. Raises WorkspaceError where a desk was not read."""
    text = draft(_catalog(project, "source"), _catalog(project, "target"))
    return text, _undecided(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 -- our own text, scalars only


def _undecided(item: object) -> int:
    if isinstance(item, dict):
        return sum(_undecided(value) for value in item.values())
    if isinstance(item, list):
        return sum(_undecided(value) for value in item)
    return int(item == UNDECIDED)


def ready_mappings() -> list[Ready]:
    """Return the mappings that come with ticketferry."""
    found = []
    for name, path in shipped().items():
        try:
            head = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        except (OSError, yaml.YAMLError) as error:
            raise ConfigError(
                f"the ready mapping {name} cannot be read: {error}", remedy="Install it again."
            ) from error
        found.append(Ready(name, str(head.get("source", "")), str(head.get("target", "")), path))
    return found
