"""Search that lags, reads that miss what is fresh, limits and dropped connections, and the vendor's documents."""

import httpx
import pytest
from tests.connectors.jsm.emulated_site import INTERNAL, doc, site

from ticketferry_emulators.jsm.app import ROUTES
from ticketferry_emulators.kit.faults import Fault


@pytest.fixture
def jira():
    with site() as served:
        served.emulator.limits.enabled = False
        yield served


def keys(jira, jql, **more):
    """All keys that a search gives, over all pages."""
    found, token = [], None
    while True:
        body = {"jql": jql, "fields": ["key"], **more} | ({"nextPageToken": token} if token else {})
        page = jira.post("search/jql", body)
        found += [issue["key"] for issue in page["issues"]]
        token = page.get("nextPageToken")
        assert page["isLast"] == (token is None)
        if token is None:
            return found


# --- consistency


def test_a_new_issue_is_missed_at_first_by_reads_and_longer_by_the_search(jira):
    fields = {"project": {"key": "SUP"}, "issuetype": {"name": "Task"}, "summary": "x", "labels": ["mark"]}
    key = jira.post("issue", {"fields": fields}, 201)["key"]
    jira.get(f"issue/{key}", 404)
    assert jira.post("issue/bulkfetch", {"issueIdsOrKeys": [key]})["issues"] == []
    jira.post(f"issue/{key}/comment", {"body": doc("writes find it")}, 201)
    jira.emulator.clock.advance(0.6)
    jira.get(f"issue/{key}")
    assert len(jira.post("issue/bulkfetch", {"issueIdsOrKeys": [key]})["issues"]) == 1
    assert keys(jira, "labels = mark") == []
    assert keys(jira, "labels = mark", reconcileIssues=[10000]) == [key]
    jira.emulator.clock.advance(5)
    assert keys(jira, "labels = mark") == [key]


def test_the_index_forgets_a_label_and_a_deleted_issue_later(jira):
    key = jira.issue(labels=["old"])
    jira.emulator.clock.advance(6)
    jira.put(f"issue/{key}", {"fields": {"labels": ["new"]}}, 204)
    assert (keys(jira, "labels = old"), keys(jira, "labels = new")) == ([key], [])
    jira.emulator.clock.advance(6)
    assert (keys(jira, "labels = old"), keys(jira, "labels = new")) == ([], [key])
    jira.delete(f"issue/{key}", status=204)
    assert keys(jira, "labels = new") == []


def test_a_fault_makes_the_index_lag_longer(jira):
    jira.emulator.faults.add(Fault("lag", match="issue.create", seconds=30))
    jira.issue(labels=["slow"])
    jira.emulator.clock.advance(10)
    assert keys(jira, "labels = slow") == []
    jira.emulator.clock.advance(25)
    assert keys(jira, "labels = slow") == ["SUP-1"]


# --- the language


def test_the_queries_of_a_connector_are_answered_in_order_over_pages(jira):
    for number in range(7):
        jira.issue("SUP" if number % 2 else "BILL", labels=[f"l{number % 3}"])
    jira.emulator.clock.advance(60)
    every = "project in (SUP, BILL)"
    assert keys(jira, f"{every} ORDER BY id ASC", maxResults=2) == [
        "BILL-1", "SUP-1", "BILL-2", "SUP-2", "BILL-3", "SUP-3", "BILL-4"
    ]  # fmt: skip
    assert keys(jira, f"{every} ORDER BY created DESC", maxResults=3)[0] == "BILL-4"
    assert keys(jira, 'project = "SUP" AND key > SUP-1 ORDER BY key ASC') == ["SUP-2", "SUP-3"]
    assert keys(jira, "labels in (l0, 'l1') AND project = Support ORDER BY key") == ["SUP-1", "SUP-2"]
    assert keys(jira, "key in (SUP-3, BILL-1) ORDER BY id DESC") == ["SUP-3", "BILL-1"]
    assert keys(jira, "id = 10002") == ["BILL-2"]
    assert jira.post("search/approximate-count", {"jql": every})["count"] == 7
    assert len(jira.get("search/jql", params={"jql": every, "maxResults": 2})["issues"]) == 2


def test_dates_are_read_in_the_callers_zone(jira):
    jira.issue()
    jira.emulator.clock.advance(60)
    created = jira.get("issue/SUP-1")["fields"]["created"]
    minute = created[:16].replace("T", " ")
    assert keys(jira, f'project = SUP AND updated >= "{minute}" ORDER BY updated ASC') == ["SUP-1"]
    assert keys(jira, 'project = SUP AND updated >= "2026-11-18 12:10"') == []
    assert keys(jira, "project = SUP AND updated >= -1h") == ["SUP-1"]


def test_an_issue_that_moves_between_pages_is_not_skipped(jira):
    for _ in range(4):
        jira.issue()
    jira.emulator.clock.advance(60)
    jql = "project = SUP ORDER BY updated ASC"
    first = jira.post("search/jql", {"jql": jql, "fields": ["key"], "maxResults": 2})
    jira.put("issue/SUP-1", {"fields": {"summary": "moved"}}, 204)
    jira.emulator.clock.advance(6)
    rest = jira.post("search/jql", {"jql": jql, "fields": ["key"], "nextPageToken": first["nextPageToken"]})
    assert [issue["key"] for issue in rest["issues"]] == ["SUP-3", "SUP-4", "SUP-1"]
    jira.emulator.faults.add(Fault("repeat_page_border", match="search.jql"))
    again = jira.post("search/jql", {"jql": jql, "fields": ["key"], "nextPageToken": first["nextPageToken"]})
    assert len(again["issues"]) == 3 + 1 - (again["issues"][0]["key"] != "SUP-2")


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("", "Unbounded"),
        ("ORDER BY created", "Unbounded"),
        ("project = NOPE", "NOPE"),
        ("nonsense = 1", "nonsense"),
        ("project = SUP XOR project = BILL", "XOR"),
        ("project = SUP OR", "field name"),
        ("(project = SUP", "')'"),
        ("assignee = nobody@example.com", "nobody@example.com"),
        ("issuetype = Elephant", "Elephant"),
        ("assignee is 7", "EMPTY"),
        ("summary = x", "operator"),
        ("status ~ x", "operator"),
        ("project = SUP AND", "field name"),
        ("key = SUP-999", "SUP-999"),
        ("updated >= yesterday", "yesterday"),
        ("project = SUP ORDER BY nonsense", "nonsense"),
        ("labels > x", "operator"),
        ("labels in (a", "')'"),
        ("project = ", "value"),
    ],
)
def test_what_is_no_jql_or_names_what_is_not_there_is_refused_as_jira_does(jira, jql, message):
    answer = jira.post("search/jql", {"jql": jql}, 400)
    assert message in answer["errorMessages"][0]


def test_a_label_with_a_space_finds_nothing_without_an_error(jira):
    jira.issue()
    jira.emulator.clock.advance(6)
    assert keys(jira, 'labels = "two words"') == []


def test_start_at_is_refused_and_only_the_id_comes_by_default(jira):
    jira.issue()
    jira.emulator.clock.advance(6)
    jira.post("search/jql", {"jql": "project = SUP", "startAt": 0}, 400)
    (issue,) = jira.post("search/jql", {"jql": "project = SUP"})["issues"]
    assert "fields" not in issue
    full = jira.post("search/jql", {"jql": "project = SUP", "fields": ["*all"], "expand": "names,schema"})
    assert full["issues"][0]["fields"]["summary"] == "Broken"
    jira.post("search/jql", {"jql": "project = SUP", "nextPageToken": "rubbish"}, 400)


def test_bulkfetch_gives_what_is_there_by_id_with_properties(jira):
    jira.issue()
    jira.issue()
    jira.put("issue/SUP-2/properties/p", {"x": 1}, 201)
    body = {"issueIdsOrKeys": ["SUP-2", "SUP-9", "10000"], "fields": ["summary"], "properties": ["p"]}
    issues = jira.post("issue/bulkfetch", body)["issues"]
    assert [(issue["key"], issue.get("properties")) for issue in issues] == [
        ("SUP-1", {}),
        ("SUP-2", {"p": {"x": 1}}),
    ]
    jira.post("issue/bulkfetch", {"issueIdsOrKeys": [str(n) for n in range(101)]}, 400)


# --- limits


def test_one_issue_takes_twenty_writes_in_two_seconds_and_a_hundred_in_thirty():
    with site() as jira:
        key, other = jira.issue(), jira.issue()
        path, body = f"/rest/api/3/issue/{key}/comment", {"body": doc("x"), "properties": INTERNAL}
        codes = [jira.client.post(path, json=body).status_code for _ in range(21)]
        assert codes == [201] * 20 + [429]
        refused = jira.client.post(path, json=body)
        assert refused.headers["RateLimit-Reason"] == "jira-per-issue-on-write"
        assert int(refused.headers["Retry-After"]) == 2
        assert refused.headers["X-RateLimit-Remaining"] == "0"
        jira.post(f"issue/{other}/comment", body, 201)
        for _ in range(4):
            jira.emulator.clock.advance(2.001)
            assert [jira.client.post(path, json=body).status_code for _ in range(20)] == [201] * 20
        jira.emulator.clock.advance(2.001)
        assert jira.client.post(path, json=body).status_code == 429
        jira.emulator.clock.advance(30)
        assert jira.client.post(path, json=body).status_code == 201


def test_each_endpoint_has_its_own_burst_and_the_customers_list_a_small_one():
    with site() as jira:
        url, headers = "/rest/servicedeskapi/servicedesk/1/customer", {"X-ExperimentalApi": "opt-in"}
        codes = [jira.client.get(url, headers=headers).status_code for _ in range(6)]
        assert codes == [200] * 5 + [429]
        refused = jira.client.get(url, headers=headers)
        assert refused.headers["RateLimit-Reason"] == "jira-burst-based"
        assert "X-RateLimit-NearLimit" in refused.headers
        assert jira.client.get("/rest/api/3/myself").status_code == 200
        jira.emulator.clock.advance(1)
        assert jira.client.get(url, headers=headers).status_code == 200


# --- faults


def test_a_drop_after_the_commit_leaves_an_issue_that_nobody_was_told_of(jira):
    jira.emulator.faults.add(
        Fault("drop_after", match="issue.create"), Fault("drop_before", match="comment.add")
    )
    fields = {"project": {"key": "SUP"}, "issuetype": {"name": "Task"}, "summary": "x"}
    with pytest.raises(httpx.TransportError):
        jira.post("issue", {"fields": fields})
    jira.emulator.clock.advance(1)
    jira.get("issue/SUP-1")
    with pytest.raises(httpx.TransportError):
        jira.post("issue/SUP-1/comment", {"body": doc("x")})
    assert jira.get("issue/SUP-1/comment")["total"] == 0
    assert [(w.operation, w.committed, w.status) for w in jira.emulator.ledger.writes()] == [
        ("issue.create", True, None),
        ("comment.add", False, None),
    ]


def test_a_bad_gateway_answers_html_and_not_json(jira):
    jira.emulator.faults.add(Fault("status_after", match="issue.create", status=503, retry_after=5))
    fields = {"project": {"key": "SUP"}, "issuetype": {"name": "Task"}, "summary": "x"}
    answer = httpx.post(
        f"{jira.emulator.base_url}/rest/api/3/issue",
        json={"fields": fields},
        auth=tuple(jira.emulator.credentials.values()),
    )
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "html" in answer.headers["content-type"]
    assert jira.state.issue("SUP-1") is not None


# --- the catalog and the documents


def test_the_catalog_is_readable_and_stands_in_the_documents(jira):
    jira.issue()
    product = jira.fields["Product"]
    context = jira.get(f"field/{product}/context")["values"][0]["id"]
    options = jira.get(f"field/{product}/context/{context}/option")["values"]
    parents = {option["id"]: option["value"] for option in options}
    assert [parents[o["optionId"]] for o in options if o["value"] == "Cloud"] == ["Harbour"]
    meta = jira.get("issue/createmeta/SUP/issuetypes/10001", params={"maxResults": 200})
    names = [row["fieldId"] for row in meta["fields"]]
    assert product in names
    assert jira.fields["Request Type"] not in names
    jira.get("issue/createmeta/SUP/issuetypes/10001", 400, params={"maxResults": 201})
    schemas = {field["name"]: field["schema"].get("custom") for field in jira.get("field")}
    assert schemas["Request Type"] == "com.atlassian.servicedesk:vp-origin"
    categories = {
        status["name"]: status["statusCategory"] for status in jira.get("statuses/search")["values"]
    }
    assert (categories["Waiting for triage"], categories["Closed"]) == ("TODO", "DONE")
    for path in (
        "project/search", "project/SUP", "project/SUP/components", "project/SUP/statuses", "status", "issuetype",
        "priorityscheme", "resolution/search", "issueLinkType", "configuration", "serverInfo", "attachment/meta",
        "field/search", "issuetype/project?projectId=10000", "notificationscheme/10000?expand=all", "myself",
        "issue/createmeta/SUP/issuetypes", "mypermissions?permissions=ADMINISTER,SERVICEDESK_AGENT",
        "issue/SUP-1/editmeta", "issue/SUP-1/watchers", "issue/SUP-1?expand=changelog,names",
        "/rest/servicedeskapi/servicedesk", "/rest/servicedeskapi/servicedesk/1",
        "/rest/servicedeskapi/servicedesk/1/requesttype", "/rest/servicedeskapi/servicedesk/1/requesttype/31",
        "/rest/servicedeskapi/servicedesk/1/requesttype/31/field",
    ):  # fmt: skip
        jira.get(path, 200)
    types = [kind["name"] for kind in jira.get("/rest/servicedeskapi/servicedesk/1/requesttype")["values"]]
    assert types == ["Emailed request", "Portal request", "Report an outage", "Chat"]


def test_operations_are_named_once_for_each_way_of_calling_them():
    seen = {}
    for route in ROUTES:
        seen.setdefault((route.origin, route.method, route.path), []).append(route.operation)
    assert [names for names in seen.values() if len(names) > 1] == []
    for route in ROUTES:
        reads = route.method == "GET" or route.operation in (
            "search.jql",
            "search.count",
            "issue.bulkfetch",
            "changelog.bulkfetch",
            "comment.by_ids",
            "workflow.read",
            "worklog.several",
            "field.context_mapping",
        )
        assert route.write is not reads, route.operation
