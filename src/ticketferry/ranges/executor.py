"""Where ranges of records are worked on. Whoever cuts work into ranges says what one range needs and gives, and no more.

The cut and the order of the results depend on the work alone, so they are the same wherever it is done, and by how many.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

__all__ = ["HERE", "Executor", "Here", "Promised", "RangeWork", "in_order"]

Opened = TypeVar("Opened")
Task = TypeVar("Task")
Result = TypeVar("Result")
Given_co = TypeVar("Given_co", covariant=True)


@dataclass(frozen=True, slots=True)
class RangeWork(Generic[Opened, Task, Result]):
    """What is done with each range. `open` gives what a process reads, once for all its ranges; `do` is a function of a module.

    Both are picklable, as tasks and results are; a range that was begun and not ended is done again, by another process.
    """

    open: Callable[[], Opened]
    do: Callable[[Opened, Task], Result]


class Executor(Protocol):
    """Does the same work with many ranges."""

    @property
    def elsewhere(self) -> bool:
        """Tell whether other machines take part: what they read is opened for reading alone, and does not change meanwhile."""
        ...

    def run(
        self,
        work: RangeWork[Opened, Task, Result],
        tasks: Iterable[Task],
        here: Callable[[], Opened],
        records: int | None = None,
    ) -> Iterator[Result]:
        """Yield the result of each task, in their order; tasks are taken as there is room for them, a few ahead.

        `here` gives what this process has open already. `records`: so many records are in all ranges, where that is known. Raises what a
        range raises, and FatalError where one could not be done anywhere.
        """
        ...


class Here:
    """Does one range after the other in this process."""

    elsewhere = False

    def run(
        self,
        work: RangeWork[Opened, Task, Result],
        tasks: Iterable[Task],
        here: Callable[[], Opened],
        records: int | None = None,  # noqa: ARG002 -- one process is enough for any number
    ) -> Iterator[Result]:
        """Yield the result of each task, in their order."""
        opened = here()
        for task in tasks:
            yield work.do(opened, task)


HERE: Executor = Here()


class Promised(Protocol[Given_co]):
    """A result that is being worked on."""

    def result(self) -> Given_co:
        """Wait for it."""
        ...


def in_order(
    submit: Callable[[Task], Promised[Result]], tasks: Iterable[Task], ahead: int
) -> Iterator[Result]:
    """Submit tasks, `ahead` of them at a time, and yield their results in their order."""
    waiting: deque[Promised[Result]] = deque()
    for task in tasks:
        waiting.append(submit(task))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
