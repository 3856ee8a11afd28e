"""A folder belongs to one pair of desks: whoever answers is held against the desk of the first contact, before anything else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ticketferry.errors import WorkspaceError
from ticketferry.plan.definition import PlanFile
from ticketferry.registry import open_source, open_target
from ticketferry.sdk.contract import Source
from ticketferry.sdk.identity import DeskIdentity
from ticketferry.store.run_log import RunLog

if TYPE_CHECKING:
    from ticketferry.project.opening import Project

__all__ = [
    "HeldDesks",
    "desk_header",
    "hold_readdressed",
    "known_desk",
    "moved_desk",
    "refuse_other_desk",
    "refuse_readdressed",
]


class HeldDesks:
    """Which desks were asked already who they are: once in a run, each time outside of one."""

    def __init__(self) -> None:
        self._runs = 0
        self._met: set[str] = set()

    @contextmanager
    def once_a_run(self) -> Iterator[None]:
        """Ask each desk once while this lasts."""
        if not self._runs:
            self._met.clear()
        self._runs += 1
        try:
            yield
        finally:
            self._runs -= 1
            self._met.clear()

    def hold(self, project: "Project", role: str, desk: Source) -> None:
        """Hold the desk against the one that the folder knows. Raises WorkspaceError naming both where they are two."""
        if role in self._met:
            return
        found = desk.identity()
        known = known_desk(project, role)
        if known is not None and not known.same(found):
            raise _other(project, role, known, found)
        if not project.readonly and project.workspace.identity(role) != found:
            # What became known since (an id, a new name of the same account) is kept.
            better = DeskIdentity(found.id or (known.id if known else ""), found.place)
            if project.workspace.identity(role) != better:
                project.workspace.keep_identity(role, better)
        if not project.readonly:
            _note(project, role)
            _note_address(project, role)
        if self._runs:
            self._met.add(role)


def known_desk(project: "Project", role: str) -> DeskIdentity | None:
    """Return which desk the folder's `source` or `target` is: as workspace.db says, where that is lost as the snapshot says."""
    known = project.workspace.identity(role)
    if known is None and (project.root / f"{role}.db").exists():
        known = project.snapshots(role).identity()
    return known


def _note(project: "Project", role: str) -> None:
    known = project.workspace.identity(role)
    if known is not None and (project.root / f"{role}.db").exists():
        snapshots = project.snapshots(role)
        if snapshots.identity() != known:
            snapshots.keep_identity(known)


def _other(project: "Project", role: str, known: DeskIdentity, found: DeskIdentity) -> WorkspaceError:
    steps = [
        "Nothing was read from it and nothing was written. Put the old address back in migration.yaml,",
        "or begin a new environment for the other desk, in a folder of its own:",
        "  ticketferry init NAME     then copy mapping.yaml and decisions/ into it",
    ]
    if not (known.id and found.id):
        steps += [
            "Only where it is the same desk under a new name:",
            f"  ticketferry check --moved {role} --by NAME",
        ]
    return WorkspaceError(
        f"the {role} is another desk than this folder's: {found} answers,\n"
        f"  and the snapshots, plans and confirmations here are of {known}",
        where=project.desk(role).where,
        remedy="\n  ".join(steps),
    )


def moved_desk(project: "Project", role: str, by: str) -> tuple[DeskIdentity, DeskIdentity]:
    """Take a desk for the folder's own under a new name, as `by` says; return (before, now).

    Raises WorkspaceError where the desk's own id says that it is another one.
    """
    desk = project.desk(role)
    make = open_source if role == "source" else open_target
    opened = make(desk.connector, desk.options(), project.session(role))
    try:
        found = opened.identity()
    finally:
        opened.close()
    known = known_desk(project, role)
    if known is not None and known.id and found.id and known.id != found.id:
        raise _other(project, role, known, found)
    project.workspace.keep_identity(
        role, DeskIdentity(found.id or (known.id if known else ""), found.place), by
    )
    _note(project, role)
    _note_address(project, role)
    return known or found, found


def hold_readdressed(project: "Project", log: RunLog) -> None:
    """Ask a desk whose address was changed since it answered last who it is: a snapshot belongs to the desk that was read.

    Raises WorkspaceError where another one answers, else what asking raises.
    """
    for role in ("source", "target"):
        if _readdressed(project, role) is not None:
            opener = project.open_source if role == "source" else project.open_target
            with opener(log):
                pass


def refuse_readdressed(project: "Project") -> None:
    """Raise WorkspaceError where migration.yaml names another address than the one that the snapshots were read at."""
    for role in ("source", "target"):
        before = _readdressed(project, role)
        if before is not None:
            known = known_desk(project, role)
            whose = f", which is {known}" if known is not None else ""
            raise WorkspaceError(
                f"migration.yaml names {_address(project, role)} as the {role}, and what was read here is of {before}{whose}",
                where=project.config.document.at((role,)),
                remedy="Put the old address back in migration.yaml. Where it is the same desk under another address,"
                f"\n  `ticketferry check {role}` asks it and goes on with it.",
            )


def _readdressed(project: "Project", role: str) -> str | None:
    """Return the address at which the desk answered last where migration.yaml names another one by now."""
    if project.readonly or not (project.root / f"{role}.db").exists():
        return None
    now, met = _address(project, role), project.workspace.notes("address:").get(role)
    if not met and "://" in now:
        met = project.snapshots(role).url()
    return met if met and now and met != now else None


def _address(project: "Project", role: str) -> str:
    """Return where a desk is; a folder of files within the project's own is named from there, so that both may be moved."""
    where = project.desk(role).where
    if "://" not in where and Path(where).is_relative_to(project.root):
        return str(Path(where).relative_to(project.root))
    return where


def _note_address(project: "Project", role: str) -> None:
    address = _address(project, role)
    if project.workspace.notes("address:").get(role) != address:
        project.workspace.note(f"address:{role}", address)


def desk_header(project: "Project", role: str) -> dict[str, str]:
    """Return what a plan says of a desk: its key, where it is, and which one it is."""
    desk, known = project.desk(role), known_desk(project, role)
    header = {"key": desk.key, "where": desk.where}
    return {**header, "id": known.id, "place": known.place} if known is not None else header


def refuse_other_desk(project: "Project", plan: PlanFile) -> None:
    """Raise WorkspaceError where a plan was made for other desks than the folder's."""
    for role in ("source", "target"):
        made = plan.header.get(role, {})
        known = known_desk(project, role)
        if known is None or "place" not in made:
            continue
        planned = DeskIdentity(made.get("id", ""), made["place"])
        if not planned.same(known):
            raise WorkspaceError(
                f"{plan.id} was made for another {role}: {planned}, and this folder's is {known}",
                where=plan.id,
                remedy="Make a new plan: `ticketferry plan`.",
            )
