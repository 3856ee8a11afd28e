"""What the mapping names and the target lacks: listed as definitions where the mapping allows them to be made, and only then."""

import copy
from typing import Any

import pytest
from tests.unit.mapping.desks import BASE, JIRA, JSM, NOW, ZENDESK, Desks, case, mapping

from ticketferry.mapping.augmented import augmented, without
from ticketferry.mapping.definitions import missing_definitions
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.lint import lint
from ticketferry.schema.records import validate
from ticketferry.sdk.contract import From
from ticketferry.sdk.definitions import id_template, planned_ref
from ticketferry.sdk.features import Feature

ABLE = JSM | {Feature.DEFINITIONS, Feature.OPTIONS_MADE, Feature.STATUSES_MADE}
MORE = """catalog: {create: [fields, options, statuses]}
fields:
  - {from: fields.serial_no, to: Serial, regex: {find: '^SN (.*)$', to: '\\1'}}
  - {from: fields.refund_reason, to: Why, values: {broken: "Broken, sadly", late: Late, "*": Other}}
  - {from: fields.symptoms, to: Symptoms}
  - {from: fields.outcome, to: CSAT}
  - {from: created, to: Opened}
  - {set: {Migrated: "yes"}}
"""


def found(more: str = MORE, features=ABLE, target: Any = JIRA):
    return missing_definitions(mapping(more), ZENDESK, target, features)


def by_name(records):
    return {record["name"]: record for record in records}


def test_every_definition_is_a_record_of_the_schema_with_a_name_of_its_own():
    records = found()
    for record in records:
        validate(record)
    refs = [record["ref"] for record in records]
    assert len(set(refs)) == len(refs)
    assert refs == [record["ref"] for record in found()]
    assert all(planned_ref(f"new:{ref}") is not None for ref in refs)


def test_fields_take_their_type_and_choices_from_the_rule_and_the_source():
    records = by_name(found())
    assert (records["Serial"]["what"], records["Serial"]["type"]) == ("field", "text")
    assert records["Why"]["type"] == "select"
    assert records["Why"]["options"] == [
        {"value": "broken_sadly", "name": "Broken, sadly"},
        {"value": "late", "name": "Late"},
        {"value": "other", "name": "Other"},
    ]
    assert records["Symptoms"]["type"] == "multiselect"
    assert records["Symptoms"]["options"] == [
        {"value": "no_signal", "name": "No signal"},
        {"value": "noise", "name": "Noise"},
    ]
    assert records["Opened"]["type"] == "datetime"
    assert records["Migrated"]["type"] == "text"


def test_options_that_an_existing_field_lacks_keep_the_sources_value():
    records = by_name(found())
    assert records["Won't fix"] == {
        "ref": records["Won't fix"]["ref"], "what": "option", "name": "Won't fix", "field": "csat", "value": "wont_fix",
        "projects": ["SUP"],
    }  # fmt: skip
    elsewhere = by_name(found(features=ABLE - {Feature.PROJECTS}))["Won't fix"]
    assert (elsewhere["field"], elsewhere.get("projects")) == ("CSAT", None)
    assert "Good" not in records


def test_nothing_is_made_that_the_mapping_does_not_allow_or_the_target_cannot():
    assert found(MORE.replace("[fields, options, statuses]", "[]")) == []
    assert found(features=JSM) == []
    assert found(features=ABLE | {Feature.ANY_NAME}) == []
    only = found(MORE.replace("[fields, options, statuses]", "[options]"))
    assert {record["what"] for record in only} == {"option"}


def test_a_status_takes_the_stage_of_what_becomes_of_it():
    target = copy.deepcopy(JIRA)
    target["statuses"] = [row for row in target["statuses"] if row["name"] != "Pending vendor"]
    [status] = [record for record in found(target=target) if record["what"] == "status"]
    assert (status["name"], status["stage"]) == ("Pending vendor", "on_hold")


def test_two_choices_never_share_a_value():
    more = """catalog: {create: [fields]}
fields:
  - {from: fields.refund_reason, to: Why, values: {broken: "A b", late: "a-B", "*": "日本"}}
"""
    values = [option["value"] for option in by_name(found(more))["Why"]["options"]]
    assert len(set(values)) == 3
    assert all(value for value in values)


def test_with_them_the_mapping_holds_and_records_carry_the_new_values():
    records = found()
    target = augmented(JIRA, records)
    blockers = [item for item in lint(mapping(MORE), ZENDESK, JIRA, ABLE) if item.code == "S205"]
    assert blockers
    assert not [item for item in lint(mapping(MORE), ZENDESK, target, ABLE) if item.code == "S205"]
    engine = Engine(mapping(MORE), ZENDESK, target, ABLE, Desks(), NOW)
    fields = {"serial_no": "SN 1", "refund_reason": "broken", "symptoms": ["noise"], "outcome": "wont_fix"}
    mapped = engine.case(case(fields=fields))
    assert mapped.record["fields"] == {
        "Serial": "1", "Why": "broken_sadly", "Symptoms": ["noise"], "CSAT": "wont_fix", "Migrated": "yes",
        "Opened": "2025-06-01T10:00:00Z",
    }  # fmt: skip


GROUPS = """catalog: {create: [components]}
groups:
  "*": {component: "{{ group.name | upper }}"}
  Billing: {component: Website}
  Field: {component: Field work}
"""


def test_components_are_missing_by_project_under_the_names_that_the_groups_give():
    able = JSM | {Feature.COMPONENTS_MADE}
    records = found(GROUPS, able)
    for record in records:
        validate(record)
    pairs = {(record["project"], record["name"]) for record in records}
    projects = {row["key"] for row in JIRA["projects"]}
    assert {key for key, _ in pairs} <= projects
    assert {"TIER 1", "TIER 2", "Field work"} <= {name for key, name in pairs if key == "SUP"}
    assert ("SUP", "Website") not in pairs
    assert len({record["ref"] for record in records}) == len(records)
    assert found(GROUPS, JSM) == []
    made = augmented(JIRA, records)
    names = [row["name"] for row in made["projects"][0]["components"]]
    assert "TIER 1" in names
    assert without(made, records) == JIRA
    assert not [row for row in lint(mapping(GROUPS), ZENDESK, made, able) if row.code in ("S205", "S230")]


def test_a_route_names_components_for_its_own_projects():
    base = BASE.replace(
        "route:\n",
        "route:\n  - {when: {tag: x}, project: BILL, component: {by: fields.outcome,"
        ' values: {fixed: Tills, "*": Website}, missing: "?"}}\n',
    )
    made = mapping("catalog: {create: [components]}", base)
    records = missing_definitions(made, ZENDESK, JIRA, JSM | {Feature.COMPONENTS_MADE})
    assert [(row["project"], row["name"]) for row in records] == [("BILL", "Tills"), ("BILL", "Website")]


def test_an_option_goes_to_the_one_field_of_its_key_and_to_the_types_that_say_what_they_take():
    target = copy.deepcopy(JIRA)
    twin = {**next(row for row in target["fields"] if row["name"] == "CSAT"), "id": "c2", "key": "CSAT (c2)"}
    target["fields"].append(twin)
    for number, row in enumerate(target["fields"]):
        if "options" in row:
            row["options"] = [{**option, "id": f"{number}-{option['value']}"} for option in row["options"]]
    good = next(row["options"][0]["id"] for row in target["fields"] if row["key"] == "csat")
    target["projects"] = [
        {
            **row,
            "types": [{**type_, "fields": ["csat"], "allowed": {"csat": [good]}} for type_ in row["types"]],
        }
        for row in target["projects"]
    ]
    records = [row for row in found(target=target) if row["what"] == "option"]
    made = augmented(target, records)
    names = {row["key"]: [option["name"] for option in row.get("options", [])] for row in made["fields"]}
    assert "Won't fix" in names["csat"]
    assert "Won't fix" not in names["CSAT (c2)"]
    allowed = {row["key"]: row["types"][0]["allowed"]["csat"] for row in made["projects"]}
    assert any(id_.startswith("new:") for id_ in allowed["SUP"])
    assert allowed["BILL"] == [good], "no route leads there"
    assert without(made, records) == target


def test_the_catalog_without_them_is_the_one_from_before():
    records = found()
    made = augmented(JIRA, records)
    assert made != JIRA
    assert without(made, records) == JIRA
    assert without(JIRA, []) == JIRA
    assert augmented(JIRA, []) is JIRA


@pytest.mark.parametrize(("id_", "number"), [("12", 12), ("360001", 360001)])
def test_an_id_is_written_as_it_is_and_one_to_come_as_a_symbol(id_, number):
    assert id_template(id_) == id_
    assert id_template(id_, as_int=True) == number
    ref = found()[0]["ref"]
    made = id_template(f"new:{ref}", slot="number", as_int=True)
    assert made == From(planned_ref(f"new:{ref}"), "number", as_int=True)
