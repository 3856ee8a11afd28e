"""What Jira asks for and a ticket does not bring is told by the plan, and refused by the stand-in as the product refuses it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.connectors.jsm.migrating import AGENT, Migration, migration, ticket

from ticketferry.sdk import Compiled, FatalError, Outcome, Severity

SERVICE, INCIDENT = "10001", "10002"


@pytest.fixture
def site() -> Iterator[Migration]:
    with migration() as found:
        found.people()
        yield found


def field_id(site: Migration, name: str) -> str:
    return next(known.id for known in site.state.fields.values() if known.name == name)


def project(site: Migration, key: str = "SUP") -> Any:
    return next(row for row in site.state.projects.values() if row.key == key)


def planned(site: Migration, **more: Any) -> Compiled:
    """Compile with a catalog that was just read."""
    site.driver.catalog = site.target.catalog()
    return site.driver.compile(Outcome.CREATE, ticket(1, **more))


def blockers(compiled: Compiled) -> list[tuple[str, str]]:
    return [
        (finding.code, finding.where) for finding in compiled.findings if finding.severity is Severity.BLOCKER
    ]


def refusal(site: Migration, compiled: Compiled) -> str:
    """Send what was planned all the same; return why the desk refuses it."""
    for operation in compiled.operations:
        (result,) = site.driver.send([operation])
        if result.status == "rejected":
            assert result.error is not None
            return f"{operation.endpoint}: {result.error.message}"
    return ""


def test_a_field_that_the_create_screen_requires_stops_the_plan_with_the_line_for_the_mapping(
    site: Migration,
) -> None:
    project(site).required[SERVICE] = [field_id(site, "Handled by")]
    compiled = planned(site)
    assert blockers(compiled) == [("JSM-REQUIRED", "fields.Handled by")]
    (finding,) = [row for row in compiled.findings if row.severity is Severity.BLOCKER]
    assert '- {set: {"Handled by": "Human"}}' in finding.remedy
    assert refusal(site, compiled) == f"issue.create: {field_id(site, 'Handled by')}: Handled by is required."
    given = planned(site, fields={"Handled by": "Human"})
    assert blockers(given) == []
    assert refusal(site, given) == ""


def test_a_field_that_a_validator_of_the_first_transition_requires_is_known_without_create_metadata(
    site: Migration,
) -> None:
    flow = site.state.workflows["10601"]
    flow.transitions[0] = replace(flow.transitions[0], required=(field_id(site, "Serial no."),))
    assert blockers(planned(site)) == [("JSM-REQUIRED", "fields.Serial no.")]
    assert "Serial no. is required" in refusal(site, planned(site))
    assert blockers(planned(site, type="Incident")) == []


def test_a_field_that_the_transition_to_solved_requires_stops_the_plan_before_the_ticket_stays_open(
    site: Migration,
) -> None:
    flow = site.state.workflows["10601"]
    number = next(at for at, row in enumerate(flow.transitions) if row.name == "Resolve this issue")
    flow.transitions[number] = replace(flow.transitions[number], required=("assignee",))
    solved = {"status": "Resolved", "resolution": "Done"}
    compiled = planned(site, **solved)
    assert blockers(compiled) == [("JSM-REQUIRED", "assignee")]
    assert "transition 'Resolve this issue'" in next(
        row.message for row in compiled.findings if row.code == "JSM-REQUIRED"
    )
    assert refusal(site, compiled).startswith("issue.transition: assignee: Assignee is required")
    given = planned(site, **solved, assignee=AGENT)
    assert blockers(given) == []
    assert refusal(site, given) == ""
    assert site.state.statuses[site.issue("acme:ticket:1").status].name == "Resolved"


def test_a_field_that_only_the_screen_of_a_transition_has_is_written_with_that_transition(
    site: Migration,
) -> None:
    amount = field_id(site, "Refund amount")
    row = project(site)
    row.create_screen.remove(amount)
    name, fields, required = site.state.screens["10201"]
    site.state.screens["10201"] = (name, [*fields, amount], [*required, amount])
    compiled = planned(site, status="Resolved", resolution="Done", fields={"Refund amount": 12.5})
    assert blockers(compiled) == []
    site.driver.apply(compiled.operations)
    assert site.issue("acme:ticket:1").values[amount] == 12.5
    site.check(compiled, "acme:ticket:1")


def test_a_priority_that_the_projects_scheme_has_not_stops_the_plan(site: Migration) -> None:
    project(site).priorities = ["3"]
    compiled = planned(site, priority="High")
    assert blockers(compiled) == [("JSM-CHOICE", "priority")]
    finding = next(row for row in compiled.findings if row.code == "JSM-CHOICE")
    assert "only Medium" in finding.message
    assert "priority: {…: Medium}" in finding.remedy
    assert blockers(planned(site, priority="High", project="BILL")) == []
    for given in ({"priority": "Medium"}, {}):
        assert blockers(planned(site, **given)) == []
        assert refusal(site, planned(site, **given)) == ""


def test_a_default_priority_that_the_projects_scheme_has_not_is_not_sent(site: Migration) -> None:
    project(site).priorities = ["1", "2"]
    compiled = planned(site)
    assert "priority" not in compiled.operations[0].body["fields"]
    site.driver.apply(compiled.operations)
    site.check(compiled, "acme:ticket:1")


def test_an_option_of_another_projects_context_is_not_sent_to_this_one(site: Migration) -> None:
    """The site has the option; the field's context in this project has it not."""
    known = site.state.fields[field_id(site, "Handled by")]
    project(site).options[known.id] = [option.id for option in known.options if option.value != "Hybrid"]
    compiled = planned(site, fields={"Handled by": "Hybrid"})
    assert ("JSM-VALUE", "fields.Handled by") in [(row.code, row.where) for row in compiled.findings]
    assert refusal(site, compiled) == ""
    elsewhere = planned(site, fields={"Handled by": "Hybrid"}, project="BILL")
    assert [row.code for row in elsewhere.findings if row.code == "JSM-VALUE"] == []


def test_a_request_type_of_another_issue_type_stops_the_plan(site: Migration) -> None:
    compiled = planned(site, form="Report an outage")
    assert blockers(compiled) == [("JSM-FORM-TYPE", "form")]
    finding = next(row for row in compiled.findings if row.code == "JSM-FORM-TYPE")
    assert "issue_type: Incident" in finding.remedy
    assert "is not valid for the issue type" in refusal(site, compiled)
    assert blockers(planned(site, form="Report an outage", type="Incident")) == []


def test_a_ticket_that_only_an_approval_could_solve_stops_the_plan_and_does_not_stay_open_in_silence(
    site: Migration,
) -> None:
    flow = site.state.workflows["10601"]
    flow.transitions = [
        replace(row, approval="approved") if row.target == "10105" else row for row in flow.transitions
    ]
    compiled = planned(site, status="Resolved", resolution="Done")
    assert blockers(compiled) == [("JSM-APPROVAL", "status")]
    finding = next(row for row in compiled.findings if row.code == "JSM-APPROVAL")
    assert "'Resolve this issue', which waits for an approval" in finding.message
    assert [op.endpoint for op in compiled.operations if op.endpoint == "issue.transition"] == []
    site.driver.apply(compiled.operations)
    issue = site.issue("acme:ticket:1")
    issue.status = "10101"
    path = f"/rest/api/3/issue/{issue.id}/transitions"
    answer = site.target.client.get(path, endpoint="transition.list")
    assert "Resolve this issue" not in [row["name"] for row in answer["transitions"]]


def test_a_status_of_a_solved_ticket_that_no_transition_leads_to_stops_the_plan(site: Migration) -> None:
    flow = site.state.workflows["10601"]
    flow.transitions = [row for row in flow.transitions if row.target != "10106"]
    assert blockers(planned(site, status="Closed")) == [("JSM-PATH", "status")]


def test_a_site_that_takes_no_portal_customers_stops_the_run_at_the_first(site: Migration) -> None:
    site.state.portal_customers_allowed = False
    person = {"ref": "acme:person:9", "name": "Ann", "email": "ann@shop.example", "account": "customer"}
    compiled = site.driver.compile(Outcome.CREATE, person)
    with pytest.raises(FatalError, match="Customer Service Management") as caught:
        site.driver.apply(compiled.operations)
    assert "match people" in caught.value.remedy
