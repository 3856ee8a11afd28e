"""Workflows put up again from a catalog: statuses by name become ids, screens of transitions become screens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticketferry_emulators.jsm.models.records import JiraStatus, Transition, Workflow
from ticketferry_emulators.jsm.models.state import SiteState

__all__ = ["add_workflows"]

_INITIAL = "1"


def add_workflows(state: SiteState, catalog: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, str]:
    """Add the workflows and their screens; return id in the catalog -> id at the site. `fields`: key of a field -> its id.

    A workflow that a type names and the catalog lacks (nobody may read it) leads from everywhere to everywhere.
    """
    statuses = {status.name: status.id for status in state.statuses.values()}
    made: dict[str, str] = {}
    screens: dict[tuple[str, ...], str] = {}
    for number, row in enumerate(catalog.get("workflows", ()), start=1):
        for name in row.get("statuses", ()):
            if name not in statuses:
                statuses[name] = f"9{number}{len(statuses)}"
                state.statuses[statuses[name]] = JiraStatus(statuses[name], name, "indeterminate")
        first = row.get("initial") or row["statuses"][0]
        transitions = [Transition(_free(row), "Create", statuses[first], initial=True)]
        for step in row.get("transitions", ()):
            screen = None
            shown = [fields.get(key, key) for key in step.get("fields", ())]
            required = tuple(fields.get(key, key) for key in step.get("required", ()))
            if shown:
                # Screens of the same fields are most often one.
                screen = screens.setdefault(tuple(shown), f"8{len(screens):04d}")
                asked = ["resolution"] if "resolution" in shown else []
                state.screens[screen] = (f"Screen {screen}", shown, asked)
            transitions.append(
                Transition(
                    step["id"], step["name"], statuses[step["to"]], tuple(statuses[name] for name in step.get("sources", ())),
                    screen=screen, required=tuple(name for name in required if name != "resolution" or not shown),
                    approval="approved" if step.get("blocked") else "",
                )
            )  # fmt: skip
        made[row["id"]] = row["id"]
        state.workflows[row["id"]] = Workflow(row["id"], row["name"], transitions)
    named = {
        kind.get("workflow") or ""
        for project in catalog.get("projects", ())
        for kind in project.get("types", ())
    }
    for id_ in sorted(named - made.keys()):
        everywhere = [
            Transition(str(100 + n), status.name, status.id)
            for n, status in enumerate(state.statuses.values())
        ]
        start = next(iter(state.statuses))
        made[id_] = id_ or "unread"
        state.workflows[made[id_]] = Workflow(
            made[id_], "Not read", [Transition("1", "Create", start, initial=True), *everywhere]
        )
    return made


def _free(row: Mapping[str, Any]) -> str:
    """Return an id that no transition of the workflow has."""
    taken = {step["id"] for step in row.get("transitions", ())}
    return next(
        id_ for id_ in (_INITIAL, *(str(number) for number in range(9_000, 9_999))) if id_ not in taken
    )
