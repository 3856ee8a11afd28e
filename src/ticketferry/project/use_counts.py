"""What a mapping counts in the source desk as a whole, counted once for each snapshot before anything is mapped."""

import atexit
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path

from ticketferry.mapping.counted_words import asks_figures, asks_uses
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.tags import tag_namer
from ticketferry.people.directory import Directory
from ticketferry.project.directory import people_of
from ticketferry.schema.records import Record, digest
from ticketferry.schema.refs import Json
from ticketferry.store.database import disk_errors, writable
from ticketferry.store.snapshots import SnapshotInfo, Snapshots
from ticketferry.store.ticket_records import standing_tickets
from ticketferry.store.use_counts import SnapshotCounts

__all__ = ["use_counts_of"]

FOLDER = "counts"
FORMAT = 1
"""Raised when a file of the same inputs would say something else."""
KEPT = 12
_CHUNK = 50_000
_ONE = ("requester", "submitter", "assignee", "organization")
_SEVERAL = ("ccs", "followers")
_GONE = frozenset({"deleted", "merged"})


def use_counts_of(
    root: Path, mapping: MappingFile, source: Snapshots, info: SnapshotInfo, directory: Directory
) -> SnapshotCounts | None:
    """Return the counts of a snapshot, counting where that was not done yet; None where the mapping asks for none.

    Tickets are counted that the desk still shows: no tombstones, and none that is deleted, spam or suspended, since those are always left behind. A
    person's are those that name them, or somebody who is one with them; one at the least, since nobody else is written.
    """
    rules = mapping.rules
    if not asks_figures(rules) and not asks_uses(rules):
        return None
    tags = rules.tags.model_dump(mode="json", include={"rename", "merge", "spaces", "case"})
    asked: list[Json] = [
        FORMAT, source.desk, info.digest, source.version(info.number), directory.digest() if asks_figures(rules) else "",
        tags if asks_uses(rules) else "",
    ]  # fmt: skip
    path = root / FOLDER / f"{blake2b(digest(asked), digest_size=10).hexdigest()}.db"
    if not path.exists() and not writable(root / "workspace.db"):
        # A folder for reading only: what is counted is thrown away at the end.
        path = Path(tempfile.mkdtemp(prefix="ticketferry-")) / path.name
        atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    if not path.exists():
        with disk_errors(path):
            _build(path, mapping, source, info, directory)
    return SnapshotCounts.finished(path)


def _build(
    path: Path, mapping: MappingFile, source: Snapshots, info: SnapshotInfo, directory: Directory
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(f".part{os.getpid()}")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    counts = SnapshotCounts.new(partial)
    try:
        rules = mapping.rules
        named = tag_namer(rules.tags) if asks_uses(rules) else None
        _count_tickets(counts, source, info, directory if asks_figures(rules) else None, named)
        if asks_figures(rules):
            _count_members(counts, source, info, directory)
        counts.commit()
    finally:
        counts.close()
    partial.replace(path)
    for old in sorted(path.parent.glob("*.db"), key=lambda item: item.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)


def _count_tickets(
    counts: SnapshotCounts,
    source: Snapshots,
    info: SnapshotInfo,
    directory: Directory | None,
    named: Callable[[str], str] | None,
) -> None:
    asking, used = Counter[str](), Counter[str]()
    for ticket in standing_tickets(source, info.number):
        if directory is not None:
            asking.update(set(map(directory.survivor, _named_by(ticket.record))))
        if named is not None:
            used.update({name for tag in ticket.record.get("tags") or () if (name := named(tag))})
        if len(asking) + len(used) > _CHUNK:
            _flush(counts, asking, used)
    _flush(counts, asking, used)


def _named_by(ticket: Record) -> Iterator[str]:
    """Yield the people and the organization that a ticket names itself."""
    for key in _ONE:
        if ref := ticket.get(key):
            yield ref
    for key in _SEVERAL:
        yield from ticket.get(key) or ()


def _flush(counts: SnapshotCounts, asking: Counter[str], used: Counter[str]) -> None:
    counts.add_figures((ref, tickets, 0) for ref, tickets in asking.items())
    counts.add_uses(used)
    asking.clear()
    used.clear()


def _count_members(
    counts: SnapshotCounts, source: Snapshots, info: SnapshotInfo, directory: Directory
) -> None:
    """Count the members of organizations; people who are one count once."""
    counts.add_members(
        (directory.survivor(organization), directory.survivor(person["ref"]))
        for person in people_of(source, info.number)
        if person.get("state") not in _GONE
        for organization in person.get("organizations") or ()
    )
