"""Marks in limited space: what does not fit is left out whole, the largest first, and told; a value is never cut."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from ticketferry.schema.refs import Json
from ticketferry.sdk.lane import Lane

__all__ = ["Droppable", "kept_values", "made_to_fit", "told_of"]

T = TypeVar("T")


class Droppable(NamedTuple):
    """A value that a mark can be without: where it stands, and its path in the record."""

    holder: dict[str, Json]
    key: str
    path: str


def kept_values(kept: dict[str, Json]) -> list[Droppable]:
    """Return the values of one object as what can be left out, each under its own key."""
    return [Droppable(kept, key, key) for key in kept]


def made_to_fit(
    pack: Callable[[], T | None],
    droppable: Callable[[], Iterable[Droppable]],
    size: Callable[[Json], int],
    dropped: Callable[[Droppable, int], None],
) -> T | None:
    """Return what `pack` makes of a mark, leaving out values until it fits; None where nothing is left to leave out.

    `pack`: None where the mark is too large; `dropped` is called with what was left out and its size, to tell of it.
    """
    while (packed := pack()) is None:
        rows = [(size(row.holder[row.key]), row.path, row) for row in droppable()]
        if not rows:
            return None
        taken, _, row = max(rows, key=lambda item: item[:2])
        del row.holder[row.key]
        dropped(row, taken)
    return packed


def told_of(
    lane: Lane, code: str, where: str, remedy: str = "The snapshot still holds it."
) -> Callable[[Droppable, int], None]:
    """Return a function that tells of a value that was left out. `where`: what it does not fit into (`the notes`)."""
    return lambda row, size: lane.lost(row.path, code, f"{size:,} characters do not fit into {where}", remedy)
