"""The mapping checked at each save, and what the save changes in tickets: those first that it can touch, the others not at all."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from ticketferry.errors import FerryError
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
"""Seconds after which a save is told of with the tickets looked at so far."""
_PARTS = ("comments", "attachments", "events", "worklogs", "side_conversations")


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """What a save did. `difference` None: the mapping cannot be used, or no other ticket; `looked`: tickets mapped of the `touched`."""

    checked: MappingCheck
    error: str = ""
    difference: MappingDifference | None = None
    touched: int = 0
    looked: int = 0
    seconds: float = 0.0

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
        self._seen = self._stamp()
        self._before: Project | None = None
        self._planning: PlanContext | None = None
        snapshots = project.snapshots("source")
        latest = snapshots.latest()
        self._number = latest.number if latest is not None else 0
        self._heads: list[Record] = [
            row.record for row in ticket_records(snapshots, self._number) if not row.gone
        ]
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
        now = self._stamp()
        if now == self._seen:
            return False
        self._seen = now
        return True

    def answers(self) -> Iterator[SavedMapping]:
        """Check the mapping as it stands and yield what its save changes: soon for the tickets looked at by then, and again when all are done."""
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
        try:
            yield from self._compared(checked, before, after, began)
        finally:
            old.close()

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
        told = False
        looked = 0
        for looked, head in enumerate(touched, 1):
            self._one(head, touch, before, after, found)
            if not told and time.monotonic() - began > FIRST_ANSWER and looked < len(touched):
                told = True
                yield SavedMapping(checked, "", found, len(touched), looked, time.monotonic() - began)
        yield SavedMapping(checked, "", found, len(touched), looked, time.monotonic() - began)

    def _one(
        self, head: Record, touch: Touching, before: PlanContext, after: PlanContext, found: MappingDifference
    ) -> None:
        if touch.heads:
            record: Record | None = {key: value for key, value in head.items() if key not in _PARTS}
        else:
            record = after.source_record(parse_ref(head["ref"]))
        if record is None:
            return
        number = f"#{record['number']}" if record.get("number") else str(record["ref"])
        held = changes_held(record, (before, before.case(record)), (after, after.case(record)))
        found.add(held, number, ticket=True)

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        """Return name, time and size of every YAML and CSV file below the mapping's folder that a mapping may be made of."""
        path = self._project.config.mapping
        files = [path]
        try:
            document = self._project.mapping().document
            files += [path.parent / name for name in {*document.files.values()}]
        except FerryError:
            pass  # while it cannot be read, the file itself is enough
        stamps = []
        for file in sorted(set(files)):
            try:
                entry = file.stat()
                stamps.append((str(file), entry.st_mtime_ns, entry.st_size))
            except OSError:
                stamps.append((str(file), 0, 0))
        return tuple(stamps)
