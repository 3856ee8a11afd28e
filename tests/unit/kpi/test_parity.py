"""FigureColumns before and after: what is lost is named by its cause, what is not is equal to the second."""

from typing import Any

from ticketferry.history.timeline import pack_events
from ticketferry.kpi.histories import History, Terms, history_of
from ticketferry.kpi.measures import DEFINITIONS
from ticketferry.kpi.parity import (
    Merged,
    Parity,
    compare,
    kept_case,
    merged_statuses,
    seen_terms,
    told_stages,
)

STAGE = DEFINITIONS["stage"]
STAGES = {
    "new": "new",
    "open": "in_progress",
    "pending": "pending_customer",
    "hold": "on_hold",
    "solved": "resolved",
}
TERMS = Terms(STAGES, {"a:person:1": "agent"})
STATUS_OF = {"new": "To do", "open": "Working", "pending": "Waiting", "hold": "Waiting", "solved": "Done"}
AS_OF = 1_800_000_000


def case(**more: Any) -> dict[str, Any]:
    events = [
        {"ref": f"a:event:{number}", "ticket": "a:ticket:1", "time": f"2026-01-05T0{number}:00:00Z", "type": "changed", "field": "status", "before": one, "after": two}
        for number, (one, two) in enumerate([("new", "open"), ("open", "pending"), ("pending", "hold"), ("hold", "solved")], 1)
    ]  # fmt: skip
    comments = [
        {"ref": "a:comment:1", "created": "2026-01-05T01:30:00Z", "author": "a:person:1", "public": True}
    ]
    return {
        "ref": "a:ticket:1", "created": "2026-01-05T00:00:00Z", "status": "solved", "stage": "resolved", "requester": "a:person:9",
        "events": events, "comments": comments, **more,
    }  # fmt: skip


def history(record: dict[str, Any], terms: Terms = TERMS) -> History:
    found = history_of(record, terms)
    assert found is not None
    return found


def test_statuses_of_two_stages_that_become_one_are_found() -> None:
    assert merged_statuses(STATUS_OF, STAGES, {"waiting": "on_hold"}) == [
        Merged("Waiting", ("hold", "pending"), ("on_hold", "pending_customer"), "on_hold")
    ]


def test_statuses_of_one_stage_may_fall_together() -> None:
    assert (
        merged_statuses(
            {"open": "Working", "vendor": "Working"}, {"open": "in_progress", "vendor": "in_progress"}, {}
        )
        == []
    )


def test_what_falls_together_changes_waiting_times_and_the_cause_names_both_statuses() -> None:
    merged = merged_statuses(STATUS_OF, STAGES, {"waiting": "on_hold"})
    differences, figures = compare(
        history(case()), history(case(), seen_terms(TERMS, merged)), STAGE, AS_OF, merged
    )
    assert figures == 14
    assert {(item.figure, item.before, item.after) for item in differences} == {
        ("requester_wait", 3 * 3600, 4 * 3600), ("agent_wait", 3600, 0), ("on_hold", 3600, 2 * 3600),
    }  # fmt: skip
    assert {item.cause for item in differences} == {"hold, pending fall together in Waiting"}


def target(**more: Any) -> dict[str, Any]:
    """What a target without a history of its own gives for the case above, with what is kept beside."""
    own = case()
    beside = {"ref": own["ref"], "created": own["created"], "events": pack_events(own["events"])}
    return {
        "ref": "b:ticket:77", "origin": "a:ticket:1", "status": "Done", "stage": "in_progress", "requester": "b:person:5",
        "comments": own["comments"], "provenance": beside, **more,
    }  # fmt: skip


TOLD = told_stages(STATUS_OF, STAGES, [])


def test_what_is_kept_beside_gives_the_same_figures() -> None:
    assert compare(history(case()), history(kept_case(target(), TOLD)), STAGE, AS_OF) == ([], 14)


def test_each_loss_has_its_cause() -> None:
    beside = target()["provenance"]
    losses = {
        "the target does not hold when the ticket was created": target(
            provenance={**beside, "created": "2026-01-05T00:00:01Z"}
        ),
        "messages are public on one side only, or missing": target(comments=[]),
        "the target does not hold when messages were written": target(
            comments=[{**case()["comments"][0], "created": "2026-01-05T01:30:01Z"}]
        ),
        "messages stand under another kind of author": target(
            comments=[{**case()["comments"][0], "author": "b:person:8"}]
        ),
        "the target does not hold the history of the status": target(
            provenance={**beside, "events": beside["events"][:2]}
        ),
    }
    for cause, record in losses.items():
        differences, _ = compare(history(case()), history(kept_case(record, TOLD)), STAGE, AS_OF)
        assert {item.cause for item in differences} == {cause}, cause


def test_a_record_that_is_not_ours_is_left_as_it_is() -> None:
    record = {"ref": "b:ticket:1", "status": "Done", "created": "2026-01-05T00:00:00Z"}
    assert kept_case(record, TOLD) is record


def test_tickets_are_counted_once_for_each_cause() -> None:
    parity = Parity()
    merged = merged_statuses(STATUS_OF, STAGES, {})
    seen = seen_terms(TERMS, merged)
    for _ in range(5):
        parity.add(*compare(history(case()), history(case(), seen), STAGE, AS_OF, merged))
    parity.add(*compare(history(case()), history(case()), STAGE, AS_OF))
    assert (parity.tickets, parity.equal, parity.figures) == (6, 1, 84)
    (cause,) = parity.causes.values()
    assert (cause.tickets, len(cause.examples)) == (5, 3)
    assert cause.figures["requester_wait"] == 5
