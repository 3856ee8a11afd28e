"""Watchers of an issue."""

from __future__ import annotations

from ticketferry_emulators.jsm.exceptions import (
    missing,
    refused,
)
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.issues import find_issue, named_issue
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]


def watchers(state: SiteState, call: Call) -> Answer:
    """GET /issue/{key}/watchers."""
    issue = find_issue(state, call)
    view = View.of(state, call)
    return Answer(
        200,
        {
            "self": f"{state.base_url}/rest/api/3/issue/{issue.key}/watchers",
            "isWatching": call.account in issue.watchers,
            "watchCount": len(issue.watchers),
            "watchers": [view.user(who) for who in issue.watchers],
        },
    )


def watch(state: SiteState, call: Call) -> Answer:
    """POST /issue/{key}/watchers: the body is one account id as JSON text, none is the caller [P addWatcher].

    Whoever cannot see the issue is refused as if not there: portal customers and deactivated accounts browse no project.
    """
    issue = named_issue(state, call.params["key"])
    who = call.account if call.json is None else call.json
    if not isinstance(who, str):
        raise refused(400, "The request body is no account id.")
    account = state.accounts.get(who)
    if account is None:
        raise missing("The user does not exist.")
    if account.kind != "atlassian" or not account.active:
        raise missing(
            f'The user "{account.name}" does not have permission to view this issue. This user will not be added to the watch list.'
        )
    if who not in issue.watchers:
        issue.watchers.append(who)
    return Answer(204)


def unwatch(state: SiteState, call: Call) -> Answer:
    """DELETE /issue/{key}/watchers?accountId=."""
    issue = named_issue(state, call.params["key"])
    who = call.query.get("accountId") or ""
    if not who:
        raise refused(400, "The accountId is missing.")
    if who not in state.accounts:
        raise missing("The user does not exist.")
    if who in issue.watchers:
        issue.watchers.remove(who)
    return Answer(204)


_WATCHERS = "/rest/api/3/issue/{key}/watchers"
ROUTES = [
    Route("GET", _WATCHERS, watchers, "watcher.list", "issue"),
    Route("POST", _WATCHERS, watch, "watcher.add", "issue", write=True),
    Route("DELETE", _WATCHERS, unwatch, "watcher.remove", "issue", write=True),
]
