"""What failed and is not to be tried again: given up by a person, by name and with a reason; and what of it is to be tried again alone."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass

from ticketferry.apply.context import ApplyContext
from ticketferry.apply.resolve_symbols import FAILED, SymbolResolver
from ticketferry.errors import UsageError
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import OpRow
from ticketferry.project.problems import BLOCKED
from ticketferry.project.project import Project
from ticketferry.registry import open_target
from ticketferry.sdk.templates import needs
from ticketferry.store.journal import problem_rows
from ticketferry.store.lock import hold
from ticketferry.store.skip_list import SkipList, SkippedRecord

__all__ = ["Retried", "refuse_waiting", "retried", "skip_failed", "skipped_of"]


@dataclass(frozen=True, slots=True)
class Retried:
    """Which records a run tries again, and which others that failed it leaves alone."""

    roots: frozenset[str]
    others: frozenset[str]


def skipped_of(project: Project, plan: str | None = None) -> list[SkippedRecord]:
    """Return what people gave up of a plan, or of all that were not taken back."""
    return SkipList(project.workspace).rows(plan) if (project.root / "workspace.db").exists() else []


def retried(project: Project, plan: PlanFile, code: str | None = None) -> Retried:
    """Return the records that failed, with the code alone where one is said, and those that were not sent because of others.

    Raises UsageError where nothing failed so.
    """
    codes = _codes(project, plan)
    chosen = {seq for seq, (found, _) in codes.items() if code in (None, found)}
    if not chosen:
        raise _none(plan, code, codes)
    blocked = {seq for seq, (found, _) in codes.items() if found == BLOCKED}
    roots = {row.root for row in _rows(plan, chosen | blocked)}
    others = {row.root for row in _rows(plan, codes.keys() - chosen - blocked)}
    return Retried(frozenset(roots - others), frozenset(others))


def skip_failed(project: Project, plan: PlanFile, *, code: str, by: str, because: str) -> list[SkippedRecord]:
    """Give up the records of a plan that failed with a code, and the writes of others that need them. Nothing is written to a desk.

    Raises UsageError without a name or a reason, where nothing failed so, and for what only waits for something that failed.
    """
    refuse_waiting(project, plan, code)
    if not by.strip() or not because.strip():
        raise UsageError(
            "what failed is given up by somebody, for a reason",
            remedy='Say who and why: --by NAME --because "…".',
        )
    with hold(project.root, f"apply {plan.id}"), project.run("skip", plan.id) as (run, _):
        codes = _codes(project, plan)
        failed = {seq for seq, (found, _) in codes.items() if found == code}
        if not failed:
            raise _none(plan, code, codes)
        journal = project.journal(plan.id, run)
        roots = {row.root: codes[row.seq] for row in _rows(plan, failed)}
        given_up: dict[int, OpRow] = {}
        for root in sorted(roots):
            rows = list(plan.operations("root = ?", (root,)))
            states = journal.states_alone([row.seq for row in rows])
            # What may be on its way is left to the next run, which looks it up.
            given_up |= {row.seq: row for row in rows if states.get(row.seq) in (None, *FAILED)}
        behind = dict(_behind(project, plan, given_up))
        at = project.now().isoformat()
        writes: dict[str, int] = {}
        for row in (*given_up.values(), *behind.values()):
            writes[row.root] = writes.get(row.root, 0) + 1
        records = [
            SkippedRecord(plan.id, root, *roots.get(root, (BLOCKED, f"it needs what failed with {code}")), count, by.strip(), at, because.strip())
            for root, count in sorted(writes.items())
        ]  # fmt: skip
        SkipList(project.workspace).add(plan.id, sorted({*given_up, *behind}), records, run)
    return records


def refuse_waiting(project: Project, plan: PlanFile, code: str) -> None:
    """Raise UsageError for the code of what was not sent: it goes with what it waits for, or goes on when that is mended."""
    if code != BLOCKED:
        return
    known = sorted({found for found, _ in _codes(project, plan).values()} - {BLOCKED})
    raise UsageError(
        f"{BLOCKED} is no failure: these writes wait for one that failed, and are given up with it",
        where=plan.id,
        remedy=f"Give up what failed, and they go with it: --skip-failed --code {' or '.join(known)}."
        if known
        else f"Nothing of {plan.id} failed: run `ticketferry apply {plan.id}`, it goes on with them.",
    )


def _codes(project: Project, plan: PlanFile) -> Mapping[int, tuple[str, str]]:
    """Return operation -> (code, message) of everything that failed."""
    return {int(row[1]): (str(row[2]), str(row[5])) for row in problem_rows(project.workspace, plan.id)}


def _rows(plan: PlanFile, seqs: AbstractSet[int]) -> Iterator[OpRow]:
    ordered = sorted(seqs)
    for start in range(0, len(ordered), 500):
        part = ordered[start : start + 500]
        yield from plan.operations(f"seq IN ({','.join('?' * len(part))})", part)


def _behind(project: Project, plan: PlanFile, given_up: Mapping[int, OpRow]) -> Iterator[tuple[int, OpRow]]:
    """Yield the writes that were not sent because of those, or of each other: what is given up gives them nothing."""
    journal = project.journal(plan.id, "")
    blocked = [row for row in _rows(plan, journal.in_state("blocked")) if row.seq not in given_up]
    if not blocked:
        return
    desk = project.config.target
    target = open_target(desk.connector, desk.options(offline=True), project.session("target"))
    with closing(target):
        context = ApplyContext(
            plan, target, desk.connector, project.planning_of(plan), project.workspace, journal, project.clock
        )
        loading = SymbolResolver(context, whole=True, send_again=lambda *_: False)
        gone, gone_seqs = {row.subject for row in given_up.values()}, set(given_up)
        again = True
        while again:
            again = False
            for row in list(blocked):
                operation = loading.load(row)
                wanted = {str(need.ref) for need in (*needs(dict(operation.params)), *needs(operation.body))}
                if row.prev in gone_seqs or wanted & gone:
                    blocked.remove(row)
                    gone_seqs.add(row.seq)
                    gone.add(row.subject)
                    again = True
                    yield row.seq, row


def _none(plan: PlanFile, code: str | None, codes: Mapping[int, tuple[str, str]]) -> UsageError:
    known = sorted({found for found, _ in codes.values()} - {BLOCKED})
    return UsageError(
        f"nothing of {plan.id} failed" + (f" with {code}" if code else ""),
        remedy=f"Codes of what failed: {', '.join(known)}."
        if known
        else f"`ticketferry errors {plan.id}` names what failed.",
    )
