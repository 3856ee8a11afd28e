"""Signs of a desk by hand, and each day's state against one that is looked up ticket by ticket."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ticketferry.kpi.histories import History, Labels, Moment, Step
from ticketferry.kpi.signs import DAY, DeskSigns, Goal, SignDay, goals_of

START = 20_000 * DAY


def life(*moments: tuple[float, Step, str]) -> History:
    """Days since the start, step, value."""
    found = tuple(Moment(START + int(at * DAY), step, value) for at, step, value in moments)
    return History("a:ticket:1", found[0].at, found, "", "customer", Labels())


def days(
    history: History,
    until: float,
    *,
    since: float = 0,
    moved: float | None = None,
    goals: tuple[Goal, ...] = (),
) -> list[SignDay]:
    signs = DeskSigns(START + int(since * DAY), START + int(until * DAY))
    signs.add(history, goals, moved=None if moved is None else START + int(moved * DAY))
    return list(signs.days())


def column(rows: list[SignDay], name: str) -> list[int]:
    return [getattr(row, name) for row in rows]


def test_a_ticket_is_untriaged_after_a_day_and_until_somebody_takes_it() -> None:
    rows = days(life((0.5, Step.STAGE, "new"), (3.5, Step.STAGE, "in_progress")), 5)
    assert column(rows, "created") == [1, 0, 0, 0, 0, 0]
    assert column(rows, "open") == [1, 1, 1, 1, 1, 1]
    assert column(rows, "untriaged") == [0, 1, 1, 0, 0, 0]


def test_the_day_that_has_not_ended_is_told_as_it_stands() -> None:
    ticket = life((1.5, Step.STAGE, "new"), (2.9, Step.STAGE, "resolved"))
    assert column(days(ticket, 2.4), "untriaged") == [0, 0, 0]
    assert column(days(ticket, 2.6), "untriaged") == [0, 0, 1]
    assert column(days(ticket, 2.95), "open") == [0, 1, 0]


def test_pending_stalls_after_a_week_without_a_word_and_a_note_is_a_word() -> None:
    waits = life(
        (0, Step.STAGE, "new"), (0.1, Step.STAGE, "pending_customer"), (3.1, Step.NOTE, "human"),
        (12.5, Step.MESSAGE, "customer"), (12.5, Step.STAGE, "in_progress"),
    )  # fmt: skip
    assert column(days(waits, 13), "stalled") == [0] * 10 + [1, 1, 0, 0]


def test_what_comes_back_counts_on_its_day_and_closing_is_no_second_resolution() -> None:
    rows = days(
        life((0, Step.STAGE, "new"), (1, Step.STAGE, "resolved"), (2, Step.STAGE, "in_progress"), (3, Step.STAGE, "resolved"), (4, Step.STAGE, "closed")),
        5,
    )  # fmt: skip
    assert column(rows, "resolved") == [0, 1, 0, 1, 0, 0]
    assert column(rows, "reopened") == [0, 0, 1, 0, 0, 0]
    assert column(rows, "open") == [1, 0, 1, 0, 0, 0]


def test_a_ticket_is_misrouted_once_however_often_it_is_handed_on() -> None:
    rows = days(
        life((0, Step.STAGE, "new"), (0, Step.GROUP, "g1"), (1.5, Step.GROUP, "g1"), (2.5, Step.GROUP, "g2"), (3.5, Step.GROUP, "g3")), 4
    )  # fmt: skip
    assert column(rows, "misrouted") == [0, 0, 1, 0, 0]


def test_what_an_apply_did_to_a_moved_ticket_is_not_the_desks_doing() -> None:
    moved = life(
        (1, Step.STAGE, "new"), (1, Step.GROUP, "g1"), (1.2, Step.STAGE, "resolved"), (1.3, Step.GROUP, "g2"),
        (3.5, Step.STAGE, "in_progress"), (3.6, Step.MESSAGE, "human"),
    )  # fmt: skip
    rows = days(moved, 4, moved=1.4)
    assert [sum(column(rows, name)) for name in ("created", "resolved", "misrouted", "reopened")] == [
        0,
        0,
        0,
        1,
    ]
    signs = DeskSigns(START, START + 9 * DAY)
    signs.add(moved, moved=START + DAY)
    assert signs.first_response() == (None, 0)


def test_the_first_response_is_the_median_of_tickets_born_in_the_days_asked_for() -> None:
    signs = DeskSigns(START, START + 9 * DAY)
    for born, waited in ((0, 0.5), (2, 0.25), (2, 0.75), (3, 0.125)):
        signs.add(
            life(
                (born, Step.STAGE, "new"),
                (born + 0.01, Step.MESSAGE, "customer"),
                (born + waited, Step.MESSAGE, "human"),
            )
        )
    assert signs.first_response() == (0.375 * DAY, 4)
    assert signs.first_response(20_002) == (0.25 * DAY, 3)
    assert signs.first_response(20_009) == (None, 0)


def test_goals_count_when_they_end_and_a_missed_one_when_it_was_missed() -> None:
    case = {
        "sla": [
            {"name": "Time to first response", "cycles": [
                {"start": "2026-11-01T00:00:00Z", "stop": "2026-11-03T10:00:00Z", "breach_at": "2026-11-02T10:00:00Z", "breached": True},
                {"start": "2026-11-04T00:00:00Z", "stop": "2026-11-05T10:00:00Z", "breach_at": "2026-11-06T10:00:00Z", "breached": False},
                {"start": "2026-11-07T00:00:00Z", "breach_at": "2026-11-09T10:00:00Z", "breached": False},
            ]},
            {"metric": "first_reply", "calendar_minutes": 4},
        ]
    }  # fmt: skip
    assert [(goal.at // DAY - 20_758, goal.missed) for goal in goals_of(case)] == [(1, True), (4, False)]
    rows = days(
        life((0, Step.STAGE, "new")),
        3,
        goals=(Goal(START + DAY, True), Goal(START + 2 * DAY, False), Goal(START - DAY, True)),
    )
    assert (column(rows, "goals"), column(rows, "breached")) == ([0, 1, 1, 0], [0, 1, 0, 0])


STEPS = st.lists(
    st.tuples(
        st.integers(0, 40 * 24),
        st.one_of(
            st.tuples(st.just(Step.STAGE), st.sampled_from(["new", "in_progress", "pending_customer", "on_hold", "resolved", "closed"])),
            st.tuples(st.sampled_from([Step.MESSAGE, Step.NOTE]), st.sampled_from(["human", "customer"])),
        ),
    ),
    max_size=12,
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 40 * 24), STEPS), max_size=4), st.integers(0, 20))
def test_the_state_at_the_end_of_a_day_is_what_looking_at_each_ticket_gives(
    lives: list[tuple[int, list[tuple[int, tuple[Step, str]]]]], since: int
) -> None:
    until = 45
    signs = DeskSigns(START + since * DAY, START + (until + 1) * DAY - 1)
    histories = []
    for born, steps in lives:
        later = sorted((born + 1 + at, step) for at, step in steps)
        histories.append(life((born / 24, Step.STAGE, "new"), *((at / 24, *step) for at, step in later)))
        signs.add(histories[-1])
    seen = {row.day - 20_000: (row.open, row.untriaged, row.stalled) for row in signs.days()}
    assert list(seen) == list(range(since, until + 1))
    for day, state in seen.items():
        told: Counter[str] = Counter()
        for history in histories:
            told.update(_at(history, START + (day + 1) * DAY))
        assert state == (told["open"], told["untriaged"], told["stalled"]), day


def _at(history: History, moment: int) -> list[str]:
    """Tell by looking back from a moment how a ticket stands."""
    before = [step for step in history.moments if step.at < moment]
    stages = [step for step in before if step.step is Step.STAGE]
    if not stages or stages[-1].value in ("resolved", "closed"):
        return []
    told = ["open"]
    words = [step.at for step in before if step.step is not Step.STAGE and step.at >= stages[-1].at]
    # A state that begins exactly as the day ends has not lasted yet.
    if stages[-1].value == "new" and moment - stages[-1].at > DAY:
        told.append("untriaged")
    if stages[-1].value == "pending_customer" and moment - max([stages[-1].at, *words]) > 7 * DAY:
        told.append("stalled")
    return told
