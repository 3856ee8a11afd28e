"""Tables of figures: medians, shares, backlog, against the standard library and a count day by day."""

import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.kpi.figures import Backlog, FigureColumns
from ticketferry.kpi.histories import History, Labels, Moment, Step
from ticketferry.kpi.measures import Measures

DAY = 86_400


def ticket(
    number: int, created: int = 0, *, group: str = "Tier 1", stages: tuple[tuple[int, str], ...] = ()
) -> History:
    moments = tuple(Moment(at, Step.STAGE, stage) for at, stage in ((created, "new"), *stages))
    return History(f"a:ticket:{number}", created, moments, "", "customer", Labels(group))


def test_median_mean_and_ninety_per_cent_are_those_of_the_tickets_that_have_the_figure() -> None:
    figures = FigureColumns()
    values = [30, 10, None, 20, 400]
    for number, value in enumerate(values):
        figures.add(ticket(number), Measures(first_response=value))
    (row,) = figures.rows()
    known = [value for value in values if value is not None]
    span = row.calendar["first_response"]
    assert (span.tickets, span.median, span.mean) == (4, statistics.median(known), statistics.mean(known))
    assert span.p90 == pytest.approx(statistics.quantiles(known, n=10, method="inclusive")[8])
    assert row.calendar["on_hold"].tickets == 0


def test_shares_are_of_resolved_tickets() -> None:
    figures = FigureColumns()
    figures.add(ticket(1), Measures(resolved=True, one_touch=True, first_contact=False, replies=1))
    figures.add(
        ticket(2), Measures(resolved=True, one_touch=False, first_contact=False, reopens=2, replies=4)
    )
    figures.add(ticket(3), Measures(reopens=1, replies=1))
    (row,) = figures.rows()
    assert (row.tickets, row.resolved, row.reopened, row.one_touch, row.first_contact, row.replies) == (
        3,
        2,
        0.5,
        0.5,
        0.0,
        2.0,
    )


def test_a_breakdown_has_each_ticket_once_the_largest_first_and_months_in_order() -> None:
    figures = FigureColumns()
    for number, (group, month) in enumerate([("B", 3), ("A", 1), ("A", 3), ("C", 2), ("A", 2), ("B", 1)]):
        figures.add(ticket(number, month * 31 * DAY, group=group), Measures(replies=number))
    assert [(row.value, row.tickets) for row in figures.rows("group")] == [("A", 3), ("B", 2), ("C", 1)]
    assert [row.value for row in figures.rows("month")] == ["1970-02", "1970-03", "1970-04"]
    assert {row.value: row.replies for row in figures.rows("group")} == {"A": 7 / 3, "B": 2.5, "C": 3.0}


def test_no_ticket_at_all_is_no_error() -> None:
    (row,) = FigureColumns(business=True).rows()
    assert (row.tickets, row.calendar["first_response"].tickets, row.business["on_hold"].median) == (
        0,
        0,
        0.0,
    )
    assert list(FigureColumns().rows("group")) == []
    assert list(Backlog().days(10)) == []


def test_business_hours_have_columns_of_their_own() -> None:
    figures = FigureColumns(business=True)
    figures.add(ticket(1), Measures(first_response=100), Measures(first_response=40))
    (row,) = figures.rows()
    assert (row.calendar["first_response"].median, row.business["first_response"].median) == (100, 40)


def test_a_ticket_that_ages_moves_from_one_age_to_the_next() -> None:
    backlog = Backlog()
    backlog.add(ticket(1, stages=((40 * DAY + 5, "resolved"),)))
    days = dict(backlog.days(45))
    assert days[0] == (1, 0, 0, 0)
    assert days[1] == (0, 1, 0, 0)
    assert days[7] == (0, 0, 1, 0)
    assert days[30] == (0, 0, 0, 1)
    assert days[40] == (0, 0, 0, 0)


@given(
    st.lists(
        st.tuples(st.integers(0, 40 * DAY), st.lists(st.tuples(st.integers(0, 60 * DAY), st.sampled_from(["resolved", "in_progress", "closed", "deleted"])), max_size=4)),
        max_size=6,
    )
)  # fmt: skip
def test_the_backlog_is_that_of_a_count_at_the_end_of_each_day(
    tickets: list[tuple[int, list[tuple[int, str]]]],
) -> None:
    backlog = Backlog()
    lives = []
    for number, (created, steps) in enumerate(tickets):
        ordered = tuple(sorted((created + later, stage) for later, stage in steps))
        lives.append((created, ordered))
        backlog.add(ticket(number, created, stages=ordered))
    told = dict(backlog.days(120))
    for day in range(121):
        end = (day + 1) * DAY - 1
        ages: Counter[int] = Counter()
        for created, steps in lives:
            stage = [stage for at, stage in ((created, "new"), *steps) if at <= end][-1:]
            if stage and stage[0] not in ("resolved", "closed", "deleted"):
                old = (end - created) // DAY
                ages[0 if old < 1 else 1 if old < 7 else 2 if old < 30 else 3] += 1
        if day in told:
            assert told[day] == tuple(ages[number] for number in range(4))
        else:
            assert not ages
