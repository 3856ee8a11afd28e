"""Work logs: `started` can lie in the past, author and creation cannot."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.jsm.exceptions import missing, refused
from ticketferry_emulators.jsm.models import adf, mail
from ticketferry_emulators.jsm.models.records import Worklog
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.models.times import parse_time
from ticketferry_emulators.jsm.responses.issue_changes import lag_of
from ticketferry_emulators.jsm.responses.issues import find_issue, named_issue, silent
from ticketferry_emulators.jsm.responses.paging import number, window
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]


def listing(state: SiteState, call: Call) -> Answer:
    """GET /issue/{key}/worklog: up to 5000 a page."""
    issue = find_issue(state, call)
    start, size = window(call, default=5000, most=5000)
    return Answer(200, View.of(state, call).worklog_block(issue, start, size))


def _comment(body: dict[str, Any]) -> dict[str, Any] | None:
    if body.get("comment") is None:
        return None
    try:
        document = adf.check(body["comment"])
    except adf.AdfError:
        raise refused(400, "INVALID_INPUT") from None
    if adf.media_ids(document):
        raise refused(400, "INVALID_INPUT")
    return document


def add(state: SiteState, call: Call) -> Answer:
    """POST /issue/{key}/worklog: at least a minute, kept in minutes."""
    issue = named_issue(state, call.params["key"])
    body = call.json if isinstance(call.json, dict) else {}
    seconds = body.get("timeSpentSeconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise refused(400, errors={"timeLogged": "You must indicate the time spent working."})
    if seconds < 60:
        raise refused(400, errors={"timeLogged": "Time spent must be at least one minute."})
    now = state.now()
    try:
        started = parse_time(body["started"]) if "started" in body else now
    except (ValueError, TypeError):
        raise refused(
            400, errors={"started": "Invalid date format. Use yyyy-MM-dd'T'HH:mm:ss.SSSZ"}
        ) from None
    comment = _comment(body)
    if len(issue.worklogs) >= 10000:
        raise refused(413, "The per-issue limit for worklogs has been breached.")
    worklog = Worklog(
        state.next_id("worklog"), call.account or "", started, seconds // 60 * 60, comment, now, now
    )
    issue.worklogs.append(worklog)
    state.touch(issue, lag=lag_of(call))
    if not silent(state, call):
        mail.tell(state, issue, mail.WORKED, call.account or "")
    return Answer(201, View.of(state, call).worklog(issue, worklog))


def delete(state: SiteState, call: Call) -> Answer:
    """DELETE /issue/{key}/worklog/{worklog}."""
    issue = named_issue(state, call.params["key"])
    for worklog in issue.worklogs:
        if worklog.id == call.params["worklog"]:
            issue.worklogs.remove(worklog)
            state.touch(issue)
            return Answer(204)
    raise missing(f"Cannot find worklog with id: '{call.params['worklog']}'.")


_MOST = 1_000


def changed(state: SiteState, call: Call) -> Answer:
    """GET /worklog/updated: ids since a moment in milliseconds, oldest change first, at most 1,000; none of the last minute."""
    since = number(call, "since", 0)
    until = (state.now() - 60) * 1_000
    rows = sorted(
        (round(worklog.updated * 1_000), int(worklog.id))
        for issue in state.issues.values()
        for worklog in issue.worklogs
        if since <= worklog.updated * 1_000 <= until
    )
    page = rows[:_MOST]
    here = f"{state.base_url}/rest/api/3/worklog/updated?since="
    body: dict[str, Any] = {
        "values": [{"worklogId": id_, "updatedTime": at, "properties": []} for at, id_ in page],
        "since": since, "until": page[-1][0] if page else since, "self": f"{here}{since}", "lastPage": len(page) == len(rows),
    }  # fmt: skip
    if not body["lastPage"]:
        body["nextPage"] = f"{here}{body['until']}"
    return Answer(200, body)


def several(state: SiteState, call: Call) -> Answer:
    """POST /worklog/list: up to 1,000 by id; what is not there is left out."""
    body = call.json if isinstance(call.json, dict) else {}
    ids = body.get("ids")
    if not isinstance(ids, list) or len(ids) > _MOST:
        raise refused(400, "Between 1 and 1000 work log IDs must be provided.")
    wanted, view = {str(id_) for id_ in ids}, View.of(state, call)
    return Answer(200, [
        view.worklog(issue, worklog)
        for issue in state.issues.values() for worklog in issue.worklogs if worklog.id in wanted
    ])  # fmt: skip


_PATH = "/rest/api/3/issue/{key}/worklog"
ROUTES = [
    Route("GET", _PATH, listing, "worklog.list", "worklog"),
    Route("POST", _PATH, add, "worklog.add", "worklog", write=True),
    Route("GET", "/rest/api/3/worklog/updated", changed, "worklog.changed", "worklog"),
    Route("POST", "/rest/api/3/worklog/list", several, "worklog.several", "worklog"),
    Route("DELETE", f"{_PATH}/{{worklog}}", delete, "worklog.delete", "worklog", write=True),
]
