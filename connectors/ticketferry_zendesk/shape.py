"""The shapes that translations rely on; what arrives in another one is set aside and kept as it came.

A shape is a tuple of types (exact: a bool is no number), a list of one shape, or a dict of shapes by key; keys that it does not
name may hold anything, and null fits everywhere.
"""

from typing import Any, NamedTuple, TypeAlias

from ticketferry.sdk import Kind, join_path

__all__ = ["SHAPES", "fit"]


class Or(NamedTuple):
    """One of some types, or else a shape."""

    types: tuple[type, ...]
    shape: "Shape"


Shape: TypeAlias = "tuple[type, ...] | list[Any] | dict[str, Any] | Or"

_TEXT = (str,)
_WORDS = (str, dict, list)
"""Of an event: an unknown type may hold its words in objects and lists."""
_WHOLE = (int,)
_YES = (bool,)
_ID = (int, str)
_TIMES = {"created_at": _TEXT, "updated_at": _TEXT}
_VIA: Shape = {
    "channel": _TEXT,
    "source": {
        "rel": _TEXT,
        "from": {"ticket_id": _ID, "ticket_ids": [_ID], "title": _TEXT},
        "to": {"ticket_id": _ID},
    },
}
_FILE: Shape = {
    "id": _ID, "file_name": _TEXT, "name": _TEXT, "content_url": _TEXT, "content_type": _TEXT, "size": _WHOLE, "inline": _YES,
    "deleted": _YES, "malware_scan_result": _TEXT, "malware_access_override": _YES,
}  # fmt: skip
_EVENT: Shape = {
    "id": _ID, "type": _TEXT, "event_type": _TEXT, "field_name": _ID, "via": Or(_TEXT, _VIA), "html_body": _WORDS, "body": _WORDS,
    "plain_body": _WORDS, "public": _YES, "author_id": _ID, "created_at": _TEXT, "attachments": [_FILE], "comment_id": _ID,
    "attachment_id": _ID, "score": _TEXT, "custom_ticket_fields": {}, "public_now": _YES, "text_now": _YES,
}  # fmt: skip
_AUDIT: Shape = {
    "created_at": _TEXT, "timestamp": _WHOLE, "author_id": _ID, "updater_id": _ID, "via": Or(_TEXT, _VIA), "metadata": {},
    "events": [_EVENT], "child_events": [_EVENT],
}  # fmt: skip
_TICKET: Shape = {
    "subject": _TEXT, "raw_subject": _TEXT, "description": _TEXT, "priority": _TEXT, "type": _TEXT, "status": _TEXT,
    "custom_status_id": _ID, "external_id": _TEXT, "requester_id": _ID, "submitter_id": _ID, "assignee_id": _ID, "group_id": _ID,
    "organization_id": _ID, "brand_id": _ID, "ticket_form_id": _ID, "problem_id": _ID, "followup_ids": [_ID], "follower_ids": [_ID],
    "email_cc_ids": [_ID], "collaborator_ids": [_ID], "tags": [_TEXT], "is_public": _YES, "due_at": _TEXT, "support_type": _TEXT,
    "satisfaction_rating": {"score": _TEXT, "comment": _TEXT, "reason": _TEXT, "created_at": _TEXT}, "metric_set": {"solved_at": _TEXT},
    "custom_fields": [{"id": _ID}], "via": _VIA, "merge": _VIA,
    "jira_links": [{"issue_key": _TEXT}], "rating": {"score": _TEXT, "comment": _TEXT, "reason": _TEXT, "created_at": _TEXT}, **_TIMES,
}  # fmt: skip
_PERSON: Shape = {
    "name": _TEXT, "email": _TEXT, "role": _TEXT, "role_type": _WHOLE, "active": _YES, "suspended": _YES, "external_id": _TEXT,
    "locale": _TEXT, "iana_time_zone": _TEXT, "time_zone": _TEXT, "tags": [_TEXT], "notes": _TEXT, "details": _TEXT, "alias": _TEXT,
    "phone": _TEXT, "user_fields": {}, "organization_id": _ID, "default_group_id": _ID,
    "identities": [{"id": _ID, "type": _TEXT, "value": _TEXT, "primary": _YES, "verified": _YES, **_TIMES}], **_TIMES,
}  # fmt: skip
_ORGANIZATION: Shape = {
    "name": _TEXT, "external_id": _TEXT, "domain_names": [_TEXT], "shared_tickets": _YES, "shared_comments": _YES, "group_id": _ID,
    "tags": [_TEXT], "notes": _TEXT, "details": _TEXT, "organization_fields": {}, **_TIMES,
}  # fmt: skip
_GROUP: Shape = {
    "name": _TEXT,
    "is_public": _YES,
    "deleted": _YES,
    "default": _YES,
    "description": _TEXT,
    **_TIMES,
}
_PARTY: Shape = {"user_id": _ID, "name": _TEXT, "email": _TEXT}
_SIDE: Shape = {
    "subject": _TEXT, "state": _TEXT, "participants": [_PARTY], "created_at": _TEXT,
    "events": [{
        "id": _ID, "type": _TEXT, "actor": _PARTY, "created_at": _TEXT, "via": _TEXT,
        "message": {"subject": _TEXT, "body": _TEXT, "html_body": _TEXT, "preview_text": _TEXT, "from": _PARTY, "to": [_PARTY],
                    "attachments": [_FILE]},
    }],
}  # fmt: skip
_MESSAGE: Shape = {
    "type": _TEXT, "created_at": _TEXT, "received_at": _TEXT, "author": {"type": _TEXT, "display_name": _TEXT},
    "content": {"text": _TEXT, "body": _TEXT, "mediaUrl": _TEXT}, "metadata": {"public": _YES}, "source": {"type": _TEXT},
    "attachments": [_FILE],
}  # fmt: skip
_MEMBERSHIP: Shape = {"organization_id": _ID, "group_id": _ID, "default": _YES, **_TIMES}

SHAPES: dict[Kind, Shape] = {
    Kind.ORGANIZATION: _ORGANIZATION,
    Kind.GROUP: _GROUP,
    Kind.PERSON: _PERSON,
    Kind.MEMBERSHIP: _MEMBERSHIP,
    Kind.TICKET: _TICKET,
    Kind.EVENT: _AUDIT,
    Kind.COMMENT: _MESSAGE,
    Kind.SIDE_CONVERSATION: _SIDE,
}


def fit(value: Any, shape: Shape, path: str, odd: list[str]) -> Any:
    """Return the value with None (in lists of objects: an empty object) for what does not fit, naming its path in `odd`.

    A value that fits is returned as it is. A list of plain values that holds an odd one is odd as a whole.
    """
    if value is None:
        return None
    if isinstance(shape, Or):
        if type(value) in shape.types:
            return value
        shape = shape.shape
    if isinstance(shape, tuple):
        if type(value) in shape:
            return value
        if shape is _ID and _is_whole(value):
            return int(value)
    elif isinstance(shape, dict):
        if isinstance(value, dict):
            return _fit_object(value, shape, path, odd)
    elif isinstance(value, list):
        return _fit_list(value, shape[0], path, odd)
    odd.append(path)
    return None


def _is_whole(value: Any) -> bool:
    """Tell whether a number is whole with a decimal point: programs in between write ids so."""
    return isinstance(value, float) and value.is_integer()


def _fit_object(value: dict[str, Any], shape: dict[str, Any], path: str, odd: list[str]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for key, item in value.items():
        wanted = shape.get(key)
        if wanted is None or item is None or (type(wanted) is tuple and type(item) in wanted):
            continue
        fitted = fit(item, wanted, join_path(path, key) if path else key, odd)
        if fitted is not item:
            changed[key] = fitted
    return {**value, **changed} if changed else value


def _fit_list(value: list[Any], shape: Shape, path: str, odd: list[str]) -> list[Any] | None:
    if isinstance(shape, tuple):
        if all(type(item) in shape for item in value):
            return value
        if shape is _ID and all(type(item) in shape or _is_whole(item) for item in value):
            return [int(item) if isinstance(item, float) else item for item in value]
        odd.append(path)
        return None
    fitted = [fit(item, shape, f"{path}[{index}]", odd) for index, item in enumerate(value)]
    if all(one is other for one, other in zip(fitted, value, strict=True)) and None not in fitted:
        return value
    return [{} if item is None else item for item in fitted]
