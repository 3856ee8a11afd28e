from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.mapping.desks import JIRA, JSM, NOW, ZENDESK, named

from ticketferry.mapping.drafting.document import draft
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.loader import loads
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.sheets.decisions import SheetDecisions, decide_by_sheets
from ticketferry.mapping.sheets.tables import SheetTable, sheet_tables
from ticketferry.mapping.work import Setup
from ticketferry.store.spreadsheet import Spreadsheet, SpreadsheetRow

MAPPING = """version: 1
source: zendesk
target: jsm
route:
  - {when: always, project: SUP, issue_type: Service request}
# decided with Ann
status:
  new:   Waiting for triage      # as Ann said
  open: {to: Waiting for support, when: {assignee: present}, else: Waiting for triage}
  pending: 'Waiting for customer'
  solved: {to: Resolved, resolution: Done}   # done
  "*": Waiting for support
priority: {urgent: Highest, high: High, normal: Medium, low: Low, none: {default: Medium}}
fields:
  - from: fields.refund_reason
    to: Refund reason
    values: {broken: Damaged, late: Late, wrong_item: Wrong item, "*": Other}
  - {rest: keep_in_provenance}   # the rest
"""


def tables(
    text: str = MAPPING, source: Any = ZENDESK, use: UseCounts | None = None
) -> tuple[Setup, list[SheetTable]]:
    setup = Setup(loads(text), source, JIRA, JSM, NoLookups(), NOW)  # type: ignore[arg-type]
    return setup, sheet_tables(setup, draft(source, JIRA, JSM, use), use)  # type: ignore[arg-type]


def decided(
    answers: dict[tuple[str, str], str],
    text: str = MAPPING,
    *,
    because: str = "",
    certain: bool = True,
    **cells: str,
) -> SheetDecisions:
    setup, made = tables(text)
    rows = []
    for number, (sheet, row) in enumerate([(each, row) for each in made for row in each.rows], 2):
        answer = answers.get((row.table, row.key))
        if answer is not None:
            rows.append(
                SpreadsheetRow(
                    f"{sheet.name}.csv:{number}",
                    {"id": row.id, "key": row.shown, "decision": answer, "because": because, **cells},
                )
            )
    assert len(rows) == len(answers)
    return decide_by_sheets(text, setup, made, [Spreadsheet(certain, rows)])


def test_every_name_of_the_source_has_a_row_with_what_the_mapping_says_now() -> None:
    _, made = tables(use=UseCounts(3, {}, options={}))
    by_name = {table.name: {row.key: row for row in table.rows} for table in made}
    assert set(by_name) == {"status", "priority", "fields", "options refund_reason", "groups", "brands"}
    assert by_name["status"]["new"].now == "Waiting for triage"
    assert by_name["status"]["custom:Parked"].now == "Waiting for support"
    assert (
        by_name["status"]["open"].now
        == "Waiting for support where assignee has a value, else Waiting for triage"
    )
    assert by_name["fields"]["fields.serial_no"].proposal == "Serial no."
    assert by_name["options refund_reason"]["refund_other"].now == "Other"
    assert {row.tickets for row in by_name["fields"].values()} == {0}
    ids = [row.id for table in made for row in table.rows]
    assert len(set(ids)) == len(ids)
    assert all(id_.isalpha() for id_ in ids)


def test_decisions_are_written_in_place_and_comments_stay() -> None:
    done = decided({
        ("status", "new"): "waiting for SUPPORT", ("status", "solved"): "Closed", ("status", "custom:Parked"): "Pending vendor", ("priority", "low"): "Lowest",
        ("priority", "none"): "Low", ("options", "late"): "Damaged", ("options", "refund_other"): "Changed mind", ("fields", "fields.serial_no"): "ok",
        ("groups", "Billing"): "component: Invoices",
    })  # fmt: skip
    assert done.problems == []
    assert done.written == 9
    rules = loads(done.text).rules
    assert "  new:   Waiting for support      # as Ann said\n" in done.text
    assert "  solved: {to: Closed, resolution: Done}   # done\n" in done.text
    assert (rules.status["custom:Parked"].to, list(rules.status)[-1]) == ("Pending vendor", "*")
    assert (rules.priority["low"].to, rules.priority["none"].to) == ("Lowest", "Low")
    assert rules.fields[0].values == {
        "broken": "Damaged",
        "late": "Damaged",
        "wrong_item": "Wrong item",
        "refund_other": "Changed mind",
        "*": "Other",
    }
    assert (rules.fields[1].source, rules.fields[1].to) == (["fields.serial_no"], "Serial no.")
    assert rules.fields[2].rest
    assert rules.groups["Billing"].component == "Invoices"
    assert "# decided with Ann\n" in done.text


def test_nothing_decided_changes_nothing_and_a_decision_as_it_was_is_none() -> None:
    assert decided({("status", "new"): ""}).text == MAPPING
    done = decided({("status", "new"): "Waiting for triage"})
    assert (done.text, done.written, done.same) == (MAPPING, 0, 1)


@pytest.mark.parametrize(
    ("table", "key", "answer", "said"),
    [
        ("status", "open", "Closed", "a rule with conditions decides there: change it at mapping.yaml:9:3"),
        ("status", "new", "Waiting for suport", "did you mean `Waiting for support`?"),
        ("status", "new", "45732", "a spreadsheet made a number or a day of it?"),
        ("fields", "fields.city", "drop", "needs a reason"),
        ("fields", "fields.city", "ok", "there is no proposal"),
        ("options", "late", "=1+1", "the target has no `=1+1`"),
        ("groups", "Billing", "component: Nowhere", "the target has no"),
    ],
)
def test_what_cannot_be_written_is_told_with_its_row_and_nothing_is_written(
    table: str, key: str, answer: str, said: str
) -> None:
    done = decided({(table, key): answer, ("status", "pending"): "Closed"})
    assert any(said in problem for problem in done.problems), done.problems
    assert all(".csv:" in problem for problem in done.problems)
    assert done.text == MAPPING


def test_what_is_left_out_carries_its_reason() -> None:
    done = decided({("fields", "fields.card_number"): "drop"}, because='PCI: "no cards"')
    rule = next(rule for rule in loads(done.text).rules.fields if rule.drop)
    assert (rule.source, rule.because) == (["fields.card_number"], 'PCI: "no cards"')


def test_a_table_that_was_taken_in_is_as_it_was_the_second_time() -> None:
    """The second import refused the very rule that the first one had written."""
    answers = {
        ("fields", "fields.card_number"): "drop",
        ("fields", "fields.serial_no"): "Serial no.",
        ("status", "new"): "Waiting for support",
        ("options", "late"): "Damaged",
        ("groups", "Billing"): "component: Invoices",
        ("priority", "none"): "Low",
    }
    first = decided(answers, because="no cards")
    assert (first.written, first.problems) == (6, [])
    again = decided(answers, first.text, because="no cards")
    assert (again.problems, again.written, again.same, again.text) == ([], 0, 6, first.text)
    other = decided({("fields", "fields.card_number"): "drop"}, first.text, because="nobody needs them")
    assert other.text == first.text.replace("no cards", "nobody needs them")
    assert (other.written, other.same) == (1, 0)


def test_a_rule_that_leaves_a_field_out_of_some_tickets_only_is_not_taken_for_the_decision() -> None:
    text = MAPPING.replace(
        "  - {rest:",
        "  - {from: fields.city, drop: true, because: no need, when: {status: new}}\n  - {rest:",
    )
    done = decided({("fields", "fields.city"): "drop"}, text, because="no need")
    assert (done.same, done.written) == (0, 0)
    assert "a rule of another kind" in done.problems[0]


def test_what_a_spreadsheet_made_of_keys_and_letters_is_recognised() -> None:
    done = decided({("status", "custom:Parked"): "Pending vendor"}, key="1.2E+17")
    assert done.problems == []
    assert done.changed == ["status.csv:10: the spreadsheet made `1.2E+17` of `custom:Parked`"]
    assert loads(done.text).rules.status["custom:Parked"].to == "Pending vendor"
    garbled = decided({("fields", "fields.city"): "AddreÃŸ"}, certain=False)
    assert "save the file as CSV UTF-8" in garbled.problems[0]
    text = MAPPING.replace("late: Late,", "late: Late, ")
    setup, made = tables(text)
    sheet = next(table for table in made if table.name == "status")
    named_so = [replace(sheet, choices=[*sheet.choices, "Geprüft"])]
    row = SpreadsheetRow("status.csv:3", {"id": sheet.rows[0].id, "decision": "GeprÃ¼ft"})
    assert (
        "reads like `Geprüft` in another character set"
        in decide_by_sheets(text, setup, named_so, [Spreadsheet(True, [row])]).problems[0]
    )


def test_a_row_that_nobody_knows_any_more_is_told_only_where_something_was_decided() -> None:
    setup, made = tables()
    old = [
        SpreadsheetRow("status.csv:9", {"id": "gggggggggggggggg", "decision": "Closed"}),
        SpreadsheetRow("status.csv:10", {"id": "", "decision": ""}),
    ]
    done = decide_by_sheets(MAPPING, setup, made, [Spreadsheet(True, old)])
    assert len(done.problems) == 1
    assert "export the table again" in done.problems[0]


def test_two_tables_that_contradict_each_other_are_refused() -> None:
    setup, made = tables()
    row = made[0].rows[0]
    sheets = [
        Spreadsheet(True, [SpreadsheetRow(f"{name}:2", {"id": row.id, "decision": answer})])
        for name, answer in (("a.csv", "Closed"), ("b.csv", "Resolved"))
    ]
    assert "decided twice" in decide_by_sheets(MAPPING, setup, made, sheets).problems[0]


def test_names_that_yaml_would_misread_come_back_as_they_are() -> None:
    odd = ["no", "a: b", "# x", '"', "{x}", "'", "🙂", "${x}"]
    text = MAPPING.replace('  "*": Waiting for support\n', "")
    source = {
        **ZENDESK,
        "statuses": [*ZENDESK["statuses"], *({"id": name, "name": name, "stage": "new"} for name in odd)],
        "groups": named(*odd),
    }
    setup, made = tables(text, source)
    rows = [
        SpreadsheetRow("s.csv:2", {"id": row.id, "decision": "Closed"})
        for row in made[0].rows
        if row.key in odd
    ]
    done = decide_by_sheets(text, setup, made, [Spreadsheet(True, rows)])
    assert done.problems == []
    assert {loads(done.text).rules.status[name].to for name in odd} == {"Closed"}


PLACES = """version: 1
source: zendesk
target: jsm
route: [{when: always, project: SUP, issue_type: Service request}]
channel:
  field: Origin
  values: {email: E-mail, voice: {to: Phone, when: {tag: vip}, else: Chat}, "*": API}   # agreed
brands: {Acme: {label: acme}}
"""
USE = UseCounts(9, {"channel": Counter(email=5, web=3, voice=1), "brand": Counter(Acme=6, Globex=3)}, links=Counter(problem=2, incident=4, merged=1))  # fmt: skip
BRANDED = {**ZENDESK, "brands": named("Acme", "Globex")}


def decided_places(answers: dict[tuple[str, str], str]) -> SheetDecisions:
    setup, made = tables(PLACES, BRANDED, USE)
    rows = [
        SpreadsheetRow(
            f"{sheet.name}.csv:2", {"id": row.id, "key": row.shown, "decision": answers[row.table, row.key]}
        )
        for sheet in made
        for row in sheet.rows
        if (row.table, row.key) in answers
    ]
    assert len(rows) == len(answers)
    return decide_by_sheets(PLACES, setup, made, [Spreadsheet(certain=True, rows=rows)])


def test_channels_brands_and_links_have_tables_with_their_use() -> None:
    made = {table.name: {row.key: row for row in table.rows} for table in tables(PLACES, BRANDED, USE)[1]}
    assert {key: (row.tickets, row.now) for key, row in made["channel"].items()} == {
        "email": (5, "E-mail"), "voice": (1, "Phone where tag is vip, else Chat"), "web": (3, "API"),
    }  # fmt: skip
    assert {key: (row.tickets, row.now) for key, row in made["brands"].items()} == {
        "Acme": (6, "acme"),
        "Globex": (3, ""),
    }
    assert {key: (row.tickets, row.now) for key, row in made["links"].items()} == {
        "problem_incident": (6, ""),
        "merged": (1, ""),
    }
    assert made["links"]["merged"].proposal == "Duplicate"


def test_decisions_for_channels_brands_and_links_stand_in_their_lines() -> None:
    found = decided_places(
        {("channel", "web"): "Chat", ("channel", "email"): "API", ("brands", "Globex"): "globex-old", ("brands", "Acme"): "acme-de",
         ("links", "merged"): "ok", ("links", "problem_incident"): "keep"}
    )  # fmt: skip
    assert found.problems == []
    assert found.written == 6
    rules = loads(found.text).rules
    assert rules.channel is not None
    assert {key: choice.plain for key, choice in rules.channel.values.items()} == {
        "email": "API",
        "voice": None,
        "*": "API",
        "web": "Chat",
    }
    assert {name: rule.label for name, rule in rules.brands.items()} == {
        "Acme": "acme-de",
        "Globex": "globex-old",
    }
    assert (rules.links.merged, rules.links.problem_incident) == ("Duplicate", "keep")
    assert "# agreed" in found.text


def test_a_channel_with_a_condition_and_a_link_type_that_is_not_there_are_told() -> None:
    found = decided_places({("channel", "voice"): "Chat", ("links", "merged"): "Cloners"})
    assert [problem.split(": ", 1)[1].split(":")[0] for problem in found.problems] == [
        "a rule with conditions decides there", "the target has no `Cloners` for `merged`",
    ]  # fmt: skip
    assert found.text == PLACES
