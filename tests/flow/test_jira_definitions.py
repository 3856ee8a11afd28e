"""A service site gets the set-up that its tickets need and that it lacks, where the mapping says so; and it is taken back."""

import pytest
from click.testing import CliRunner
from tests.flow.desks import confirm, desks, strip_fields
from tests.flow.promises import Killed, Killer, apply_through_faults, real_writes

from ticketferry.cli import cli
from ticketferry.demo.proof import prove_writes
from ticketferry.errors import MappingError
from ticketferry.plan.inputs import Inputs
from ticketferry.plan.planner import Planner
from ticketferry.project import Project, stages
from ticketferry.project.mapping_files import left_by_hand
from ticketferry.project.mapping_words import words_of_mapping
from ticketferry_emulators.jsm.models.records import JiraStatus, Transition
from ticketferry_emulators.kit.faults import Fault

CREATE = "\ncatalog: {create: [fields, components]}\n"
GROUPS = 'groups:\n  "*": {component: "Team {{ group.name }}"}\n'


@pytest.fixture(scope="module")
def pair():
    with desks(30) as found:
        yield found


def with_components(text):
    return text.replace("groups:\n", GROUPS)


def project_on(pair, root, more=CREATE, change=with_components):
    folder = pair.project(root)
    path = folder / "mapping.yaml"
    path.write_text(change(path.read_text()) + more)
    return Project.load(folder, clock=pair.clock)


def bare_site(pair):
    jira = pair.new_jira()
    strip_fields(jira)
    return jira


def field_names(jira):
    return [known.name for known in jira.state.fields.values() if known.custom]


def planned(project):
    stages.extract(project)
    plan = stages.make_plan(project)
    confirm(project, plan)
    return plan


def begun(pair, root):
    """The plan for a bare site, for a test of what comes after it (`beginnings`)."""

    def make(kept):
        with project_on(pair, kept) as project:
            planned(project)

    project = Project.load(pair.beginnings.copied(root, "bare site", make), clock=pair.clock)
    return project, project.plan("p-01")


def components(jira):
    return {
        (project.key, component.name)
        for project in jira.state.projects.values()
        for component in project.components
    }


def test_without_leave_a_component_that_the_project_lacks_is_made_nowhere(pair, tmp_path):
    jira = pair.new_jira()
    before = components(jira)
    with project_on(pair, tmp_path / "mig", more="") as project:
        plan = planned(project)
        assert "definition" not in plan.outcomes()
        assert "component.create" not in plan.endpoint_counts()
    with project_on(pair, tmp_path / "named", more="", change=lambda text: text.replace("groups:\n", "groups:\n  Billing: {component: Cash}\n")) as project:  # fmt: skip
        stages.extract(project)
        with pytest.raises(MappingError, match="has no component `Cash`"):
            stages.make_plan(project)
    assert components(jira) == before


@pytest.mark.parametrize("brings_context", [True, False])
def test_what_is_missing_is_planned_made_proved_and_taken_back(pair, tmp_path, brings_context):
    jira = bare_site(pair)
    jira.state.field_brings_context = brings_context
    before = jira.dump()
    with project_on(pair, tmp_path / "mig") as project:
        plan = planned(project)
        assert real_writes(jira) == []
        made = plan.outcomes()["definition"]["create"]
        shown = {change.title for change in plan.changes("kind = 'definition'")}
        assert {"Team Billing", "Refund reason", "Original created", "Origin"} <= shown
        assert "Approvals" not in shown
        assert left_by_hand(project) == []
        assert "the target has no" not in repr(words_of_mapping(project))
        figures = stages.apply(project, plan)
        assert (figures.failed, figures.left, figures.repeated) == (0, 0, 0)
        planning = project.planning(inputs=Inputs.of(plan.header))
        with project.open_target() as opened:
            proof = prove_writes(
                plan, opened.endpoints, project.idmap, real_writes(jira), Planner(planning).render, opened.prepared,
            )  # fmt: skip
        assert (proof.strange, proof.unseen, proof.repeated) == ([], [], 0)
        names = field_names(jira)
        added = components(jira) - {(key, each["name"]) for key, row in before["projects"].items() for each in row["components"]}  # fmt: skip
        assert len(names) - len(before["fields"]) + len(added) == made
        assert len(names) == len(set(names))
        (reason,) = [known for known in jira.state.fields.values() if known.name == "Refund reason"]
        assert [option.value for option in reason.options] == ["Damaged", "Late", "Wrong item", "Other"]
        assert any(issue.values.get(reason.id) for issue in jira.state.issues.values())
        assert stages.verify(project).same
        assert stages.verify(project, [plan.id]).same
        again = stages.make_plan(project)
        assert again.endpoint_counts() == {}
        assert "definition" not in again.outcomes()
        back = stages.apply(project, stages.plan_rollback(project, plan.id))
        assert (back.failed, back.left) == (0, 0)
        after = jira.dump()
        for section in before.keys() - set(jira.residue_sections):
            assert after[section] == before[section], section
    pair.healthy()


def test_an_option_is_added_to_a_list_that_is_there_for_the_tickets_that_need_it(pair, tmp_path):
    jira = pair.new_jira()
    (reason,) = [known for known in jira.state.fields.values() if known.name == "Refund reason"]
    gone = {option.value for option in reason.options}
    jira.state.fields[reason.id].options = [
        option for option in reason.options if option.value == "Changed mind"
    ]
    gone.discard("Changed mind")
    with project_on(
        pair, tmp_path / "mig", more="\ncatalog: {create: [options]}\n", change=lambda text: text
    ) as project:
        plan = planned(project)
        made = {change.title for change in plan.changes("kind = 'definition'")}
        assert made
        assert made < gone, "made only where a ticket needs it"
        assert stages.apply(project, plan).failed == 0
        assert {option.value for option in reason.options} == {"Changed mind", *made}
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}
        back = stages.apply(project, stages.plan_rollback(project, plan.id))
        assert (back.failed, back.left) == (0, 0)
        assert [option.value for option in reason.options] == ["Changed mind"]
    pair.healthy()


def test_lost_answers_and_limits_while_the_site_is_set_up_make_nothing_twice(pair, tmp_path):
    jira = bare_site(pair)
    jira.state.field_brings_context = False
    project, plan = begun(pair, tmp_path / "mig")
    with project:
        kinds = ("drop_after", "status_after", "rate_limited", "drop_before", "status_before")
        for number, nth in enumerate(range(2, 120, 4)):
            jira.faults.add(Fault(kinds[number % len(kinds)], nth=nth, writes_only=True))
        assert apply_through_faults(project, plan) > 5
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}
    assert len(field_names(jira)) == len(set(field_names(jira)))
    for known in jira.state.fields.values():
        values = [option.value for option in known.options]
        assert len(values) == len(set(values)), known.name
    for project_row in jira.state.projects.values():
        for screen in (project_row.create_screen, project_row.edit_screen):
            assert len(screen) == len(set(screen))
    pair.healthy()


@pytest.mark.long(part=2)
@pytest.mark.parametrize("nth", range(1, 31))
def test_a_run_killed_while_it_sets_the_site_up_goes_on(pair, tmp_path, nth):
    jira = bare_site(pair)
    jira.state.field_brings_context = nth % 2 == 0
    project, plan = begun(pair, tmp_path / "mig")
    with project, pytest.raises(Killed):
        stages.apply(project, plan, on_point=Killer(nth))
    with Project.load(tmp_path / "mig", clock=pair.clock) as project:
        figures = stages.apply(project, project.plan(plan.id))
        assert (figures.failed, figures.left) == (0, 0)
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}
    rows = [
        (one.key, each.name.casefold()) for one in jira.state.projects.values() for each in one.components
    ]
    assert len(rows) == len(set(rows)), "no component is made twice"
    assert len(field_names(jira)) == len(set(field_names(jira))), "no field is made twice"
    pair.healthy()


def test_what_no_api_makes_is_a_checklist_with_tickets_and_pages_until_somebody_made_it(pair, tmp_path):
    """A status lives in workflows, which no plan changes: whoever runs the migration learns what to make, where, and for how many tickets."""
    jira = pair.new_jira()

    def parked(text):
        return text.replace("  pending: Waiting for customer", "  pending: Parked outside")

    with project_on(pair, tmp_path / "mig", more="", change=parked) as project:
        stages.extract(project)
        (row,) = left_by_hand(project)
        assert row.code == "S205"
        assert "the target has no status" in repr(words_of_mapping(project))
        count = int(row.message.partition("(")[2].partition(" ticket")[0])
        assert count > 0
        page = f"{jira.base_url}/secure/admin/workflows/ListWorkflows.jspa"
        assert row.remedy.endswith(page)
        with pytest.raises(MappingError) as caught:
            stages.make_plan(project)
        (told,) = caught.value.problems
        assert f"({count} ticket" in str(told)
        assert page in str(told)
        result = CliRunner().invoke(cli, ["-C", str(tmp_path / "mig"), "preflight"])
        assert "Parked outside" in result.output
        assert "ListWorkflows.jspa" in "".join(result.output.split())
        by_hand(jira, "Parked outside")
        stages.extract(project)
        assert left_by_hand(project) == []
        plan = planned(project)
        moved = list(plan.rows("SELECT count(*) FROM change WHERE kind = 'ticket' AND outcome = 'create'"))
        assert moved[0][0] > 0


def by_hand(jira, name):
    """Do what an administrator does: add a status to every workflow, with ways to it and back."""
    state = jira.state
    state.statuses["10999"] = JiraStatus("10999", name, "indeterminate")
    for flow in state.workflows.values():
        start = flow.start().target
        flow.transitions.append(Transition("901", "Park", "10999", (start,)))
        flow.transitions.append(Transition("902", "Take up", start, ("10999",)))
