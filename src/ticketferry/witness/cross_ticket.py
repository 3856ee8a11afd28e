"""Words of one ticket in another one: a message written to the wrong ticket, or two that changed places.

Only hashes of runs of words are kept, where the caller says; what is kept of a text does not grow with the number of tickets.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple, Protocol

from ticketferry.sdk.witness import Who, WitnessText
from ticketferry.witness.dropped import strings
from ticketferry.witness.seen import Seen
from ticketferry.witness.words import grams, words

__all__ = ["CrossTicketTexts", "ForeignWords", "Runs"]

RUN = 5
"""So many words in a row tell which ticket they are of."""
SHORTEST = 3
"""A message of fewer words is anybody's."""
LETTERS = 10
"""So many letters the words of a short message have at least together."""
FEW = 2_000
"""Tickets of which every run is kept; of more, a part that gets smaller."""


class ForeignWords(NamedTuple):
    """Words of `ticket`, from its text `passage`, in the public text `place` of another ticket; `internal`: customers never read them."""

    ticket: str
    passage: str
    internal: bool
    place: str
    words: tuple[str, ...]


class Runs(Protocol):
    """Where the hashes are kept (`store.word_runs.WordRuns`), so that the witness itself uses nothing of what it judges."""

    def add(self, ticket: str, place: str, public: bool, requester: str, hashes: Iterable[int]) -> None:
        """Keep a text of a ticket by the hashes of its runs of words."""

    def holders(self, hashes: Sequence[int]) -> Iterator[tuple[int, list[tuple[str, str, bool, str]]]]:
        """Yield each hash that any text has, with (ticket, place, public, requester) of those texts."""


class CrossTicketTexts:
    """The texts of the tickets that are looked at. `tickets`: how many there will be; `runs`: an empty place for their hashes."""

    def __init__(self, tickets: int, runs: Runs) -> None:
        self._runs = runs
        self._each = max(1, -(-tickets // FEW))

    def add(self, ticket: str, seen: Seen) -> None:
        """Keep what tells the texts of a ticket of the source."""
        requester = seen.facts.requester
        for passage in seen.texts:
            hashes = {hashed(run) for run in _runs(words(passage.text))}
            if not hashes:
                continue
            kept = {hash_ for hash_ in hashes if hash_ % self._each == 0} | {min(hashes)}
            public = passage.public and not passage.doubtful
            self._runs.add(ticket, passage.place, public, requester.id if requester else "", kept)

    def words_of_others(
        self,
        ticket: str,
        before: Seen,
        after: Seen,
        allowed: frozenset[str],
        *,
        same_person: Callable[[Who, Who], bool],
        since: datetime | None = None,
    ) -> Iterator[ForeignWords]:
        """Yield where a ticket shows customers what stood in exactly one other ticket of the source, and nowhere in its own.

        What several tickets had is a template, a signature or a quotation. `allowed`: words of the line over a message.
        `since`: when the source was read; what people wrote in the new desk after that is theirs.
        """
        own = {hashed(run) for passage in before.texts for run in _every_run(words(passage.text))}
        noted: set[tuple[str, str]] = set()
        for passage in after.texts:
            if not passage.public or passage.doubtful or _new(passage, after.facts.made_by, since):
                continue
            runs: dict[int, tuple[str, ...]] = {}
            for run in _every_run(words(passage.text)):
                if (
                    not all(word in allowed or word.isdigit() for word in run)
                    and (hash_ := hashed(run)) not in own
                ):
                    runs.setdefault(hash_, run)
            for hash_, rows in self._holders(list(runs), ticket):
                other, place, public, requester = min(rows, key=lambda row: not row[2])
                if (passage.place, other) in noted or _in_wires(before, runs[hash_]):
                    continue
                asking = before.facts.requester
                if public and asking is not None and requester and same_person(asking, Who(requester)):
                    continue
                noted.add((passage.place, other))
                yield ForeignWords(other, place, not public, passage.place, runs[hash_])

    def _holders(
        self, hashes: Sequence[int], ticket: str
    ) -> Iterator[tuple[int, list[tuple[str, str, bool, str]]]]:
        """Yield the hashes that one other ticket has, with its texts."""
        for hash_, texts in self._runs.holders(hashes):
            tickets = {text[0] for text in texts}
            if len(tickets) == 1 and ticket not in tickets:
                yield hash_, texts


def hashed(run: Sequence[str]) -> int:
    """Return 63 bits of a run of words."""
    return int.from_bytes(blake2b("\x1f".join(run).encode(), digest_size=8).digest(), "big") >> 1


def _runs(tokens: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield what tells a text: its runs of words, or the whole of a short one."""
    if len(tokens) < RUN and (len(tokens) < SHORTEST or sum(map(len, tokens)) < LETTERS):
        return
    yield from (run for run in grams(tokens, RUN) if not all(word.isdigit() for word in run))


def _every_run(tokens: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield every run of words that may be a text of its own."""
    for size in range(SHORTEST, RUN + 1):
        yield from (run for run in grams(tokens, size) if len(run) == size)


def _new(passage: WitnessText, made_by: str, since: datetime | None) -> bool:
    """Tell whether somebody wrote a text in the new desk after the old one was read: not the account that moved all."""
    if since is None or not passage.author or passage.author == made_by:
        return False
    try:
        at = datetime.fromisoformat(passage.at)
    except ValueError:
        return False
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) > since


def _in_wires(before: Seen, run: tuple[str, ...]) -> bool:
    """Tell whether any value of the ticket itself has these words: a rule may show fields in a text."""
    wanted: Iterable[str] = (text for wire in before.wires for _, text in strings(wire.body))
    return any(
        run in set(grams(tokens, len(run)))
        for text in wanted
        if len(tokens := words(text)) >= len(run) and run[0] in tokens
    )
