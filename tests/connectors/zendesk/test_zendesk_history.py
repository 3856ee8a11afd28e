"""Audits as comments, events and attachments."""

import pytest
from tests.connectors.zendesk.reading import DESK, neutral, sample_names

from ticketferry_zendesk.wire import of_audit

WEB = {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}}
RULE = {"channel": "rule", "source": {"from": {"id": 1, "title": "Route"}, "to": {}, "rel": "trigger"}}


@pytest.fixture(scope="module")
def names():
    return sample_names()


def audit(names, *events, **more):
    row = {
        "id": 100,
        "ticket_id": 12,
        "created_at": "2026-01-02T03:04:05Z",
        "author_id": 50001,
        "via": WEB,
        "metadata": {},
        **more,
    }
    row["events"] = [{"id": 101 + index, **event} for index, event in enumerate(events)]
    done = neutral(of_audit(DESK, row), names)
    return done.records, done


def said(html="<p>Hi</p>", **more):
    return {
        "type": "Comment",
        "author_id": 51001,
        "body": "Hi",
        "plain_body": "Hi",
        "html_body": html,
        "public": True,
        **more,
    }


def changed(field, before, after, **more):
    return {"type": "Change", "field_name": field, "previous_value": before, "value": after, **more}


def file(number, token, **more):
    return {"id": number, "file_name": f"{token}.png", "content_type": "image/png", "size": 3, "inline": True,
            "content_url": f"https://z3n-other.zendesk.com/attachments/token/{token}/?name=a.png", **more}  # fmt: skip


def test_the_first_comment_of_the_creating_audit_opens_the_ticket(names):
    records, _ = audit(names, said(), {"type": "Create", "field_name": "status", "value": "new"}, said())
    assert [record.get("opening", False) for record in records if "public" in record] == [True, False]
    assert records[0]["created"] == "2026-01-02T03:04:05Z"
    assert records[0]["channel"] == "web"


def test_a_comment_without_a_word_on_privacy_is_internal(names):
    event = said()
    del event["public"]
    assert audit(names, event)[0][0]["public"] is False


def test_images_in_the_text_point_at_the_attachments_whatever_host_they_name(names):
    html = '<p><img src="https://acme.zendesk.com/attachments/token/tok1/?name=a.png" alt="front"></p>'
    records, done = audit(names, said(html, attachments=[file(55, "tok1")]))
    assert records[0]["body"]["html"] == '<p><img data-ref="acme:attachment:55" alt="front"></p>'
    assert records[1]["comment"] == "acme:comment:101"
    assert (records[1]["inline"], records[1]["size"], records[1]["author"]) == (True, 3, "acme:person:51001")
    assert not done.findings


def test_an_image_of_the_account_without_attachment_is_a_finding(names):
    _, done = audit(
        names, said('<p><img src="https://acme.zendesk.com/attachments/token/gone/?name=a.png"></p>')
    )
    assert [finding.code for finding in done.findings] == ["ZD-IMAGE-001"]


@pytest.mark.parametrize(("more", "state"), [
    ({"deleted": True}, "redacted"),
    ({"malware_scan_result": "malware_found"}, "malware"),
    ({"malware_scan_result": "malware_found", "malware_access_override": True}, None),
])  # fmt: skip
def test_files_that_cannot_be_fetched_say_why(names, more, state):
    assert audit(names, said(attachments=[file(55, "tok", **more)]))[0][1].get("state") == state


def test_a_comment_without_html_is_read_as_text(names):
    records, _ = audit(names, {"type": "Comment", "body": "a < b\r\n\r\nc", "html_body": "", "public": True})
    assert records[0]["body"] == {"html": "<p>a &lt; b</p><p>c</p>", "format": "text"}
    assert records[0]["author"] == "acme:person:50001"


def test_a_voice_comment_is_one_and_its_call_is_kept(names):
    records, _ = audit(
        names, said(type="VoiceComment", data={"recording_url": "https://x/rec", "call_duration": 192})
    )
    assert records[0]["kind"] == "voice"
    assert records[0]["fields"] == {"call": {"seconds": 192}}
    assert records[1]["url"] == "https://x/rec"
    assert records[1]["comment"] == records[0]["ref"]


def test_flags_of_a_comment_are_kept(names):
    records, _ = audit(
        names, said(public=False), metadata={"flags": [17], "flags_options": {"17": {"trusted": False}}}
    )
    assert records[0]["native"]["metadata.flags[0]"] == 17


@pytest.mark.parametrize(("event", "expected"), [
    (changed("priority", None, "high"), ("priority", None, "high")),
    (changed("assignee_id", "50001", "50002"), ("assignee", "acme:person:50001", "acme:person:50002")),
    (changed("group_id", None, "26001"), ("group", None, "acme:group:26001")),
    (changed("organization_id", "42001", None), ("organization", "acme:organization:42001", None)),
    (changed("brand_id", "27001", "27002"), ("brand", "Acme", "Globex")),
    (changed("ticket_form_id", "28001", "77"), ("form", "Default", "77")),
    (changed("tags", ["a"], ["a", "b c"]), ("tags", ["a"], ["a", "b c"])),
    (changed("31011", "3", "18"), ("fields.quantity", 3, 18)),
    (changed("31007", "0", "1"), ("fields.vip", False, True)),
    (changed("31013", [], ["noise"]), ("fields.symptoms", None, ["noise"])),
    (changed("99", None, "x"), ("fields.99", None, "x")),
    (changed("problem_id", None, "50"), ("problem", None, "acme:ticket:50")),
    (changed("custom_status_id", "29002", "29007"), ("status", "open", "custom:Escalated to engineering")),
    (changed("reply_time", {"minutes": 480}, {"minutes": 30}), ("reply_time", {"minutes": 480}, {"minutes": 30})),
])  # fmt: skip
def test_changes_are_told_as_the_ticket_tells_them(names, event, expected):
    (record,), _ = audit(names, event)
    assert (record["field"], record.get("before"), record.get("after")) == expected
    assert (record["type"], record["actor"]) == ("changed", "acme:person:50001")


def test_category_and_custom_status_that_move_together_are_one_change(names):
    records, _ = audit(
        names, changed("status", "open", "hold"), changed("custom_status_id", "29002", "29006")
    )
    assert [(r["field"], r["before"], r["after"]) for r in records] == [
        ("status", "open", "custom:Waiting on vendor")
    ]


def test_two_moves_of_the_status_in_one_audit_stay_two(names):
    records, _ = audit(
        names, changed("status", "open", "solved"), changed("custom_status_id", "29002", "29005"),
        changed("status", "solved", "hold", via=RULE), changed("custom_status_id", "29005", "29006", via=RULE),
    )  # fmt: skip
    assert [(r["before"], r["after"]) for r in records] == [
        ("open", "solved"),
        ("solved", "custom:Waiting on vendor"),
    ]
    assert "actor" in records[0]
    assert records[1]["rule"] == "Route"


def test_what_a_rule_did_names_the_rule_and_nobody(names):
    (record,), _ = audit(names, changed("status", "solved", "closed"), via=RULE, author_id=-1)
    assert record["rule"] == "Route"
    assert "actor" not in record


def test_a_merge_is_an_event_on_both_sides(names):
    loser = {"channel": "web", "source": {"rel": "merge", "from": {}, "to": {"ticket_id": 40}}}
    winner = {"channel": "web", "source": {"rel": "merge", "from": {"ticket_ids": [12, 13]}, "to": {}}}
    assert audit(names, said(), via=loser)[0][0]["after"] == "acme:ticket:40"
    record = audit(names, said(), via=winner)[0][0]
    assert (record["type"], record["after"]) == ("merged", ["acme:ticket:12", "acme:ticket:13"])


@pytest.mark.parametrize(("event", "expected"), [
    ({"type": "CommentPrivacyChange", "comment_id": 7, "public": False},
     {"type": "privacy", "comment": "acme:comment:7", "after": False}),
    ({"type": "CommentRedactionEvent", "comment_id": 7}, {"type": "redacted", "comment": "acme:comment:7"}),
    ({"type": "AttachmentRedactionEvent", "comment_id": 7, "attachment_id": 55},
     {"type": "redacted", "field": "attachment", "before": "acme:attachment:55", "comment": "acme:comment:7"}),
    ({"type": "SatisfactionRating", "score": "good", "body": "Thanks"}, {"type": "rated", "field": "satisfaction", "after": "good"}),
    ({"type": "TicketSharingEvent", "action": "shared", "agreement_id": 1}, {"type": "shared", "after": "shared"}),
    ({"type": "Notification", "recipients": [51001], "subject": "s", "body": "{{x}}"}, {"type": "notified", "after": ["acme:person:51001"]}),
    ({"type": "EmailCcChange", "previous_email_ccs": [], "current_email_ccs": ["a@b.example"]},
     {"type": "changed", "field": "ccs", "after": ["a@b.example"]}),
    ({"type": "AgentMacroReference", "macro_id": "3"}, {"type": "AgentMacroReference"}),
])  # fmt: skip
def test_other_events_have_their_neutral_form(names, event, expected):
    (record,), done = audit(names, event)
    assert {key: record.get(key) for key in expected} == expected
    assert not done.findings


def test_an_unknown_type_of_event_is_kept_and_told(names):
    (record,), done = audit(names, {"type": "SomethingNew2027", "payload": {"a": [1, None]}})
    assert record["type"] == "SomethingNew2027"
    assert record["native"]["events[0].payload.a[0]"] == 1
    assert [finding.code for finding in done.findings] == ["ZD-EVENT-001"]


@pytest.mark.parametrize("events", [
    [],
    [said("<p>unclosed <b>bold <i>both <table><tr><td>cell")],
    [said("<p>" + "ä🔥\u202e" * 22_000 + "</p>")],
    [said("", body="line\r\nline", plain_body=None)],
    [said("<div class='zd-comment'></div>", body="", plain_body="", author_id=None)],
    [said(attachments=[{"id": 5}, {}, None, {"id": 6, "name": "old.dat", "content_url": "https://x.example/attachments/old.dat"}])],
    [{"type": "Change", "field_name": "status", "value": None}, {"type": "Change", "field_name": None, "value": "x"}],
    [{"no": "type"}, changed("tags", "a b", ["a", "c"])],
])  # fmt: skip
def test_odd_audits_neither_fail_nor_lose_a_leaf(names, events):
    records, _ = audit(names, *events)
    assert records


def test_a_redaction_mark_in_the_text_marks_the_comment(names):
    assert audit(names, said("<p>card ▇▇▇▇</p>"))[0][0]["redacted"] is True
