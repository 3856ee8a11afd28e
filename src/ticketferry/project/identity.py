"""A folder belongs to one pair of desks: whoever answers is held against the desk of the first contact, before anything else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ticketferry.errors import WorkspaceError
from ticketferry.plan.file.reader import PlanFile
from ticketferry.project.folder import MigrationFolder
from ticketferry.registry import open_source, open_target
from ticketferry.sdk.contract import Source
from ticketferry.sdk.identity import DeskIdentity

__all__ = [
    "HeldDesks",
    "desk_header",
    "known_desk",
    "moved_desk",
    "readdressed",
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

    def hold(self, folder: MigrationFolder, role: str, desk: Source) -> None:
        """Hold the desk against the one that the folder knows. Raises WorkspaceError naming both where they are two."""
        if role in self._met:
            return
        answering = desk.identity()
        known = known_desk(folder, role)
        if known is not None and not known.same(answering):
            raise _other(folder, role, known, answering)
        if not folder.readonly and folder.workspace.identity(role) != answering:
            # What became known since (an id, a new name of the same account) is kept.
            better = DeskIdentity(answering.id or (known.id if known else ""), answering.place)
            if folder.workspace.identity(role) != better:
                folder.workspace.keep_identity(role, better)
        if not folder.readonly:
            _note(folder, role)
            _note_address(folder, role)
        if self._runs:
            self._met.add(role)


def known_desk(folder: MigrationFolder, role: str) -> DeskIdentity | None:
    """Return which desk the folder's `source` or `target` is: as workspace.db says, where that is lost as the snapshot says."""
    known = folder.workspace.identity(role)
    if known is None and (folder.root / f"{role}.db").exists():
        known = folder.snapshots(role).identity()
    return known


def _note(folder: MigrationFolder, role: str) -> None:
    known = folder.workspace.identity(role)
    if known is not None and (folder.root / f"{role}.db").exists():
        snapshots = folder.snapshots(role)
        if snapshots.identity() != known:
            snapshots.keep_identity(known)


def _other(
    folder: MigrationFolder, role: str, known: DeskIdentity, answering: DeskIdentity
) -> WorkspaceError:
    steps = [
        "Nothing was read from it and nothing was written. Put the old address back in migration.yaml,",
        "or begin a new environment for the other desk, in a folder of its own:",
        "  ticketferry init NAME     then copy mapping.yaml and decisions/ into it",
    ]
    if not (known.id and answering.id):
        steps += [
            "Only where it is the same desk under a new name:",
            f"  ticketferry check --moved {role} --by NAME",
        ]
    return WorkspaceError(
        f"the {role} is another desk than this folder's: {answering} answers,\n"
        f"  and the snapshots, plans and confirmations here are of {known}",
        where=folder.desk(role).where,
        remedy="\n  ".join(steps),
    )


def moved_desk(folder: MigrationFolder, role: str, by: str) -> tuple[DeskIdentity, DeskIdentity]:
    """Take a desk for the folder's own under a new name, as `by` says; return (before, now).

    Raises WorkspaceError where the desk's own id says that it is another one.
    """
    desk = folder.desk(role)
    make = open_source if role == "source" else open_target
    opened = make(desk.connector, desk.options(), folder.session(role))
    try:
        answering = opened.identity()
    finally:
        opened.close()
    known = known_desk(folder, role)
    if known is not None and known.id and answering.id and known.id != answering.id:
        raise _other(folder, role, known, answering)
    folder.workspace.keep_identity(
        role, DeskIdentity(answering.id or (known.id if known else ""), answering.place), by
    )
    _note(folder, role)
    _note_address(folder, role)
    return known or answering, answering


def refuse_readdressed(folder: MigrationFolder) -> None:
    """Raise WorkspaceError where migration.yaml names another address than the one that the snapshots were read at."""
    for role in ("source", "target"):
        before = readdressed(folder, role)
        if before is not None:
            known = known_desk(folder, role)
            whose = f", which is {known}" if known is not None else ""
            raise WorkspaceError(
                f"migration.yaml names {_address(folder, role)} as the {role}, and what was read here is of {before}{whose}",
                where=folder.config.document.at((role,)),
                remedy="Put the old address back in migration.yaml. Where it is the same desk under another address,"
                f"\n  `ticketferry check {role}` asks it and goes on with it.",
            )


def readdressed(folder: MigrationFolder, role: str) -> str | None:
    """Return the address at which the desk answered last where migration.yaml names another one by now."""
    if folder.readonly or not (folder.root / f"{role}.db").exists():
        return None
    now, met = _address(folder, role), folder.workspace.notes("address:").get(role)
    if not met and "://" in now:
        met = folder.snapshots(role).url()
    return met if met and now and met != now else None


def _address(folder: MigrationFolder, role: str) -> str:
    """Return where a desk is; a folder of files within the folder's own is named from there, so that both may be moved."""
    where = folder.desk(role).where
    if "://" not in where and Path(where).is_relative_to(folder.home):
        return str(Path(where).relative_to(folder.home))
    return where


def _note_address(folder: MigrationFolder, role: str) -> None:
    address = _address(folder, role)
    if folder.workspace.notes("address:").get(role) != address:
        folder.workspace.note(f"address:{role}", address)


def desk_header(folder: MigrationFolder, role: str) -> dict[str, str]:
    """Return what a plan says of a desk: its key, where it is, and which one it is."""
    desk, known = folder.desk(role), known_desk(folder, role)
    header = {"key": desk.key, "where": desk.where}
    here = folder.config.environment
    if here is not None and role == "target":
        header["environment"] = here.banner
    return {**header, "id": known.id, "place": known.place} if known is not None else header


def refuse_other_desk(folder: MigrationFolder, plan: PlanFile) -> None:
    """Raise WorkspaceError where a plan was made for other desks than the folder's."""
    for role in ("source", "target"):
        made = plan.header.get(role, {})
        known = known_desk(folder, role)
        if known is None or "place" not in made:
            continue
        planned = DeskIdentity(made.get("id", ""), made["place"])
        if not planned.same(known):
            raise WorkspaceError(
                f"{plan.id} was made for another {role}: {planned}, and this folder's is {known}",
                where=plan.id,
                remedy="Make a new plan: `ticketferry plan`.",
            )
