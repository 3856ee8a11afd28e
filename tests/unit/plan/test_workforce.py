"""A workforce grows while that makes more batches end, and no further."""

import pytest

from ticketferry.plan.timetable import BatchCost, Stream, Window, play
from ticketferry.plan.workforce import MOST_WORKERS, START, Workforce, first_size, workforce
from ticketferry.sdk.features import Budget, Limits

ANSWER = 0.3


def batches(count):
    return ((number, "write", 1) for number in range(1, count + 1))


def played(count, force, *gates):
    cost = BatchCost(1, ANSWER)
    return play(batches(count), lambda _: (), lambda *_: cost, workforce=force, gates={"write": gates})


def test_it_grows_until_the_pace_is_what_holds_back():
    force = Workforce()
    found = played(20_000, force, Stream(100.0))
    assert found.seconds == pytest.approx((20_000 - 100) / 100, rel=0.05)
    # 30 are enough; beyond the half that waits nobody is hired.
    assert 30 <= force.size <= 90


def test_so_many_workers_stay_so_many():
    force = Workforce(8)
    assert played(2_000, force, Stream(100.0)).seconds == pytest.approx(2_000 * ANSWER / 8)
    assert force.size == 8


def test_a_desk_that_answers_more_slowly_the_more_it_is_asked_is_not_asked_more_and_more():
    force = Workforce()
    now = 0.0
    for _ in range(3_000):
        now += 0.05  # twenty a second, however many ask
        force.ended(now, left=True, paced=0)
    assert force.size < 50


def test_nobody_is_hired_where_nothing_is_left_to_send():
    force = Workforce()
    for number in range(1_000):
        force.ended(number / 10, left=False, paced=0)
    assert force.size == START


def test_it_begins_with_what_keeps_the_desk_busy():
    assert first_size(Limits(group_rates={"comment": 100.0, "edit": 50.0}), ANSWER) == 30
    assert first_size(Limits(write_rate=400 / 60), ANSWER) == START
    assert first_size(Limits(group_rates={"comment": 1_000.0}), 2.0) == MOST_WORKERS


def test_a_desk_that_tells_no_pace_gets_no_more_than_at_the_start():
    assert not workforce(0, Limits(), ANSWER).grows
    assert workforce(0, Limits(write_rate=5.0), ANSWER).grows
    assert workforce(0, Limits(budgets=(Budget("account", seconds=60.0, assumed=400.0),)), ANSWER).grows
    assert not workforce(12, Limits(write_rate=5.0), ANSWER).grows


def test_a_window_lets_its_requests_through_and_then_waits_for_the_next():
    window = Window(3, 60.0)
    assert [window.enter(at) for at in (0.0, 0.0, 1.0, 1.0, 2.0)] == [0.0, 0.0, 1.0, 61.0, 61.0]
    assert window.enter(70.0) == 70.0
    assert window.enter(70.0) == 121.0


def test_a_stream_lets_a_second_through_at_once_and_fills_up_while_nobody_asks():
    stream = Stream(2.0)
    assert [stream.enter(0.0) for _ in range(4)] == [0.0, 0.0, 0.5, 1.0]
    assert [stream.enter(10.0) for _ in range(3)] == [10.0, 10.0, 10.5]
