"""What public clients of Jira and its service desks ask: the product answers it, or the stand-in says that it does not serve it."""

import httpx
import pytest
from tests.connectors.jsm.emulated_site import doc, site

DESK = "/rest/servicedeskapi"


@pytest.fixture
def jira():
    with site() as served:
        served.emulator.limits.enabled = False
        served.emulator.state.fresh_seconds = -0.01
        yield served


def asked(jira, **more):
    """Make a request as a client of the service desk does."""
    body = {
        "serviceDeskId": "1",
        "requestTypeId": "31",
        "requestFieldValues": {"summary": "No paper", "description": "Two lines\nof it"},
    }
    return jira.post(f"{DESK}/request", body | more, 201)


def test_a_request_is_made_for_a_customer_who_is_told(jira):
    ann, bob = jira.customer(), jira.customer("bob@shop.example")
    jira.state.customer_notifications_on = True
    jira.state.mails.clear()
    made = asked(jira, raiseOnBehalfOf=ann, requestParticipants=[bob])
    assert (made["issueKey"], made["requestTypeId"], made["serviceDeskId"]) == ("SUP-1", "31", "1")
    assert made["reporter"]["accountId"] == ann
    assert [mail.to for mail in jira.state.mails if mail.event == "Request created"] == [
        "ann@shop.example",
        "bob@shop.example",
    ]
    assert [row["accountId"] for row in jira.get(f"{DESK}/request/SUP-1/participant")["values"]] == [bob]
    issue = jira.get("issue/SUP-1")["fields"]
    assert issue["reporter"]["accountId"] == ann
    assert issue["description"]["type"] == "doc"
    assert jira.get(f"{DESK}/request/SUP-1")["requestFieldValues"][1]["value"].splitlines() == [
        "Two lines",
        "of it",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"serviceDeskId": "77"}, "service desk"),
        ({"requestTypeId": "77"}, "request type"),
        ({"requestFieldValues": {"summary": "x", "assignee": {"accountId": "x"}}}, "assignee"),
        ({"requestFieldValues": {"description": "x"}}, "summary"),
        ({"raiseOnBehalfOf": "ann@shop.example"}, "ann@shop.example"),
        ({"requestParticipants": ["nobody"]}, "nobody"),
    ],
)
def test_a_request_that_the_form_does_not_allow_is_refused_and_nothing_is_made(jira, change, said):
    body = {"serviceDeskId": "1", "requestTypeId": "31", "requestFieldValues": {"summary": "x"}} | change
    assert said in jira.post(f"{DESK}/request", body, 400)["errorMessage"]
    assert jira.state.issues == {}


def test_the_list_of_requests_is_the_callers_own_and_no_export(jira):
    ann = jira.customer()
    me = jira.get("myself")["accountId"]
    asked(jira)
    asked(jira, raiseOnBehalfOf=ann)
    asked(jira, raiseOnBehalfOf=ann, requestParticipants=[me])
    keys = [row["issueKey"] for row in jira.get(f"{DESK}/request")["values"]]
    assert keys == ["SUP-3", "SUP-1"]
    owned = jira.get(f"{DESK}/request", params={"requestOwnership": "OWNED_REQUESTS"})["values"]
    assert [row["issueKey"] for row in owned] == ["SUP-1"]
    assert jira.get(f"{DESK}/request", params={"requestStatus": "CLOSED_REQUESTS"})["values"] == []


def test_a_request_moves_by_the_service_desks_transition_with_a_public_comment(jira):
    asked(jira)
    steps = jira.get(f"{DESK}/request/SUP-1/transition")["values"]
    same = jira.get("issue/SUP-1/transitions")["transitions"]
    assert [(row["id"], row["name"]) for row in same] == [(row["id"], row["name"]) for row in steps] != []
    accept = next(row["id"] for row in steps if row["name"] == "Accept")
    before = jira.get(f"{DESK}/request/SUP-1/status")["values"]
    jira.emulator.clock.advance(5)
    jira.post(f"{DESK}/request/SUP-1/transition", {"id": accept, "additionalComment": {"body": "Taken"}}, 204)
    after = jira.get(f"{DESK}/request/SUP-1/status")["values"]
    assert after[1:] == before
    assert (
        after[0]["status"]
        == jira.get(f"{DESK}/request/SUP-1")["currentStatus"]["status"]
        == "Waiting for support"
    )
    (comment,) = jira.get(f"{DESK}/request/SUP-1/comment")["values"]
    assert (comment["body"], comment["public"]) == ("Taken", True)
    assert jira.get(f"{DESK}/request/SUP-1/comment/{comment['id']}") == comment
    jira.get(f"{DESK}/request/SUP-1/comment/7", 404)
    jira.post(f"{DESK}/request/SUP-1/transition", {"id": "999"}, 400)
    cancel = next(
        row["id"]
        for row in jira.get(f"{DESK}/request/SUP-1/transition")["values"]
        if row["name"] == "Cancel request"
    )
    assert "resolution" in jira.post(f"{DESK}/request/SUP-1/transition", {"id": cancel}, 400)["errorMessage"]


def test_a_queue_shows_the_issues_that_its_jql_finds(jira):
    asked(jira)
    jira.emulator.clock.advance(60)
    (first, *_) = jira.get(f"{DESK}/servicedesk/1/queue")["values"]
    assert jira.get(f"{DESK}/servicedesk/1/queue/{first['id']}") == first
    found = jira.get(f"{DESK}/servicedesk/1/queue/{first['id']}/issue")["values"]
    wanted = jira.post("search/jql", {"jql": first["jql"], "fields": ["key"]})["issues"]
    assert [row["key"] for row in found] == [row["key"] for row in wanted]
    jira.get(f"{DESK}/servicedesk/1/queue/77/issue", 404)


def test_the_desk_tells_its_version(jira):
    assert jira.get(f"{DESK}/info")["isLicensedForUse"] is True


@pytest.mark.parametrize("ask", ["one", "search", "bulk"])
def test_transitions_are_shown_within_an_issue_where_they_are_expanded(jira, ask):
    jira.issue()
    jira.emulator.clock.advance(60)

    def shown(expand):
        if ask == "one":
            return jira.get("issue/SUP-1", params={"expand": ",".join(expand)})
        if ask == "search":
            return jira.get(
                "search/jql", params={"jql": "key = SUP-1", "fields": "*all", "expand": ",".join(expand)}
            )["issues"][0]
        return jira.post("issue/bulkfetch", {"issueIdsOrKeys": ["SUP-1"], "expand": expand})["issues"][0]

    assert (
        shown(["changelog", "transitions"])["transitions"]
        == jira.get("issue/SUP-1/transitions")["transitions"]
        != []
    )
    assert "transitions" not in shown(["changelog"])


def test_kinds_of_projects_are_no_project(jira):
    assert {row["key"] for row in jira.get("project/type")} == {"service_desk", "software", "business"}
    assert jira.get("projectCategory") == []
    assert jira.get("project/SUP/versions") == jira.get("project/SUP/version")["values"] == []
    assert jira.get("project/SUP/component")["values"] == jira.get("project/SUP/components")
    assert jira.get("resolution") == jira.get("resolution/search")["values"]
    jira.get("project/NOPE/versions", 404)


@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "project/recent"),
        ("GET", "issue/picker"),
        ("GET", "notificationscheme/project"),
    ],
)
def test_a_word_in_the_place_of_a_key_is_an_operation_that_is_not_served_and_no_issue_that_is_not_there(
    jira, method, path, version
):
    """Kind: a path of another operation that a route with a key catches."""
    who = jira.emulator.credentials
    answer = httpx.request(
        method,
        f"{jira.emulator.base_url}/rest/api/{version}/{path}",
        auth=(who["JIRA_EMAIL"], who["JIRA_TOKEN"]),
    )
    assert answer.status_code == 501
    assert answer.json()["error"] == f"the emulator jsm does not serve {method} /rest/api/{version}/{path}"
    jira.emulator.unserved.clear()


def test_a_comment_of_the_platform_is_a_comment_of_the_request(jira):
    asked(jira)
    made = jira.post("issue/SUP-1/comment", {"body": doc("Seen")}, 201)
    assert jira.get(f"{DESK}/request/SUP-1/comment/{made['id']}")["body"] == "Seen"


def test_work_logs_are_found_by_when_they_changed_and_read_by_id(jira):
    jira.issue()
    sent = {"timeSpentSeconds": 120, "comment": doc("Looked at it")}
    first = jira.post("issue/SUP-1/worklog", sent, 201)
    jira.emulator.clock.advance(30)
    second = jira.post("issue/SUP-1/worklog", sent, 201)
    jira.emulator.clock.advance(45)
    page = jira.get("worklog/updated", params={"since": 0})
    assert [row["worklogId"] for row in page["values"]] == [int(first["id"])]  # the last minute is left out
    assert page["lastPage"] is True
    jira.emulator.clock.advance(60)
    again = jira.get("worklog/updated", params={"since": page["until"] + 1})
    assert [row["worklogId"] for row in again["values"]] == [int(second["id"])]
    assert jira.post("worklog/list", {"ids": [int(second["id"]), 999]}) == [second]


def test_a_clock_and_an_approval_are_shown_one_by_one(jira):
    asked(jira)
    (first, second) = jira.get(f"{DESK}/request/SUP-1/sla")["values"]
    assert jira.get(f"{DESK}/request/SUP-1/sla/{second['id']}")["name"] == second["name"] != first["name"]
    jira.get(f"{DESK}/request/SUP-1/sla/77", 404)
    decided = {
        "id": "5",
        "name": "Approval",
        "decision": "pending",
        "created": 1.0,
        "approvers": [(jira.agent(), "pending")],
    }
    jira.state.issue("SUP-1").approvals.append(decided)
    (row,) = jira.get(f"{DESK}/request/SUP-1/approval")["values"]
    assert jira.get(f"{DESK}/request/SUP-1/approval/5") == row
    jira.get(f"{DESK}/request/SUP-1/approval/77", 404)
