"""People whom issues name and no list shows: they are records of the desk, and nobody's words lose their author."""

import copy
from typing import Any

import pytest
import respx
from tests.connectors.jsm.test_recorded import API, SITE, source_of

from ticketferry.sdk import Kind
from ticketferry.sdk.trace import finish
from ticketferry.testing.astray import astray
from ticketferry_jsm import CONNECTOR
from ticketferry_jsm.met import named_in

GONE = {
    "self": f"{SITE}/rest/api/3/user?accountId=712020:gone", "accountId": "712020:gone", "displayName": "Ida Fort",
    "emailAddress": "ida@former.example", "active": False, "accountType": "atlassian", "avatarUrls": {"48x48": "https://a/x.png"},
}  # fmt: skip
CUSTOMER = {"accountId": "qm:1:9", "displayName": "Bo", "accountType": "customer", "active": True}
NAMELESS = {"displayName": "Former user", "active": False}
BULK = {**CUSTOMER, "emailAddress": "bo@customers.example", "timeZone": "Europe/Oslo", "locale": "nb_NO"}


def text(words: str) -> dict[str, Any]:
    mention = {"type": "mention", "attrs": {"id": "712020:named", "text": "@Mentioned One"}}
    return {
        "type": "doc", "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": words}, mention]}],
    }  # fmt: skip


def issue() -> dict[str, Any]:
    at = "2026-01-02T03:04:05.000+0000"
    comment = {
        "id": "7",
        "author": NAMELESS,
        "body": text("said by nobody's account"),
        "created": at,
        "updated": at,
        "jsdPublic": True,
    }
    return {
        "id": "10626", "key": "IT-26",
        "fields": {
            "summary": "x", "project": {"key": "IT"}, "created": at, "updated": at, "reporter": CUSTOMER, "assignee": GONE, "creator": GONE,
            "status": {"name": "Open", "statusCategory": {"key": "new"}}, "description": text("hello"),
            "comment": {"comments": [comment], "total": 1}, "worklog": {"worklogs": [], "total": 0},
        },
    }  # fmt: skip


def read() -> tuple[dict[str, Any], list[Any], Any]:
    issue_ = issue()
    source, served = source_of(
        {
            f"{API}/issue/bulkfetch": {"issues": [issue_]},
            f"{API}/comment/list": {"values": copy.deepcopy(issue_["fields"]["comment"]["comments"])},
            f"{API}/search/jql": {"issues": [{"id": "10626"}], "isLast": True},
            f"{API}/user/bulk": {"values": [BULK], "isLast": True, "total": 1},
            f"{API}/users/search": [],
            f"{API}/issue/10626/remotelink": [],
        }
    )
    with respx.mock(using="httpx") as mock:
        mock.route(url__startswith=SITE).mock(side_effect=served)
        catalog = source.catalog()
        for stream in ("people", "tickets"):
            pages = list(source.read(stream, None))
        again = [wire for page in source.read("tickets", None) for wire in page.records]
    source.close()
    wires = [wire for page in pages for wire in page.records]
    assert [wire.ref for wire in again] == [wire.ref for wire in wires], (
        "a second reading gives the same people"
    )
    people = [page for page in pages if any(wire.ref.kind is Kind.PERSON for wire in page.records)]
    assert not any(page.complete for page in people), "what else hangs on these people stays"
    records: dict[str, Any] = {}
    for wire in wires:
        bodies = CONNECTOR.bodies.get(wire.ref.kind.value, frozenset())
        done = finish(source.translate(wire, catalog), wire, bodies)
        assert astray(wire, done, bodies) == []
        records |= {record["ref"]: record for record in done.records}
    return records, wires, served


def test_everybody_whom_an_issue_names_is_a_record_of_the_desk() -> None:
    records, wires, served = read()
    ticket, said = records["old:ticket:10626"], records["old:comment:7"]
    customer, former = records[ticket["requester"]], records[ticket["assignee"]]
    assert (customer["name"], customer["email"], customer["role"]) == (
        "Bo",
        "bo@customers.example",
        "end_user",
    )
    assert (customer["time_zone"], customer["locale"]) == ("Europe/Oslo", "nb_NO")
    assert (former["name"], former["email"], former["state"]) == (
        "Ida Fort",
        "ida@former.example",
        "suspended",
    )
    nameless = records[said["author"]]
    assert (nameless["name"], nameless["role"]) == ("Former user", "end_user")
    assert records["old:person:712020:named"]["name"] == "Mentioned One"
    assert served.asked[f"{API}/user/bulk"] == 2, "once a reading, for all together"
    assert all(wire.met for wire in wires if wire.ref.kind is Kind.PERSON)


def test_entries_of_the_history_name_people_too() -> None:
    entry = {
        "id": "1", "author": {"accountId": "712020:a", "displayName": "A"}, "created": "2026-01-02T03:04:05.000+0000",
        "items": [{"field": "assignee", "fieldId": "assignee", "fieldtype": "jira", "from": "712020:b", "fromString": "B",
                   "to": None, "toString": None}],
    }  # fmt: skip
    assert dict(named_in(entry)) == {
        "712020:a": {"accountId": "712020:a", "displayName": "A"},
        "712020:b": {"accountId": "712020:b", "displayName": "B"},
    }


@pytest.mark.parametrize("user", [None, {}, "name", {"active": True}, {"accountId": ""}, {"displayName": ""}])
def test_who_has_no_name_at_all_is_nobody(user: Any) -> None:
    assert list(named_in({"author": user, "reporter": user})) == []
