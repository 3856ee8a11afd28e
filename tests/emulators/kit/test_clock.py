"""The manual clock jumps when everybody waits, never while somebody works, and never hangs."""

import threading
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples

from ticketferry.sdk.pacing import held
from ticketferry_emulators.kit.clock import EmulatorClock, ManualClock, RealClock


def in_threads(*jobs, seconds=20):
    threads = [threading.Thread(target=job, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"


@pytest.mark.parametrize("clock", [RealClock(), ManualClock()])
def test_both_clocks_are_clocks(clock):
    assert isinstance(clock, EmulatorClock)


def test_sleeping_without_workers_jumps_at_once():
    clock = ManualClock(start=1000.0)
    began = time.monotonic()
    clock.sleep(86_400)
    assert clock.time() == 87_400.0
    assert clock.now() == datetime.fromtimestamp(87_400, UTC)
    assert time.monotonic() - began < 5


def test_sleeping_for_no_time_moves_nothing():
    clock = ManualClock(start=5.0)
    clock.sleep(0)
    clock.sleep(-3)
    assert clock.time() == 5.0


@pytest.mark.parametrize("seconds", [float("inf"), float("nan")])
def test_a_sleep_without_an_end_is_refused(seconds):
    with pytest.raises(ValueError, match="cannot sleep"):
        ManualClock().sleep(seconds)


def test_a_clock_cannot_go_back():
    with pytest.raises(ValueError, match="forward"):
        ManualClock().advance(-1)


def test_the_real_clock_cannot_be_advanced():
    with pytest.raises(RuntimeError, match="manual clock"):
        RealClock().advance(1)


def test_time_stands_still_while_a_registered_worker_computes():
    clock = ManualClock(start=0.0)
    working, slept = threading.Event(), threading.Event()
    release = threading.Event()

    def worker():
        with clock.busy():
            working.set()
            release.wait(10)

    def sleeper():
        working.wait(10)
        with clock.busy():
            clock.sleep(7)
        slept.set()

    def watcher():
        working.wait(10)
        assert not slept.wait(0.05)
        assert clock.time() == 0.0
        release.set()

    in_threads(worker, sleeper, watcher)
    assert slept.is_set()
    assert clock.time() == 7.0


def test_the_clock_jumps_to_the_earliest_wake_up_when_all_workers_wait():
    clock = ManualClock(start=0.0)
    seen = []
    gate = threading.Barrier(3)

    def worker(seconds):
        def run():
            with clock.busy():
                gate.wait(10)
                clock.sleep(seconds)
                seen.append((seconds, clock.time()))

        return run

    in_threads(worker(3.0), worker(1.0), worker(2.0))
    assert sorted(seen) == [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]


def test_an_emulators_stand_in_counts_as_the_blocked_worker_asleep():
    clock = ManualClock(start=0.0)

    def client():
        with clock.busy():
            emulator = threading.Thread(target=clock.stand_in, args=(0.3,), daemon=True)
            emulator.start()
            emulator.join(10)
            assert not emulator.is_alive()

    in_threads(client)
    assert clock.time() == pytest.approx(0.3)


def test_a_worker_that_waits_for_another_does_not_hold_the_time_up_if_it_says_so():
    clock = ManualClock(start=0.0)
    lock = threading.Lock()
    held = threading.Event()

    def holder():
        with clock.busy(), lock:
            held.set()
            clock.sleep(60)

    def waiter():
        held.wait(10)
        with clock.busy():
            with clock.waiting():
                lock.acquire()
            lock.release()

    in_threads(holder, waiter)
    assert (clock.time(), clock.stalls) == (60.0, 0)


def test_a_lock_that_is_free_costs_no_time():
    clock = ManualClock(start=0.0)
    lock = threading.Lock()
    asleep, times = threading.Event(), []

    def sleeper():
        with clock.busy():
            asleep.set()
            clock.sleep(5)

    def passer():
        with clock.busy():
            threading.Thread(target=sleeper, daemon=True).start()
            asleep.wait(10)
            time.sleep(0.05)
            for _ in range(20):
                with held(lock, clock):
                    times.append(clock.time())

    in_threads(passer)
    assert set(times) == {0.0}
    assert clock.stalls == 0


def test_workers_behind_a_lock_all_go_on_in_the_instant_in_which_it_is_free():
    clock = ManualClock(start=0.0)
    lock = threading.Lock()
    owner = object()
    times: list[float] = []

    def worker():
        with clock.of_crew():
            with held(lock, clock):
                if not times:
                    times.append(clock.time())
                    clock.sleep(7)
            clock.sleep(1)
            times.append(clock.time())

    for _ in range(20):
        times.clear()
        began = clock.time()
        clock.crew(owner, 8)
        in_threads(*[worker] * 8)
        clock.crew(owner, 0)
        assert times == [began] + [began + 8] * 8
    assert clock.stalls == 0
    assert clock._doors == {}


def test_a_pool_that_says_its_number_again_and_again_does_not_hide_that_nobody_stirs():
    """Who waits for a crew looks every second whether it is done; a worker of it that is blocked elsewhere must be noticed all the same."""
    clock = ManualClock(start=0.0, stall=0.2)
    lock, owner, done = threading.Lock(), object(), threading.Event()
    inside = threading.Event()
    noticed = []

    def holder():
        with clock.of_crew(), lock:
            inside.set()
            clock.sleep(60)
        done.set()

    def blocked():
        inside.wait(10)
        with clock.of_crew(), lock:
            pass

    def looker():
        for _ in range(200):
            if done.wait(0.02):
                break
            clock.crew(owner, 2)
        noticed.append(done.is_set())

    clock.crew(owner, 2)
    in_threads(holder, blocked, looker)
    clock.crew(owner, 0)
    assert noticed == [True]
    assert (clock.time(), clock.stalls) == (60.0, 1)


def test_a_worker_blocked_without_a_word_is_noticed_and_counted():
    clock = ManualClock(start=0.0, stall=0.05)
    lock = threading.Lock()
    held = threading.Event()

    def holder():
        with clock.busy(), lock:
            held.set()
            clock.sleep(60)

    def waiter():
        held.wait(10)
        with clock.busy(), lock:
            pass

    in_threads(holder, waiter)
    assert clock.time() == 60.0
    assert clock.stalls in (0, 1)


def test_nested_units_of_work_count_once():
    clock = ManualClock(start=0.0)

    def worker():
        with clock.busy(), clock.busy():
            clock.sleep(2)

    in_threads(worker)
    assert clock.time() == 2.0


def test_an_advance_wakes_who_is_due():
    clock = ManualClock(start=0.0)
    asleep = threading.Event()
    stop = threading.Event()

    def worker():
        with clock.busy():
            asleep.set()
            stop.wait(10)

    def sleeper():
        asleep.wait(10)
        clock.sleep(5)
        stop.set()

    def hand():
        asleep.wait(10)
        while not stop.is_set():
            clock.advance(1)
            stop.wait(0.001)

    in_threads(worker, sleeper, hand)
    assert clock.time() >= 5.0


@settings(max_examples=examples(25))
@given(
    st.lists(
        st.lists(st.floats(0.001, 50, allow_nan=False), min_size=1, max_size=6),
        min_size=1,
        max_size=6,
    )
)
def test_workers_that_only_sleep_end_at_the_sum_of_the_longest_and_never_see_time_go_back(plans):
    clock = ManualClock(start=0.0)
    gate = threading.Barrier(len(plans))

    def worker(plan):
        def run():
            with clock.busy():
                gate.wait(10)
                last = clock.time()
                for seconds in plan:
                    clock.sleep(seconds)
                    assert clock.time() >= last
                    last = clock.time()
                assert last == pytest.approx(sum(plan))

        return run

    in_threads(*map(worker, plans))
    assert clock.time() == pytest.approx(max(map(sum, plans)))
    assert clock.stalls == 0


def test_who_sleeps_long_is_no_stall_while_others_go_on_slowly():
    clock = ManualClock(start=0.0, stall=0.4)
    ended = threading.Event()
    woken = []

    def works():
        with clock.busy():
            for _ in range(8):
                time.sleep(0.1)  # a machine that is slow
                clock.sleep(1.0)
        ended.set()

    def lies():
        with clock.busy():
            clock.sleep(100.0)
            woken.append(ended.is_set())

    in_threads(works, lies)
    assert woken == [True]
    assert (clock.stalls, clock.time()) == (0, 100.0)
