"""The mapping checked at each save, and what the save changes in tickets: those first that it can touch, the others not at all."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ticketferry.errors import FerryError
from ticketferry.mapping.condition_values import BareTicket
from ticketferry.mapping.touched_tickets import Touching, touching
from ticketferry.plan.context import PlanContext
from ticketferry.project.mapping_diff import MappingDifference, changes_held
from ticketferry.project.mapping_files import MappingCheck, check_mapping
from ticketferry.project.project import Project
from ticketferry.schema.records import Record
from ticketferry.schema.refs import parse_ref
from ticketferry.store.ticket_records import ticket_records

__all__ = ["MappingWatch", "SavedMapping"]

FIRST_ANSWER = 0.7
"""Seconds after which a save is told of with the tickets looked at so far; then each time when as much again has passed."""
_LOOK = 0.2
"""Seconds between two looks whether the mapping was saved again."""
_PARTS = ("comments", "attachments", "events", "worklogs", "side_conversations")


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """What a save did. `difference` None: the mapping cannot be used, or no other ticket; `looked`: tickets mapped of the `touched`; `stopped`:
    the next save came before all were, and is held against the same version as this one.
    """

    checked: MappingCheck
    error: str = ""
    difference: MappingDifference | None = None
    touched: int = 0
    looked: int = 0
    seconds: float = 0.0
    stopped: bool = False

    @property
    def whole(self) -> bool:
        """Tell whether every ticket that the save can touch was looked at."""
        return self.looked >= self.touched


class MappingWatch:
    """Watches the mapping of a folder and every file that it extends. Talks to no desk. What was read of the tickets stays in memory: their own
    records, without comments and files.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._files: set[Path] = set()
        self._files = self._made_of()
        self._seen = self._stamp()
        self._before: Project | None = None
        self._planning: PlanContext | None = None
        snapshots = project.snapshots("source")
        latest = snapshots.latest()
        self._number = latest.number if latest is not None else 0
        self._heads: list[Record] = [row.record for row in ticket_records(snapshots, self._number)]
        checked = check_mapping(project)
        if checked.good:
            self._before = self._opened()
            self._planning = self._before.planning()

    @property
    def tickets(self) -> int:
        """Return how many tickets are held against each save."""
        return len(self._heads)

    def saved(self) -> bool:
        """Tell whether a file of the mapping was written since the last call."""
        if self._stamp() == self._seen:
            return False
        self._files = self._made_of()
        self._seen = self._stamp()
        return True

    def answers(self) -> Iterator[SavedMapping]:
        """Check the mapping as it stands and yield what its save changes: soon for the tickets looked at by then, and again until all are done or it
        is saved again.
        """
        began = time.monotonic()
        try:
            checked = check_mapping(self._project)
        except FerryError as error:
            yield SavedMapping(
                MappingCheck(self._project.config.mapping), error.message, seconds=time.monotonic() - began
            )
            return
        if not checked.good:
            yield SavedMapping(checked, seconds=time.monotonic() - began)
            return
        project = self._opened()
        old, before, after = self._before, self._planning, project.planning()
        self._before, self._planning = project, after
        if old is None or before is None:
            yield SavedMapping(checked, seconds=time.monotonic() - began)
            return
        stopped = False
        try:
            for answer in self._compared(checked, before, after, began):
                stopped = answer.stopped
                if stopped:
                    self._before, self._planning = old, before
                yield answer
        finally:
            (project if stopped else old).close()

    def _opened(self) -> Project:
        """Open the folder once more: each mapping has databases of its own, which close with it."""
        return Project(self._project.config, self._project.clock)

    def close(self) -> None:
        """Close what is open for the last mapping that could be used."""
        if self._before is not None:
            self._before.close()
            self._before = self._planning = None

    def _compared(
        self, checked: MappingCheck, before: PlanContext, after: PlanContext, began: float
    ) -> Iterator[SavedMapping]:
        touch = touching(before.engine.setup, after.engine.setup)
        touched = [record for record in self._heads if touch.may(record)] if touch.sections else []
        path = self._project.config.mapping
        found = MappingDifference(path, path)
        tell, look = began + FIRST_ANSWER, time.monotonic() + _LOOK
        looked = 0
        for looked, head in enumerate(touched, 1):
            self._one(head, touch, before, after, found)
            now = time.monotonic()
            if now > look and looked < len(touched):
                look = now + _LOOK
                if self._stamp() != self._seen:
                    yield SavedMapping(checked, "", found, len(touched), looked, now - began, stopped=True)
                    return
            if now > tell and looked < len(touched):
                tell = now + (now - began)
                yield SavedMapping(checked, "", found, len(touched), looked, now - began)
        yield SavedMapping(checked, "", found, len(touched), looked, time.monotonic() - began)

    def _one(
        self, head: Record, touch: Touching, before: PlanContext, after: PlanContext, found: MappingDifference
    ) -> None:
        record: Record = _bare(head)
        if touch.counts or not touch.heads:
            whole = after.source_record(parse_ref(head["ref"]))
            if whole is None:
                return
            record = _bare(head, whole) if touch.heads else whole
        number = f"#{record['number']}" if record.get("number") else str(record["ref"])
        held = changes_held(record, (before, before.case(record)), (after, after.case(record)))
        found.add(held, number, ticket=True)

    def _made_of(self) -> set[Path]:
        """Return every file that the mapping is made of; while it cannot be read, those of before."""
        path = self._project.config.mapping
        try:
            document = self._project.mapping().document
        except FerryError:
            return {*self._files, path}
        return {path, *(path.parent / name for name in document.files.values())}

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        """Return name, time and size of every file of the mapping, without reading one: it is asked several times a second."""
        stamps = []
        for file in sorted(self._files):
            try:
                entry = file.stat()
                stamps.append((str(file), entry.st_mtime_ns, entry.st_size))
            except OSError:
                stamps.append((str(file), 0, 0))
        return tuple(stamps)


def _bare(head: Record, whole: Record | None = None) -> BareTicket:
    bare = BareTicket({key: value for key, value in head.items() if key not in _PARTS})
    if whole is not None:
        bare.whole = whole
    return bare
