"""The old number as number of the new key: only by a file that says keys, one ticket a key, and never over what is there."""

import pytest
from tests.unit.mapping.desks import JIRA, JSM, NOW, ZENDESK, Desks, case, mapping

from ticketferry.mapping.engine import Engine
from ticketferry.mapping.lint import lint
from ticketferry.mapping.new_keys import key_number
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import Feature

KEY = "provenance: {number: {key: true, label: 'zd-{{ number }}'}}\n"
BY_FILE = KEY + "way: import-file\n"
KEYED = JSM | {Feature.KEYS, Feature.IMPORT_FILE}


def mapped(more, **ticket):
    ways = {"import-file": frozenset({Feature.HISTORY})}
    return Engine(mapping(more), ZENDESK, JIRA, KEYED, Desks(), NOW, ways).case(case(**ticket))


def refusals(more, features=KEYED):
    return [row.message for row in lint(mapping(more), ZENDESK, JIRA, features) if row.code == "W702"]


@pytest.mark.parametrize(
    ("number", "key"),
    [("1042", "1042"), ("OLD-1042", "1042"), ("#007", "7"), ("0", None), ("A", None), ("12-B", None), ("9" * 12, None), ("", None)],
)  # fmt: skip
def test_the_digits_at_the_end_are_the_number(number, key):
    assert key_number(number) == key


def test_a_ticket_that_comes_by_file_asks_for_its_key_and_one_over_rest_does_not():
    by_file = mapped(BY_FILE, number="1042")
    assert by_file.record["key"] == "SUP-1042"
    assert by_file.made["key"].startswith("provenance.number.key mapping.yaml:")
    assert "key" not in mapped(KEY, number="1042").record
    assert "key" not in mapped("way: import-file\n", number="1042").record


def test_a_number_that_is_none_is_rejected_with_the_line():
    found = mapped(BY_FILE, number="A")
    assert found.outcome is Outcome.REJECT
    assert [(item.code, item.where.startswith("mapping.yaml:")) for item in found.findings] == [
        ("N101", True)
    ]


def test_it_is_refused_where_any_ticket_is_numbered_by_the_target():
    assert refusals(BY_FILE) == []
    assert "over REST" in refusals(KEY)[0]
    mixed = BY_FILE + "phases: [{name: a, where: {status: open}, way: rest}, {name: b, where: always}]\n"
    assert "over REST" in refusals(mixed)[0]
    assert "numbers every ticket itself" in refusals(BY_FILE, JSM)[0]
