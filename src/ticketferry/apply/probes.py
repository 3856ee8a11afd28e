"""Which tickets go first, before accounts that stay are made for all: what refuses the first of a kind would refuse them all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ticketferry.apply.canary import closure
from ticketferry.apply.resolve_symbols import FAILED
from ticketferry.plan.file.changes import count_changes, kinds_to_probe, probe_tickets
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import OpRow
from ticketferry.sdk.contract import Connector, Operation
from ticketferry.sdk.features import Feature
from ticketferry.store.journal import Journal

__all__ = ["Probes", "cause_of", "find_probes", "told"]

TRIES = 3
"""Tickets of one kind that are tried: a single bad record says nothing of the others."""
_LOOKED_AT = 20
"""Tickets of one kind among which those that need the fewest accounts are looked for."""


@dataclass(slots=True)
class Probes:
    """The tickets of one kind (project, issue type, way): `count` of them there are, `roots` are tried, one after the other."""

    name: str
    count: int = 0
    roots: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)

    @property
    def hopeless(self) -> bool:
        """Whether each that was tried was refused, and there are others of the kind."""
        return bool(self.tried) and len(self.causes) == len(self.tried) < self.count


def find_probes(
    plan: PlanFile, connector: Connector, journal: Journal, load: Callable[[OpRow], Operation]
) -> list[Probes]:
    """Return the kinds that are to be tried: none where the plan makes no accounts, or the target can take them back.

    Nor where tickets are created strictly in their order (`order: {serial_keys: true}`): one of each kind first would break it.
    A kind of which a ticket is done already is not tried again, nor is what goes into a file that a person imports: nothing answers to that.
    """
    if plan.header.get("order", {}).get("serial_keys"):
        return []
    features = connector.features
    if Feature.PEOPLE_CREATED not in features or Feature.PEOPLE_REMOVED in features:
        return []
    if not count_changes(plan, "kind = 'person' AND outcome = 'create'"):
        return []
    probes: list[Probes] = []
    for project, type_, way, count in kinds_to_probe(plan):
        if way is not None or count < 2:
            continue
        roots = probe_tickets(plan, project, type_, _LOOKED_AT)
        if any(_passed(plan, journal, root) for root in roots):
            continue
        roots.sort(key=lambda root: len(closure(plan, [root], load)))
        name = " / ".join(part for part in (project, type_) if part) or "tickets"
        probes.append(Probes(name, count, roots[:TRIES]))
    return probes


def cause_of(plan: PlanFile, journal: Journal, root: str) -> str | None:
    """Return why a ticket was refused, by its first operation that failed; None where none did."""
    seqs = [row.seq for row in plan.operations("root = ?", (root,))]
    states = journal.states(seqs)
    failed = [state for seq in seqs if (state := states.get(seq)) is not None and state.state in FAILED]
    return (failed[0].error or failed[0].state) if failed else None


def told(hopeless: Sequence[Probes]) -> str:
    """Say which kinds would be refused as a whole, and by what."""
    return "; ".join(
        f"{scouts.name}: {len(scouts.tried)} of {scouts.count:,} tickets were tried, each was refused"
        f" ({' | '.join(dict.fromkeys(scouts.causes))})"
        for scouts in hopeless
    )


def _passed(plan: PlanFile, journal: Journal, root: str) -> bool:
    seqs = [row.seq for row in plan.operations("root = ?", (root,))]
    states = journal.states(seqs)
    return bool(seqs) and all(seq in states and states[seq].state == "done" for seq in seqs)
