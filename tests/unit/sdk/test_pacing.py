"""How fast a desk may be asked: a bucket never lets more through than its rate and burst, however it is asked."""

import threading
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.sdk.pacing import LimitShare, Pacer, SystemClock, crew, of_crew
from ticketferry_emulators.kit.clock import ManualClock

rates = st.floats(0.1, 500, allow_nan=False)


class Turned:
    """A clock that a test turns in any direction; sleeping moves it on."""

    def __init__(self, now: float = 100_000.0) -> None:
        self.now = now
        self.meanwhile = lambda: None

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        happens, self.meanwhile = self.meanwhile, lambda: None
        happens()


@given(
    rates,
    st.floats(0.05, 1),
    st.none() | st.floats(1, 50),
    st.lists(st.floats(0, 5, allow_nan=False), min_size=1, max_size=60),
)
def test_no_more_goes_through_than_the_rate_and_one_burst(rate, share, burst, pauses):
    clock = Turned()
    pacer = Pacer(clock, share=share)
    pacer.set_rate("write", rate, burst)
    size = max(1.0, (burst if burst is not None else rate) * share)
    began, times = clock.time(), []
    for pause in pauses:
        clock.now += pause
        pacer.wait("write")
        times.append(clock.time())
    for first, start in enumerate([began, *times]):
        for count, end in enumerate(times[max(0, first - 1) :], 1):
            assert count <= size + rate * share * (end - start) + 1 + 1e-6


def test_by_night_a_larger_part_of_the_limit_is_ours_and_by_day_the_smaller_again():
    noon = datetime(2026, 12, 5, 12, 0).astimezone().timestamp()
    clock = Turned(noon)
    pacer = Pacer(clock, share=LimitShare(0.1, 0.9))
    pacer.set_rate("write", 100)

    def in_a_minute() -> int:
        began, count = clock.time(), 0
        while True:
            pacer.wait("write")
            if clock.time() >= began + 60:
                return count
            count += 1

    assert 590 <= in_a_minute() <= 612
    assert pacer.share == 0.1
    clock.now = datetime(2026, 12, 5, 20, 0).astimezone().timestamp()
    assert 5_300 <= in_a_minute() <= 5_492
    assert pacer.share == 0.9
    clock.now = datetime(2026, 12, 6, 5, 59, 59).astimezone().timestamp()
    assert pacer.share == 0.9
    clock.now += 1
    assert pacer.share == 0.1
    assert in_a_minute() <= 612, "what was saved up by night is no burst by day"


@pytest.mark.parametrize("share", [LimitShare(0.0, 1.0), LimitShare(1.0, 0.0), LimitShare(0.5, 1.5), 0.0])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="share must be above 0"):
        Pacer(Turned(), share=share)


@given(rates, st.integers(2, 80))
def test_waiting_costs_no_more_time_than_the_rate_asks(rate, requests):
    clock = Turned()
    pacer = Pacer(clock, {"read": rate})
    waited = sum(pacer.wait("read") for _ in range(requests))
    burst = max(1.0, rate)
    assert waited == pytest.approx(max(0.0, (requests - burst) / rate), abs=2e-3 * requests + 1 / rate)


def test_the_share_left_to_the_live_desk_is_left():
    clock = Turned()
    pacer = Pacer(clock, {"read": 10}, share=0.5)
    for _ in range(105):
        pacer.wait("read")
    assert clock.time() - 100_000 == pytest.approx(20, abs=0.5)


@pytest.mark.parametrize("share", [0, -1, 1.01, float("nan")])
def test_a_share_outside_of_the_desk_is_refused(share):
    with pytest.raises(ValueError, match="share"):
        Pacer(Turned(), share=share)


def test_a_group_without_a_rate_waits_only_while_it_is_held():
    clock = Turned()
    pacer = Pacer(clock)
    assert pacer.wait("any") == 0
    pacer.hold("any", 12.5)
    pacer.hold("any", 3)
    assert pacer.wait("other") == 0
    assert pacer.wait("any") == pytest.approx(12.5)
    assert pacer.wait("any") == 0


def test_a_hold_is_not_forgotten_when_the_rate_becomes_known():
    clock = Turned()
    pacer = Pacer(clock)
    pacer.hold("read", 60)
    pacer.set_rate("read", 10)
    assert pacer.wait("read") == pytest.approx(60)


def test_hearing_the_same_rate_again_gives_no_new_burst():
    clock = Turned()
    pacer = Pacer(clock, {"read": 5})
    for _ in range(50):
        pacer.wait("read")
        pacer.set_rate("read", 5)
    assert clock.time() - 100_000 >= 9


def test_a_rate_of_zero_lifts_the_limit():
    clock = Turned()
    pacer = Pacer(clock, {"read": 1})
    pacer.set_rate("read", 0)
    assert sum(pacer.wait("read") for _ in range(100)) == 0


def test_a_clock_that_is_set_back_stalls_nobody():
    clock = Turned()
    pacer = Pacer(clock, {"read": 2})
    pacer.wait("read")
    clock.now -= 3_600
    assert sum(pacer.wait("read") for _ in range(4)) < 5


def test_a_spent_budget_is_waited_out_and_a_full_one_is_not():
    clock = Turned()
    pacer = Pacer(clock, {"read": 100})
    pacer.learn("read", remaining=50, reset=30, reserve=10)
    assert pacer.wait("read") == 0
    pacer.learn("read", remaining=10, reset=30, reserve=10)
    assert pacer.wait("read") == pytest.approx(30)
    pacer.learn("read", remaining=0, reset=0)
    assert pacer.wait("read") == 0


def test_threads_share_one_bucket():
    clock = ManualClock(0.0)
    pacer = Pacer(clock, {"write": 10})

    def work() -> None:
        with clock.busy():
            for _ in range(30):
                pacer.wait("write")

    with clock.busy():
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert clock.time() == pytest.approx(11, abs=0.2)


def test_the_systems_clock_does_not_sleep_for_nothing():
    clock = SystemClock()
    before = clock.time()
    clock.sleep(0)
    clock.sleep(-5)
    clock.sleep(1e-6)
    with clock.busy():
        assert clock.time() >= before


def test_requests_under_way_are_taken_off_a_budget_that_was_told_before_them():
    clock = Turned()
    pacer = Pacer(clock)
    pacer.learn("account", remaining=3, reset=60, shared=("read", "export"))
    assert [pacer.wait(name) for name in ("read", "export", "read")] == [0, 0, 0]
    pacer.done("read")
    pacer.learn("account", remaining=2, reset=60, shared=("read", "export"))
    pacer.done("export")
    pacer.done("read")
    assert pacer.wait("read") == 0
    assert pacer.wait("other") == 0


def test_a_budget_that_is_full_of_requests_under_way_is_waited_for_until_its_window_ends():
    clock = Turned()
    pacer = Pacer(clock)
    pacer.learn("read", remaining=1, reset=60)
    assert pacer.wait("read") == 0
    assert pacer.wait("read") == pytest.approx(60)


def test_answers_out_of_order_do_not_make_a_budget_larger():
    clock = Turned()
    pacer = Pacer(clock)
    pacer.learn("read", remaining=0, reset=30)
    pacer.learn("read", remaining=5, reset=30.9)
    pacer.learn("read", remaining=9, reset=2)
    assert pacer.wait("read") == pytest.approx(30.9)
    pacer.done("read")
    pacer.learn("read", remaining=7, reset=60)
    assert pacer.wait("read") == 0


def test_who_waits_stands_in_line_and_does_not_wake_with_all_others():
    clock = ManualClock()
    pacer = Pacer(clock, {"write": 50.0})
    slept, sleep = [], clock.sleep
    clock.sleep = lambda seconds: (slept.append(seconds), sleep(seconds))
    threads, asked, times, lock = 100, 10, [], threading.Lock()

    def work():
        with of_crew(clock):
            for _ in range(asked):
                pacer.wait("write")
                with lock:
                    times.append(clock.time())
                pacer.done("write")
        crew_left.release()

    crew_left = threading.Semaphore(0)
    crew(clock, pacer, threads)
    for _ in range(threads):
        threading.Thread(target=work, daemon=True).start()
    for left in range(threads, 0, -1):
        assert crew_left.acquire(timeout=60)
        crew(clock, pacer, left - 1)
    # A burst of one second, then every token as soon as it is there.
    assert max(times) - min(times) == pytest.approx((threads * asked - 50) / 50.0, rel=0.01)
    assert len(slept) < 1.5 * threads * asked
    assert clock.stalls == 0


def test_who_comes_at_the_instant_of_a_token_does_not_take_it_from_who_waits_for_it():
    clock, waited = Turned(), []
    pacer = Pacer(clock)
    pacer.set_rate("write", 1, 1)
    assert pacer.wait("write") == 0
    clock.meanwhile = lambda: waited.append(pacer.wait("write"))
    pacer.wait("write")
    assert waited == [pytest.approx(1, abs=0.01)]


def test_a_rate_told_while_somebody_waits_lets_nobody_through_for_nothing():
    clock = Turned()
    pacer = Pacer(clock)
    pacer.set_rate("write", 1, 1)
    assert pacer.wait("write") == 0
    clock.meanwhile = lambda: pacer.set_rate("write", 2, 1)
    assert pacer.wait("write") == pytest.approx(1)
    assert [pacer.wait("write") for _ in range(4)] == [pytest.approx(0.5)] * 4
