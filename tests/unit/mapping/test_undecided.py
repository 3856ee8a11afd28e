from collections import Counter
from typing import Any

from tests.unit.mapping.desks import BASE, JIRA, JSM, NOW, ZENDESK

from ticketferry.mapping.affected import AffectedTickets
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.holding import held_against
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import loads
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.undecided import undecided
from ticketferry.mapping.work import Setup
from ticketferry.sdk.contract import Severity

USE = UseCounts(
    5000, {"status": Counter({"open": 188, "custom:Parked": 4000, "hold": 12, "pending": 800}), "priority": Counter({"low": 7, "": 3})},
    fields=Counter({"refund_reason": 40}), options={"refund_reason": Counter({"broken": 30, "late": 9, "wrong_item": 1})},
)  # fmt: skip
TEXT = (
    BASE.replace('  "custom:Parked": Pending vendor\n', "").replace("  hold: Pending vendor\n", "").replace("pending: Waiting for customer", 'pending: "?"')
    .replace("low: Low, ", "") + 'fields:\n  - {from: fields.refund_reason, to: Refund reason, values: {broken: "?", late: Late}}\n'
)  # fmt: skip


def setup(text: str) -> Setup:
    return Setup(loads(text), ZENDESK, JIRA, JSM, NoLookups(), NOW)  # type: ignore[arg-type]


def test_what_is_undecided_is_told_in_tickets_and_not_in_rules() -> None:
    rows = undecided(setup(TEXT), USE)
    assert [row.words for row in rows] == [
        "3 statuses undecided: 4,812 tickets",
        "3 options of fields.refund_reason undecided: 31 tickets",
        "1 priority undecided: 7 tickets",
    ]


def test_every_name_that_the_check_stops_for_is_counted_once_and_no_other() -> None:
    """Two ways that share no code: the messages of the check, and the counts."""
    stops = [
        row
        for row in lint(loads(TEXT), ZENDESK, JIRA, JSM)
        if row.severity is Severity.BLOCKER and row.code in ("S201", "S207")
    ]  # type: ignore[arg-type]
    assert sum(len(row.names) for row in undecided(setup(TEXT), USE)) == len(stops)
    assert undecided(setup(BASE), USE) == []


def test_without_counts_there_are_names_and_no_number() -> None:
    assert undecided(setup(TEXT), None)[0].words == "3 statuses undecided"


def test_messages_of_the_check_bear_their_tickets() -> None:
    found = {row.message for row in held_against(loads(TEXT), ZENDESK, JIRA, JSM, lambda: USE)}  # type: ignore[arg-type]
    assert "status `custom:Parked` is not decided (4,000 tickets)" in found
    assert "`pending` waits for a decision (800 tickets)" in found
    assert "priority `low` is not decided (7 tickets)" in found
    assert "option `wrong_item` of fields.refund_reason is not decided (1 ticket)" in found
    bare: Any = lint(loads(BASE), ZENDESK, JIRA, JSM, AffectedTickets(setup(BASE), USE))  # type: ignore[arg-type]
    assert any("fall together in `Pending vendor` (4,012 tickets)" in row.message for row in bare)
