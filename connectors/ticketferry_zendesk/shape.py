"""The shapes that translations rely on: those of rows by the rows, of all else by what is written here."""

from ticketferry.sdk import Kind
from ticketferry.sdk.codec import shape_of
from ticketferry.sdk.codec.wire_shapes import ID, Or, Shape
from ticketferry_zendesk.people_rows import GROUP, IDENTITY, MEMBERSHIP, ORGANIZATION, PERSON
from ticketferry_zendesk.ticket_rows import TICKET

__all__ = ["SHAPES"]


_TEXT = (str,)
_WORDS = (str, dict, list)
"""Of an event: an unknown type may hold its words in objects and lists."""
_WHOLE = (int,)
_YES = (bool,)
_VIA: Shape = {
    "channel": _TEXT,
    "source": {
        "rel": _TEXT,
        "from": {"ticket_id": ID, "ticket_ids": [ID], "title": _TEXT},
        "to": {"ticket_id": ID},
    },
}
_FILE: Shape = {
    "id": ID, "file_name": _TEXT, "name": _TEXT, "content_url": _TEXT, "content_type": _TEXT, "size": _WHOLE, "inline": _YES,
    "deleted": _YES, "malware_scan_result": _TEXT, "malware_access_override": _YES,
}  # fmt: skip
_EVENT: Shape = {
    "id": ID, "type": _TEXT, "event_type": _TEXT, "field_name": ID, "via": Or(_TEXT, _VIA), "html_body": _WORDS, "body": _WORDS,
    "plain_body": _WORDS, "public": _YES, "author_id": ID, "created_at": _TEXT, "attachments": [_FILE], "comment_id": ID,
    "attachment_id": ID, "score": _TEXT, "custom_ticket_fields": {}, "public_now": _YES, "text_now": _YES,
}  # fmt: skip
_AUDIT: Shape = {
    "created_at": _TEXT, "timestamp": _WHOLE, "author_id": ID, "updater_id": ID, "via": Or(_TEXT, _VIA), "metadata": {},
    "events": [_EVENT], "child_events": [_EVENT],
}  # fmt: skip
_RATING: Shape = {"score": _TEXT, "comment": _TEXT, "reason": _TEXT, "created_at": _TEXT}
_TICKET = shape_of(TICKET, {
    "raw_subject": _TEXT, "description": _TEXT, "status": _TEXT, "custom_status_id": ID, "problem_id": ID, "followup_ids": [ID],
    "collaborator_ids": [ID], "support_type": _TEXT, "satisfaction_rating": _RATING, "metric_set": {"solved_at": _TEXT},
    "custom_fields": [{"id": ID}], "via": _VIA, "merge": _VIA, "jira_links": [{"issue_key": _TEXT}], "rating": _RATING,
})  # fmt: skip
_PERSON = shape_of(PERSON, {
    "role": _TEXT, "role_type": _WHOLE, "active": _YES, "suspended": _YES, "time_zone": _TEXT, "phone": _TEXT, "user_fields": {},
    "organization_id": ID, "default_group_id": ID, "identities": [shape_of(IDENTITY, {"id": ID})],
})  # fmt: skip
_PARTY: Shape = {"user_id": ID, "name": _TEXT, "email": _TEXT}
_SIDE: Shape = {
    "subject": _TEXT, "state": _TEXT, "participants": [_PARTY], "created_at": _TEXT,
    "events": [{
        "id": ID, "type": _TEXT, "actor": _PARTY, "created_at": _TEXT, "via": _TEXT,
        "message": {"subject": _TEXT, "body": _TEXT, "html_body": _TEXT, "preview_text": _TEXT, "from": _PARTY, "to": [_PARTY],
                    "attachments": [_FILE]},
    }],
}  # fmt: skip
_MESSAGE: Shape = {
    "type": _TEXT, "created_at": _TEXT, "received_at": _TEXT, "author": {"type": _TEXT, "display_name": _TEXT},
    "content": {"text": _TEXT, "body": _TEXT, "mediaUrl": _TEXT}, "metadata": {"public": _YES}, "source": {"type": _TEXT},
    "attachments": [_FILE],
}  # fmt: skip
SHAPES: dict[Kind, Shape] = {
    Kind.ORGANIZATION: shape_of(ORGANIZATION, {"organization_fields": {}}),
    Kind.GROUP: shape_of(GROUP, {}),
    Kind.PERSON: _PERSON,
    Kind.MEMBERSHIP: shape_of(MEMBERSHIP, {}),
    Kind.TICKET: _TICKET,
    Kind.EVENT: _AUDIT,
    Kind.COMMENT: _MESSAGE,
    Kind.SIDE_CONVERSATION: _SIDE,
}
