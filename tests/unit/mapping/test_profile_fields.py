"""Custom fields of people and organizations: mapped by rules like those of tickets, dropped, and shown on tickets."""

from typing import Any

import pytest
from tests.unit.mapping.desks import (
    FOLDER,
    JIRA,
    JSM,
    NOW,
    ZENDESK,
    Desks,
    case,
    field,
    files_engine,
    mapping,
    person,
)

from ticketferry.errors import MappingError
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.lint import lint
from ticketferry.mapping.result import fate_of
from ticketferry.sdk.contract import Severity
from ticketferry.sdk.features import Feature

PROFILES = JSM | {Feature.PROFILES}
CANARY = "KANARIE-4711"
SOURCE = {**ZENDESK, "fields": [
    *ZENDESK["fields"], field("level", "select", ("gold_1", "Gold"), ("iron_1", "Iron"), of="person"), field("badge", "text", of="person"),
    field("ssn", "text", of="person"), field("team", "text", of="person"), field("tier", "text", of="organization"),
]}  # fmt: skip
TARGET = {**JIRA, "fields": [
    *JIRA["fields"], field("grade", "select", ("a", "Grade A"), ("b", "Grade B"), name="Grade", of="person"),
    field("badge_no", "integer", name="Badge no.", of="person"), field("team", "text", name="team", of="person"),
    field("class", "text", name="Class", of="organization"),
]}  # fmt: skip
WHO = person("8", "Eve Field", fields={"level": "gold_1", "badge": "12", "ssn": CANARY, "team": "Blue <&>"})
FIRM = {
    "ref": "acme:organization:9",
    "name": "Nine",
    "shared_tickets": True,
    "fields": {"tier": "A", "other": CANARY},
}


def maps(more: str, features: Any = PROFILES, target: Any = TARGET) -> Engine:
    desks = Desks()
    desks.rows |= {WHO["ref"]: WHO, FIRM["ref"]: FIRM}
    return Engine(mapping(more), SOURCE, target, features, desks, NOW)


RULES = """people:
  fields:
    - {from: fields.level, to: Grade, values: {Gold: Grade A, iron_1: Grade B}}
    - {from: fields.badge, to: Badge no.}
    - {from: fields.ssn, drop: true, because: GDPR}
    - {set: {Class: x}, when: {role: agent}}
"""


def test_fields_of_people_go_to_the_fields_that_rules_name_and_others_keep_their_names() -> None:
    mapped = maps(RULES).person(WHO)
    assert mapped.record["fields"] == {"grade": "a", "badge_no": 12, "team": "Blue <&>"}
    head = "person[8].fields"
    ends = {key: fate_of(mapped.fates, f"{head}.{key}") for key in WHO["fields"]}
    assert {key: (end.action, end.to) for key, end in ends.items()} == {
        "level": ("to", "fields.grade"), "badge": ("to", "fields.badge_no"), "team": ("to", "fields.team"), "ssn": ("drop", ""),
    }  # fmt: skip
    assert "GDPR" in ends["ssn"].by
    assert "mapping.yaml:20:7" in ends["badge"].by
    assert CANARY not in str(mapped.record)


@pytest.mark.parametrize(
    ("rest", "left"), [("same_name", {"team": "Blue <&>"}), ("keep_in_provenance", {}), ("drop", {})]
)
def test_the_rest_goes_where_it_says(rest: str, left: dict) -> None:
    mapped = maps(RULES + f"    - {{rest: {rest}, because: x}}\n").person(WHO)
    assert mapped.record["fields"] == {"grade": "a", "badge_no": 12, **left}
    kept = str(mapped.record["provenance"])
    assert ("Blue" in kept) is (rest == "keep_in_provenance")
    assert (
        fate_of(mapped.fates, "person[8].fields.team").action
        == {"same_name": "to", "keep_in_provenance": "keep", "drop": "drop"}[rest]
    )


def test_a_value_that_does_not_fit_is_kept_beside_and_told() -> None:
    odd = {**WHO, "fields": {"level": "lead", "badge": "twelve"}}
    mapped = maps(RULES).person(odd)
    assert "fields" not in mapped.record
    assert [row.code for row in mapped.findings] == ["F102", "F102"]
    kept = mapped.record["provenance"]["kept"]
    assert (kept["person[8].fields.level"], kept["person[8].fields.badge"]) == ("lead", "twelve")
    assert fate_of(mapped.fates, "person[8].fields.badge").action == "keep"


def test_organizations_have_such_rules_too() -> None:
    rules = "organizations: {fields: [{from: fields.tier, to: Class, values: {A: first, '*': other}}, {from: fields.other, drop: true, because: x}]}\n"
    mapped = maps(rules).organization(FIRM)
    assert mapped.record["fields"] == {"class": "first"}
    assert CANARY not in str(mapped.record)
    assert fate_of(mapped.fates, "organization[9].fields.tier").to == "fields.class"


def test_files_get_the_names_that_rules_give() -> None:
    rules = "people: {fields: [{from: fields.level, to: Stufe}, {from: fields.ssn, drop: true, because: x}, {from: [fields.badge, fields.team], to: both, join: ' / '}]}\n"
    record = files_engine(rules).person(WHO).record
    assert record["fields"] == {"Stufe": "gold_1", "both": "12 / Blue <&>"}
    assert FOLDER["product"] == "neutral"


TICKET = {"requester": WHO["ref"], "organization": FIRM["ref"]}


def test_a_ticket_shows_fields_of_its_requester_and_organization() -> None:
    rules = """fields:
  - {from: requester.fields.level, to: Serial no.}
  - {from: [requester.email, requester.fields.team], to: Address, join: "; "}
  - {from: organization.fields.tier, to: Refund reason, values: {A: Damaged, "*": Other}, missing: Late}
"""
    mapped = maps(rules, JSM).case(case(**TICKET))
    assert mapped.record["fields"] == {
        "Serial no.": "Gold", "Address": "eve@acme.example; Blue <&>", "Refund reason": "Damaged",
    }  # fmt: skip
    alone = maps(rules, JSM).case(case())
    assert alone.record["fields"] == {"Address": "ann@acme.example", "Refund reason": "Late"}


def test_what_is_dropped_of_a_person_shows_on_no_ticket() -> None:
    rules = "fields: [{from: requester.fields.ssn, to: Address}]\n"
    assert maps(rules, JSM).case(case(**TICKET)).record["fields"] == {"Address": CANARY}
    dropped = rules + "people: {fields: [{from: fields.ssn, drop: true, because: GDPR}]}\n"
    for features in (JSM, PROFILES):
        engine = maps(dropped, features)
        assert CANARY not in str(engine.case(case(**TICKET)).record)
        assert CANARY not in str(engine.person(WHO).record)
    rest = maps(rules + "people: {fields: [{rest: drop, because: GDPR}]}\n", JSM)
    assert CANARY not in str(rest.case(case(**TICKET)).record) + str(rest.person(WHO).record)


def told(more: str, features: Any = PROFILES) -> list[str]:
    rows = lint(mapping(more), SOURCE, TARGET, features)
    return [
        f"{row.code} {row.severity.value} {row.where} {row.message} {row.remedy}"
        for row in rows
        if row.severity in (Severity.BLOCKER, Severity.DOUBT)
    ]


def test_check_names_what_neither_desk_has_and_a_target_without_places() -> None:
    rules = "people: {fields: [{from: fields.levl, to: Grad}]}\norganizations: {fields: [{set: {Clas: x}}]}\nfields: [{from: organization.fields.teir, to: Address}]\n"
    rows = told(rules)
    assert any("S206" in row and "`levl`: did you mean `level`?" in row for row in rows)
    assert any(
        "S205 blocker mapping.yaml:17:" in row and "`Grad`: did you mean `Grade`?" in row for row in rows
    )
    assert any("S205" in row and "`Clas`: did you mean `Class`?" in row for row in rows)
    assert any("S206" in row and "`teir`: did you mean `tier`?" in row for row in rows)
    nowhere = told(RULES, JSM)
    assert any("jsm keeps no fields of people" in row and "requester.fields.KEY" in row for row in nowhere)
    assert not any(
        "people" in row
        for row in told("people: {fields: [{from: fields.ssn, drop: true, because: x}]}\n", JSM)
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{from: fields.a, drop: true}", "needs `because`"), ("{from: name, to: B}", "is no custom field"),
        ("{from: fields.a, to: B, drop: true, because: x}", "one of"), ("{to: B}", "`from` is missing"),
        ("{from: [fields.a, fields.b], to: C}", "need `join`"), ("{from: fields.a, to: B, expr: x}", "unknown key `expr`"),
        ("{from: fields.a, drop: true, values: {a: b}, because: x}", "no effect"), ("{from: fields.a, to: B, when: {stage: open}}", "stage"),
        ("{rest: fail}", "not known here"),
    ],
)  # fmt: skip
def test_rules_that_say_nothing_are_refused(rule: str, said: str) -> None:
    with pytest.raises(MappingError) as refused:
        mapping(f"people: {{fields: [{rule}]}}\n")
    assert said in refused.value.problems[0]
    assert refused.value.problems[0].startswith("mapping.yaml:17:")
