"""A desk of files that tells more about itself than files can: gaps with every reason, totals, an inventory, requests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from ticketferry.sdk import Absence, ControlTotal, Cursor, Feature, NotMoved, Page, RequestNote, Wire
from ticketferry_neutral import CONNECTOR as NEUTRAL
from ticketferry_neutral.source import NeutralSource

HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script> \x1b[31mred\u202e"
THINGS = (
    NotMoved("macro", "1", "Refund", used=40, used_when="last 30 days", last_used=datetime(2024, 5, 1, 12, tzinfo=UTC)),
    NotMoved("macro", "2", HOSTILE, used=412, used_when="last 30 days", last_used=datetime(2024, 5, 2, tzinfo=UTC)),
    NotMoved("macro", "3", "Old greeting", active=False, used=0, used_when="last 30 days"),
    NotMoved("trigger", "1", "Notify the team", note="sends mail"),
)  # fmt: skip


class TalkativeSource(NeutralSource):
    hidden: ClassVar[frozenset[str]] = frozenset()
    """Numbers that no list and no look-up by id gives."""
    absent: ClassVar[Mapping[str, Absence]] = {}
    more: ClassVar[Mapping[tuple[str, str], int]] = {}
    """(stage, month) -> so many tickets more than there are are counted."""

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        for page in super().read(stream, cursor):
            self._note(f"list.{stream}")
            yield replace(page, records=[wire for wire in page.records if not self._hides(wire)])

    def fetch(self, refs: Sequence[Any]) -> Sequence[Wire]:
        self._note("fallback.show_many")
        return [wire for wire in super().fetch(refs) if not self._hides(wire)]

    def content(self, attachment: Any) -> Iterator[bytes]:
        self._note("attachment.content")
        return super().content(attachment)

    def totals(self) -> Iterator[ControlTotal]:
        for total in super().totals():
            self._note("search.count")
            extra = self.more.get((total.stage, total.month), 0)
            yield replace(total, count=total.count + extra)

    def explain_absent(self, numbers: Sequence[str]) -> Mapping[str, Absence]:
        self._note("tickets.show_many")
        return {number: self.absent[number] for number in numbers if number in self.absent}

    def inventory(self) -> Iterator[NotMoved]:
        self._note("macros")
        return iter(THINGS)

    def _hides(self, wire: Wire) -> bool:
        return (wire.root or wire.ref).id in self.hidden and (wire.root or wire.ref).kind.value == "ticket"

    def _note(self, endpoint: str) -> None:
        self.session.note(RequestNote(self.session.desk, "GET", endpoint, 200, 0.0, write=False))


CONNECTOR = replace(
    NEUTRAL,
    features=NEUTRAL.features | {Feature.INVENTORY},
    source="tests.unit.cli.talkative:TalkativeSource",
)
