"""What a mapping says of a phase and of the time after the cut-over, in a migration's folder."""

from pathlib import Path

import pytest
from tests.flow.migrations import MAPPING, write_desk, write_project

from ticketferry.errors import MappingError
from ticketferry.mapping.loader import loads
from ticketferry.plan.file.changes import count_changes
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.applying import share_of
from ticketferry.sdk.pacing import LimitShare

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


def test_an_apply_of_a_phase_keeps_the_pace_of_the_phase_and_no_plan_depends_on_it(tmp_path: Path) -> None:
    write_desk(tmp_path / "source", 2)
    root = tmp_path / "p"
    rules = MAPPING[: MAPPING.index("phases:")]
    write_project(
        root,
        tmp_path / "source",
        tmp_path / "target",
        mapping=rules + "phases: [{name: pilot, where: always}]\n",
    )
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project, Scope("pilot"))
        assert share_of(project, plan) is None
        digest = project.mapping().digest
        (root / "mapping.yaml").write_text(
            rules + "phases: [{name: pilot, where: always, pace: {share: 0.4}}]\n"
        )
        assert project.mapping().digest == digest
        assert share_of(project, plan) == 0.4
        (root / "mapping.yaml").write_text(
            rules + "phases: [{name: pilot, where: always, pace: {share: 0.4, nights: 0.95}}]\n"
        )
        assert share_of(project, plan) == LimitShare(0.4, 0.95)
        assert project.mapping().digest == digest
        with project.open_target(offline=True, share=share_of(project, plan)) as target:
            assert target is not None
        plan.close()


@pytest.mark.parametrize("share", ["0", "1.5", "quick", "-1", "0.4, nights: 0", "0.4, nights: 2"])
def test_a_pace_that_is_none_is_refused(share: str) -> None:
    with pytest.raises(MappingError) as refused:
        loads(
            f"version: 1\nsource: a\ntarget: b\nphases: [{{name: x, where: always, pace: {{share: {share}}}}}]\n"
        )
    assert refused.value.problems[0].startswith("mapping.yaml:4:")
