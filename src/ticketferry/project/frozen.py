"""Whether a desk stands still: what its own agents changed in a phase's tickets since a moment, and how much others did."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ticketferry.desired.cases import assemble
from ticketferry.project.project import Project
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.schema.vectors import PART_LISTS

__all__ = ["AgentsChange", "Stillness", "stillness"]

_AGENTS = frozenset({"agent", "light_agent", "admin"})


@dataclass(frozen=True, slots=True)
class AgentsChange:
    """What an agent did in the old desk after it was frozen."""

    number: str
    who: str
    what: str
    at: str


@dataclass(slots=True)
class Stillness:
    """What happened since. `others`: tickets in which customers or automations did something: the deltas bring that over."""

    agents: list[AgentsChange] = field(default_factory=list)
    others: int = 0


def stillness(project: Project, phase: str, before: int, since: datetime) -> Stillness:
    """Look at the tickets of a phase in the newest reading of the old desk that are not as in reading `before`: who did what after `since`.

    Talks to no desk.
    """
    desk = project.snapshots("source")
    latest = desk.latest()
    found = Stillness()
    if latest is None:
        return found
    planning = project.planning()
    people: dict[str, Record | None] = {}

    def person(ref: str) -> Record | None:
        if ref not in people:
            parsed = parse_ref(ref)
            people[ref] = (
                assemble(parsed, desk.root(parsed, latest.number)) if parsed.kind is Kind.PERSON else None
            )
        return people[ref]

    for ref in desk.changed_roots(Kind.TICKET, before, latest.number):
        record = planning.source_record(ref)
        if record is None or planning.phase_of(record) != phase:
            continue
        by_agents = False
        for doer, what, at in _done(record, since):
            who = person(doer) if doer else None
            if who is not None and who.get("role") in _AGENTS:
                by_agents = True
                name = str(who.get("name") or who.get("email") or doer)
                found.agents.append(AgentsChange(_number(record, ref), name, what, at))
        found.others += not by_agents
    return found


def _done(record: Record, since: datetime) -> Iterator[tuple[str, str, str]]:
    """Yield (who, what, when) of the steps and parts of a ticket after a moment."""
    for event in record.get("events", ()):
        if _after(event.get("time"), since):
            yield (
                str(event.get("actor") or ""),
                str(event.get("field") or event.get("type") or "change"),
                str(event["time"]),
            )
    for name in PART_LISTS:
        for part in record.get(name, ()):
            at = part.get("created") or part.get("started")
            if _after(at, since):
                yield str(part.get("author") or ""), name.removesuffix("s"), str(at)


def _after(text: object, since: datetime) -> bool:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return False
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)) > since


def _number(record: Record, ref: Ref) -> str:
    return str(record.get("number") or ref.id)
