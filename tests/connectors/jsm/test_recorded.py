"""Recorded answers of real Jira sites, served as they are and read by the source: every leaf has a place, none is invented."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from pydantic import SecretStr

from ticketferry.schema.records import validate
from ticketferry.sdk import Kind, Ref, Session
from ticketferry.sdk.trace import count_leaves, finish, leaves, lookup
from ticketferry.testing.astray import astray
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_jsm import CONNECTOR
from ticketferry_jsm.options import JsmOptions
from ticketferry_jsm.source import JsmSource
from ticketferry_jsm.wire import STAGES, neutral_time

SITE = "https://acme.atlassian.net"
API = "/rest/api/3"


@pytest.fixture(scope="module")
def recorded(shared: Path):
    folder = shared / "fixtures" / "jira-recorded"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return lambda name: json.loads((folder / name).read_bytes())


@pytest.fixture(scope="module")
def samples(shared: Path):
    folder = shared / "fixtures" / "jira-server-samples"
    if not folder.is_dir():
        pytest.skip(f"no sampled answers at {folder}")
    return lambda name: json.loads((folder / f"{name}.json").read_bytes())


class Served:
    """A site of fixed answers; what is not there is an empty list of its kind."""

    def __init__(self, routes: dict[str, Any]) -> None:
        self.routes = routes
        self.asked: Counter[str] = Counter()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked[path] += 1
        if path in self.routes:
            return httpx.Response(200, json=self.routes[path])
        empty = {"values": [], "isLast": True, "isLastPage": True, "total": 0, "issueTypes": [], "fields": []}
        return httpx.Response(200, json=empty)


def source_of(routes: dict[str, Any]) -> tuple[JsmSource, Served]:
    project = {"id": "10000", "key": "IT", "name": "integration-tests", "components": [], "simplified": False}
    base = {
        f"{API}/myself": {"accountId": "5fc9e78d", "timeZone": "America/Los_Angeles"},
        f"{API}/field": [],
        f"{API}/status": [],
        f"{API}/issueLinkType": {"issueLinkTypes": []},
        f"{API}/attachment/meta": {"enabled": True, "uploadLimit": 10},
        f"{API}/project/IT": project,
        f"{API}/issue/10626/remotelink": [],
        f"{API}/project/IT/securitylevel": {"levels": []},
        f"{API}/changelog/bulkfetch": {"issueChangeLogs": []},
        "/rest/servicedeskapi/servicedesk": {
            "values": [{"id": "1", "projectKey": "IT", "projectId": "10000"}], "isLastPage": True,
        },
    }  # fmt: skip
    options = JsmOptions(base_url=SITE, email="m@acme.example", token=SecretStr("t"))
    return JsmSource(options, Session(desk="old", clock=ManualClock())), Served({**base, **routes})


def read(routes: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Wires and neutral records of the issue 10626, each leaf looked up."""
    source, served = source_of(routes)
    with respx.mock(using="httpx") as mock:
        mock.route(url__startswith=SITE).mock(side_effect=served)
        catalog = source.catalog()
        wires = list(source.fetch([Ref("old", Kind.TICKET, "10626")]))
    source.close()
    made: list[Any] = []
    for wire in wires:
        bodies = CONNECTOR.bodies.get(wire.ref.kind.value, frozenset())
        done = finish(source.translate(wire, catalog), wire, bodies)
        names = {"{1}[{2}]".format(*record["ref"].split(":", 2)) for record in done.records}
        found = list(leaves(wire.body, bodies))
        for leaf in found:
            to = lookup(done.trace, leaf.path, leaf.pattern)
            assert to, f"{wire.ref}: {leaf.path} is lost"
            assert to.startswith("=") or to[: to.index("].") + 1] in names, (leaf.path, to)
        assert len(found) == count_leaves(wire.body, bodies) > 0
        assert astray(wire, done, bodies) == []
        for record in done.records:
            validate(record)
        made.extend(done.records)
    return wires, made


def test_a_recorded_issue_with_work_log_and_link_is_read_whole(recorded: Any, samples: Any) -> None:
    issue = recorded("issue_with_worklog_and_link.trimmed.json")
    fields = [
        {"id": "customfield_10012", "name": "Epic Status", "custom": True,
         "schema": {"custom": "com.pyxis.greenhopper.jira:gh-epic-status"}},
    ]  # fmt: skip
    wires, records = read(
        {
            f"{API}/issue/bulkfetch": {"issues": [issue]},
            f"{API}/field": fields,
            f"{API}/status": recorded("workflow_statuses.json"),
            f"{API}/issue/10626/remotelink": samples("remote_links"),
        }
    )
    head = next(record for record in records if record.get("number"))
    assert head["number"] == "IT-26"
    assert head["subject"] == "CLONE - Aggregate issues"
    assert head["body"]["html"] == "<p>Implement OAUth</p>"
    assert (head["status"], head["stage"], head["priority"]) == ("To Do", "new", "Low")
    assert head["components"] == ["Component 3"]
    assert head["created"] == "2022-05-17T11:28:19.523Z", "times are in the caller's zone"
    assert head["links"][0] == {"type": "Cloners", "to": "old:ticket:10625"}
    assert [link["url"] for link in head["links"][1:]] == [
        row["object"]["url"] for row in samples("remote_links")
    ]
    (log,) = [record for record in records if ":worklog:" in record["ref"]]
    assert (log["seconds"], log["started"], log["body"]["html"]) == (
        28_800,
        "2023-04-05T08:00:00Z",
        "<p>time-tracking</p>",
    )
    assert head["fields"] == {"Epic Status": "To Do"}, "a type that nobody knows is readable by its name"
    assert len(wires) == 2


def test_recorded_comments_are_read_with_author_time_and_visibility(recorded: Any) -> None:
    issue = recorded("issue_with_worklog_and_link.trimmed.json")
    comments = recorded("issue_comments.trimmed.json")["comments"]
    issue["fields"]["comment"] = {"comments": comments, "total": len(comments), "maxResults": 1, "startAt": 0}
    _, records = read(
        {f"{API}/issue/bulkfetch": {"issues": [issue]}, f"{API}/comment/list": {"values": comments}}
    )
    (found,) = [record for record in records if ":comment:" in record["ref"]]
    assert found["author"] == "old:person:5fc9e78d2730d800760becc4"
    assert (found["created"], found["public"]) == ("2022-05-17T11:06:55.076Z", True)
    assert found["body"]["html"] == "<p>Closed</p>"


@pytest.mark.parametrize(
    "visibility",
    [
        {"type": "role", "value": "Administrators", "identifier": "Administrators"},
        {"type": "group", "value": "jira-administrators"},
        {"type": "something new"},
    ],
)
def test_a_comment_that_only_a_role_or_group_sees_is_internal_though_the_portal_calls_it_public(
    recorded: Any, visibility: dict[str, str]
) -> None:
    issue = recorded("issue_with_worklog_and_link.trimmed.json")
    comments = recorded("issue_comments.trimmed.json")["comments"]
    assert comments[0]["jsdPublic"] is True
    comments[0]["visibility"] = visibility
    issue["fields"]["comment"] = {"comments": comments, "total": len(comments), "maxResults": 1, "startAt": 0}
    _, records = read(
        {f"{API}/issue/bulkfetch": {"issues": [issue]}, f"{API}/comment/list": {"values": comments}}
    )
    (found,) = [record for record in records if ":comment:" in record["ref"]]
    assert found["public"] is False


def test_a_document_of_nodes_that_nobody_knows_keeps_its_words(recorded: Any) -> None:
    issue = recorded("issue_with_worklog_and_link.trimmed.json")
    issue["fields"]["description"] = recorded("adf-unsupported-content.json")
    _, records = read({f"{API}/issue/bulkfetch": {"issues": [issue]}})
    head = next(record for record in records if record.get("number"))
    for words in ("Invalid node type", "Invalid code block", "Some text and invalid", "Invalid block mark"):
        assert words in head["body"]["html"]


def test_older_lists_of_a_server_break_no_reader(samples: Any) -> None:
    """Shapes of Jira Server: fields without a key, statuses without a category, bare lists."""
    source, served = source_of(
        {
            f"{API}/field": samples("all_fields"),
            f"{API}/status": samples("all_statuses"),
            f"{API}/issueLinkType": {"issueLinkTypes": samples("all_issuelinktypes")},
            f"{API}/priorityscheme": {
                "values": [
                    {"id": "1", "isDefault": True, "priorities": {"values": samples("all_priorities")}}
                ],
                "isLast": True,
            },
            f"{API}/resolution/search": {"values": samples("all_resolutions"), "isLast": True},
        }
    )
    with respx.mock(using="httpx") as mock:
        mock.route(url__startswith=SITE).mock(side_effect=served)
        catalog = source.catalog()
    source.close()
    assert {row["name"] for row in catalog["statuses"]} == {row["name"] for row in samples("all_statuses")}
    assert "Blocker" in {row["name"] for row in catalog["priorities"]}
    assert "Fixed" in {row["name"] for row in catalog["resolutions"]}
    assert len(catalog["link_types"]) == len(samples("all_issuelinktypes"))
    for row in samples("all_statuscategories"):
        assert row["key"] in STAGES


def test_recorded_times_are_read_in_every_form() -> None:
    forms = (
        "2022-05-17T04:06:55.076-0700",
        1_652_785_615.076,
        1_652_785_615_076,
        {"iso8601": "2022-05-17T04:06:55-0700", "epochMillis": 1_652_785_615_076},
    )
    assert {neutral_time(form) for form in forms} == {"2022-05-17T11:06:55.076Z"}
