"""Mappings drawn at random over every way between small desks: what is dropped is nowhere, no lost value counts as carried, plan and explain agree.

TICKETFERRY_MAPPINGS says how many there are in the long round over all ways, TICKETFERRY_MAPPINGS_FROM the first seed of each.
"""

import os
import sqlite3
import sys
import zlib
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from tests.flow.random_mappings import Drawn, draw, plant
from tests.flow.random_ways import WAYS, Way
from tests.rounds import drawn

from ticketferry.errors import MappingError
from ticketferry.mapping.loader import loads
from ticketferry.plan import builder
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import unpack_json
from ticketferry.plan.inputs import EVERYTHING
from ticketferry.plan.planner import Planner
from ticketferry.project import Project, stages
from ticketferry.project.explain import explain
from ticketferry.schema.refs import ROOTS, Kind, parse_ref

COUNT = int(os.environ.get("TICKETFERRY_MAPPINGS", "400"))
FIRST = int(os.environ.get("TICKETFERRY_MAPPINGS_FROM", "0"))
EACH = -(-COUNT // len(WAYS))
MOST = 15
"""Mappings that `make test` draws, of one way."""


def everything(plan: PlanFile) -> str:
    """All that stands in a plan file, with its bodies unpacked."""
    said: list[str] = []
    with sqlite3.connect(plan.path) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in connection.execute(f"SELECT * FROM {table}"):
                for value in row:
                    if isinstance(value, bytes):
                        try:
                            said.append(repr(unpack_json(value)))
                        except (zlib.error, ValueError):
                            said.append(value.decode("utf-8", "replace"))
                    else:
                        said.append(str(value))
    connection.close()
    return "\n".join(said)


def check_carried(planner: Planner, plan: PlanFile) -> None:
    """No two rules count one place as theirs, and what was carried as it is stands there."""
    for change in plan.changes("kind = 'ticket'"):
        planned = planner.plan(parse_ref(change.root), planner.planning.source_rows(parse_ref(change.root)))
        assert planned is not None
        desired = planned.mapped.record
        if desired is None:
            continue
        writers: defaultdict[str, set[str]] = defaultdict(set)
        head = f"ticket[{planned.root.id}]."
        for path, fate in planned.mapped.fates.items():
            if not path.startswith(head) or fate.action != "to":
                continue
            if fate.to.startswith("fields") or fate.to in ("due", "group", "brand"):
                writers[fate.to].add(fate.by)
            key = path.removeprefix(head)
            value = planned.record.get(key)
            if fate.to == key and isinstance(value, str | int | float) and not fate.transformed:
                assert desired.get(key) == value, (path, fate)
        assert not {place: by for place, by in writers.items() if len(by) > 1}, planned.root


def check_explained(project: Project, plan: PlanFile, planning: PlanContext) -> None:
    """Explain says of each root what the plan says of it, and the sums of the plan are those of its roots."""
    explained: Counter[str] = Counter()
    for change in plan.changes():
        if parse_ref(change.root).kind not in ROOTS or parse_ref(change.root).kind is Kind.DEFINITION:
            continue
        told = explain(project, change.root, planning)
        explained.update(told.dispositions)
        assert (told.outcome, told.because) == (change.outcome.value, change.because), change.root
        assert set(told.fields) == set(change.fields), change.root
        keys = {row[0] for row in plan.rows("SELECT key FROM operation WHERE root = ?", (change.root,))}
        assert {operation.key for operation in told.operations} == keys, change.root
    planned = Counter(dict(plan.rows("SELECT disposition, sum(count) FROM sum GROUP BY disposition")))
    assert +explained == +planned


def run(project: Project, tickets: list[str], drawn: Drawn, path: Path, told: Counter[str]) -> None:
    project.config.mapping.write_text(drawn.text, encoding="utf-8")
    try:
        loads(drawn.text)
    except MappingError:
        told["refused when read"] += 1
        return
    try:
        stages.check_here(project, project.mapping())
        told["checked well"] += 1
    except MappingError as error:
        told["refused by the check"] += 1
        places = [str(problem).startswith("mapping.yaml:") for problem in error.problems]
    else:
        places = []
    assert all(places)
    planning = project.planning()
    try:
        plan = builder.build(
            path,
            lambda: planning,
            open_here=lambda: planning,
            scope=EVERYTHING,
            header={"kind": "apply"},
            inline=10**9,
        )
        try:
            text = everything(plan)
            for id_ in tickets:
                found = [secret for secret in drawn.dropped(id_) if secret in text]
                assert not found, found
            check_carried(Planner(planning), plan)
            check_explained(project, plan, planning)
            told[f"{plan.one('SELECT count(*) FROM operation') > 0} written"] += 1
        finally:
            plan.close()
    finally:
        path.unlink(missing_ok=True)


@pytest.mark.slow
@pytest.mark.long(part=1)
@pytest.mark.parametrize("way", [pytest.param(way, id=way.name) for way in WAYS])
def test_random_mappings_leak_nothing_count_nothing_twice_and_are_explained_as_planned(
    way: Way, tmp_path: Path
) -> None:
    told: Counter[str] = Counter()
    with way.open(tmp_path) as project:
        project.config.mapping.write_text(way.mapping(), encoding="utf-8")
        stages.extract(project)
        stages.make_plan(project)
        tickets = plant(project, way)
        for seed in drawn(range(FIRST, FIRST + EACH), MOST, "random mappings"):
            mapping = draw(seed, way)
            try:
                run(project, tickets, mapping, tmp_path / "p-99.plan", told)
            except AssertionError as error:
                error.add_note(f"the mapping of seed {seed} for {way.name}:\n{mapping.text}")
                raise
    if "TICKETFERRY_MAPPINGS" in os.environ:
        sys.stderr.write(f"{way.name}: {dict(told)}\n")
    assert told["refused when read"] < sum(told.values())
