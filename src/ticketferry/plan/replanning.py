"""Which roots of the last plan have to be planned again, and how their rows get between those that stay."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import orjson

from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.continuing import PlanContinuer
from ticketferry.plan.file.last_answers import LastAnswers
from ticketferry.plan.inputs import Scope
from ticketferry.plan.keeping import LastPlan
from ticketferry.plan.shards import place_of
from ticketferry.schema.refs import Kind, Ref, parse_ref

__all__ = ["Again", "splice"]

PLANNED = (Kind.ORGANIZATION, Kind.GROUP, Kind.PERSON, Kind.TICKET)


class Again:
    """The roots that are planned again: those of which something is known that is new, and those that had asked for it."""

    def __init__(
        self,
        last: LastPlan,
        book: LastAnswers,
        planning: PlanContext,
        scope: Scope,
        changed: set[str],
        now: str,
    ) -> None:
        self._book = book
        self._planning = planning
        self._whole = scope.whole
        self._now = now if now != last.state["now"] else None
        self._places: dict[Kind, dict[str, str]] = {kind: {} for kind in PLANNED}
        """Kind -> place -> ref."""
        book.mark(changed)
        self._own([*changed, *book.aside()])
        self._ask_again()
        self._note(book.hit(self._now))

    def _own(self, keys: Iterable[str]) -> None:
        """Note the roots that keys name themselves."""
        desk = f"{self._planning.source.desk}:"
        for key in keys:
            if key.startswith(desk):
                kind = key[len(desk) :].partition(":")[0]
                if kind in PLANNED:
                    ref = parse_ref(key)
                    self._places[ref.kind][place_of(ref, whole=self._whole)] = key

    def _note(self, roots: Iterable[tuple[str, str]]) -> None:
        for place, text in roots:
            kind = parse_ref(text).kind
            if kind in self._places:
                self._places[kind][place] = text

    def _ask_again(self) -> None:
        """Work out anew the answers that may be others; who asked for one that is another is planned again."""
        work: dict[str, Callable[[str], object]] = {
            "?": self._planning.ticket_scope.takes_part,
            "#": self._planning.ticket_of,
        }
        changed = []
        for key, value in self._book.take_answers(self._now):
            again = work.get(key[0])
            # What goes with a person is asked for by no root: it is worked out where it is gathered.
            if again is not None and again(key[1:]) != orjson.loads(value):
                changed.append(key)
        self._book.mark(changed)

    def named_otherwise(self, refs: Iterable[str]) -> None:
        """Note people and what goes with them whom the tickets of the plan name now and did not name before, or the other way round."""
        self._own(refs)

    def most(self) -> int:
        """Count them, as far as they are known."""
        return sum(len(places) for places in self._places.values())

    def take_out(self, kind: Kind) -> None:
        """Take what the book has of those of a kind out of it."""
        self._book.take_out(sorted(self._places[kind]))

    def refs(self, kind: Kind, exists: Callable[[Ref], bool]) -> tuple[str, ...]:
        """Return those of a kind that are there, in order."""
        listed = sorted(self._places[kind].items())
        return tuple(text for _, text in listed if exists(parse_ref(text)))


def splice(writer: PlanContinuer, book: LastAnswers, shards: Sequence[Path]) -> None:
    """Write the rows of all roots of a book in order: those of `shards`, which were planned now, between those of the last plan."""
    after, changes, operations = "", 0, 0

    def copy(upto: str | None) -> None:
        nonlocal changes, operations
        more_changes, more_operations = book.between(after, upto)
        writer.copy((changes, changes + more_changes), (operations, operations + more_operations))
        changes, operations = changes + more_changes, operations + more_operations

    gone = book.gone()[::-1]
    for place, put in _fresh(writer, shards):
        while gone and gone[-1].place <= place:
            old = gone.pop()
            copy(old.place)
            after, changes, operations = old.place, changes + old.change, operations + old.ops
        if after != place:
            copy(place)
            after = place
        put()
    for old in reversed(gone):
        copy(old.place)
        after, changes, operations = old.place, changes + old.change, operations + old.ops
    copy(None)
    writer.sums.update(book.totals())
    writer.add_found(book.findings())
    writer.add_wants(book.wants())


def _fresh(writer: PlanContinuer, shards: Sequence[Path]) -> Iterator[tuple[str, Callable[[], None]]]:
    for shard in shards:
        yield from writer.take_roots(shard)
