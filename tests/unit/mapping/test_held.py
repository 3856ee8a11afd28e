"""What the new desk will hold of a mapped record: its own words where it holds less than the mapping asks."""

import pytest

from ticketferry.mapping.changes import ChangeKind, changes
from ticketferry.mapping.held import as_held, field_keys, shortfalls
from ticketferry.mapping.result import MapFate, Mapped, fate_of
from ticketferry.sdk.contract import Disposition, Expected, Fate, Finding, Outcome, Severity

ASKED = {
    "ref": "acme:ticket:1",
    "subject": "A subject  that\nis long",
    "status": "Open",
    "fields": {"Serial no.": "1" * 300, "Due": "2024-01-01T10:00:00Z", "Kind": "x"},
    "tags": ["b", "a"],
    "body": {"html": "<p>Hello <b>you</b></p>"},
    "comments": [{"ref": f"acme:comment:{n}", "body": {"html": f"<p>{n}</p>"}} for n in (1, 2, 3)],
    "provenance": {"kept": {}},
}
FATES = {
    "ticket[1].fields.serial": MapFate("to", 'fields["Serial no."]', transformed=False, by="fields[0]"),
    "ticket[1].due": MapFate("to", "fields.Due", transformed=False, by="fields[1]"),
    "ticket[1].kind": MapFate("to", "fields.Kind", transformed=False, by="fields[2]"),
    "ticket[1].status": MapFate("to", "status", transformed=False, by="status.open"),
}


def mapped(**changed):
    return Mapped(Outcome.CREATE, {**ASKED, **changed}, fates=dict(FATES))


def expected(fates=(), findings=(), refused="", **changed):
    held = {
        **ASKED,
        "subject": "A subject that is long",
        "tags": ["a", "b"],
        "stage": "in_progress",
        "provenance": None,
    }
    return Expected({**held, **changed}, [Fate("subject", Disposition.CARRIED, "summary"), *fates], findings, refused)  # fmt: skip


SHORT = expected(
    [
        Fate('fields["Serial no."]', Disposition.UNSUPPORTED, "JSM-VALUE"),
        Fate("fields.Due", Disposition.TRANSFORMED, "date field"),
        Fate("fields.Kind", Disposition.KEPT, "JSM-KIND"),
        Fate("status", Disposition.CARRIED, "status"),
    ],
    [
        Finding("JSM-VALUE", Severity.LOSS, None, "fields.Serial no.", "longer than 255", ""),
        Finding("JSM-CUT", Severity.LOSS, None, "comments[2].body", "a table became text", ""),
    ],
    fields={"Due": "2024-01-01"},
    comments=[{"ref": "acme:comment:1", "body": {"html": "<p>1</p>"}}, {"ref": "acme:comment:2", "body": {"html": "<p>two</p>"}}],
)  # fmt: skip


def test_what_only_looks_otherwise_is_no_shortfall():
    assert shortfalls(mapped(), expected()) == {}
    assert as_held(mapped(), expected()).fates == FATES


def test_each_value_that_is_held_otherwise_is_told_with_the_reason():
    assert shortfalls(mapped(), SHORT) == {
        'fields["Serial no."]': (None, "longer than 255", "JSM-VALUE"),
        "fields.Due": ("2024-01-01", "date field", ""),
        "fields.Kind": (None, "JSM-KIND", "JSM-KIND"),
        "comments": ("1 of 3 not there, 1 of 3 with other words", "a table became text", "JSM-CUT"),
    }


def test_a_record_as_it_will_be_held_has_the_desks_values_ends_and_findings():
    held = as_held(mapped(), SHORT)
    assert held.record["fields"] == {"Due": "2024-01-01"}
    assert [finding.code for finding in held.findings] == ["JSM-VALUE", "JSM-CUT"]
    ends = {path: fate_of(held.fates, path)[:3:2] for path in FATES}
    assert ends == {
        "ticket[1].fields.serial": ("lost", False),
        "ticket[1].due": ("to", True),
        "ticket[1].kind": ("keep", False),
        "ticket[1].status": ("to", False),
    }
    assert mapped().fates == FATES, "what was mapped stays as it was"


@pytest.mark.parametrize("refused", [expected(refused="no"), Expected(None, findings=[SHORT.findings[0]])])
def test_what_the_desk_refuses_is_rejected_as_a_plan_rejects_it(refused):
    held = as_held(mapped(), refused)
    assert (held.outcome, held.record) == (Outcome.REJECT, None)
    assert held.because == (refused.refused or "longer than 255")


def test_what_nobody_asked_for_is_as_it_was_mapped():
    skipped = Mapped(Outcome.SKIP, None, because="test")
    assert as_held(skipped, SHORT) is skipped
    assert as_held(mapped(), None).record == ASKED


def test_a_value_that_loses_its_place_in_the_new_desk_is_a_lossy_change():
    record = {"ref": "acme:ticket:1", "fields": {"serial": "1" * 300}}
    found = changes(record, as_held(mapped(), expected()), as_held(mapped(), SHORT))
    lost = [change for change in found if change.kind is ChangeKind.LOSSY]
    assert [(change.path, change.after) for change in lost] == [("fields.serial", "no place in the new desk")]


def test_a_desk_that_holds_fields_by_their_keys_and_options_by_values_holds_what_is_asked():
    target = {
        "fields": [
            {"key": "outcome", "name": "Outcome", "type": "select"},
            {"key": "due_day", "name": "Due", "type": "date"},
            {"key": "level", "name": "Outcome", "type": "text", "of": "person"},
        ]
    }
    asked = mapped(fields={"Outcome": "Won't fix", "Due": "2024-01-01T10:00:00Z", "Gone": "x"})
    answer = expected(
        [
            Fate("fields.Outcome", Disposition.CARRIED, "custom fields"),
            Fate("fields.Due", Disposition.TRANSFORMED, "custom fields"),
            Fate("fields.Gone", Disposition.KEPT, "ZD-FIELD"),
            Fate("updated", Disposition.CARRIED, "updated_at"),
        ],
        fields={"outcome": "wont_fix", "due_day": "2024-01-01", "given": "by the desk"},
        updated=None,
    )
    asked.record["updated"] = "2024-02-02T00:00:00Z"
    keys = field_keys(target)
    assert keys == {"outcome": "outcome", "due_day": "due_day", "due": "due_day"}
    assert set(shortfalls(asked, answer, keys)) == {"fields.Due", "fields.Gone"}
    held = as_held(asked, answer, keys).record
    assert held["fields"] == {"Outcome": "Won't fix", "Due": "2024-01-01", "given": "by the desk"}
    assert held["updated"] == "2024-02-02T00:00:00Z"
