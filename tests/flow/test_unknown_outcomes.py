"""Lost answers: the desk may have done what nobody told us; nothing is written twice and nothing is left out."""

from pathlib import Path

import pytest
from tests.flow.migrations import DESK, by_origin, write_desk, write_project

from ticketferry.errors import RunFailed, UnknownOutcomeError
from ticketferry.project import Project, stages
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_neutral.target import NeutralTarget


def planned(base: Path, name: str, *, workers: int = 1, extra: str = "") -> Path:
    if not (base / "src").exists():
        write_desk(base / "src", 3)
    root = write_project(base / name, base / "src", base / f"{name}-target", workers=workers, extra=extra)
    with Project.load(root) as project:
        stages.extract(project)
        stages.make_plan(project)
    return root


@pytest.fixture
def whole(tmp_path):
    root = planned(tmp_path, "whole")
    with Project.load(root) as project:
        stages.apply(project, project.plan("p-01"))
    return by_origin(tmp_path / "whole-target")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("workers", [1, 4])
def test_every_lost_answer_is_resolved(tmp_path, whole, monkeypatch, when, workers):
    root = planned(tmp_path, "mig", workers=workers)
    write, lost = NeutralTarget.write, set()

    def losing(self, endpoint, batch):
        first = batch[0].key not in lost
        lost.update(operation.key for operation in batch)
        if first and when == "before":
            raise UnknownOutcomeError("the connection broke")
        answer = write(self, endpoint, batch)
        if first and when == "after":
            raise UnknownOutcomeError("the connection broke")
        return answer

    monkeypatch.setattr(NeutralTarget, "write", losing)
    with Project.load(root, clock=ManualClock()) as project:
        plan = project.plan("p-01")
        figures = stages.apply(project, plan)
        assert figures.failed == 0
        operations = sum(plan.endpoint_counts().values())
        if when == "before":
            assert figures.repeated == operations
        else:
            assert figures.adopted > 0
            assert figures.repeated + figures.adopted == operations
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}
    assert by_origin(tmp_path / "mig-target") == whole


def test_absence_is_not_believed_before_it_has_settled(tmp_path, monkeypatch):
    root = planned(tmp_path, "mig", extra=", settle: 60")
    clock = ManualClock()
    write, find = NeutralTarget.write, NeutralTarget.find
    lost: dict[str, float] = {}

    def late(self, endpoint, batch):
        if endpoint.name == "ticket.create" and not lost:
            lost.update((operation.key, clock.time()) for operation in batch)
            write(self, endpoint, batch)
            raise UnknownOutcomeError("the connection broke")
        return write(self, endpoint, batch)

    def lagging(self, operations, last):
        answers = find(self, operations, last)
        if any(clock.time() < lost.get(operation.key, 0) + 30 for operation in operations):
            from ticketferry.sdk.contract import WriteResult

            return [WriteResult(operation.key, "absent") for operation in operations]
        return answers

    monkeypatch.setattr(NeutralTarget, "write", late)
    monkeypatch.setattr(NeutralTarget, "find", lagging)
    with Project.load(root, clock=clock) as project:
        figures = stages.apply(project, project.plan("p-01"))
        assert (figures.repeated, figures.failed) == (0, 0)
        assert figures.adopted == len(lost) > 0
        assert stages.verify(project).same


def test_one_bad_record_is_listed_and_the_others_go_on(tmp_path, monkeypatch):
    root = planned(tmp_path, "mig")
    write = NeutralTarget.write

    def refusing(self, endpoint, batch):
        from ticketferry.schema.refs import parse_ref
        from ticketferry.sdk.contract import Finding, Severity, WriteResult

        bad = [operation for operation in batch if operation.key == f"{DESK}:ticket:2/create"]
        good = [operation for operation in batch if operation not in bad]
        answers = list(write(self, endpoint, good)) if good else []
        finding = Finding(
            "X-1", Severity.DOUBT, parse_ref(f"{DESK}:ticket:2"), "fields.x", "the field x is required"
        )
        return answers + [WriteResult(operation.key, "rejected", error=finding) for operation in bad]

    with Project.load(root) as project:
        monkeypatch.setattr(NeutralTarget, "write", refusing)
        with pytest.raises(RunFailed, match="failed"):
            stages.apply(project, project.plan("p-01"))
        rows = project.workspace.database.rows("SELECT ref, message FROM problem ORDER BY seq")
        assert (f"{DESK}:ticket:2", "the field x is required") in [tuple(row) for row in rows]
        assert f"{DESK}:ticket:1" in by_origin(tmp_path / "mig-target")
        monkeypatch.setattr(NeutralTarget, "write", write)
        figures = stages.apply(project, project.plan("p-01"))
        assert figures.failed == 0
        assert project.workspace.database.rows("SELECT 1 FROM problem") == []
        assert stages.verify(project).same
