"""Desks and files with very many names are checked in seconds: the work grows with their number, not with its square."""

import time

import pytest
from tests.unit.mapping.desks import BASE, JIRA, JSM, ZENDESK, mapping, named, statuses

from ticketferry.errors import MappingError
from ticketferry.mapping.lint import lint

MANY = 90_000
HALF = BASE.split("status:\n", maxsplit=1)[0]


def within(seconds: float, begun: float) -> None:
    assert time.process_time() - begun < seconds


@pytest.mark.slow
def test_ninety_thousand_statuses_are_checked_in_seconds() -> None:
    begun = time.process_time()
    read = mapping(
        "", HALF + "status:\n" + "".join(f"  st{number}: Resolved\n" for number in range(MANY // 2))
    )
    rows = statuses(*((f"zz{number}", "resolved", "solved") for number in range(MANY)))
    found = lint(read, {**ZENDESK, "statuses": rows}, JIRA, JSM)
    assert sum(item.code == "S201" for item in found) == MANY
    within(30, begun)


@pytest.mark.slow
def test_very_many_unknown_keys_and_types_are_told_in_seconds() -> None:
    begun = time.process_time()
    with pytest.raises(MappingError) as error:
        mapping("".join(f"unknown{number}: x\n" for number in range(MANY // 2)))
    assert len(error.value.problems) >= MANY // 2
    rows = named(*(f"t{number}" for number in range(20_000)))
    lint(mapping('type: {a: Incident, "*": Task}\n'), {**ZENDESK, "types": rows}, JIRA, JSM)
    within(30, begun)


@pytest.mark.slow
def test_very_many_rules_over_one_place_are_told_in_seconds() -> None:
    begun = time.process_time()
    rules = "".join(
        f"  - {{from: fields.f{number}, to: Order id, when: {{tag: t{number}}}}}\n" for number in range(2_000)
    )
    assert any(item.code == "S212" for item in lint(mapping("fields:\n" + rules), ZENDESK, JIRA, JSM))
    within(30, begun)
