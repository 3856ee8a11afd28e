"""Just before a write: what moved since the plan was made is left alone, what is as it was is kept to be put back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.flow.migrations import DESK, SourceDesk, by_origin, migrate, write_desk, write_project

from ticketferry.apply.finish import before_image
from ticketferry.project import Project, stages

ONE, TWO = f"{DESK}:ticket:1", f"{DESK}:ticket:2"


class Killed(BaseException):
    """The process is dead: nothing of the product may go on."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A desk on which p-01 was applied and p-02 waits with an update of two tickets."""
    write_desk(tmp_path / "src", 3)
    found = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    migrate(found)
    desk = SourceDesk(tmp_path / "src")
    desk.ticket(1, 3, subject="new words")
    desk.ticket(2, 3, subject="other new words")
    desk.comment(900, 1, "<p>late</p>")
    with Project.load(found) as project:
        stages.extract(project)
        stages.make_plan(project)
    return found


def edit(folder: Path, origin: str, *, gone: bool = False, **changes: Any) -> None:
    path = folder / "ticket.jsonl"
    rows = [json.loads(raw) for raw in path.read_text(encoding="utf-8").splitlines()]
    found = next(row for row in reversed(rows) if row.get("record", {}).get("origin") == origin)
    line = {**found, "gone": True} if gone else {**found, "record": {**found["record"], **changes}}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def problems(project: Project) -> list[tuple[str, str, str]]:
    rows = project.workspace.database.rows("SELECT code, ref, message FROM problem ORDER BY ref, seq")
    return [tuple(row) for row in rows]


def dies_at(point: str) -> Callable[[str], None]:
    """End the run at the first such point, for good."""
    dead = []

    def on_point(name: str) -> None:
        if dead or name == point:
            dead.append(name)
            raise Killed(name)

    return on_point


@pytest.mark.parametrize(
    ("change", "what"), [({"gone": True}, "is gone"), ({"priority": "Low"}, "was changed")]
)
def test_a_record_that_moved_since_the_plan_is_left_alone_and_the_others_are_written(
    root: Path, tmp_path: Path, change: dict[str, Any], what: str
) -> None:
    target = tmp_path / "target"
    edit(target, ONE, **change)
    before = by_origin(target)
    with Project.load(root) as project:
        figures = stages.apply(project, project.plan("p-02"), fail=False)
        assert figures.problems["conflict"] == 1
        told = {message for code, ref, message in problems(project) if (code, ref) == ("TF-CONFLICT", ONE)}
        assert told == {f"the record {what} in the target since the plan was made; it is left alone"}
        assert before_image(project.workspace, "p-02", ONE) is None
        assert before_image(project.workspace, "p-02", TWO)["subject"] == before[TWO]["subject"]
    after = by_origin(target)
    assert after.get(ONE) == before.get(ONE)
    assert f"{DESK}:comment:900" not in after, "the lane stops at its first write"
    assert after[TWO]["subject"] == "other new words"


def test_an_edit_that_is_not_of_the_plans_fields_counts_too(root: Path, tmp_path: Path) -> None:
    """Whoever looked at the plan looked at the record as it was."""
    edit(tmp_path / "target", ONE, tags=["vip"])
    with Project.load(root) as project:
        stages.apply(project, project.plan("p-02"), fail=False)
    assert by_origin(tmp_path / "target")[ONE]["tags"] == ["vip"]
    assert by_origin(tmp_path / "target")[ONE]["subject"] != "new words"


@pytest.mark.parametrize("point", ["after intent", "after send"])
def test_the_work_of_a_run_that_died_is_not_taken_for_somebody_elses(
    root: Path, tmp_path: Path, point: str
) -> None:
    with Project.load(root) as project, pytest.raises(Killed):
        stages.apply(project, project.plan("p-02"), workers=1, on_point=dies_at(point))
    with Project.load(root) as project:
        figures = stages.apply(project, project.plan("p-02"), fail=False)
        assert (figures.failed, problems(project)) == (0, [])
        assert stages.verify(project).same
    assert by_origin(tmp_path / "target")[ONE]["subject"] == "new words"


def test_an_edit_between_a_run_that_died_and_the_next_is_somebody_elses(root: Path, tmp_path: Path) -> None:
    with Project.load(root) as project, pytest.raises(Killed):
        stages.apply(project, project.plan("p-02"), workers=1, on_point=dies_at("after send"))
    for origin in (ONE, TWO):
        edit(tmp_path / "target", origin, subject="an agent wrote this")
    with Project.load(root) as project:
        assert stages.apply(project, project.plan("p-02"), fail=False).problems["conflict"]
    found = by_origin(tmp_path / "target")
    assert [found[origin]["subject"] for origin in (ONE, TWO)] == ["an agent wrote this"] * 2


def test_a_rollback_looks_again_before_it_deletes_and_spares_what_the_spared_use(
    root: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    with Project.load(root) as project:
        undo = stages.plan_rollback(project, "p-01")
        edit(target, TWO, subject="an agent wrote this")
        figures = stages.apply(project, undo, fail=False)
        assert figures.problems["conflict"] == 1
        message = next(message for _, ref, message in problems(project) if ref == TWO)
        assert "was edited (subject)" in message
    left = by_origin(target)
    assert [ref for ref in left if ref.startswith(f"{DESK}:ticket:")] == [TWO]
    assert left[TWO]["requester"] in left
    assert left[TWO]["group"] in left


def test_what_is_gone_before_its_rollback_comes_is_no_conflict(root: Path, tmp_path: Path) -> None:
    with Project.load(root) as project:
        undo = stages.plan_rollback(project, "p-01")
        edit(tmp_path / "target", TWO, gone=True)
        assert stages.apply(project, undo).failed == 0
    left = by_origin(tmp_path / "target")
    assert not [ref for ref in left if ref.split(":")[1:2] in (["ticket"], ["person"], ["group"])]
