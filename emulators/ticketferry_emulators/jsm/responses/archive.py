"""The archive of a site: what lies in it no search finds and nobody changes; whether it answers by id is `SiteState.archive_answers`."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.jsm.exceptions import BAD_PAYLOAD, refused
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]

_MOST = 1_000


def put_away(state: SiteState, call: Call) -> Answer:
    """PUT /issue/archive: at most 1000, by an administrator [P archiveIssues]. The stand-in has no sub-tasks, which go with their parents."""
    return _move(state, call, away=True)


def put_back(state: SiteState, call: Call) -> Answer:
    """PUT /issue/unarchive [P unarchiveIssues]. An issue comes back as it was, its `updated` too."""
    return _move(state, call, away=False)


def _move(state: SiteState, call: Call, *, away: bool) -> Answer:
    body = call.json if isinstance(call.json, dict) else {}
    wanted = body.get("issueIdsOrKeys")
    if not isinstance(wanted, list) or not all(isinstance(item, str) for item in wanted):
        raise refused(400, BAD_PAYLOAD)
    if not state.accounts[call.account or ""].admin:
        raise refused(403, "Only admins can archive or unarchive issues. Access denied.")
    if len(wanted) > _MOST:
        text = "The number of issues to archive or unarchive exceeds the hard limit of 1000. Precondition failed."
        raise refused(412, text)
    missing: list[str] = []
    moved: set[str] = set()
    for name in dict.fromkeys(wanted):
        issue = state.issues.get(name) or state.issues.get(state.keys.get(name.upper(), ""))
        if issue is None:
            missing.append(name)
        elif (issue.id in state.archived) is not away:
            moved.add(issue.id)
    if not moved:
        raise refused(400, "No valid issue to archive or unarchive. Bad request.")
    if away:
        state.archived |= moved
    else:
        state.archived -= moved
    errors: dict[str, Any] = {}
    if missing:
        text = "Issues not found."
        errors["issuesNotFound"] = {"count": len(missing), "issueIdsOrKeys": missing, "message": text}
    return Answer(200, {"errors": errors, "numberOfIssuesUpdated": len(moved)})


ROUTES = [
    Route("PUT", "/rest/api/3/issue/archive", put_away, "issue.archive", "issue", write=True),
    Route("PUT", "/rest/api/3/issue/unarchive", put_back, "issue.unarchive", "issue", write=True),
]
