"""Attachments: multipart upload, metadata, and bytes behind a redirect to another origin."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from urllib.parse import quote

from ticketferry_emulators.jsm.exceptions import missing, refused
from ticketferry_emulators.jsm.models.records import JiraAttachment
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.issue_changes import lag_of
from ticketferry_emulators.jsm.responses.issues import named_issue
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Refused, Route

__all__ = ["ROUTES"]

_FILES_A_REQUEST = 60
_FILES_AN_ISSUE = 2000


def add(state: SiteState, call: Call) -> Answer:
    """POST /issue/{key}/attachments: field `file`, and the header that Atlassian wants against forged requests."""
    if call.headers.get("x-atlassian-token", "").lower() not in ("no-check", "nocheck"):
        raise Refused(Answer(403, b"XSRF check failed", {"Content-Type": "text/plain"}))
    issue = named_issue(state, call.params["key"])
    files = [upload for upload in call.files if upload.field == "file"]
    if not files:
        raise refused(400, "No file was found in the request: the part must be named file.")
    if len(files) > _FILES_A_REQUEST:
        raise refused(413, f"More than {_FILES_A_REQUEST} files are requested to be uploaded.")
    if any(len(upload.content) > state.upload_limit for upload in files):
        raise refused(413, "The attachment exceeds the maximum attachment size.")
    if len(issue.attachments) + len(files) > _FILES_AN_ISSUE:
        raise refused(413, "The per-issue limit for attachments has been breached.")
    view, shown = View.of(state, call), []
    for upload in files:
        attachment_id = state.next_id("attachment")
        guessed = mimetypes.guess_type(upload.name)[0]
        media_type = guessed if upload.media_type == "application/octet-stream" else upload.media_type
        attachment = JiraAttachment(
            id=attachment_id,
            media=state.media_id(attachment_id),
            issue=issue.id,
            name=upload.name,
            media_type=media_type or "application/octet-stream",
            author=call.account or "",
            created=state.now(),
            size=len(upload.content),
            sha256=hashlib.sha256(upload.content).hexdigest(),
        )
        state.attachments[attachment_id] = attachment
        state.blobs[attachment.media] = upload.content
        issue.attachments.append(attachment_id)
        shown.append(view.attachment(attachment))
        state.record(
            issue,
            call.account or "",
            [
                {
                    "field": "JiraAttachment",
                    "fieldtype": "jira",
                    "fieldId": "attachment",
                    "from": None,
                    "fromString": None,
                    "to": attachment_id,
                    "toString": attachment.name,
                }
            ],
        )
    state.touch(issue, lag=lag_of(call))
    return Answer(200, shown)


def _find(state: SiteState, call: Call) -> JiraAttachment:
    attachment = state.attachments.get(call.params["attachment"])
    if attachment is None:
        raise missing(f"The attachment with id '{call.params['attachment']}' does not exist")
    return attachment


def show(state: SiteState, call: Call) -> Answer:
    """GET /attachment/{attachment}."""
    return Answer(200, View.of(state, call).attachment(_find(state, call), number=True))


def delete(state: SiteState, call: Call) -> Answer:
    """DELETE /attachment/{attachment}."""
    attachment = _find(state, call)
    issue = state.issues[attachment.issue]
    state.delete_attachment(attachment.id)
    state.touch(issue)
    return Answer(204)


def content(state: SiteState, call: Call) -> Answer:
    """GET /attachment/content/{attachment}: 303 to the media origin, or the bytes with `redirect=false`."""
    attachment = _find(state, call)
    if call.query.get("redirect") == "false":
        return _bytes(state, call, attachment)
    name = quote(attachment.name, safe="")
    location = (
        f"{state.origins['media']}/file/{attachment.media}/binary?token=media-{attachment.id}&name={name}"
    )
    return Answer(303, None, {"Location": location})


def media(state: SiteState, call: Call) -> Answer:
    """GET /file/{media}/binary on the media origin: signed by the query, refuses an Authorization header."""
    if "authorization" in call.headers:
        raise Refused(Answer(400, {"code": "InvalidArgument", "title": "Only one auth mechanism allowed"}))
    wanted = call.params["media"]
    for attachment in state.attachments.values():
        if attachment.media == wanted:
            if call.query.get("token") != f"media-{attachment.id}":
                raise Refused(Answer(403, {"code": "Forbidden", "title": "Signature expired"}))
            return _bytes(state, call, attachment)
    raise Refused(Answer(404, {"code": "NotFound", "title": "File not found"}))


def _bytes(state: SiteState, call: Call, attachment: JiraAttachment) -> Answer:
    data = state.blobs[attachment.media]
    disposition = f"attachment; filename*=UTF-8''{quote(attachment.name, safe='')}"
    headers = {
        "Content-Type": attachment.media_type,
        "Content-Disposition": disposition,
        "Accept-Ranges": "bytes",
    }
    ranged = re.fullmatch(r"bytes=(\d+)-(\d*)", call.headers.get("range", ""))
    if ranged is None:
        return Answer(200, data, headers)
    first, last = int(ranged[1]), int(ranged[2] or len(data) - 1)
    if first >= len(data):
        return Answer(416, b"", headers | {"Content-Range": f"bytes */{len(data)}"})
    part = data[first : last + 1]
    return Answer(
        206, part, headers | {"Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(data)}"}
    )


def meta(state: SiteState, call: Call) -> Answer:
    """GET /attachment/meta."""
    return Answer(200, {"enabled": True, "uploadLimit": state.upload_limit})


_PATH = "/rest/api/3/attachment"
ROUTES = [
    Route("POST", "/rest/api/3/issue/{key}/attachments", add, "attachment.add", "attachment", write=True),
    Route("GET", f"{_PATH}/meta", meta, "attachment.meta", "attachment"),
    Route("GET", f"{_PATH}/{{attachment}}", show, "attachment.get", "attachment"),
    Route("DELETE", f"{_PATH}/{{attachment}}", delete, "attachment.delete", "attachment", write=True),
    Route("GET", f"{_PATH}/content/{{attachment}}", content, "attachment.content", "attachment_content"),
    Route("GET", "/file/{media}/binary", media, "media.get", "media", public=True, origin="media"),
]
