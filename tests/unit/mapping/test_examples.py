"""The mapping's own tests: no word of `expect` is passed over, and every word of `given` reaches the ticket."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.mapping.desks import ZENDESK

from ticketferry.mapping.examples import GivenError, differences, record_of
from ticketferry.mapping.model import Expect, Given
from ticketferry.mapping.result import MapFate, Mapped
from ticketferry.sdk.contract import Finding, Outcome, Severity

NOW = datetime(2026, 11, 30, tzinfo=UTC)
RECORD = {"ref": "acme:ticket:7", "subject": "x"}
MAPPED = Mapped(
    Outcome.CREATE,
    {
        "project": "SUP", "type": "Incident", "form": "Report an outage", "security": "HR only", "status": "Open", "resolution": "Done",
        "priority": "High", "subject": "Hello", "due": "2026-12-01", "group": "acme:group:1", "organization": "acme:organization:1",
        "requester": "acme:person:1", "assignee": "acme:person:2", "brand": "Globex", "components": ["Web", "Hardware"], "tags": ["a", "b"],
        "fields": {"Serial no.": "SN-1", "Seats": 3, "Product": ["Hardware", "Router"]},
    },
    "open",
    {"ticket[]": MapFate("keep", "provenance.kept", False, "rest"), "ticket[].fields.card": MapFate("drop", "", False, "fields[2] m.yaml:9:3")},
    [Finding("F210", Severity.INFO, None, "", "did not fit", "")],
    newly_visible=["the group has more members"],
    way="rest",
)  # fmt: skip
NAMES = {
    "acme:group:1": "Tier 1", "acme:organization:1": "Globex", "acme:person:1": "ann@acme.example", "acme:person:2": "bob@acme.example",
}  # fmt: skip
RIGHT: dict[str, Any] = {
    "outcome": "moved", "phase": "open", "way": "rest", "project": "SUP", "issue_type": "Incident", "request_type": "Report an outage",
    "security": "HR only", "status": "Open", "resolution": "Done", "priority": "High", "subject": "Hello", "due": "2026-12-01", "group": "tier 1",
    "organization": "Globex", "requester": "ANN@acme.example", "assignee": "acme:person:2", "brand": "Globex",
    "components": ["Web"], "tags": ["b"], "no_tags": ["c"],
    "fields": {"serial no.": "SN-1", "Seats": "3", "None": "absent", "Product": "Hardware::Router"}, "newly_visible": 1, "findings": ["F210"], "no_findings": ["F211"],
    "dispositions": {"fields.card": "dropped_by_rule", "subject": "kept_in_provenance"},
}  # fmt: skip
WRONG: dict[str, Any] = {
    **{key: "something else" for key, value in RIGHT.items() if isinstance(value, str)},
    "outcome": "left_behind", "components": ["Shipping"], "tags": ["c"], "no_tags": ["a"], "fields": {"Serial no.": "SN-2"}, "newly_visible": 0, "findings": ["F211"],
    "no_findings": ["F210"], "dispositions": {"fields.card": "carried"},
}  # fmt: skip


def told(mapped: Mapped = MAPPED, **expected: Any) -> list[str]:
    expect = Expect.model_validate(expected)
    return [row.what for row in differences(expect, RECORD, mapped, lambda ref: [NAMES.get(ref, ref)])]


def test_every_word_of_expect_is_tried_here() -> None:
    assert set(RIGHT) == set(WRONG) == set(Expect.model_fields)


@pytest.mark.parametrize("word", RIGHT)
def test_a_word_of_expect_holds_or_is_told(word: str) -> None:
    assert told(**{word: RIGHT[word]}) == []
    assert told(**{word: WRONG[word]}), word
    if isinstance(RIGHT[word], str) and word not in ("outcome", "phase", "way"):
        assert told(**{word: "absent"}), word


def test_what_is_absent_is_expected_to_be_absent() -> None:
    nothing = Mapped(Outcome.CREATE, {"subject": "x"}, None)
    plain = [
        word
        for word, value in RIGHT.items()
        if isinstance(value, str) and word not in ("outcome", "way", "subject")
    ]
    assert told(nothing, **dict.fromkeys(plain, "absent")) == []


def test_a_ticket_that_does_not_come_is_told_before_its_values() -> None:
    left = Mapped(Outcome.SKIP, None, because="clean.old")
    assert told(left, status="Open", project="SUP") == ["outcome"]
    assert told(left, outcome="left_behind") == []


CATALOG: Any = {
    "statuses": [{"id": "1", "name": "open", "stage": "in_progress"}, {"id": "2", "name": "custom:Parked", "stage": "on_hold"}],
    "fields": [
        {"id": "1", "key": "vip", "name": "VIP", "type": "checkbox"}, {"id": "2", "key": "seats", "name": "Seats", "type": "integer"},
        {"id": "3", "key": "kinds", "name": "Kinds", "type": "multiselect"}, {"id": "4", "key": "note", "name": "Note", "type": "text"},
        {"id": "5", "key": "place", "name": "Place", "type": "cascading"},
    ],
}  # fmt: skip
GIVEN: dict[str, tuple[Any, str, Any]] = {
    **{
        key: (f"a {key}", key, f"a {key}")
        for key in ("number", "subject", "priority", "type", "form", "brand", "channel", "external_id", "resolution", "project", "security")
    },
    "handled_by": ("ai_agent", "handled_by", "ai_agent"),
    "body": ("a < b", "body", {"html": "<p>a &lt; b</p>"}),
    "status": ("open", "stage", "in_progress"),
    "custom_status": ("Parked", "status", "custom:Parked"),
    "stage": ("new", "stage", "new"),
    "group": ("G", "group", "acme:group:G"),
    "organization": ("O", "organization", "acme:organization:O"),
    "requester": ("P", "requester", "acme:person:P"),
    "assignee": ("Q", "assignee", "acme:person:Q"),
    "tags": (["x"], "tags", ["x"]),
    "components": (["c"], "components", ["c"]),
    "fields": (
        {"vip": "true", "seats": "3", "kinds": "k", "note": "007", "place": "North::Berlin"}, "fields",
        {"vip": True, "seats": 3, "kinds": ["k"], "note": "007", "place": ["North", "Berlin"]},
    ),
    "created": ("2026-01-02", "created", "2026-01-02T00:00:00Z"),
    "updated": ("-1d", "updated", "2026-11-29T00:00:00Z"),
    "solved": ("2026-01-02T03:04:05Z", "solved", "2026-01-02T03:04:05Z"),
    "due": ("2026-12-01", "due", "2026-12-01T00:00:00Z"),
}  # fmt: skip


def made(base: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    return record_of(
        Given.model_validate(given), "acme", CATALOG, base, lambda kind, name: f"acme:{kind}:{name}", NOW
    )


def test_every_word_of_given_is_tried_here() -> None:
    assert set(GIVEN) == set(Given.model_fields) - {"ticket", "comments"}


@pytest.mark.parametrize("word", GIVEN)
def test_a_word_of_given_reaches_the_ticket_and_absent_takes_it_away(word: str) -> None:
    value, key, expected = GIVEN[word]
    assert made(**{word: value})[key] == expected
    if isinstance(value, str) and word not in ("status", "custom_status"):
        assert key not in made({"ref": "acme:ticket:1", key: "before"}, **{word: "absent"})


def test_comments_have_an_author_and_are_public_unless_they_are_not() -> None:
    comments = made(requester="P", comments=["Hello", {"text": "Inner", "public": "false", "author": "Q"}])[
        "comments"
    ]
    assert [(row["author"], row["public"], row["body"]["html"]) for row in comments] == [
        ("acme:person:P", True, "<p>Hello</p>"), ("acme:person:Q", False, "<p>Inner</p>"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {"fields": {"vip": "maybe"}},
        {"fields": {"seats": "many"}},
        {"fields": {"vi": "true"}},
        {"status": "opn"},
    ],
)
def test_what_the_source_does_not_have_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(GivenError):
        made(**given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"stage": "slved"}, "there is no stage `slved`: did you mean `resolved`?"),
        ({"stage": "Closed"}, "there is no stage `Closed`: did you mean `closed`?"),
        ({"status": "open", "stage": "quux"}, "there is no stage `quux`: it is one of new, assigned, "),
        ({"handled_by": "humn"}, "there is no handled_by `humn`: did you mean `human`?"),
    ],
)
def test_a_stage_that_no_ticket_can_have_is_refused(given: dict[str, Any], said: str) -> None:
    """A consultant: `given: {stage: slved}` was tried as it stood, and no rule by stage took the ticket."""
    with pytest.raises(GivenError) as caught:
        made(**given)
    assert said in str(caught.value)
    assert caught.value.path == (list(given)[-1],)


def test_a_priority_that_the_source_does_not_have_is_refused_as_a_status_is() -> None:
    with pytest.raises(GivenError, match="the source has no priority `hihg`: did you mean `high`"):
        record_of(Given(priority="hihg"), "acme", ZENDESK, None, lambda _kind, _name: None, NOW)  # type: ignore[arg-type]
    made = record_of(Given(priority="high"), "acme", ZENDESK, None, lambda _kind, _name: None, NOW)  # type: ignore[arg-type]
    assert made["priority"] == "high"
