"""A driver that takes tickets through the import file: writes the file, has it imported, finds what is there, goes on over REST."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from ticketferry.sdk import Change, Compiled, Expected, Operation, Outcome, Record, WriteResult
from ticketferry.testing.driver import Done, Driver
from ticketferry_jsm.import_way import IMPORT_FILE


class FileDriver(Driver):
    """`reports`: what the emulated importer said; `contents`: the bytes of each file."""

    def __init__(self, emulator: Any, *parts: Any) -> None:
        super().__init__(*parts)
        self.emulator = emulator
        self.reports: list[Any] = []
        self.contents: list[bytes] = []

    def expected(self, desired: Record) -> Expected:
        return self.target.expected(desired, self.catalog, IMPORT_FILE)

    def compile(
        self, outcome: Outcome, desired: Record, current: Record | None = None, fields: Iterable[str] = ()
    ) -> Compiled:
        change = Change(outcome, desired, current, frozenset(fields), self.slots, IMPORT_FILE)
        return self.target.compile(change, self.catalog)

    def apply(self, operations: Iterable[Operation]) -> list[Done]:
        wanted = list(operations)
        filed = [item for item in wanted if item.endpoint == "import.issue"]
        roots = {item.lane for item in filed}
        done = super().apply([item for item in wanted if item.lane not in roots])
        done += self.take(filed)
        return [*done, *super().apply([item for item in wanted if item.lane in roots and item not in filed])]

    def take(self, filed: Sequence[Operation]) -> list[Done]:
        """Hand out, import and find the tickets of a file."""
        if not filed:
            return []
        target: Any = self.target
        anchor = target.anchor()
        self.hand_out(filed)
        self.session.clock.sleep(10)
        results = target.find([self.head(item) for item in filed], {"anchor": anchor})
        by_key = {result.key: result for result in results}
        done: list[Done] = []
        for item in filed:
            result: WriteResult = by_key[item.key]
            assert result.status == "done", result
            self.slots.setdefault(str(item.subject), {}).update(result.gives)
            done.append((item, result))
        return done

    def head(self, item: Operation) -> Operation:
        return replace(self.resolved(item), body=None)

    def hand_out(self, filed: Sequence[Operation]) -> Any:
        """Write the file and import it; nothing may be made."""
        target: Any = self.target
        bodies = {item.key: self.resolved(item).body for item in filed}
        data = b"".join(target.assemble([self.head(item) for item in filed], lambda head: bodies[head.key]))
        self.contents.append(data)
        self.reports.append(self.emulator.import_file(data))
        report = self.reports[-1]
        assert (report.made, report.strangers, report.refused) == ([], [], [])
        return report
