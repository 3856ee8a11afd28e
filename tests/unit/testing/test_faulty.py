"""A target that loses calls: what reaches the desk, what the caller is told, and what is on record."""

import pytest

from ticketferry.errors import RetryableError, UnknownOutcomeError
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Change, Outcome
from ticketferry.sdk.session import Session
from ticketferry.testing import FaultyTarget, InjectedLoss, Killed, RecordedWrite
from ticketferry_neutral.options import NeutralOptions
from ticketferry_neutral.target import NeutralTarget


@pytest.fixture
def target(tmp_path):
    return NeutralTarget(NeutralOptions(folder=tmp_path / "desk"), Session("new", "acme"))


def batch(target, *numbers):
    found = []
    for number in numbers:
        record = {"ref": f"acme:ticket:{number}", "subject": str(number)}
        found += target.compile(Change(Outcome.CREATE, record, None), {}).operations
    endpoint = next(endpoint for endpoint in target.endpoints if endpoint.name == "ticket.create")
    return endpoint, found


@pytest.mark.parametrize(
    ("fault", "error", "reached"),
    [
        (InjectedLoss("before"), UnknownOutcomeError, 0),
        (InjectedLoss("after"), UnknownOutcomeError, 3),
        (InjectedLoss("after", items=1), UnknownOutcomeError, 1),
        (InjectedLoss("after", items=0), UnknownOutcomeError, 0),
        (InjectedLoss("before", "retryable"), RetryableError, 0),
        (InjectedLoss("before", "killed"), Killed, 0),
        (InjectedLoss("after", "killed"), Killed, 3),
    ],
)
def test_a_fault_strikes_once(target, fault, error, reached):
    faulty = FaultyTarget(target, [fault])
    endpoint, operations = batch(target, 1, 2, 3)
    with pytest.raises(error):
        faulty.write(endpoint, operations)
    assert target.count("ticket") == reached
    assert faulty.calls == [
        RecordedWrite("ticket.create", tuple(operation.key for operation in operations), reached)
    ]
    assert faulty.pending == 0
    assert [result.status for result in faulty.write(endpoint, operations)] == ["done"] * 3


def test_faults_wait_for_their_endpoint_and_their_turn(target):
    faulty = FaultyTarget(
        target,
        [
            InjectedLoss("before", endpoint="ticket.create", skip=1),
            InjectedLoss("before", endpoint="person.create"),
        ],
    )
    endpoint, operations = batch(target, 1, 2)
    faulty.write(endpoint, operations[:1])
    with pytest.raises(UnknownOutcomeError):
        faulty.write(endpoint, operations[1:])
    faulty.write(endpoint, operations[1:])
    assert faulty.pending == 1


def test_a_kill_is_no_exception_that_anything_catches():
    assert not issubclass(Killed, Exception)


def test_a_desk_that_says_try_again_has_done_nothing():
    with pytest.raises(ValueError, match="did nothing"):
        InjectedLoss("after", "retryable")


def test_all_else_is_handed_on(target, tmp_path):
    faulty = FaultyTarget(target)
    endpoint, operations = batch(target, 1)
    faulty.write(endpoint, operations)
    ref = Ref("new", Kind.TICKET, "1")
    assert faulty.fetch([ref]) == target.fetch([ref])
    assert faulty.limits == target.limits
    assert faulty.endpoints == target.endpoints
    assert faulty.streams() == target.streams()
    assert faulty.count("ticket") == 1
    assert faulty.catalog() == target.catalog()
    assert faulty.check() == target.check()
    assert list(faulty.read("ticket", None)) == list(target.read("ticket", None))
    assert faulty.find(operations, {})[0].status == "done"
    assert faulty.undo([], None) == target.undo([], None)
    wire = faulty.fetch([ref])[0]
    assert faulty.translate(wire, {}) == target.translate(wire, {})
    faulty.close()
