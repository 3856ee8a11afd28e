"""A ticket that is there twice: another one of the target shows the same numbers, or two of the source became one."""

from collections.abc import Iterable, Iterator

from ticketferry.sdk.witness import Facts
from ticketferry.witness.seen import Difference
from ticketferry.witness.words import words

__all__ = ["DuplicateTickets"]

LONGEST = 4
"""A value of more words is a text, not a number."""


class DuplicateTickets:
    """What tickets show by which they are found. `strangers`: tickets of the target that nobody is known to have become."""

    def __init__(self, strangers: Iterable[Facts]) -> None:
        self._strangers: dict[str, set[str]] = {}
        for facts in strangers:
            for value in _telling(facts):
                self._strangers.setdefault(value, set()).add(facts.number)
        self._became: dict[str, str] = {}

    def of(self, ref: str, id_: str, source: Facts, target: Facts) -> Iterator[Difference]:
        """Yield what tells that a ticket is there more than once."""
        other = self._became.setdefault(id_, ref)
        if other != ref:
            yield Difference("twice", "", f"the same ticket of the target stands for {other}")
        number = words(source.number)
        shown = [value for value in _telling(target) if _has(words(value), number)]
        if not shown:
            return
        alike = set.intersection(*(self._strangers.get(value, set()) for value in shown))
        if alike:
            yield Difference("twice", "number", f"{', '.join(sorted(alike))} shows {source.number} too")


def _telling(facts: Facts) -> Iterator[str]:
    for value in dict.fromkeys(one.casefold() for one in facts.shown):
        if any(sign.isdigit() for sign in value) and len(words(value)) <= LONGEST:
            yield value


def _has(tokens: list[str], wanted: list[str]) -> bool:
    return any(tokens[at : at + len(wanted)] == wanted for at in range(len(tokens) - len(wanted) + 1))
