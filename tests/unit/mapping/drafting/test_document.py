from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.unit.mapping.desks import FILES, FOLDER, JIRA, JSM, ZENDESK, field, named

from ticketferry.mapping.drafting.document import draft
from ticketferry.mapping.drafting.tables import draft_links
from ticketferry.mapping.drafting.use import UseCounts, count_use
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import loads
from ticketferry.project.definitions_file import read_definitions
from ticketferry.sdk.contract import Severity

ODD = [
    "no",
    "12:30",
    "a: b",
    "# x",
    '"',
    "{x}",
    "*",
    "\u202eשלום",
    "🙂",
    "- a",
    "tab\there",
    "line\nend",
    "${x}",
    "{{ x }}",
    "?",
    "'",
    "null",
    "~",
]


def blockers(text: str, source: Any, target: Any) -> list[str]:
    return [row.code for row in lint(loads(text), source, target, JSM) if row.severity is Severity.BLOCKER]


def test_a_draft_can_be_checked_and_only_open_places_stop_it() -> None:
    made = draft(ZENDESK, JIRA, JSM)  # type: ignore[arg-type]
    assert blockers(made.text, ZENDESK, JIRA) == ["S207"] * made.undecided
    assert made.text == draft(ZENDESK, JIRA, JSM).text  # type: ignore[arg-type]


@pytest.mark.parametrize("example", ["32-statuses", "jsm-to-zendesk", "two-projects"])
def test_a_question_mark_stands_where_the_check_lists_it_and_in_no_comment(example: str) -> None:
    folder = Path(__file__).resolve().parents[4] / "samples" / "mapping_examples" / example
    told = read_definitions(folder / "catalogs.json")
    made = draft(told.source, told.target, told.features, told.use)
    found = [
        row for row in lint(loads(made.text), told.source, told.target, told.features) if row.code == "S207"
    ]
    assert len(found) == made.undecided > 0
    lines = made.text.splitlines()[len(made.head) :]
    assert not [line for line in lines if line.lstrip().startswith("#") and '"?"' in line]
    asked = [number for number, line in enumerate(made.text.splitlines(), 1) if '"?"' in line]
    assert {int(row.where.split(":")[1]) for row in found} == set(asked)


def test_routes_come_from_brands_forms_groups_and_types_and_not_from_the_first_project() -> None:
    projects = [JIRA["projects"][1], JIRA["projects"][2], JIRA["projects"][0]]
    rules = loads(draft(ZENDESK, {**JIRA, "projects": projects}, JSM).text).rules  # type: ignore[arg-type]
    routes = {str(rule.when): rule for rule in rules.route}
    assert routes["{'brand': 'Billing'}"].project.to == "BILL"
    assert routes["{'group': 'Billing'}"].project.to == "BILL"
    assert routes["{'form': 'Billing question'}"].request_type.to == "Invoice question"  # type: ignore[union-attr]
    assert (routes["{'group': 'HR-cases'}"].project.to, routes["{'group': 'HR-cases'}"].security.to) == (
        "HR",
        "HR only",
    )
    assert routes["{'type': 'incident'}"].issue_type.to == "Incident"
    assert rules.route[-1].when == "always"
    assert rules.route[-1].project.to == "SUP"


def test_where_no_project_is_the_usual_one_a_person_says_which() -> None:
    projects = [{"id": "1", "key": "ONE", "name": "Blue"}, {"id": "2", "key": "TWO", "name": "Red"}]
    made = draft(ZENDESK, {**JIRA, "projects": projects, "forms": []}, JSM)  # type: ignore[arg-type]
    assert loads(made.text).rules.route[-1].project.to == "?"


def test_every_field_of_an_equal_name_is_found_and_a_place_of_the_target_is_given_once() -> None:
    source = {**ZENDESK, "fields": [
        field("a", "text", name="Order ID"), field("b", "text", name="order-id"), field("c", "checkbox", name="Refund reason"),
        field("d", "text", name="Former Assignee"), field("e", "integer", name="REFUND_AMOUNT"), field("f", "text", name="Nothing like it"),
    ]}  # fmt: skip
    made = draft(source, JIRA, JSM)  # type: ignore[arg-type]
    rules = loads(made.text).rules
    written = {rule.source[0]: rule.to for rule in rules.fields if rule.to}
    assert written["fields.a"] == "Order id"
    assert written["fields.d"] == "Former assignee"
    assert written["fields.e"] == "Refund amount"
    assert "fields.b" not in written
    assert "Order id (98 equal but for punctuation) is taken by fields.a" in made.text
    assert (
        "Refund reason (100 equal name) is of type select, which does not take a checkbox" in made.text
        or "fields.c" in written
    )
    assert "fields.f (Nothing like it, text): no field of that name" in made.text
    assert "S211" not in blockers(made.text, source, JIRA)


def test_unused_fields_and_options_are_commented_out_with_their_counts() -> None:
    use = UseCounts(
        40, {}, fields=Counter({"refund_reason": 3}), options={"refund_reason": Counter({"broken": 3})}
    )
    text = draft(ZENDESK, JIRA, JSM, use).text  # type: ignore[arg-type]
    rules = loads(text).rules
    assert [rule.values for rule in rules.fields if rule.to == "Refund reason"] == [
        {"broken": "Damaged", "*": "fail"}
    ]
    assert "# late: Late" in text
    assert "# - {from: fields.serial_no" in text
    assert "3 tickets; 100 equal name" in text
    assert blockers(text, ZENDESK, JIRA) == []


@pytest.mark.parametrize(
    "target", [JIRA, {"desk": "b", "product": "zendesk", "groups": named("A"), "statuses": []}]
)
def test_names_that_yaml_would_misread_stay_what_they_are(target: Any) -> None:
    statuses = [{"id": name, "name": name, "stage": "new"} for name in ODD]
    source = {
        "desk": "a", "product": "zendesk", "statuses": statuses, "fields": [field(f"k{n}", "text", name=name) for n, name in enumerate(ODD)],
        "brands": named(*ODD), "groups": named(*ODD), "forms": named(*ODD), "priorities": named(*ODD),
    }  # fmt: skip
    rules = loads(draft(source, target, JSM).text).rules  # type: ignore[arg-type]
    assert {name for name in ODD if name != "*"} <= set(rules.status)


def test_a_target_that_takes_every_name_needs_no_proposals() -> None:
    text = draft(ZENDESK, FOLDER, FILES).text  # type: ignore[arg-type]
    assert [
        row for row in lint(loads(text), ZENDESK, FOLDER, FILES) if row.severity is Severity.BLOCKER
    ] == []  # type: ignore[arg-type]


def test_use_counts_hold_names_of_the_catalog_and_nothing_that_people_typed() -> None:
    tickets = [
        {"ref": "a:ticket:1", "status": "open", "group": "a:group:9", "fields": {"refund_reason": "broken", "serial": "4711", "symptoms": ["noise", "own words"]}},
        {"ref": "a:ticket:2", "status": "open", "fields": {"refund_reason": "Late delivery", "serial": ""}, "links": [{"type": "blocks"}, {"type": "blocks"}]},
    ]  # fmt: skip
    use = count_use(tickets, ZENDESK, {"a:group:9": "HR-cases"})  # type: ignore[arg-type]
    assert use.names["status"] == {"open": 2}
    assert use.names["group"] == {"HR-cases": 1, "": 1}
    assert use.options["refund_reason"] == {"broken": 1, "late": 1}
    assert use.fields == {"refund_reason": 2, "serial": 1, "symptoms": 1}
    assert use.links == {"blocks": 1}
    told = str(use.as_json())
    assert "4711" not in told
    assert "own words" not in told
    assert UseCounts.from_json(use.as_json()) == use


def test_merged_tickets_are_counted_once() -> None:
    use = UseCounts(10, links=Counter({"merged": 3, "problem": 2, "incident": 1}))
    entries = {entry.key: entry.tickets for entry in draft_links(ZENDESK, JIRA, use).entries}
    assert (entries["merged"], entries["problem_incident"]) == (3, 3)
