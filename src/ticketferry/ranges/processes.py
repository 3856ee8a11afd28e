"""Ranges of records in several processes of this machine."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing import get_context
from typing import Any, TypeVar

from ticketferry.errors import FatalError
from ticketferry.ranges.executor import HERE, RangeWork, in_order

__all__ = ["LEAST", "Processes"]

Opened = TypeVar("Opened")
Task = TypeVar("Task")
Result = TypeVar("Result")

LEAST = 1_000
"""Fewer records are done in this process: starting others would cost more."""
AHEAD = 2
"""Ranges for each process that are begun or wait, so that none stands idle while a result is taken."""


class Processes:
    """`workers` processes; `least`: with fewer records no process is started."""

    elsewhere = False

    def __init__(self, workers: int, *, least: int = LEAST) -> None:
        self.workers = workers
        self._least = least

    def run(
        self,
        work: RangeWork[Opened, Task, Result],
        tasks: Iterable[Task],
        here: Callable[[], Opened],
        records: int | None = None,
    ) -> Iterator[Result]:
        """Yield the result of each task, in their order."""
        few = self.workers < 2 or (records is not None and records < self._least)
        rest = iter(tasks)
        first = [] if few else list(islice(rest, self.workers))
        if len(first) < 2:
            yield from HERE.run(work, chain(first, rest), here)
            return
        pool = ProcessPoolExecutor(len(first), get_context("spawn"), initializer=_begin, initargs=(work,))
        try:
            yield from in_order(lambda task: pool.submit(_do, task), chain(first, rest), AHEAD * self.workers)
        except BrokenProcessPool as error:
            raise FatalError(
                "a process that worked on a range of records ended before its time",
                remedy="It was stopped from outside, or the machine had no memory left for it. Nothing was changed: run the command again,"
                " with fewer processes where memory was short (`--executor local:1`).",
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


_BEGUN: list[tuple[RangeWork[Any, Any, Any], Any]] = []


def _begin(work: RangeWork[Any, Any, Any]) -> None:
    _BEGUN.append((work, work.open()))


def _do(task: Any) -> Any:
    work, opened = _BEGUN[0]
    return work.do(opened, task)
