"""Accounts that somebody deleted in the new desk between two phases: nothing is written under them, and there is a way on."""

import json

import pytest
from tests.flow.migrations import DESK, by_origin, write_desk, write_project

from ticketferry.errors import FerryError
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages


def delete(folder, kind, id_):
    with (folder / f"{kind}.jsonl").open("a") as file:
        file.write(json.dumps({"id": id_, "gone": True, "updated": "2024-02-01T00:00:00Z"}) + "\n")


def blockers(plan):
    return [str(found.subject) for found in plan.blockers() if found.code == "P329"]


@pytest.mark.parametrize(("kind", "lost"), [("person", "1"), ("organization", "1")])
def test_nothing_is_written_under_an_account_that_is_gone(tmp_path, kind, lost):
    desk = write_desk(tmp_path / "src", 8)
    for number in range(1, 9):
        desk.ticket(number, 8, links=[])
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    with Project.load(root) as project:
        stages.extract(project)
        pilot = stages.make_plan(project, Scope("pilot"))
        assert stages.apply(project, pilot).failed == 0
        ref = f"{DESK}:{kind}:{lost}"
        delete(tmp_path / "target", kind, project.idmap.get(ref))
        stages.extract(project)
        rest = stages.make_plan(project, Scope("rest"))
        assert rest.outcomes()[kind]["gone"] == 1
        assert blockers(rest) == [ref]
        before = by_origin(tmp_path / "target")
        with pytest.raises(FerryError) as refused:
            stages.apply(project, rest)
        assert "P329" in str(refused.value)
        assert by_origin(tmp_path / "target") == before, "nothing was written"
        again = stages.make_plan(project, Scope("rest"))
        assert blockers(again) == [ref], "a plan that goes on from the last one says it too"
        line = next(
            line
            for line in map(json.loads, (tmp_path / "target" / f"{kind}.jsonl").read_text().splitlines())
            if (line.get("record") or {}).get("origin") == ref
        )
        anew = {key: value for key, value in line["record"].items() if key not in ("origin", "provenance")}
        with (tmp_path / "target" / f"{kind}.jsonl").open("a") as file:
            record = {**anew, "ref": f"dest:{kind}:900"}
            file.write(json.dumps({**line, "id": "900", "record": record}) + "\n")
        whole = stages.make_plan(project, Scope("rest"))
        assert not blockers(whole)
        assert stages.apply(project, whole).failed == 0
        assert project.idmap.get(ref) == "900"
        assert stages.make_plan(project, Scope("rest")).endpoint_counts() == {}


def test_an_account_that_is_gone_and_that_nothing_needs_stops_no_plan(tmp_path):
    write_desk(tmp_path / "src", 8)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    with Project.load(root) as project:
        stages.extract(project)
        stages.apply(project, stages.make_plan(project, Scope("pilot")))
        delete(tmp_path / "target", "person", project.idmap.get(f"{DESK}:person:2"))
        stages.extract(project)
        rest = stages.make_plan(project, Scope("rest"))
        assert rest.outcomes()["person"]["gone"] == 1
        assert not blockers(rest)
