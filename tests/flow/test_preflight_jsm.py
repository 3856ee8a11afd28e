"""What a preflight predicts of a Jira site is what the site then does: reactions of automation rules, rule by rule; licences; limits."""

import json

import pytest
from click.testing import CliRunner
from tests.flow.desks import confirm, desks
from tests.name_server import name_server

from ticketferry.cli import cli
from ticketferry.project import Project, stages
from ticketferry.project.preflight import look
from ticketferry.sdk.preflight import PreflightResult
from ticketferry_emulators.jsm.models import automation, rule_events
from ticketferry_emulators.jsm.models.settings import AutomationRule

ZONE = {
    ("acme.example", "MX"): ["10 mx.acme.example."],
    ("acme.example", "TXT"): ['"v=spf1 include:mail.zendesk.com -all"'],
    ("mail.zendesk.com", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 ~all"'],
    ("_dmarc.acme.example", "TXT"): ['"v=DMARC1; p=reject"'],
    ("globex.example", "MX"): ["10 mx.acme.example."],
}
ACTION = {"component": "ACTION", "type": "codebarrel.action.log", "value": "x"}
CONDITION = {"component": "CONDITION", "type": "jira.issue.condition", "value": {}}


def rule(number, name, trigger, *components, **more):
    return AutomationRule(
        f"0192e5ac-0e25-71de-ba7b-{number:012}",
        name,
        trigger,
        components=list(components) or [ACTION],
        **more,
    )


def rules_of(project_id):
    return [
        rule(1, "each new one", rule_events.CREATED),
        rule(2, "each word", rule_events.COMMENTED, projects=(project_id,)),
        rule(3, "each step", rule_events.TRANSITIONED),
        rule(4, "each edit", rule_events.UPDATED),
        rule(5, "some words", rule_events.COMMENTED, CONDITION, ACTION),
        rule(6, "elsewhere", rule_events.CREATED, projects=("99999",)),
        rule(7, "paused", rule_events.CREATED, enabled=False),
        rule(8, "by the clock", "jira.jql.scheduled"),
        rule(9, "by hand", "jira.manual.trigger.issue"),
        rule(10, "something else", "jira.issue.event.trigger:unheard-of"),
    ]


def items_of(project, plan=None):
    return {item.code: item for item in look(project, plan).items}


@pytest.fixture(scope="module")
def applied(tmp_path_factory):
    with desks(8) as both:
        root = both.project(tmp_path_factory.mktemp("preflight") / "mig")
        state = both.jira.state
        found = {"root": root, "state": state}
        with Project.load(root, clock=both.clock) as project:
            stages.extract(project)
            plan = stages.make_plan(project)
            found["quiet"] = look(project, plan)
            found["closed"] = [item for item in found["quiet"].items if item.code == "PF-ACCESS"]
            (desk, *_) = state.projects
            state.automated.rules[:] = rules_of(desk)
            state.automation = {automation.RESPOND}
            found["unplanned"] = items_of(project)
            found["items"] = items_of(project, plan)
            screen = CliRunner().invoke(cli, ["-C", str(root), "preflight", plan.id])
            found["screen"] = (screen.exit_code, screen.output)
            found["json"] = json.loads(
                CliRunner().invoke(cli, ["-C", str(root), "preflight", plan.id, "--json"]).stdout
            )
            with name_server(ZONE) as server:
                asked = ["-C", str(root), "preflight", "--dns", "--nameserver", server.address, "--json"]
                found["dns"] = json.loads(CliRunner().invoke(cli, asked).stdout)
            state.automation = set()
            confirm(project, plan)
            stages.apply(project, plan)
            found["done"] = dict(state.automated.firings)
            first = next(iter(state.accounts.values()))
            agents = [
                account for account in state.accounts.values() if account.agent and account is not first
            ]
            for account in agents:
                account.agent = False
            state.seats = 3
            found["fewer"] = items_of(project, plan)
            for account in agents:
                account.agent = True
            state.open_projects.add("HR")
            found["readers"] = [item for item in look(project, plan).items if item.code == "PF-ACCESS"]
            state.lacking[first.id].add("ADMINISTER")
            found["no right"] = items_of(project, plan)
            state.lacking.clear()
        assert both.jira.crashes == []
        yield found


def test_rules_react_as_often_as_was_said(applied):
    item, done = applied["items"]["PF-RULES"], applied["done"]
    told = {
        name.removeprefix("firings of "): count
        for name, count in item.figures.items()
        if name.startswith("firings of ")
    }
    for name in ("each new one", "each word", "each step", "each edit"):
        assert done[name] == told[name] > 0
    assert told["some words"] == 0
    assert f"some words: at most {done['some words']} times (its conditions are not worked out)" in item.rows
    assert "elsewhere" not in told
    assert "paused" not in told
    assert told["something else"] == 0
    assert done.get("something else", 0) <= item.figures["firings at most"]
    assert item.result is PreflightResult.FAILED


def test_rules_by_the_clock_and_rules_that_move_on_a_comment_are_items_of_their_own(applied):
    assert applied["items"]["PF-TIMED"].rows == ("by the clock",)
    reopen = applied["items"]["PF-REOPEN"]
    assert reopen.result is PreflightResult.FAILED
    assert reopen.rows == (automation.RESPOND,)
    assert reopen.figures["moves at most"] > 0


def test_a_site_without_rules_is_proved_quiet_and_the_cost_is_counted(applied):
    quiet = {item.code: item for item in applied["quiet"].items}
    assert quiet["PF-RULES"].result is PreflightResult.PROVED
    assert quiet["PF-REOPEN"].result is PreflightResult.PROVED
    assert applied["quiet"].writes == 0
    assert applied["quiet"].requests < 70
    assert applied["unplanned"]["PF-RULES"].result is PreflightResult.UNKNOWN


def test_portal_customers_need_no_licence_and_an_agent_without_one_is_named(applied):
    item = applied["items"]["PF-SEATS"]
    assert item.result is PreflightResult.PROVED
    assert item.figures["portal customers made"] > 0
    assert item.figures["licences needed"] == 0
    assert item.figures["left"] == item.figures["bought"] - item.figures["in use"]
    fewer = applied["fewer"]["PF-SEATS"]
    assert fewer.result is PreflightResult.FAILED
    assert fewer.figures["cannot be assigned"] == len(fewer.rows) > 0


def test_a_project_that_anybody_may_read_is_named_and_the_readers_of_each(applied):
    target, routes = sorted(applied["closed"], key=lambda item: not item.evidence.startswith("target"))
    assert target.result is routes.result is PreflightResult.PROVED
    assert (
        "after, in SUP: read by the role Service Desk Team, customers on the portal, their own requests"
        in target.rows
    )
    opened = next(item for item in applied["readers"] if item.evidence.startswith("target"))
    assert opened.result is PreflightResult.FAILED
    assert opened.figures["open to anybody"] == 1


def test_clocks_of_issues_made_now_breach_nothing_at_creation(applied):
    item = applied["items"]["PF-SLA"]
    assert item.result is PreflightResult.PROVED
    assert item.evidence.startswith("0 goals are breached at creation") or "no SLA clocks" in item.evidence


def test_rules_that_nobody_may_read_are_left_to_a_person(applied):
    item = applied["no right"]["PF-RULES"]
    assert item.result is PreflightResult.PERSON
    assert "refuses" in item.evidence
    assert applied["no right"]["PF-REOPEN"].result is PreflightResult.PERSON


def test_the_screen_is_80_columns_wide_and_waits(applied):
    code, shown = applied["screen"]
    assert code == 3
    assert max(map(len, shown.splitlines())) <= 80
    assert "each new one" in shown
    told = {item["code"] for item in applied["json"]["items"]}
    assert {
        "PF-RULES",
        "PF-SEATS",
        "PF-LIMITS",
        "PF-SLA",
        "PF-CREDENTIALS",
        "PF-ACCESS",
        "PF-CHANNELS",
    } <= told


def test_the_mail_records_of_every_address_are_asked_for_where_somebody_says_so(applied):
    items = [item for item in applied["dns"]["items"] if item["code"] == "PF-DNS"]
    assert [item["evidence"].partition(" ")[0] for item in items] == ["acme.example", "globex.example"]
    assert [item["result"] for item in items] == ["needs a person", "failed"]
    assert "Zendesk may send for it today; take it out once the old desk is closed" in items[0]["rows"]
    assert "no SPF record" in items[1]["evidence"]
    assert not [item for item in applied["json"]["items"] if item["code"] == "PF-DNS"], (
        "without the option no name server is asked"
    )
