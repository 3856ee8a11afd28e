"""The sample site of `ticketferry emulator jsm --tickets N`: whole, the same every time, and quiet."""

import pytest

from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock


def site(tickets: int) -> JsmEmulator:
    return JsmEmulator(clock=ManualClock(), tickets=tickets)


def shown(emulator: JsmEmulator) -> list[tuple[str, str, float, int, int]]:
    state = emulator.state
    return [
        (
            issue.key,
            state.statuses[issue.status].name,
            issue.created,
            len(issue.comments),
            len(issue.attachments),
        )
        for issue in state.issues.values()
    ]


@pytest.mark.parametrize("tickets", [0, 1, 7, 40])
def test_it_has_as_many_requests_as_were_asked_for_and_is_the_same_every_time(tickets):
    first, second = site(tickets), site(tickets)
    assert len(first.state.issues) == tickets
    assert shown(first) == shown(second)
    assert first.notifications == 0
    assert first.ledger.writes() == []


def test_every_status_is_there_and_no_request_is_of_the_future():
    emulator = site(40)
    state = emulator.state
    service = {
        status for flow in state.workflows.values() if "Task" not in flow.name for status in flow.statuses()
    }
    assert {issue.status for issue in state.issues.values()} == service
    for issue in state.issues.values():
        moments = [issue.created, issue.updated, *(comment.created for comment in issue.comments)]
        moments += [change.created for change in issue.changes]
        assert max(moments) <= state.now()
        assert min(moments) == issue.created


def test_a_customer_sees_their_requests_and_no_internal_word():
    emulator = site(40)
    customers = [account for account in emulator.state.accounts.values() if account.kind == "customer"]
    seen = {account.id: emulator.state.portal_view(account.id) for account in customers}
    assert all(seen.values())
    texts = [text for view in seen.values() for comments in view.values() for text in comments]
    assert texts
    assert not any("INTERNAL" in text for text in texts)
    assert not any("INTERNAL" in str(entry) for entry in emulator.state.exposures)
