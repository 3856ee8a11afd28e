"""Issues put up again from what was read of them: fields are shown as they were given, what hangs on an issue stands in the state."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ticketferry_emulators.jsm.models.records import (
    ChangelogEntry,
    Issue,
    IssueType,
    JiraAccount,
    JiraAttachment,
    JiraComment,
    JiraStatus,
    Worklog,
)
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.models.times import parse_time
from ticketferry_emulators.kit.told import Assumed, ToldDesk, ToldRoot

__all__ = ["add_issues"]

_LIVE = frozenset({"updated", "comment", "worklog", "attachment", "watches", "votes"})
"""Fields that the state answers itself."""


def add_issues(state: SiteState, told: ToldDesk, assumed: Assumed) -> int:
    """Add all issues of a desk, return how many. Bytes of files that were never fetched are made up."""
    special = {known.custom.rpartition(":")[2]: known.id for known in state.fields.values() if known.custom}
    count = missing = 0
    for root in told.roots("ticket"):
        own = root.own("ticket")
        if own is None or own.gone or not isinstance(own.body, Mapping):
            continue
        issue = _issue(state, own.body, special)
        if issue is None:
            assumed.note("{n} issues stand in projects that the catalog lacks: they are not put up")
            continue
        count += 1
        _parts(state, issue, root)
        missing += _files(state, issue, root, own.body.get("media") or {}, told)
        state.issues[issue.id] = issue
        state.keys[issue.key] = issue.id
        state.reindex(issue)
    if missing:
        assumed.note(
            "{n} files were not fetched: bytes of the size that the desk told stand for them", missing
        )
    known = (("issue", state.issues), ("comment", state.comment_issue), ("attachment", state.attachments))
    for kind, ids in known:
        if ids:
            state.counters[kind] = max(int(id_) for id_ in ids if id_.isdigit())
    if count:
        state.counters |= {"change": 900_000_000, "worklog": 900_000_000, "link": 900_000_000}
    return count


def _issue(state: SiteState, body: Mapping[str, Any], special: Mapping[str, str]) -> Issue | None:
    fields: Mapping[str, Any] = body.get("fields") or {}
    project = state.projects.get(str((fields.get("project") or {}).get("id")))
    if project is None:
        return None
    kind, status = fields.get("issuetype") or {}, fields.get("status") or {}
    type_id, status_id = str(kind.get("id")), str(status.get("id"))
    state.types.setdefault(type_id, IssueType(type_id, str(kind.get("name")), bool(kind.get("subtask"))))
    category = str((status.get("statusCategory") or {}).get("key") or "indeterminate")
    state.statuses.setdefault(status_id, JiraStatus(status_id, str(status.get("name")), category))
    number = int(str(body["key"]).rpartition("-")[2])
    project.last_number = max(project.last_number, number)
    created = _moment(fields.get("created"))
    return Issue(
        id=str(body["id"]), key=str(body["key"]), number=number, project=project.id, type=type_id, status=status_id,
        creator=_account(state, fields.get("creator")) or project.lead, created=created,
        updated=_moment(fields.get("updated")) or created,
        category_changed=_moment(fields.get("statuscategorychangedate")) or created,
        resolved=_moment(fields.get("resolutiondate")) or None, values=_values(state, fields, special),
        properties=dict(body.get("properties") or {}), remote_links=list(body.get("remotelinks") or []),
        feedback=body.get("feedback"),
        shown={name: value for name, value in fields.items() if name not in _LIVE},
    )  # fmt: skip


def _values(state: SiteState, fields: Mapping[str, Any], special: Mapping[str, str]) -> dict[str, Any]:
    """Return what searches and the portal go by; all else is only shown."""
    found: dict[str, Any] = {
        "summary": fields.get("summary"), "description": fields.get("description"), "labels": list(fields.get("labels") or []),
        "duedate": fields.get("duedate"), "reporter": _account(state, fields.get("reporter")),
        "assignee": _account(state, fields.get("assignee")),
        "components": [str(one["id"]) for one in fields.get("components") or ()],
    }  # fmt: skip
    for name in ("priority", "resolution", "security"):
        if isinstance(fields.get(name), Mapping):
            found[name] = str(fields[name].get("id"))
    form = fields.get(special.get("vp-origin", ""))
    if isinstance(form, Mapping) and isinstance(form.get("requestType"), Mapping):
        found[special["vp-origin"]] = str(form["requestType"].get("id"))
    for kind in ("sd-customer-organizations", "sd-request-participants"):
        rows = fields.get(special.get(kind, ""))
        if isinstance(rows, list):
            ids = [str(row.get("id")) if "organizations" in kind else _account(state, row) for row in rows]
            found[special[kind]] = [
                id_ for id_ in ids if id_ and ("organizations" not in kind or id_ in state.organizations)
            ]
    return {name: value for name, value in found.items() if value not in (None, [])}


def _parts(state: SiteState, issue: Issue, root: ToldRoot) -> None:
    for row in sorted(root.parts("comment"), key=lambda row: _order(row.id)):
        body = row.body
        author = _account(state, body.get("author")) or issue.creator
        made = _moment(body.get("created"))
        properties = body.get("properties") or []
        kept = (
            {str(one["key"]): one.get("value") for one in properties}
            if isinstance(properties, list)
            else dict(properties)
        )
        issue.comments.append(
            JiraComment(
                row.id, author, _account(state, body.get("updateAuthor")) or author, body.get("body") or {}, made,
                _moment(body.get("updated")) or made, kept, body.get("visibility"),
            )
        )  # fmt: skip
        state.comment_issue[row.id] = issue.id
    for row in sorted(root.parts("event"), key=lambda row: _order(row.id)):
        author = _account(state, row.body.get("author")) or issue.creator
        issue.changes.append(
            ChangelogEntry(
                row.id, author, _moment(row.body.get("created")), list(row.body.get("items") or [])
            )
        )
    for row in sorted(root.parts("worklog"), key=lambda row: _order(row.id)):
        body = row.body
        issue.worklogs.append(
            Worklog(
                row.id, _account(state, body.get("author")) or issue.creator, _moment(body.get("started")),
                int(body.get("timeSpentSeconds") or 0), body.get("comment"), _moment(body.get("created")), _moment(body.get("updated")),
            )
        )  # fmt: skip


def _files(state: SiteState, issue: Issue, root: ToldRoot, media: Mapping[str, str], told: ToldDesk) -> int:
    """Add the files of an issue; return of how many the bytes are made up."""
    named = {str(id_): text for text, id_ in media.items()}
    for part in root.parts("comment"):
        named |= {str(id_): text for text, id_ in (part.body.get("media") or {}).items()}
    missing = 0
    for row in sorted(root.parts("attachment"), key=lambda row: _order(row.id)):
        body = row.body
        content = told.content(row.id)
        if content is None:
            content = b"\n" * int(body.get("size") or 0)
            missing += 1
        store = named.get(row.id) or state.media_id(row.id)
        state.blobs[store] = content
        state.attachments[row.id] = JiraAttachment(
            row.id, store, issue.id, str(body.get("filename")), str(body.get("mimeType") or "application/octet-stream"),
            _account(state, body.get("author")) or issue.creator, _moment(body.get("created")), int(body.get("size") or len(content)),
            hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        issue.attachments.append(row.id)
    return missing


def _account(state: SiteState, user: object) -> str | None:
    """Return an account's id; somebody whom only an issue names becomes an account."""
    if not isinstance(user, Mapping) or not user.get("accountId"):
        return None
    id_ = str(user["accountId"])
    if id_ not in state.accounts:
        state.accounts[id_] = JiraAccount(
            id_, str(user.get("displayName") or id_), str(user.get("emailAddress") or ""),
            str(user.get("accountType") or "atlassian"), active=user.get("active") is not False, zone=str(user.get("timeZone") or "UTC"),
        )  # fmt: skip
    return id_


def _moment(value: object) -> float:
    """Return a time of a wire record in unix seconds; 0 where it is none."""
    if isinstance(value, int | float):
        return value / 1000 if value > 100_000_000_000 else float(value)
    try:
        return parse_time(value)
    except ValueError:
        return 0.0


def _order(id_: str) -> tuple[int, str]:
    return len(id_), id_
