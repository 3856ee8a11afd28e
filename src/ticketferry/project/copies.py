"""Tickets that stand in the new desk more than once, whenever they came: looked for, kept in the id map, named until they are gone.

A file that a person imports once more makes its tickets again, also long after they were bound; a write whose answer was lost can have
arrived twice. One of each is in the id map. The others are found by what the target itself can list, and by our marks in its snapshot.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ticketferry.extract.roots import read_roots
from ticketferry.project.project import Project
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Finding, Severity, Target
from ticketferry.sdk.copies import Recounted
from ticketferry.store.idmap import COPIES, COPY_KEYS

__all__ = ["CODE", "Copied", "finding_of", "keep_copies", "known_copies", "look_for_copies", "remedy_of"]

CODE = "TF-COPY"


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy in the new desk: the source ticket, the copy's id, what people call it and the one that is bound, and that one's plan."""

    root: str
    id: str
    key: str
    of: str
    plan: str

    def __str__(self) -> str:
        return f"{self.key} is a copy of {self.of}"


def look_for_copies(project: Project, target: Target) -> list[Copied]:
    """Ask the target which tickets stand there once more; each is read by id before it is named. Nothing is kept."""
    idmap = project.idmap
    copies: dict[tuple[str, str], str] = {}
    for copy in known_copies(project):
        copies[copy.root, copy.id] = copy.key
    marked: set[tuple[str, str]] = set()
    snapshots = project.snapshots("target")
    info = snapshots.latest()
    if info is not None:
        for id_, origin in snapshots.origins(Kind.TICKET, info.number):
            if idmap.get(origin) not in (None, id_) and (origin, id_) not in copies:
                marked.add((origin, id_))
                copies[origin, id_] = id_
    if isinstance(target, Recounted) and project.idmap.has_tickets():
        for twin in target.copies(lambda id_: idmap.source_of(Kind.TICKET.value, id_) is not None):
            root = idmap.source_of(Kind.TICKET.value, twin.of)
            if root is not None:
                marked.discard((root, twin.id))
                copies[root, twin.id] = twin.key
    present = _there(project, target, sorted({id_ for _, id_ in copies}))
    return [
        _copied(project, root, id_, key)
        for (root, id_), key in sorted(copies.items(), key=lambda item: (item[0][0], _order(item[0][1])))
        if id_ in present and idmap.get(root) != id_ and ((root, id_) not in marked or present[id_] == root)
    ]


def keep_copies(project: Project, copies: list[Copied], run: str) -> None:
    """Keep what was found, so that `errors`, `status` and `rollback --copies` know of it; what is gone is forgotten."""
    slots: dict[str, dict[str, str]] = {
        copy.root: {COPIES: "", COPY_KEYS: ""} for copy in known_copies(project)
    }
    plans = {copy.root: copy.plan for copy in copies}
    for root in plans:
        mine = [copy for copy in copies if copy.root == root]
        slots[root] = {
            COPIES: " ".join(copy.id for copy in mine),
            COPY_KEYS: " ".join(copy.key for copy in mine),
        }

    def work(connection: Any) -> None:
        for root, values in slots.items():
            project.idmap.put(connection, root, values, how="adopted", plan=plans.get(root, ""), run=run)

    if slots:
        project.workspace.commit(work)


def known_copies(project: Project) -> Iterator[Copied]:
    """Yield the copies that were found and were still there when somebody looked last. Asks no desk."""
    for root, value in project.idmap.copies():
        ids = value.split()
        keys = (project.idmap.get(root, COPY_KEYS) or "").split()
        for id_, key in zip(ids, keys if len(keys) == len(ids) else ids, strict=True):
            yield _copied(project, root, id_, key)


def remedy_of(copy: Copied) -> str:
    """Return the command that deletes a copy."""
    return f"`ticketferry rollback {copy.plan or 'PLAN'} --copies` plans its deletion"


def finding_of(copy: Copied) -> Finding:
    """Return a copy as a plan lists it."""
    return Finding(CODE, Severity.DOUBT, parse_ref(copy.root), "", str(copy), f"{remedy_of(copy)}.")


def _copied(project: Project, root: str, id_: str, key: str) -> Copied:
    of = project.idmap.get(root, "key") or project.idmap.get(root) or ""
    return Copied(root, id_, key, of, project.idmap.made_by(root) or "")


def _there(project: Project, target: Target, ids: list[str]) -> dict[str, str]:
    """Return the tickets that are still in the target: id -> our mark on it, "" where it has none."""
    if not ids:
        return {}
    desk, size = project.snapshots("target").desk, max(1, target.limits.fetch_batch)
    connector, catalog = project.config.target.connector, target.catalog()
    marks: dict[str, str] = {}
    for start in range(0, len(ids), size):
        refs = [Ref(desk, Kind.TICKET, id_) for id_ in ids[start : start + size]]
        for ref, record in read_roots(target, connector, refs, catalog):
            if record is not None:
                marks[ref.id] = str(record.get("origin") or "")
    return marks


def _order(id_: str) -> tuple[int, str]:
    return (int(id_), "") if id_.isdigit() else (0, id_)
