"""A bare Zendesk account gets the fields, options, statuses and groups that its tickets need, where the mapping says so; and they are taken back."""

import pytest
from tests.flow.promises import Killed, Killer, real_writes
from tests.flow.zendesk_pair import pair

from ticketferry.demo.proof import prove_writes
from ticketferry.errors import MappingError
from ticketferry.plan.inputs import Inputs
from ticketferry.plan.planner import Planner
from ticketferry.project import Project, stages
from ticketferry_emulators.zendesk import bare_desk

CREATE = "\ncatalog: {create: [fields, options, statuses, groups]}\n"


@pytest.fixture(scope="module")
def desks():
    with pair(40) as found:
        yield found


def project_on(desks, root, more=CREATE, change=lambda text: text):
    folder = desks.project(root)
    text = (folder / "mapping.yaml").read_text()
    (folder / "mapping.yaml").write_text(change(text) + more)
    return Project.load(folder, clock=desks.clock)


def planned_on(desks, root):
    """The same with the first plan for a desk that lacks it all (`beginnings`)."""

    def make(kept):
        with project_on(desks, kept) as project:
            stages.extract(project)
            stages.make_plan(project)

    return Project.load(desks.beginnings.copied(root, "planned", make), clock=desks.clock)


def named(emulator, kind, key):
    return {row[key] for row in emulator.state.lists[kind].values()}


def test_without_leave_a_name_that_the_account_lacks_stops_the_plan(desks, tmp_path):
    desks.new_target(data=bare_desk())
    with project_on(desks, tmp_path / "mig", more="") as project:
        stages.extract(project)
        with pytest.raises(MappingError, match="has no status `custom:Waiting on vendor`"):
            stages.make_plan(project)


def test_what_is_missing_is_planned_made_proved_and_taken_back(desks, tmp_path):
    target = desks.new_target(data=bare_desk())
    before = target.dump()
    with project_on(desks, tmp_path / "mig") as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        assert real_writes(target) == []
        made = plan.outcomes()["definition"]["create"]
        assert made > 5
        figures = stages.apply(project, plan)
        assert (figures.failed, figures.left, figures.repeated) == (0, 0, 0)
        planning = project.planning(inputs=Inputs.of(plan.header))
        with project.open_target(offline=True) as opened:
            proof = prove_writes(
                plan, opened.endpoints, project.idmap, real_writes(target), Planner(planning).render
            )
        assert (proof.strange, proof.unseen, proof.repeated) == ([], [], 0)
        assert "Escalated to engineering" in named(target, "custom_statuses", "agent_label")
        assert "Billing" in named(target, "groups", "name")
        assert stages.verify(project).same
        assert stages.verify(project, [plan.id]).same
        again = stages.make_plan(project)
        assert again.endpoint_counts() == {}
        assert "definition" not in again.outcomes()
        stages.apply(project, stages.plan_rollback(project, plan.id))
        after = target.dump()
        for section in before.keys() - set(target.residue_sections):
            assert after[section] == before[section], section
    desks.healthy()


def test_an_option_is_added_to_a_field_that_is_there(desks, tmp_path):
    target = desks.new_target()
    fields = target.state.lists["ticket_fields"]
    field = next(row for row in fields.values() if row["title"] == "Refund reason")
    gone = field["custom_field_options"].pop()
    with project_on(desks, tmp_path / "mig") as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        rows = [change.title for change in plan.changes("kind = 'definition'")]
        assert rows in ([gone["name"]], []), "made only where a ticket needs it"
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}
        options = [row["name"] for row in fields[field["id"]]["custom_field_options"]]
        assert (gone["name"] in options) is bool(rows)
        stages.apply(project, stages.plan_rollback(project, plan.id))
        assert gone["name"] not in [row["name"] for row in fields[field["id"]]["custom_field_options"]]
    desks.healthy()


@pytest.mark.long(part=2)
@pytest.mark.parametrize("nth", range(1, 41))
def test_a_run_killed_while_it_sets_the_account_up_goes_on(desks, tmp_path, nth):
    target = desks.new_target(data=bare_desk())
    with planned_on(desks, tmp_path / "mig") as project:
        plan = project.plan("p-01")
        with pytest.raises(Killed):
            stages.apply(project, plan, on_point=Killer(nth))
    with Project.load(tmp_path / "mig", clock=desks.clock) as project:
        figures = stages.apply(project, project.plan(plan.id))
        assert (figures.failed, figures.left) == (0, 0)
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}
        titles = [row["title"] for row in target.state.lists["ticket_fields"].values()]
        assert len(titles) == len(set(titles)), "no field is made twice"
    desks.healthy()


def test_a_status_is_refused_where_zendesk_cannot_have_it(desks, tmp_path):
    desks.new_target()

    def change(text):
        return text.replace('"custom:Parked": hold', '"custom:Parked": Parked for good')

    with project_on(desks, tmp_path / "mig", change=change) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        codes = {finding.code for finding in plan.blockers()}
        assert codes <= {"ZD-DEFINITION"}
