"""Findings, rejects and conflicts of a plan put together by cause: one line for what one change would mend."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ticketferry.plan.file.changes import reasons
from ticketferry.plan.file.findings import root_causes
from ticketferry.plan.file.kept import kept
from ticketferry.plan.file.reader import PlanFile
from ticketferry.sdk.contract import Outcome, Severity
from ticketferry.sdk.trace import pattern_of

__all__ = ["Cause", "Causes", "gather_causes"]

WORDINGS = 12
"""Messages of one code and place that are told apart; more of them become one cause with the first message."""
EXAMPLES = 3
MOST_CAUSES = 2_000
"""Causes that are told apart at all; what comes after is counted under its code."""
_GENERAL = frozenset({"TF-REJECT", "TF-CONFLICT"})
"""Codes that repeat the outcome; a finding that names the cause goes before them."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Records with one cause. `place` is where it is mended: file:line:column or the path in the record."""

    severity: str
    code: str
    place: str
    message: str
    remedy: str
    records: int
    count: int
    """Occurrences; at least `records`."""
    examples: tuple[str, ...]
    wordings: int = 1
    """Different messages; `message` is the first."""


@dataclass(frozen=True, slots=True)
class Causes:
    """Causes by what they mean for the reader, the most frequent first. The records of rejects, conflicts and skips add up."""

    rejects: tuple[Cause, ...]
    conflicts: tuple[Cause, ...]
    gone: tuple[Cause, ...]
    skips: tuple[Cause, ...]
    blockers: tuple[Cause, ...]
    losses: tuple[Cause, ...]
    doubts: tuple[Cause, ...]
    repairs: tuple[Cause, ...]
    infos: tuple[Cause, ...]
    forbidding: int = 0
    """Findings that forbid an apply, those of rejected records among them."""

    def ordered(self) -> Iterable[tuple[str, Cause]]:
        """Yield (heading, cause), the gravest first."""
        for heading in (
            "blockers",
            "rejects",
            "conflicts",
            "gone",
            "losses",
            "doubts",
            "repairs",
            "infos",
            "skips",
        ):
            for cause in getattr(self, heading):
                yield heading, cause


@dataclass(slots=True)
class _Heap:
    remedy: str = ""
    records: int = 0
    count: int = 0
    last: str = ""
    examples: list[str] = field(default_factory=list)
    messages: dict[str, "_Heap"] = field(default_factory=dict)
    wordings: int = 0

    def add(self, subject: str, remedy: str, count: int) -> None:
        self.remedy = self.remedy or remedy
        self.count += count
        if subject != self.last or not subject:
            self.records += 1
            self.last = subject
            if subject and len(self.examples) < EXAMPLES:
                self.examples.append(subject)


def _restored(told: dict[str, Any]) -> Causes:
    lists = {name: value for name, value in told.items() if isinstance(value, list)}
    causes = {
        name: tuple(Cause(**{**one, "examples": tuple(one["examples"])}) for one in listed)
        for name, listed in lists.items()
    }
    return Causes(**{**told, **causes})


@kept(_restored)
def gather_causes(plan: PlanFile) -> Causes:
    """Read all findings once, in order; memory is bounded by the number of causes."""
    heaps: dict[tuple[str, str, str], _Heap] = {}
    whys: dict[tuple[str, str], Counter[tuple[str, str, str]]] = {}
    for code, severity, subject, where, message, remedy, count, outcome, because in root_causes(plan):
        place = pattern_of(where)
        if outcome in (Outcome.REJECT.value, Outcome.CONFLICT.value) and _names_cause(
            code, severity, message, because
        ):
            known = whys.setdefault((outcome, because), Counter())
            if len(known) < WORDINGS:
                known[code, place, remedy] += count
            continue
        key = (severity, code, place)
        if key not in heaps and len(heaps) >= MOST_CAUSES:
            key = (severity, code, "")
        heap = heaps.setdefault(key, _Heap())
        heap.add(subject, remedy, count)
        single = heap.messages.get(message)
        if single is None and len(heap.messages) <= WORDINGS:
            single = heap.messages.setdefault(message, _Heap())
        if single is not None:
            single.add(subject, remedy, count)
        heap.wordings = max(heap.wordings, len(heap.messages))
    by_severity: dict[str, list[Cause]] = {severity.value: [] for severity in Severity}
    forbids = len(plan.blockers())
    for (severity, code, place), heap in heaps.items():
        by_severity[severity].extend(_of_heap(severity, code, place, heap))
    ordered = {name: tuple(sorted(causes, key=_order)) for name, causes in by_severity.items()}
    return Causes(
        rejects=_of_outcome(plan, Outcome.REJECT, whys),
        conflicts=_of_outcome(plan, Outcome.CONFLICT, whys),
        gone=_of_outcome(plan, Outcome.GONE, whys) if plan.header.get("kind") != "rollback" else (),
        skips=_of_outcome(plan, Outcome.SKIP, whys),
        blockers=ordered[Severity.BLOCKER],
        losses=ordered[Severity.LOSS],
        doubts=ordered[Severity.DOUBT],
        repairs=ordered[Severity.REPAIR],
        infos=ordered[Severity.INFO],
        forbidding=int(forbids or 0),
    )


def _names_cause(code: str, severity: str, message: str, because: str) -> bool:
    return code in _GENERAL or severity == Severity.BLOCKER.value or message in because


def _of_heap(severity: str, code: str, place: str, heap: _Heap) -> Iterable[Cause]:
    if len(heap.messages) > WORDINGS:
        first = next(iter(heap.messages))
        yield Cause(
            severity,
            code,
            place,
            first,
            heap.remedy,
            heap.records,
            heap.count,
            tuple(heap.examples),
            heap.wordings,
        )
        return
    for message, single in heap.messages.items():
        yield Cause(
            severity,
            code,
            place,
            message,
            single.remedy,
            single.records,
            single.count,
            tuple(single.examples),
        )


def _of_outcome(
    plan: PlanFile, outcome: Outcome, whys: dict[tuple[str, str], Counter[tuple[str, str, str]]]
) -> tuple[Cause, ...]:
    causes = []
    left, wordings = 0, 0
    for number, (because, count, example) in enumerate(reasons(plan, outcome)):
        if number >= MOST_CAUSES:
            left += count
            wordings += 1
            continue
        named = whys.get((outcome.value, because), Counter())
        best = sorted(named.items(), key=lambda item: (item[0][0] in _GENERAL, -item[1], item[0]))
        code, place, remedy = best[0][0] if best else ("", "", "")
        severity = (
            Severity.DOUBT.value if outcome in (Outcome.REJECT, Outcome.CONFLICT) else Severity.INFO.value
        )
        message = because or "no reason given"
        causes.append(Cause(severity, code, place, message, remedy, count, count, (example,)))
    if left:
        causes.append(Cause("doubt", "", "", f"{wordings:,} further reasons", "", left, left, (), wordings))
    return tuple(causes)


def _order(cause: Cause) -> tuple[int, str, str, str]:
    return (-cause.records, cause.code, cause.place, cause.message)
