"""Limits of a desk as its headers tell them, and limits of single records."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.sdk.pacing import Pacer
from ticketferry.sdk.rest.budgets import BudgetHeaders, paces
from ticketferry.sdk.rest.record_pace import RecordPace
from ticketferry_emulators.kit.clock import ManualClock

START = 1_795_000_000.0
HEADERS = BudgetHeaders(
    limit=("x-ratelimit-limit", "ratelimit-limit"),
    remaining=("x-ratelimit-remaining", "ratelimit-remaining"),
    reset=("x-ratelimit-reset", "ratelimit-reset"),
    groups=("read", "write"),
)


@given(
    gaps=st.lists(st.floats(0, 3), max_size=60),
    windows=st.sampled_from([((5, 60.0),), ((19, 2.0), (98, 30.0))]),
)
def test_no_window_ever_holds_more_writes_of_one_record_than_it_may(gaps, windows):
    clock = ManualClock(START)
    pace = RecordPace(clock, windows, "slowly")
    times = []
    for gap in gaps:
        clock.sleep(gap)
        pace.wait("one")
        times.append(clock.time())
    for count, seconds in windows:
        assert all(
            later - earlier >= seconds - 1e-6 for earlier, later in zip(times, times[count:], strict=False)
        )


def test_other_records_do_not_wait_and_one_that_is_held_waits_alone():
    clock = ManualClock(START)
    pace = RecordPace(clock, ((1, 60.0),), "slowly")
    assert [pace.wait(name) for name in "abc"] == [0.0, 0.0, 0.0]
    pace.hold("d", 25.0)
    assert pace.wait("e") == 0.0
    assert pace.wait("d") == pytest.approx(25.0)
    assert pace.wait("a") == pytest.approx(35.0)


@pytest.mark.parametrize(
    "reset",
    ["10", f"{START + 10:.0f}", datetime.fromtimestamp(START + 10, UTC).isoformat()],
    ids=["seconds", "unix", "iso"],
)
def test_a_window_that_is_used_up_is_waited_for_however_its_end_is_told(reset):
    clock = ManualClock(START)
    pacer = Pacer(clock)
    told = {"x-ratelimit-limit": "167", "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
    assert HEADERS.learn(pacer, told) == 167
    assert pacer.wait("other") == 0.0
    assert pacer.wait("write") == pytest.approx(11.0), "told in whole seconds: one more"


def test_half_of_a_budget_is_left_to_the_live_desk():
    clock = ManualClock(START)
    pacer = Pacer(clock, share=0.5)
    HEADERS.learn(pacer, {"ratelimit-limit": "100", "ratelimit-remaining": "50", "ratelimit-reset": "60"})
    assert pacer.wait("read") == pytest.approx(61.0)
    (pace,) = paces(pacer, {}, 60.0)
    assert (pace.groups, pace.requests) == (frozenset({"read", "write"}), 50)


@pytest.mark.parametrize("told", [{}, {"x-ratelimit-remaining": "0"}, {"x-ratelimit-remaining": "many", "x-ratelimit-reset": "soon"}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "0"}])  # fmt: skip
def test_headers_that_say_nothing_hold_nobody_back_for_long(told):
    clock = ManualClock(START)
    pacer = Pacer(clock)
    HEADERS.learn(pacer, told)
    assert pacer.wait("read") <= 1.0
