"""Attachments: their records, and their bytes by way of another host that wants no credentials."""

from __future__ import annotations

import struct
from urllib.parse import quote, urlencode

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import not_found
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.responses.routing import both, identifier

__all__ = ["CONTENT_ORIGIN", "ROUTES"]

CONTENT_ORIGIN = "content"


def redirect(state: DeskState, call: Call) -> Answer:
    """Send the caller to the host that holds the bytes."""
    token = call.params["token"]
    try:
        state.blob(token)
    except KeyError:
        raise not_found() from None
    name = call.query.get("name") or "file"
    query = urlencode({"name": name, "Signature": token[-12:]})
    return Answer(302, b"", {"Location": f"{state.origins[CONTENT_ORIGIN]}/{token}?{query}"})


def content(state: DeskState, call: Call) -> Answer:
    """Give the bytes; refuses any Authorization header, as storage hosts with signed addresses do."""
    if "authorization" in call.headers:
        message = (
            "<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>"
        )
        return Answer(400, message.encode(), {"Content-Type": "application/xml"})
    token = call.params["token"]
    try:
        body = state.blob(token)
    except KeyError:
        return Answer(404, b"", {})
    name = quote(call.query.get("name") or "file")
    return Answer(200, body, {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"})


def redacted(state: DeskState, call: Call) -> Answer:
    """Give what stands in the place of a redacted file: nothing."""
    return Answer(200, b"", {"Content-Type": "text/plain"})


def recording(state: DeskState, call: Call) -> Answer:
    """Give the recording of a phone call: a tenth of a second of silence, as a WAV file."""
    silence = bytes([128]) * 800
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8_000, 8_000, 1, 8)
    data = struct.pack("<4sI", b"data", len(silence)) + silence
    head = struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(data), b"WAVE")
    return Answer(200, head + form + data, {"Content-Type": "audio/wav"})


def show(state: DeskState, call: Call) -> Answer:
    """Show the record of an attachment."""
    wanted = identifier(call)
    uploaded = state.uploads.records.get(wanted)
    if uploaded is not None:
        return Answer(200, {"attachment": uploaded})
    number = (wanted - 12_000_000_000_000) // 1_000
    if not state.live(number):
        raise not_found()
    for audit in state.case(number).audits:
        for event in audit["events"]:
            for attachment in event.get("attachments", ()):
                if attachment["id"] == wanted:
                    return Answer(200, {"attachment": attachment})
    raise not_found()


ROUTES: tuple[Route, ...] = (
    *both("/api/v2/attachments/{id}", show, "ShowAttachment", "attachments"),
    Route("GET", "/attachments/token/{token}/", redirect, "AttachmentByToken", "attachments"),
    Route("GET", "/attachments/token/{token}", redirect, "AttachmentByToken", "attachments"),
    Route("GET", "/system/redacted.txt", redacted, "RedactedAttachment", "attachments"),
    Route(
        "GET", "/api/v2/channels/voice/calls/{id}/twilio/recording", recording, "CallRecording", "attachments"
    ),
    Route("GET", "/{token}", content, "AttachmentContent", "content", public=True, origin=CONTENT_ORIGIN),
)
