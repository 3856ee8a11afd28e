"""From pairs to lines of the decisions file: what the tool joins, what a person is asked, and what stays as a person left it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from ticketferry.people.decisions import Decision, Decisions
from ticketferry.people.linkage.engine import LinkedPair
from ticketferry.people.offered import BY, OfferLog
from ticketferry.schema.refs import parse_ref

__all__ = ["OfferedRows", "offer", "summary"]

_LONGEST = 1_000
"""Suggestions that follow each other at the most; a longer chain is left alone."""


@dataclass(slots=True)
class OfferedRows:
    """Lines of the tool's by ref. `taken_out`: pairs that stay separate since a person deleted their line; `further`: pairs to be reviewed
    whose younger record has a line already.
    """

    rows: dict[str, Decision] = field(default_factory=dict)
    taken_out: int = 0
    further: int = 0

    @property
    def joined(self) -> int:
        """People whom the tool joined with another."""
        return sum(row.decision == "accept" for row in self.rows.values())

    @property
    def asked(self) -> int:
        """Lines that wait for a person."""
        return sum(row.decision == "" for row in self.rows.values())


def offer(
    pairs: Iterable[LinkedPair],
    clusters: Collection[tuple[str, ...]],
    decisions: Decisions,
    log: OfferLog,
    tell: Callable[[str], tuple[str, str]],
    today: str,
) -> OfferedRows:
    """Return the tool's lines. Lines that a person wrote or edited are not among them and stand as they are.

    `clusters`: who is one by automatic pairs, the oldest first; `tell`: name and e-mail of a ref; `today`: ISO date. A group in which a
    person decided anything, or took a line out, gets no more joins by the tool: its other members are asked about. The record that stands
    for a group does not change when an older one joins it, and a join stands until the pair is no longer automatic.
    """
    work = _Offers(decisions, log, tell, today)
    nearest: dict[str, LinkedPair] = {}
    reviewed: list[LinkedPair] = []
    for pair in pairs:
        if pair.band == "review":
            reviewed.append(pair)
            continue
        for ref in (pair.one, pair.other):
            if ref not in nearest or nearest[ref].score < pair.score:
                nearest[ref] = pair
    for members in clusters:
        work.join(members, nearest)
    work.keep_joins({frozenset((pair.one, pair.other)): pair for pair in reviewed})
    for pair in sorted(reviewed, key=lambda pair: (-pair.score, pair.one, pair.other)):
        work.ask(pair)
    return work.found


class _Offers:
    def __init__(
        self, decisions: Decisions, log: OfferLog, tell: Callable[[str], tuple[str, str]], today: str
    ) -> None:
        self.found = OfferedRows()
        self._log, self._tell, self._today = log, tell, today
        rows = decisions.rows
        self._own = {ref: row for ref, row in rows.items() if log.wrote(row)}
        self._theirs = {ref: row for ref, row in rows.items() if ref not in self._own}
        self._decisions = decisions

    def _taken_out(self, one: str, other: str) -> bool:
        return self._log.taken_out(self._decisions, one, other)

    def join(self, members: tuple[str, ...], nearest: dict[str, LinkedPair]) -> None:
        """Write that the members of a group are one with the one who stood for it before, else with the oldest."""
        within = set(members)
        heads = {
            row.suggestion for ref in members if (row := self._own.get(ref)) and row.decision == "accept"
        } & within
        free = [ref for ref in members if ref not in self._theirs]
        head = next((ref for ref in members if ref in heads), free[0] if free else members[0])
        others = [ref for ref in members if ref != head]
        gone = [ref for ref in others if self._taken_out(ref, head)]
        self.found.taken_out += len(gone)
        touched = bool(gone) or any(
            ref in self._theirs and self._theirs[ref].chosen() is not None for ref in members
        )
        for ref in others:
            if ref in self._theirs or ref in gone:
                continue
            before = self._own.get(ref)
            stands = before is not None and before.decision == "accept" and before.suggestion == head
            pair = nearest.get(ref)
            why = summary(pair) if pair is not None else "one by an exact key with somebody of the group"
            if touched and not stands:
                why = f"somebody decided about this group otherwise; {why}"
            self._row(ref, head, "accept" if stands or not touched else "", why, pair)

    def ask(self, pair: LinkedPair) -> None:
        """Write a line that waits for a person, for the record that stands for the younger of the two."""
        older, younger = self._standing(pair.one), self._standing(pair.other)
        if older == younger or (younger in self._own and self._own[younger].decision == "accept"):
            return
        if self._taken_out(younger, older):
            self.found.taken_out += 1
        elif (
            younger in self._theirs
            or younger in self.found.rows
            or self._standing(older, asked=True) == younger
        ):
            self.found.further += 1
        else:
            self._row(younger, older, "", summary(pair), pair)

    def keep_joins(self, reviewed: dict[frozenset[str], LinkedPair]) -> None:
        """Let joins of the tool stand that were not found again, as of somebody who is gone; those that something speaks against are asked about."""
        for ref, row in self._own.items():
            if row.decision != "accept" or ref in self.found.rows:
                continue
            pair = reviewed.get(frozenset((ref, row.suggestion)))
            if pair is None:
                self.found.rows[ref] = row
            else:
                self._row(
                    ref,
                    row.suggestion,
                    "",
                    f"was joined by the tool on {row.when}, and is no longer; {summary(pair)}",
                    pair,
                )

    def _standing(self, ref: str, *, asked: bool = False) -> str:
        """Return who stands for a record as the lines are now; `asked`: also as it would be if all open ones were accepted."""
        seen = {ref}
        while len(seen) < _LONGEST:
            row = self.found.rows.get(ref) or self._theirs.get(ref)
            chosen = None if row is None else row.chosen() or (row.suggestion if asked else None)
            if not chosen or parse_ref(chosen).desk != parse_ref(ref).desk or chosen in seen:
                break
            ref = chosen
            seen.add(ref)
        return ref

    def _row(self, ref: str, other: str, decision: str, why: str, pair: LinkedPair | None) -> None:
        before = self._own.get(ref)
        same = before is not None and (before.suggestion, before.decision) == (other, decision)
        when = before.when if same and before is not None else self._today
        name, mail = self._tell(ref)
        told = self._tell(other)
        shown = f"{told[0]} <{told[1]}>" if told[1] else told[0]
        score = f"{pair.score:.1f}" if pair is not None else ""
        self.found.rows[ref] = Decision(ref, name, mail, other, decision, why, BY, shown, score, when)


def summary(pair: LinkedPair) -> str:
    """Say in a line what ties two people, what keeps the tool from joining them, and what made their score."""
    steps = ", ".join(
        f"{step.trait.replace('_', ' ')} {step.said} {step.weight:+.1f}" for step in pair.reasons
    )
    head = (
        pair.tie if pair.band == "automatic" else pair.never or "nothing that is one person's alone ties them"
    )
    return f"{head} ({steps})"
