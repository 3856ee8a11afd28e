"""Files as the portal has them: which of an issue's customers see, and the service desk's own way of adding some."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from ticketferry_emulators.jsm.exceptions import desk_refused, opted_in
from ticketferry_emulators.jsm.models import adf
from ticketferry_emulators.jsm.models.records import Issue, JiraAttachment, JiraComment
from ticketferry_emulators.jsm.responses.comments import add_comment
from ticketferry_emulators.jsm.responses.paging import desk_page
from ticketferry_emulators.jsm.responses.portal import file_row, request_of
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Refused, Route

if TYPE_CHECKING:
    from ticketferry_emulators.jsm.models.state import SiteState

__all__ = ["ROUTES", "public_files"]


def public_files(state: SiteState, issue: Issue) -> list[JiraAttachment]:
    """Return the files that customers see: those that the description or a public comment shows, and those of customers.

    What an agent puts on an issue over the platform's API, and no text shows, stays among agents [field notes].
    """
    shown = adf.media_ids(issue.values.get("description"))
    for comment in issue.comments:
        if not comment.internal:
            shown |= adf.media_ids(comment.body)
    files = [state.attachments[id_] for id_ in issue.attachments]
    return [
        file
        for file in files
        if file.media in shown
        or file.author == issue.values.get("reporter")
        or ((author := state.accounts.get(file.author)) is not None and author.kind == "customer")
    ]


def files(state: SiteState, call: Call) -> Answer:
    """GET /request/{key}/attachment: all files for agents, for customers the public ones."""
    issue = request_of(state, call)
    caller = state.accounts[call.account or ""]
    rows = [state.attachments[id_] for id_ in issue.attachments]
    if caller.kind == "customer":
        rows = public_files(state, issue)
    return desk_page(state, call, [file_row(state, call, row) for row in rows])


def files_of_comment(state: SiteState, call: Call) -> Answer:
    """GET /request/{key}/comment/{comment}/attachment: the files that a comment shows."""
    issue = request_of(state, call)
    caller = state.accounts[call.account or ""]
    for comment in issue.comments:
        if comment.id == call.params["comment"] and (caller.kind != "customer" or not comment.internal):
            shown = adf.media_ids(comment.body)
            rows = [state.attachments[id_] for id_ in issue.attachments]
            return desk_page(state, call, [file_row(state, call, row) for row in rows if row.media in shown])
    raise desk_refused(404, "The comment does not exist.", "sd.comment.not.found")


def add_temporary(state: SiteState, call: Call) -> Answer:
    """POST /servicedesk/{desk}/attachTemporaryFile: files that belong to no request yet."""
    if call.headers.get("x-atlassian-token", "").lower() not in ("no-check", "nocheck"):
        raise Refused(Answer(403, b"XSRF check failed", {"Content-Type": "text/plain"}))
    opted_in(call)
    if call.params["desk"] not in state.desks:
        raise desk_refused(
            404, "The service desk was not found.", "sd.project.not.found", call.params["desk"]
        )
    uploads = [upload for upload in call.files if upload.field == "file"]
    if not uploads:
        raise desk_refused(400, "The part must be named file.", "sd.attachment.missing")
    rows = []
    for upload in uploads:
        id_ = f"temp{state.next_id('temporary')}"
        state.temporary[id_] = (upload.name, upload.media_type, upload.content)
        rows.append({"temporaryAttachmentId": id_, "fileName": upload.name})
    return Answer(201, {"temporaryAttachments": rows})


def attach(state: SiteState, call: Call) -> Answer:
    """POST /request/{key}/attachment: temporary files become files of a new comment, public or not."""
    issue = request_of(state, call)
    body = call.json if isinstance(call.json, dict) else {}
    ids = body.get("temporaryAttachmentIds")
    if not isinstance(ids, list) or not ids or any(id_ not in state.temporary for id_ in ids):
        raise desk_refused(400, "The temporary attachment does not exist.", "sd.attachment.temporary.missing")
    made = []
    for id_ in ids:
        name, media_type, content = state.temporary.pop(id_)
        number = state.next_id("attachment")
        file = JiraAttachment(
            number, state.media_id(number), issue.id, name, media_type, call.account or "", state.now(),
            len(content), hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        state.attachments[number], state.blobs[file.media] = file, content
        issue.attachments.append(number)
        made.append(file)
    text = str((body.get("additionalComment") or {}).get("body") or "")
    document: dict[str, Any] = adf.paragraph(text) if text else {"version": 1, "type": "doc", "content": []}
    media = [{"type": "media", "attrs": {"type": "file", "id": row.media, "collection": ""}} for row in made]
    document["content"].append({"type": "mediaGroup", "content": media})
    properties = {} if body.get("public", True) else {"sd.public.comment": {"internal": True}}
    comment: JiraComment = add_comment(state, call, issue, document, properties)
    page = desk_page(state, call, [file_row(state, call, row) for row in made]).body
    shown = {
        "id": comment.id,
        "body": adf.plain_text(comment.body),
        "public": not comment.internal,
        "author": View.of(state, call).user_dto(comment.author),
        "created": View.of(state, call).date_dto(comment.created),
    }
    return Answer(201, {"comment": shown, "attachments": page})


_PATH = "/rest/servicedeskapi/request/{key}"
_DESK = "/rest/servicedeskapi/servicedesk/{desk}"
ROUTES = [
    Route("GET", f"{_PATH}/attachment", files, "request_attachment.list", "request"),
    Route("POST", f"{_PATH}/attachment", attach, "request_attachment.add", "request", write=True),
    Route(
        "GET",
        f"{_PATH}/comment/{{comment}}/attachment",
        files_of_comment,
        "request_comment.attachments",
        "request",
    ),
    Route("POST", f"{_DESK}/attachTemporaryFile", add_temporary, "temporary_file.add", "desk", write=True),
]
