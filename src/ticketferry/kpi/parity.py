"""Whether key figures survive a move: the figures of each ticket before and after, equal to the second, or with the cause of the difference."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ticketferry.history.timeline import unpack_events
from ticketferry.kpi.histories import History, Step, Terms
from ticketferry.kpi.measures import KpiDefinition, Measures, measure
from ticketferry.schema.records import Record

__all__ = [
    "ChangedFigure",
    "LostFigures",
    "Merged",
    "Parity",
    "compare",
    "kept_case",
    "merged_statuses",
    "seen_terms",
    "told_stages",
]

EXAMPLES = 3


class Merged(NamedTuple):
    """Statuses of different stages that become one status of the target: what is counted by stage cannot be told apart there."""

    to: str
    statuses: tuple[str, ...]
    stages: tuple[str, ...]
    """The stages that they have in the source."""
    stage: str
    """The one that all of them count as afterwards."""


class ChangedFigure(NamedTuple):
    """One figure of one ticket that is another afterwards."""

    ref: str
    figure: str
    before: int | None
    after: int | None
    cause: str


@dataclass(slots=True)
class LostFigures:
    """Why figures differ: how many tickets, which figures of them, and some to look at."""

    tickets: int = 0
    figures: Counter[str] = field(default_factory=Counter)
    examples: list[ChangedFigure] = field(default_factory=list)


@dataclass(slots=True)
class Parity:
    """FigureColumns compared ticket by ticket. `equal`: tickets whose figures are all the same, to the second."""

    tickets: int = 0
    equal: int = 0
    figures: int = 0
    causes: dict[str, LostFigures] = field(default_factory=dict)
    missing: int = 0
    """Tickets that stand on one side alone."""

    def add(self, differences: Sequence[ChangedFigure], figures: int) -> None:
        """Count a ticket."""
        self.tickets += 1
        self.figures += figures
        self.equal += not differences
        by_cause: defaultdict[str, list[ChangedFigure]] = defaultdict(list)
        for difference in differences:
            by_cause[difference.cause].append(difference)
        for name, found in by_cause.items():
            cause = self.causes.setdefault(name, LostFigures())
            cause.tickets += 1
            cause.figures.update(difference.figure for difference in found)
            if len(cause.examples) < EXAMPLES:
                cause.examples.append(found[0])


def merged_statuses(
    status_of: Mapping[str, str], stages: Mapping[str, str], target_stages: Mapping[str, str]
) -> list[Merged]:
    """Return which statuses fall together. `status_of`: a status of the source -> its status in the target; `stages`: stage of each
    status of the source; `target_stages`: of each of the target, both in lower case.
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for status, target in status_of.items():
        groups[target].append(status)
    merged = []
    for target, statuses in sorted(groups.items()):
        own = [stages.get(status.casefold(), "") for status in statuses]
        if len(set(own)) > 1:
            theirs = target_stages.get(target.casefold(), "")
            one = theirs if theirs in own else min(own)
            merged.append(Merged(target, tuple(sorted(statuses)), tuple(sorted(set(own))), one))
    return merged


def seen_terms(terms: Terms, merged: Iterable[Merged]) -> Terms:
    """Return how a source's words can be told apart in the target: statuses that fall together have one stage."""
    stages = dict(terms.stages)
    for group in merged:
        for status in group.statuses:
            stages[status.casefold()] = group.stage
    return Terms(stages, terms.roles, terms.groups, terms.handler)


def told_stages(
    status_of: Mapping[str, str], stages: Mapping[str, str], merged: Iterable[Merged]
) -> dict[str, str]:
    """Return the stage that each status of the target stands for, by the statuses that become it: status in lower case -> stage."""
    stages_of = {
        target.casefold(): stages[status.casefold()]
        for status, target in status_of.items()
        if status.casefold() in stages
    }
    return stages_of | {group.to.casefold(): group.stage for group in merged}


def kept_case(record: Record, stages: Mapping[str, str]) -> Record:
    """Return the case of which a record of the target tells by itself and by what is kept beside it (`provenance`): dates, history, people.

    `told`: of :func:`told_stages`. Refs of people are the source's where the target restores them. A record that we did not write is
    returned as it is. Pure.
    """
    beside = record.get("provenance") or {}
    ref = beside.get("ref") or record.get("origin")
    if not ref:
        return record
    case = {**record, "ref": ref}
    for key in ("created", "solved", "updated"):
        if beside.get(key):
            case[key] = beside[key]
    if beside.get("events"):
        case["events"] = unpack_events(beside["events"], ref)
    stage = stages.get(str(record.get("status", "")).casefold())
    if stage is not None:
        case["stage"] = stage
    return case


def compare(
    before: History, after: History, definition: KpiDefinition, as_of: int, merged: Sequence[Merged] = ()
) -> tuple[list[ChangedFigure], int]:
    """Return where the figures of a ticket differ, with causes, and how many figures were compared."""
    first, second = measure(before, definition, as_of), measure(after, definition, as_of)
    if first == second:
        return [], len(first)
    cause = _cause(before, after, merged)
    differences = [
        ChangedFigure(before.ref, name, one, other, cause)
        for name, one, other in zip(Measures._fields, first, second, strict=True)
        if one != other
    ]
    return differences, len(first)


def _cause(before: History, after: History, merged: Sequence[Merged]) -> str:
    def of(history: History, step: Step) -> list[tuple[int, str]]:
        return [(moment.at, moment.value) for moment in history.moments if moment.step is step]

    if before.created != after.created:
        return "the target does not hold when the ticket was created"
    messages = of(before, Step.MESSAGE), of(after, Step.MESSAGE)
    if messages[0] != messages[1]:
        if len(messages[0]) != len(messages[1]):
            return "messages are public on one side only, or missing"
        if [at for at, _ in messages[0]] != [at for at, _ in messages[1]]:
            return "the target does not hold when messages were written"
        return "messages stand under another kind of author"
    stages = of(before, Step.STAGE), of(after, Step.STAGE)
    if [at for at, _ in stages[0]] != [at for at, _ in stages[1]]:
        return "the target does not hold the history of the status"
    if stages[0] != stages[1]:
        changed = {(value, other) for (_, value), (_, other) in zip(*stages, strict=True) if value != other}
        falling = [
            group
            for group in merged
            if any(value in group.stages and other == group.stage for value, other in changed)
        ]
        if falling:
            return "; ".join(f"{', '.join(group.statuses)} fall together in {group.to}" for group in falling)
        return "statuses have another stage in the target"
    return "the history of agents and groups differs"
