"""A quick way of reading checked against the desk itself: which cases are to be read again, one by one.

A source that declares `Feature.CROSS_CHECK` reads some desks by an export that may leave something out, and implements
:class:`CrossChecker`; others do not have the method.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Ref

__all__ = ["CrossChecker", "Recheck"]


@dataclass(frozen=True, slots=True)
class Recheck:
    """A case that is to be read again, or one that was only counted (`again` False: the desk agrees)."""

    ref: Ref
    why: str
    """In a few words, for a person (`5 comments, the desk counts 6`)."""
    expected: int | None = None
    """How many comments the desk counts; messages of chats, which no desk counts as comments, aside."""
    again: bool = True
    sampled: bool = False
    """Chosen by chance: what it shows stands for many."""


class CrossChecker(Protocol):
    """Optional part of a source."""

    def cross_check(self, cases: Iterable[Record]) -> Iterator[Recheck]:
        """Compare cases as they were just read with what the desk counts (`Feature.CROSS_CHECK`).

        `cases`: what changed in this extract, put together, streamed once. May ask the desk; must not hold the cases.
        """
        ...
