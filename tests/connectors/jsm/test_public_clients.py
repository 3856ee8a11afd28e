"""jira.js, atlassian-python-api and tap-jira use the emulator as they use a site."""

import pytest
from tests.oracles import public_clients

from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock


@pytest.fixture
def site():
    """A site at work, whose search knows all that is there."""
    emulator = JsmEmulator(ManualClock(), tickets=12)
    emulator.state.fresh_seconds = -0.01
    emulator.clock.advance(120)
    with emulator.serve():
        yield emulator
    assert emulator.crashes == []
    assert [(entry.method, entry.path) for entry in emulator.unserved] == []


def login(emulator):
    who = emulator.credentials
    return emulator.base_url, who["JIRA_EMAIL"], who["JIRA_TOKEN"]


QUERIES = (
    "text ~ number ORDER BY updated DESC", "assignee is EMPTY AND resolution = Unresolved",
    'issuetype in ("Service request", Task) OR reporter = currentUser()', "resolution is not EMPTY AND resolved >= -52w",
)  # fmt: skip


@pytest.mark.parametrize("client", ["jira-js-5", "jira-js-6"])
def test_jira_js_reads_a_site_and_works_on_a_request(site, client):
    """Kind: answers that a client checks against its own schemas (version 6 validates every one)."""
    six = client == "jira-js-6"
    search = "platform.issueSearch." + (
        "searchAndReconsileIssuesUsingJql" if six else "searchForIssuesUsingJqlEnhancedSearch"
    )
    key = {"issueIdOrKey": "SUP-1"}
    fields = {"summary": "Made by a client", "description": "On two\nlines"}
    request = {"serviceDeskId": "1", "requestTypeId": "31", "requestFieldValues": fields}
    answers = public_clients.javascript(
        client, *login(site),
        ["platform.myself.getCurrentUser"], ["platform.serverInfo.getServerInfo"],
        ["platform.projects.searchProjects", {}], ["platform.projects.getProject", {"projectIdOrKey": "SUP"}],
        ["platform.projectTypes.getAllProjectTypes"], ["platform.issueFields.getFields"],
        ["platform.issues.getIssue", {**key, "expand": "transitions,changelog,names"}],
        ["platform.issues.getTransitions", {**key, "expand": "transitions.fields"}],
        ["platform.issueComments.getComments", key], ["platform.issueWorklogs.getIssueWorklog", key],
        ["platform.issueWatchers.getIssueWatchers", key], ["platform.issueLinkTypes.getIssueLinkTypes"],
        *([search, {"jql": jql, "fields": ["*all"], "expand": "transitions"}] for jql in QUERIES),
        ["desk.info.getInfo"], ["desk.request.createCustomerRequest", request], ["desk.request.getCustomerRequests", {}],
        ["desk.request.getCustomerRequestStatus", key], ["desk.request.getCustomerTransitions", key],
        ["desk.request.getRequestComments", key], ["desk.request.getSlaInformation", key],
        ["desk.servicedesk.getQueues" if six else "desk.serviceDesk.getQueues", {"serviceDeskId": "1"}],
        ["desk.servicedesk.getIssuesInQueue" if six else "desk.serviceDesk.getIssuesInQueue",
         {"serviceDeskId": "1", "queueId": "11"}],
        ["desk.request.performCustomerTransition", {**key, "id": "11", "additionalComment": {"body": "Accepted"}}],
    )  # fmt: skip
    assert [answer for answer in answers if "error" in answer] == []
    named = {answer["name"]: answer["value"] for answer in answers}
    issue = named["platform.issues.getIssue"]
    assert [row["id"] for row in issue["transitions"]] == [
        row["id"] for row in named["platform.issues.getTransitions"]["transitions"]
    ]
    searches = [answer["value"]["issues"] for answer in answers if answer["name"] == search]
    assert all(searches)
    assert all("transitions" in row for row in searches[0])
    made = named["desk.request.createCustomerRequest"]["issueKey"]
    assert [row["issueKey"] for row in named["desk.request.getCustomerRequests"]["values"]] == [made]
    assert site.state.statuses[site.state.issue("SUP-1").status].name == "Waiting for support"


def test_atlassian_python_api_works_on_a_service_desk(site, tmp_path):
    """Kind: the service desk's own calls: requests, temporary files, attachments of a request, status, transition."""
    path = tmp_path / "note.txt"
    path.write_text("what the customer sent")
    calls = [
        ["desk.get_info"], ["desk.get_service_desks"], ["desk.get_request_types", "1"],
        ["desk.get_request_type_fields", "1", "31"],
        ["desk.create_customer_request", "1", "31", {"values_dict": {"summary": "Made by a client", "description": "d"}}],
        ["desk.get_my_customer_requests"], ["desk.get_customer_request", "SUP-1"], ["desk.get_customer_request_status", "SUP-1"],
        ["desk.get_customer_transitions", "SUP-1"], ["desk.get_request_comments", "SUP-1"],
        ["desk.create_attachment", "1", "SUP-1", str(path), {"public": True, "comment": "See the file"}],
        ["desk.get_sla", "SUP-1"], ["desk.get_approvals", "SUP-1"], ["desk.get_queues", "1"],
        ["desk.get_issues_in_queue", "1", "11"],
        ["desk.perform_transition", "SUP-1", "11", {"comment": "Accepted"}],
        ["jira.get_project_versions", "SUP"], ["jira.get_all_resolutions"], ["jira.issue", "SUP-1", {"expand": "transitions"}],
        *(["jira.enhanced_jql", jql] for jql in QUERIES),
    ]  # fmt: skip
    answers = public_clients.atlassian_python(*login(site), *calls)
    assert [answer for answer in answers if "error" in answer] == []
    named = {answer["name"]: answer["value"] for answer in answers}
    assert (
        named["desk.get_my_customer_requests"][0]["issueKey"]
        == named["desk.create_customer_request"]["issueKey"]
    )
    assert named["desk.get_customer_request_status"] == "Waiting for triage"
    issue = site.state.issue("SUP-1")
    assert site.state.statuses[issue.status].name == "Waiting for support"
    assert [site.state.attachments[id_].name for id_ in issue.attachments][-1] == "note.txt"
    assert named["jira.issue"]["transitions"]


def test_tap_jira_finds_out_and_reads_the_whole_site(site, tmp_path):
    """Kind: changelog and transitions within issues, types of projects, work logs by change, as a Singer tap asks for them."""
    url, user, token = login(site)
    config = {"start_date": "2000-01-01T00:00:00Z", "username": user, "password": token,
              "base_url": "https://acme.atlassian.net", "user_agent": "tests"}  # fmt: skip
    found = public_clients.tap(
        "tap-jira", tmp_path, "https://acme.atlassian.net", url, config, without=("roles", "users")
    )
    issues = site.state.issues.values()
    assert {row["id"] for row in found["issues"]} == {issue.id for issue in issues}
    assert {row["id"] for row in found["issue_comments"]} == {
        c.id for issue in issues for c in issue.comments
    }
    assert {row["id"] for row in found["changelogs"]} == {c.id for issue in issues for c in issue.changes}
    assert {row["id"] for row in found["worklogs"]} == {w.id for issue in issues for w in issue.worklogs}
    assert {row["issueId"] for row in found["issue_transitions"]} <= {issue.id for issue in issues}
    assert {row["key"] for row in found["project_types"]} == {"service_desk", "software", "business"}
    assert len(found["resolutions"]) == len(site.state.resolutions)
