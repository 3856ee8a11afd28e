"""Reading back: a desk that shows late is asked again while it may, and what it shows is told in terms of the old desk."""

from types import SimpleNamespace
from typing import Any

import pytest

from ticketferry.apply.read_back import read_current
from ticketferry.errors import RetryableError
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Connector, Translated, Wire
from ticketferry.sdk.features import Limits
from ticketferry.sdk.options import Options
from ticketferry_emulators.kit.clock import ManualClock

CONNECTOR = Connector("late", "A desk that shows late", Options, frozenset(), "x:Y")
ONE, TWO = Ref("acme", Kind.TICKET, "1"), Ref("acme", Kind.TICKET, "2")
PERSON = Ref("acme", Kind.PERSON, "1")


class LateDesk:
    """Shows ticket 10 at once and every other record from `shows_at` seconds on."""

    def __init__(self, clock: ManualClock, shows_at: float, settle: float) -> None:
        self.limits = Limits(settle_seconds=settle)
        self._clock = clock
        self._shows_at = clock.time() + shows_at
        self.asked: list[list[str]] = []

    def fetch(self, refs: Any) -> list[Wire]:
        self.asked.append([ref.id for ref in refs])
        late = self._clock.time() >= self._shows_at
        return [Wire(ref, {"subject": f"ticket {ref.id}"}, None) for ref in refs if ref.id == "10" or late]

    def translate(self, wire: Wire, catalog: Any) -> Translated:
        return Translated(
            [{"ref": str(wire.ref), "requester": "dest:person:7", **wire.body}], {"subject": "=same"}
        )


def read(desk: LateDesk, clock: ManualClock, *roots: tuple[Ref, str], **more: Any) -> dict[Ref, Any]:
    def in_source_terms(record: dict[str, Any]) -> dict[str, Any]:
        return {**record, "requester": "acme:person:1"}

    planning = SimpleNamespace(
        target=SimpleNamespace(desk="dest"), read_catalog={}, in_source_terms=in_source_terms
    )
    return read_current(desk, CONNECTOR, planning, roots, clock, **more)


def test_what_the_desk_shows_is_told_by_the_record_it_stands_for() -> None:
    clock = ManualClock()
    found = read(LateDesk(clock, 0, 0), clock, (ONE, "10"), (TWO, "20"))
    assert {ref: record["subject"] for ref, record in found.items()} == {ONE: "ticket 10", TWO: "ticket 20"}
    assert {record["requester"] for record in found.values()} == {"acme:person:1"}


def test_a_fresh_record_that_shows_late_is_waited_for_and_the_others_are_not_asked_for_again() -> None:
    clock = ManualClock()
    desk = LateDesk(clock, 20, settle=60)
    found = read(desk, clock, (ONE, "10"), (TWO, "20"))
    assert found[TWO]["subject"] == "ticket 20"
    assert desk.asked[0] == ["10", "20"]
    assert {tuple(ids) for ids in desk.asked[1:]} == {("20",)}
    assert len(desk.asked) < 12, "in growing steps, not twice a second"


@pytest.mark.parametrize("settle", [0.0, 30.0])
def test_what_never_shows_is_said_not_to_be_there_once_the_desk_has_settled(settle: float) -> None:
    clock = ManualClock()
    desk = LateDesk(clock, 10_000, settle)
    began = clock.time()
    assert read(desk, clock, (TWO, "20")) == {TWO: None}
    assert max(settle, 1.0) <= clock.time() - began <= settle + 11


def test_a_record_that_was_not_written_just_now_is_asked_for_once() -> None:
    clock = ManualClock()
    desk, began = LateDesk(clock, 1, settle=60), clock.time()
    assert read(desk, clock, (ONE, "10"), (TWO, "20"), expected=False)[TWO] is None
    assert len(desk.asked) == 1
    assert clock.time() == began


class HidingDesk(LateDesk):
    """Says of what it does not show yet that it is there and cannot be read."""

    def fetch(self, refs: Any) -> list[Wire]:
        found = super().fetch(refs)
        shown = {wire.ref for wire in found}
        return [*found, *(Wire(ref, None, None, unread="left out") for ref in refs if ref not in shown)]


@pytest.mark.parametrize("expected", [True, False])
def test_a_record_that_is_there_and_unread_is_asked_for_again_and_never_counts_as_gone(
    expected: bool,
) -> None:
    clock = ManualClock()
    found = read(HidingDesk(clock, 20, settle=60), clock, (ONE, "10"), (TWO, "20"), expected=expected)
    assert found[TWO]["subject"] == "ticket 20"
    with pytest.raises(RetryableError, match="left out"):
        read(HidingDesk(clock, 10_000, settle=60), clock, (ONE, "10"), (TWO, "20"), expected=expected)


def test_nothing_to_read_asks_nothing() -> None:
    clock = ManualClock()
    desk = LateDesk(clock, 0, 0)
    assert read(desk, clock) == {}
    assert desk.asked == []


def test_a_person_and_a_ticket_of_one_number_are_two_records() -> None:
    clock = ManualClock()
    found = read(LateDesk(clock, 0, 0), clock, (ONE, "10"), (PERSON, "10"))
    assert found.keys() == {ONE, PERSON}
    assert found[PERSON]["ref"] == "dest:person:10"
