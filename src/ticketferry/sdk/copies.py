"""What a target may offer where tickets may come twice behind our back: the copies, found without asking for each ticket."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, runtime_checkable

__all__ = ["CopyOf", "Recounted"]


class CopyOf(NamedTuple):
    """A ticket of the target that stands there once more: its id, what people call it, and the id of the one that it repeats."""

    id: str
    key: str
    of: str


@runtime_checkable
class Recounted(Protocol):
    """A target that tells which tickets it holds twice; of others the marks in the target's snapshot are asked alone."""

    def copies(self, known: Callable[[str], bool]) -> Iterator[CopyOf]:
        """Yield every copy of a ticket that `known` tells of by its id, in requests whose number does not grow with the tickets one
        by one. What a person cloned is no copy.
        """
        ...
