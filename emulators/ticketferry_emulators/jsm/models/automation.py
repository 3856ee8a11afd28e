"""Automation rules that react to comments, off by default: the presets that a replayed thread sets off [field notes, data limits]."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketferry_emulators.jsm.models.records import Issue, JiraComment, Transition

if TYPE_CHECKING:
    from ticketferry_emulators.jsm.models.state import SiteState
    from ticketferry_emulators.kit.app import Call

__all__ = ["REOPEN", "RESPOND", "react"]


RESPOND = "transition on agent's comment"
"""A public comment of an agent takes the issue to where the customer has the word."""
REOPEN = "reopen on customer's comment"
"""A public comment on a done issue opens it again; whoever is no agent counts as customer, and so does the reporter."""
_TARGETS = {RESPOND: "Waiting for customer", REOPEN: "Waiting for support"}


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
