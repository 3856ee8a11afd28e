"""What tickets cannot be in the types that routes give them is told before a plan: statuses, required fields, options."""

import copy
from collections import Counter
from typing import Any

from tests.unit.mapping.desks import JIRA, JSM, NOW, ZENDESK

from ticketferry.mapping.affected import AffectedTickets
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import loads
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.work import Setup
from ticketferry.sdk.contract import Finding
from ticketferry.sdk.features import Feature

STEPS = [
    {"id": "1", "name": "Take", "to": "In progress", "sources": ["Waiting for support"]},
    {"id": "2", "name": "Ask", "to": "Waiting for customer", "sources": ["In progress"]},
    {"id": "3", "name": "Approve", "to": "Resolved", "sources": ["In progress"], "blocked": "an approval"},
]
WORKFLOW = {
    "id": "w", "name": "W", "initial": "Waiting for support", "transitions": STEPS,
    "statuses": ["Waiting for support", "In progress", "Waiting for customer", "Resolved"],
}  # fmt: skip
HEAD = "version: 1\nsource: zendesk\ntarget: jsm\n"
BASE = "route:\n  - {when: {brand: Billing}, project: BILL, issue_type: Task}\n  - {when: always, project: SUP, issue_type: Incident}\n"
STATUS = "status: {new: Waiting for support, open: In progress, pending: Waiting for customer, solved: %s, '*': In progress}\n"
USE = UseCounts(
    40, {"status": Counter({"open": 20, "solved": 12, "closed": 3}), "group": Counter({"HR-cases": 7})}
)


def site(**type_: Any) -> dict[str, Any]:
    jira = copy.deepcopy(JIRA)
    jira["workflows"] = [WORKFLOW]
    jira["projects"][0]["types"][1] |= type_
    return jira


def found(
    code: str, more: str, target: dict[str, Any], use: UseCounts | None = None, taken: Any = None, source: Any = ZENDESK
) -> list[Finding]:  # fmt: skip
    file = loads(HEAD + more if "route:" in more else HEAD + BASE + more)
    affected = None
    if use is not None:
        affected = AffectedTickets(Setup(file, source, target, JSM, NoLookups(), NOW), use, taken)
    return [item for item in lint(file, source, target, JSM, affected) if item.code == code]


def test_a_status_that_no_open_step_leads_to_is_told_with_the_tickets_and_the_route() -> None:
    (one,) = found("S220", STATUS % "Resolved", site(workflow="w"), USE, {("route", 1, "when"): 9})
    assert "the workflow of Incident of SUP (mapping.yaml:" in one.message
    assert "leads nowhere to `Resolved` (at most 9 tickets)" in one.message
    assert "`Waiting for support`" in one.remedy


def test_a_status_that_the_workflow_lacks_is_told_and_one_that_it_has_is_not() -> None:
    (one,) = found("S220", STATUS % "Closed", site(workflow="w"))
    assert "has no status `Closed`:" not in one.message
    assert one.message.endswith("has no status `Closed`")
    assert found("S220", STATUS % "In progress", site(workflow="w")) == []
    assert found("S220", STATUS % "Closed", site()) == [], "a type whose workflow was not read says nothing"


def test_nothing_is_said_of_a_status_that_no_ticket_of_the_route_has() -> None:
    assert found("S220", STATUS % "Resolved", site(workflow="w"), USE, {("route", 1, "when"): 0}) == []
    apart = "status: {open: {to: In progress, when: {brand: Globex}, else: Closed}, '*': In progress}\n"
    only = "route: [{when: {brand: Globex}, project: SUP, issue_type: Incident}, {when: always, project: BILL, issue_type: Task}]\n"
    assert found("S220", only + apart, site(workflow="w")) == []
    assert found("S220", only + apart.replace("Globex}, else", "Acme}, else"), site(workflow="w"))


def test_a_file_sets_a_status_without_a_step_to_it() -> None:
    assert found("S220", "way: import-file\n" + STATUS % "Resolved", site(workflow="w")) == []
    assert found("S220", "way: import-file\n" + STATUS % "Closed", site(workflow="w"))


def test_a_field_that_a_new_issue_must_have_and_no_rule_writes_stops_before_the_plan() -> None:
    target = site(required=["summary", "regions"])
    (one,) = found("S224", "", target, USE, {("route", 1, "when"): 31})
    assert (one.where.split(":")[0], one.severity.value) == ("mapping.yaml", "blocker")
    assert (
        "a new Incident of SUP needs a value for `Affected regions`, and no rule writes it (at most 31 tickets)"
        in one.message
    )
    assert found("S224", "fields: [{set: {Affected regions: EMEA}}]\n", target) == []
    assert found("S224", "", target, USE, {("route", 1, "when"): 0}) == []


def test_an_option_that_a_project_does_not_take_is_told_at_its_line() -> None:
    target = site(allowed={"refund reason": ["1"]})
    reason = next(row for row in target["fields"] if row["key"] == "refund reason")
    reason["options"] = [{**option, "id": str(number)} for number, option in enumerate(reason["options"], 1)]
    rule = "fields: [{from: fields.refund_reason, to: Refund reason, values: {broken: Damaged, late: Late, '*': Damaged}}]\n"
    (one,) = [item for item in found("S205", rule, target) if "cannot be set" in item.message]
    assert "`Late` of `Refund reason` cannot be set on a new Incident of SUP" in one.message


def test_tickets_of_a_restricted_group_that_get_no_level_are_told() -> None:
    (one,) = found("S225", "", JIRA, USE)
    assert (
        "group `HR-cases`, which only its members see, go to a place without a security level (7 tickets)"
        in one.message
    )
    assert found("S225", "groups: {HR-cases: {security: HR only}}\n", JIRA, USE) == []
    first = "route: [{when: {group: HR-cases}, project: HR, issue_type: Task, security: HR only}, {when: always, project: SUP, issue_type: Task}]\n"
    assert found("S225", first, JIRA, USE) == []
    behind = first.replace(
        "{when: {group: HR-cases}",
        "{when: {brand: Acme}, project: SUP, issue_type: Task}, {when: {group: HR-cases}",
    )
    assert found("S225", behind, JIRA, USE), "a route that stands before it takes some of them"
    nobody = UseCounts(40, {"group": Counter({"Tier 1": 40})})
    assert found("S225", "", JIRA, nobody) == []


def test_a_restricted_group_that_is_one_in_the_target_too_keeps_its_tickets_to_itself() -> None:
    there: dict[str, Any] = {
        "desk": "b",
        "product": "zendesk",
        "groups": [{"id": "1", "name": "HR-cases", "restricted": True}],
    }
    file = loads("version: 1\nsource: zendesk\ntarget: zendesk\n")
    features = frozenset({Feature.GROUPS, Feature.PUBLIC_AND_INTERNAL})
    assert [item for item in lint(file, ZENDESK, there, features) if item.code == "S225"] == []
    there["groups"][0]["restricted"] = False
    assert [item for item in lint(file, ZENDESK, there, features) if item.code == "S225"]
