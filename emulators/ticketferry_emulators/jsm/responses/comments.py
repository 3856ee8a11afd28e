"""Comments: what is ignored, what is refused, what customers get to see."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.jsm.exceptions import TOO_LONG, missing, refused
from ticketferry_emulators.jsm.models import adf, automation, mail, rule_events
from ticketferry_emulators.jsm.models.properties import check_properties
from ticketferry_emulators.jsm.models.records import Issue, JiraComment
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.issue_changes import drop_orphans, lag_of
from ticketferry_emulators.jsm.responses.issue_drafts import check_media
from ticketferry_emulators.jsm.responses.issues import find_issue, named_issue, silent
from ticketferry_emulators.jsm.responses.paging import number, split, window
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES", "add_comment", "page_of_comments"]

_MOST = 5000


def _body(state: SiteState, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        text = "Comment body is not valid! (see the Atlassian Document Format)"
        raise refused(400, errors={"comment": text})
    if not isinstance(value, dict):
        raise refused(400, errors={"comment": "Comment body can not be empty!"})
    try:
        document = adf.check(value)
    except adf.AdfError:
        raise refused(400, "INVALID_INPUT") from None
    if not document["content"]:
        raise refused(400, errors={"comment": "Comment body can not be empty!"})
    if adf.text_length(document) > 32767:
        raise refused(400, errors={"comment": TOO_LONG})
    check_media(state, document)
    return document


def _visibility(value: Any) -> dict[str, Any] | None:
    """Restricts to a role or group in Jira; it hides nothing from the portal."""
    if value is None:
        return None
    if not isinstance(value, dict) or value.get("type") not in ("role", "group"):
        raise refused(400, errors={"commentLevel": "The visibility type must be role or group."})
    return dict(value)


def add_comment(
    state: SiteState,
    call: Call,
    issue: Issue,
    document: dict[str, Any],
    properties: dict[str, Any],
    visibility: dict[str, Any] | None = None,
) -> JiraComment:
    """Append a comment of the caller, now, and count its mails."""
    if len(issue.comments) >= _MOST:
        raise refused(413, "The per-issue limit for comments has been breached.")
    actor, now = call.account or "", state.now()
    comment = JiraComment(state.next_id("comment"), actor, actor, document, now, now, properties, visibility)
    issue.comments.append(comment)
    state.comment_issue[comment.id] = issue.id
    state.touch(issue, lag=lag_of(call))
    state.reveal_comment(issue, comment)
    desk = None if comment.internal else "Public comment added"
    mail.tell(state, issue, mail.COMMENTED, actor, desk=desk, document=document)
    rule_events.happened(state, issue, rule_events.COMMENTED)
    if state.automation:
        automation.react(state, call, issue, comment)
    return comment


def add(state: SiteState, call: Call) -> Answer:
    """POST /issue/{key}/comment: author and times in the body are ignored, silently."""
    issue = named_issue(state, call.params["key"])
    body = call.json if isinstance(call.json, dict) else {}
    document = _body(state, body.get("body"))
    properties = check_properties(body.get("properties"))
    comment = add_comment(state, call, issue, document, properties, _visibility(body.get("visibility")))
    return Answer(201, View.of(state, call).comment(issue, comment, split(call, "expand")))


def page_of_comments(state: SiteState, call: Call, issue: Issue) -> tuple[list[JiraComment], int, int]:
    """Return the comments of the wanted page, its start and its size: never more than 100, whatever is asked."""
    start, size = window(call, default=100)
    newest_first = (call.query.get("orderBy") or "").startswith("-")
    comments = issue.comments[::-1] if newest_first else issue.comments
    return comments[start : start + size], start, size


def listing(state: SiteState, call: Call) -> Answer:
    """GET /issue/{key}/comment."""
    issue = find_issue(state, call)
    page, start, size = page_of_comments(state, call, issue)
    view, expand = View.of(state, call), split(call, "expand")
    comments = [view.comment(issue, comment, expand) for comment in page]
    return Answer(
        200, {"startAt": start, "maxResults": size, "total": len(issue.comments), "comments": comments}
    )


def _find(issue: Issue, call: Call) -> JiraComment:
    comment_id = call.params["comment"]
    for comment in issue.comments:
        if comment.id == comment_id:
            return comment
    raise missing(f"Can not find a comment for the id: {comment_id}.")


def show(state: SiteState, call: Call) -> Answer:
    """GET /issue/{key}/comment/{comment}."""
    issue = find_issue(state, call)
    return Answer(200, View.of(state, call).comment(issue, _find(issue, call), split(call, "expand")))


def edit(state: SiteState, call: Call) -> Answer:
    """PUT /issue/{key}/comment/{comment}."""
    issue = named_issue(state, call.params["key"])
    comment = _find(issue, call)
    body = call.json if isinstance(call.json, dict) else {}
    document = _body(state, body.get("body"))
    properties = check_properties(body.get("properties"))
    visibility = _visibility(body.get("visibility"))
    before = comment.body
    comment.body = document
    comment.properties |= properties
    comment.visibility = visibility
    comment.editor, comment.updated = call.account or "", state.now()
    drop_orphans(state, issue, before, document)
    state.touch(issue, lag=lag_of(call))
    state.reveal_comment(issue, comment)
    if not silent(state, call):
        desk = None if comment.internal else "Public comment edited"
        mail.tell(state, issue, mail.COMMENT_EDITED, call.account or "", desk=desk, document=document)
    return Answer(200, View.of(state, call).comment(issue, comment, split(call, "expand")))


def delete(state: SiteState, call: Call) -> Answer:
    """DELETE /issue/{key}/comment/{comment}."""
    issue = named_issue(state, call.params["key"])
    comment = _find(issue, call)
    issue.comments.remove(comment)
    del state.comment_issue[comment.id]
    state.touch(issue)
    return Answer(204)


def by_ids(state: SiteState, call: Call) -> Answer:
    """POST /comment/list: up to 1000 ids; unknown ones are left out."""
    body = call.json if isinstance(call.json, dict) else {}
    ids = body.get("ids")
    if not isinstance(ids, list) or not ids:
        raise refused(400, "The ids must be provided.")
    if len(ids) > 1000:
        raise refused(400, "A maximum of 1000 comments can be requested.")
    view, expand = View.of(state, call), split(call, "expand")
    found = [state.comment(str(comment_id)) for comment_id in ids]
    values = [view.comment(*pair, expand) for pair in found if pair is not None]
    start = number(call, "startAt", 0)
    return Answer(200, view.page(call.path, values, start, 1000, len(values)))


_PATH = "/rest/api/3/issue/{key}/comment"
ROUTES = [
    Route("GET", _PATH, listing, "comment.list", "comment"),
    Route("POST", _PATH, add, "comment.add", "comment", write=True),
    Route("GET", f"{_PATH}/{{comment}}", show, "comment.get", "comment"),
    Route("PUT", f"{_PATH}/{{comment}}", edit, "comment.edit", "comment", write=True),
    Route("DELETE", f"{_PATH}/{{comment}}", delete, "comment.delete", "comment", write=True),
    Route("POST", "/rest/api/3/comment/list", by_ids, "comment.by_ids", "comment"),
]
