from pathlib import Path

import pytest
from tests.unit.mapping.desks import (
    BASE,
    FILES,
    FOLDER,
    JIRA,
    JSM,
    NOW,
    ZENDESK,
    Desks,
    case,
    comment,
    mapping,
)

from ticketferry.mapping.drafting.document import draft
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import load, loads
from ticketferry.sdk.contract import Outcome, Severity

SHIPPED = Path(__file__).resolve().parents[3] / "mappings"


def found(more: str = "", **base) -> list[str]:
    return [
        f"{row.code} {row.where} {row.message}"
        for row in lint(mapping(more, **base), ZENDESK, JIRA, JSM)
        if row.severity is Severity.BLOCKER
    ]


@pytest.mark.parametrize(
    ("word", "remedy"),
    [
        ("statuses", "steps of its workflows"),
        ("groups", "say so in `groups`"),
        ("components", "Take `components` out"),
    ],
)
def test_what_the_target_cannot_make_is_refused_with_a_remedy(word, remedy):
    (row,) = [
        one
        for one in lint(mapping(f"catalog: {{create: [{word}]}}"), ZENDESK, JIRA, JSM)
        if one.code == "S230"
    ]
    assert f"{word} cannot be made in jsm" in row.message
    assert remedy in row.remedy
    assert ":" in row.where


def test_a_mapping_that_fits_both_desks_has_no_errors_and_tells_what_falls_together():
    rows = lint(mapping(), ZENDESK, JIRA, JSM)
    assert [row for row in rows if row.severity is Severity.BLOCKER] == []
    assert any(
        "`hold`, `custom:Waiting on vendor` and `custom:Parked` fall together in `Pending vendor`"
        in row.message
        for row in rows
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("type: {problem: Probelm, '*': Task}", "type:"), ("fields: [{from: fields.serial, to: Serial no}]", "did you mean `Serial no.`?"),
        ("fields: [{from: fields.refund_reason, to: Refund reason, values: {broken: Damagd, '*': Other}}]", "no option of Refund reason `Damagd`: did you mean `Damaged`?"),
        ("fields: [{from: fields.refund_reason, to: Refund reason, values: {broken: Damaged}}]", "option `late` of fields.refund_reason is not decided"),
        ("fields: [{set: {Origin: Letter}}]", "no option of Origin"), ("groups: {Tier 1: {component: Websit}}", "did you mean `Website`?"),
        ("groups: {HR-cases: {security: HR onyl}}", "no security level `HR onyl`"), ("links: {blocks: Block}", "did you mean `Blocks`?"),
        ("exits: {merged: {link: Dupl}}", "no link type `Dupl`"), ("history: {date_fields: {created: Born}}", "no field `Born`"),
        ("people: {unlicensed_assignee: {field: Former}}", "did you mean `Former assignee`?"), ("brands: {Acme: {label: '?'}}", "waits for a decision"),
    ],
)  # fmt: skip
def test_a_name_that_the_target_lacks_is_named_with_its_place_and_the_nearest(line, said):
    if said == "type:":
        said = "no type `Probelm`: did you mean `Problem`?"
    rows = found(line + "\n")
    assert any(said in row for row in rows), rows
    assert all(" mapping.yaml:" in row for row in rows)


def test_statuses_projects_request_types_and_resolutions_are_checked():
    base = """version: 1
source: zendesk
target: jsm
route:
  - {when: {brand: Acme}, project: SUPP}
  - {when: always, project: SUP, issue_type: Servce request, request_type: {by: channel, values: {email: Email request, "*": Chat}}, security: None such}
status:
  open: Waiting for suport
  solved: {to: Resolved, resolution: Fixed}
priority: {high: High}
"""
    rows = "\n".join(found(base=base))
    for said in ("5:27 the target has no project `SUPP`", "no issue type in SUP `Servce request`", "no request type in SUP `Email request`",
                 "8:3 the target has no status `Waiting for suport`: did you mean `Waiting for support`?", "no resolution `Fixed`",
                 "status `new` is not decided", "status `custom:Parked` is not decided", "priority `low` is not decided", "no security level"):  # fmt: skip
        assert said in rows, (said, rows)


def test_a_target_that_takes_any_name_is_not_asked_for_names():
    text = 'version: 1\nsource: zendesk\ntarget: neutral\nstatus: {"*": Whatever}\nfields: [{from: fields.serial, to: Brand new}]\n'
    assert [
        row for row in lint(loads(text), ZENDESK, FOLDER, FILES) if row.severity is Severity.BLOCKER
    ] == []


def test_a_mapping_for_other_products_or_without_route_is_stopped():
    rows = found(base='version: 1\nsource: jsm\ntarget: jsm\nstatus: {"*": Closed}\n')
    assert any("the mapping is for `jsm`, the source is `zendesk`" in row for row in rows)
    assert any("`route` is missing" in row for row in rows)


def test_source_names_that_nobody_has_are_doubts():
    rows = lint(
        mapping("groups: {Teir 1: {component: Website}}\nfields: [{from: fields.serail, to: Serial no.}]\n"),
        ZENDESK,
        JIRA,
        JSM,
    )
    said = [row.message for row in rows if row.code == "S206"]
    assert any("did you mean `Tier 1`?" in row for row in said)
    assert any("did you mean `serial`?" in row for row in said)


def test_the_shipped_starter_fits_the_sample_desks():
    starter = load(SHIPPED / "zendesk_to_jsm.yaml")
    rows = lint(starter, ZENDESK, JIRA, JSM)
    assert [row for row in rows if row.severity is Severity.BLOCKER] == []
    from tests.unit.mapping.desks import NOW, Desks

    maps = Engine(starter, ZENDESK, JIRA, JSM, Desks(), NOW)
    mapped = maps.case(
        case(
            group="acme:group:9",
            comments=[comment("1", opening=True)],
            satisfaction={"score": "good"},
            fields={"card_number": "4111"},
        )
    )
    assert (mapped.record["project"], mapped.record["security"]) == ("HR", "HR only")
    assert mapped.newly_visible == []
    assert mapped.record["fields"]["CSAT"] == "Good"
    assert "4111" not in str(mapped.record)
    assert maps.case(case(type="problem")).record["type"] == "Problem"
    assert mapped.phase == "open"


def test_the_shipped_copy_mapping_loads_and_decides_everything():
    copy = load(SHIPPED / "neutral_to_neutral.yaml")
    rows = lint(copy, {**ZENDESK, "product": "neutral"}, FOLDER, FILES)
    assert [row for row in rows if row.severity is Severity.BLOCKER] == []


def test_a_draft_is_a_mapping_and_only_what_it_could_not_decide_stops_it():
    text = draft(ZENDESK, JIRA).text
    drafted = loads(text)
    assert drafted.rules.status["solved"].to == "Resolved"
    assert drafted.rules.priority["urgent"].to == "Highest"
    assert drafted.rules.groups["HR-cases"].security == "HR only"
    stops = [row for row in lint(drafted, ZENDESK, JIRA, JSM) if row.severity is Severity.BLOCKER]
    assert {row.code for row in stops} <= {"S207"}
    assert text == draft(ZENDESK, JIRA).text


def test_a_draft_marks_what_nothing_fits_and_the_lint_lists_each():
    poor = {**JIRA, "statuses": [row for row in JIRA["statuses"] if row["stage"] in ("new", "closed")]}
    stops = [row for row in lint(loads(draft(ZENDESK, poor).text), ZENDESK, poor, JSM) if row.code == "S207"]
    assert {"`pending` waits for a decision", "`hold` waits for a decision"} <= {row.message for row in stops}


def test_a_draft_survives_names_that_yaml_would_misread():
    odd = [
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
    ]
    source = {"desk": "a", "product": "zendesk", "statuses": [{"id": name, "name": name, "stage": "new"} for name in odd],
              "fields": [{"id": name, "key": name, "name": name, "type": "text"} for name in odd]}  # fmt: skip
    target = {
        "desk": "b",
        "product": "jsm",
        "statuses": [{"id": "1", "name": "Zu tun: #1", "stage": "new"}],
        "fields": [],
    }
    text = draft(source, target).text
    names = set(loads(text).rules.status)
    assert {
        "${x}",
        "{{ x }}",
        "?",
        "no",
        "12:30",
        "a: b",
        "# x",
        '"',
        "{x}",
        "- a",
        "tab\there",
        "line\nend",
        "🙂",
    } <= names


def test_options_that_go_over_under_their_own_names_to_a_list_without_them_are_told():
    """A stranger: explain and test show `Ferry::Basic` in a list that has no such option, and the plan writes none of it."""
    rows = lint(mapping("fields: [{from: fields.outcome, to: CSAT}]\n"), ZENDESK, JIRA, JSM)
    (told,) = [row for row in rows if row.code == "S237"]
    assert "3 of 3 options of fields.outcome are no options of CSAT" in told.message
    assert "`Won't fix`" in told.message
    assert told.where.startswith("mapping.yaml:")
    good = "fields: [{from: fields.outcome, to: CSAT, values: {fixed: Good, '*': Bad}}]\n"
    assert [row.code for row in lint(mapping(good), ZENDESK, JIRA, JSM) if row.code == "S237"] == []
    assert [
        row.code
        for row in lint(mapping("fields: [{from: fields.serial, to: CSAT}]\n"), ZENDESK, JIRA, JSM)
        if row.code == "S237"
    ] == []


def test_fail_for_one_name_is_a_decision_and_for_all_others_is_none():
    """A stranger: the sheet says that `fail` rejects such tickets, writes it, and the check calls the status undecided."""
    base = BASE.replace("hold: Pending vendor", "hold: fail").replace("low: Low", "low: fail")
    codes = [
        row.code for row in lint(mapping(base=base), ZENDESK, JIRA, JSM) if row.severity is Severity.BLOCKER
    ]
    assert codes == []
    open_ = BASE.replace("  hold: Pending vendor\n", "").replace("  closed:", '  "*": fail\n  closed:')
    told = [row.message for row in lint(mapping(base=open_), ZENDESK, JIRA, JSM) if row.code == "S201"]
    assert any("status `hold` is not decided" in message for message in told)
    rejected = Engine(mapping(base=base), ZENDESK, JIRA, JSM, Desks(), NOW).case(
        case(status="hold", stage="on_hold")
    )
    assert rejected.outcome is Outcome.REJECT
    assert "status `hold`: the mapping says fail" in rejected.because
