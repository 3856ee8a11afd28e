"""Screens of company-managed projects, and which of their fields can be set: a field without a context for the project never can."""

from __future__ import annotations

from collections.abc import Iterable

from ticketferry_emulators.jsm.models.records import Field, JiraProject
from ticketferry_emulators.jsm.models.state import SiteState

__all__ = ["TAB", "every_screen", "screens_of", "settable"]

TAB = "10000"
"""Every screen has one tab."""


def screens_of(project: JiraProject) -> dict[str, list[str]]:
    """Return the create and the edit screen of a project by their ids, with their fields; a team-managed one has none that lists show."""
    if project.team_managed:
        return {}
    return {f"{project.id}1": project.create_screen, f"{project.id}2": project.edit_screen}


def every_screen(state: SiteState) -> dict[str, tuple[str, list[str]]]:
    """Return id -> name and fields of all screens: those of transitions, and those of projects."""
    found = {number: (name, fields) for number, (name, fields, _) in state.screens.items()}
    for project in state.projects.values():
        for number, fields in screens_of(project).items():
            kind = "Create" if number.endswith("1") else "Edit"
            found[number] = (f"{project.key}: {kind} Issue Screen", fields)
    return found


def settable(state: SiteState, project: JiraProject, names: Iterable[str]) -> list[str]:
    """Return the fields of a screen that are there and have a context for the project."""
    return [name for name in names if name in state.fields and _has_context(state.fields[name], project)]


def _has_context(known: Field, project: JiraProject) -> bool:
    return not known.custom or (bool(known.context) and (not known.scope or project.id in known.scope))
