"""What two mappings make of one record, on records made by hand."""

from typing import Any

import pytest

from ticketferry.mapping.changes import ChangeKind, ValueChange, changes
from ticketferry.mapping.result import MapFate, Mapped
from ticketferry.sdk.contract import Outcome

LOSSY, SEMANTIC, COSMETIC = ChangeKind.LOSSY, ChangeKind.SEMANTIC, ChangeKind.COSMETIC
CARRIED, KEPT, DROPPED = (
    MapFate("to", "subject", False, "a rule"), MapFate("keep", "provenance.kept", False, "a rule"), MapFate("drop", "", False, "a rule"),
)  # fmt: skip
RECORD: dict[str, Any] = {
    "ref": "a:ticket:1", "subject": "Hello", "fields": {"serial": "7", "empty": ""}, "tags": ["x"],
    "comments": [{"ref": "a:comment:5", "ticket": "a:ticket:1", "body": "<p>Hi</p>"}],
    "links": [{"kind": "relates", "to": "a:ticket:2"}],
}  # fmt: skip


def made(record: dict[str, Any] | None = None, **more: Any) -> Mapped:
    fates = {"ticket[]": KEPT, "comment[]": KEPT}
    return Mapped(
        more.pop("outcome", Outcome.CREATE), record or {}, fates={**fates, **more.pop("fates", {})}, **more
    )


def told(before: Mapped, after: Mapped) -> list[tuple[ChangeKind, str, str, str]]:
    return [tuple(change) for change in changes(RECORD, before, after)]


def test_nothing_is_told_of_the_same() -> None:
    assert told(made({"status": "Open"}), made({"status": "Open"})) == []


def test_rules_that_moved_in_the_file_are_the_same() -> None:
    one = made(outcome=Outcome.SKIP, because="clean.old mapping.yaml:12:3: too old")
    other = made(outcome=Outcome.SKIP, because="clean.old other.yaml:99:1: too old")
    assert told(one, other) == []
    assert (
        told(
            made(fates={"ticket[].subject": CARRIED}),
            made(fates={"ticket[].subject": CARRIED._replace(by="x:1:1")}),
        )
        == []
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"status": "Open"}, {"status": "Done"}, (SEMANTIC, "status", "Open", "Done")),
        ({"status": "Open"}, {"status": "open "}, (COSMETIC, "status", "Open", "open ")),
        ({"fields": {"A": 1}}, {"fields": {}}, (SEMANTIC, "fields.A", "1", "")),
        ({}, {"due": "2026-11-30"}, (SEMANTIC, "due", "", "2026-11-30")),
        ({"public": True}, {"public": False}, (SEMANTIC, "public", "true", "false")),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}, (COSMETIC, "tags[]", "in one order", "in another")),
        ({"tags": ["a"]}, {"tags": ["A"]}, (COSMETIC, "tags[]", "a", "A")),
        ({"tags": ["a"]}, {"tags": ["a", "a"]}, (SEMANTIC, "tags[]", "", "a")),
        ({"tags": []}, {"tags": ["a"]}, (SEMANTIC, "tags[]", "", "a")),
        ({"body": "x" * 41}, {"body": "y"}, (SEMANTIC, "body", "…", "y")),
        ({"body": "a\nb"}, {"body": "a\nc"}, (SEMANTIC, "body", "…", "…")),
        ({"body": "a\n b"}, {"body": "A b"}, (COSMETIC, "body", "…", "A b")),
        ({"provenance": {"kept": {"x": 1}}}, {"provenance": {"kept": {}}}, (COSMETIC, "provenance.kept.x", "1", "")),
        ({"provenance": {"kept": {"x": 1}}}, {}, (COSMETIC, "provenance", "…", "")),
        ({"comments": [{"public": True}]}, {"comments": [{"public": False}]}, (SEMANTIC, "comments[].public", "true", "false")),
        ({"comments": [{"body": "x"}]}, {"comments": []}, (SEMANTIC, "comments[]", "1 of them", "0 of them")),
    ],
)  # fmt: skip
def test_values(
    before: dict[str, Any], after: dict[str, Any], expected: tuple[ChangeKind, str, str, str]
) -> None:
    assert told(made(before), made(after)) == [expected]


def test_the_same_change_of_many_items_is_one() -> None:
    before, after = ({"comments": [{"public": public} for _ in range(9)]} for public in (True, False))
    assert len(told(made(before), made(after))) == 1


def test_what_is_dropped_is_lossy_and_empty_leaves_are_not_told() -> None:
    fields = {"ticket[].fields.serial": DROPPED, "ticket[].fields.empty": DROPPED, "ticket[].links": DROPPED}
    assert told(made(), made(fates=fields)) == [
        (LOSSY, "fields.serial", "kept beside", "dropped"), (LOSSY, "links[].kind", "kept beside", "dropped"), (LOSSY, "links[].to", "kept beside", "dropped"),
    ]  # fmt: skip
    assert told(made(fates={"comment[5].body": CARRIED}), made(fates={"comment[5].body": DROPPED})) == [
        (LOSSY, "comment[].body", "moved", "dropped")
    ]
    assert told(made(fates=fields), made())[0] == (SEMANTIC, "fields.serial", "dropped", "kept beside")


def test_a_ticket_that_is_left_or_refused_is_lossy_and_one_that_comes_is_not() -> None:
    left = made(outcome=Outcome.SKIP, because="clean.old mapping.yaml:12:3: too old")
    refused = made(outcome=Outcome.REJECT, because="no route takes it")
    assert told(made(), left) == [(LOSSY, "outcome", "moved", "left behind: clean.old too old")]
    assert told(made(), refused) == [(LOSSY, "outcome", "moved", "rejected: no route takes it")]
    assert told(left, made()) == [(SEMANTIC, "outcome", "left behind: clean.old too old", "moved")]
    assert told(left, refused)[0][0] is SEMANTIC


def test_phase_way_and_who_sees_it() -> None:
    before, after = (
        made(phase="pilot"),
        made(phase="open", way="import-file", newly_visible=["the group has more members"]),
    )
    assert told(before, after) == [
        (SEMANTIC, "phase", "pilot", "open"), (SEMANTIC, "way", "rest", "import-file"),
        (SEMANTIC, "seen by more people", "", "the group has more members"),
    ]  # fmt: skip
    assert changes(None, after, before)[-1] == ValueChange(
        SEMANTIC, "seen by more people", "the group has more members", ""
    )


def test_what_is_kept_beside_tickets_is_told_once_for_all_of_them() -> None:
    """A consultant: one change of the mapping gave a row for each ticket, `provenance.kept.ticket[108].priority`."""

    def kept(number: int, value: str) -> Mapped:
        own = {f"ticket[{number}].priority": value, f'ticket[{number}].fields["a b"]': value}
        parts = {f"comment[{number}{part}].via": value for part in (1, 2)}
        return made({"provenance": {"kept": {**own, **parts}}})

    found = {change for number in (108, 109) for change in told(kept(number, "low"), kept(number, ""))}
    assert {row[1] for row in found} == {
        "provenance.kept.ticket[].priority", 'provenance.kept.ticket[].fields["a b"]', "provenance.kept.comment[].via",
    }  # fmt: skip
    assert {(kind, before, after) for kind, _, before, after in found} == {(COSMETIC, "low", "")}
