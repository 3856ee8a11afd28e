"""Ordinary JQL is answered; what is Jira's and not indexed here is 501 in the stand-in's own words."""

import httpx
import pytest
from tests.connectors.jsm.emulated_site import doc, site


@pytest.fixture(scope="module")
def jira():
    """A site with four requests that differ in all that queries go by."""
    with site() as served:
        served.emulator.limits.enabled = False
        ann, agent = served.customer(), served.agent()
        served.issue(
            summary="Printer is on fire",
            reporter={"accountId": ann},
            priority={"name": "High"},
            labels=["fire"],
        )
        served.issue(kind="Task", summary="Order paper", assignee={"accountId": agent}, duedate="2026-12-01")
        served.issue(
            "BILL", summary="Invoice unclear", description=doc("The printers' invoice of May is too high")
        )
        served.issue(summary="Nothing works")
        served.post("issue/SUP-3/comment", {"body": doc("Please try the printer again")}, 201)
        way = next(
            row
            for row in served.get("issue/SUP-1/transitions")["transitions"]
            if row["name"] == "Cancel request"
        )
        served.post(
            "issue/SUP-1/transitions",
            {"transition": {"id": way["id"]}, "fields": {"resolution": {"name": "Done"}}},
            204,
        )
        served.emulator.clock.advance(60)
        yield served


def keys(jira, jql):
    """The keys that a query finds, in its order."""
    return [
        row["key"]
        for row in jira.get("search/jql", params={"jql": jql, "fields": "key", "maxResults": 50})["issues"]
    ]


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("text ~ printer", {"SUP-1", "SUP-3"}),
        ("text ~ 'print*'", {"SUP-1", "SUP-3", "BILL-1"}),
        ("text ~ 'fire printer'", {"SUP-1"}),
        ('text ~ "\\"is on fire\\""', {"SUP-1"}),
        ('text ~ "\\"on is fire\\""', set()),
        ("summary ~ order AND project = SUP", {"SUP-2"}),
        ("project = SUP AND summary !~ order", {"SUP-1", "SUP-3"}),
        ("comment ~ again", {"SUP-3"}),
        ("description ~ invoice", {"BILL-1"}),
        ("description is EMPTY AND project = BILL", set()),
        ("assignee = ada@acme.example", {"SUP-2"}),
        ("assignee is EMPTY", {"SUP-1", "SUP-3", "BILL-1"}),
        ("assignee is not EMPTY", {"SUP-2"}),
        ("assignee != ada@acme.example", set()),
        ("assignee in (EMPTY, ada@acme.example)", {"SUP-1", "SUP-2", "SUP-3", "BILL-1"}),
        ("reporter = Ann", {"SUP-1"}),
        ("creator = currentUser()", {"SUP-1", "SUP-2", "SUP-3", "BILL-1"}),
        ("resolution = Unresolved", {"SUP-2", "SUP-3", "BILL-1"}),
        ("resolution = Done", {"SUP-1"}),
        ("resolution is not empty", {"SUP-1"}),
        ("resolved >= startOfDay()", {"SUP-1"}),
        ("issuetype = Task", {"SUP-2"}),
        ("type not in (Task) AND project = SUP", {"SUP-1", "SUP-3"}),
        ("priority = High", {"SUP-1"}),
        ("due <= 2026-12-01", {"SUP-2"}),
        ("due is EMPTY AND project = SUP", {"SUP-1", "SUP-3"}),
        ("statusCategory = Done OR issuetype = Task", {"SUP-1", "SUP-2"}),
        ("project = SUP AND NOT (labels = fire OR issuetype = Task)", {"SUP-3"}),
        ("project = SUP AND labels is EMPTY", {"SUP-2", "SUP-3"}),
        ("labels not in (fire) AND project = SUP", set()),
        ("key = BILL-1 OR labels = fire", {"BILL-1", "SUP-1"}),
        ("status != Canceled AND project = SUP AND created <= now()", {"SUP-2", "SUP-3"}),
        ("updated >= '-4w 2d'", {"SUP-1", "SUP-2", "SUP-3", "BILL-1"}),
    ],
)  # fmt: skip
def test_an_ordinary_query_finds_what_jira_finds(jira, jql, found):
    assert set(keys(jira, jql)) == found
    assert jira.post("search/approximate-count", {"jql": jql})["count"] == len(found)


def test_an_issue_without_a_date_comes_last_in_rising_order(jira):
    assert keys(jira, "project = SUP ORDER BY due ASC, key DESC") == ["SUP-2", "SUP-3", "SUP-1"]
    assert keys(jira, "project = SUP ORDER BY resolutiondate DESC, key")[-1] == "SUP-1"
    page = jira.post("search/jql", {"jql": "project = SUP ORDER BY due", "maxResults": 1})
    rest = jira.post(
        "search/jql", {"jql": "project = SUP ORDER BY due", "nextPageToken": page["nextPageToken"]}
    )
    assert len({row["id"] for row in page["issues"] + rest["issues"]}) == 3


@pytest.mark.parametrize(
    "jql",
    ["status was Open", "sprint in openSprints()", "cf[10014] = 1", "assignee in membersOf(admins)", "'Request Type' = x",
     "project = SUP ORDER BY votes", "text ~ 'roam~'", "created > endOfWeek()", "fixVersion = x"],
)  # fmt: skip
def test_jql_that_jira_answers_and_the_stand_in_does_not_is_501_and_not_called_invalid(jira, jql):
    """Kind: what the product may well know, refused in the product's words."""
    who = jira.emulator.credentials
    answer = httpx.get(
        f"{jira.emulator.base_url}/rest/api/3/search/jql",
        params={"jql": jql},
        auth=(who["JIRA_EMAIL"], who["JIRA_TOKEN"]),
    )
    assert answer.status_code == 501
    assert answer.json()["error"].startswith("the emulator jsm does not serve")
    jira.emulator.unserved.clear()


def test_components_and_custom_fields_are_found_by_what_they_hold_once_the_index_knows(jira):
    component = jira.post("component", {"name": "Zed", "project": "SUP"}, 201)["id"]
    field = jira.fields["CSAT"]
    number = field.removeprefix("customfield_")
    (good,) = [row.id for row in jira.emulator.state.fields[field].options if row.value == "Good"]
    jira.issue()
    key = jira.issue(**{"components": [{"id": component}], field: {"id": good}})

    def found(jql):
        return [row["key"] for row in jira.post("search/jql", {"jql": jql, "fields": ["key"]})["issues"]]

    jira.emulator.clock.advance(60)
    for jql in (
        f"component = {component}",
        "component = zed",
        f"cf[{number}] is not EMPTY",
        f"cf[{number}] = {good}",
    ):
        assert found(jql) == [key], jql
    assert found("component != zed") == []
    jira.call("DELETE", f"component/{component}", None, 204)
    assert jira.get(f"issue/{key}?fields=components")["fields"]["components"] == []
    jira.get(f"component/{component}", 404)
