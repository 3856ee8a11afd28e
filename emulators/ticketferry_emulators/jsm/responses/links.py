"""Issue links, their types, and remote links."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.jsm.exceptions import missing, object_of, refused
from ticketferry_emulators.jsm.models import adf
from ticketferry_emulators.jsm.models.records import Issue, IssueLink
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.issue_changes import lag_of
from ticketferry_emulators.jsm.responses.issues import find_issue, named_issue
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]

_MOST = 2000


def _end(state: SiteState, reference: Any) -> Issue:
    if not isinstance(reference, dict):
        raise refused(400, "Both issues of the link must be given.")
    return named_issue(state, str(reference.get("key") or reference.get("id") or ""))


def add(state: SiteState, call: Call) -> Answer:
    """POST /issueLink: 201 without a body; a duplicate answers the same and makes no second link."""
    body = call.json if isinstance(call.json, dict) else {}
    wanted = object_of(body.get("type"))
    kind = next(
        (
            kind
            for kind in state.link_types.values()
            if str(wanted.get("id", "")) == kind.id
            or ("id" not in wanted and wanted.get("name") == kind.name)
        ),
        None,
    )
    if kind is None:
        raise missing(f"No issue link type with name '{wanted.get('name', wanted.get('id'))}' found.")
    inward, outward = _end(state, body.get("inwardIssue")), _end(state, body.get("outwardIssue"))
    if inward.id == outward.id:
        raise refused(400, "You cannot link an issue to itself.")
    comment = body.get("comment")
    if comment is not None:
        try:
            adf.check(object_of(comment).get("body"))
        except adf.AdfError:
            raise refused(400, "INVALID_INPUT") from None
    if max(len(state.links_of(inward)), len(state.links_of(outward))) >= _MOST:
        raise refused(413, "The per-issue limit for issue links has been breached.")
    before = len(state.links)
    state.add_link(kind.id, inward, outward)
    if len(state.links) > before:
        for issue in (inward, outward):
            state.touch(issue, lag=lag_of(call))
    if comment is not None:
        from ticketferry_emulators.jsm.responses.comments import add_comment

        add_comment(state, call, inward, comment["body"], {})
    return Answer(201)


def _find(state: SiteState, call: Call) -> IssueLink:
    link = state.links.get(call.params["link"])
    if link is None:
        raise missing(f"No issue link with id '{call.params['link']}' exists.")
    return link


def show(state: SiteState, call: Call) -> Answer:
    """GET /issueLink/{link}."""
    return Answer(200, View.of(state, call).link(_find(state, call)))


def delete(state: SiteState, call: Call) -> Answer:
    """DELETE /issueLink/{link}."""
    link = _find(state, call)
    ends = [state.issues[link.inward], state.issues[link.outward]]
    state.delete_link(link)
    for issue in ends:
        state.touch(issue)
    return Answer(204)


def types(state: SiteState, call: Call) -> Answer:
    """GET /issueLinkType."""
    view = View.of(state, call)
    return Answer(200, {"issueLinkTypes": [view.link_type(kind) for kind in state.link_types]})


# --- remote links


def _remote(state: SiteState, issue: Issue, link: dict[str, Any]) -> dict[str, Any]:
    url = f"{state.base_url}/rest/api/3/issue/{issue.key}/remotelink/{link['id']}"
    return {"self": url} | link


def remote_list(state: SiteState, call: Call) -> Answer:
    """GET /issue/{key}/remotelink: all, or the one with `globalId` as a single object."""
    issue = find_issue(state, call)
    wanted = call.query.get("globalId")
    if wanted is None:
        return Answer(200, [_remote(state, issue, link) for link in issue.remote_links])
    for link in issue.remote_links:
        if link.get("globalId") == wanted:
            return Answer(200, _remote(state, issue, link))
    raise missing(f"No remote issue link with the globalId '{wanted}' was found.")


def remote_add(state: SiteState, call: Call) -> Answer:
    """POST /issue/{key}/remotelink: 201 when new; a known globalId is updated and answered 200."""
    issue = named_issue(state, call.params["key"])
    body = call.json if isinstance(call.json, dict) else {}
    target = body.get("object")
    if not isinstance(target, dict) or not target.get("url"):
        raise refused(400, errors={"url": "'url' is required."})
    if not target.get("title"):
        raise refused(400, errors={"title": "'title' is required."})
    if len(str(body.get("globalId") or "")) > 255:
        raise refused(400, errors={"globalId": "'globalId' is longer than 255 characters."})
    kept = {
        name: body[name] for name in ("globalId", "application", "relationship", "object") if body.get(name)
    }
    for link in issue.remote_links:
        if kept.get("globalId") and link.get("globalId") == kept["globalId"]:
            link.update(kept)
            answer = Answer(200, {"id": link["id"], "self": _remote(state, issue, link)["self"]})
            break
    else:
        if len(issue.remote_links) >= _MOST:
            raise refused(413, "The per-issue limit for remote links has been breached.")
        link = {"id": int(state.next_id("remote_link"))} | kept
        issue.remote_links.append(link)
        answer = Answer(201, {"id": link["id"], "self": _remote(state, issue, link)["self"]})
    state.touch(issue, lag=lag_of(call))
    return answer


def remote_delete(state: SiteState, call: Call) -> Answer:
    """DELETE /issue/{key}/remotelink/{link}."""
    issue = named_issue(state, call.params["key"])
    for link in issue.remote_links:
        if str(link["id"]) == call.params["link"]:
            issue.remote_links.remove(link)
            state.touch(issue)
            return Answer(204)
    raise missing("The remote issue link was not found.")


_REMOTE = "/rest/api/3/issue/{key}/remotelink"
ROUTES = [
    Route("GET", "/rest/api/3/issueLinkType", types, "link_type.list", "catalog"),
    Route("POST", "/rest/api/3/issueLink", add, "link.add", "link", write=True),
    Route("GET", "/rest/api/3/issueLink/{link}", show, "link.get", "link"),
    Route("DELETE", "/rest/api/3/issueLink/{link}", delete, "link.delete", "link", write=True),
    Route("GET", _REMOTE, remote_list, "remote_link.list", "link"),
    Route("POST", _REMOTE, remote_add, "remote_link.add", "link", write=True),
    Route("DELETE", f"{_REMOTE}/{{link}}", remote_delete, "remote_link.delete", "link", write=True),
]
