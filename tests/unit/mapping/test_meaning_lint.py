"""A status that means something else in the target, and options that nobody can tell apart any more, are told before a plan."""

import json
from collections import Counter
from typing import Any

from tests.unit.mapping.desks import JIRA, JSM, NOW, ZENDESK, statuses

from ticketferry.mapping.affected import AffectedTickets
from ticketferry.mapping.drafting.use import UseCounts, count_use
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import loads
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.work import Setup

PLAIN = {**ZENDESK, "statuses": [row for row in ZENDESK["statuses"] if ":" not in row["name"]]}
HEAD = "version: 1\nsource: zendesk\ntarget: jsm\nroute: [{when: always, project: SUP, issue_type: Task}]\n"
USE = UseCounts(
    40, {"status": Counter({"pending": 30, "hold": 2, "solved": 5})}, options={"refund_reason": Counter({"broken": 2, "late": 3})}
)  # fmt: skip


def said(code: str, more: str, target: dict[str, Any] = JIRA, source: dict[str, Any] = PLAIN) -> list[str]:
    file = loads(HEAD + more)
    affected = AffectedTickets(Setup(file, source, target, JSM, NoLookups(), NOW), USE)
    return [item.message for item in lint(file, source, target, JSM, affected) if item.code == code]


def test_a_status_that_waits_and_becomes_one_that_does_not_is_told_in_tickets() -> None:
    (one,) = said(
        "S223",
        "status: {pending: In progress, solved: Resolved, closed: Closed, hold: Pending vendor, '*': In progress}\n",
    )
    assert one.startswith(
        "`pending` (waits for the customer) becomes `In progress` (somebody works on it) (30 tickets)"
    )
    (one,) = said(
        "S223",
        "status: {pending: Waiting for customer, solved: In progress, closed: Closed, hold: Pending vendor, '*': In progress}\n",
    )
    assert one.startswith("`solved` (is done) becomes `In progress` (somebody works on it) (5 tickets)")


def test_statuses_of_equal_meaning_are_no_matter_whatever_they_are_called() -> None:
    assert (
        said(
            "S223",
            "status: {pending: Waiting for customer, solved: Closed, closed: Resolved, hold: Pending vendor, '*': In progress}\n",
        )
        == []
    )


def test_a_desk_that_knows_only_begun_and_done_is_taken_by_its_words_or_not_at_all() -> None:
    coarse = {**JIRA, "statuses": statuses(
        ("Waiting for customer", "in_progress", ""), ("Quarantine", "in_progress", ""), ("Done", "resolved", ""),
    )}  # fmt: skip
    right = "status: {pending: Waiting for customer, solved: Done, closed: Done, hold: Quarantine, '*': Quarantine}\n"
    assert said("S223", right, coarse) == []
    (one,) = said("S223", right.replace("hold: Quarantine", "hold: Waiting for customer"), coarse)
    assert one.startswith(
        "`hold` (waits for somebody else) becomes `Waiting for customer` (waits for the customer)"
    )


def test_statuses_that_fall_together_say_what_nobody_can_tell_any_more() -> None:
    found = said("S204", "status: {pending: In progress, open: In progress, '*': Closed}\n")
    assert any("`somebody works on it` and which `waits for the customer`" in line for line in found), found
    plain = said("S204", "status: {solved: Closed, closed: Closed, '*': In progress}\n")
    assert any(line == "`solved` and `closed` fall together in `Closed` (5 tickets)" for line in plain), plain


def test_a_ticket_that_has_two_options_at_once_is_one_ticket() -> None:
    """A field of several choices told 21 tickets of a desk that has eleven with it."""
    tickets = [
        {"fields": {"symptoms": chosen}}
        for chosen in (["noise", "no_signal"], ["noise"], ["No signal", "noise"], [])
    ]
    use = count_use(tickets, ZENDESK, {})  # type: ignore[arg-type]
    again = UseCounts.from_json(json.loads(json.dumps(use.as_json())))
    assert again == use
    assert (use.chosen("symptoms", ["noise", "no_signal"]), use.chosen("symptoms", ["no_signal"])) == (3, 2)
    old = {key: value for key, value in use.as_json().items() if key != "together"}
    assert UseCounts.from_json(old).chosen("symptoms", ["noise"]) == 3
    file = loads(HEAD + "fields: [{from: fields.symptoms, to: Refund reason, values: {'*': Other}}]\n")
    affected = AffectedTickets(Setup(file, PLAIN, JIRA, JSM, NoLookups(), NOW), use)
    found = [item.message for item in lint(file, PLAIN, JIRA, JSM, affected) if item.code == "S204"]
    assert "`no_signal` and `noise` of fields.symptoms fall together in `Other` (3 tickets)" in found


def test_options_that_fall_together_are_told_with_their_tickets() -> None:
    rule = "fields: [{from: fields.refund_reason, to: Refund reason, values: {broken: Damaged, late: Damaged, '*': Other}}]\n"
    found = said("S204", rule)
    assert "`broken` and `late` of fields.refund_reason fall together in `Damaged` (5 tickets)" in found
    assert (
        "`wrong_item` and `refund_other` of fields.refund_reason fall together in `Other` (0 tickets)"
        in found
    )
    apart = "fields: [{from: fields.refund_reason, to: Refund reason, values: {broken: Damaged, late: Late, wrong_item: Wrong item, '*': Other}}]\n"
    assert not [line for line in said("S204", apart) if "refund_reason" in line]


def test_nothing_is_said_of_a_status_that_no_ticket_has() -> None:
    text = "status: {pending: Waiting for customer, closed: In progress, solved: Resolved, hold: Pending vendor, '*': In progress}\n"
    assert said("S223", text) == []
