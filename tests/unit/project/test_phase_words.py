"""What a mapping says of a phase and of the time after the cut-over, in a migration's folder."""

from pathlib import Path

import pytest
from tests.flow.migrations import MAPPING, write_desk, write_project

from ticketferry.plan.file.changes import count_changes
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages

WRITTEN = "kind = 'ticket' AND outcome = 'create'"
PHASES = "phases: [{name: pilot, where: always, limit: 3}]\n"


def test_a_plan_of_a_phase_takes_no_more_than_its_limit(tmp_path: Path) -> None:
    write_desk(tmp_path / "source", 8)
    root = tmp_path / "p"
    write_project(
        root, tmp_path / "source", tmp_path / "target", mapping=MAPPING[: MAPPING.index("phases:")] + PHASES
    )
    counts = []
    with Project.load(root) as project:
        stages.extract(project)
        for scope in (Scope("pilot"), Scope("pilot", limit=5), Scope("pilot", only=("4",)), Scope()):
            plan = stages.make_plan(project, scope, offline=project.snapshots("target").latest() is not None)
            counts.append(count_changes(plan, WRITTEN))
            plan.close()
    assert counts[:3] == [3, 5, 1]
    assert counts[3] > 5, "a plan of everything is about everything"


@pytest.mark.parametrize(
    ("rules", "since", "wins"),
    [
        ("", "2020-01-01", "hold"),
        ("conflicts: {default: source, after_cut_over: target}\n", "2020-01-01", "target"),
        ("conflicts: {default: source, after_cut_over: target}\n", "2999-01-01", "source"),
        ("conflicts: {default: source, after_cut_over: target}\n", "", "source"),
        ("conflicts: {default: target}\n", "2020-01-01", "target"),
        ("conflicts: {after_cut_over: target}\n", "2020-01-01", "target"),
    ],
)
def test_who_wins_changes_on_the_day_of_the_cut_over(
    tmp_path: Path, rules: str, since: str, wins: str
) -> None:
    write_desk(tmp_path / "source", 2)
    root = tmp_path / "p"
    write_project(root, tmp_path / "source", tmp_path / "target", mapping=MAPPING + rules)
    if since:
        with (root / "migration.yaml").open("a") as file:
            file.write(f"health: {{since: {since}}}\n")
    with Project.load(root) as project:
        stages.extract(project)
        stages.make_plan(project).close()
        assert project.planning().conflicts == wins
