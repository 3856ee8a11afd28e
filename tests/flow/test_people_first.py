"""People are phase 0: planned, applied and verified days before the tickets, which find them there."""

import pytest
from click.testing import CliRunner
from tests.flow.neutral_desks import to_jira, to_zendesk

from ticketferry.cli import cli
from ticketferry.plan.inputs import Scope
from ticketferry.project import stages
from ticketferry.project.phase_states import phase_states


def desk_of(ferry):
    acme = ferry.organization(1, "Acme", domains=["one.example"], shared_tickets=True)
    ann = ferry.person(1, "Ann", "ann@one.example", organizations=[acme])
    gone = ferry.person(2, "Bo", "bo@one.example", state="deleted")
    ferry.person(3, "Nobody's", "never@one.example")
    ferry.ticket(1, ann, "Ann's words", organization=acme)
    ferry.ticket(2, gone, "Bo's words")


def count(ferry):
    """Accounts and tickets of the new desk."""
    state = ferry.target.state
    if hasattr(state, "issues"):
        return len(state.accounts), len(state.issues)
    return len(state.lists["users"]), len([*state.heads])


@pytest.mark.parametrize("desk", [to_jira, to_zendesk])
def test_people_go_days_before_the_tickets_which_use_them(tmp_path, desk):
    with desk(tmp_path) as ferry:
        desk_of(ferry)
        people, tickets = count(ferry)
        with ferry.project() as project:
            stages.extract(project)
            plan = stages.make_plan(project, Scope(people=True))
            made = {name: kinds for name, kinds in plan.outcomes().items() if name != "group"}
            assert made == {"person": {"create": 2}, "organization": {"create": 1}}
            for state in stages.preflight(project, plan):
                if not state.proved and state.guard.proof == "person":
                    project.workspace.confirm(state.guard.code, "a tester")
            stages.apply(project, plan)
            assert stages.verify(project).same
            assert count(ferry) == (people + 2, tickets)
            assert stages.make_plan(project, Scope(people=True)).endpoint_counts() == {}
            assert {one.state for one in phase_states(project)} & {"applied", "verified"} == set()
        ferry.clock.advance(3 * 86_400)
        ferry.person(1, "Ann Berg", "ann@one.example", organizations=["acme:organization:1"])
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert plan.outcomes()["ticket"] == {"create": 2}
            assert "create" not in plan.outcomes()["person"]
            stages.apply(project, plan)
            assert stages.verify(project).same
            assert count(ferry) == (people + 2, tickets + 2)


def test_the_screen_says_that_no_ticket_is_written(tmp_path):
    with to_jira(tmp_path) as ferry:
        desk_of(ferry)
        with ferry.project() as project:
            stages.extract(project)
        result = CliRunner().invoke(cli, ["-C", str(ferry.root), "plan", "--people", "--offline"])
        assert "before them: no ticket is written" in " ".join(result.stdout.split())
        assert "tickets " not in result.stdout.partition("before them")[2].partition("Look")[0].replace(
            "tickets need", ""
        )
        refused = CliRunner().invoke(cli, ["-C", str(ferry.root), "plan", "--people", "--limit", "3"])
        assert refused.exit_code == 64
        assert "--people goes with --phase" in refused.output
