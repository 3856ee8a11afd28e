"""A field takes what its type takes: a rule that gives it anything else is refused before a plan, not found in the desk."""

from typing import Any

import pytest
from tests.unit.mapping.desks import BASE, FILES, FOLDER, JIRA, JSM, ZENDESK, case, files_engine, mapping

from ticketferry.mapping.lint import lint
from ticketferry.sdk.contract import Severity

TO_FILES = "version: 1\nsource: zendesk\ntarget: neutral\n"


def told(more: str, target: Any = JIRA, features: Any = JSM, base: str = BASE) -> list[tuple[str, str]]:
    return [
        (item.code, item.message)
        for item in lint(mapping(more, base), ZENDESK, target, features)
        if item.severity is Severity.BLOCKER
    ]


def field_of(type_: str) -> dict[str, Any]:
    row = {"id": "customfield_900", "key": "customfield_900", "name": "Place", "type": type_, "of": "ticket"}
    if type_ in ("select", "multiselect", "cascading"):
        row["options"] = [{"id": "1", "name": "Red", "value": "Red"}]
    return {**JIRA, "fields": [*JIRA["fields"], row]}


RULES = {
    "number": "provenance: {number: {field: Place}}\n",
    "url": "provenance: {url: {field: Place}}\n",
    "created": "history: {date_fields: {created: Place}}\n",
    "solved": "history: {date_fields: {solved: Place}}\n",
    "former": "people: {unlicensed_assignee: {field: Place}}\n",
    "channel": "channel: {field: Place}\n",
}
TAKES = {
    "number": {"text", "textarea", "regexp", "integer", "decimal", "labels"},
    "url": {"text", "textarea", "regexp", "url", "labels"},
    "created": {"text", "textarea", "regexp", "date", "datetime", "labels"},
    "solved": {"text", "textarea", "regexp", "date", "datetime", "labels"},
    "former": {"text", "textarea", "regexp", "labels"},
    "channel": {"text", "textarea", "regexp", "labels", "select", "multiselect", "cascading", "user", "lookup", "sla"},
}  # fmt: skip
TYPES = ["text", "textarea", "regexp", "integer", "decimal", "labels", "url", "date", "datetime", "checkbox", "select", "multiselect",
         "cascading", "user", "lookup", "sla"]  # fmt: skip


@pytest.mark.parametrize("rule", list(RULES))
@pytest.mark.parametrize("type_", TYPES)
def test_a_place_that_never_takes_the_value_is_refused_by_its_type(rule: str, type_: str) -> None:
    codes = [code for code, message in told(RULES[rule], field_of(type_)) if "Place" in message]
    assert (codes == ["S219"]) is (type_ not in TAKES[rule]), (rule, type_, codes)


NEVER = {
    "integer": {"date", "datetime", "url"},
    "decimal": {"date", "datetime", "url"},
    "date": {"integer", "decimal", "checkbox", "url"},
    "datetime": {"integer", "decimal", "checkbox", "url"},
    "checkbox": {"integer", "decimal", "date", "datetime", "url"},
}


@pytest.mark.parametrize("made", list(NEVER))
@pytest.mark.parametrize("type_", TYPES)
def test_a_word_as_that_the_field_never_takes_is_refused_by_its_type(made: str, type_: str) -> None:
    """`{to: Purchase date, as: integer}` passed the check, and every ticket lost its day."""
    rows = told(f"fields:\n  - {{from: fields.serial, to: Place, as: {made}}}\n", field_of(type_))
    said = [message for code, message in rows if code == "S219" and f"`as: {made}`" in message]
    assert bool(said) is (type_ in NEVER[made]), (made, type_, rows)


@pytest.mark.parametrize("name", ["due", "Due date", "DUE"])
@pytest.mark.parametrize("rule", ["number", "url", "former", "channel"])
def test_nothing_but_a_day_goes_into_a_due_date_on_any_target(rule: str, name: str) -> None:
    line = RULES[rule].replace("Place", name)
    for target, features, base in ((JIRA, JSM, BASE), (FOLDER, FILES, TO_FILES)):
        assert any(
            code == "S219" and "due date" in message for code, message in told(line, target, features, base)
        )


@pytest.mark.parametrize("source", ["number", "url", "channel", "fields.serial"])
def test_a_field_rule_puts_no_number_into_a_due_date(source: str) -> None:
    rows = told(f"fields:\n  - {{from: {source}, to: due}}\n", FOLDER, FILES, TO_FILES)
    assert (("S219", f"`due` is a due date and never takes `{source}`") in rows) is (
        source != "fields.serial"
    )


def test_what_is_no_day_never_reaches_the_due_date_of_files() -> None:
    rule = "fields:\n  - {from: fields.serial, to: due}\n"
    made = files_engine(rule).case(case(fields={"serial": "12"}, due="2026-02-01"))
    assert made.record["due"] == "2026-02-01"
    assert any(item.code == "F102" for item in made.findings)


@pytest.mark.parametrize("key", ["created", "solved"])
def test_a_date_never_replaces_a_ticket_s_own_due_date(key: str) -> None:
    rule = f"history: {{date_fields: {{{key}: Due date}}}}\n"
    assert any(code == "S211" and "own due date" in message for code, message in told(rule))
    dropped = told(rule + 'fields:\n  - {from: due, drop: true, because: "nobody reads it"}\n')
    assert not [row for row in dropped if row[0] == "S211"]


def test_a_constant_that_is_no_day_is_no_due_date() -> None:
    rows = told("fields:\n  - {set: {due: soon}}\n")
    assert any(code == "S219" for code, _ in rows)
    rows = told('fields:\n  - {set: {due: "2026-03-01"}, when: {due: absent}}\n')
    assert not [row for row in rows if row[0] in ("S219", "S211")]
