"""The ledger by purpose: what reading costs stands apart from checks, fall-backs, set-up and files."""

from datetime import UTC, datetime

import pytest

from ticketferry.sdk.session import RequestNote
from ticketferry.store.request_log import PURPOSES, ledger, purpose_of
from ticketferry.store.run_log import RunLog


@pytest.mark.parametrize(
    ("endpoint", "doing", "purpose"),
    [
        ("incremental.tickets", "", "reading"),
        ("incremental.tickets", "reading", "reading"),
        ("check.comments", "reading", "cross-check"),
        ("fallback.audits", "reading", "fallbacks"),
        ("setup.groups", "reading", "set-up"),
        ("oauth.token", "reading", "set-up"),
        ("attachment.content", "", "files"),
        ("search.count", "totals", "totals"),
        ("incremental.tickets", "totals", "totals"),
        ("", "", "reading"),
        ("checkers.list", "", "reading"),
    ],
)
def test_a_request_is_for_what_the_core_does_or_what_its_name_says(endpoint, doing, purpose):
    assert purpose_of(endpoint, doing) == purpose
    assert purpose in PURPOSES


def test_the_sums_by_purpose_and_by_endpoint_are_the_sum_of_all():
    found = ledger([("a", "", 200, 5), ("a", "", 429, 2), ("check.b", "", 200, 1), ("a", "files", 200, 4)])
    assert (found.requests, found.refused) == (12, 2)
    assert found.purposes == {"reading": 7, "cross-check": 1, "files": 4}
    assert sum(entry.requests for entry in found.endpoints) == sum(found.purposes.values()) == 12
    assert [(entry.endpoint, entry.refused) for entry in found.endpoints] == [
        ("a", 2),
        ("check.b", 0),
        ("a", 0),
    ]


def test_a_log_knows_what_requests_were_for_and_of_which_desk():
    log = RunLog(None, lambda: datetime.now(UTC))
    log.note(RequestNote("acme", "GET", "tickets", 200, 0.1, write=False))
    with log.purpose("files"):
        log.note(RequestNote("acme", "GET", "tickets", 200, 0.1, write=False))
        with log.purpose("totals"):
            log.note(RequestNote("acme", "GET", "tickets", 200, 0.1, write=False))
        log.note(RequestNote("acme", "GET", "tickets", 200, 0.1, write=False))
    log.note(RequestNote("other", "GET", "tickets", 200, 0.1, write=False))
    assert log.ledger("acme").purposes == {"reading": 1, "files": 2, "totals": 1}
    assert log.ledger("nobody").requests == 0
