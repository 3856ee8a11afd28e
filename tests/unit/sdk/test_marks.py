"""What a mark keeps is put back, and the trace says so; a mark of another workspace blocks."""

from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Severity
from ticketferry.sdk.marks import READ_BACK, of_other_workspace, put_back, read_back

MARK = {
    "exact": {"subject": ["cut…", "cut off here"], "due": ["2021-02-03", "2021-02-03T10:00:00Z"]},
    "unset": ["priority", "none"],
    "record": {"brand": "Acme"},
    "provenance": {"kept": {"native.x": 1}},
}


def test_exact_values_come_back_while_nobody_changed_what_was_written():
    record = {"subject": "cut…", "due": "2022-01-01", "priority": "Medium"}
    put_back(record, MARK)
    assert record == {
        "subject": "cut off here", "due": "2022-01-01", "brand": "Acme", "provenance": {"kept": {"native.x": 1}},
    }  # fmt: skip
    record = {"priority": "Medium"}
    put_back(record, MARK, unset=False)
    assert record["priority"] == "Medium"
    put_back(record := {"a": 1}, {"exact": None, "record": None})
    assert record == {"a": 1}


def test_the_trace_says_what_was_read_back_and_leaves_the_rest():
    before = {"subject": "cut…", "tags": ["a"], "fields": {"x": 1}}
    after = {"subject": "whole", "tags": ["a"], "fields": {"x": 2}, "brand": "Acme"}
    trace = {
        "summary": "ticket[1].subject", "labels[0]": "ticket[1].tags", "f": "ticket[1].fields.x", "g": "ticket[12].subject", "id": "=own",
    }  # fmt: skip
    assert read_back(trace, "ticket[1]", before, after) == {**trace, "summary": READ_BACK, "f": READ_BACK}


def test_a_record_of_another_workspace_blocks_and_says_how_to_go_on():
    found = of_other_workspace(
        parse_ref("acme:ticket:1"), "X-OTHER", "the mark", "the issue A-1", "w2", "w1", "keep them apart"
    )
    assert (found.severity, found.message) == (
        Severity.BLOCKER, "the issue A-1 was made by another workspace (w2), this one is w1",
    )  # fmt: skip
    assert "keep them apart. " in found.remedy
    assert "adopt w2" in found.remedy
