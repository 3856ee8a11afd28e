"""A migration's folder: plans and runs in their order, and what is there before anything was read."""

import pytest
from tests.flow.migrations import write_desk, write_project

from ticketferry.errors import WorkspaceError
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages


@pytest.fixture
def project(tmp_path):
    write_desk(tmp_path / "src", 1)
    root = write_project(tmp_path / "odd # folder %41?", tmp_path / "src", tmp_path / "target")
    with Project.load(root) as found:
        yield found


def states(project):
    return {row["id"]: row["state"] for row in project.plan_rows()}


def register(project, *ids) -> None:
    for id_ in ids:
        project.workspace.commit(
            lambda connection, id_=id_: connection.execute(
                "INSERT INTO plan VALUES (?, 'apply', '', '', '', 'planned', '')", (id_,)
            )
        )


def test_plans_are_numbered_on_and_listed_oldest_first_also_past_a_hundred(project):
    assert project.next_plan_id() == "p-01"
    register(project, "p-100", "p-99", "p-09", "p-10")
    assert list(states(project)) == ["p-09", "p-10", "p-99", "p-100"]
    project.plan_path("p-05").parent.mkdir()
    project.plan_path("p-05").touch()
    assert project.next_plan_id() == "p-06"


def test_no_plan_gets_the_name_of_one_that_is_noted_though_its_file_was_lost(project):
    """A process was killed before it noted p-02, so that p-03 came next; then the files of all plans were lost."""
    register(project, "p-01", "p-03")
    assert project.next_plan_id() == "p-04"


def test_applying_a_plan_supersedes_the_older_ones_only(project):
    stages.extract(project)
    register(project, *[f"p-{n:02d}" for n in range(1, 100)], "p-200")
    plan = stages.make_plan(project)
    assert plan.id == "p-101"
    stages.apply(project, plan)
    found = states(project)
    assert found.pop(plan.id) == "applied"
    assert found.pop("p-200") == "planned"
    assert set(found.values()) == {"superseded"}


def test_a_folder_of_any_name_can_hold_a_migration(project):
    stages.extract(project)
    plan = stages.make_plan(project)
    stages.apply(project, project.plan(plan.id))
    assert stages.verify(project).same


def test_what_was_never_extracted_is_said(project):
    with pytest.raises(WorkspaceError, match="source desk was never extracted"):
        project.snapshots("source")
    with pytest.raises(WorkspaceError, match="no plan p-01"):
        project.plan("p-01")
    assert project.applied_plans() == []


def test_an_interrupted_extract_is_not_planned_with(project):
    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    with pytest.raises(Killed):
        stages.extract(project, progress=die)
    project.snapshots("target", make=True)
    with pytest.raises(WorkspaceError, match="extract of the source desk was interrupted"):
        project.planning(Scope())


def test_how_a_run_ended_is_kept(project):
    with project.run("check") as (first, _):
        pass

    def fail() -> None:
        with project.run("plan", "p-01") as (id_, log):
            log.event("x")
            ids.append(id_)
            raise ValueError("no")

    ids: list[str] = []
    with pytest.raises(ValueError, match="no"):
        fail()
    assert (first, ids) == ("r-001", ["r-002"])
    assert project.workspace.database.rows("SELECT id, state FROM run ORDER BY id") == [
        ("r-001", "ended"),
        ("r-002", "ValueError"),
    ]


def test_check_preflight_and_estimate_read_only(project):
    found = stages.check(project)
    assert found.good
    assert found.writes == 0
    assert set(found.findings) == {"source", "target"}
    assert stages.preflight(project) == []
    assert {item.stream: item.records for item in stages.estimate(project)}["ticket"] == 1
