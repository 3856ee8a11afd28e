"""A pool that finds out how many workers help uses the rate that the desk allows, on the simulated clock."""

import threading
from collections import Counter

import pytest

from ticketferry.apply.scheduler import Scheduler
from ticketferry.plan.workforce import workforce
from ticketferry.sdk.features import Limits
from ticketferry.sdk.pacing import Pacer
from ticketferry_emulators.kit.clock import ManualClock

ALLOWED = 100
ANSWER = 0.3


def used(workers: int, batches: int) -> tuple[float, int]:
    """Return the part of the allowed rate that was used in the second half of a run, and how many workers there were in the end."""
    clock = ManualClock()
    pacer = Pacer(clock, {"comment": float(ALLOWED)})
    times: Counter[int] = Counter()
    lock = threading.Lock()

    def send(_batch: int) -> None:
        pacer.wait("comment")
        with lock:
            times[int(clock.time())] += 1
        clock.sleep(ANSWER)
        pacer.done("comment")

    force = workforce(workers, Limits(group_rates={"comment": float(ALLOWED)}), ANSWER)
    Scheduler(clock, force).run(iter(range(1, batches + 1)), lambda _: [], send, batches)
    assert clock.stalls == 0
    seconds = sorted(times)
    assert max(times.values()) <= 2 * ALLOWED, "a second's rate, and the burst of one at most"
    middle = seconds[len(seconds) // 2 : -1]
    return sum(times[second] for second in middle) / (len(middle) * ALLOWED), force.size


def test_as_many_workers_as_help_use_what_the_desk_allows():
    part, size = used(0, 4_000)
    assert part >= 0.95
    assert 30 <= size <= 110


@pytest.mark.parametrize(("workers", "most"), [(8, 0.3), (60, 1.01)])
def test_a_number_of_workers_is_kept_to(workers, most):
    part, size = used(workers, 1_000)
    assert size == workers
    assert part <= most
