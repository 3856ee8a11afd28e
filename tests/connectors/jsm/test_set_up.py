"""Entries of a site's set-up that a plan makes: as asked, once, refused where Jira cannot have them, and left where requests bear them."""

import pytest
from tests.connectors.jsm.migrating import migration, ticket

from ticketferry.sdk import Change, From, Outcome, Severity, parse_ref

COMPONENT = {"ref": "acme:definition:component-zed", "what": "component", "name": "Zed", "project": "SUP"}


@pytest.fixture
def m():
    with migration() as found:
        found.people()
        yield found


def undone(m, compiled, done):
    plan = m.target.undo(done, None)
    return [m.driver.send([operation])[0] for operation in plan.operations]


def test_a_component_is_made_read_back_and_taken_back(m):
    before = m.emulator.dump()["projects"]
    compiled, done = m.create(COMPONENT)
    m.check(compiled, COMPONENT["ref"])
    assert [row.name for row in m.state.project("SUP").components].count("Zed") == 1
    (result,) = undone(m, compiled, done)
    assert result.status == "done"
    assert m.emulator.dump()["projects"] == before


def test_a_component_that_an_agent_gave_to_a_request_stays(m):
    compiled, done = m.create(COMPONENT)
    m.create(ticket(1))
    issue = m.issue("acme:ticket:1")
    component = next(row for row in m.state.project("SUP").components if row.name == "Zed")
    issue.values["components"] = [component.id]
    m.state.reindex(issue)
    m.emulator.clock.advance(60)
    (result,) = undone(m, compiled, done)
    assert result.status == "rejected"
    assert result.error.code == "JSM-IN-USE"
    assert issue.key in result.error.message
    assert component in m.state.project("SUP").components
    assert issue.values["components"] == [component.id]
    m.state.delete_issue(issue)
    # The index still shows the request: what counts is whether it is there.
    (result,) = undone(m, compiled, done)
    assert result.status == "done"


@pytest.mark.parametrize(
    "change", [{"name": "x" * 256}, {"name": ""}, {"project": "NO"}, {"what": "status", "stage": "new"}]
)
def test_what_jira_cannot_hold_stops_the_plan(m, change):
    compiled = m.driver.compile(Outcome.CREATE, {**COMPONENT, **change})
    assert compiled.expected is None
    assert not compiled.operations
    (finding,) = compiled.findings
    assert (finding.code, finding.severity) == ("JSM-DEFINITION", Severity.BLOCKER)
    assert finding.remedy


def test_an_account_that_may_not_set_the_project_up_is_refused(m):
    m.state.lacking[m.target.client.myself()["accountId"]] |= {"ADMINISTER", "ADMINISTER_PROJECTS"}
    operation = m.driver.compile(Outcome.CREATE, COMPONENT).operations[0]
    (result,) = m.driver.send([operation])
    assert result.status == "rejected"
    assert "ADMINISTER_PROJECTS" in result.error.message


def test_a_ticket_of_an_import_file_waits_for_the_component_that_the_importer_would_make_by_itself(m):
    new = next(row for row in m.driver.catalog["projects"] if row["key"] == "SUP")
    new["components"] = [*new["components"], {"id": f"new:{COMPONENT['ref']}", "name": "Zed"}]
    wanted = ticket(1, components=["Website", "Zed"])
    compiled = m.target.compile(Change(Outcome.CREATE, wanted, None, way="import-file"), m.driver.catalog)
    operation = next(one for one in compiled.operations if one.endpoint == "import.issue")
    assert operation.body["components"] == ["Website", From(parse_ref(COMPONENT["ref"]), "name")]
    compiled = m.driver.compile(Outcome.CREATE, wanted)
    body = next(one for one in compiled.operations if one.endpoint == "issue.create").body
    assert From(parse_ref(COMPONENT["ref"]), "number") in [row["id"] for row in body["fields"]["components"]]
