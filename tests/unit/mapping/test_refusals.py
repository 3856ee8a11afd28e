"""Tickets that a mapping rejects are counted by the rule that does, as a plan rejects them."""

import pytest
from tests.unit.mapping.desks import JIRA, JSM, ZENDESK, case, engine, mapping
from tests.unit.mapping.test_rejecting import HEAD, PLACES, ROUTE, STATUS

from ticketferry.mapping.lint import lint
from ticketferry.mapping.refusals import RefusalTally, beside_refusals, may_refuse
from ticketferry.sdk.contract import Outcome, Severity


def tally(text, *tickets):
    ready = engine(base=text)
    asked = RefusalTally(ready.setup)
    for ticket in tickets:
        asked.ask(ticket)
    mapped = [ready.case(ticket) for ticket in tickets]
    return asked.findings(), sum(one.outcome is Outcome.REJECT for one in mapped)


@pytest.mark.parametrize("word", ["fail", "reject"])
@pytest.mark.parametrize("place", PLACES)
def test_what_a_plan_rejects_is_told_with_its_count_and_its_place(place, word):
    """A user: check said that my mapping holds, and the plan rejected fourteen tickets of a value for which I had written `fail`."""
    text, more = PLACES[place]
    ticket = case(**{"priority": "urgent", "type": "question", "fields": {"outcome": "fixed"}, **more})
    (found,), rejected = tally(text.replace("WORD", word), ticket, ticket, {**ticket, "stage": "deleted"})
    assert rejected == 2
    end = "no plan that has them goes" if word == "fail" else "the others go"
    assert found.message.startswith(f"2 tickets are rejected, {end}: ")
    assert found.severity is (Severity.BLOCKER if word == "fail" else Severity.DOUBT)
    line, column = found.where.rsplit(":", 2)[1:]
    assert int(line) >= 4
    assert int(column) > 0
    assert may_refuse(mapping(base=text.replace("WORD", word)).rules) or (place, word) == (
        "all others",
        "fail",
    )


def test_fail_is_told_as_fail_where_it_stands_and_not_as_a_value_that_is_missing():
    """A user: I was told to add `urgent` to `priority`, where it stood already as `fail`."""
    text = HEAD + ROUTE + STATUS + "priority: {low: Low, urgent: fail, '*': Low}\n"
    (found,), _ = tally(text, case(priority="urgent"))
    assert (found.message.partition(": ")[2], found.remedy) == (
        "priority `urgent`: the mapping says fail", "Put a name in place of `fail`."
    )  # fmt: skip
    assert text.splitlines()[5][int(found.where.rsplit(":", 1)[1]) - 1 :].startswith("urgent")


def test_a_ticket_that_no_route_takes_and_a_field_that_decides_nothing_are_counted_instead_of_doubted():
    text = (
        HEAD
        + "route: [{when: {tag: vip}, project: SUP, issue_type: Task}]\n"
        + "status: {open: {by: fields.outcome, values: {fixed: Resolved}}, '*': Resolved}\n"
    )
    doubts = [
        item for item in lint(mapping(base=text), ZENDESK, JIRA, JSM) if item.severity is Severity.DOUBT
    ]
    assert {"S201", "S208"} <= {item.code for item in doubts}
    for tags, fields, codes in (
        (["vip"], {}, {"S201"}),
        ([], {"outcome": "fixed"}, {"R101"}),
        (["vip"], {"outcome": "fixed"}, set()),
    ):
        found, rejected = tally(text, case(status="open", tags=tags, fields=fields))
        assert {item.code for item in found} == codes
        assert rejected == len(codes)
        held, refused = beside_refusals(doubts, found, mapping(base=text))
        assert refused == found
        gone = {item.code for item in doubts} - {item.code for item in held}
        assert gone == {{"S201": "S201", "R101": "S208"}[code] for code in codes}


def test_nothing_has_to_be_read_where_no_rule_rejects_a_ticket_by_itself():
    assert not may_refuse(mapping(base=HEAD + ROUTE + "status: {open: Resolved, '*': fail}\n").rules)


def test_a_table_that_names_every_option_of_its_field_needs_no_tickets():
    """A user: after each edit the check took three seconds on 5,000 tickets, for tables that leave nothing open."""
    options = [{"value": "fixed", "name": "Fixed"}, {"value": "later", "name": "Later"}]
    source = {
        "desk": "a",
        "product": "zendesk",
        "fields": [{"key": "outcome", "name": "Outcome", "options": options}],
    }
    status = "status: {open: {by: fields.outcome, values: {fixed: Resolved%s}, missing: Resolved}, '*': Resolved}\n"
    field = "fields: [{from: fields.outcome, to: Outcome, values: {fixed: Fixed%s, '*': fail}}]\n"
    for rules in (status, STATUS + field):
        whole = mapping(base=HEAD + ROUTE + rules % ", later: Resolved").rules
        assert not may_refuse(whole, source), rules
        assert may_refuse(whole), rules
        assert may_refuse(mapping(base=HEAD + ROUTE + rules % "").rules, source), rules
        assert may_refuse(mapping(base=HEAD + ROUTE + rules % ", later: reject").rules, source), rules
    without = mapping(
        base=HEAD + ROUTE + (status % ", later: Resolved").replace(", missing: Resolved", "")
    ).rules
    assert may_refuse(without, source)


def test_a_table_without_an_entry_for_all_others_is_told_with_its_tickets():
    """A consultant: `{yes: …, no: …}` of a checkbox held in the check, and the plan rejected eight tickets that hold `true`."""
    text = HEAD + ROUTE + STATUS + "fields: [{from: fields.%s, to: Origin, values: {yes: A, no: B}}]\n"
    assert may_refuse(mapping(base=text % "serial").rules, ZENDESK)
    found, rejected = tally(text % "serial", case(fields={"serial": "true"}), case(fields={"serial": "no"}))
    assert ([item.code for item in found], rejected) == (["F101"], 1)
    assert found[0].message.startswith("1 ticket is rejected, no plan that has them goes: `true`")
    tags = HEAD + ROUTE + STATUS + "fields: [{from: tags, to: Origin, values: {vip: A}}]\n"
    assert not may_refuse(mapping(base=tags).rules, ZENDESK), "a tag without an entry stays a tag"


def test_an_option_that_is_told_as_undecided_is_not_told_a_second_time_by_its_tickets():
    text = (
        HEAD
        + ROUTE
        + STATUS
        + "fields: [{from: fields.refund_reason, to: Refund reason, values: {broken: Damaged}}]\n"
    )
    file = mapping(base=text)
    held = list(lint(file, ZENDESK, JIRA, JSM))
    assert any(item.code == "S201" and item.where == file.at("fields", 0, "values") for item in held)
    found, _ = tally(text, case(fields={"refund_reason": "late"}))
    assert [item.code for item in found] == ["F101"]
    assert beside_refusals(held, found, file)[1] == []


def test_a_table_of_a_choice_with_a_name_that_nobody_has_is_told():
    """A consultant: `{Acmee: High, "*": Low}` by brand held without a word, and no ticket ever was high."""
    text = (
        HEAD
        + ROUTE
        + STATUS
        + 'priority: {low: {by: brand, values: {Acmee: High, Globex: Low, "*": Low}}, "*": Low}\n'
    )
    told = [item for item in lint(mapping(base=text), ZENDESK, JIRA, JSM) if item.code == "S206"]
    assert [item.message for item in told] == ["the source has no brand `Acmee`: did you mean `Acme`?"]
    source = {
        **ZENDESK,
        "fields": [{"id": "1", "key": "vip", "name": "VIP", "type": "checkbox", "of": "ticket"}],
    }
    text = (
        HEAD
        + ROUTE
        + STATUS
        + "fields: [{from: fields.vip, to: Origin, values: {yes: A, true: B, '*': C}}]\n"
    )
    told = [item for item in lint(mapping(base=text), source, JIRA, JSM) if item.code == "S206"]
    assert [item.message for item in told] == ["fields.vip has no option `yes`"]
