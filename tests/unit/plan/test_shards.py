"""A range of roots: a plan of one phase looks at the tickets of that phase, and at no other's texts."""

from tests.flow.migrations import write_desk, write_project

from ticketferry.mapping.engine import Engine
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages


def test_a_plan_of_one_phase_maps_no_ticket_of_another(tmp_path, monkeypatch):
    write_desk(tmp_path / "src", 8)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    mapped = []
    case = Engine.case

    def noted(engine, record, **options):
        mapped.append(record["ref"])
        return case(engine, record, **options)

    monkeypatch.setattr(Engine, "case", noted)
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project, Scope("pilot"))
        pilots = set(plan.tickets())
        assert plan.header["figures"]["tickets in other phases"] == 8 - len(pilots)
    assert 0 < len(pilots) < 8
    assert set(mapped) == pilots
