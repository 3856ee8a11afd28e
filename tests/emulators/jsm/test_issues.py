"""Issues, comments, attachments, transitions as Jira has them, with what it refuses and what it ignores silently."""

import re

import httpx
import pytest
from tests.connectors.jsm.emulated_site import INTERNAL, Site, doc, site

from ticketferry_emulators.kit.faults import Fault


@pytest.fixture
def jira():
    with site() as served:
        yield served


def errors(answer):
    return answer["errors"]


# --- credentials and times


def test_a_wrong_token_is_401(jira):
    assert (
        httpx.get(f"{jira.emulator.base_url}/rest/api/3/myself", auth=("x@y.example", "no")).status_code
        == 401
    )
    assert httpx.get(f"{jira.emulator.base_url}/rest/api/3/myself").status_code == 401


def test_an_unlicensed_user_gets_403_with_an_empty_body_from_the_desk_api(jira):
    jira.state.tokens["odile@acme.example"] = "reader"
    url = jira.emulator.base_url
    answer = httpx.get(f"{url}/rest/servicedeskapi/servicedesk", auth=("odile@acme.example", "reader"))
    assert (answer.status_code, answer.content) == (403, b"")
    assert httpx.get(f"{url}/rest/api/3/myself", auth=("odile@acme.example", "reader")).status_code == 200


def test_times_are_written_in_the_callers_zone_with_an_offset_without_a_colon(jira):
    key = jira.issue()
    created = jira.get(f"issue/{key}")["fields"]["created"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0100", created)


# --- creating


def test_an_issue_holds_what_was_written(jira):
    agent = jira.agent()
    fields = jira.fields
    written = {
        "summary": "فاتورة 🚢 " + "x" * 200,
        "description": doc("first", "مرحبا"),
        "priority": {"name": "High"},
        "labels": ["tf-acme-1", "emoji🚢"],
        "components": [{"name": "Website"}],
        "duedate": "2026-12-24",
        "assignee": {"accountId": agent},
        fields["Zendesk ticket"]: "12345",
        fields["Zendesk link"]: "https://acme.zendesk.example/agent/tickets/12345",
        fields["Original created"]: "2019-03-31T02:30:00.000+0000",
        fields["Handled by"]: {"value": "Hybrid"},
        fields["Product"]: {"value": "Harbour", "child": {"value": "Cloud"}},
        fields["Affected regions"]: [{"value": "EMEA"}, {"value": "APAC"}],
        fields["Checks done"]: [{"value": "Identity"}],
        fields["Refund amount"]: 12.5,
        fields["Purchase date"]: "2020-02-29",
        fields["Account manager"]: {"accountId": agent},
        fields["Source tags"]: ["a", "b"],
        fields["Steps to reproduce"]: doc("click"),
    }
    key = jira.issue(**written)
    read = jira.get(f"issue/{key}")["fields"]
    assert read["summary"] == written["summary"]
    assert read["description"] == written["description"]
    assert read["priority"]["name"] == "High"
    assert read["labels"] == ["tf-acme-1", "emoji🚢"]
    assert read["assignee"]["accountId"] == agent
    assert read["components"][0]["name"] == "Website"
    assert read[fields["Original created"]] == "2019-03-31T04:30:00.000+0200"
    assert read[fields["Product"]]["child"]["value"] == "Cloud"
    assert [option["value"] for option in read[fields["Affected regions"]]] == ["EMEA", "APAC"]
    assert read[fields["Refund amount"]] == 12.5
    assert read["status"]["name"] == "Waiting for triage"
    assert read["creator"]["displayName"] == "Migration Bot"


def test_created_and_creator_cannot_be_written(jira):
    body = {
        "project": {"key": "SUP"},
        "issuetype": {"name": "Task"},
        "summary": "x",
        "created": "2019-01-01T00:00:00.000+0000",
    }
    answer = jira.post("issue", {"fields": body}, 400)
    assert "not on the appropriate screen" in errors(answer)["created"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("summary", "x" * 256, "255"),
        ("summary", "two\nlines", "newline"),
        ("summary", "  ", "summary"),
        ("labels", ["with space"], "can't contain spaces"),
        ("description", "plain text", "Atlassian Document"),
        ("description", doc("x" * 32768), "32,767"),
        ("reporter", {"accountId": "nobody"}, "reporter"),
        ("assignee", {"accountId": "nobody"}, "assignee"),
        ("priority", {"name": "Huge"}, "Huge"),
        ("customfield_99999", "x", "unknown"),
        ("duedate", "31.12.2026", "yyyy-MM-dd"),
        ("security", {"name": "HR only"}, "screen"),
        ("components", [{"name": "Nowhere"}], "Nowhere"),
    ],
)
def test_a_value_that_jira_refuses_is_named_by_its_field_and_uses_no_number(jira, field, value, message):
    body = {"project": {"key": "SUP"}, "issuetype": {"name": "Task"}, "summary": "x", field: value}
    answer = jira.post("issue", {"fields": body}, 400)
    assert message in errors(answer)[field]
    assert jira.issue() == "SUP-1"


def test_the_limit_counts_text_as_java_does_and_not_json(jira):
    text = "🚢" * 16383 + "x"
    key = jira.issue(description=doc(text))
    assert jira.get(f"issue/{key}")["fields"]["description"]["content"][0]["content"][0]["text"] == text
    longer = {
        "project": {"key": "SUP"},
        "issuetype": {"name": "Task"},
        "summary": "x",
        "description": doc(text + "x"),
    }
    assert "too long" in errors(jira.post("issue", {"fields": longer}, 400))["description"]


def test_only_an_active_licensed_agent_can_be_assigned(jira):
    customer = jira.customer()
    for account in (customer, jira.agent("nils@acme.example"), jira.agent("odile@acme.example")):
        body = {
            "project": {"key": "SUP"},
            "issuetype": {"name": "Task"},
            "summary": "x",
            "assignee": {"accountId": account},
        }
        assert "cannot be assigned" in errors(jira.post("issue", {"fields": body}, 400))["assignee"]


@pytest.mark.parametrize(
    "document",
    [
        {
            "type": "doc",
            "version": 1,
            "content": [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}],
        },
        {
            "type": "doc",
            "version": 1,
            "content": [{"type": "paragraph", "content": [{"type": "text", "text": "a\nb"}]}],
        },
        {"type": "doc", "version": 1, "content": [{"type": "text", "text": "a"}]},
        {"type": "doc", "version": 1, "content": [{"type": "bulletList", "content": []}]},
        {
            "type": "doc",
            "version": 1,
            "content": [{"type": "blockquote", "content": [{"type": "table", "content": []}]}],
        },
        {"type": "doc", "content": []},
        {
            "type": "doc",
            "version": 1,
            "content": [
                {
                    "type": "paragraph",
                    "content": [
                        {"type": "text", "text": "a", "marks": [{"type": "code"}, {"type": "strong"}]}
                    ],
                }
            ],
        },
        {"type": "doc", "version": 1, "content": [{"type": "heading", "attrs": {"level": 9}, "content": []}]},
    ],
)
def test_a_document_that_breaks_the_format_is_refused(jira, document):
    key = jira.issue()
    assert jira.post(f"issue/{key}/comment", {"body": document}, 400)["errorMessages"] == ["INVALID_INPUT"]


def test_a_document_nested_beyond_reason_is_refused_and_breaks_nothing(jira):
    key = jira.issue()
    opening = '{"type":"bulletList","content":[{"type":"listItem","content":['
    nested = opening * 150 + '{"type":"paragraph"}' + "]}]}" * 150
    body = f'{{"body":{{"type":"doc","version":1,"content":[{nested}]}}}}'
    headers = {"Content-Type": "application/json"}
    jira.call("POST", f"issue/{key}/comment", status=400, content=body, headers=headers)


def test_code_may_hold_line_breaks(jira):
    code = {"type": "codeBlock", "content": [{"type": "text", "text": "a\r\nb\n"}]}
    key = jira.issue(description={"type": "doc", "version": 1, "content": [code]})
    assert jira.get(f"issue/{key}")["fields"]["description"]["content"][0] == code


def test_many_issues_are_created_with_the_failures_named_by_number(jira):
    good = {"fields": {"project": {"key": "SUP"}, "issuetype": {"name": "Task"}, "summary": "good"}}
    bad = {"fields": good["fields"] | {"labels": ["a b"]}}
    answer = jira.post("issue/bulk", {"issueUpdates": [good, bad, good]}, 201)
    assert [issue["key"] for issue in answer["issues"]] == ["SUP-1", "SUP-2"]
    (failure,) = answer["errors"]
    assert failure["failedElementNumber"] == 1
    assert "labels" in failure["elementErrors"]["errors"]
    assert jira.post("issue/bulk", {"issueUpdates": [bad]}, 400)["issues"] == []
    jira.post("issue/bulk", {"issueUpdates": [good] * 51}, 400)


def test_numbers_are_never_used_again(jira):
    first = jira.issue()
    jira.delete(f"issue/{first}", status=204)
    jira.get(f"issue/{first}", 404)
    assert jira.issue() == "SUP-2"


def test_properties_come_with_the_issue_and_are_limited(jira):
    fields = {"project": {"key": "SUP"}, "issuetype": {"name": "Task"}, "summary": "x"}
    value = {"source": "acme:ticket:1", "rest": "é" * 1000}
    jira.post("issue", {"fields": fields, "properties": [{"key": "ticketferry.source", "value": value}]}, 201)
    jira.emulator.clock.advance(1)
    assert jira.get("issue/SUP-1/properties/ticketferry.source")["value"] == value
    assert jira.get("issue/SUP-1", params={"properties": "ticketferry.source"})["properties"] == {
        "ticketferry.source": value
    }
    jira.put("issue/SUP-1/properties/p2", {"a": 1}, 201)
    jira.put("issue/SUP-1/properties/p2", {"a": 2}, 200)
    assert [key["key"] for key in jira.get("issue/SUP-1/properties")["keys"]] == ["ticketferry.source", "p2"]
    jira.put("issue/SUP-1/properties/p3", "x" * 32767, 400)
    jira.delete("issue/SUP-1/properties/p2", status=204)
    jira.get("issue/SUP-1/properties/p2", 404)


# --- editing


def test_an_edit_writes_history_and_ignores_a_transition(jira):
    key = jira.issue()
    jira.put(f"issue/{key}", {"fields": {"priority": {"name": "Low"}}, "transition": {"id": "61"}}, 204)
    jira.put(f"issue/{key}", {"update": {"labels": [{"add": "a"}, {"add": "b"}]}}, 204)
    jira.put(f"issue/{key}", {"update": {"labels": [{"remove": "a"}]}}, 204)
    read = jira.get(f"issue/{key}", params={"fields": "labels,priority,status"})["fields"]
    assert (read["labels"], read["priority"]["name"], read["status"]["name"]) == (
        ["b"],
        "Low",
        "Waiting for triage",
    )
    changes = jira.get(f"issue/{key}/changelog")["values"]
    assert [item["field"] for change in changes for item in change["items"]] == [
        "priority",
        "labels",
        "labels",
    ]
    assert changes[0]["items"][0]["fromString"] == "Medium"
    bulk = jira.post("changelog/bulkfetch", {"issueIdsOrKeys": [key], "maxResults": 2})
    assert isinstance(bulk["issueChangeLogs"][0]["changeHistories"][0]["created"], int)
    rest = jira.post(
        "changelog/bulkfetch",
        {"issueIdsOrKeys": [key], "maxResults": 2, "nextPageToken": bulk["nextPageToken"]},
    )
    assert len(rest["issueChangeLogs"][0]["changeHistories"]) == 1
    assert "nextPageToken" not in rest


def test_a_rewritten_body_without_its_media_deletes_the_orphaned_attachment(jira):
    key = jira.issue()
    picture = jira.upload(key, "p.png", b"\x89PNG", "image/png")
    other = jira.upload(key, "other.txt")
    location = jira.client.get(picture["content"]).headers["Location"]
    media = re.search(r"/file/([0-9a-f-]{36})/", location)[1]
    node = {
        "type": "mediaSingle",
        "content": [{"type": "media", "attrs": {"type": "file", "id": media, "collection": ""}}],
    }
    jira.put(
        f"issue/{key}", {"fields": {"description": {"type": "doc", "version": 1, "content": [node]}}}, 204
    )
    jira.put(f"issue/{key}", {"fields": {"summary": "other"}}, 204)
    assert len(jira.get(f"issue/{key}")["fields"]["attachment"]) == 2
    jira.put(f"issue/{key}", {"fields": {"description": doc("no picture")}}, 204)
    assert [a["id"] for a in jira.get(f"issue/{key}")["fields"]["attachment"]] == [other["id"]]


def test_a_media_node_that_names_no_uploaded_file_is_refused(jira):
    key = jira.issue()
    attachment = jira.upload(key)
    attrs = {"type": "file", "id": attachment["id"], "collection": ""}
    node = {"type": "mediaSingle", "content": [{"type": "media", "attrs": attrs}]}
    body = {"body": {"type": "doc", "version": 1, "content": [node]}}
    assert jira.post(f"issue/{key}/comment", body, 400)["errorMessages"] == ["ATTACHMENT_VALIDATION_ERROR"]


# --- comments


def test_author_and_time_of_a_comment_are_ignored_silently(jira):
    key = jira.issue()
    body = {
        "body": doc("hi"),
        "author": {"accountId": jira.agent()},
        "created": "2019-01-01T00:00:00.000+0000",
    }
    answer = jira.post(f"issue/{key}/comment", body, 201)
    assert answer["author"]["displayName"] == "Migration Bot"
    assert answer["created"].startswith("2026-")


def test_comments_come_a_hundred_a_page_whatever_is_asked(jira):
    jira.emulator.limits.enabled = False
    key = jira.issue()
    for number in range(103):
        jira.post(f"issue/{key}/comment", {"body": doc(f"c{number}")}, 201)
    page = jira.get(f"issue/{key}/comment", params={"maxResults": 5000})
    assert (len(page["comments"]), page["maxResults"], page["total"]) == (100, 100, 103)
    rest = jira.get(f"issue/{key}/comment", params={"startAt": 100, "maxResults": 5000})
    assert [c["body"]["content"][0]["content"][0]["text"] for c in rest["comments"]] == [
        "c100",
        "c101",
        "c102",
    ]
    jira.emulator.faults.add(Fault("repeat_page_border", match="comment.list"))
    assert len(jira.get(f"issue/{key}/comment", params={"startAt": 100})["comments"]) == 4


def test_only_the_property_makes_a_comment_internal_and_visibility_does_not(jira):
    key = jira.issue()
    role = {"type": "role", "value": "Administrators"}
    shown = jira.post(f"issue/{key}/comment", {"body": doc("role"), "visibility": role}, 201)
    hidden = jira.post(f"issue/{key}/comment", {"body": doc("note"), "properties": INTERNAL}, 201)
    assert (shown["jsdPublic"], hidden["jsdPublic"]) == (True, False)
    read = jira.get(f"issue/{key}/comment", params={"expand": "properties"})["comments"]
    assert read[1]["properties"] == INTERNAL
    assert jira.get(f"comment/{hidden['id']}/properties/sd.public.comment")["value"] == {"internal": True}
    listed = jira.post("comment/list", {"ids": [int(shown["id"]), 99999999]})
    assert [comment["id"] for comment in listed["values"]] == [shown["id"]]


def test_a_comment_can_be_edited_and_deleted(jira):
    key = jira.issue()
    comment = jira.post(f"issue/{key}/comment", {"body": doc("a")}, 201)
    jira.put(f"issue/{key}/comment/{comment['id']}", {"body": doc("b")}, 200)
    assert jira.get(f"issue/{key}/comment/{comment['id']}")["body"] == doc("b")
    jira.delete(f"issue/{key}/comment/{comment['id']}", status=204)
    jira.get(f"issue/{key}/comment/{comment['id']}", 404)
    jira.post(f"issue/{key}/comment", {"body": doc("x" * 40000)}, 400)


# --- attachments


def test_bytes_come_from_another_origin_that_refuses_the_authorization_header(jira):
    key = jira.issue()
    attachment = jira.upload(key, "ünïcode 🚢.bin", bytes(range(256)), "application/x-thing")
    assert (attachment["filename"], attachment["size"]) == ("ünïcode 🚢.bin", 256)
    answer = jira.client.get(attachment["content"])
    assert answer.status_code == 303
    location = answer.headers["Location"]
    assert not location.startswith(jira.emulator.base_url)
    assert httpx.get(location, headers={"Authorization": "Basic x"}).status_code == 400
    assert httpx.get(location).content == bytes(range(256))
    assert httpx.get(location.partition("?")[0]).status_code == 403
    direct = jira.client.get(attachment["content"], params={"redirect": "false"})
    assert direct.content == bytes(range(256))
    part = jira.client.get(
        attachment["content"], params={"redirect": "false"}, headers={"Range": "bytes=250-"}
    )
    assert (part.status_code, part.content) == (206, bytes(range(250, 256)))


def test_an_upload_needs_the_header_and_keeps_two_files_of_one_name_apart(jira):
    key = jira.issue()
    assert (
        jira.client.post(f"/rest/api/3/issue/{key}/attachments", files={"file": ("a", b"1")}).status_code
        == 403
    )
    one, two = jira.upload(key, content=b"1"), jira.upload(key, content=b"2")
    assert one["id"] != two["id"]
    assert jira.get(f"attachment/{one['id']}")["id"] == int(one["id"])
    jira.delete(f"attachment/{one['id']}", status=204)
    assert [a["id"] for a in jira.get(f"issue/{key}")["fields"]["attachment"]] == [two["id"]]
    jira.state.upload_limit = 2
    files = {"file": ("a", b"123")}
    headers = {"X-Atlassian-Token": "no-check"}
    assert (
        jira.client.post(f"/rest/api/3/issue/{key}/attachments", files=files, headers=headers).status_code
        == 413
    )


# --- workflow


def test_the_way_to_a_status_can_be_planned_before_any_issue_exists(jira):
    (scheme,) = jira.get("workflowscheme/project", params={"projectId": "10000"})["values"]
    name = scheme["workflowScheme"]["issueTypeMappings"]["10001"]
    page = jira.get("workflows/search", params={"queryString": name, "expand": "values.transitions"})
    (workflow,) = page["values"]
    steps = workflow["transitions"]
    (here,) = [step["toStatusReference"] for step in steps if step["type"] == "INITIAL"]
    names = {status["statusReference"]: status["name"] for status in page["statuses"]}
    ways, queue = {here: []}, [here]
    while queue:
        at = queue.pop(0)
        for step in steps:
            sources = {link["fromStatusReference"] for link in step["links"]}
            if step["type"] == "DIRECTED" and at in sources and step["toStatusReference"] not in ways:
                ways[step["toStatusReference"]] = [*ways[at], step]
                queue.append(step["toStatusReference"])
    hops = {names[status]: len(way) for status, way in ways.items()}
    assert hops["Waiting for support"] == 1
    assert hops["Resolved"] == 2
    assert hops["Closed"] == 3
    leading = next(step for step in steps if step["toStatusReference"] == "10105")
    screen = leading["transitionScreen"]["parameters"]["screenId"]
    (tab,) = jira.get(f"screens/{screen}/tabs")
    assert "resolution" in [f["id"] for f in jira.get(f"screens/{screen}/tabs/{tab['id']}/fields")]
    key = jira.issue()
    for step in ways["10106"]:
        fields = {"resolution": {"name": "Done"}} if "transitionScreen" in step else {}
        jira.post(f"issue/{key}/transitions", {"transition": {"id": step["id"]}, "fields": fields}, 204)
    read = jira.get(f"issue/{key}")["fields"]
    assert (read["status"]["name"], read["resolution"]["name"]) == ("Closed", "Done")
    assert read["resolutiondate"] is not None


def test_a_transition_takes_only_the_fields_of_its_screen_from_its_statuses(jira):
    key = jira.issue(kind="Incident")
    (resolve,) = [
        item
        for item in jira.get(f"issue/{key}/transitions", params={"expand": "transitions.fields"})[
            "transitions"
        ]
        if item["id"] == "61"
    ]
    assert resolve["fields"]["resolution"]["required"]
    wrong = {"transition": {"id": "61"}, "fields": {"resolution": {"name": "Done"}, "labels": ["x"]}}
    assert "labels" in errors(jira.post(f"issue/{key}/transitions", wrong, 400))
    assert "resolution" in errors(jira.post(f"issue/{key}/transitions", {"transition": {"id": "61"}}, 400))
    jira.post(f"issue/{key}/transitions", {"transition": {"id": "71"}}, 400)
    jira.post(
        f"issue/{key}/transitions",
        {"transition": {"id": "61"}, "fields": {"resolution": {"id": "10001"}}},
        204,
    )
    jira.post(f"issue/{key}/transitions", {"transition": {"id": "81"}}, 204)
    assert jira.get(f"issue/{key}")["fields"]["resolution"] is None
    jira.put(f"issue/{key}", {"fields": {"resolution": {"name": "Duplicate"}}}, 204)
    assert jira.get(f"issue/{key}")["fields"]["resolution"]["name"] == "Duplicate"


# --- links, work logs


def test_a_duplicate_link_is_answered_well_and_makes_no_second_one(jira):
    one, two = jira.issue(), jira.issue()
    body = {"type": {"name": "Blocks"}, "inwardIssue": {"key": one}, "outwardIssue": {"key": two}}
    for _ in range(2):
        jira.post("issueLink", body, 201)
    (link,) = jira.get(f"issue/{one}")["fields"]["issuelinks"]
    assert link["outwardIssue"]["key"] == two, "the inward issue shows the outward wording"
    (other,) = jira.get(f"issue/{two}")["fields"]["issuelinks"]
    assert other["inwardIssue"]["key"] == one
    jira.get(f"issueLink/{link['id']}")
    jira.delete(f"issueLink/{link['id']}", status=204)
    assert jira.get(f"issue/{two}")["fields"]["issuelinks"] == []
    jira.post("issueLink", body | {"type": {"name": "Nonsense"}}, 404)


def test_a_work_log_starts_when_it_says_and_a_remote_link_is_kept_by_its_global_id(jira):
    key = jira.issue()
    log = {"started": "2019-01-02T03:04:05.006+0000", "timeSpentSeconds": 3725, "comment": doc("w")}
    answer = jira.post(f"issue/{key}/worklog", log, 201)
    assert (answer["started"], answer["timeSpentSeconds"]) == ("2019-01-02T04:04:05.006+0100", 3720)
    jira.post(f"issue/{key}/worklog", log | {"timeSpentSeconds": 59}, 400)
    assert jira.get(f"issue/{key}/worklog")["total"] == 1
    jira.delete(f"issue/{key}/worklog/{answer['id']}", status=204)
    link = {"globalId": "g=1", "object": {"url": "https://x.example/1", "title": "one"}}
    first = jira.post(f"issue/{key}/remotelink", link, 201)
    assert jira.post(f"issue/{key}/remotelink", link, 200)["id"] == first["id"]
    assert len(jira.get(f"issue/{key}/remotelink")) == 1
    jira.post(f"issue/{key}/remotelink", {"object": {"url": "https://x.example"}}, 400)
    jira.delete(f"issue/{key}/remotelink/{first['id']}", status=204)


def test_bulk_delete_is_a_task_that_takes_its_time(jira):
    keys = [jira.issue() for _ in range(3)]
    task = jira.post(
        "bulk/issues/delete",
        {"selectedIssueIdsOrKeys": [*keys, "SUP-99"], "sendBulkNotification": False},
        201,
    )
    assert jira.get(f"bulk/queue/{task['taskId']}")["status"] == "RUNNING"
    jira.emulator.clock.advance(10)
    done = jira.get(f"bulk/queue/{task['taskId']}")
    assert (
        done["status"],
        len(done["processedAccessibleIssues"]),
        done["invalidOrInaccessibleIssueCount"],
    ) == ("COMPLETE", 3, 1)
    jira.get(f"issue/{keys[0]}", 404)
    assert jira.emulator.notifications == 0


def test_the_removed_search_is_410(jira: Site):
    assert "CHANGE-2046" in jira.get("search", 410)["errorMessages"][0]
