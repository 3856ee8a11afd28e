"""Automation rules: those a test adds, which count what they react to, and two presets, off by default, that a replayed thread sets off
[field notes, data limits].
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketferry_emulators.jsm.models.records import Issue, JiraComment, Transition
from ticketferry_emulators.jsm.models.settings import AutomationRule

if TYPE_CHECKING:
    from ticketferry_emulators.jsm.models.state import SiteState
    from ticketferry_emulators.kit.app import Call

__all__ = [
    "COMMENTED",
    "CREATED",
    "REOPEN",
    "RESPOND",
    "TRANSITIONED",
    "UPDATED",
    "happened",
    "presets",
    "react",
]

_EVENT = "jira.issue.event.trigger:"
CREATED, UPDATED, COMMENTED, TRANSITIONED = (
    f"{_EVENT}{name}" for name in ("created", "updated", "commented", "transitioned")
)
"""Types of triggers, as rules in the vendor's documents and public exports have them."""

RESPOND = "transition on agent's comment"
"""A public comment of an agent takes the issue to where the customer has the word."""
REOPEN = "reopen on customer's comment"
"""A public comment on a done issue opens it again; whoever is no agent counts as customer, and so does the reporter."""
_TARGETS = {RESPOND: "Waiting for customer", REOPEN: "Waiting for support"}


def presets(state: SiteState) -> list[AutomationRule]:
    """Return the presets that are switched on, as rules."""
    move: dict[str, object] = {"component": "ACTION", "type": "jira.issue.transition", "value": {}}
    condition: dict[str, object] = {"component": "CONDITION", "type": "jira.issue.condition", "value": {}}
    return [
        AutomationRule(f"00000000-0000-4000-8000-{number:012}", name, COMMENTED, components=[condition, move])
        for number, name in enumerate(sorted(state.automation), 1)
    ]


def happened(state: SiteState, issue: Issue, trigger: str) -> None:
    """Count the rules that react to an event, whether anybody is told of it or not."""
    for rule in state.automated.rules:
        if rule.enabled and rule.trigger == trigger and (not rule.projects or issue.project in rule.projects):
            state.automated.firings[rule.name] += 1


def react(state: SiteState, call: Call, issue: Issue, comment: JiraComment) -> None:
    """Play the rules that are switched on (`state.automation`), as the app's own account."""
    from ticketferry_emulators.jsm.responses.issue_changes import move

    if comment.internal:
        return
    author = state.accounts[comment.author]
    customer = not author.agent or comment.author == issue.values.get("reporter")
    done = state.statuses[issue.status].category == "done"
    for rule in sorted(state.automation):
        if (rule == REOPEN) != (customer and done) or (rule == RESPOND and (customer or done)):
            continue
        transition = _to(state, issue, _TARGETS[rule])
        if transition is None:
            continue
        app = next(account.id for account in state.accounts.values() if account.kind == "app")
        state.automated.firings[rule] += 1
        actor, call.account = call.account, app
        try:
            move(state, call, issue, transition, {})
        finally:
            call.account = actor
        state.touch(issue)


def _to(state: SiteState, issue: Issue, status: str) -> Transition | None:
    for transition in state.workflow_of(issue).transitions:
        if transition.initial or state.statuses[transition.target].name != status:
            continue
        if not transition.sources or issue.status in transition.sources:
            return transition
    return None
