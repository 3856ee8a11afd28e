"""A closed ticket keeps the custom status in which it was solved: as a value for the mapping, and on its way into another account."""

import pytest
from tests.connectors.zendesk.reading import DESK, neutral, sample_names
from tests.connectors.zendesk.targets import CUSTOMER, migration

from ticketferry_zendesk import wire

REFUNDED = {
    "id": 29099, "status_category": "solved", "agent_label": "Refunded", "raw_agent_label": "Refunded",
    "end_user_label": "Refunded", "active": True, "default": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def names():
    known = sample_names()
    known.custom["29099"] = ("custom:Refunded", "solved")
    return known


def read(names, **row):
    return neutral(wire.of_ticket(DESK, {"id": 12, "subject": "x", **row}), names).records[0]


def test_a_closed_ticket_and_a_solved_one_keep_the_same_custom_status(names):
    solved = read(names, status="solved", custom_status_id=29099)
    closed = read(names, status="closed", custom_status_id=29099)
    assert solved["status"] == closed["status"] == "custom:Refunded"
    assert (solved["stage"], closed["stage"]) == ("resolved", "closed")
    merged = read(names, status="closed", custom_status_id=29099, tags=["closed_by_merge"])
    assert (merged["status"], merged["stage"]) == ("custom:Refunded", "merged")


def test_a_status_that_is_its_category_s_own_says_no_more_than_the_category(names):
    (own,) = [id_ for id_, category in names.categories.items() if category == "solved"]
    assert read(names, status="closed", custom_status_id=int(own))["status"] == "closed"
    assert read(names, status="closed", custom_status_id=999)["native"]["custom_status_id"] == 999


def test_a_closed_ticket_is_closed_in_another_account_too_under_its_custom_status():
    with migration() as m:
        m.state.lists["custom_statuses"][29099] = {**REFUNDED, "url": "x", "description": ""}
        m.driver.catalog = m.target.catalog()
        m.people()
        m.create({
            "ref": "acme:ticket:1", "subject": "Broken", "status": "custom:Refunded", "stage": "closed", "requester": CUSTOMER,
            "created": "2024-03-01T10:00:00Z", "updated": "2024-03-01T10:00:00Z", "provenance": {"ref": "acme:ticket:1"},
            "comments": [{"ref": "acme:comment:10", "author": CUSTOMER, "public": True, "opening": True,
                          "body": {"html": "<p>hello</p>"}, "created": "2024-03-01T10:00:00Z"}],
        })  # fmt: skip
        (head,) = [head for head in m.state.heads.values() if head.status == "closed"]
        assert head.custom_status == 29099
        there = m.driver.read("acme:ticket:1")
        assert (there["status"], there["stage"]) == ("custom:Refunded", "closed")
