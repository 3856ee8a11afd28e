"""All checks over one desk, in one pass: tickets one by one, then what only the whole tells."""

from collections.abc import Callable, Iterable, Sequence

from ticketferry.kpi.histories import Terms
from ticketferry.quality.check import DeskFacts, QualityCheck, QualityFinding, TicketLook, number_of
from ticketferry.quality.life import LIFE_CHECKS
from ticketferry.quality.texts import TEXT_CHECKS, OtherLanguages
from ticketferry.quality.tickets import TICKET_CHECKS, InactiveCustomers, people_of
from ticketferry.quality.use import USE_CHECKS
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.lifecycle import EXITS
from ticketferry.schema.records import Record

__all__ = ["CHECKS", "Inspection"]

CHECKS: tuple[type[QualityCheck], ...] = (*USE_CHECKS, *TICKET_CHECKS, *TEXT_CHECKS, *LIFE_CHECKS)
"""Every check, by its code."""


def _looks_of(checks: Sequence[QualityCheck]) -> list[Callable[[TicketLook], None]]:
    return [check.ticket for check in checks if type(check).ticket is not QualityCheck.ticket]


_GONE = frozenset(stage.value for stage in EXITS)


class Inspection:
    """The checks at work. Memory grows with people (a number each), tags and fields, never with tickets.

    Tickets that left the desk (deleted, spam, merged, suspended) are not looked at: nothing of them is moved.
    """

    def __init__(self, facts: DeskFacts) -> None:
        self.facts = facts
        self.tickets = 0
        self.checks = [check(facts) for check in CHECKS]
        self._looks = [check.ticket for check in self.checks if type(check).ticket is not QualityCheck.ticket]
        self.named: set[int] = set()
        """Numbers of everybody whom a ticket names."""

    def ticket(self, case: Record) -> None:
        """Look at a ticket."""
        people = [number_of(ref) for ref in dict.fromkeys(people_of(case))]
        self.named.update(people)
        if case.get("stage") in _GONE:
            return
        self.tickets += 1
        look = TicketLook(case, self.facts)
        look.people = people
        for check in self._looks:
            check(look)

    def facts_apart(self) -> None:
        """Let go of what whoever began the inspection has already, before it is sent back there."""
        nothing = DeskFacts(Catalog(desk="", product=""), 0, Terms({}, {}))
        self.facts = nothing
        self._looks = []
        for check in self.checks:
            check.facts = nothing

    def absorb(self, other: "Inspection") -> None:
        """Add what was found in a later part of the desk."""
        self.tickets += other.tickets
        self.named |= other.named
        for mine, theirs in zip(self.checks, other.checks, strict=True):
            mine.absorb(theirs)

    def close(self, people: Callable[[], Iterable[Record]]) -> list[QualityFinding]:
        """Return what was found, by code. `people`: all of the desk's, streamed anew."""
        for check in self.checks:
            if isinstance(check, InactiveCustomers):
                self._inactive(check, people)
            check.close()
        found = (check.finding(self.tickets) for check in self.checks)
        return [finding for finding in found if finding is not None]

    @property
    def languages(self) -> dict[str, int]:
        """Return tickets by language, the most frequent first; those that do not tell are not in it."""
        check = next(check for check in self.checks if isinstance(check, OtherLanguages))
        return dict(check.languages.most_common())

    def _inactive(self, check: InactiveCustomers, people: Callable[[], Iterable[Record]]) -> None:
        check.of = len(self.facts.people)
        if self.facts.mapped or self.facts.people <= self.named:
            return
        for person in people():
            customer = (
                person.get("role", "end_user") == "end_user" and person.get("state", "active") != "deleted"
            )
            if customer and number_of(person["ref"]) not in self.named:
                check.hit(str(person.get("name") or person["ref"]))
