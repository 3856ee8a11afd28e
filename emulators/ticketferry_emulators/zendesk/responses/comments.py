"""Routes that hide a comment or black out what is in it: later than the comment, and for good."""

from __future__ import annotations

import re

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import not_found, rejected, titled
from ticketferry_emulators.zendesk.models.life import LiveDesk
from ticketferry_emulators.zendesk.responses.requests import caller
from ticketferry_emulators.zendesk.responses.routing import identifier, writes
from ticketferry_emulators.zendesk.seed import texts
from ticketferry_emulators.zendesk.seed.case import CaseBuilder
from ticketferry_emulators.zendesk.seed.dice import HOST, WireRecord

__all__ = ["ROUTES"]


def _comment(state: LiveDesk, number: int, wanted: int) -> WireRecord:
    if not state.live(number):
        raise not_found()
    events = (event for audit in state.case(number).audits for event in audit["events"])
    comment: WireRecord | None = next(
        (event for event in events if event["id"] == wanted and "html_body" in event), None
    )
    if comment is None:
        raise not_found()
    return comment


def _open(state: LiveDesk, call: Call) -> tuple[int, WireRecord]:
    """Return the ticket's number and the comment of the path; raises Refused (404, 422 for a closed ticket [OAS])."""
    number = identifier(call)
    comment = _comment(state, number, identifier(call, "comment"))
    if state.heads[number].status == "closed":
        raise rejected("status", "closed prevents ticket update")
    return number, comment


def make_private(state: LiveDesk, call: Call) -> Answer:
    """Make a public comment internal; one that is internal already stays as it is. The answer is empty [OAS]."""
    number, comment = _open(state, call)
    if comment["public"]:
        state.make_private(number, comment["id"], author=caller(state, call))
    return Answer(200, "")


def redact(state: LiveDesk, call: Call) -> Answer:
    """Black out the words of `text` in a comment."""
    number, comment = _open(state, call)
    body = call.json
    words = body.get("text") if isinstance(body, dict) else None
    if not isinstance(words, str) or not words:
        raise rejected("text", "Text: cannot be blank", "BlankValue")
    if words in comment["html_body"] or words in comment["plain_body"]:
        state.redact(number, comment["id"], words, author=caller(state, call))
    _, shown = _open(state, call)
    return Answer(200, {"comment": {key: value for key, value in shown.items() if key != "event_type"}})


def redact_file(state: LiveDesk, call: Call) -> Answer:
    """Put an empty `redacted.txt` in the place of a file [OAS]."""
    number, comment = _open(state, call)
    wanted = identifier(call, "attachment")
    if wanted not in {file["id"] for file in comment["attachments"]}:
        raise not_found()
    gone: WireRecord = {}

    def black_out(builder: CaseBuilder, found: WireRecord) -> None:
        file = next(file for file in found["attachments"] if file["id"] == wanted)
        _replace(builder, found, file)
        gone.update(file)

    state.amend(number, comment["id"], caller(state, call), black_out)
    return Answer(200, {"attachment": gone})


def _replace(builder: CaseBuilder, comment: WireRecord, file: WireRecord) -> None:
    if file["deleted"]:
        return
    address = f"{HOST}/system/redacted.txt"
    file |= {
        "file_name": "redacted.txt", "content_type": "text/plain", "size": 0, "deleted": True, "width": None,
        "height": None, "content_url": address, "mapped_content_url": address, "thumbnails": [],
    }  # fmt: skip
    builder.event("AttachmentRedactionEvent", comment_id=comment["id"], attachment_id=file["id"])


_MARK = re.compile(r"</?redact>")
_MARKED = re.compile(r"<redact>(.*?)</redact>", re.DOTALL)
_ATTRIBUTE = re.compile(r"<[a-z][^<>]*?\sredact(?=[\s>/])[^<>]*>", re.IGNORECASE)


def redact_anywhere(state: LiveDesk, call: Call) -> Answer:
    """Black out what stands in `<redact>` tags and the files of `external_attachment_urls`, on closed and archived tickets too
    [OAS RedactTicketCommentInAgentWorkspace].

    Refused with 422: an account without the Agent Workspace, a text that is not the comment's when the marks are taken out, an
    address that is no file's of the comment, a request that redacts nothing. How the product words these is not known.
    """
    if state.settings["agents"].get("agent_workspace") is not True:
        raise titled(403, "Forbidden", "The Agent Workspace is not enabled")
    body: WireRecord = call.json if isinstance(call.json, dict) else {}
    number = body.get("ticket_id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise rejected("ticket_id", "Ticket: cannot be blank", "BlankValue")
    comment = _comment(state, number, identifier(call, "comment"))
    sent, urls = body.get("html_body"), list(body.get("external_attachment_urls") or ())
    if sent is None and not urls:
        raise rejected("base", "Nothing to redact", "BlankValue")
    if sent is not None:
        plain = _ATTRIBUTE.sub(
            lambda tag: re.sub(r"\sredact(?=[\s>/])", "", tag[0], count=1), _MARK.sub("", str(sent))
        )
        if plain != comment["html_body"]:
            raise rejected("html_body", "Html body: does not match the comment")
        if not _MARKED.search(sent) and not _ATTRIBUTE.search(sent):
            raise rejected("html_body", "Html body: has nothing to redact")
    listed = {file["content_url"] for file in comment["attachments"] if not file["deleted"]}
    if set(urls) - listed:
        raise rejected("external_attachment_urls", "External attachment urls: is invalid")

    def black_out(builder: CaseBuilder, found: WireRecord) -> None:
        if sent is not None:
            without = _ATTRIBUTE.sub("", str(sent))
            page = _MARKED.sub(lambda words: _black(words[1]), without)
            found |= {"html_body": page, "body": texts.plain(page), "plain_body": texts.plain(page)}
            builder.event("CommentRedactionEvent", comment_id=found["id"])
        for file in found["attachments"]:
            if file["content_url"] in urls:
                _replace(builder, found, file)

    state.amend(number, comment["id"], caller(state, call), black_out)
    shown = _comment(state, number, comment["id"])
    return Answer(200, {"comment": {key: value for key, value in shown.items() if key != "event_type"}})


def _black(markup: str) -> str:
    return re.sub(r"<[^>]*>|&[#\w]+;|.", lambda one: one[0] if one[0].startswith("<") else "▇", markup)


_COMMENT = "/api/v2/tickets/{id}/comments/{comment}"
ROUTES: tuple[Route, ...] = (
    *writes(
        "PUT",
        "/api/v2/comment_redactions/{comment}",
        redact_anywhere,
        "RedactTicketCommentInAgentWorkspace",
        "tickets-update",
    ),
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
