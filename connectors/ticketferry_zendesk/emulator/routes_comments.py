"""Routes that hide a comment or black out what is in it: later than the comment, and for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketferry.emulation.app import Answer, Call, Route

from .errors import not_found, rejected
from .requests import caller
from .routing import identifier, writes
from .sample.case import CaseBuilder
from .sample.dice import HOST, WireRecord

if TYPE_CHECKING:
    from .app import ZendeskEmulator

__all__ = ["ROUTES"]


def _open(emulator: ZendeskEmulator, call: Call) -> tuple[int, WireRecord]:
    """Return the ticket's number and the comment of the path; raises Refused (404, 422 for a closed ticket [OAS])."""
    number, wanted, state = identifier(call), identifier(call, "comment"), emulator.state
    if not state.live(number):
        raise not_found()
    events = (event for audit in state.case(number).audits for event in audit["events"])
    comment = next((event for event in events if event["id"] == wanted and "html_body" in event), None)
    if comment is None:
        raise not_found()
    if state.heads[number].status == "closed":
        raise rejected("status", "closed prevents ticket update")
    return number, comment


def make_private(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Make a public comment internal; one that is internal already stays as it is. The answer is empty [OAS]."""
    number, comment = _open(emulator, call)
    if comment["public"]:
        emulator.state.make_private(number, comment["id"], author=caller(emulator, call))
    return Answer(200, "")


def redact(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Black out the words of `text` in a comment."""
    number, comment = _open(emulator, call)
    body = call.json
    words = body.get("text") if isinstance(body, dict) else None
    if not isinstance(words, str) or not words:
        raise rejected("text", "Text: cannot be blank", "BlankValue")
    if words in comment["html_body"] or words in comment["plain_body"]:
        emulator.state.redact(number, comment["id"], words, author=caller(emulator, call))
    _, shown = _open(emulator, call)
    return Answer(200, {"comment": {key: value for key, value in shown.items() if key != "event_type"}})


def redact_file(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Put an empty `redacted.txt` in the place of a file [OAS]."""
    number, comment = _open(emulator, call)
    wanted = identifier(call, "attachment")
    if wanted not in {file["id"] for file in comment["attachments"]}:
        raise not_found()
    gone: WireRecord = {}

    def black_out(builder: CaseBuilder, found: WireRecord) -> None:
        file = next(file for file in found["attachments"] if file["id"] == wanted)
        if not file["deleted"]:
            address = f"{HOST}/system/redacted.txt"
            file |= {
                "file_name": "redacted.txt", "content_type": "text/plain", "size": 0, "deleted": True, "width": None,
                "height": None, "content_url": address, "mapped_content_url": address, "thumbnails": [],
            }  # fmt: skip
            builder.event("AttachmentRedactionEvent", comment_id=found["id"], attachment_id=wanted)
        gone.update(file)

    emulator.state.amend(number, comment["id"], caller(emulator, call), black_out)
    return Answer(200, {"attachment": gone})


_COMMENT = "/api/v2/tickets/{id}/comments/{comment}"
ROUTES: tuple[Route, ...] = (
    *writes("PUT", f"{_COMMENT}/make_private", make_private, "MakeTicketCommentPrivate", "tickets-update"),
    *writes("PUT", f"{_COMMENT}/redact", redact, "RedactStringInComment", "tickets-update"),
    *writes(
        "PUT",
        f"{_COMMENT}/attachments/{{attachment}}/redact",
        redact_file,
        "RedactCommentAttachment",
        "tickets-update",
    ),
)
