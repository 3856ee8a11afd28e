"""Guards: proved by reading, or by a person for seven days; what the desk does not say is not proved."""

from datetime import UTC, datetime, timedelta

import pytest

from ticketferry.apply.preflight import guard_states
from ticketferry.sdk.contract import Connector, Endpoint, Finding, Severity
from ticketferry.sdk.features import Guard
from ticketferry.sdk.options import Options
from ticketferry.store.workspace import Workspace

READ = Guard("G-READ", "triggers are off", "read", "switch them off")
PERSON = Guard("G-PERSON", "mails are off", "person", "look")
CONNECTOR = Connector("x", "X", Options, frozenset(), "x:Y", guards=(READ, PERSON))
ENDPOINTS = (
    Endpoint("a", "POST", "/a", "w", guards=("G-READ",)),
    Endpoint("b", "POST", "/b", "w", guards=("G-READ", "G-PERSON")),
    Endpoint("c", "POST", "/c", "w"),
)


class Desk:
    endpoints = ENDPOINTS

    def __init__(self, *findings) -> None:
        self.findings, self.checks = findings, 0

    def check(self):
        self.checks += 1
        return self.findings


class Plan:
    def __init__(self, *names) -> None:
        self.names = names

    def endpoint_counts(self):
        return dict.fromkeys(self.names, 1)


@pytest.fixture
def workspace(tmp_path):
    class Times:
        at = datetime(2026, 1, 1, tzinfo=UTC)

    found = Workspace(tmp_path / "workspace.db", now=lambda: Times.at)
    found.times = Times
    yield found
    found.close()


def said(severity):
    return Finding("G-READ", severity, None, "", "3 triggers")


@pytest.mark.parametrize(
    ("severity", "proved"),
    [
        (Severity.INFO, True),
        (Severity.REPAIR, True),
        (Severity.LOSS, False),
        (Severity.DOUBT, False),
        (Severity.BLOCKER, False),
    ],
)
def test_what_the_desk_says_proves_or_does_not(workspace, severity, proved):
    (state,) = guard_states(Desk(said(severity)), CONNECTOR, workspace, Plan("a"))
    assert (state.proved, state.evidence, state.endpoints) == (proved, "3 triggers", ("a",))


def test_silence_proves_nothing(workspace):
    read, person = sorted(
        guard_states(Desk(), CONNECTOR, workspace), key=lambda state: state.guard.code, reverse=True
    )
    assert (read.proved, read.evidence, read.endpoints) == (False, "the desk did not say", ("a", "b"))
    assert (person.proved, person.evidence, person.endpoints) == (False, "nobody has confirmed it", ("b",))


def test_a_persons_word_holds_seven_days(workspace):
    workspace.confirm("G-PERSON", "Ann")
    states = {state.guard.code: state for state in guard_states(Desk(), CONNECTOR, workspace, Plan("b", "c"))}
    assert states["G-PERSON"].proved
    assert "confirmed by Ann" in states["G-PERSON"].evidence
    workspace.times.at += timedelta(days=7, seconds=1)
    states = {state.guard.code: state for state in guard_states(Desk(), CONNECTOR, workspace, Plan("b"))}
    assert not states["G-PERSON"].proved


def test_a_desk_is_not_asked_where_no_write_of_the_plan_could_notify(workspace):
    desk = Desk()
    assert guard_states(desk, CONNECTOR, workspace, Plan("c")) == []
    assert guard_states(desk, CONNECTOR, workspace, Plan()) == []
    assert desk.checks == 0
