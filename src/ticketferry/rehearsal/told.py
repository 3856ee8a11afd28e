"""What the snapshots know of a desk, as stand-ins take it: wire rows verbatim, the catalog, the bytes of files, what was noted."""

from collections.abc import Collection, Iterator
from typing import Any

from ticketferry.project import Project
from ticketferry.project.guard_notes import guards_held
from ticketferry.schema.refs import KINDS, Kind, parse_ref
from ticketferry.store.snapshots import Snapshots
from ticketferry_emulators.kit.told import ToldDesk, ToldRoot, ToldRow

__all__ = ["told_source", "told_target"]


def told_source(project: Project, chosen: Collection[str] | None = None) -> ToldDesk:
    """Return the source as its newest snapshot has it; of the tickets `chosen` alone (ids), None: all."""
    return _told(
        project,
        "source",
        frozenset(chosen) if chosen is not None else None,
        {"options": project.desk("source").values},
    )


def told_target(project: Project) -> ToldDesk:
    """Return the target as its newest snapshot has it, without what this migration brought."""
    ours: dict[Kind, set[str]] = {Kind.PERSON: set(), Kind.ORGANIZATION: set(), Kind.GROUP: set()}
    for slot in project.idmap.all():
        kind = parse_ref(slot.ref).kind
        if slot.slot == "id" and slot.how != "matched" and kind in ours:
            ours[kind].add(slot.value)
    facts: dict[str, Any] = {"quiet": sorted(guards_held(project)), "options": project.desk("target").values}
    units = project.budgets_told()
    if units:
        facts["cost_units"] = int(max(units.values()))
    return _told(project, "target", frozenset(), facts, ours)


def _told(
    project: Project,
    role: str,
    tickets: frozenset[str] | None,
    facts: dict[str, Any],
    without: dict[Kind, set[str]] | None = None,
) -> ToldDesk:
    snapshots = project.snapshots(role)
    latest = snapshots.latest()
    if latest is None:
        raise project.unread(role)
    left = without or {}

    def roots(kind: str) -> Iterator[ToldRoot]:
        for ref, rows in snapshots.roots(KINDS[kind], latest.number):
            if ref.id in left.get(KINDS[kind], ()) or (
                kind == "ticket" and tickets is not None and ref.id not in tickets
            ):
                continue
            yield ToldRoot(
                ref.id, tuple(ToldRow(row.kind.value, row.id, row.body(), row.gone) for row in rows)
            )

    return ToldDesk(
        key=snapshots.desk,
        url=project.desk(role).where or snapshots.url(),
        catalog=snapshots.catalog(latest.catalog),
        roots=roots,
        content=lambda id_: _content(project, snapshots, id_),
        fetched=lambda id_: _checksum(project, snapshots, id_) is not None,
        facts=facts,
    )


def _checksum(project: Project, snapshots: Snapshots, id_: str) -> str | None:
    known = snapshots.content(id_)
    return known[0] if known is not None and known[2] == "stored" and known[0] in project.blobs else None


def _content(project: Project, snapshots: Snapshots, id_: str) -> bytes | None:
    checksum = _checksum(project, snapshots, id_)
    if checksum is None:
        return None
    with project.blobs.open(checksum) as file:
        return file.read()
