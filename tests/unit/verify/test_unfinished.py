"""What plans should have made and did not is told by verify: failed, blocked, not begun; a later plan that mends it ends that."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.flow.migrations import DESK, write_desk, write_project

from ticketferry.cli import cli
from ticketferry.project import Project, stages
from ticketferry.sdk.contract import Finding, Severity, WriteResult
from ticketferry.verify.verifier import Verified
from ticketferry_neutral.target import NeutralTarget

WRITE = NeutralTarget.write
BAD, LINKED = f"{DESK}:ticket:2", f"{DESK}:ticket:1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_desk(tmp_path / "src", 3)
    return write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")


def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk takes everything but one ticket."""

    def write(desk: Any, endpoint: Any, batch: Any) -> Any:
        results = []
        for one in batch:
            if str(one.subject) == BAD:
                why = Finding("X", Severity.DOUBT, one.subject, "", "the desk does not like it", "")
                results.append(WriteResult(one.key, "rejected", error=why))
            else:
                results += list(WRITE(desk, endpoint, [one]))
        return results

    monkeypatch.setattr(NeutralTarget, "write", write)


def errors(found: Verified) -> dict[str, str]:
    return {line.ref: line.message for line in found.lines if line.sign == "!"}


def test_a_record_that_failed_is_an_error_and_not_passed_over(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Project.load(root) as project, monkeypatch.context() as patch:
        refuse(patch)
        stages.extract(project)
        plan = stages.make_plan(project)
        assert stages.apply(project, plan, fail=False).failed
        found = stages.verify(project)
        assert not found.same
        assert errors(found).keys() == {BAD, LINKED}
        assert errors(found)[LINKED].startswith("not sent at "), "its link waits for the other"
        assert errors(found)[BAD] == "failed at ticket.create: the desk does not like it; p-01"
        assert errors(stages.verify(project, [plan.id])) == errors(found)
    told = CliRunner().invoke(cli, ["-C", str(root), "verify"])
    assert told.exit_code == 2
    assert "! acme:ticket:2" in told.stdout
    with Project.load(root) as project:
        stages.apply(project, project.plan("p-01"))
        assert stages.verify(project).same


def test_a_later_plan_that_mends_a_record_ends_the_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Project.load(root) as project:
        with monkeypatch.context() as patch:
            refuse(patch)
            stages.extract(project)
            stages.apply(project, stages.make_plan(project), fail=False)
        stages.apply(project, stages.make_plan(project))
        assert stages.verify(project).same


def test_what_a_canary_did_not_reach_is_told_as_not_begun(root: Path) -> None:
    with Project.load(root) as project:
        stages.extract(project)
        stages.apply(project, stages.make_plan(project), canary=1)
        left = {ref: why for ref, why in errors(stages.verify(project)).items() if ":ticket:" in ref}
        assert left == {
            LINKED: "6 of 8 writes done; p-01",
            BAD: "not begun; p-01",
            f"{DESK}:ticket:3": "not begun; p-01",
        }


def test_a_plan_that_was_taken_back_leaves_no_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Project.load(root) as project:
        with monkeypatch.context() as patch:
            refuse(patch)
            stages.extract(project)
            plan = stages.make_plan(project)
            stages.apply(project, plan, fail=False)
        stages.apply(project, stages.plan_rollback(project, plan.id))
        assert errors(stages.verify(project)) == {}
