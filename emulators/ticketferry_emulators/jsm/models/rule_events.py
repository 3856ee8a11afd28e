"""What automation rules react to, counted rule by rule; presets that are switched on, as the Automation API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketferry_emulators.jsm.models.records import Issue
from ticketferry_emulators.jsm.models.settings import AutomationRule

if TYPE_CHECKING:
    from ticketferry_emulators.jsm.models.state import SiteState

__all__ = ["COMMENTED", "CREATED", "TRANSITIONED", "UPDATED", "happened", "presets"]

_EVENT = "jira.issue.event.trigger:"
CREATED, UPDATED, COMMENTED, TRANSITIONED = (
    f"{_EVENT}{name}" for name in ("created", "updated", "commented", "transitioned")
)
"""Types of triggers, as rules in the vendor's documents and public exports have them."""


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
