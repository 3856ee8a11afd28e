"""Conditions are held against what the source defines and against its tickets: no typing error decides in silence."""

from typing import Any

import pytest
from tests.unit.mapping.desks import JIRA, JSM, NOW, ORGANIZATIONS, ZENDESK, Desks, case, mapping

from ticketferry.errors import MappingError
from ticketferry.mapping.condition_tally import taken
from ticketferry.mapping.lint import lint
from ticketferry.mapping.work import Setup
from ticketferry.sdk.contract import Finding, Severity

SKIP = "do: skip, because: old"


def linted(more: str) -> list[Finding]:
    return [item for item in lint(mapping(more), ZENDESK, JIRA, JSM) if item.code == "S214"]


def counted(
    more: str, *tickets: dict[str, Any]
) -> tuple[dict[str, tuple[int, int | None, int]], list[Finding]]:
    setup = Setup(mapping(more), ZENDESK, JIRA, JSM, Desks(), NOW)
    rows, found = taken(setup, [case(**ticket) for ticket in tickets], Desks(), NOW)
    return {".".join(map(str, row.path)): (row.takes, row.reached, row.total) for row in rows}, found


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (f"clean: [{{id: a, when: {{status: solvd}}, {SKIP}}}]", "no status `solvd`: did you mean `solved`?"),
        (f"clean: [{{id: a, when: {{priority: {{not: hihg}}}}, {SKIP}}}]", "no priority `hihg`: did you mean `high`?"),
        (f"clean: [{{id: a, when: {{any: [{{brand: [Acme, Globx]}}]}}, {SKIP}}}]", "no brand `Globx`: did you mean `Globex`?"),
        (f"clean: [{{id: a, when: {{not: {{form: Outag}}}}, {SKIP}}}]", "no form `Outag`: did you mean `Outage`?"),
        (f"clean: [{{id: a, when: {{stage: resolvd}}, {SKIP}}}]", "no stage `resolvd`: did you mean `resolved`?"),
        (f"clean: [{{id: a, when: {{fields.outcom: fixed}}, {SKIP}}}]", "no field `outcom`: did you mean `outcome`?"),
        (f"clean: [{{id: a, when: {{fields.outcome: fixd}}, {SKIP}}}]", "no fields.outcome `fixd`: did you mean `fixed`?"),
        ("phases: [{name: a, where: {group: HR-case}}]", "no group `HR-case`: did you mean `HR-cases`?"),
        ("fields: [{from: fields.city, to: Order id, when: {type: qestion}}]", "no type `qestion`: did you mean `question`?"),
        ("fields: [{from: fields.city, to: Order id, required: {when: {handled_by: humn}}}]", "did you mean `human`?"),
    ],
)  # fmt: skip
def test_a_name_in_a_condition_that_the_source_lacks_stops_with_the_nearest(more: str, said: str) -> None:
    found = linted(more + "\n")
    assert [item for item in found if said in item.message and item.severity is Severity.BLOCKER], found
    assert all(item.where.startswith("mapping.yaml:") for item in found)


def test_a_name_that_is_like_none_is_a_doubt_but_stops_where_tickets_are_left_behind() -> None:
    assert {item.severity for item in linted("phases: [{name: a, where: {brand: Quux}}]\n")} == {
        Severity.DOUBT
    }
    assert {item.severity for item in linted(f"clean: [{{id: a, when: {{brand: Quux}}, {SKIP}}}]\n")} == {
        Severity.BLOCKER
    }


def test_keys_of_tables_and_values_that_nobody_has_are_told() -> None:
    more = (
        "type: {qestion: Service request, '*': Task}\n"
        "fields:\n  - {from: fields.refund_reason, to: Refund reason, values: {brokn: Damaged, '*': Other}}\n"
        "  - {from: fields.outcome, drop: true, because: x}\n"
    )
    found = [(item.code, item.message) for item in lint(mapping(more), ZENDESK, JIRA, JSM)]
    assert any(
        code == "S206" and "no type `qestion`: did you mean `question`?" in said for code, said in found
    ), found
    assert any(
        code == "S206" and "no option `brokn`: did you mean `broken`?" in said for code, said in found
    ), found
    assert any(code == "S218" and "fields.outcome" in said for code, said in found), found


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("{comments: '=> 2'}", "`=> 2` is no comparison"),
        ("{comments: '=< 2'}", "is no comparison"),
        ("{comments: '== 2'}", "is no comparison"),
        ("{comments: '<> 2'}", "is no comparison"),
        ("{comments: '> two'}", "is no comparison"),
        ("{comments: ['>= 2']}", "stands in a list of values"),
        ("{comments: {not: '!> 2'}}", "is no comparison"),
        ("{status: '>= 2'}", "`status` is no number"),
        ("{tag: []}", "an empty list"),
        ("{comments: \u2265 1}", "is no number of comments"),
        ("{comments: 1..3}", "is no number of comments"),
        ("{not: {attachments: none}}", "is no number of attachments"),
        ("{comments: [0, few]}", "`few` is no number of comments"),
        ("{created: 2019-01-01}", "`created` is a time"),
        ("{solved: {not: 2019}}", "`solved` is a time"),
        ("{assignee: presnt}", "did you mean `present`"),
        ("{not: {any: [{assignee: abscent}]}}", "did you mean `absent`"),
        ("{requester: {not: Present}}", "in small letters"),
        ("{tag: PRESENT}", "in small letters"),
    ],
)
def test_an_operator_that_is_none_is_refused(condition: str, said: str) -> None:
    for where in (
        f"clean: [{{id: a, when: {condition}, {SKIP}}}]", f"phases: [{{name: a, where: {condition}}}]",
        f"fields: [{{from: fields.city, to: Order id, when: {condition}}}]",
    ):  # fmt: skip
        with pytest.raises(MappingError) as error:
            mapping(where + "\n")
        assert any(said in str(line) for line in error.value.problems), error.value.problems


HOLD = f"clean:\n  - {{id: hold, when: {{tag: legal-hold}}, do: keep}}\n  - {{id: old, when: {{stage: closed}}, {SKIP}}}\n"


def test_a_typing_error_in_a_legal_hold_never_leaves_a_ticket_behind_in_silence() -> None:
    held = {"stage": "closed", "status": "closed", "tags": ["legal_hold"]}
    _, found = counted(HOLD, held, {})
    assert [(item.code, item.severity) for item in found if "legal-hold" in item.message] == [
        ("S214", Severity.BLOCKER)
    ]
    assert "did you mean `legal_hold`?" in found[0].message
    _, found = counted(HOLD.replace("legal-hold", "nobody-has-this"), held)
    assert [item.severity for item in found if item.code == "S214"] == [Severity.BLOCKER]
    _, found = counted(HOLD.replace("legal-hold", "legal_hold"), held)
    assert not [item for item in found if item.code == "S214"]


def test_a_hold_for_tickets_to_come_can_say_so() -> None:
    _, found = counted(HOLD.replace("do: keep", "do: keep, unused: ok"), {"tags": ["blue"]})
    assert {item.severity for item in found} == {Severity.DOUBT}


def test_each_condition_tells_how_many_tickets_it_takes_now_and_what_stands_behind_what() -> None:
    rows, found = counted(
        "phases:\n  - {name: a, where: {status: [open, solved]}}\n  - {name: b, where: {status: open}}\n  - {name: c, where: always}\n"
        "fields:\n  - {from: fields.city, to: Order id, when: {comments: '> 5'}}\n",
        {"status": "open"}, {"status": "solved"}, {"status": "new"},
    )  # fmt: skip
    assert rows["phases.0.where"] == (2, 2, 3)
    assert rows["phases.1.where"] == (1, 0, 3)
    assert rows["phases.2.where"] == (3, 1, 3)
    assert rows["fields.0.when"] == (0, None, 3)
    said = {(item.code, item.where.rsplit(":", 2)[1]) for item in found}
    assert {code for code, _ in said} == {"S215", "S216"}
    assert any("take all 1 ticket that" in item.message for item in found)


@pytest.mark.parametrize(
    ("by", "wrong", "right", "said"),
    [
        ("channel", "emial", "Email", "no ticket of the source has the channel `emial`: did you mean `email`?"),
        ("tags", "vipp", "VIP", "no ticket of the source has the tags `vipp`: did you mean `vip`?"),
        ("organization.name", "Sharred Ltd", "shared ltd", "`Sharred Ltd`: did you mean `Shared Ltd`?"),
        ("fields.city", "Berlinn", "berlin", "no ticket of the source has the city `Berlinn`: did you mean `Berlin`?"),
    ],
)  # fmt: skip
def test_an_entry_of_a_table_that_no_ticket_comes_to_is_told(
    by: str, wrong: str, right: str, said: str
) -> None:
    """A consultant: `by: channel, values: {emial: High, "*": Low}` held without a word, and no ticket ever was high."""
    organization = next(row["ref"] for row in ORGANIZATIONS if row["name"] == "Shared Ltd")
    ticket = {
        "channel": "email",
        "tags": ["vip", "x"],
        "organization": organization,
        "fields": {"city": "Berlin"},
    }
    table = 'type: {question: {by: %s, values: {"%s": Task, "*": Service request}}}\n'
    _, found = counted(table % (by, wrong), ticket, {})
    (one,) = [item for item in found if item.code == "S206"]
    assert (said in one.message, one.severity) == (True, Severity.DOUBT), one
    assert one.where.startswith("mapping.yaml:")
    _, found = counted(table % (by, right), ticket, {})
    assert not [item for item in found if item.code == "S206"], "letters of any case are one name"


def test_a_table_by_a_field_whose_options_are_listed_or_that_is_not_there_is_the_business_of_the_catalog() -> (
    None
):
    for by in ("fields.outcome", "fields.outcom", "brand"):
        _, found = counted(
            f'type: {{question: {{by: {by}, values: {{quux: Task, "*": Service request}}}}}}\n', {}
        )
        assert not [item for item in found if item.code == "S206"], by


def test_rules_that_meet_in_one_place_are_an_error_as_soon_as_a_ticket_fulfils_both() -> None:
    more = (
        "fields:\n  - {from: fields.city, to: Order id, when: {brand: Acme}}\n"
        "  - {from: fields.zip, to: Order id, when: {tag: vip}}\n"
    )
    _, found = counted(more, {"brand": "Acme", "tags": ["a"]}, {"brand": "Globex", "tags": ["vip"]})
    assert not [item for item in found if item.code == "S211"]
    _, found = counted(more, {"brand": "Acme", "tags": ["vip"]})
    assert [item.severity for item in found if item.code == "S211"] == [Severity.BLOCKER]
    assert "1 tickets fulfil both" in next(item.message for item in found if item.code == "S211")


def test_a_level_above_the_options_of_a_path_is_known_to_a_table_and_a_wrong_one_is_not() -> None:
    rule = (
        "fields:\n  - {from: fields.product, to: Product, as: cascading, split: '::', values: {KEY: Ferry}}\n"
    )
    for key, known in (("Ferry::Basic", True), ("Ferry", True), ("Fery", False), ("Ferry::Bsic", False)):
        rows = lint(mapping(rule.replace("KEY", f'"{key}"')), ZENDESK, JIRA, JSM)
        assert ("S206" in {row.code for row in rows}) is not known, key


PHASES = "phases:\n  - {name: a, where: {brand: Acme}}\n  - {name: b, where: {stage: [new, assigned]}}\n"


def test_tickets_that_no_phase_takes_are_counted_and_those_that_stay_behind_are_not() -> None:
    closed = {"stage": "closed", "status": "closed", "brand": "Globex"}
    gone = {"stage": "deleted", "status": "deleted", "brand": "Globex"}
    _, found = counted(PHASES, closed, closed, gone, {"brand": "Acme"})
    (one,) = [item for item in found if item.code == "S221"]
    assert "no phase takes 2 tickets" in one.message
    _, found = counted(PHASES + f"clean: [{{id: old, when: {{stage: closed}}, {SKIP}}}]\n", closed)
    assert [item for item in found if item.code == "S221"] == []
    _, found = counted(PHASES + "  - {name: rest, where: always}\n", closed)
    assert [item for item in found if item.code in ("S221", "S222")] == []


def test_phases_that_would_take_the_same_tickets_say_which_one_does() -> None:
    _, found = counted(PHASES, {"brand": "Acme", "stage": "new"}, {"brand": "Globex", "stage": "new"})
    (one,) = [item for item in found if item.code == "S222"]
    assert "1 ticket that `b` would take moves with `a`" in one.message
    _, found = counted(PHASES, {"brand": "Acme", "stage": "closed"}, {"brand": "Globex", "stage": "new"})
    assert [item for item in found if item.code == "S222"] == []


def test_a_hold_behind_the_rules_that_it_lifts_is_in_nobodys_shadow() -> None:
    rules = (
        "clean:\n  - {id: old, when: {stage: closed}, do: skip, because: old}\n"
        "  - {id: pii, when: {stage: closed}, redact: {in: [subject], patterns: [iban]}, because: x}\n"
        "  - {id: hold, when: {tag: legal}, do: keep, overrides: [old, pii], because: law}\n"
    )
    rows, found = counted(rules, {"stage": "closed", "status": "closed", "tags": ["legal"]})
    assert rows["clean.2.when"] == (1, 1, 1)
    assert not [item for item in found if item.code == "S216" and item.where.startswith("mapping.yaml:4")]


def test_a_redaction_leaves_the_rules_behind_it_their_tickets() -> None:
    rules = (
        "clean:\n  - {id: pii, when: always, redact: {in: [subject], patterns: [iban]}, because: x}\n"
        f"  - {{id: old, when: {{stage: closed}}, {SKIP}}}\n"
    )
    rows, found = counted(rules, {"stage": "closed", "status": "closed"})
    assert rows["clean.1.when"] == (1, 1, 1)
    assert not [item for item in found if item.code == "S216"]
