"""Makes a plan: every root through the planner, in ranges that can run side by side, then put together in one order.

The cut into ranges and the order of everything depend on the inputs alone, so the plan is the same with any number of workers.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ticketferry.errors import ConfigError
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.writer import PlanWriter, shard_figures, shard_outcomes, shard_refs
from ticketferry.plan.guarding import ENDS_ALL, QUARANTINE
from ticketferry.plan.inputs import Scope
from ticketferry.plan.name_clashes import colliding_names
from ticketferry.plan.planner import Planner
from ticketferry.plan.shards import INLINE_BYTES, Task, plan_range
from ticketferry.plan.withdrawing import withdraw_dangling
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Finding, Outcome
from ticketferry.store.database import disk_errors

__all__ = ["INLINE_BYTES", "build"]

RANGE_ROOTS = 2_500
"""Roots that one range holds; also the unit of parallel work."""


Open = Callable[[], PlanContext]


def build(
    path: Path,
    open_planning: Open,
    *,
    scope: Scope,
    header: dict[str, Any],
    open_here: Open | None = None,
    findings: Sequence[Finding] = (),
    workers: int = 1,
    inline: int = INLINE_BYTES,
    range_roots: int = RANGE_ROOTS,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> PlanFile:
    """Write the plan file and return it opened. `open_planning` is called once in each process and must be picklable for
    `workers` above 1; `open_here` gives what this process has open already. `header` and `findings` (of the mapping
    as a whole, of people) are saved with the plan. Raises ConfigError where a blocker forbids planning.
    """
    with TemporaryDirectory(dir=path.parent, prefix=".plan-") as folder, disk_errors(path):
        planning = (open_here or open_planning)()
        try:
            shards, figures = _shards(
                Path(folder), planning, open_planning, scope, workers, inline, range_roots, progress
            )
            with PlanWriter.saved(path) as writer:
                for finding in (*findings, *colliding_names(shards, planning)):
                    writer.add_finding(finding)
                _merge(writer, shards, planning, {**header, "figures": figures})
        finally:
            if open_here is None:
                planning.close()
    return PlanFile(path)


def _merge(writer: PlanWriter, shards: Sequence[Path], planning: PlanContext, header: dict[str, Any]) -> None:
    """Put shards together in the order given."""
    for shard in shards:
        writer.take(shard)
    unseen = withdraw_dangling(writer, planning)
    figures = header["figures"]
    fewer = {name: figures.get(name, 0) - count for name, count in unseen.items()}
    header = {**header, "figures": {**figures, **fewer}}
    if held := _quarantined(planning, writer):
        header["quarantine"] = held
    if left_out := planning.ticket_scope.left_out:
        header["left_out"] = sorted(left_out)
    writer.finish(header, planning.inputs, planning.endpoints)


def _quarantined(planning: PlanContext, writer: PlanWriter) -> list[str]:
    """Return all roots in quarantine: those that the desk or the plan holds there."""
    named = {subject for code, _, subject, *_ in writer.findings if code == QUARANTINE}
    held = {str(ref) for ref in planning.held if ref.desk == planning.source.desk}
    return sorted(named | held, key=lambda text: (text.split(":", 2)[1], len(text), text))


def _shards(
    folder: Path,
    planning: PlanContext,
    open_planning: Open,
    scope: Scope,
    workers: int,
    inline: int,
    range_roots: int,
    progress: Callable[[str, int, int], None],
) -> tuple[list[Path], dict[str, int]]:
    snapshot = planning.inputs.source_snapshot
    count = planning.source.count(Kind.TICKET, snapshot)
    chosen = _chosen(planning, scope)
    planning.ticket_scope.choose(frozenset(chosen) if chosen is not None else None)
    ranges: list[tuple[str | None, str | None]] = [(None, None)]
    if chosen is None:
        ranges = planning.source.ranges(Kind.TICKET, snapshot, max(1, -(-count // range_roots)))
    tickets = [
        Task(Kind.TICKET, low, high, scope, chosen, folder / f"ticket-{number:05d}", inline)
        for number, (low, high) in enumerate(ranges)
    ]
    for done, _ in enumerate(_run(tickets, planning, open_planning, workers), 1):
        progress("tickets", min(done * range_roots, count), count)
    mended = _to_mend(tickets, planning)
    if mended:
        tickets.append(
            Task(Kind.TICKET, None, None, scope, mended, folder / "ticket-mend", inline, force=True)
        )
        plan_range(tickets[-1], planning)
    needed = _needed(tickets, planning)
    made = _definitions(tickets)
    others = [Task(Kind.DEFINITION, None, None, scope, made, folder / "definition", inline)] if made else []
    for kind in (Kind.ORGANIZATION, Kind.GROUP, Kind.PERSON):
        refs = None if scope.whole else tuple(ref for ref in needed if parse_ref(ref).kind is kind)
        others.append(Task(kind, None, None, scope, refs, folder / f"{kind.value}", inline))
    for task in others:
        plan_range(task, planning, needed)
        progress(task.kind.value, 1, 1)
    shards = [task.shard for task in [*others, *tickets]]
    return shards, dict(sorted(shard_figures(shards).items()))


def _chosen(planning: PlanContext, scope: Scope) -> tuple[str, ...] | None:
    """Return the tickets that `only` and `limit` name, in order, with those that wait for one of them; None: all."""
    if not scope.only and scope.limit is None:
        return None
    snapshot = planning.inputs.source_snapshot
    if scope.only:
        known = []
        for text in scope.only:
            ref = _ticket_ref(text, planning.source.desk)
            if planning.source.row(Kind.TICKET, ref.id, snapshot) is None:
                raise ConfigError(
                    f"there is no ticket {ref.id} in the source snapshot", where=f"--only {text}"
                )
            known.append(str(ref))
        chosen = sorted(set(known), key=lambda text: (len(text), text))
        return tuple(chosen[: scope.limit] if scope.limit is not None else chosen)
    first: list[str] = []
    planner = Planner(planning)
    for ref, rows in planning.source.roots(Kind.TICKET, snapshot):
        if len(first) >= (scope.limit or 0):
            break
        try:
            record = planning.source_record(ref, rows) if ref not in planning.held else None
            if record is None:
                continue
            if scope.phase is not None and planning.phase_of(record) != scope.phase:
                continue
            mapped = planner.map(ref, record)
        except ENDS_ALL:
            raise
        except Exception:  # noqa: BLE001, S112 -- `limit` counts tickets that can be planned; the whole plan names this one
            continue
        if mapped.outcome is Outcome.SKIP:
            continue
        first.append(str(ref))
    return tuple(first)


def _ticket_ref(text: str, desk: str) -> Ref:
    parts = text.split(":")
    if len(parts) == 1:
        return Ref(desk, Kind.TICKET, parts[0])
    if parts[-2] == "ticket" and len(parts) in (2, 3):
        return Ref(desk, Kind.TICKET, parts[-1])
    raise ConfigError(
        f"{text!r} does not name a ticket", where="--only", remedy="Write --only ticket:123,ticket:124."
    )


def _to_mend(tickets: Sequence[Task], planning: PlanContext) -> tuple[str, ...]:
    """Return the tickets outside of this plan that refer to one that it creates: their links are mended with it."""
    waiting: dict[str, list[str]] = {}
    for wants, ref in planning.idmap.waiting():
        waiting.setdefault(wants, []).append(ref)
    if not waiting:
        return ()
    referring = {ref for refs in waiting.values() for ref in refs}
    mended: set[str] = set()
    planned: set[str] = set()
    for root, outcome in shard_outcomes(task.shard for task in tickets):
        if root in referring:
            planned.add(root)
        if outcome is Outcome.CREATE:
            mended.update(waiting.get(root, ()))
    return tuple(sorted(mended - planned, key=lambda text: (len(text), text)))


def _needed(tickets: Sequence[Task], planning: PlanContext) -> list[str]:
    needed = shard_refs([task.shard for task in tickets], "needed")
    # People bring their organizations along, and organizations their groups.
    engine = planning.engine
    for kind, needs_of in ((Kind.PERSON, engine.person), (Kind.ORGANIZATION, engine.organization)):
        for text in sorted(needed):
            ref = parse_ref(text)
            if ref.kind is not kind:
                continue
            try:
                record = planning.source_record(ref)
                if record is not None:
                    needed.update(needs_of(record).needs)
            except ENDS_ALL:
                raise
            except Exception:  # noqa: BLE001, S112 -- it goes to quarantine where it is planned
                continue
    return sorted(needed, key=lambda text: (len(text), text))


def _definitions(tickets: Sequence[Task]) -> tuple[str, ...]:
    """Return the entries of the target's set-up that tickets of this plan need and that it makes."""
    wanted = shard_refs([task.shard for task in tickets], "wanted")
    return tuple(sorted(ref for ref in wanted if parse_ref(ref).kind is Kind.DEFINITION))


def _run(tasks: Sequence[Task], planning: PlanContext, open_planning: Open, workers: int) -> Iterator[None]:
    if workers <= 1 or len(tasks) <= 1:
        for task in tasks:
            plan_range(task, planning)
            yield
        return
    with ProcessPoolExecutor(
        max_workers=min(workers, len(tasks)),
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(open_planning,),
    ) as pool:
        for future in [pool.submit(_work_there, task) for task in tasks]:
            future.result()
            yield


_PLANNING: list[PlanContext] = []


def _begin(open_planning: Open) -> None:
    _PLANNING.append(open_planning())


def _work_there(task: Task) -> None:
    plan_range(task, _PLANNING[0])
