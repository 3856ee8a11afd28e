"""Where a ticket stands in the sample: its place in the block, its neighbours, the moments it shares with them."""

from __future__ import annotations

from typing import NamedTuple

from ticketferry_emulators.zendesk.seed.dice import BEGINS, BLOCK, ENDS

__all__ = ["Plot", "opened_at"]


class Plot(NamedTuple):
    """One ticket's number in a desk of so many tickets."""

    number: int
    tickets: int
    seed: int

    @property
    def place(self) -> int:
        """Place in the block, 1 to BLOCK."""
        return (self.number - 1) % BLOCK + 1

    def neighbour(self, place: int) -> int | None:
        """Number of the ticket at that place of the same block; None when the desk ends before it."""
        number = self.number - self.place + place
        return number if number <= self.tickets else None

    def moment(self, place: int, after: int) -> int:
        """A moment `after` seconds after the ticket at that place was opened."""
        number = self.number - self.place + place
        return min(opened_at(min(number, self.tickets), self.tickets) + after, ENDS)


def opened_at(number: int, tickets: int) -> int:
    """Return when ticket `number` was opened, in unix seconds; numbers and times rise together."""
    return BEGINS + (ENDS - 86_400 - BEGINS) * (number - 1) // tickets
