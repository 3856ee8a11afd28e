"""A ticket's life, read from a case: nothing is guessed without a word of it."""

from typing import Any

import pytest

from ticketferry.kpi.histories import Labels, Moment, Step, Terms, history_of, seconds_of

TERMS = Terms(
    stages={"new": "new", "open": "in_progress", "pending": "pending_customer", "solved": "resolved", "closed": "closed"},
    roles={"a:person:1": "agent", "a:person:2": "ai_agent", "a:person:3": "automation", "a:person:4": "light_agent"},
    groups={"a:group:7": "Tier 1"},
)  # fmt: skip
DAY = "2026-01-05T"


def case(**more: Any) -> dict[str, Any]:
    return {
        "ref": "a:ticket:1", "created": f"{DAY}08:00:00Z", "stage": "in_progress", "status": "open", "requester": "a:person:9", **more,
    }  # fmt: skip


def step(time: str, before: str | None, after: str, kind: str = "changed") -> dict[str, Any]:
    return {
        "ref": f"a:event:{time}",
        "time": f"{DAY}{time}Z",
        "type": kind,
        "field": "status",
        "before": before,
        "after": after,
    }


def said(time: str, author: str | None, *, public: bool = True, **more: Any) -> dict[str, Any]:
    return {
        "ref": f"a:comment:{time}",
        "created": f"{DAY}{time}Z",
        "author": author,
        "public": public,
        **more,
    }


def stages(found: Any) -> list[tuple[int, str]]:
    return [
        (moment.at - found.created, moment.value) for moment in found.moments if moment.step is Step.STAGE
    ]


def test_stages_follow_the_history() -> None:
    found = history_of(
        case(events=[step("08:00:00", None, "new", "created"), step("08:10:00", "new", "open")]), TERMS
    )
    assert found is not None
    assert stages(found) == [(0, "new"), (600, "in_progress")]
    assert found.gaps == ()


def test_without_an_entry_of_its_creation_a_ticket_began_where_its_first_step_came_from() -> None:
    found = history_of(case(events=[step("08:10:00", "pending", "open")]), TERMS)
    assert found is not None
    assert stages(found) == [(0, "pending_customer"), (600, "in_progress")]


def test_without_any_history_a_resolved_ticket_is_resolved_when_its_record_says_so_and_the_gap_is_told() -> (
    None
):
    found = history_of(case(stage="resolved", solved=f"{DAY}09:00:00Z"), TERMS)
    assert found is not None
    assert stages(found) == [(0, "new"), (3600, "resolved")]
    assert set(found.gaps) == {"first-stage-unknown", "history-ends-elsewhere"}


def test_a_status_that_the_desk_no_longer_has_is_told() -> None:
    found = history_of(
        case(events=[step("08:00:00", None, "new", "created"), step("08:05:00", "new", "Gone"), step("08:10:00", "Gone", "open")]), TERMS
    )  # fmt: skip
    assert found is not None
    assert found.gaps == ("status-unknown",)


def test_closing_what_is_resolved_needs_no_step() -> None:
    events = [step("08:00:00", None, "new", "created"), step("09:00:00", "new", "solved")]
    found = history_of(case(stage="closed", events=events), TERMS)
    assert found is not None
    assert found.gaps == ()
    assert stages(found)[-1] == (3600, "resolved")


def test_who_wrote_is_told_apart() -> None:
    comments = [
        said("08:00:00", "a:person:9", opening=True),
        said("08:01:00", "a:person:1"),
        said("08:02:00", "a:person:2"),
        said("08:03:00", "a:person:3"),
        said("08:04:00", None),
        said("08:05:00", "a:person:9"),
        said("08:06:00", "a:person:77"),
        said("08:07:00", "a:person:4", public=False),
        said("08:08:00", "a:person:3", kind="system"),
    ]
    found = history_of(case(comments=comments), TERMS)
    assert found is not None
    assert [(moment.step, moment.value) for moment in found.moments[1:]] == [
        (Step.MESSAGE, "human"), (Step.MESSAGE, "ai_agent"), (Step.MESSAGE, "automation"), (Step.MESSAGE, "automation"),
        (Step.MESSAGE, "customer"), (Step.MESSAGE, "customer"), (Step.NOTE, "human"),
    ]  # fmt: skip
    assert found.opening == "customer"


def test_an_agent_who_asks_for_themselves_is_the_customer_of_that_ticket() -> None:
    found = history_of(case(requester="a:person:1", comments=[said("08:01:00", "a:person:1")]), TERMS)
    assert found is not None
    assert found.moments[-1] == Moment(found.created + 60, Step.MESSAGE, "customer")


def test_labels_are_names_and_what_is_missing_is_said() -> None:
    found = history_of(case(group="a:group:7", priority="high"), TERMS)
    assert found is not None
    assert found.labels == Labels("Tier 1", "high")
    assert found.labels.channel == "(none)"


def test_a_step_before_the_creation_counts_at_the_creation() -> None:
    found = history_of(
        case(events=[{**step("08:00:00", "new", "open"), "time": "2020-01-01T00:00:00Z"}]), TERMS
    )
    assert found is not None
    assert stages(found) == [(0, "new"), (0, "in_progress")]


def test_a_record_without_a_time_of_creation_has_no_history() -> None:
    assert history_of({"ref": "a:ticket:1"}, TERMS) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-02T01:02:03.9Z", 90_123),
        ("2024-02-29T23:59:59Z", 1_709_251_199),
    ],
)
def test_times_are_seconds(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "2026-01-05", "2026-01-05T08:00:00+01:00", "2026-01-05 08:00:00Z", "2026-13-05T08:00:00Z"]
)
def test_what_is_no_time_in_utc_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|month|isoformat"):
        seconds_of(text)
