"""Wrong input draws the vendor's own refusals, changes nothing, and never breaks the emulator."""

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.connectors.jsm.emulated_site import doc, site
from tests.rounds import examples

from ticketferry_emulators.jsm.models.adf import AdfError, check, media_ids, plain_text

API = "/rest/servicedeskapi"
SYSTEM = "com.atlassian.jira.plugin.system.customfieldtypes:"


@pytest.fixture
def jira():
    with site() as served:
        served.emulator.limits.enabled = False
        yield served


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "issue", [], 400),
        ("POST", "issue", {"fields": {"project": {"key": "NO"}}}, 400),
        ("POST", "issue", {"fields": {"project": "SUP"}}, 400),
        ("POST", "issue", {"fields": {"project": {"key": "SUP"}, "issuetype": {"name": "Epic"}}}, 400),
        ("POST", "issue/bulk", {}, 400),
        ("PUT", "issue/SUP-1", [], 400),
        ("PUT", "issue/SUP-1", {"fields": {"issuetype": {"name": "Epic"}}}, 400),
        ("PUT", "issue/SUP-1", {"update": {"labels": [{"frobnicate": "x"}]}}, 400),
        ("PUT", "issue/SUP-9", {"fields": {}}, 404),
        ("POST", "issue/SUP-1/comment", {}, 400),
        ("POST", "issue/SUP-1/comment", {"body": "text"}, 400),
        ("POST", "issue/SUP-1/comment", {"body": doc()}, 400),
        ("POST", "issue/SUP-1/comment", {"body": doc("x"), "visibility": {"type": "planet"}}, 400),
        ("POST", "issue/SUP-1/comment", {"body": doc("x"), "properties": {"a": 1}}, 400),
        ("POST", "issue/SUP-1/comment", {"body": doc("x"), "properties": [{"key": "k" * 256}]}, 400),
        ("DELETE", "issue/SUP-1/comment/5", None, 404),
        ("POST", "comment/list", {"ids": []}, 400),
        ("POST", "issueLink", {"type": {"name": "Blocks"}, "inwardIssue": {"key": "SUP-1"}}, 400),
        (
            "POST",
            "issueLink",
            {"type": {"name": "Blocks"}, "inwardIssue": {"key": "SUP-1"}, "outwardIssue": {"key": "SUP-1"}},
            400,
        ),
        ("DELETE", "issueLink/5", None, 404),
        ("POST", "issue/SUP-1/worklog", {"timeSpentSeconds": "1h"}, 400),
        ("POST", "issue/SUP-1/worklog", {"timeSpentSeconds": 60, "started": "yesterday"}, 400),
        ("POST", "issue/SUP-1/worklog", {"timeSpentSeconds": 60, "comment": {"type": "doc"}}, 400),
        ("POST", "issue/SUP-1/transitions", {}, 400),
        ("POST", "bulk/issues/delete", {}, 400),
        ("POST", "bulk/issues/delete", {"selectedIssueIdsOrKeys": ["SUP-7"]}, 400),
        ("GET", "bulk/queue/1", None, 400),
        ("GET", "attachment/5", None, 404),
        ("GET", "project/NOPE", None, 404),
        ("GET", "notificationscheme/5", None, 404),
        ("GET", "field/summary/context", None, 404),
        ("GET", "user/search", None, 400),
        ("GET", "user/bulk", None, 400),
        ("GET", "mypermissions?permissions=FLY", None, 400),
        ("POST", "search/jql", {"jql": 7}, 400),
        ("POST", "search/jql", {"jql": "project = SUP", "properties": list("abcdef")}, 400),
        ("POST", "changelog/bulkfetch", {"issueIdsOrKeys": []}, 400),
        ("GET", f"{API}/servicedesk/9", None, 404),
        ("GET", f"{API}/servicedesk/1/requesttype/9", None, 404),
        ("POST", "field", {"name": "x"}, 400),
        ("POST", "field", {"name": " ", "type": f"{SYSTEM}textfield"}, 400),
        ("POST", "field", {"name": "x", "type": f"{SYSTEM}telepathy"}, 400),
        ("POST", "field", {"name": "x", "type": f"{SYSTEM}select", "searcherKey": f"{SYSTEM}daterange"}, 400),
        ("POST", "field/customfield_5/trash", None, 404),
        ("POST", "field/customfield_10010/trash", None, 400),
        ("POST", "field/customfield_5/restore", None, 404),
        ("POST", "field/customfield_10014/context", {}, 400),
        ("POST", "field/customfield_10014/context", {"name": "x", "projectIds": ["5"]}, 404),
        ("POST", "field/customfield_10014/context", {"name": "x"}, 400),
        ("POST", "field/customfield_10018/context/5/option", {"options": [{"value": "x"}]}, 404),
        ("POST", "field/customfield_10018/context/10508/option", {}, 400),
        ("POST", "field/customfield_10018/context/10508/option", {"options": [{"value": "hUman "}]}, 400),
        (
            "POST",
            "field/customfield_10018/context/10508/option",
            {"options": [{"value": "x"}, {"value": "X"}]},
            400,
        ),
        ("POST", "field/customfield_10018/context/10508/option", {"options": [{"value": "x"}] * 1001}, 400),
        ("POST", "field/customfield_10014/context/10504/option", {"options": [{"value": "x"}]}, 400),
        ("DELETE", "field/customfield_10018/context/10508/option/5", None, 404),
        ("POST", "screens/5/tabs/10000/fields", {"fieldId": "customfield_10014"}, 404),
        ("POST", "screens/100001/tabs/5/fields", {"fieldId": "customfield_10014"}, 404),
        ("POST", "screens/100001/tabs/10000/fields", {"fieldId": "customfield_5"}, 404),
        ("POST", "screens/100001/tabs/10000/fields", {"fieldId": "customfield_10014"}, 400),
        ("GET", "issuetypescreenscheme/project", None, 400),
        ("POST", "component", {}, 400),
        ("POST", "component", {"name": "x"}, 400),
        ("POST", "component", {"name": " ", "project": "SUP"}, 400),
        ("POST", "component", {"name": "x" * 256, "project": "SUP"}, 400),
        ("POST", "component", {"name": "weBsite", "project": "SUP"}, 400),
        ("POST", "component", {"name": "x", "project": "SUP", "assigneeType": "NOBODY"}, 400),
        ("POST", "component", {"name": "x", "project": "NO"}, 404),
        ("GET", "component/5", None, 404),
        ("DELETE", "component/5", None, 404),
        ("POST", f"{API}/organization", {"name": " "}, 400),
        ("GET", f"{API}/organization/9", None, 404),
        ("POST", f"{API}/servicedesk/1/customer", {}, 400),
        ("GET", f"{API}/request/SUP-1", None, 404),
    ],
)
def test_wrong_input_is_refused_and_changes_nothing(jira, method, path, body, status):
    jira.issue()
    before, writes = jira.emulator.dump(), len(jira.emulator.ledger.writes(committed=True))
    answer = jira.call(method, path, body, status)
    assert set(answer) & {"errorMessages", "errorMessage", "errors", "issues"}
    assert jira.emulator.dump() == before
    assert len(jira.emulator.ledger.writes(committed=True)) == writes


def test_a_body_that_is_no_json_is_refused_in_jiras_words(jira):
    answer = jira.call(
        "POST", "issue", status=400, content=b"{nope", headers={"Content-Type": "application/json"}
    )
    assert "JSON" in answer["errorMessages"][0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Zendesk ticket", 5),
        ("Zendesk ticket", "x" * 256),
        ("Zendesk link", "javascript:alert(1)"),
        ("Original created", "2019-01-01"),
        ("Refund amount", "12"),
        ("Handled by", {"value": "Nobody"}),
        ("Handled by", "Human"),
        ("Affected regions", {"value": "EMEA"}),
        ("Product", {"value": "Ferry", "child": {"value": "Cloud"}}),
        ("Source tags", ["a b"]),
        ("Account manager", {"accountId": "nobody"}),
        ("Request participants", [{"accountId": "nobody"}]),
        ("Organizations", [7]),
        ("Request language", "klingon"),
        ("Steps to reproduce", "text"),
    ],
)
def test_a_custom_fields_value_is_checked_by_its_type(jira, name, value):
    key, field = jira.issue(), jira.fields[name]
    answer = jira.put(f"issue/{key}", {"fields": {field: value}}, 400)
    assert field in answer["errors"]


def test_every_custom_field_can_be_emptied_and_the_history_says_so(jira):
    customer = jira.customer()
    organization = jira.post(f"{API}/organization", {"name": "Shop"}, 201)
    jira.post(f"{API}/servicedesk/1/organization", {"organizationId": int(organization["id"])}, 204)
    values = {
        "Zendesk ticket": "1",
        "Handled by": {"value": "Human"},
        "Product": {"value": "Ferry"},
        "Affected regions": [{"value": "EMEA"}],
        "Request participants": [{"accountId": customer}],
        "Organizations": [int(organization["id"])],
        "Request language": {"languageCode": "de"},
        "Account manager": {"accountId": jira.agent()},
        "Original created": "2019-01-01T00:00:00.000+0000",
    }
    fields = {jira.fields[name]: value for name, value in values.items()}
    key = jira.issue(**fields)
    jira.put(f"issue/{key}", {"fields": dict.fromkeys(fields)}, 204)
    read = jira.get(f"issue/{key}")["fields"]
    assert [read[name] for name in fields] == [None] * len(fields)
    (change,) = jira.get(f"issue/{key}/changelog")["values"]
    assert {item["field"] for item in change["items"]} == set(values)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "content", "text", "attrs", "marks", "version", "id"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)
_NODES = st.recursive(
    st.sampled_from(["text", "paragraph", "media", "heading", "panel", "mention", "listItem", 5, None]).map(
        lambda kind: {"type": kind, "text": "x"} if kind == "text" else {"type": kind}
    ),
    lambda inner: st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                ["paragraph", "bulletList", "listItem", "table", "mediaSingle", "codeBlock"]
            )
        },
        optional={"content": st.lists(inner, max_size=3), "attrs": _JSON, "marks": _JSON},
    ),
    max_leaves=10,
)


@settings(max_examples=examples(300), suppress_health_check=[HealthCheck.too_slow])
@given(
    _JSON
    | st.lists(_NODES | _JSON, max_size=4).map(lambda nodes: {"type": "doc", "version": 1, "content": nodes})
)
def test_any_json_is_a_document_or_refused_and_what_is_taken_can_be_read(document):
    try:
        checked = check(document)
    except AdfError:
        return
    assert isinstance(plain_text(checked), str)
    assert isinstance(media_ids(checked), set)


@pytest.fixture(scope="module")
def sturdy():
    with site() as served:
        served.emulator.limits.enabled = False
        with httpx.Client(auth=tuple(served.emulator.credentials.values())) as client:
            served.emulator_client = client
            yield served


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(
        [
            "issue",
            "issue/bulk",
            "search/jql",
            "issue/bulkfetch",
            "issueLink",
            "comment/list",
            "changelog/bulkfetch",
        ]
    ),
    _JSON
    | st.dictionaries(
        st.sampled_from(
            ["fields", "jql", "ids", "issueUpdates", "type", "issueIdsOrKeys", "inwardIssue", "maxResults"]
        ),
        _JSON,
    ),
)
def test_no_body_breaks_the_emulator(sturdy, path, body):
    answer = sturdy.emulator_client.post(f"{sturdy.emulator.base_url}/rest/api/3/{path}", json=body)
    assert answer.status_code < 500, answer.text
