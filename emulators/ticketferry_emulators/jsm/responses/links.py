"""Issue links, their types, and remote links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ticketferry_emulators.jsm.exceptions import missing, object_of, refused
from ticketferry_emulators.jsm.models import adf
from ticketferry_emulators.jsm.models.records import Issue, IssueLink
from ticketferry_emulators.jsm.responses.issues import find_issue, lag_of, named_issue
from ticketferry_emulators.kit.app import Answer, Call, Route

if TYPE_CHECKING:
    from ticketferry_emulators.jsm.app import JsmEmulator

__all__ = ["ROUTES"]

_MOST = 2000


def _end(e: JsmEmulator, reference: Any) -> Issue:
    if not isinstance(reference, dict):
        raise refused(400, "Both issues of the link must be given.")
    return named_issue(e, str(reference.get("key") or reference.get("id") or ""))


def add(e: JsmEmulator, call: Call) -> Answer:
    """POST /issueLink: 201 without a body; a duplicate answers the same and makes no second link."""
    body = call.json if isinstance(call.json, dict) else {}
    wanted = object_of(body.get("type"))
    kind = next(
        (
            kind
            for kind in e.state.link_types.values()
            if str(wanted.get("id", "")) == kind.id
            or ("id" not in wanted and wanted.get("name") == kind.name)
        ),
        None,
    )
    if kind is None:
        raise missing(f"No issue link type with name '{wanted.get('name', wanted.get('id'))}' found.")
    inward, outward = _end(e, body.get("inwardIssue")), _end(e, body.get("outwardIssue"))
    if inward.id == outward.id:
        raise refused(400, "You cannot link an issue to itself.")
    comment = body.get("comment")
    if comment is not None:
        try:
            adf.check(object_of(comment).get("body"))
        except adf.AdfError:
            raise refused(400, "INVALID_INPUT") from None
    if max(len(e.state.links_of(inward)), len(e.state.links_of(outward))) >= _MOST:
        raise refused(413, "The per-issue limit for issue links has been breached.")
    before = len(e.state.links)
    e.state.add_link(kind.id, inward, outward)
    if len(e.state.links) > before:
        for issue in (inward, outward):
            e.state.touch(issue, lag=lag_of(call))
    if comment is not None:
        from ticketferry_emulators.jsm.responses.comments import add_comment

        add_comment(e, call, inward, comment["body"], {})
    return Answer(201)


def _find(e: JsmEmulator, call: Call) -> IssueLink:
    link = e.state.links.get(call.params["link"])
    if link is None:
        raise missing(f"No issue link with id '{call.params['link']}' exists.")
    return link


def show(e: JsmEmulator, call: Call) -> Answer:
    """GET /issueLink/{link}."""
    return Answer(200, e.view(call).link(_find(e, call)))


def delete(e: JsmEmulator, call: Call) -> Answer:
    """DELETE /issueLink/{link}."""
    link = _find(e, call)
    ends = [e.state.issues[link.inward], e.state.issues[link.outward]]
    e.state.delete_link(link)
    for issue in ends:
        e.state.touch(issue)
    return Answer(204)


def types(e: JsmEmulator, call: Call) -> Answer:
    """GET /issueLinkType."""
    view = e.view(call)
    return Answer(200, {"issueLinkTypes": [view.link_type(kind) for kind in e.state.link_types]})


# --- remote links


def _remote(e: JsmEmulator, issue: Issue, link: dict[str, Any]) -> dict[str, Any]:
    url = f"{e.base_url}/rest/api/3/issue/{issue.key}/remotelink/{link['id']}"
    return {"self": url} | link


def remote_list(e: JsmEmulator, call: Call) -> Answer:
    """GET /issue/{key}/remotelink: all, or the one with `globalId` as a single object."""
    issue = find_issue(e, call)
    wanted = call.query.get("globalId")
    if wanted is None:
        return Answer(200, [_remote(e, issue, link) for link in issue.remote_links])
    for link in issue.remote_links:
        if link.get("globalId") == wanted:
            return Answer(200, _remote(e, issue, link))
    raise missing(f"No remote issue link with the globalId '{wanted}' was found.")


def remote_add(e: JsmEmulator, call: Call) -> Answer:
    """POST /issue/{key}/remotelink: 201 when new; a known globalId is updated and answered 200."""
    issue = named_issue(e, call.params["key"])
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
            answer = Answer(200, {"id": link["id"], "self": _remote(e, issue, link)["self"]})
            break
    else:
        if len(issue.remote_links) >= _MOST:
            raise refused(413, "The per-issue limit for remote links has been breached.")
        link = {"id": int(e.state.next_id("remote_link"))} | kept
        issue.remote_links.append(link)
        answer = Answer(201, {"id": link["id"], "self": _remote(e, issue, link)["self"]})
    e.state.touch(issue, lag=lag_of(call))
    return answer


def remote_delete(e: JsmEmulator, call: Call) -> Answer:
    """DELETE /issue/{key}/remotelink/{link}."""
    issue = named_issue(e, call.params["key"])
    for link in issue.remote_links:
        if str(link["id"]) == call.params["link"]:
            issue.remote_links.remove(link)
            e.state.touch(issue)
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
