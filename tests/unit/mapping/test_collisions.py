"""One truth per place of the target: rules that meet in one place, and rules that would carry what another one drops."""

import random
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from tests.unit.mapping.desks import FOLDER, JIRA, JSM, ZENDESK, Desks, case, engine, mapping

from ticketferry.mapping.apart import apart
from ticketferry.mapping.condition_values import Subject
from ticketferry.mapping.conditions import compile_condition
from ticketferry.mapping.lint import lint
from ticketferry.mapping.result import fate_of
from ticketferry.sdk.contract import Severity
from ticketferry.sdk.features import Feature

WHY = 'because: "no trace of it"'


def found(more: str, code: str) -> list[str]:
    return [
        f"{item.where} {item.message}"
        for item in lint(mapping(more), ZENDESK, JIRA, JSM)
        if item.code == code
    ]


def fields(*rules: str) -> str:
    return "fields:\n" + "".join(f"  - {rule}\n" for rule in rules)


TWICE = {
    "two field rules": fields("{from: fields.city, to: Order id}", "{from: fields.zip, to: order ID}"),
    "a rule and a constant": fields("{from: fields.city, to: Order id}", '{set: {Order id: "1"}, when: {tag: vip}}'),
    "the channel": fields("{from: fields.city, to: Origin}") + "channel: {field: Origin}\n",
    "the number": fields("{from: fields.city, to: Zendesk ticket}") + "provenance: {number: {field: Zendesk ticket}}\n",
    "the address": fields("{from: fields.city, to: zendesk link}") + "provenance: {url: {field: Zendesk link}}\n",
    "a date": fields("{from: fields.delivery_date, to: Original created}")
    + "history: {date_fields: {created: Original created}}\n",
    "both dates": "history: {date_fields: {created: Original created, solved: Original created}}\n",
    "who was assigned": fields("{from: fields.city, to: Former assignee}")
    + "people: {unlicensed_assignee: {field: Former assignee}}\n",
    "the due date by two names": fields("{from: fields.delivery_date, to: due}", "{from: fields.city, to: Due date}"),
    "three rules": fields(
        "{from: fields.city, to: Order id, when: {brand: Acme}}", "{from: fields.zip, to: Order id, when: {brand: Globex}}",
        "{from: fields.serial, to: Order id}"),
}  # fmt: skip


@pytest.mark.parametrize("how", list(TWICE))
def test_two_rules_that_write_one_place_are_an_error_with_both_places(how: str) -> None:
    told = found(TWICE[how], "S211")
    assert told, how
    assert all(line.count("mapping.yaml:") == 2 for line in told)
    severities = {
        item.severity for item in lint(mapping(TWICE[how]), ZENDESK, JIRA, JSM) if item.code == "S211"
    }
    assert severities == {Severity.BLOCKER}


def test_join_or_when_set_rules_apart() -> None:
    assert not found(fields('{from: [fields.city, fields.zip], to: Address, join: ", "}'), "S211")
    rules = (
        "{from: fields.city, to: Order id, when: {brand: [Acme, Globex]}}",
        "{from: fields.zip, to: Order id, when: {brand: Billing}}",
    )
    assert not found(fields(*rules), "S211")
    assert not found(fields(*rules), "S212")


def test_conditions_that_may_meet_are_told() -> None:
    rules = (
        "{from: fields.city, to: Order id, when: {brand: Acme}}",
        "{from: fields.zip, to: Order id, when: {tag: vip}}",
    )
    assert not found(fields(*rules), "S211")
    assert len(found(fields(*rules), "S212")) == 1


def test_names_that_differ_in_case_are_two_places_where_any_name_is_taken() -> None:
    base = "version: 1\nsource: zendesk\ntarget: neutral\n"
    rules = fields("{from: fields.city, to: Town}", "{from: fields.zip, to: town}")
    told = lint(mapping(rules, base), ZENDESK, FOLDER, frozenset({Feature.ANY_NAME}))
    assert not [item for item in told if item.code == "S211"]


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({"brand": "A"}, {"brand": "B"}, True),
        ({"brand": "A"}, {"brand": "a"}, False),
        ({"tag": "a"}, {"tag": "b"}, False),
        ({"tag": "a"}, {"tag": {"not": "a"}}, True),
        ({"tag": "a"}, {"not": {"tags": ["a", "b"]}}, True),
        ({"assignee": "present"}, {"assignee": "absent"}, True),
        ({"assignee": "Bob"}, {"assignee": "absent"}, True),
        ({"comments": ">= 3"}, {"comments": "< 3"}, True),
        ({"comments": ">= 3"}, {"comments": "<= 3"}, False),
        ({"created_before": "2020-01-01"}, {"created_after": "2020-01-01"}, True),
        ({"created_before": "2020-01-02"}, {"created": {"after": "2020-01-01"}}, False),
        ({"any": [{"brand": "A"}, {"brand": "B"}]}, {"brand": "C"}, True),
        ({"any": [{"brand": "A"}, {"tag": "B"}]}, {"brand": "C"}, False),
        ({"all": [{"brand": "A"}, {"tag": "x"}]}, {"brand": "B"}, True),
        ({"brand": "A"}, None, False),
        ("always", {"brand": "A"}, False),
        ({"subject": {"matches": "a"}}, {"subject": "absent"}, True),
        ({"subject": {"not": {"matches": "a"}}}, {"subject": {"matches": "b"}}, False),
        ({"not": {"subject": {"matches": "a"}}}, {"subject": "present"}, False),
        ({"created_before": "-2y"}, {"created_after": "2020-01-01"}, False),
        ({"created_before": "-2y"}, {"created": {"not": {"before": "2020-01-01"}}}, False),
        ({"created_before": "-2y"}, {"created_after": "-1y"}, True),
        ({"not": {"due_after": "2024-01-01"}}, {"not": {"due_before": "2025-01-01"}}, False),
        ({"not": {"due_after": "2024-01-01"}}, {"due_after": "2025-01-01"}, True),
    ],
)
def test_conditions_are_apart_only_where_their_words_say_so(one: object, other: object, said: bool) -> None:
    assert apart(one, other) is said
    assert apart(other, one) is said


def test_at_run_time_a_lost_value_is_kept_beside_and_not_counted_as_carried() -> None:
    rules = fields(
        "{from: fields.city, to: Order id}",
        "{from: fields.zip, to: order id}",
        '{set: {Address: "x"}}',
        "{from: fields.serial, to: Address}",
    )
    mapped = engine(rules).case(case(fields={"city": "Bonn", "zip": "53111", "serial": "x"}))
    assert mapped.record["fields"] == {"Order id": "53111", "Address": "x"}
    assert fate_of(mapped.fates, "ticket[12].fields.city").action == "keep"
    assert mapped.record["provenance"]["kept"]["ticket[12].fields.city"] == "Bonn"
    assert fate_of(mapped.fates, "ticket[12].fields.zip").action == "to"
    assert "F105" in {item.code for item in mapped.findings}


def test_a_value_that_a_later_rule_writes_to_the_same_place_is_told_by_that_rule() -> None:
    rules = (
        fields('{from: [external_id, channel], to: Order id, join: " / "}') + "channel: {field: order id}\n"
    )
    mapped = engine(rules).case(case(channel="web", external_id="e1"))
    assert mapped.record["fields"] == {"Order id": "e1 / web"}
    told = fate_of(mapped.fates, "ticket[12].channel")
    assert (told.action, told.transformed) == ("to", True)
    assert told.by.startswith("fields[0]")


@pytest.mark.parametrize("name", ["due", "due_at"])
def test_a_rule_that_reads_the_due_date_by_either_name_may_write_it(name: str) -> None:
    assert not found(fields(f"{{from: {name}, to: Due date, as: date, tz: Europe/Berlin}}"), "S212")
    assert not found(
        fields(f"{{from: {name}, drop: true, because: x}}", "{from: fields.city, to: due}"), "S212"
    )


def test_a_due_date_that_a_rule_replaces_is_kept_beside() -> None:
    rules = fields("{from: fields.delivery_date, to: Due date, as: date}")
    mapped = engine(rules).case(case(due="2025-01-01", fields={"delivery_date": "2025-02-02"}))
    assert mapped.record["due"] == "2025-02-02"
    assert fate_of(mapped.fates, "ticket[12].due").action == "keep"
    assert mapped.record["provenance"]["kept"]["ticket[12].due"] == "2025-01-01"


def test_fields_of_one_name_do_not_both_count_as_carried() -> None:
    rules = fields("{from: fields.city, to: Address}", "{rest: same_name}")
    source = {
        **ZENDESK,
        "fields": [*ZENDESK["fields"], {"id": "9", "key": "adr", "name": "Address", "type": "text"}],
    }
    from tests.unit.mapping.desks import NOW, Desks

    from ticketferry.mapping.engine import Engine

    mapped = Engine(mapping(rules), source, JIRA, JSM, Desks(), NOW).case(
        case(fields={"city": "Bonn", "adr": "Kiel"})
    )
    carried = [
        key for key in ("city", "adr") if fate_of(mapped.fates, f"ticket[12].fields.{key}").action == "to"
    ]
    assert carried == ["city"]
    assert mapped.record["provenance"]["kept"]["ticket[12].fields.adr"] == "Kiel"


CARRIED = {
    "a rule": fields(f"{{from: fields.city, drop: true, {WHY}}}", "{from: fields.city, to: Order id}"),
    "a join": fields(f"{{from: fields.city, drop: true, {WHY}}}", '{from: [fields.zip, fields.city], to: Order id, join: " "}'),
    "an expression": fields('{to: Order id, expr: "{{ fields.city }}"}', f"{{from: fields.city, drop: true, {WHY}}}"),
    "an expression by key": fields("{to: Order id, expr: \"{{ fields['city'] }}\"}", f"{{from: fields.city, drop: true, {WHY}}}"),
    "an expression over the rest": fields('{to: Order id, expr: "{{ fields.city }}"}', f"{{rest: drop, {WHY}}}"),
    "the address": fields(f"{{from: url, drop: true, {WHY}}}") + "provenance: {url: {field: Zendesk link}}\n",
    "the channel": fields(f"{{from: channel, drop: true, {WHY}}}") + "channel: {field: Origin}\n",
    "the time it was solved": fields(f"{{from: solved, drop: true, {WHY}}}")
    + "history: {date_fields: {solved: Original resolved}}\n",
    "history": fields('{to: Order id, expr: "{{ events | length }}"}') + f"history: {{changes: drop, {WHY}}}\n",
}  # fmt: skip


@pytest.mark.parametrize("how", list(CARRIED))
def test_the_rule_that_would_carry_a_dropped_value_is_named(how: str) -> None:
    told = found(CARRIED[how], "S213")
    assert len(told) == 1
    assert "would still carry it" in told[0]
    assert told[0].count("mapping.yaml:") == 2


def test_a_drop_that_a_condition_sets_apart_from_the_carrying_rule_is_no_error() -> None:
    rules = fields(
        f"{{from: fields.city, drop: true, when: {{brand: Acme}}, {WHY}}}",
        "{from: fields.city, to: Order id, when: {brand: Globex}}",
    )
    assert not found(rules, "S213")


MOMENTS = (
    None,
    "2023-05-01T00:00:00Z",
    "2024-05-01T00:00:00Z",
    "2025-07-01T00:00:00Z",
    "2026-02-20T00:00:00Z",
)
DATES = ("2024-01-01", "2025-06-01", "-2y", "-1y", "-30d")
VALUES: tuple[Any, ...] = (
    "a", "b", ["a", "b"], ["b", "c"], "present", "absent", "2", ">= 2", "< 2", "= 2", "!= 2", {"not": "a"}, {"not": ["a", "b"]},
    {"not": "present"}, {"not": ">= 2"}, {"matches": "^a"}, {"not": {"matches": "a"}}, {"matches": "a", "not": "a"},
)  # fmt: skip


def condition(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    """Some condition over a few fields of a ticket."""

    def plain() -> dict[str, Any]:
        key = chance.choice(["priority", "tags", "external_id", "fields.x", "due_before", "due_after"])
        return {key: chance.choice(DATES if key.startswith("due") else VALUES)}

    kind = chance.choice(["plain", "plain", "two", "all", "any", "not"]) if depth < 2 else "plain"
    if kind in ("all", "any"):
        return {kind: [condition(chance, depth + 1) for _ in range(2)]}
    if kind == "not":
        return {"not": condition(chance, depth + 1)}
    return {**plain(), **plain()} if kind == "two" else plain()


def test_no_ticket_fulfils_two_conditions_that_are_called_apart() -> None:
    """Held against the conditions themselves over tickets of all sorts: a pair that is wrongly called apart hides a lost value."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    texts, lists = (None, "a", "b", "ab", "2"), (None, ["a"], ["a", "b"], ["c", "2"])
    tickets = [
        Subject(case(priority=one, external_id=other, tags=tags, due=due, fields={"x": field}), Desks())
        for one, other, tags, due, field in product(texts, texts, lists, MOMENTS, (None, "a", ["a", "b"], 2))
    ]
    chance = random.Random(7)
    told = 0
    for _ in range(4_000):
        one, other = condition(chance), condition(chance)
        if not apart(one, other):
            continue
        told += 1
        first, second = (compile_condition(each, now, lambda *_: None) for each in (one, other))
        both = next((ticket.record for ticket in tickets if first(ticket) and second(ticket)), None)
        assert both is None, (one, other, both)
    assert told > 50


def test_a_value_that_two_rules_gave_alike_is_lost_for_both_when_a_third_writes_there() -> None:
    rules = fields(
        "{from: fields.city, to: Order id}",
        '{set: {Order id: "Bonn"}}',
        "{from: fields.zip, to: Order id}",
    )
    mapped = engine(rules).case(case(fields={"city": "Bonn", "zip": "53111"}))
    assert mapped.record["fields"] == {"Order id": "53111"}
    assert fate_of(mapped.fates, "ticket[12].fields.city").action == "keep"
    assert mapped.record["provenance"]["kept"]["ticket[12].fields.city"] == "Bonn"
