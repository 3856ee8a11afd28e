"""Tickets as neutral records."""

import pytest
from tests.connectors.zendesk.reading import DESK, neutral, sample_names

from ticketferry_zendesk.names import field_value, slugs
from ticketferry_zendesk.wire import of_ticket


@pytest.fixture(scope="module")
def names():
    return sample_names()


def ticket(names, **row):
    done = neutral(
        of_ticket(DESK, {"id": 12, "status": "open", "subject": "x", **row}, row.pop("_merge", None)), names
    )
    return done.records[0], done


@pytest.mark.parametrize(
    ("status", "stage"),
    [("new", "new"), ("open", "in_progress"), ("pending", "pending_customer"), ("hold", "on_hold"), ("solved", "resolved"),
     ("closed", "closed"), ("deleted", "deleted")],
)  # fmt: skip
def test_every_status_has_its_stage(names, status, stage):
    record, _ = ticket(names, status=status)
    assert (record["status"], record["stage"]) == (status, stage)


def test_a_custom_status_is_named_unless_it_is_the_one_of_its_category(names):
    assert ticket(names, status="hold", custom_status_id=29006)[0]["status"] == "custom:Waiting on vendor"
    assert ticket(names, status="hold", custom_status_id=29004)[0]["status"] == "hold"
    assert ticket(names, status="closed", custom_status_id=29005)[0]["status"] == "closed"


def test_a_custom_status_that_contradicts_the_category_does_not_hide_it(names):
    record, _ = ticket(names, status="closed", custom_status_id=29006)
    assert (record["status"], record["stage"]) == ("closed", "closed")


def test_fields_stand_by_key_and_in_their_type(names):
    values = {31001: "late", 31007: False, 31010: "2026-02-28", 31011: "18", 31012: "1234.50", 31013: ["no_signal", "noise"],
              31014: "1. on\r\n2. off 🔥", 31015: "42001", 31017: "Вторая"}  # fmt: skip
    record, done = ticket(names, custom_fields=[{"id": key, "value": value} for key, value in values.items()])
    assert record["fields"] == {
        "refund_reason": "late", "vip": False, "delivery_date": "2026-02-28", "quantity": 18, "refund_amount": 1234.5,
        "symptoms": ["no_signal", "noise"], "steps_to_reproduce": "1. on\r\n2. off 🔥", "affected_organization": "42001",
        "field_31017": "Вторая",
    }  # fmt: skip
    assert done.trace["custom_fields[0].value"] == "ticket[12].fields.refund_reason"


def test_a_number_that_a_float_cannot_hold_stays_text():
    assert field_value("decimal", "0.1") == 0.1
    assert field_value("decimal", "123456789012345678.25") == "123456789012345678.25"
    assert field_value("decimal", "NaN") == "NaN"
    assert field_value("decimal", "1,5") == "1,5"
    assert field_value("integer", "9" * 40) == "9" * 40
    assert field_value("integer", "٣") == "٣"


def test_keys_of_fields_are_slugs_and_unique_with_the_oldest_field_keeping_the_plain_one():
    assert slugs([("9", "Serial no."), ("10", "SERIAL-NO"), ("11", "Фаза"), ("12", "東京 2")]) == {
        "9": "serial_no", "10": "serial_no_10", "11": "field_11", "12": "2",
    }  # fmt: skip


def test_the_value_of_a_field_that_the_account_does_not_list_is_a_field_with_a_finding(names):
    record, done = ticket(names, custom_fields=[{"id": 99, "value": "gold"}, {"id": 98, "value": None}])
    assert record["fields"]["99"] == "gold", "a rule drops it by its number, and `rest: drop` with the others"
    assert "gold" not in str(record.get("native"))
    assert [finding.code for finding in done.findings] == ["ZD-FIELD-001"]


def test_people_and_names_are_resolved_and_what_has_no_name_is_kept(names):
    record, _ = ticket(
        names, requester_id=51001, submitter_id=-1, assignee_id=50002, group_id=26001, organization_id=42001, brand_id=27001,
        ticket_form_id=1, follower_ids=[1], email_cc_ids=[2], collaborator_ids=[1, 2, 3], is_public=False, external_id="A-1",
    )  # fmt: skip
    assert record["requester"] == "acme:person:51001"
    assert record["assignee"] == "acme:person:50002"
    assert "submitter" not in record
    assert record["brand"] == "Acme"
    assert record["native"]["ticket_form_id"] == 1
    assert record["followers"] == ["acme:person:1"]
    assert record["ccs"] == ["acme:person:2", "acme:person:3"]
    assert record["public"] is False


def test_links_tell_which_side_is_the_active_one(names):
    via = {"channel": "web", "source": {"rel": "follow_up", "from": {"ticket_id": 60}, "to": {}}}
    record, _ = ticket(names, via=via, problem_id=50, followup_ids=[70])
    assert record["links"] == [
        {"type": "problem", "to": "acme:ticket:50", "inward": True},
        {"type": "follow_up", "to": "acme:ticket:70", "inward": True},
        {"type": "follow_up", "to": "acme:ticket:60"},
    ]


def test_a_merged_ticket_names_its_winner(names):
    merge = {"channel": "web", "source": {"rel": "merge", "from": {}, "to": {"ticket_id": 40}}}
    wire = of_ticket(DESK, {"id": 41, "status": "closed", "subject": "x", "tags": ["closed_by_merge"]}, merge)
    record = neutral(wire, names).records[0]
    assert (record["stage"], record["merged_into"]) == ("merged", "acme:ticket:40")
    assert record["links"] == [{"type": "merged", "to": "acme:ticket:40"}]


def test_a_deleted_ticket_keeps_the_only_text_that_is_left_of_it(names):
    record, _ = ticket(names, status="deleted", description="line <1>\n\nline 2")
    assert record["body"]["html"] == "<p>line &lt;1&gt;</p><p>line 2</p>"


@pytest.mark.parametrize(("rating", "expected"), [
    ({"score": "unoffered"}, None),
    ({"score": "bad", "comment": "slow 🐌", "id": 7}, {"score": "bad", "comment": "slow 🐌"}),
    (None, None),
])  # fmt: skip
def test_a_rating_is_carried_where_there_was_one(names, rating, expected):
    assert ticket(names, satisfaction_rating=rating)[0].get("satisfaction") == expected


def test_who_handled_it_and_when_it_was_solved_are_carried_where_told(names):
    record, _ = ticket(
        names, support_type="ai_agent", metric_set={"solved_at": "2026-01-02T03:04:05+02:00", "reopens": 2}
    )
    assert record["handled_by"] == "ai_agent"
    assert record["solved"] == "2026-01-02T01:04:05Z"
    assert record["sla"] == [{"metric": "reopens", "count": 2}]


def test_what_the_desk_measured_stands_beside_the_ticket(names):
    spans = {"calendar": 12, "business": None}
    record, _ = ticket(names, metric_set={
        "id": 1, "replies": 3, "reply_time_in_minutes": spans, "reply_time_in_seconds": {"calendar": 731},
        "full_resolution_time_in_minutes": {"calendar": 60, "business": 55}, "initially_assigned_at": "2026-01-02T03:04:05Z",
        "on_hold_time_in_minutes": "soon", "new_figure": 7,
    })  # fmt: skip
    assert record["sla"] == [
        {"metric": "first_reply", "calendar_minutes": 12, "calendar_seconds": 731},
        {"metric": "full_resolution", "calendar_minutes": 60, "business_minutes": 55},
        {"metric": "replies", "count": 3},
        {"metric": "first_assigned", "at": "2026-01-02T03:04:05Z"},
    ]
    assert record["native"] == {
        "metric_set.on_hold_time_in_minutes": "soon",
        "metric_set.new_figure": 7,
    }


def test_the_reason_of_a_rating_is_taken_from_its_own_record_and_a_contradiction_is_kept(names):
    own = {"id": 7, "ticket_id": 12, "score": "bad", "comment": "slow", "reason": "Took too long", "reason_id": 9,
           "created_at": "2026-01-02T03:04:05Z"}  # fmt: skip
    record, _ = ticket(names, satisfaction_rating={"score": "bad", "comment": "slow", "id": 7}, rating=own)
    assert record["satisfaction"] == {
        "score": "bad",
        "comment": "slow",
        "reason": "Took too long",
        "created": "2026-01-02T03:04:05Z",
    }
    record, _ = ticket(names, satisfaction_rating={"score": "good"}, rating=own)
    assert record["satisfaction"] == {"score": "good"}
    assert record["native"]["rating.score"] == "bad"


@pytest.mark.parametrize("row", [
    {"subject": None, "tags": None, "via": None, "custom_fields": None, "satisfaction_rating": None, "follower_ids": None},
    {"subject": "\u202e مرحبا 🏳️‍🌈 \r\n" + "x" * 70_000, "tags": ["a b", "東京", ""], "raw_subject": "{{dc.hello}}"},
    {"created_at": "not a time", "due_at": "2026-02-30T00:00:00Z", "status": "archived", "custom_status_id": "x"},
    {"strange.key[0]": {"a": [1, {'b"c': None, "d": "e"}]}, "fields": [{"id": 1, "value": "differs"}]},
])  # fmt: skip
def test_odd_rows_neither_fail_nor_lose_a_leaf(names, row):
    ticket(names, **row)
