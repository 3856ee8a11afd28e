"""The host that files are downloaded from, by signed links that expire."""

from __future__ import annotations

import hmac

from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["DOWNLOADS_ORIGIN", "ROUTES"]

DOWNLOADS_ORIGIN = "downloads"


def content(state: WorkspaceState, call: Call) -> Answer:
    """Give the bytes of a file while its link is valid; 403 for one that is too old or not signed."""
    token, text = call.params["token"], call.query.get("expires") or ""
    if not (text.isascii() and text.isdigit()):
        return _denied("Missing Key")
    signed = hmac.compare_digest(call.query.get("signature") or "", state.files.signature(token, int(text)))
    if not signed or int(text) <= state.clock.time():
        return _denied("Request has expired" if signed else "Access Denied")
    blob = state.files.blobs.get(token)
    if blob is None:
        return Answer(404, b"<Error><Code>NoSuchKey</Code></Error>", {"Content-Type": "application/xml"})
    return Answer(200, blob, {"Content-Type": "application/octet-stream"})


def _denied(text: str) -> Answer:
    body = f"<Error><Code>AccessDenied</Code><Message>{text}</Message></Error>".encode()
    return Answer(403, body, {"Content-Type": "application/xml"})


ROUTES = (
    Route(
        "GET",
        "/i/o/{token}/{name}",
        content,
        "file.content",
        "downloads",
        public=True,
        origin=DOWNLOADS_ORIGIN,
    ),
)
