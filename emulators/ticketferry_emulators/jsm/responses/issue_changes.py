"""What happens to an issue: it is made, moved through its workflow, its values are stored with their history."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.jsm.models import adf, mail, rule_events
from ticketferry_emulators.jsm.models.fields import (
    default_priority,
    text_value,
)
from ticketferry_emulators.jsm.models.records import Issue, Transition
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.issue_drafts import NewIssue
from ticketferry_emulators.kit.app import Call

__all__ = ["drop_orphans", "lag_of", "make_issue", "move", "store"]


def lag_of(call: Call) -> float:
    """Return how many seconds a fault delays the search index for this write."""
    return call.fault.seconds if call.fault is not None and call.fault.kind == "lag" else 0.0


def drop_orphans(state: SiteState, issue: Issue, before: Any, after: Any) -> None:
    """Delete the attachments that a rewritten body named before and that no body of the issue names any more."""
    gone = adf.media_ids(before) - adf.media_ids(after)
    if not gone:
        return
    for value in issue.values.values():
        gone -= adf.media_ids(value)
    for comment in issue.comments:
        gone -= adf.media_ids(comment.body)
    for attachment_id in list(issue.attachments):
        if state.attachments[attachment_id].media in gone:
            state.delete_attachment(attachment_id)


def make_issue(state: SiteState, call: Call, draft: NewIssue) -> Issue:
    """Make the issue of a draft, and tell whom the product tells."""
    project = draft.project
    now = state.now()
    project.last_number += 1
    start = state.workflows[project.workflows[draft.type_id]].start()
    actor = call.account or ""
    issue = Issue(
        id=state.next_id("issue"),
        key=f"{project.key}-{project.last_number}",
        number=project.last_number,
        project=project.id,
        type=draft.type_id,
        status=start.target,
        creator=actor,
        created=now,
        updated=now,
        category_changed=now,
        values={"reporter": actor, "priority": default_priority(state, project.priorities), "labels": []}
        | draft.values,
        properties=draft.properties,
    )
    if state.preferences.get(actor, {}).get("user.autowatch.disabled") != "true":
        issue.watchers.append(actor)
    state.issues[issue.id] = issue
    state.keys[issue.key] = issue.id
    if draft.transition is not None:
        move(state, call, issue, draft.transition, {})
    state.touch(issue, lag=lag_of(call))
    rule_events.happened(state, issue, rule_events.CREATED)
    mail.tell(
        state, issue, mail.CREATED, actor, desk="Request created", document=issue.values.get("description")
    )
    return issue


def move(state: SiteState, call: Call, issue: Issue, transition: Transition, values: dict[str, Any]) -> None:
    """Take an issue through a transition: status, category date, resolution, history."""
    actor = call.account or ""
    before, after = state.statuses[issue.status], state.statuses[transition.target]
    items = (
        []
        if before.id == after.id
        else [
            {
                "field": "status",
                "fieldtype": "jira",
                "fieldId": "status",
                "from": before.id,
                "fromString": before.name,
                "to": after.id,
                "toString": after.name,
            }
        ]
    )
    issue.status = after.id
    if before.category != after.category:
        issue.category_changed = state.now()
    if transition.clears_resolution and issue.values.get("resolution"):
        values = {"resolution": None} | values
    items.extend(store(state, issue, values))
    state.record(issue, actor, items)


def store(state: SiteState, issue: Issue, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Put stored values into an issue and return the items for its history."""
    project = state.projects[issue.project]
    items: list[dict[str, Any]] = []
    for name, value in values.items():
        known, old = state.fields[name], issue.values.get(name)
        if old == value:
            continue
        was, now = text_value(state, project, known, old), text_value(state, project, known, value)
        issue.values[name] = value
        if name == "resolution":
            issue.resolved = state.now() if value is not None else None
        if name in ("description", "environment") or known.custom.endswith(":textarea"):
            drop_orphans(state, issue, old, value)
        items.append(
            {
                "field": known.name if known.custom else name,
                "fieldtype": "custom" if known.custom else "jira",
                "fieldId": name,
                "from": was[0],
                "fromString": was[1],
                "to": now[0],
                "toString": now[1],
            }
        )
    return items
