"""Routes for files that are not part of a ticket yet."""

from __future__ import annotations

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import detailed, not_found, rejected
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.responses.routing import writes
from ticketferry_emulators.zendesk.seed.dice import stamp

__all__ = ["ROUTES"]


def upload(state: DeskState, call: Call) -> Answer:
    """Keep a file under a new token, or under one that is sent along; the name is required [OAS]."""
    uploads, now = state.uploads, state.clock.time()
    name = call.query.get("filename")
    if not name:
        raise rejected("filename", "Filename: cannot be blank", "BlankValue")
    if len(call.body) > uploads.most_bytes:
        raise detailed(413, "RequestEntityTooLarge", "The file is too large")
    token, chained = call.query.get("token"), None
    if token:
        chained = uploads.find(token, now)
        if chained is None:
            raise rejected("token", "The upload token is not valid")
    media_type = (call.headers.get("content-type") or "application/octet-stream").split(";")[0].strip()
    # a fake form type must not be parsed: the body is the file itself
    kept = uploads.add(chained, name, media_type, call.body, now)
    body = {
        "token": kept.token, "expires_at": stamp(int(kept.expires)), "attachment": kept.attachments[-1],
        "attachments": kept.attachments,
    }  # fmt: skip
    return Answer(201, {"upload": body})


def drop(state: DeskState, call: Call) -> Answer:
    """Delete an upload that no comment has used."""
    if not state.uploads.drop(call.params["token"].removesuffix(".json"), state.clock.time()):
        raise not_found()
    return Answer(204)


ROUTES: tuple[Route, ...] = (
    *writes("POST", "/api/v2/uploads", upload, "UploadFiles", "uploads"),
    *writes("DELETE", "/api/v2/uploads/{token}", drop, "DeleteUpload", "uploads"),
)
