"""What becomes of a write whose answer was lost, by what its endpoint allows."""

from datetime import UTC, datetime

import pytest

from ticketferry.apply.unknown_writes import resolve_unknown
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Endpoint, Operation, Repeat, Severity, WriteResult
from ticketferry_emulators.kit.clock import ManualClock

START = 1_795_000_000.0


def operation(number) -> Operation:
    ref = Ref("acme", Kind.TICKET, str(number))
    return Operation(f"{ref}/create", ref, "ticket.create", {}, {}, ref)


class Desk:
    """Answers `find` by number; asking takes `seconds`."""

    def __init__(self, clock, answers=(), seconds=0.0) -> None:
        self.clock, self.answers, self.seconds, self.asked = clock, dict(answers), seconds, []

    def find(self, operations, last):
        self.asked.append((len(operations), last))
        self.clock.sleep(self.seconds)
        return [
            WriteResult(item.key, self.answers[int(item.subject.id)], {"id": item.subject.id})
            for item in operations
            if int(item.subject.id) in self.answers
        ]


def resolve(repeat, answers=(), *, ago=0.0, settle=60.0, count=1, seconds=0.0):
    clock = ManualClock(START)
    desk = Desk(clock, answers, seconds)
    sent = datetime.fromtimestamp(START - ago, UTC)
    found = resolve_unknown(
        desk,
        Endpoint("ticket.create", "POST", "/t", "write", repeat=repeat),
        [(operation(n), sent) for n in range(1, count + 1)],
        settle_seconds=settle,
        last={"key": "SD-9"},
        clock=clock,
    )
    return found, desk


@pytest.mark.parametrize("repeat", [Repeat.SAFE, Repeat.FREE])
def test_what_has_no_second_effect_is_sent_again_at_once_and_nobody_is_asked(repeat):
    found, desk = resolve(repeat, count=3)
    assert ([item.subject.id for item in found.again], desk.asked) == (["1", "2", "3"], [])


def test_what_must_not_be_sent_twice_stops_and_says_what_to_look_at():
    found, desk = resolve(Repeat.NEVER)
    ((stopped, finding),) = found.stopped
    assert (stopped.key, finding.severity, finding.subject) == (
        "acme:ticket:1/create",
        Severity.DOUBT,
        stopped.subject,
    )
    assert finding.remedy
    assert (desk.asked, found.again) == ([], [])


@pytest.mark.parametrize("status", ["done", "rejected"])
def test_what_the_desk_knows_of_is_not_sent_again(status):
    found, desk = resolve(Repeat.FIND, {1: status}, ago=1_000)
    assert [(item.key, answer.status) for item, answer in found.found] == [("acme:ticket:1/create", status)]
    assert desk.asked == [(1, {"key": "SD-9"})]
    assert (found.again, found.later, found.at) == ([], [], None)


@pytest.mark.parametrize("answers", [{1: "absent"}, {}])
def test_absence_is_believed_only_when_it_has_settled(answers):
    early, _ = resolve(Repeat.FIND, answers, ago=59)
    assert ([item.subject.id for item in early.later], early.at, early.again) == (["1"], START + 1, [])
    late, _ = resolve(Repeat.FIND, answers, ago=60)
    assert ([item.subject.id for item in late.again], late.later, late.at) == (["1"], [], None)
    assert resolve(Repeat.FIND, answers, settle=0)[0].again


def test_a_question_asked_before_the_end_of_the_window_does_not_count_as_asked_after_it():
    found, _ = resolve(Repeat.FIND, {1: "absent"}, ago=58, seconds=5)
    assert (found.again, [item.subject.id for item in found.later]) == ([], ["1"])


def test_a_desk_that_cannot_say_yet_is_asked_again_however_late_it_is():
    found, _ = resolve(Repeat.FIND, {1: "unknown"}, ago=1_000)
    assert ([item.subject.id for item in found.later], found.at) == (["1"], START + 1)


def test_each_operation_of_a_batch_is_resolved_by_itself():
    found, _ = resolve(Repeat.FIND, {1: "done", 2: "absent", 3: "unknown"}, ago=90, count=4)
    assert [item.subject.id for item, _ in found.found] == ["1"]
    assert [item.subject.id for item in found.again] == ["2", "4"]
    assert [item.subject.id for item in found.later] == ["3"]
