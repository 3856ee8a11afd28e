"""One bad record on the whole way: named everywhere, written nowhere, and the last step waits for it."""

import json

import pytest
from tests.flow.migrations import DESK, by_origin, write_desk, write_project
from tests.unit.cli.terminal import Terminal

import ticketferry_neutral.source as neutral_source
from ticketferry.errors import WaitingError
from ticketferry.mapping.engine import Engine
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.quarantine import waive
from ticketferry.schema.refs import ROOTS
from ticketferry_neutral.target import NeutralTarget


@pytest.fixture
def project(tmp_path):
    write_desk(tmp_path / "src", 6)
    write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "mig-target")
    with Project.load(tmp_path / "mig") as found:
        yield found


def broken(method, ref):
    """Return `method` of a class so that it breaks for one record as a fault of the program would."""

    def work(self, record, *args, **more):
        text = record.get("ref") if isinstance(record, dict) else str((record.desired or {}).get("ref"))
        if text == ref:
            raise TypeError("'NoneType' object is not iterable")
        return method(self, record, *args, **more)

    return work


def whole(plan, project) -> bool:
    """Say whether every value that was counted at extraction has its end in the plan."""
    counted = project.snapshots("source").leaves(ROOTS, project.snapshots("source").latest().number)
    return sum(plan.dispositions().values()) == counted


@pytest.mark.parametrize(
    ("place", "name"), [(Engine, "case"), (NeutralTarget, "compile")], ids=["mapping", "compile"]
)
def test_an_exception_in_one_tickets_planning_holds_that_ticket_only(project, monkeypatch, place, name):
    stages.extract(project)
    monkeypatch.setattr(place, name, broken(getattr(place, name), f"{DESK}:ticket:3"))
    plan = stages.make_plan(project)
    assert plan.outcomes()["ticket"] == {"create": 5, "reject": 1}
    assert plan.header["quarantine"] == [f"{DESK}:ticket:3"]
    (row,) = plan.rows("SELECT because FROM change WHERE root = ?", (f"{DESK}:ticket:3",))
    assert "planning it failed: TypeError: 'NoneType' object is not iterable at test_quarantine.py" in row[0]
    assert plan.one("SELECT count(*) FROM operation WHERE root = ?", (f"{DESK}:ticket:3",)) == 0
    assert whole(plan, project)
    assert stages.make_plan(project).digest == plan.digest


def test_a_record_that_cannot_be_translated_is_in_no_plan_and_every_screen_names_it(
    project, monkeypatch, tmp_path
):
    real = neutral_source.NeutralSource.translate

    def translate(self, wire, catalog):
        if str(wire.ref) == f"{DESK}:comment:8":
            raise KeyError("body")
        return real(self, wire, catalog)

    monkeypatch.setattr(neutral_source.NeutralSource, "translate", translate)
    user = Terminal(project.root)
    shown = user("extract").stdout
    assert "1 could not be read or translated" in shown
    assert "ticket:3" in shown
    told = user("plan", code=0).stdout
    assert "QUARANTINE  1 record is in quarantine" in told
    held = json.loads(user("quarantine", "--json", code=2).stdout)
    (one,) = held["quarantine"]
    assert (one["ref"], one["stage"], one["part"]) == (f"{DESK}:ticket:3", "translating", "comment:8")
    assert "ticket:3 (comment:8)  translating, source: KeyError: 'body'" in user("errors").stdout
    status = json.loads(user("status", "--json", code=2).stdout)
    assert status["quarantined"] == 1
    assert "quarantine  1 to mend or to waive" in user("status", code=2).stdout
    assert all(len(line) <= 80 for line in user("quarantine", code=2).stdout.splitlines())

    refused = user("apply", "p-01", "--yes", code=3).stderr
    assert "ticket:3" in refused
    assert not (tmp_path / "mig-target").exists() or not by_origin(tmp_path / "mig-target")

    user("quarantine", "waive", "3", "--because", "a test of 2019", "--by", "M. Ito")
    assert "waived by M. Ito: a test of 2019" in user("quarantine").stdout
    user("apply", "p-01", "--yes")
    there = by_origin(tmp_path / "mig-target")
    assert f"{DESK}:ticket:2" in there
    assert f"{DESK}:ticket:3" not in there

    monkeypatch.undo()
    user("extract", "--retry")
    assert "Nothing is in quarantine" in user("quarantine").stdout
    user("plan")
    user("apply", "p-02", "--yes")
    assert f"{DESK}:ticket:3" in by_origin(tmp_path / "mig-target")


def test_only_the_last_step_waits_for_what_is_in_quarantine(project, monkeypatch):
    stages.extract(project)
    monkeypatch.setattr(Engine, "case", broken(Engine.case, f"{DESK}:ticket:3"))
    pilot = stages.make_plan(project, Scope(phase="pilot"))
    stages.apply(project, pilot)
    some = stages.make_plan(project, Scope(only=("1",)))
    stages.apply(project, some)
    last = stages.make_plan(project, Scope(phase="rest"))
    with pytest.raises(WaitingError, match="1 record is in quarantine") as caught:
        stages.apply(project, last)
    assert "quarantine waive" in caught.value.remedy


def test_a_ticket_that_needs_a_record_which_is_left_out_is_held_and_the_rest_is_planned(
    project, monkeypatch, tmp_path
):
    stages.extract(project)
    monkeypatch.setattr(Engine, "person", broken(Engine.person, f"{DESK}:person:5"))
    plan = stages.make_plan(project)
    held = plan.header["quarantine"]
    assert f"{DESK}:person:5" in held
    waiting = [ref for ref in held if ":ticket:" in ref]
    assert waiting == [f"{DESK}:ticket:3"], "the one whose requester that is"
    (row,) = plan.rows("SELECT because FROM change WHERE root = ?", (waiting[0],))
    assert "it needs the id of person:5, and this plan leaves it out" in row[0]
    assert plan.outcomes()["ticket"] == {"create": 5, "reject": 1}
    assert whole(plan, project)
    assert stages.make_plan(project).digest == plan.digest
    for ref in held:
        waive(project, ref, "left behind")
    figures = stages.apply(project, plan)
    assert (figures.failed, figures.left) == (0, 0)
    there = by_origin(tmp_path / "mig-target")
    assert sorted(ref for ref in there if ref.startswith(f"{DESK}:ticket:")) == [
        f"{DESK}:ticket:{n}" for n in (1, 2, 4, 5, 6)
    ]
    assert stages.verify(project).same


def test_who_sees_more_is_counted_without_what_is_held_and_tickets_apart_from_people(project, monkeypatch):
    """A person who is held takes none of the tickets out of the figure that forbids the plan."""
    stages.extract(project)

    def seen(method):
        def work(self, *args, **more):
            mapped = method(self, *args, **more)
            mapped.newly_visible.append("the members of another organization")
            return mapped

        return work

    monkeypatch.setattr(Engine, "case", seen(Engine.case))
    monkeypatch.setattr(Engine, "person", seen(Engine.person))
    before = stages.make_plan(project).header["figures"]
    monkeypatch.setattr(Engine, "organization", broken(Engine.organization, f"{DESK}:organization:1"))
    plan = stages.make_plan(project, whole=True)
    left = {
        kind: plan.one(
            "SELECT count(*) FROM change WHERE kind = ? AND outcome = 'create'"
            " AND json_extract(facts, '$.newly_visible') IS NOT NULL",
            (kind,),
        )
        for kind in ("ticket", "person")
    }
    assert left["ticket"] < before["newly visible"]
    assert left["person"] < before["members of more"]
    figures = plan.header["figures"]
    assert (figures["newly visible"], figures["members of more"]) == (left["ticket"], left["person"])


def test_a_record_that_cannot_be_read_in_the_target_is_neither_made_again_nor_overwritten(
    project, monkeypatch, tmp_path
):
    stages.extract(project)
    stages.apply(project, stages.make_plan(project))
    there = by_origin(tmp_path / "mig-target")
    real = neutral_source.NeutralSource.translate

    def translate(self, wire, catalog):
        if wire.ref.desk == "dest" and str(wire.ref) == there[f"{DESK}:ticket:2"]["ref"]:
            raise KeyError("record")
        return real(self, wire, catalog)

    monkeypatch.setattr(neutral_source.NeutralSource, "translate", translate)
    plan = stages.make_plan(project)
    (row,) = plan.rows("SELECT outcome, because FROM change WHERE root = ?", (f"{DESK}:ticket:2",))
    assert row[0] == "reject"
    assert "its record in the target" in row[1]
    assert plan.endpoint_counts() == {}
