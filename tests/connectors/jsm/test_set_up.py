"""Entries of a site's set-up that a plan makes: as asked, once, refused where Jira cannot have them, and left where requests bear them."""

import pytest
from tests.connectors.jsm.migrating import migration, ticket

from ticketferry.mapping.augmented import augmented
from ticketferry.sdk import Change, From, Outcome, Severity, needs, parse_ref
from ticketferry.sdk.templates import decode, encode
from ticketferry_emulators.jsm.models.records import Option

COMPONENT = {"ref": "acme:definition:component-zed", "what": "component", "name": "Zed", "project": "SUP"}

FIELD = {
    "ref": "acme:definition:field-why", "what": "field", "name": "Why", "type": "select", "projects": ["SUP", "BILL"],
    "options": [{"value": "Broken, sadly", "name": "Broken, sadly"}, {"value": "Late", "name": "Late"}],
}  # fmt: skip


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
    (again,) = undone(m, compiled, done)
    assert again.status == "done", "a second rollback finds nothing"


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


def test_a_new_field_tells_where_customers_get_to_see_it(m):
    (told,) = m.driver.compile(Outcome.CREATE, FIELD).findings
    assert told.code == "JSM-FORM-FIELD"
    assert told.severity is Severity.INFO
    for key in FIELD["projects"]:
        assert f"{m.emulator.base_url}/jira/servicedesk/projects/{key}/settings/request-types" in told.remedy


def made_field(m):
    return next((known for known in m.state.fields.values() if known.name == "Why"), None)


@pytest.mark.parametrize("brings_context", [True, False])
def test_a_field_is_made_with_context_and_options_on_every_screen_of_its_projects_and_ends_in_the_trash(
    m, brings_context
):
    m.state.field_brings_context = brings_context
    before = m.emulator.dump()
    compiled, done = m.create(FIELD)
    m.check(compiled, FIELD["ref"])
    known = made_field(m)
    assert known.context
    assert [option.value for option in known.options] == ["Broken, sadly", "Late"]
    for project in m.state.projects.values():
        places = [project.create_screen.count(known.id), project.edit_screen.count(known.id)]
        assert places == ([0, 0] if project.key == "HR" else [1, 1])
    # Each write may have been done when its answer was lost: sent again it does nothing.
    for operation, _ in done:
        if operation.endpoint != "field.create":
            (again,) = m.driver.send([operation])
            assert again.status == "done"
    assert [option.value for option in made_field(m).options] == ["Broken, sadly", "Late"]
    (result,) = undone(m, compiled, done)
    assert result.status == "done"
    after = m.emulator.dump()
    for section in ("fields", "projects"):
        assert after[section] == before[section]
    (again,) = undone(m, compiled, done)
    assert again.status == "done", "a second rollback finds nothing"


def test_tickets_name_the_new_field_and_its_options_before_either_has_an_id(m):
    records = [
        FIELD,
        {**FIELD, "ref": "acme:definition:field-count", "name": "Count", "type": "integer", "options": []},
    ]
    catalog = augmented(m.driver.catalog, records)
    wanted = ticket(1, fields={"Why": "Late", "Count": 3, "Serial no.": "SN-1"})
    compiled = m.target.compile(Change(Outcome.CREATE, wanted, None), catalog)
    operation = next(one for one in compiled.operations if one.endpoint == "issue.create")
    fields = operation.body["fields"]
    assert fields[From(parse_ref(FIELD["ref"]), "field")] == {"value": "Late"}
    assert From(parse_ref(FIELD["ref"]), "field") in list(needs(operation.body))
    assert decode(encode(operation.body)) == operation.body
    for record in records:
        m.create(record)
    m.driver.apply(compiled.operations)
    m.driver.catalog = m.target.catalog()
    seen = m.driver.read(wanted["ref"])
    assert seen["fields"] == {"Why": "Late", "Count": 3, "Serial no.": "SN-1"}


def test_a_ticket_does_not_come_before_its_field_stands_on_every_screen(m):
    compiled = m.driver.compile(Outcome.CREATE, FIELD)
    for operation in compiled.operations[:-1]:
        m.driver.apply([operation])
        assert "field" not in m.driver.slots.get(FIELD["ref"], {})
    m.driver.apply(compiled.operations[-1:])
    assert m.driver.slots[FIELD["ref"]]["field"] == made_field(m).id


def test_a_field_that_an_agent_filled_in_meanwhile_stays_with_its_values(m):
    compiled, done = m.create(FIELD)
    m.create(ticket(1))
    issue, known = m.issue("acme:ticket:1"), made_field(m)
    issue.values[known.id] = known.options[0].id
    m.state.reindex(issue)
    m.emulator.clock.advance(60)
    (result,) = undone(m, compiled, done)
    assert (result.status, result.error.code) == ("rejected", "JSM-IN-USE")
    assert issue.key in result.error.message
    assert made_field(m) is known
    assert issue.values[known.id] == known.options[0].id


@pytest.mark.parametrize(("change", "told"), [
    ({"options": []}, "needs options"),
    ({"options": [{"value": "A b", "name": "A b"}, {"value": "a  B", "name": "a  B"}]}, "are one for Jira"),
    ({"options": [{"value": "late ", "name": "late "}]}, "blanks at an end"),
    ({"options": [{"value": str(n), "name": str(n)} for n in range(10_001)]}, "10,000 options"),
    ({"type": "checkbox"}, "no field of the type"),
    ({"name": "x" * 256}, "255"),
    ({"projects": []}, "a team manages them"),
])  # fmt: skip
def test_a_field_that_jira_cannot_have_stops_the_plan(m, change, told):
    compiled = m.driver.compile(Outcome.CREATE, {**FIELD, **change})
    assert not compiled.operations
    (finding,) = compiled.findings
    assert (finding.code, finding.severity) == ("JSM-DEFINITION", Severity.BLOCKER)
    assert told in finding.message
    assert finding.remedy


def test_many_options_go_in_requests_that_jira_takes(m):
    options = [{"value": f"Option {n}", "name": f"Option {n}"} for n in range(2_500)]
    m.create({**FIELD, "options": options})
    assert [option.value for option in made_field(m).options] == [row["value"] for row in options]


def test_without_the_right_to_read_screens_the_plan_says_so(m):
    m.state.lacking[m.target.client.myself()["accountId"]].add("ADMINISTER")
    compiled = m.target.compile(Change(Outcome.CREATE, FIELD, None), m.target.catalog())
    (finding,) = compiled.findings
    assert "the screens of BILL, SUP could not be read" in finding.message


def test_a_project_that_its_team_manages_gets_no_field_of_the_site():
    with migration("mixed") as m:
        projects = {row["key"]: row for row in m.driver.catalog["projects"]}
        assert [key for key, row in projects.items() if row.get("own_fields")] == ["TEAM"]
        compiled, _ = m.create({**FIELD, "projects": ["TEAM", "SUP"]})
        assert compiled.expected is None
        assert "TEAM" in compiled.findings[0].message


OPTION = {
    "ref": "acme:definition:option-ugly", "what": "option", "name": "Ugly", "field": "CSAT", "value": "Ugly", "projects": ["SUP", "BILL"],
}  # fmt: skip


def csat(m):
    return next(known for known in m.state.fields.values() if known.name == "CSAT")


def test_an_option_is_added_read_back_and_taken_back(m):
    before = [option.value for option in csat(m).options]
    compiled, done = m.create(OPTION)
    m.check(compiled, OPTION["ref"])
    assert [option.value for option in csat(m).options] == [*before, "Ugly"]
    (result,) = undone(m, compiled, done)
    assert result.status == "done"
    assert [option.value for option in csat(m).options] == before
    (again,) = undone(m, compiled, done)
    assert again.status == "done"


def test_a_ticket_waits_for_the_option_and_names_it_by_its_text(m):
    catalog = augmented(m.driver.catalog, [OPTION])
    wanted = ticket(1, fields={"CSAT": "Ugly"})
    compiled = m.target.compile(Change(Outcome.CREATE, wanted, None), catalog)
    body = next(one for one in compiled.operations if one.endpoint == "issue.create").body
    assert body["fields"][csat(m).id] == {"value": From(parse_ref(OPTION["ref"]), "value")}
    m.create(OPTION)
    m.driver.apply(compiled.operations)
    m.driver.catalog = m.target.catalog()
    assert m.driver.read(wanted["ref"])["fields"] == {"CSAT": "Ugly"}
    by_file = m.target.compile(Change(Outcome.CREATE, wanted, None, way="import-file"), catalog)
    operation = next(one for one in by_file.operations if one.endpoint == "import.issue")
    assert "customFieldValues" not in operation.body, (
        "the importer would make an option of its own: an edit sets it"
    )


def test_an_option_that_a_request_bears_stays(m):
    compiled, done = m.create(OPTION)
    m.create(ticket(1))
    issue, option = m.issue("acme:ticket:1"), csat(m).options[-1]
    issue.values[csat(m).id] = option.id
    m.state.reindex(issue)
    m.emulator.clock.advance(60)
    (result,) = undone(m, compiled, done)
    assert (result.status, result.error.code) == ("rejected", "JSM-IN-USE")
    assert option in csat(m).options
    assert issue.values[csat(m).id] == option.id


def test_an_option_that_is_off_is_not_made_twice_and_says_what_to_do(m):
    csat(m).options.append(Option("990", "ugly", disabled=True))
    operation = m.driver.compile(Outcome.CREATE, OPTION).operations[0]
    (result,) = m.driver.send([operation])
    assert result.status == "rejected"
    assert "disabled: enable it" in result.error.message
    assert [option.value.lower() for option in csat(m).options].count("ugly") == 1


@pytest.mark.parametrize(("change", "told"), [
    ({"field": "Nothing"}, "no list 'Nothing'"), ({"field": "Serial no."}, "no list"), ({"value": " x"}, "blanks at an end"),
    ({"projects": []}, "contexts"),
])  # fmt: skip
def test_an_option_that_jira_cannot_have_stops_the_plan(m, change, told):
    compiled = m.driver.compile(Outcome.CREATE, {**OPTION, **change})
    assert not compiled.operations
    (finding,) = compiled.findings
    assert (finding.code, finding.severity) == ("JSM-DEFINITION", Severity.BLOCKER)
    assert told in finding.message


def test_a_field_whose_context_is_for_other_projects_takes_no_option_of_this_one(m):
    sup = next(row.id for row in m.state.projects.values() if row.key == "SUP")
    csat(m).scope = [sup]
    catalog = m.target.catalog()
    assert m.target.compile(Change(Outcome.CREATE, {**OPTION, "projects": ["SUP"]}, None), catalog).operations
    assert not m.target.compile(Change(Outcome.CREATE, OPTION, None), catalog).operations
