"""The inverse of what was written for one root: what was made is deleted, what was changed is as before, words are redacted. Pure."""

from collections.abc import Sequence

from ticketferry import sdk
from ticketferry.sdk.outcomes import body_of
from ticketferry_intercom.compile_case import is_closed

__all__ = ["undo"]

_MADE = ("conversation.create", "contact.create", "company.create")
_TURNED = {"conversation.tag": "conversation.untag", "conversation.untag": "conversation.tag"}
_SAME = ("name", "email", "external_id")
_KEYS = {"title": "subject", "company_id": "organization", **{key: key for key in _SAME}}
_Step = tuple[str, dict[str, sdk.Template], sdk.Template]


def undo(done: Sequence[tuple[sdk.Operation, sdk.WriteResult]], before: sdk.Record | None) -> sdk.Compiled:
    """Return the inverse operations of one lane, newest first. What the lane made goes whole.

    A message cannot be deleted: it is redacted, and with our newest note the one before it counts again.
    """
    landed = [(operation, result) for operation, result in done if result.status == "done"]
    lane = sdk.Lane(done[0][0].lane) if done else sdk.Lane(sdk.parse_ref((before or {})["ref"]))
    made = next((operation for operation, _ in landed if operation.endpoint in _MADE), None)
    if made is not None:
        noun = made.endpoint.split(".")[0]
        lane.add(f"{noun}.delete", f"{made.key}/undo", params={"id": sdk.From(lane.root)})
        if noun == "company":
            told = "a company is archived a while after it was deleted"
            lane.find("INTERCOM-COMPANY", sdk.Severity.INFO, "", told)
        return lane.compiled(None)
    for operation, result in reversed(landed):
        endpoint, params, body = _inverse(operation, result, before or {})
        if endpoint:
            lane.add(endpoint, f"{operation.key}/undo", params={**operation.params, **params}, body=body)
    if any(operation.endpoint == "contact.note" for operation, _ in landed):
        told = "a note on a contact cannot be taken back"
        lane.lost("notes", "INTERCOM-NOTE", told, "Delete it in the contact's profile.")
    return lane.compiled(before)


def _inverse(operation: sdk.Operation, result: sdk.WriteResult, before: sdk.Record) -> _Step:
    """Return endpoint, params and body that take one operation back; no endpoint where there is nothing to take back."""
    body, name = body_of(operation), operation.endpoint
    match name:
        case "conversation.update" | "contact.update" | "company.update":
            former = {key: _former(before, _KEYS[key]) for key in body if key in _KEYS}
            fields = before.get("fields", {})
            if "custom_attributes" in body:
                former["custom_attributes"] = {key: fields.get(key) for key in body["custom_attributes"]}
            return name, {}, former
        case "conversation.tag" | "conversation.untag":
            return _TURNED[name], {}, body
        case "conversation.assign":
            key = "group" if body["type"] == "team" else "assignee"
            return name, {}, {**body, "assignee_id": _former(before, key) or "0"}
        case "conversation.state":
            closed = is_closed(before, {"Closed": "closed"})
            return (
                name,
                {},
                {"message_type": "close", "type": "admin"} if closed else {"message_type": "open"},
            )
        case "comment.reply" | "comment.note" | "conversation.mark":
            part: sdk.Template = result.gives.get("id") or result.gives.get("mark", "")
            named = {"conversation_id": operation.params["id"], "conversation_part_id": part}
            return "conversation.redact", {}, {"type": "conversation_part", **named}
        case "contact.join":
            return "contact.leave", {"company": body["id"]}, None
        case "contact.leave":
            return "contact.join", {}, {"id": operation.params["company"]}
    return "", {}, None


def _former(before: sdk.Record, key: str) -> sdk.Template:
    value = before.get(key)
    if key in ("organization", "assignee", "group"):
        return sdk.From.of(value) if value else None
    return value or ""
