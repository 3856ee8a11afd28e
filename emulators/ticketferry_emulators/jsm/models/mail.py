"""The mails that the real product would send: by the notification scheme to users, by the desk to customers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ticketferry_emulators.jsm.models.exposures import JiraMail
from ticketferry_emulators.jsm.models.records import Issue
from ticketferry_emulators.jsm.models.state import SiteState

__all__ = [
    "COMMENTED",
    "COMMENT_EDITED",
    "CREATED",
    "DELETED",
    "EDITED",
    "MOVED",
    "RESOLVED",
    "WORKED",
    "invite",
    "tell",
]

CREATED, EDITED, RESOLVED, COMMENTED, DELETED, WORKED, MOVED, COMMENT_EDITED = 1, 2, 4, 6, 8, 10, 13, 14
"""Ids of events in a notification scheme."""


def tell(
    state: SiteState,
    issue: Issue,
    event: int,
    actor: str,
    *,
    desk: str | None = None,
    document: Any = None,
    to: list[str] | None = None,
) -> None:
    """Count the mails of an event.

    `desk` names the desk's own customer notification (None: customers hear nothing of it) and `to` its receivers where
    they are not the reporter and participants; `document` is searched for mentions.
    """
    now = state.now()
    scheme = state.notification_schemes.get(state.projects[issue.project].notification_scheme)
    if scheme is not None and event in scheme.events:
        name, targets = scheme.events[event]
        receivers = {who for target in targets for who in _receivers(state, issue, actor, *target)}
        state.mails.extend(JiraMail(now, name, who, issue.key) for who in sorted(receivers))
    state.mails.extend(
        JiraMail(now, "Mentioned", who, issue.key) for who in _mentioned(document) if who != actor
    )
    if desk is None or not state.customer_notifications_on:
        return
    if state.value_of_type(issue, "vp-origin") is None:
        return
    people = to if to is not None else [issue.values.get("reporter"), *_participants(state, issue)]
    for who in dict.fromkeys(people):
        account = state.accounts.get(who) if who else None
        if account is not None and account.kind == "customer" and account.active:
            state.mails.append(JiraMail(now, desk, account.email, issue.key))


def invite(state: SiteState, email: str) -> None:
    """Count the invitation of a new portal customer: one of the desk's customer notifications, off with them."""
    if not state.customer_notifications_on:
        return
    state.mails.append(JiraMail(state.now(), "Customer invited", email, None))


def _participants(state: SiteState, issue: Issue) -> list[str]:
    return list(state.value_of_type(issue, "sd-request-participants") or ())


def _receivers(state: SiteState, issue: Issue, actor: str, kind: str, parameter: str) -> Iterator[str]:
    """Yield who a rule of the scheme reaches; nobody is mailed about what he did himself, customers never by a scheme."""
    if kind == "EmailAddress":
        yield parameter
        return
    accounts: dict[str, list[Any]] = {
        "CurrentAssignee": [issue.values.get("assignee")],
        "Reporter": [issue.values.get("reporter")],
        "AllWatchers": list(issue.watchers),
        "ProjectLead": [state.projects[issue.project].lead],
        "User": [parameter],
        "Group": [account.id for account in state.accounts.values() if account.agent],
    }
    for who in accounts.get(kind, []):
        account = state.accounts.get(who) if who else None
        if account is not None and account.kind == "atlassian" and account.active and who != actor:
            yield account.email


def _mentioned(document: Any) -> Iterator[str]:
    stack = [document] if isinstance(document, dict) else []
    while stack:
        node = stack.pop()
        if node.get("type") == "mention":
            yield str((node.get("attrs") or {}).get("id"))
        stack.extend(node.get("content") or [])
