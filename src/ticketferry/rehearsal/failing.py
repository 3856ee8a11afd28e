"""What would have gone wrong, by cause: from errors that stop a stage, findings of a plan, the journal, what verify and witness say."""

from collections import Counter
from collections.abc import Iterator, Sequence

from ticketferry.apply.preflight import GuardState
from ticketferry.errors import FerryError, MappingError
from ticketferry.plan.file.reader import PlanFile
from ticketferry.project import Project
from ticketferry.project.problems import problems
from ticketferry.project.rehearsal import RehearsedFailure
from ticketferry.sdk.contract import Outcome, Severity
from ticketferry.verify.verifier import Verified
from ticketferry_emulators.kit.app import Emulator

__all__ = ["of_apply", "of_error", "of_guards", "of_plan", "of_stand_in", "of_verify"]

_SIGNS = {
    "+": "is missing in the new desk",
    "-": "is in the new desk and nobody asked for it",
    "*": "is not as it was wanted",
    "!": "could not be compared",
}


def of_error(stage: str, error: FerryError) -> RehearsedFailure:
    """Tell what stopped a stage."""
    count = len(error.problems) if isinstance(error, MappingError) else 1
    code = type(error).__name__
    return RehearsedFailure(
        stage, code, error.message, count, place=error.where or "", remedy=error.remedy or ""
    )


def of_plan(plan: PlanFile) -> Iterator[RehearsedFailure]:
    """Yield blockers of a plan, and what it rejects, by code."""
    heaps: dict[str, RehearsedFailure] = {}
    for item in plan.blockers():
        heap = heaps.setdefault(
            item.code,
            RehearsedFailure(
                "plan", item.code, item.message, 0, str(item.subject or ""), item.where, item.remedy or ""
            ),
        )
        heap.count += item.count
    yield from heaps.values()
    rejected: Counter[str] = Counter()
    for kind, outcomes in plan.outcomes().items():
        for outcome in (Outcome.REJECT.value, Outcome.CONFLICT.value):
            if outcomes.get(outcome):
                rejected[f"{outcome} {kind}"] += outcomes[outcome]
    for words, count in rejected.items():
        outcome, kind = words.split(" ")
        change = next(iter(plan.changes(f"kind = '{kind}' AND outcome = '{outcome}'")), None)
        yield RehearsedFailure(
            "plan", outcome, f"{kind}: planned as {outcome}", count, str(change.root) if change else "",
            remedy="`ticketferry plan` lists them with the reason of each.",
        )  # fmt: skip


def of_guards(states: Sequence[GuardState]) -> Iterator[RehearsedFailure]:
    """Yield guards that the snapshots do not prove: the apply would be refused."""
    for state in states:
        if not state.proved:
            yield RehearsedFailure(
                "preflight", state.guard.code, f"{state.guard.title}: {state.evidence}", len(state.endpoints),
                ", ".join(state.endpoints[:3]), remedy=state.guard.remedy or f"ticketferry preflight confirm {state.guard.code} --by NAME",
            )  # fmt: skip


def of_apply(project: Project, plan: PlanFile, stage: str) -> Iterator[RehearsedFailure]:
    """Yield the causes of writes that failed, as `errors` groups them."""
    for cause in problems(project, plan.id):
        if cause.severity in (Severity.INFO.value, Severity.REPAIR.value):
            continue
        yield RehearsedFailure(
            stage,
            cause.code,
            cause.message,
            cause.count,
            cause.records[0] if cause.records else "",
            cause.place,
            cause.remedy,
        )


def of_verify(verified: Verified, stage: str = "verify") -> Iterator[RehearsedFailure]:
    """Yield what is not as the plan says, by sign and by fields; and what the witness disagrees with."""
    heaps: dict[tuple[str, tuple[str, ...]], RehearsedFailure] = {}
    for line in verified.lines:
        if line.sign == "=":
            continue
        key = (line.sign, tuple(line.fields))
        words = f"{_SIGNS.get(line.sign, line.sign)}{': ' + ', '.join(line.fields) if line.fields else ''}"
        heap = heaps.setdefault(
            key, RehearsedFailure(stage, line.sign, f"{words}. {line.message}".strip(), 0, line.ref)
        )
        heap.count += 1
    yield from heaps.values()
    seen = verified.witnessed
    found: dict[str, RehearsedFailure] = {}
    for one in seen.errors if seen is not None else ():
        heap = found.setdefault(one.what, RehearsedFailure("witness", one.what, str(one.message), 0, one.ref))
        heap.count += 1
    yield from found.values()


def of_stand_in(role: str, stand_in: Emulator) -> Iterator[RehearsedFailure]:
    """Yield what a stand-in could not play: no fault of the migration, but what it says of it is not rehearsed."""
    asked = Counter(f"{entry.method} {entry.operation or entry.path}" for entry in stand_in.unserved)
    for words, count in sorted(asked.items()):
        yield RehearsedFailure("stand-in", f"{role}-501", f"the stand-in does not serve {words}", count)
    if stand_in.crashes:
        last = stand_in.crashes[0].strip().splitlines()[-1]
        yield RehearsedFailure(
            "stand-in", f"{role}-500", f"the stand-in failed: {last}", len(stand_in.crashes)
        )
