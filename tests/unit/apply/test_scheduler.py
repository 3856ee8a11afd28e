"""The scheduler: every batch once, after all it needs, whatever the number of workers; errors and Ctrl-C end it in order."""

import signal
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples

from ticketferry.apply import scheduler as module
from ticketferry.apply.scheduler import Scheduler
from ticketferry.errors import FatalError, InterruptedRunError
from ticketferry.sdk.pacing import SystemClock
from ticketferry_emulators.kit.clock import ManualClock


class Work:
    """Notes when batches begin and end; `park[n]` sends batch n away so many times, `fail` makes it raise."""

    def __init__(self, needs, clock, park=None, fail=None) -> None:
        self.needs, self.clock, self.park, self.fail = needs, clock, dict(park or {}), fail or {}
        self.ended: list[int] = []
        self.begun: list[int] = []
        self.at_once = self.most = 0
        self.lock = threading.Lock()

    def __call__(self, number):
        with self.lock:
            self.begun.append(number)
            assert set(self.needs.get(number, ())) <= set(self.ended), f"{number} began too early"
            assert number not in self.ended
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        try:
            if number in self.fail:
                raise self.fail[number]
            if self.park.get(number, 0):
                self.park[number] -= 1
                return self.clock.time() + 30.0
            self.clock.sleep(1e-4)
        finally:
            with self.lock:
                self.at_once -= 1
        with self.lock:
            self.ended.append(number)
        return None


def run(count, work, clock, workers):
    Scheduler(clock, workers).run(
        iter(range(1, count + 1)), lambda n: list(work.needs.get(n, ())), work, count
    )


@st.composite
def graphs(draw):
    count = draw(st.integers(0, 40))
    needs = {
        number: sorted(draw(st.sets(st.integers(1, number - 1), max_size=3)))
        for number in range(2, count + 1)
    }
    return count, needs


@given(graphs(), st.integers(1, 8), st.data())
@settings(max_examples=examples(60))
def test_every_batch_ends_once_and_after_all_that_it_needs(graph, workers, data):
    count, needs = graph
    clock = ManualClock()
    park = data.draw(st.dictionaries(st.integers(1, max(1, count)), st.integers(1, 3), max_size=6))
    work = Work(needs, clock, park)
    run(count, work, clock, workers)
    assert sorted(work.ended) == list(range(1, count + 1))
    assert len(work.begun) == count + sum(times for number, times in park.items() if number <= count)
    assert work.most <= workers
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("worker-")]


@given(graphs(), st.integers(1, 8))
@settings(max_examples=examples(15))
def test_the_same_holds_on_the_machines_own_clock(graph, workers):
    count, needs = graph
    work = Work(needs, SystemClock())
    run(count, work, SystemClock(), workers)
    assert sorted(work.ended) == list(range(1, count + 1))


def test_one_worker_keeps_the_planned_order():
    clock = ManualClock()
    work = Work({}, clock)
    run(30, work, clock, 1)
    assert work.ended == list(range(1, 31))


def test_parked_batches_come_back_and_others_go_on_meanwhile():
    clock = ManualClock(0.0)
    work = Work({5: [1]}, clock, park={1: 2})
    run(5, work, clock, 2)
    assert work.ended[-2:] == [1, 5]
    assert set(work.ended[:3]) == {2, 3, 4}
    assert 60 <= clock.time() < 70


def test_more_batches_than_the_window_are_worked_through(monkeypatch):
    monkeypatch.setattr(module, "WINDOW", 5)
    clock = ManualClock()
    work = Work({n: [n - 1] for n in range(2, 60, 3)}, clock, park={3: 1, 17: 1})
    run(60, work, clock, 4)
    assert sorted(work.ended) == list(range(1, 61))


class Killed(BaseException):
    pass


@given(graphs().filter(lambda graph: graph[0] > 3), st.integers(1, 8), st.data())
@settings(max_examples=examples(30))
def test_the_first_error_stops_new_batches_and_is_raised(graph, workers, data):
    count, needs = graph
    bad = data.draw(st.integers(1, count))
    clock = ManualClock()
    work = Work(needs, clock, fail={bad: Killed("dead")})
    with pytest.raises(Killed):
        run(count, work, clock, workers)
    assert work.at_once == 0
    assert bad not in work.ended
    # What was handed out already may end; nothing that needs the failed one begins.
    assert all(bad not in needs.get(number, ()) for number in work.begun)


def test_an_error_while_batches_are_parked_does_not_wait_for_them():
    clock = ManualClock(0.0)
    work = Work({}, clock, park={1: 99}, fail={3: ValueError("no")})
    with pytest.raises(ValueError, match="no"):
        run(3, work, clock, 1)
    assert clock.time() < 30


def test_batches_that_wait_for_what_never_comes_end_the_run_rather_than_hang():
    with pytest.raises(FatalError, match="wait"):
        Scheduler(ManualClock(), 2).run(iter([1, 2]), lambda n: [3] if n == 2 else [], lambda _: None, 3)


def test_an_error_of_the_plan_itself_is_raised_and_ends_the_workers():
    def broken():
        yield 1
        raise OSError("the plan cannot be read")

    with pytest.raises(OSError, match="cannot be read"):
        Scheduler(SystemClock(), 3).run(broken(), lambda _: [], lambda _: None, 5)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("worker-")]


def press_ctrl_c() -> None:
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)


def test_ctrl_c_waits_for_what_is_under_way_and_says_that_the_run_can_go_on():
    release = threading.Event()
    ended = []

    def work(number):
        if number == 1:
            press_ctrl_c()
            release.wait(5)
        ended.append(number)

    threading.Timer(0.05, release.set).start()
    with pytest.raises(InterruptedRunError) as caught:
        Scheduler(SystemClock(), 1).run(iter(range(1, 50)), lambda n: [n - 1] if n > 1 else [], work, 50)
    assert ended == [1]
    assert "Run the same command again" in caught.value.remedy


def test_a_second_ctrl_c_does_not_wait_for_anything():
    second, release = threading.Event(), threading.Event()

    class Bell:
        """Rings; tells when the scheduler has begun to wait again after the first Ctrl-C."""

        def __init__(self, bell) -> None:
            self.bell, self.waits = bell, 0

        def put(self, item) -> None:
            self.bell.put(item)

        def get(self, timeout) -> None:
            self.waits += 1
            if self.waits == 2:
                second.set()
            self.bell.get(timeout=timeout)

    def work(_):
        press_ctrl_c()
        if second.wait(5):
            press_ctrl_c()
        release.wait(20)

    scheduler = Scheduler(SystemClock(), 1)
    scheduler._bell = Bell(scheduler._bell)
    try:
        with pytest.raises(KeyboardInterrupt):
            scheduler.run(iter([1]), lambda _: [], work, 1)
    finally:
        release.set()


@pytest.mark.parametrize("pause", [0, 1e-4, 1e-3, 5e-3])
def test_ctrl_c_at_any_moment_ends_the_run(pause):
    began = threading.Event()

    def press() -> None:
        began.wait(5)
        threading.Event().wait(pause)
        press_ctrl_c()

    def work(_):
        began.set()

    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(InterruptedRunError):
        Scheduler(SystemClock(), 2).run(iter(range(1, 10_000_000)), lambda _: [], work, 10_000_000)
    presser.join()


@given(graphs(), st.integers(1, 8), st.data())
@settings(max_examples=examples(60))
def test_a_late_batch_goes_when_all_before_it_have_ended(graph, workers, data):
    """What is begun before a late one, and is not late itself, is over: a domain that draws people in is written when all have come."""
    count, needs = graph
    clock = ManualClock()
    late = data.draw(st.sets(st.integers(1, max(1, count)), max_size=8))
    park = data.draw(st.dictionaries(st.integers(1, max(1, count)), st.integers(1, 3), max_size=6))
    work = Work(needs, clock, park)
    over_then = {}

    def execute(number):
        over_then.setdefault(number, set(work.ended))
        return work(number)

    Scheduler(clock, workers).run(
        iter(range(1, count + 1)), lambda n: list(needs.get(n, ())), execute, count, late
    )
    assert sorted(work.ended) == list(range(1, count + 1))
    for number in late & over_then.keys():
        assert set(range(1, number)) - late <= over_then[number]
