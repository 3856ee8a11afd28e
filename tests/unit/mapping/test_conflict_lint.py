"""Who wins a field that nobody has: the work of people would be lost without a word."""

import pytest
from tests.unit.mapping.desks import FILES, JIRA, JSM, ZENDESK, mapping

from ticketferry.mapping.lint import lint
from ticketferry.sdk.contract import Severity


def stops(entry: str, target=JIRA, features=JSM, **base) -> list[str]:
    rows = lint(
        mapping(f"conflicts: {{default: source, fields: {{{entry}}}}}", **base), ZENDESK, target, features
    )
    return [row.message for row in rows if row.severity is Severity.BLOCKER]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("statu: target", "the target has no field `statu`: did you mean `status`?"),
        ("assigne: target", "did you mean `assignee`?"),
        ("Status: target", "did you mean `status`?"),
        ("fields.nope: ask", "the target has no field `fields.nope`"),
        ("fields.serial no: ask", "did you mean `fields.serial no.`?"),
        ("fields.Serial no.: ask", "did you mean `fields.serial no.`?"),
        ("fields.status: ask", "the target has no field `fields.status`"),
        ("events: target", "the target has no field `events`"),
    ],
)
def test_a_field_under_conflicts_that_no_record_has_stops_the_plan(entry: str, said: str) -> None:
    (message,) = stops(entry)
    assert said in message


def test_its_place_is_told() -> None:
    (row,) = [
        one
        for one in lint(mapping("conflicts: {fields: {statu: target}}"), ZENDESK, JIRA, JSM)
        if one.code == "S205"
    ]
    assert ":" in row.where
    assert row.remedy.startswith("Correct the name")


@pytest.mark.parametrize(
    "entry",
    ["status: target", "comments: target", "links: ask", "tags: source", "name: target", "memberships: target", "fields.serial no.: ask", "serial no.: ask"],
)  # fmt: skip
def test_what_conflicts_know_is_taken(entry: str) -> None:
    assert stops(entry) == []


def test_files_take_every_field_but_not_a_misspelt_word() -> None:
    neutral = {"desk": "files", "product": "neutral"}
    base = [m for m in stops("Colour: ask", neutral, FILES) if "no field" in m]
    assert base == []
    assert any("did you mean `status`?" in m for m in stops("statu: ask", neutral, FILES))


def test_a_target_that_was_not_read_yet_is_not_asked_for_its_fields() -> None:
    unread = {"desk": "acme-jira", "product": "jsm"}
    assert not [m for m in stops("fields.nope: ask", unread) if "no field `fields.nope`" in m]
    assert any("did you mean `status`?" in m for m in stops("statu: ask", unread))
