from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.mapping.desks import BASE, JIRA, JSM, NOW, ZENDESK, mapping

from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import MappingFile, load, loads
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.shipped import shipped
from ticketferry.mapping.wording.chapters import MappingWords
from ticketferry.mapping.wording.document import in_words
from ticketferry.mapping.wording.phrases import _NAMES, condition_words
from ticketferry.mapping.work import Setup

MORE = """
fields:
  - {from: fields.refund_reason, to: Refund reason, values: {broken: Damaged, late: Other, wrong_item: Other, "*": Other}, missing: Other}
  - {from: fields.serial, to: Serial no., regex: {find: '^SN(\\d+)$', to: 'SN-\\1'}, on_miss: keep, when: {brand: Billing, comments: "<= 1"}}
  - {from: fields.card_number, drop: true, because: "PCI, decided by the CISO"}
  - {set: {Handled by: Human}}
  - {rest: keep_in_provenance}
clean:
  - {id: tests, when: {subject: {matches: '^test'}, any: [{comments: 0}, {updated_before: -2y}]}, do: skip, because: test tickets}
phases:
  - {name: pilot, where: {group: Billing}, limit: 50}
  - {name: all, where: always}
attachments: {max: 250MB, over: link}
"""
USE = UseCounts(
    100, {"status": Counter({"open": 60, "custom:Parked": 7, "hold": 5, "solved": 28}), "priority": Counter({"high": 40, "": 60})},
    fields=Counter({"refund_reason": 30, "card_number": 3, "serial": 9, "city": 4}), options={"refund_reason": Counter({"broken": 10, "late": 12, "wrong_item": 8})},
)  # fmt: skip


def words(
    found: MappingFile, use: UseCounts | None = USE, source: Any = ZENDESK, target: Any = JIRA
) -> MappingWords:
    setup = Setup(found, source, target, JSM, NoLookups(), NOW)
    taken = {("clean", 0, "when"): 11, ("phases", 0, "where"): 20, ("phases", 1, "where"): 69}
    return in_words(setup, use, taken, lint(found, source, target, JSM))


def rows(document: MappingWords, chapter: str) -> list[tuple[str, ...]]:
    return [
        row for part in document.chapters if part.id == chapter for table in part.tables for row in table.rows
    ]


def all_text(document: MappingWords) -> str:
    parts = [
        cell
        for part in document.chapters
        for table in part.tables
        for row in (table.columns, *table.rows)
        for cell in row
    ]
    return "\n".join([*parts, *(part.lead for part in document.chapters)])


def leaves(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key not in ("version", "source", "target", "vars", "tests"):
                yield from leaves(value)
    elif isinstance(data, list):
        for value in data:
            yield from leaves(value)
    elif data is not None:
        yield data


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_value_that_a_ready_mapping_sets_is_told(name: str) -> None:
    found = load(shipped()[name])
    told = all_text(words(found, None))
    signs = (">=", "<=", ">", "<", "=", "!=")
    missing = []
    for leaf in leaves(found.document.data):
        plain = next((leaf[len(sign) :].strip() for sign in signs if leaf.startswith(sign)), leaf)
        known = {
            "always": "always",
            "fail": "rejected",
            "present": "has a value",
            "absent": "has no value",
            **_NAMES,
            "true": "left out",
        }.get(leaf, plain)
        spelt = known.removeprefix("fields.")
        if not any(each in told for each in (spelt, spelt.replace("_", " "), leaf)):
            missing.append(leaf)
    assert missing == []


def test_every_rule_of_a_table_is_told_with_its_tickets_and_its_line() -> None:
    document = words(mapping(MORE))
    status = {row[0]: row for row in rows(document, "status")}
    assert status["open"] == (
        "open",
        "60",
        "Waiting for support where assignee has a value, else Waiting for triage",
        "",
        "8",
    )
    assert status["Parked"][:3] == ("Parked", "7", "Pending vendor")
    assert (
        status["solved"][3]
        == "by field outcome: fixed → Done; wont_fix → Won't Do; others → Done; empty → Done"
    )
    assert {row[0]: row[1] for row in rows(document, "priority")}["(empty)"] == "60"
    fields = {row[2]: row for row in rows(document, "fields")}
    assert fields["(left out)"][:2] == ("card_number", "3")
    assert "because PCI, decided by the CISO" in fields["(left out)"][3]
    assert "only where brand is Billing and comments at most 1" in fields["Serial no."][3]
    assert ("all other fields", "-", "(kept beside the ticket)", "", "23") in rows(document, "fields")
    assert any(row[0] == "Late delivery (late)" and row[1] == "12" for row in rows(document, "fields"))


def test_what_is_lost_stands_first_with_the_most_tickets_first() -> None:
    document = words(mapping(MORE))
    assert document.chapters[0].id == "losses"
    lost = rows(document, "losses")
    told = {row[0]: (row[1], row[2]) for row in lost}
    assert told["status: hold, Waiting on vendor, Parked"] == ("12", "fall together in Pending vendor")
    assert told["fields.refund_reason: late, wrong_item"] == ("20", "fall together in Other")
    assert told["fields.card_number"] == ("3", "left out: PCI, decided by the CISO")
    assert told["fields.city (city)"] == ("4", "no rule: kept beside")
    assert told["rule tests"] == ("11", "tickets stay behind: test tickets")
    counts = [int(row[1].replace("-", "0")) for row in lost]
    assert counts == sorted(counts, reverse=True)


def test_without_counts_nothing_is_made_up() -> None:
    document = words(loads(BASE), None)
    assert {row[1] for row in rows(document, "status")} == {"-"}


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("always", "always"),
        ({"brand": "Billing", "comments": "<= 1"}, "brand is Billing and comments at most 1"),
        ({"stage": ["resolved", "closed"]}, "stage is one of resolved, closed"),
        (
            {"any": [{"tag": "vip"}, {"not": {"assignee": "absent"}}]},
            "(tag is vip or not (assignee has no value))",
        ),
        (
            {"updated_after": "-2y", "created": {"before": "2019-01-01"}},
            "updated after 2 years ago (-2y) and created before 2019-01-01",
        ),
        ({"subject": {"matches": "^test"}}, "subject reads like ^test"),
    ],
)
def test_conditions_are_told_as_people_say_them(condition: Any, told: str) -> None:
    assert condition_words(condition) == told


def test_a_field_that_decides_a_name_is_not_told_as_lost() -> None:
    told = [
        row
        for chapter in words(mapping(), None).chapters
        if chapter.id == "losses"
        for table in chapter.tables
        for row in table.rows
    ]
    row = next(row for row in told if row[0].startswith("fields.outcome"))
    assert row[2].startswith("decides the resolution")
