"""The emulator's answers and Atlassian's OpenAPI documents agree, but for the faults that are listed, each of them real."""

import httpx
import pytest
from tests.connectors.jsm.emulated_site import ROOT, doc, documents, site

from ticketferry_emulators.kit.faults import Fault

API = "/rest/servicedeskapi"


@pytest.fixture
def fresh_documents():
    if documents() is None:
        pytest.skip(f"no vendor documents beside {ROOT}: set TICKETFERRY_SHARED")
    from tests.contract.jsm_document_faults import Documents

    return Documents(documents().folder)


def walk(jira):
    """Call what brings out every listed fault, and the rest of the API once."""
    limits = jira.emulator.limits
    limits.enabled = False
    key, other = jira.issue(assignee={"accountId": jira.agent()}, labels=["x"]), jira.issue()
    jira.put(f"issue/{key}", {"fields": {"labels": [], "summary": "other"}}, 204)
    jira.post(f"issue/{key}/comment", {"body": doc("x")}, 201)
    attachment = jira.upload(key)
    jira.post(f"issue/{key}/worklog", {"timeSpentSeconds": 60}, 201)
    jira.post(f"issue/{key}/remotelink", {"object": {"url": "https://x.example", "title": "x"}}, 201)
    jira.post(
        "issueLink",
        {"type": {"name": "Blocks"}, "inwardIssue": {"key": key}, "outwardIssue": {"key": other}},
        201,
    )
    for path in (
        f"issue/{key}?expand=changelog", f"issue/{key}/changelog", f"issue/{key}/comment?expand=properties",
        f"issue/{key}/transitions?expand=transitions.fields", f"issue/{key}/worklog", f"issue/{key}/remotelink",
        f"issue/{key}/editmeta", f"attachment/{attachment['id']}", "serverInfo", "users/search",
        "issue/createmeta/SUP/issuetypes", "issue/createmeta/SUP/issuetypes/10001?maxResults=200",
        "workflows/search?expand=values.transitions", "workflowscheme/project?projectId=10000", "screens",
        "priorityscheme?expand=priorities", "priorityscheme/1/priorities",
        "field", "statuses/search", "project/SUP/notificationscheme?expand=all", "project/SUP/statuses",
    ):  # fmt: skip
        jira.get(path, 200)
    set_up(jira)
    jira.put("mypreferences?key=user.autowatch.disabled", True, 204)
    jira.get("mypreferences?key=user.autowatch.disabled", 200)
    jira.get("user?username=x", 400)
    jira.get("search", 410)
    jira.get(f"{API}/servicedesk/1/customer", 412)
    jira.emulator.clock.advance(6)
    jira.post("search/jql", {"jql": "project = SUP", "fields": ["*all"]}, 200)
    jira.post("issue/bulkfetch", {"issueIdsOrKeys": [key], "fields": ["*all"], "expand": ["changelog"]}, 200)
    jira.post("changelog/bulkfetch", {"issueIdsOrKeys": [key]}, 200)
    jira.post("issue/bulk", {"issueUpdates": [{}] * 51}, 400)
    task = jira.post("bulk/issues/delete", {"selectedIssueIdsOrKeys": [key]}, 201)
    jira.get(f"bulk/queue/{task['taskId']}", 200)
    jira.get(f"issue/{other}")
    limits.enabled = True
    jira.emulator.faults.add(Fault("rate_limited", match="status.list"))
    assert jira.client.get("/rest/api/3/status").status_code == 429


def set_up(jira):
    """Make what an administrator makes, look at it, and take it away."""
    component = jira.post("component", {"name": "Zed", "project": "SUP", "assigneeType": "UNASSIGNED"}, 201)[
        "id"
    ]
    jira.get(f"component/{component}", 200)
    jira.get(f"component/{component}/relatedIssueCounts", 200)
    jira.delete(f"component/{component}", None, 204)
    kind = "com.atlassian.jira.plugin.system.customfieldtypes:"
    jira.emulator.state.field_brings_context = False
    body = {"name": "Zed", "type": f"{kind}select", "searcherKey": f"{kind}multiselectsearcher"}
    field = jira.post("field", body, 201)["id"]
    context = jira.post(
        f"field/{field}/context", {"name": "Zed", "projectIds": ["10000"], "issueTypeIds": []}, 201
    )["id"]
    options = f"field/{field}/context/{context}/option"
    made = jira.post(options, {"options": [{"value": "a"}, {"value": "b", "disabled": True}]}, 200)["options"]
    jira.get(f"field/{field}/context", 200)
    jira.get(options, 200)
    place = "screens/100001/tabs/10000/fields"
    key = jira.issue()
    off = jira.put(f"issue/{key}", {"fields": {field: {"value": "a"}}}, 400)
    assert (
        off["errors"][field]
        == f"Field '{field}' cannot be set. It is not on the appropriate screen, or unknown."
    )
    for screen in ("100001", "100002"):
        jira.post(f"screens/{screen}/tabs/10000/fields", {"fieldId": field}, 200)
    jira.put(f"issue/{key}", {"fields": {field: {"value": "b"}}}, 400)
    jira.put(f"issue/{key}", {"fields": {field: {"value": "a"}}}, 204)
    jira.get(f"field/{field}/screens", 200)
    pair = {"projectId": "10000", "issueTypeId": "10001"}
    jira.post(f"field/{field}/context/mapping", {"mappings": [pair, {**pair, "projectId": "10001"}]}, 200)
    jira.post(f"field/{field}/context/mapping", {"mappings": [pair, pair]}, 400)
    jira.get(place, 200)
    jira.get("issuetypescreenscheme/project?projectId=10000", 200)
    jira.get("issuetypescreenscheme/mapping?issueTypeScreenSchemeId=310000", 200)
    jira.get("screenscheme", 200)
    jira.delete(f"{place}/{field}", None, 204)
    jira.delete(f"{options}/{made[0]['id']}", None, 204)
    assert jira.get(f"issue/{key}")["fields"][field] is None
    jira.post(f"field/{field}/trash", None, 200)
    assert field not in {row["id"] for row in jira.get("field", 200)}
    jira.post(f"field/{field}/restore", None, 200)


def test_every_listed_fault_of_the_documents_is_met_and_nothing_else(fresh_documents):
    from tests.contract.jsm_document_faults import KNOWN_DOCUMENT_FAULTS

    with site("fresh", known=fresh_documents) as jira:
        walk(jira)
    assert {fault.name for fault in KNOWN_DOCUMENT_FAULTS} - set(fresh_documents.hits) == set()
    assert fresh_documents.unlisted == set()
    assert len(fresh_documents.checked) > 12


def test_the_documents_refuse_an_answer_that_is_wrong(fresh_documents):
    request = httpx.Request("GET", "http://127.0.0.1/rest/api/3/status")
    assert fresh_documents.complaints(httpx.Response(200, json=[{"id": 1}], request=request))
