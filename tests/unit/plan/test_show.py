"""Views of a plan: what they count adds up, and hostile content stays data."""

import csv
import io
import json
from collections import Counter
from dataclasses import fields

import pytest
from tests.flow.migrations import write_desk, write_project
from tests.unit.report.plan_files import ENDPOINTS, GUARDS, Draft, example

from ticketferry.errors import UsageError
from ticketferry.plan.inputs import Inputs
from ticketferry.plan.planner import Planner
from ticketferry.plan.show import (
    as_json,
    change_rows,
    classes,
    compare,
    csv_lines,
    find_root,
    impossible,
    json_lines,
    losses,
    operation_rows,
    overview,
    set_aside,
    show_record,
)
from ticketferry.plan.show_record import preview, value_at
from ticketferry.project import Project, stages
from ticketferry.sdk.contract import Disposition


@pytest.fixture
def plan(tmp_path):
    found = example(tmp_path / "p-01.plan")
    yield found
    found.close()


@pytest.fixture
def view(plan):
    return overview(plan, ENDPOINTS, GUARDS)


def test_every_record_stands_in_the_outcome_table_once(plan, view):
    assert sum(view.outcomes["ticket"].values()) == 14
    assert view.outcomes["ticket"] | {"match": 0, "unchanged": 0, "gone": 0} == {
        "create": 9,
        "update": 1,
        "match": 0,
        "unchanged": 0,
        "conflict": 1,
        "skip": 1,
        "reject": 2,
        "gone": 0,
    }
    assert list(view.outcomes) == ["ticket", "person"]
    assert sum(row.count for row in view.classes) == 16
    assert view.classes_left_out == (0, 0)


def test_two_statuses_that_fall_together_are_marked_as_another_meaning(view):
    assert [(flow.before, flow.mark, flow.after, flow.count) for flow in view.statuses] == [
        ("Open", "=", "Waiting", 8),
        ("New", "~", "Waiting", 2),
        ("Pending", "=", "On hold", 1),
    ]
    (collapse,) = view.collapses
    assert (collapse.befores, collapse.after, collapse.count) == (("Open", "New"), "Waiting", 2)
    assert (collapse.code, collapse.place) == ("S204", "mapping.yaml:16:3")


def test_a_status_that_keeps_its_name_keeps_its_meaning_even_when_it_is_rare(tmp_path):
    draft = Draft()
    draft.ticket(1, status=("Closed", "Closed"))
    for number in range(2, 9):
        draft.ticket(number, status=("Solved", "Closed"))
    flows = overview(draft.save(tmp_path / "p-02.plan")).statuses
    assert {flow.before: flow.mark for flow in flows} == {"Closed": "=", "Solved": "~"}


def test_rejects_add_up_and_name_code_place_and_remedy(view):
    (reject,) = view.causes.rejects
    assert (reject.records, reject.code, reject.place) == (2, "F103", "mapping.yaml:53:5")
    assert reject.message == 'required field "Product" is empty'
    assert reject.remedy == "Give a default."
    assert sum(cause.records for cause in view.causes.rejects) == view.outcomes["ticket"]["reject"]
    assert sum(cause.records for cause in view.causes.skips) == view.outcomes["ticket"]["skip"]
    assert view.causes.blockers == ()
    assert "F103" not in [cause.code for cause in view.causes.doubts]


def test_a_blocker_of_a_record_that_is_not_rejected_blocks(tmp_path):
    draft = Draft()
    draft.finding("S205", "blocker", draft.ticket(1), "mapping.yaml:9:1", "no such status")
    assert [cause.code for cause in overview(draft.save(tmp_path / "p-03.plan")).causes.blockers] == ["S205"]


def test_findings_at_the_same_place_of_many_records_are_one_cause(view):
    cause = next(cause for cause in view.causes.losses if cause.code == "A007")
    assert (cause.records, cause.count, cause.place) == (4, 8, "attachments[]")
    assert cause.examples == ("acme:ticket:10", "acme:ticket:11", "acme:ticket:12")


def test_many_wordings_of_one_cause_stay_one_line_and_say_so(tmp_path):
    draft = Draft()
    for number in range(100):
        draft.finding(
            "F102", "loss", draft.ticket(number), "mapping.yaml:4:2", f"value {number} does not fit"
        )
    (cause,) = overview(draft.save(tmp_path / "p-04.plan")).causes.losses
    assert cause.records == 100
    assert cause.wordings > 12


def test_residue_and_guards_are_counted_by_endpoint(view):
    assert [(row.name, row.operations, row.requests) for row in view.endpoints] == [
        ("user.create", 1, 1),
        ("issue.create", 9, 1),
        ("comment.add", 7, 7),
        ("issue.edit", 1, 1),
    ]
    assert [row.residue for row in view.endpoints if row.residue] == ["an issue number is used up"]
    assert [row.name for row in view.endpoints if row.never_repeated] == ["issue.edit"]
    assert [(need.code, need.operations, need.proof) for need in view.guards] == [
        ("NOTIFY-1", 16, "read"),
        ("NOTIFY-2", 7, "person"),
    ]


def test_endpoints_that_the_connector_does_not_know_any_more_are_still_counted(plan):
    assert overview(plan, ENDPOINTS[:1]).operations == 18


def test_dispositions_add_up_to_the_leaves(view):
    assert view.leaves == sum(view.dispositions.values()) == 126
    assert set(view.dispositions) == {item.value for item in Disposition}


def test_parts_of_tickets_are_counted_by_outcome(view):
    comments = next(part for part in view.parts if part.name == "comments")
    assert comments.by_outcome["update"] == 4
    assert comments.internal == 2
    assert comments.planned == sum(comments.by_outcome.values())


def test_the_overview_is_plain_json(view):
    assert json.loads(json.dumps(as_json(view)))["newly_visible"] == 1
    assert {item.name for item in fields(view)} == as_json(view).keys()


def test_classes_beyond_the_limit_are_counted(plan):
    listed, (more, records) = classes(plan, 2)
    assert len(listed) == 2
    assert listed[0].count == 7
    assert (more, records) == (6, 7)


def test_losses_name_field_and_reason_impossible_first(plan):
    assert [(row.disposition, row.field, row.count) for row in losses(plan)][:2] == [
        ("unsupported", "attachments[]", 2),
        ("dropped_by_rule", "fields.card", 3),
    ]
    assert [row.reason for row in losses(plan, Disposition.DROPPED)] == ["PCI"]


def test_the_values_of_a_rejected_record_are_one_loss_and_are_told_apart(tmp_path):
    draft = Draft()
    root = draft.ticket(1, "reject", because="no route")
    draft.sums += [("ticket", name, "unsupported", "no route", 1) for name in ("subject", "status", "tags[]")]
    draft.sums.append(("ticket", "fields.x", "unsupported", "no such field", 5))
    draft.impossible += [(root, "ticket", "1", name, "no route") for name in ("subject", "status", "tags[0]")]
    plan = draft.save(tmp_path / "p-05.plan")
    assert [(row.kind, row.field, row.reason, row.count) for row in losses(plan)] == [
        ("ticket", "fields.x", "no such field", 5),
        ("any", "whole records", "no route", 3),
    ]
    assert overview(plan).leaves_of_rejects == 3
    assert list(impossible(plan, rejected=False)) == []


def test_every_impossible_value_is_listed(plan):
    assert [row["root"] for row in impossible(plan)] == ["acme:ticket:10", "acme:ticket:11"]


def test_records_set_aside_come_in_plan_order_with_their_reason(plan):
    assert [(row.root, row.outcome.value) for row in set_aside(plan)] == [
        ("acme:ticket:40", "reject"),
        ("acme:ticket:41", "reject"),
        ("acme:ticket:42", "conflict"),
        ("acme:ticket:50", "skip"),
    ]


def test_json_lines_hold_one_row_each_whatever_the_text(tmp_path):
    draft = Draft()
    draft.ticket(1, title="line\r\nbreak \u2028 😀 \u202eabc")
    lines = list(json_lines(change_rows(draft.save(tmp_path / "p-06.plan"))))
    assert [json.loads(line)["title"] for line in lines] == ["line\r\nbreak \u2028 😀 \u202eabc"]
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)


@pytest.mark.parametrize("title", ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(1)", "\tx"])
def test_csv_never_gives_a_spreadsheet_a_formula(tmp_path, title):
    draft = Draft()
    draft.ticket(1, title=title)
    text = "".join(csv_lines(change_rows(draft.save(tmp_path / "p-07.plan")), ["root", "title", "facts"]))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["root", "title", "facts"]
    assert rows[1][1] == "'" + title
    assert json.loads(rows[1][2])["number"] == "1"


def test_operations_show_their_templates_and_digest(plan):
    rows = list(operation_rows(plan))
    assert [row["seq"] for row in rows] == list(range(1, 19))
    assert rows[0]["body"] == {"n": 1}
    assert len(rows[0]["digest"]) == 32


def test_two_plans_are_compared_record_by_record_and_by_class(tmp_path, plan):
    draft = Draft()
    for number in range(10, 16):
        draft.ticket(number)
    draft.ticket(16, "reject", because="no route")
    draft.ticket(99)
    draft.finding("R101", "blocker", "acme:ticket:16", "mapping.yaml:3:1", "no route")
    found = compare(plan, draft.save(tmp_path / "p-08.plan"))
    assert (found.same, found.only_before, found.only_after) == (6, 9, 1)
    ((before, after, count, examples),) = found.moved
    assert (before, after, count) == ("ticket Open -> Waiting · SUP / Incident", "ticket reject: no route", 1)
    assert examples == ("acme:ticket:16",)
    assert found.new_codes == (("R101", "blocker", 1),)
    assert ("F103", "blocker", 2) in found.gone_codes
    assert sum(row.before for row in found.classes) == 16
    assert sum(row.after for row in found.classes) == 8
    assert found.inputs == ()


@pytest.mark.parametrize("text", ["acme:ticket:40", "ticket:40", "40", "#40"])
def test_a_record_is_found_by_any_of_its_names(plan, text):
    assert find_root(plan, text) == "acme:ticket:40"


def test_a_name_that_fits_nothing_is_refused(plan):
    with pytest.raises(UsageError, match="says nothing of 4_"):
        find_root(plan, "4_")
    with pytest.raises(UsageError):
        find_root(plan, "%")


def test_values_are_found_at_the_paths_that_rules_write():
    record = {
        "subject": "s",
        "fields": {'A "b" [c].d': 1},
        "comments": [{"ref": "acme:comment:789", "body": {"html": "<p>x</p>"}}],
        "tags": ["a", "b"],
    }
    assert value_at(record, "subject") == "s"
    assert value_at(record, 'fields["A \\"b\\" [c\\u005d.d"]') == 1
    assert value_at(record, "comments[789].body") == {"html": "<p>x</p>"}
    assert value_at(record, "tags[1]") == "b"
    assert value_at(record, "tags[9]") is None
    assert value_at(record, "comments[1].body.html") is None


def test_a_long_value_is_shown_by_its_beginning_with_what_is_left():
    assert preview("x" * 1000, 10) == ("x" * 10, 990)
    assert preview({"html": "<p>é</p>"}) == ("<p>é</p>", 0)
    assert preview(None) == ("", 0)


# ---- one record of a real plan ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    root = tmp_path_factory.mktemp("migration")
    desk = write_desk(root / "source", 12)
    desk.ticket(9, 12, status="nobody decided this")
    desk.comment(9001, 3, "<p>" + "x" * 60_000 + "</p>")
    write_project(root / "p", root / "source", root / "target")
    with Project.load(root / "p") as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        planning = project.planning(inputs=Inputs.of(plan.header))
        yield plan, Planner(planning)
        plan.close()


def test_records_shown_one_by_one_add_up_to_the_sums_of_the_plan(planned):
    plan, planner = planned
    total = Counter()
    for change in plan.changes():
        view = show_record(plan, planner, change.root)
        assert view.true_to_plan
        total.update(view.dispositions)
    assert total == Counter({name.value: count for name, count in plan.dispositions().items()})


def test_a_record_shows_old_and_planned_value_with_the_rule_and_the_writes_in_order(planned):
    plan, planner = planned
    view = show_record(plan, planner, find_root(plan, "3"))
    leaf = next(leaf for leaf in view.leaves if leaf.path == "fields.serial")
    assert (leaf.value, leaf.planned, leaf.disposition) == ("SN 000003", "SN-000003", "transformed")
    assert "mapping.yaml:" in leaf.rule
    dropped = next(leaf for leaf in view.leaves if leaf.path == "fields.card")
    assert (dropped.planned, dropped.disposition) == (None, "dropped_by_rule")
    assert "PCI" in dropped.rule
    assert [item.seq for item in view.operations] == sorted(item.seq for item in view.operations)
    assert view.operations[0].endpoint == "ticket.create"
    assert view.operations[0].body["record"]["number"] == "3"


def test_a_body_that_is_not_in_the_plan_file_is_made_again_when_it_is_shown(planned):
    plan, planner = planned
    plan_file_only = [row for row in operation_rows(plan) if row["body"] is None]
    shown = {row["seq"]: row for row in operation_rows(plan, planner)}
    assert all(shown[row["seq"]]["body"] is not None for row in plan_file_only)
    assert len(shown) == plan.one("SELECT count(*) FROM operation")


def test_a_rejected_record_shows_why_and_writes_nothing(planned):
    plan, planner = planned
    view = show_record(plan, planner, find_root(plan, "9"))
    assert view.operations == ()
    assert "S201" in [item["code"] for item in view.findings]
    assert {leaf.disposition for leaf in view.leaves if leaf.path != "fields.card"} == {"unsupported"}
    assert {leaf.disposition for leaf in view.leaves if leaf.path == "fields.card"} <= {"dropped_by_rule"}


def test_an_unknown_record_is_refused(planned):
    plan, planner = planned
    with pytest.raises(UsageError, match="says nothing of"):
        show_record(plan, planner, "acme:ticket:404")
