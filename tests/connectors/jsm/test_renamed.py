"""What a site has renamed since is renamed on issues that did not change: no request, and every kind of name that a mapping can use."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.connectors.jsm.emulated_site import Site
from tests.connectors.jsm.emulated_site import site as served
from tests.connectors.jsm.reading import of_kind, read, records, source

from ticketferry.sdk import Kind
from ticketferry.sdk.trace import finish
from ticketferry.testing.astray import astray
from ticketferry_jsm import CONNECTOR


@pytest.fixture
def jira() -> Iterator[Site]:
    with served() as found:
        yield found


def option_of(jira: Site, kind: str) -> tuple[str, Any]:
    """A field of a type, with an option of it."""
    field = next(field for field in jira.state.fields.values() if field.custom.endswith(f":{kind}"))
    return field.id, next(option for option in field.options if not option.disabled and option.parent is None)


def living(jira: Site) -> tuple[str, dict[str, Any]]:
    """An issue that names something of each kind, and what it names."""
    state = jira.state
    other = jira.issue()
    field, option = option_of(jira, "select")
    many, choice = option_of(jira, "multicheckboxes")
    key = jira.request(jira.customer())
    issue = state.issue(key)
    issue.values |= {field: option.id, many: [choice.id]}
    project = state.projects[issue.project]
    secret = next(project for project in state.projects.values() if project.levels)
    hidden = state.issue(jira.issue(secret.key))
    issue.values |= {"components": [project.components[0].id], "resolution": state.resolutions[0].id}
    hidden.values["security"] = secret.levels[0].id
    jira.post(
        "issueLink",
        {"type": {"name": "Relates"}, "inwardIssue": {"key": key}, "outwardIssue": {"key": other}},
        201,
    )
    return key, {
        "status": state.statuses[issue.status], "type": state.types[issue.type], "option": option, "choice": choice,
        "project": project, "fields": (field, many), "hidden": hidden.key, "levels": secret.levels,
    }  # fmt: skip


def test_every_name_that_a_mapping_can_use_is_todays(jira: Site) -> None:
    key, named = living(jira)
    jira.emulator.clock.advance(60)
    before = source(jira)
    wires, _ = read(before)
    tickets = {record["number"]: record for record in of_kind(records(before, wires), "ticket")}
    old, hidden = tickets[key], tickets[named["hidden"]]
    before.close()
    rename(jira, named)
    jira.emulator.clock.advance(60)
    after = source(jira)
    catalog = after.catalog()
    requests = len(jira.emulator.ledger.entries())
    anew = {wire.ref: after.translate(wire, catalog) for wire in wires if wire.ref.kind is Kind.TICKET}
    assert len(jira.emulator.ledger.entries()) == requests
    fresh = {record["ref"]: record for record in of_kind(records(after, read(after)[0]), "ticket")}
    after.close()
    for ref, done in anew.items():
        # What no neutral field takes stands in `native`, as it came.
        there = {name: value for name, value in fresh[str(ref)].items() if name != "native"}
        made = {name: value for name, value in done.records[0].items() if value not in (None, "", [], {})}
        assert {name: value for name, value in made.items() if name != "native"} == there
    new = fresh[old["ref"]]
    changed = {name for name in old if old[name] != new.get(name)}
    assert changed >= {
        "status",
        "stage",
        "type",
        "form",
        "project",
        "number",
        "url",
        "fields",
        "priority",
        "links",
        "components",
        "resolution",
    }
    assert fresh[hidden["ref"]]["security"] == f"{hidden['security']} anew"
    bodies = CONNECTOR.bodies["ticket"]
    for wire in wires:
        if wire.ref.kind is Kind.TICKET:
            assert astray(wire, finish(anew[wire.ref], wire, bodies), bodies) == []


def rename(jira: Site, named: dict[str, Any]) -> None:
    state = jira.state
    for thing in (named["status"], named["type"], *state.link_types.values(), *named["levels"]):
        thing.name = f"{thing.name} anew"
    for thing in (named["option"], named["choice"], *state.priorities, *state.resolutions):
        thing.value = f"{thing.value} anew"
    for id_ in named["fields"]:
        state.fields[id_].name = f"{state.fields[id_].name} anew"
    for desk in state.desks.values():
        for form in desk.request_types:
            form.name = f"{form.name} anew"
    named["status"].category = "done"
    project = named["project"]
    project.key = "HELP"
    for component in project.components:
        component.name = f"{component.name} anew"
    for issue in state.issues.values():
        if issue.project == project.id:
            issue.key = f"HELP-{issue.number}"
            state.keys[issue.key] = issue.id


def test_what_the_site_does_not_know_any_more_keeps_the_name_of_then(jira: Site) -> None:
    key = jira.issue()
    jira.emulator.clock.advance(60)
    found = source(jira)
    wire = next(wire for wire in read(found)[0] if wire.ref.kind is Kind.TICKET)
    catalog = found.catalog()
    status = wire.body["fields"]["status"]
    catalog["native"]["names"]["status"].pop(status["id"])
    assert found.translate(wire, catalog).records[0]["status"] == status["name"]
    assert found.translate(wire, catalog).records[0]["number"] == key
    found.close()
