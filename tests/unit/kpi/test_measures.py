"""Key figures by hand: what docs/kpis.md says, on lives short enough to count with fingers."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ticketferry.kpi.histories import History, Labels, Moment, Step
from ticketferry.kpi.measures import DEFINITIONS, Measures, measure

STAGE, ZENDESK = DEFINITIONS["stage"], DEFINITIONS["zendesk"]
LATER = 1_000_000


def life(*moments: tuple[int, Step, str], stage: str = "") -> History:
    found = tuple(Moment(*moment) for moment in moments)
    return History("a:ticket:1", found[0].at, found, stage, "customer", Labels())


SOLVED = life(
    (0, Step.STAGE, "new"),
    (60, Step.STAGE, "in_progress"),
    (100, Step.MESSAGE, "human"),
    (100, Step.STAGE, "pending_customer"),
    (400, Step.MESSAGE, "customer"),
    (400, Step.STAGE, "on_hold"),
    (500, Step.STAGE, "resolved"),
    (900, Step.STAGE, "closed"),
)


def test_a_plain_ticket() -> None:
    assert measure(SOLVED, STAGE, LATER) == Measures(
        first_response=100, first_human_response=100, first_resolution=500, full_resolution=500,
        requester_wait=200, agent_wait=300, on_hold=100, replies=1, resolved=True, one_touch=True, first_contact=False,
    )  # fmt: skip


def test_closing_is_no_second_resolution_but_closing_unsolved_is_the_first() -> None:
    closed = life((0, Step.STAGE, "new"), (70, Step.STAGE, "closed"))
    for definition in (STAGE, ZENDESK):
        assert measure(SOLVED, definition, LATER).full_resolution == 500
        assert measure(closed, definition, LATER).first_resolution == 70


def test_a_reopened_ticket_is_resolved_when_it_is_resolved_last() -> None:
    found = measure(
        life((0, Step.STAGE, "new"), (50, Step.STAGE, "resolved"), (90, Step.STAGE, "in_progress"), (120, Step.STAGE, "resolved")), STAGE, LATER,
    )  # fmt: skip
    assert (found.first_resolution, found.full_resolution, found.reopens, found.one_touch) == (
        50,
        120,
        1,
        False,
    )
    assert found.requester_wait == 80


def test_a_reopened_ticket_that_is_open_has_no_full_resolution() -> None:
    found = measure(
        life((0, Step.STAGE, "new"), (50, Step.STAGE, "resolved"), (90, Step.STAGE, "in_progress")),
        STAGE,
        190,
    )
    assert (found.first_resolution, found.full_resolution, found.resolved, found.one_touch) == (
        50,
        None,
        False,
        None,
    )
    assert found.requester_wait == 150


def test_what_runs_counts_by_stage_and_not_by_zendesk() -> None:
    waiting = life((0, Step.STAGE, "new"), (10, Step.STAGE, "pending_customer"))
    assert measure(waiting, STAGE, 110).agent_wait == 100
    assert measure(waiting, ZENDESK, 110).agent_wait == 0
    assert measure(waiting, ZENDESK, 110).requester_wait == 10


def test_an_ai_agent_answers_by_stage_and_not_by_zendesk() -> None:
    answered = life((0, Step.STAGE, "new"), (5, Step.MESSAGE, "ai_agent"), (50, Step.MESSAGE, "human"))
    assert measure(answered, STAGE, LATER)[:2] == (5, 50)
    assert measure(answered, ZENDESK, LATER)[:2] == (50, 50)
    assert (measure(answered, STAGE, LATER).replies, measure(answered, ZENDESK, LATER).replies) == (2, 1)


def test_an_automation_and_a_note_answer_nothing() -> None:
    found = measure(
        life((0, Step.STAGE, "new"), (5, Step.MESSAGE, "automation"), (6, Step.NOTE, "human")), STAGE, LATER
    )
    assert (found.first_response, found.replies) == (None, 0)


def test_done_at_first_contact_means_that_the_customer_did_not_write_again() -> None:
    found = measure(
        life((0, Step.STAGE, "new"), (5, Step.MESSAGE, "human"), (9, Step.STAGE, "resolved")), STAGE, LATER
    )
    assert (found.one_touch, found.first_contact) == (True, True)


def test_stations_are_counted_as_they_are_passed() -> None:
    found = measure(
        life(
            (0, Step.STAGE, "new"), (1, Step.ASSIGNEE, "a"), (2, Step.GROUP, "g"), (3, Step.ASSIGNEE, "b"), (4, Step.ASSIGNEE, "a"),
        ), STAGE, LATER,
    )  # fmt: skip
    assert (found.assignees, found.groups) == (3, 1)


def test_nothing_after_the_snapshot_counts() -> None:
    found = measure(SOLVED, STAGE, 300)
    assert (found.resolved, found.first_response, found.agent_wait) == (False, 100, 200)


STAGES = st.sampled_from(
    ["new", "in_progress", "pending_customer", "on_hold", "resolved", "closed", "deleted"]
)


@given(st.lists(st.tuples(st.integers(0, 5_000), STAGES), max_size=12), st.integers(5_000, 9_000))
def test_all_time_before_a_ticket_is_done_is_somebodys(steps: list[tuple[int, str]], as_of: int) -> None:
    history = life((0, Step.STAGE, "new"), *((at, Step.STAGE, stage) for at, stage in sorted(steps)))
    found = measure(history, STAGE, as_of)
    moments = [*history.moments, Moment(as_of, Step.STAGE, "")]
    counted = sum(
        after.at - before.at
        for before, after in itertools.pairwise(moments)
        if before.value not in ("resolved", "closed", "deleted")
    )
    assert (found.requester_wait or 0) + (found.agent_wait or 0) == counted
    assert 0 <= (found.on_hold or 0) <= (found.requester_wait or 0)
    if found.full_resolution is not None:
        assert found.first_resolution is not None
        assert found.first_resolution <= found.full_resolution
