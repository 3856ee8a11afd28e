"""How long an extract takes is worked out by hand here: answers, parallel ones, and the vendor's windows."""

import pytest

from ticketferry.extract.forecast import duration_of
from ticketferry.sdk.forecast import Need, Pace


def need(requests: float, *, what: str = "tickets", **more) -> Need:
    return Need(what, "tickets.audits", requests, 0, **{"seconds": 0.5, **more})


def pace(requests: float, seconds: float, *groups: str, **more) -> Pace:
    return Pace(frozenset(groups or ("read",)), requests, seconds, **more)


def seconds(needs, paces=(), begin: float = 1_000.0) -> float:
    return sum(duration_of(needs, paces, begin).values())


def test_without_limits_answers_come_one_after_the_other_or_several_at_once() -> None:
    assert seconds([need(10)]) == pytest.approx(5.0)
    assert seconds([need(10, parallel=4)]) == pytest.approx(1.25)
    assert seconds([need(2, parallel=4)]) == pytest.approx(0.5)
    assert duration_of([need(4), need(2, what="people", pause=30)], (), 0.0) == {
        "tickets": 2.0,
        "people": 31.0,
    }


def test_a_window_that_is_used_up_is_waited_for() -> None:
    """25 requests of no time at ten a minute: two whole windows pass."""
    assert seconds([need(25, seconds=0.0)], [pace(10, 60)]) == pytest.approx(120.0)
    assert seconds([need(10, seconds=0.0)], [pace(10, 60)]) == 0.0
    assert seconds([need(25, seconds=0.0)], [pace(10, 60, late=1)]) == pytest.approx(121.0)


def test_what_is_left_of_the_window_that_is_open_counts() -> None:
    open_now = pace(10, 60, left=3, until=1_010.0)
    assert seconds([need(3, seconds=0.0)], [open_now]) == 0.0
    assert seconds([need(4, seconds=0.0)], [open_now]) == pytest.approx(10.0)
    assert seconds([need(14, seconds=0.0)], [open_now]) == pytest.approx(70.0)
    over = pace(10, 60, left=0, until=990.0)
    assert seconds([need(10, seconds=0.0)], [over]) == 0.0


def test_slow_answers_hold_more_than_the_limit() -> None:
    """Two a second would be let go; one in half a second comes."""
    assert seconds([need(600)], [pace(700, 60)]) == pytest.approx(300.0)


def test_groups_draw_on_a_limit_together_and_only_on_their_own() -> None:
    shared = pace(10, 60, "read", "incremental")
    needs = [
        need(6, seconds=0.0),
        need(6, seconds=0.0, group="incremental"),
        need(50, seconds=0.0, group="content"),
    ]
    assert seconds(needs, [shared]) == pytest.approx(60.0)
    assert seconds(needs[2:], [shared]) == 0.0


def test_a_limit_that_counts_cost_is_used_up_by_what_requests_cost() -> None:
    hourly = pace(100, 3_600, costed=True)
    assert seconds([need(20, seconds=0.0, units=10.0)], [hourly]) == pytest.approx(3_600.0)
    assert seconds([need(20, seconds=0.0)], [hourly]) == 0.0
    assert seconds([need(3, seconds=0.0, units=500.0)], [hourly]) == pytest.approx(7_200.0)


def test_short_windows_over_a_long_extract_are_soon_worked_out() -> None:
    """A million requests at a hundred a second, ten thousand windows."""
    assert seconds([need(1_000_000, seconds=0.001)], [pace(100, 1)]) == pytest.approx(10_000, rel=0.01)
    assert seconds([need(300_000_000, seconds=0.0)], [pace(100, 1)]) == pytest.approx(3_000_000, rel=0.01)


def test_nothing_takes_no_time() -> None:
    assert duration_of([], [pace(1, 1)], 0.0) == {}
    assert seconds([need(0)], [pace(1, 1)]) == 0.0
