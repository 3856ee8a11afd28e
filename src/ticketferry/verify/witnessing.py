"""Lets the independent witness look at tickets in both desks: chooses them, reads them as their own people see them, and keeps what it saw."""

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple

from ticketferry.errors import FerryError
from ticketferry.extract.ingest import by_root
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Source, Wire
from ticketferry.sdk.pacing import Clock
from ticketferry.sdk.witness import Shows, Who, Witness, WitnessFile
from ticketferry.store.idmap import IdMap
from ticketferry.store.snapshots import Snapshots, StoredRow
from ticketferry.store.word_runs import WordRuns
from ticketferry.verify.file_sums import read_sum
from ticketferry.witness.compare import among_agents, compare, unless_dropped
from ticketferry.witness.cross_ticket import CrossTicketTexts
from ticketferry.witness.duplicates import DuplicateTickets
from ticketferry.witness.people import SourcePeople, same_person
from ticketferry.witness.rules import ExplainingRules
from ticketferry.witness.seen import Difference, Seen, look
from ticketferry.witness.texts import shortened
from ticketferry.witness.words import words

__all__ = ["SAMPLE", "Witnessed", "WitnessedDesk", "WitnessedDifference", "choose", "witness"]

SAMPLE = 400
"""So many tickets are looked at where a desk has more."""


class WitnessedDifference(NamedTuple):
    """One difference of a ticket; `rule`: what in the mapping explains it, "" for an error."""

    ref: str
    target: str
    what: str
    where: str
    message: str
    rule: str = ""


@dataclass(slots=True)
class Witnessed:
    """What the witness saw: how much it looked at, errors, and what rules explain."""

    tickets: int = 0
    of: int = 0
    """Tickets that could have been looked at."""
    seed: int = 0
    texts: int = 0
    files: int = 0
    errors: list[WitnessedDifference] = field(default_factory=list)
    explained: list[WitnessedDifference] = field(default_factory=list)
    unjudged: dict[str, int] = field(default_factory=dict)
    """What nobody looked at or nothing tells, in words -> how often: neither right, wrong nor explained."""
    why_not: str = ""
    """Why there was no witness."""

    @property
    def silent(self) -> bool:
        """Tell whether there is no error."""
        return not self.errors

    def by_kind(self) -> dict[str, int]:
        """Count the errors by what they are."""
        return dict(sorted(Counter(difference.what for difference in self.errors).items()))


@dataclass(frozen=True, slots=True)
class WitnessedDesk:
    """How one side is read: its key, what its witness understands, and the names of its fields."""

    key: str
    reads: Witness
    names: Mapping[str, str]


def choose(
    refs: Iterable[str], always: Iterable[str] = (), *, sample: int | None = SAMPLE, seed: int = 0
) -> list[str]:
    """Choose tickets by chance, the same for the same seed, and all of `always`. `sample` None: all."""
    known: list[str] = []
    chance = random.Random(seed)  # noqa: S311 -- a sample, no secret
    wanted = set(always)
    chosen: set[str] = set()
    for count, ref in enumerate(refs):
        if ref in wanted:
            chosen.add(ref)
        if sample is None or len(known) < sample:
            known.append(ref)
        elif (place := chance.randrange(count + 1)) < sample:
            known[place] = ref
    return sorted(chosen.union(known))


def witness(
    source: Snapshots,
    snapshot: Callable[[str], int],
    here: WitnessedDesk,
    target: Source,
    target_desk: WitnessedDesk,
    idmap: IdMap,
    rules: Callable[[str], ExplainingRules],
    roots: Sequence[str],
    *,
    clock: Clock,
    contents: bool = True,
    strangers: Iterable[Sequence[Wire]] = (),
    progress: Callable[[str, int, int | None], None] = lambda *_: None,
) -> Witnessed:
    """Compare tickets (refs of the source) by the records of both desks as they came.

    `snapshot`: ticket -> the snapshot of the source by which it was written. `target`: the new desk opened for reading as a source, so
    that nothing of ours is taken for granted. `rules`: ticket -> what explains a difference. `strangers`: tickets of the target with
    our mark that nobody is known to have become.
    """
    result, unjudged = Witnessed(len(roots)), Counter[str]()
    latest = source.latest()
    newest = latest.number if latest is not None else 0

    def rows(ref: Ref) -> list[Wire]:
        # A snapshot that was made anew counts from 1 again.
        return _wires(source.root(ref, snapshot(str(ref))) or source.root(ref, newest))

    with closing(WordRuns()) as runs:
        others = CrossTicketTexts(len(roots), runs)

        def known() -> Iterator[Seen]:
            for ref in roots:
                seen = look(here.reads, rows(parse_ref(ref)), here.names)
                others.add(ref, seen)
                yield seen

        people = _people(source, newest, here, known())
        duplicates = DuplicateTickets(
            target_desk.reads.facts(wires, target_desk.names) for wires in strangers
        )
        size = max(1, target.limits.fetch_batch)
        for start in range(0, len(roots), size):
            part = [(parse_ref(ref), idmap.get(ref) or "") for ref in roots[start : start + size]]
            try:
                seen = _read(target, target_desk, [id_ for _, id_ in part if id_])
            except FerryError as error:
                result.errors.extend(
                    WitnessedDifference(str(ref), id_, "unread", "", error.message) for ref, id_ in part
                )
                continue
            accounts = _accounts(target, target_desk, seen.values())
            for ref, id_ in part:
                before, after = look(here.reads, rows(ref), here.names), seen.get(id_)
                differences: list[Difference]
                if not before.wires:
                    message = "nothing of the ticket is left in the workspace: it cannot be compared"
                    differences = [Difference("unread", "", message)]
                elif after is None:
                    differences = [Difference("lost", "", "the ticket is not in the target")]
                else:
                    own = rules(str(ref))
                    after = among_agents(before, after, own)
                    differences = compare(
                        before, after, own, people, accounts,
                        before_bytes=partial(_kept, source),
                        after_bytes=partial(_fetched, target, target_desk, clock) if contents else None,
                        elsewhere=source.holds_bytes,
                        unjudged=unjudged,
                    )  # fmt: skip
                    since = latest.began if latest is not None else None
                    differences += _of_others(others, str(ref), before, after, own, people, since)
                    differences += duplicates.of(str(ref), id_, before.facts, after.facts)
                    result.texts += len(before.texts)
                    result.files += len(before.files)
                for item in differences:
                    difference = WitnessedDifference(str(ref), id_, *item)
                    (result.explained if difference.rule else result.errors).append(difference)
            progress("witness", min(start + size, len(roots)), len(roots))
    result.unjudged = dict(sorted(unjudged.items()))
    return result


def _of_others(
    others: CrossTicketTexts,
    ref: str,
    before: Seen,
    after: Seen,
    rules: ExplainingRules,
    people: SourcePeople,
    since: datetime | None,
) -> Iterator[Difference]:
    """Tell words of other tickets that customers read in this one."""

    def same(here: Who, other: Who) -> bool:
        return same_person(people.get(here), people.get(other), chosen=rules.chosen).result != "wrong"

    names = {message.author for message in before.texts} - {""}
    allowed = rules.words | {word for id_ in names for word in words(people.get(Who(id_)).name)}
    dropped = rules.of(before.facts)
    for one in others.words_of_others(ref, before, after, allowed, same_person=same, since=since):
        kind = "internal words" if one.internal else "words"
        shown = shortened(unless_dropped(one.words, before, dropped))
        yield Difference(
            "leak",
            one.place,
            f"{kind} of another ticket, {one.ticket}, {one.passage}, stand in public: {shown}",
        )


def _wires(rows: Iterable[StoredRow]) -> list[Wire]:
    return [
        Wire(
            Ref(row.root.desk, row.kind, row.id),
            row.body(),
            None,
            row.gone,
            None if (row.kind, row.id) == (row.root.kind, row.root.id) else row.root,
        )
        for row in rows
    ]


def _people(source: Snapshots, snapshot: int, here: WitnessedDesk, tickets: Iterable[Seen]) -> SourcePeople:
    """Read who asked and who wrote in these tickets, and everybody who shares an address or an id with one of them."""
    wanted: set[str] = set()
    for seen in tickets:
        wanted.update(message.author for message in seen.texts if message.author)
        if seen.facts.requester is not None:
            wanted.add(seen.facts.requester.id)
    named = [
        here.reads.who(_wires(rows))
        for id_ in sorted(wanted)
        if (rows := source.root(Ref(source.desk, Kind.PERSON, id_), snapshot))
    ]
    keys = {key for who in named for key in _keys(who)}
    known = {who.id for who in named}
    for _, rows in source.roots(Kind.PERSON, snapshot):
        who = here.reads.who(_wires(rows))
        if who.id not in known and any(key in keys for key in _keys(who)):
            named.append(who)
    return SourcePeople(named)


def _keys(who: Who) -> Iterator[str]:
    yield from (f"e {email.lower()}" for email in who.emails)
    yield from (f"x {key}" for key in who.external)


def _read(target: Source, desk: WitnessedDesk, ids: Sequence[str]) -> dict[str, Seen]:
    roots = [Ref(desk.key, Kind.TICKET, id_) for id_ in ids]
    wires_of = {
        root: wires
        for root, wires in by_root(target.fetch(roots), roots).items()
        if wires and not wires[0].gone
    }
    shown: dict[Ref, list[Wire]] = {}
    if isinstance(target, Shows):
        for wire in target.shown([root for root, wires in wires_of.items() if desk.reads.files(wires)]):
            shown.setdefault(wire.root or wire.ref, []).append(wire)
    return {
        root.id: look(desk.reads, [*wires, *shown.get(root, ())], desk.names)
        for root, wires in wires_of.items()
    }


def _accounts(target: Source, desk: WitnessedDesk, seen: Collection[Seen]) -> dict[str, Who]:
    """Read the accounts of those who asked or wrote, where the tickets name them without an address."""
    ids = {
        message.author
        for one in seen
        for message in one.texts
        if message.kind == "message" and message.author
    }
    ids |= {
        one.facts.requester.id
        for one in seen
        if one.facts.requester is not None and not one.facts.requester.emails
    }
    if not ids:
        return {}
    roots = [Ref(desk.key, Kind.PERSON, id_) for id_ in sorted(ids)]
    return {
        root.id: desk.reads.who(wires) for root, wires in by_root(target.fetch(roots), roots).items() if wires
    }


def _kept(source: Snapshots, held: WitnessFile) -> str | None:
    """Return the checksum of a file as it was read from the source."""
    kept = source.content(held.id)
    return kept[0] if kept is not None and kept[2] == "stored" else None


def _fetched(target: Source, desk: WitnessedDesk, clock: Clock, held: WitnessFile) -> str | None:
    attachment = {"ref": str(Ref(desk.key, Kind.ATTACHMENT, held.id)), "name": held.name, "url": held.url}
    return read_sum(target, attachment, clock)
