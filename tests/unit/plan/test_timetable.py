"""Batches played through: lanes one after another, workers side by side, the pace, what waits for all others, and plans too long to play whole."""

import pytest

from ticketferry.plan import timetable
from ticketferry.plan.timetable import BatchCost, Stream, Window, play
from ticketferry.plan.workforce import Workforce

SECOND = BatchCost(1, 1.0)


def batches(count, endpoint="write"):
    return [(number, endpoint, 1) for number in range(1, count + 1)]


def second(*_):
    return SECOND


def free(_):
    return []


def test_workers_share_what_waits_for_nothing():
    found = play(batches(10), free, second, workforce=Workforce(4))
    assert (found.seconds, found.played) == (3.0, 10)
    assert found.at_work == pytest.approx(10 / 3)


def test_one_lane_takes_as_long_with_any_number_of_workers():
    found = play(
        batches(10), lambda number: [number - 1] if number > 1 else [], second, workforce=Workforce(8)
    )
    assert (found.seconds, found.at_work) == (10.0, 1.0)


def test_a_batch_begins_when_the_last_of_what_it_needs_has_ended():
    needs = {3: [1, 2]}
    cost = {1: 5.0, 2: 1.0, 3: 1.0}
    assert (
        play(
            batches(3),
            lambda n: needs.get(n, []),
            lambda n, *_: BatchCost(1, cost[n]),
            workforce=Workforce(3),
        ).seconds
        == 6.0
    )


def test_the_pace_holds_back_workers_that_would_be_free():
    gates = {"write": (Stream(2.0),)}
    assert play(batches(12), free, second, workforce=Workforce(100), gates=gates).seconds == 6.0
    assert play(batches(11), free, second, workforce=Workforce(100)).seconds == 1.0


def test_what_goes_last_waits_for_all_that_stands_before_it():
    order = [(1, "last", 1), (2, "write", 1), (3, "write", 1)]
    seen = []

    def cost(number, *_):
        seen.append(number)
        return BatchCost(1, 4.0 if number == 3 else 1.0)

    assert play(order, free, cost, workforce=Workforce(9), late={"last"}).seconds == 5.0
    assert sorted(seen) == [1, 2, 3]


def test_a_window_bounds_what_is_looked_ahead(monkeypatch):
    monkeypatch.setattr(timetable, "WINDOW", 2)
    # The first two are one lane, so the others are not seen before they have ended.
    assert play(batches(4), lambda n: [1] if n == 2 else [], second, workforce=Workforce(4)).seconds == 3.0


def test_a_long_plan_is_played_in_part_and_the_rest_is_taken_to_go_alike(monkeypatch):
    monkeypatch.setattr(timetable, "PLAYED", 100)
    given = iter(batches(1_000))
    found = play(given, free, second, workforce=Workforce(10), count=1_000)
    assert (found.seconds, found.played) == (100.0, 100)
    assert next(given)[0] == 101


def test_nothing_takes_no_time():
    assert play([], free, second, workforce=Workforce(3)).seconds == 0.0


def test_a_look_at_guards_comes_before_the_first_write_of_its_kind_and_one_after_another():
    order = [(1, "guarded", 1), (2, "guarded", 1), (3, "other", 1), (4, "free", 1)]
    found = play(order, free, second, workforce=Workforce(4), looks={"guarded": 5.0, "other": 3.0})
    # 5 for the first look, 3 more for the second, and one for what is written after it.
    assert found.seconds == 9.0
    assert play(order, free, second, workforce=Workforce(4)).seconds == 1.0


def test_what_was_handed_out_goes_before_what_gets_ready_later():
    """One worker has two batches at hand: 3 was handed out when 1 began, so 2, which needs 1, goes after it."""
    took = {1: 1.0, 2: 10.0, 3: 1.0, 4: 10.0}
    needs = {2: [1], 4: [3]}
    found = play(
        batches(4), lambda n: needs.get(n, []), lambda n, *_: BatchCost(1, took[n]), workforce=Workforce(1)
    )
    assert found.seconds == 22.0
    began = []

    class Noting(Stream):
        def enter(self, now):
            began.append(now)
            return super().enter(now)

    play(
        batches(4),
        lambda n: needs.get(n, []),
        lambda n, *_: BatchCost(1, took[n]),
        workforce=Workforce(1),
        everywhere=(Noting(100.0),),
    )
    assert began == [0.0, 1.0, 2.0, 12.0]


@pytest.mark.parametrize("gate", [lambda: Window(100, 10.0), lambda: Stream(1.0)])
def test_one_that_waits_for_a_look_at_guards_holds_back_no_other(gate):
    """1 goes at second 30, after its look; 2 goes at once, as if 1 were not there, and not in the window of 1."""
    order = [(1, "guarded", 1), (2, "free", 1), (3, "free", 1)]
    needs = {3: [2]}
    found = play(
        order,
        lambda n: needs.get(n, []),
        lambda n, *_: BatchCost(1, 50.0 if n == 3 else 1.0),
        workforce=Workforce(2),
        everywhere=(gate(),),
        looks={"guarded": 30.0},
    )
    assert found.seconds == 51.0
