"""The promises of the design as any two desks must keep them: what the flow tests of each pair of products ask for alike."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from ticketferry.demo.proof import prove_writes
from ticketferry.desired.dispositions import sums
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Inputs
from ticketferry.plan.planner import Planner
from ticketferry.project import Project, stages
from ticketferry.schema.refs import ROOTS
from ticketferry.sdk.contract import Disposition


class Killed(BaseException):
    """Stands for the death of the process: nothing in the product may catch it and go on."""


class Killer:
    """Dies at the n-th point at which a crash would leave another state, and at every later one: a dead process does nothing."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.points: list[str] = []

    def __call__(self, name: str) -> None:
        self.points.append(name)
        if self.at is not None and len(self.points) > self.at:
            raise Killed(name)


def real_writes(emulator: Any) -> list[Any]:
    """The writes of an emulator's ledger; signing in is none."""
    return [entry for entry in emulator.ledger.writes() if "/oauth/" not in entry.path]


def apply_through_faults(project: Project, plan: PlanFile) -> int:
    """Apply under armed faults; return how many operations were repeated or found again. Faults by number hit whichever worker comes: one
    operation may meet as many as let it fail, and the same command goes on with it, as its message says. Each fault fires once.
    """
    first = stages.apply(project, plan, fail=False)
    again = first.repeated + first.adopted
    if first.failed:
        second = stages.apply(project, plan)
        again += second.repeated + second.adopted
    return again


def check_ledger(project: Project) -> None:
    """The sums by shapes are those of every leaf, for each record of the desk as a plan would have it now."""
    planning = project.planning()
    planner, shaped = Planner(planning), 0
    for kind in ROOTS:
        for root, rows in planning.source.roots(kind, planning.inputs.source_snapshot):
            planned = planner.plan(root, rows)
            if planned is not None:
                every_leaf = sums(rows, planning.source.trace, planned.fates, planning.bodies)
                assert planner.leaf_totals(planned, rows) == every_leaf, root
                shaped += sum(row.shape is not None for row in rows)
    assert shaped


def check_whole_way(
    project: Project,
    plan: PlanFile,
    target: Any,
    before: dict[str, Any],
    afresh: Iterable[str] = ROOTS,
    *,
    asked: bool = False,
) -> None:
    """Every leaf has an end; the desk sees the plan's writes and no other; it reads back the same; nothing is left to do; all is undone.

    `before`: the target's dump before the apply; `afresh`: kinds that a plan after the rollback must create again, all of them.
    `asked`: what is sent depends on what the desk tells besides the plan (which account is a teammate's).
    """
    assert real_writes(target) == [], "planning writes to no desk"
    check_ledger(project)
    counted = project.snapshots("source").leaves(ROOTS, 1)
    assert sum(plan.dispositions().values()) == counted
    assert plan.dispositions()[Disposition.UNSUPPORTED] == 0, list(plan.rows("SELECT * FROM impossible"))
    figures = stages.apply(project, plan)
    assert (figures.failed, figures.left, figures.repeated, figures.compensated) == (0, 0, 0, 0)
    planning = project.planning(inputs=Inputs.of(plan.header))
    with project.open_target(offline=not asked) as opened:
        proof = prove_writes(
            plan, opened.endpoints, project.idmap, real_writes(target), Planner(planning).render,
            getattr(opened, "prepared", None),
        )  # fmt: skip
    assert (proof.strange, proof.unseen, proof.repeated) == ([], [], 0)
    assert proof.matched + proof.silent == figures.performed == sum(plan.endpoint_counts().values())
    found = stages.verify(project)
    assert found.same, found.lines
    assert found.counts["="] > 0
    assert stages.make_plan(project).endpoint_counts() == {}
    stages.apply(project, stages.plan_rollback(project, plan.id))
    after = target.dump()
    for section in before.keys() - set(target.residue_sections):
        assert after[section] == before[section], section
    outcomes = stages.make_plan(project).outcomes()
    for kind in afresh:
        was, now = (found.get(str(kind), {}).get("create") for found in (plan.outcomes(), outcomes))
        assert now == was, f"what was deleted is not matched: {kind}"


def check_kills(
    tmp_path: Path,
    pair: Any,
    fresh: Callable[[], Any],
    seen: Callable[[], Any],
    points: Callable[[int], range],
) -> None:
    """A run of the plan p-01 in `tmp_path/base`, killed at some of its points and begun again, leaves the desk as an unbroken one does.

    `fresh` puts an empty target up, `seen` tells what it holds in terms that do not depend on the order of ids, `points` chooses
    from how many points there are.
    """
    base = tmp_path / "base"
    fresh()
    shutil.copytree(base, tmp_path / "whole")
    with Project.load(tmp_path / "whole", clock=pair.clock) as project:
        watcher = Killer()
        stages.apply(project, project.plan("p-01"), workers=1, on_point=watcher)
    expected = seen()
    chosen = points(len(watcher.points))
    assert len(chosen) >= 5
    for at in chosen:
        fresh()
        root = tmp_path / f"kill-{at}"
        shutil.copytree(base, root)
        with Project.load(root, clock=pair.clock) as project, pytest.raises(Killed):
            stages.apply(project, project.plan("p-01"), workers=1, on_point=Killer(at))
        with Project.load(root, clock=pair.clock) as project:
            assert stages.apply(project, project.plan("p-01")).failed == 0
        assert seen() == expected, f"killed at point {at}, {watcher.points[at]}"
        pair.healthy()
        shutil.rmtree(root)


def telling_tickets(plan: PlanFile, *, closed: bool = False) -> tuple[str, ...]:
    """Few tickets of a plan that have together internal notes and a file, and with `closed` a way of several steps."""
    chosen: dict[str, str] = {}
    for change in plan.changes("kind = 'ticket' AND outcome = 'create'"):
        if sum(change.facts["comments"]) > 12:
            continue
        if change.facts["internal"]:
            chosen.setdefault("internal", change.root)
        if change.facts["attachments"][0]:
            chosen.setdefault("file", change.root)
        if closed and change.facts["stage"] == "closed":
            chosen.setdefault("closed", change.root)
    return tuple(sorted(set(chosen.values())))
