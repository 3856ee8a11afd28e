"""The transitions that an issue can take now, as their own list and within an issue (`expand=transitions`) show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ticketferry_emulators.jsm.models.records import Issue, Transition
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.field_catalog import field_meta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ticketferry_emulators.jsm.responses.wire import View

__all__ = ["open_steps", "steps_of", "with_steps"]


def open_steps(state: SiteState, issue: Issue) -> list[Transition]:
    """Return the transitions that the issue's status, and its approvals, allow."""
    return [
        transition
        for transition in state.workflow_of(issue).transitions
        if not transition.initial
        and (
            not transition.approval or any(row["decision"] == transition.approval for row in issue.approvals)
        )
        and (
            issue.status in transition.sources
            or (not transition.sources and transition.target != issue.status)
        )
    ]


def steps_of(view: View, issue: Issue, *, fields: bool = False) -> list[dict[str, Any]]:
    """Return them as the API does; `fields`: with what their screens ask for."""
    return [_shown(view, issue, step, fields=fields) for step in open_steps(view.state, issue)]


def with_steps(view: View, issue: Issue, data: dict[str, Any], expand: Sequence[str]) -> dict[str, Any]:
    """Return an issue as the API shows it with its transitions, where they are expanded."""
    if "transitions" not in expand:
        return data
    return {**data, "transitions": steps_of(view, issue)}


def _shown(view: View, issue: Issue, transition: Transition, *, fields: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": transition.id,
        "name": transition.name,
        "to": view.status(view.state.statuses[transition.target]),
        "hasScreen": transition.screen is not None,
        "isGlobal": not transition.sources,
        "isInitial": False,
        "isAvailable": True,
        "isConditional": False,
        "isLooped": False,
    }
    if fields:
        data["fields"] = {}
        if transition.screen:
            _, names, required = view.state.screens[transition.screen]
            project = view.state.projects[issue.project]
            data["fields"] = {
                name: field_meta(view, project, view.state.fields[name]) | {"required": name in required}
                for name in names
            }
    return data
