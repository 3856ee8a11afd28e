"""Asks a person who wins what both desks changed: the lines that a plan adds to `decisions/conflicts.csv`, with all three values."""

from collections.abc import Mapping

import orjson

from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.planner import Planned
from ticketferry.project.conflict_file import COLUMNS, NAME, ConflictLine, read_conflict_decisions
from ticketferry.project.project import Project
from ticketferry.project.viewing import planner_of
from ticketferry.project.wanted import written_of
from ticketferry.schema.refs import Json, parse_ref
from ticketferry.schema.vectors import comparable
from ticketferry.store.spreadsheet import append_cells

__all__ = ["ask_about_conflicts"]

_LONGEST = 300
"""Characters of a value that a line shows: a person decides by them, nothing is read back from them."""


def ask_about_conflicts(project: Project, plan: PlanFile) -> int:
    """Add a line for each field of a plan that waits for a person and has none yet; return how many wait. Lines that are there stay."""
    if not any(True for _ in plan.rows("SELECT 1 FROM change WHERE outcome = 'conflict' LIMIT 1")):
        return 0
    rules = project.mapping().rules.conflicts
    if "ask" not in (rules.default, rules.after_cut_over, *rules.fields.values()):
        return 0
    known = read_conflict_decisions(project.root)
    asked: dict[tuple[str, str, str], ConflictLine] = {}
    with planner_of(project, plan) as planner:
        written = written_of(project)
        for change in plan.changes("outcome = 'conflict'"):
            ref = parse_ref(change.root)
            planned = planner.plan(ref, planner.planning.source_rows(ref))
            if planned is not None and planned.decision.asked:
                for line in _lines(planned, change.title, written(ref)):
                    asked[line.about] = line
    new = [line for about, line in asked.items() if about not in known.lines]
    if new:
        append_cells(project.root / NAME, COLUMNS, new)
    return len(asked)


def _lines(planned: Planned, title: str, written: Mapping[str, Json]) -> list[ConflictLine]:
    now = comparable(planned.decision.current or {})
    then = comparable(planned.decision.compiled.expected or {})
    return [
        ConflictLine(
            str(planned.root), title, field, _told(written.get(field)), _told(then.get(field)), _told(now.get(field)),
            state=state,
        )
        for field, state in planned.decision.asked
    ]  # fmt: skip


def _told(value: Json) -> str:
    text = (
        value
        if isinstance(value, str)
        else ""
        if value is None
        else orjson.dumps(value, default=str).decode()
    )
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
