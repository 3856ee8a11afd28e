"""The table of outcomes: source moved or not, target moved or not, and who wins."""

import pytest

from ticketferry.plan.diff import decide
from ticketferry.schema.refs import Kind, Ref
from ticketferry.schema.vectors import vector
from ticketferry.sdk.contract import Compiled, Disposition, Expected, Fate, Operation, Outcome, Severity
from ticketferry.store.idmap import LastWrite

ROOT = Ref("acme", Kind.TICKET, "1")
FATES = (Fate("subject", Disposition.CARRIED, ""),)


def record(subject="a", status="Open", **more):
    return {"ref": str(ROOT), "subject": subject, "status": status, **more}


class Compiler:
    """Writes what it is told; `silent`: the target cannot write this change."""

    def __init__(self, silent=False) -> None:
        self.changes = []
        self.silent = silent

    def __call__(self, change):
        self.changes.append(change)
        operation = Operation(f"{ROOT}/x", ROOT, "ticket.edit", {}, {}, ROOT)
        return Compiled(() if self.silent else (operation,), change.desired, FATES)


def applied(wanted, seen=None) -> LastWrite:
    return LastWrite(vector(wanted), vector(wanted if seen is None else seen), "", "created", "p-01")


def run(
    desired,
    current=None,
    before=None,
    *,
    target_id="10",
    matched=False,
    conflicts="hold",
    compiler=None,
    winners=None,
    owned=False,
    as_written=lambda: None,
):
    return decide(
        ROOT,
        desired,
        matched=matched,
        target_id=target_id,
        current=current,
        applied=before,
        slots={"acme:ticket:1": {"id": "10"}},
        conflicts=conflicts,
        compile_=compiler or Compiler(),
        expect=lambda: Expected(desired, FATES),
        as_written=as_written,
        winners=winners or {},
        owned=owned,
    )


def test_what_the_target_lacks_is_created():
    found = run(record(), target_id=None)
    assert (found.outcome, len(found.compiled.operations)) == (Outcome.CREATE, 1)
    assert found.wanted == vector(record())


@pytest.mark.parametrize("conflicts", ["hold", "source", "target"])
@pytest.mark.parametrize(
    ("desired", "current", "outcome", "fields"),
    [
        # last wanted and seen: subject a, status Open
        (record(), record(), Outcome.UNCHANGED, set()),
        (record("b"), record(), Outcome.UPDATE, {"subject"}),
        (record(), record("x"), Outcome.UNCHANGED, set()),
        (record("b"), record(status="Done"), Outcome.UPDATE, {"subject"}),
        (record("b"), record("b"), Outcome.UPDATE, {"subject"}),
        (record(tags=["t"]), record(), Outcome.UPDATE, {"tags"}),
        ({"ref": str(ROOT), "status": "Open"}, record(), Outcome.UPDATE, {"subject"}),
        (record(), None, Outcome.GONE, set()),
        (record("b"), None, Outcome.GONE, set()),
    ],
)
def test_without_a_conflict_nobody_has_to_win(desired, current, outcome, fields, conflicts):
    found = run(desired, current, applied(record()), conflicts=conflicts)
    assert (found.outcome, set(found.fields)) == (outcome, fields)
    assert bool(found.compiled.operations) is (outcome is Outcome.UPDATE)
    assert found.compiled.fates


@pytest.mark.parametrize(
    ("conflicts", "outcome", "fields", "kept"),
    [
        ("hold", Outcome.CONFLICT, {"subject"}, {"subject"}),
        ("source", Outcome.UPDATE, {"subject", "status"}, set()),
        ("target", Outcome.UPDATE, {"status"}, {"subject"}),
    ],
)
def test_a_field_that_both_changed_is_decided_by_the_mapping(conflicts, outcome, fields, kept):
    compiler = Compiler()
    found = run(record("b", "Done"), record("x"), applied(record()), conflicts=conflicts, compiler=compiler)
    assert (found.outcome, set(found.fields), set(found.kept)) == (outcome, fields, kept)
    if outcome is Outcome.UPDATE:
        assert compiler.changes[-1].fields == found.fields
        assert compiler.changes[-1].slots == {"acme:ticket:1": {"id": "10"}}
    else:
        assert found.findings[0].severity is Severity.DOUBT
        assert found.findings[0].count == 1
        assert found.compiled.operations == ()


@pytest.mark.parametrize("current", [None, record(), record("theirs")])
def test_what_did_not_move_is_not_compiled(current):
    compiler = Compiler()
    found = run(record(), current, applied(record()), compiler=compiler)
    assert compiler.changes == []
    assert (found.compiled.operations, found.compiled.fates) == ((), FATES)


def test_where_only_the_conflicting_field_moved_the_target_wins_by_doing_nothing():
    found = run(record("b"), record("x"), applied(record()), conflicts="target")
    assert (found.outcome, set(found.kept)) == (Outcome.UNCHANGED, {"subject"})


def test_single_fields_are_decided_by_their_names():
    desired = {
        **record("b", "Done"),
        "stage": "resolved",
        "resolution": "Fixed",
        "fields": {"A": "2", "B": "2"},
    }
    before = {**record("a"), "stage": "new", "fields": {"A": "1", "B": "1"}}
    current = {**record("x", "Parked"), "stage": "on_hold", "fields": {"A": "9", "B": "9"}}
    winners = {"status": "target", "fields.A": "target"}
    found = run(desired, current, applied(before), conflicts="source", winners=winners)
    assert set(found.fields) == {"subject", 'fields["B"]'}, "the resolution goes with the status"
    assert set(found.kept) >= {"status", "stage", 'fields["A"]'}
    found = run(desired, current, applied(before), conflicts="target", winners={"subject": "source"})
    assert set(found.fields) == {"subject"}


@pytest.mark.parametrize("conflicts", ["hold", "source", "target"])
def test_what_the_source_hides_does_not_stay_visible_because_the_target_changed_too(conflicts):
    def said(text, *, public):
        part = {"ref": "acme:comment:1", "public": public, "body": {"html": text}}
        return {**record(), "body": {"html": "first"}, "comments": [part]}

    desired = said("words", public=False)
    del desired["body"]
    current = {**said("edited", public=True), "body": {"html": "edited too"}}
    found = run(desired, current, applied(said("words", public=True)), conflicts=conflicts)
    if conflicts == "source":
        assert set(found.fields) == {"body", "comments[acme:comment:1]"}
        assert found.findings == ()
    else:
        assert [item.severity for item in found.findings] == [Severity.BLOCKER]
        assert found.findings[0].where == "body, comments[acme:comment:1]"


def test_what_was_never_read_back_is_compared_with_what_is_there():
    silent = Compiler(silent=True)
    assert run(record(), record(), None, compiler=silent).outcome is Outcome.UNCHANGED
    assert silent.changes[-1].outcome is Outcome.UPDATE, "the connector looks for what no vector shows"
    found = run(record("b"), record(), None)
    assert (found.outcome, set(found.fields)) == (Outcome.UPDATE, {"subject"})


def test_a_change_that_the_target_cannot_write_is_no_update():
    assert (
        run(record("b"), record(), applied(record()), compiler=Compiler(silent=True)).outcome
        is Outcome.UNCHANGED
    )


def test_what_the_target_shows_otherwise_than_we_wanted_is_no_change_of_anybody():
    shown = record(status="OPEN (1)")
    assert run(record(), shown, applied(record(), shown)).outcome is Outcome.UNCHANGED


def test_a_matched_record_is_matched_once_and_then_left():
    found = run(record(), record("theirs"), matched=True)
    assert found.outcome is Outcome.MATCH
    again = run(record(), record("theirs"), applied(record()), matched=True)
    assert (again.outcome, again.compiled.operations) == (Outcome.UNCHANGED, ())
    assert run(record("b"), record("theirs"), applied(record()), matched=True).outcome is Outcome.MATCH


def test_nothing_expected_is_an_empty_vector():
    found = run(record(), target_id=None, compiler=lambda _: Compiled((), None))
    assert found.wanted == {}


def test_single_fields_have_winners_of_their_own():
    before = record(stage="open", fields={"Serial no.": "1", "Note": "a"})
    source = record("b", "Waiting", stage="waiting", fields={"Serial no.": "2", "Note": "b"})
    people = record("x", "Done", stage="done", fields={"Serial no.": "3", "Note": "c"})
    winners = {"status": "target", "Serial no.": "target"}
    found = run(source, people, applied(before), conflicts="source", winners=winners)
    assert set(found.fields) == {"subject", 'fields["Note"]'}
    assert found.kept == {"status", "stage", 'fields["Serial no."]'}
    found = run(source, people, applied(before), conflicts="target", winners={"Note": "source"})
    assert set(found.fields) == {'fields["Note"]'}


def test_a_status_that_stays_is_not_written_by_its_stage():
    before = record(status="Waiting", stage="waiting")
    source, people = record(status="Open", stage="open"), record(status="Triage", stage="open")
    found = run(source, people, applied(before), conflicts="source", winners={"status": "target"})
    assert (found.outcome, found.fields) == (Outcome.UNCHANGED, frozenset())


def decide_with(desired, current, known, conflicts="hold"):
    return decide(
        ROOT, desired, matched=False, target_id="9", current=current, applied=known, slots={}, conflicts=conflicts,
        compile_=Compiler(), expect=lambda: Expected(desired, FATES),
    )  # fmt: skip


def test_a_comment_that_stands_there_already_is_not_appended_again():
    """Another copy of the folder carried it over: what is equal in both desks needs no write."""
    before = {"ref": "acme:ticket:1", "subject": "a"}
    comment = {"ref": "acme:comment:5", "public": True, "body": {"html": "<p>x</p>"}}
    desired = {**before, "comments": [comment]}
    current = {
        "ref": "jira:ticket:9",
        "subject": "a",
        "comments": [{**comment, "ref": "jira:comment:7", "origin": "acme:comment:5"}],
    }
    known = LastWrite(vector(before), vector(before), "", "created", "p-01")
    found = decide_with(desired, current, known)
    assert found.outcome is Outcome.UNCHANGED
    assert not found.fields


def test_what_was_taken_over_without_a_plan_is_a_conflict_where_it_differs_and_nothing_where_it_is_equal():
    blind = LastWrite({}, {}, "", "created", "adopted")
    desired = {"ref": "acme:ticket:1", "subject": "a", "status": "Open"}
    equal = {**desired, "ref": "jira:ticket:9"}
    assert decide_with(desired, equal, blind).outcome is Outcome.UNCHANGED
    edited = {**equal, "status": "Done"}
    assert decide_with(desired, edited, blind).outcome is Outcome.CONFLICT
    assert set(decide_with(desired, edited, blind, conflicts="source").fields) == {"status"}


NOTE = {"ref": "acme:comment:1", "public": True, "body": {"html": "one"}}
LATE = {"ref": "acme:comment:2", "public": True, "body": {"html": "late"}}


@pytest.mark.parametrize("conflicts", ["hold", "source"])
def test_what_the_new_desk_owns_gets_what_came_late_and_keeps_the_rest(conflicts):
    before = record(priority="Low", comments=[NOTE])
    edited = {**NOTE, "body": {"html": "one, edited in the old desk"}}
    desired = record(
        "b",
        "Reopened",
        priority="High",
        comments=[edited, LATE],
        links=[{"type": "relates", "to": "acme:ticket:9"}],
    )
    current = record("theirs", "Done", priority="Low", comments=[NOTE])
    found = run(
        desired, current, applied(before), conflicts=conflicts, winners={"subject": "source"}, owned=True
    )
    assert found.outcome is Outcome.UPDATE
    assert set(found.fields) == {"comments[acme:comment:2]", "links[relates:acme:ticket:9:0]"}
    told = next(item for item in found.findings if item.code == "TF-LATE")
    assert (told.severity, told.count) == (Severity.INFO, 4)
    assert told.where.startswith("comments[acme:comment:1], priority, status, subject")
    nothing = run(record("b"), record("theirs"), applied(record()), conflicts=conflicts, owned=True)
    assert (nothing.outcome, nothing.compiled.operations) == (Outcome.UNCHANGED, ())


def test_what_the_old_desk_hides_after_the_cut_over_is_hidden_or_stops_the_plan():
    before, hidden = record(comments=[NOTE]), record(comments=[{**NOTE, "public": False}])
    found = run(hidden, before, applied(before), owned=True)
    assert (found.outcome, set(found.fields)) == (Outcome.UPDATE, {"comments[acme:comment:1]"})
    edited = record(comments=[{**NOTE, "body": {"html": "edited in the new desk"}}])
    stops = run(hidden, edited, applied(before), owned=True)
    assert [item.severity for item in stops.findings] == [Severity.BLOCKER]
    assert not stops.compiled.operations


def test_a_text_that_the_old_desk_left_alone_since_is_ours_to_mend_in_an_owned_record():
    linked = {**NOTE, "body": {"html": "one, with a link"}}
    before, current = record(comments=[NOTE]), record(comments=[NOTE])
    late = record(priority="High", comments=[linked])
    mended = run(
        late, current, applied(before), owned=True, as_written=lambda: vector(record(comments=[linked]))
    )
    assert set(mended.fields) == {"comments[acme:comment:1]"}
    (told,) = mended.findings
    assert (told.code, told.where) == ("TF-LATE", "priority")
    for known in (None, vector(record(priority="High", comments=[NOTE]))):
        left = run(late, current, applied(before), owned=True, as_written=lambda known=known: known)
        assert "comments[acme:comment:1]" not in left.fields
