"""Rows of any shape: a translation never fails, gives valid records, and loses no leaf."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.connectors.zendesk.reading import DESK, neutral, sample_names
from tests.rounds import examples

from ticketferry_zendesk import wire

NAMES = sample_names()
texts = st.text(max_size=12) | st.sampled_from(
    ["", "▇▇", "\r\n", "🏳️‍🌈", "1", "29006", "2026-01-02T03:04:05Z", "<b", 'a.b[0]"]']
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-2, 99_999)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
junk = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def rows(keys, **more):
    """Objects that may have any of the keys with any value, and one key that nobody knows."""
    known = dict.fromkeys(keys.split(), junk)
    return st.fixed_dictionaries(more, optional={**known, "new_key": junk})


source = st.fixed_dictionaries({}, optional={
    "rel": st.sampled_from(["merge", "follow_up", "trigger"]) | junk, "from": rows("ticket_id ticket_ids title") | junk,
    "to": rows("ticket_id") | junk,
})  # fmt: skip
via = rows("", channel=st.sampled_from(["web", "rule", "email"]) | junk, source=source | junk) | junk
files = st.lists(
    rows(
        "file_name name content_url content_type size inline deleted malware_scan_result thumbnails",
        id=st.integers(1, 9),
    )
    | junk,
    max_size=2,
)
kinds = st.sampled_from([
    "Comment", "VoiceComment", "Change", "Create", "Notification", "Cc", "FollowerChange", "CommentPrivacyChange", "CommentRedactionEvent",
    "AttachmentRedactionEvent", "SatisfactionRating", "TicketSharingEvent", "Error", "Unheard",
])  # fmt: skip
fields = (
    st.sampled_from(
        [
            "status",
            "custom_status_id",
            "tags",
            "31011",
            "31007",
            "99",
            "assignee_id",
            "brand_id",
            "due_at",
            "subject",
            "is_public",
        ]
    )
    | junk
)
events = st.lists(
    st.builds(
        lambda row, **more: {**row, **{key: value for key, value in more.items() if value != "-"}},
        rows("body html_body plain_body public author_id value previous_value recipients comment_id attachment_id score action created_at audit_id"),
        type=kinds, field_name=fields, attachments=files | junk, via=via,
    ),
    max_size=4,
)  # fmt: skip


def numbered(found):
    return [{"id": 101 + index, **event} for index, event in enumerate(found)]


@settings(max_examples=examples(60))
@given(rows("created_at author_id metadata", events=events.map(numbered), via=via))
@example({"events": [{"id": 101, "type": "Comment", "body": "0", "plain_body": [False]}]})
@example({"events": [{"id": 101, "type": "Comment", "body": "\x1f"}]})
@example({"events": [{"id": 101, "type": "Comment", "body": ["\x1b"]}]})
@example({"events": [{"id": 101, "type": "Notification", "recipients": [False, 7]}]})
@example({"events": [{"id": 101, "type": "Comment", "html_body": "0\x080", "body": {}}]})
def test_audits(row):
    neutral(wire.of_audit(DESK, {**row, "id": 100, "ticket_id": 12}), NAMES)


children = st.lists(
    rows(
        "body html_body public via status type previous_value tags added_tags custom_ticket_fields",
        event_type=kinds,
    ),
    max_size=4,
)


@settings(max_examples=examples(60))
@given(rows("created_at timestamp updater_id system metadata via", child_events=children.map(numbered)))
def test_exported_ticket_events(row):
    neutral(wire.of_audit(DESK, {**row, "id": 100, "ticket_id": 12}), NAMES)


TICKET = """subject raw_subject description priority type status custom_status_id external_id requester_id submitter_id assignee_id group_id
    organization_id brand_id ticket_form_id problem_id followup_ids follower_ids email_cc_ids collaborator_ids tags is_public has_incidents
    created_at updated_at due_at satisfaction_rating support_type metric_set fields custom_fields generated_timestamp"""


@settings(max_examples=examples(60))
@given(rows(TICKET, via=via), via)
def test_tickets(row, merge):
    neutral(wire.of_ticket(DESK, {**row, "id": 12}, merge if isinstance(merge, dict) else None), NAMES)


USER = """name email role role_type active suspended external_id locale iana_time_zone time_zone tags notes details alias phone user_fields
    organization_id default_group_id created_at updated_at"""


@settings(max_examples=examples(60))
@given(rows(USER), st.lists(rows("id type value primary verified created_at"), max_size=3))
def test_users(row, identities):
    neutral(wire.of_user(DESK, {**row, "id": 7}, identities), NAMES)


@settings(max_examples=examples(60))
@given(
    rows(
        "name external_id domain_names shared_tickets shared_comments group_id tags notes details organization_fields is_public deleted created_at"
    )
)
def test_organizations_and_groups(row):
    neutral(wire.of_organization(DESK, {**row, "id": 9}), NAMES)
    neutral(wire.of_group(DESK, {**row, "id": 9}), NAMES)


ODD = [0, 1, -1, 1.5, True, False, "", " ", "0", "x", [], [0], [""], ["x"], [None], {}, {"id": 0}, {"x": [0]}]


@pytest.mark.parametrize("key", TICKET.split())
def test_any_value_of_a_ticket_stands_where_the_translation_says(key):
    for value in ODD:
        neutral(wire.of_ticket(DESK, {"id": 12, key: value}, None), NAMES)


@pytest.mark.parametrize("key", USER.split())
def test_any_value_of_a_user_stands_where_the_translation_says(key):
    for value in ODD:
        neutral(wire.of_user(DESK, {"id": 7, key: value}, []), NAMES)
