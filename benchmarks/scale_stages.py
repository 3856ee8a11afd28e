"""The stages that `scale.py` measures, each run in a process of its own: realistic desks, plans, screens, verify."""

import io
import os
import resource
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, nullcontext, redirect_stdout
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest import mock

import realistic

__all__ = ["PART", "SECRETS", "SHARE", "run_stage", "set_up", "used"]

PAGE = 100
PART = 100_000
"""Tickets that are made and taken in at once: an interrupted run goes on behind the last part."""
LEDGER_TICKETS = 1_000
"""Tickets of which a process adds up the leaves at once."""
SHARE = 100
"""One ticket in so many changes before the delta."""
SECRETS = {"ZENDESK_TOKEN": "none", "JIRA_TOKEN": "none"}
_PLANS = {"plan", "plan again", "plan migrated", "unchanged", "delta", "delta, whole"}
_SCREENS = {"status": ["status"], "plan show": ["plan", "show"], "explain": ["explain"]}


# ---- the desks -----------------------------------------------------------------------------------------------------


def set_up(root: Path, applied: int) -> None:
    """Read both stand-ins' set-up into a new project; with `applied`, really migrate that many realistic tickets."""
    from ticketferry.mapping.shipped import shipped
    from ticketferry.project import Project, stages
    from ticketferry.project.archive import ARCHIVE, confirm_archive
    from ticketferry.ranges import Processes
    from ticketferry_emulators.jsm import JsmEmulator
    from ticketferry_emulators.kit.clock import ManualClock
    from ticketferry_emulators.zendesk import ZendeskEmulator

    clock = ManualClock()
    with ExitStack() as stack:
        data = realistic.desk()
        zendesk = stack.enter_context(ZendeskEmulator(clock=clock, data=data, plan=None).serve())
        jira = stack.enter_context(JsmEmulator(clock=clock).serve())
        signed = {**zendesk.credentials, **jira.credentials}
        stack.enter_context(mock.patch.dict(os.environ, signed))
        (root / "migration.yaml").write_text(
            "version: 1\n"
            f"source: {{connector: zendesk, key: acme, base_url: '{zendesk.base_url}', email: {signed['ZENDESK_EMAIL']},"
            " token: env:ZENDESK_TOKEN}\n"
            f"target: {{connector: jsm, key: jira, base_url: '{jira.base_url}', email: {signed['JIRA_EMAIL']}, token: env:JIRA_TOKEN}}\n"
            "mapping: mapping.yaml\nworkers: 2\n"
        )
        (root / "mapping.yaml").write_text(shipped()["zendesk_to_jsm"].read_text())
        with Project.load(root, clock=clock) as project:
            stages.extract(project)
            if applied:
                add_tickets(project, range(applied), applied)
                plan = stages.make_plan(project, executor=Processes(2))
                for state in stages.preflight(project, plan):
                    if not state.proved and state.guard.proof == "person":
                        if state.guard.code == ARCHIVE:
                            confirm_archive(project, "a benchmark")
                        else:
                            project.workspace.confirm(state.guard.code, "a benchmark")
                stages.apply(project, plan)
                stages.extract_target(project, _Silent())


class _Silent:
    note = purpose = None

    def __init__(self) -> None:
        self.note = lambda *_: None
        self.purpose = lambda _: nullcontext()


def add_tickets(project: Any, numbers: Sequence[int], tickets: int, *, changed: bool = False) -> int:
    """Take realistic tickets into a new snapshot of the source, or into the one that an interrupted run left unfinished.

    Return how many bytes their records have as they came.
    """
    import orjson

    from ticketferry.extract.ingest import Ingester
    from ticketferry.extract.snapshot import output_version

    snapshots = project.snapshots("source")
    latest = snapshots.latest()
    catalog = snapshots.catalog(latest.catalog)
    connector = project.config.source.connector
    number = snapshots.unfinished() or snapshots.begin(project.now(), output_version(connector))
    snapshots.store_catalog(number, catalog)
    size = 0
    with project.open_source(offline=True) as source:
        ingester = Ingester(source, connector, snapshots, number, catalog, project.clock)
        if not changed and numbers[0] == 0:
            for page in pages(realistic.persons("acme", tickets)):
                ingester.store(None, page)
        make = realistic.changed if changed else realistic.ticket
        for page in pages(wire for index in numbers for wire in make("acme", index, tickets)):
            size += sum(len(orjson.dumps(wire.body)) for wire in page)
            ingester.store(None, page)
    snapshots.finish(number, project.now())
    return size


def pages(wires: Iterator[Any]) -> Iterator[list[Any]]:
    page: list[Any] = []
    for wire in wires:
        page.append(wire)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def settle(project: Any, root: Path, workers: int) -> None:
    """Leave what an apply of the newest plan would: rows of the target, ids of everything, and what was wanted and seen."""
    from ticketferry.schema.refs import parse_ref
    from ticketferry.sdk.contract import Outcome, Translated, Wire

    plan = project.plan(project.plan_rows()[-1]["id"])
    target, idmap, workspace = project.snapshots("target"), project.idmap, project.workspace
    latest = target.latest()
    number = target.unfinished() or target.begin(project.now(), target.version(latest.number))
    target.store_catalog(number, target.catalog(latest.catalog))
    made = (
        change.root
        for change in plan.changes("outcome = ?", (Outcome.CREATE.value,))
        if change.kind != "definition"
    )
    for settled in _settled(root, pages(made), workers):
        rows = []
        for ref, there, *_ in settled:
            wire = Wire(parse_ref(there["ref"]), {"of": ref}, project.now())
            rows.append((wire, Translated([there], {}), 1))

        def work(connection: Any, settled: Any = settled) -> None:
            for ref, _, parts, wanted, seen, inputs, phase in settled:
                for one in (ref, *parts):
                    id_ = one.split(":", 2)[2]
                    idmap.put(connection, one, {"id": id_}, how="created", plan=plan.id, run="r-0")
                idmap.set_applied(
                    connection,
                    ref,
                    wanted=wanted,
                    seen=seen,
                    inputs=inputs,
                    how="created",
                    plan=plan.id,
                    run="r-0",
                )
                if phase:
                    idmap.stick(connection, ref, phase)

        workspace.commit(work)
        target.writer.store(number, None, rows)
    target.finish(number, project.now())
    workspace.commit(lambda connection: connection.execute("UPDATE plan SET state = 'applied'"))


_Settled = list[tuple[Any, ...]]
_OPEN: list[Any] = []


def _settled(root: Path, pages_of_roots: Iterator[list[str]], workers: int) -> Iterator[_Settled]:
    """Work out for pages of roots what stands there after an apply, in order, in some processes."""
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin_planning, (root,)) as pool:
        waiting: list[Future[_Settled]] = [
            pool.submit(_settle_page, page) for page in islice(pages_of_roots, 4 * workers)
        ]
        while waiting:
            yield waiting.pop(0).result()
            waiting += [pool.submit(_settle_page, page) for page in islice(pages_of_roots, 1)]


def _begin_planning(root: Path) -> None:
    from ticketferry.plan.inputs import Inputs
    from ticketferry.plan.planner import Planner
    from ticketferry.project import Project

    project = Project.load(root)
    plan = project.plan(project.plan_rows()[-1]["id"])
    planning = project.planning(inputs=Inputs.of(plan.header))
    _OPEN[:] = [project, plan, planning, Planner(planning)]


def _settle_page(roots: list[str]) -> _Settled:
    from ticketferry.schema.refs import parse_ref
    from ticketferry.schema.vectors import vector

    _, plan, planning, planner = _OPEN
    settled = []
    for text in roots:
        change, root = plan.change(text), parse_ref(text)
        record = planner.plan(root, planning.source_rows(root)).decision.compiled.expected
        if record is not None:
            there = _in_target_terms(record)
            settled.append(
                (
                    text,
                    there,
                    list(_parts(record)),
                    change.wanted,
                    vector(record),
                    change.inputs,
                    change.phase,
                )
            )
    return settled


def _parts(record: Any) -> Iterator[str]:
    for name in ("comments", "attachments", "worklogs"):
        for part in record.get(name, ()):
            yield part["ref"]


def _in_target_terms(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _in_target_terms(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_target_terms(item) for item in value]
    if isinstance(value, str) and value.startswith("acme:") and value.count(":") >= 2:
        return "jira:" + value.removeprefix("acme:")
    return value


# ---- the stages ----------------------------------------------------------------------------------------------------


def run_stage(root: Path, stage: str, tickets: int, workers: int) -> dict[str, Any]:
    """Run one stage in this process; return its figures beside those of `used`."""
    from ticketferry.project import Project, stages
    from ticketferry.project.counted import keep_counts
    from ticketferry.ranges import Processes

    if stage.split(",", maxsplit=1)[0] in _SCREENS:
        return screen(root, [*_SCREENS[stage.split(",", maxsplit=1)[0]]], tickets)
    with Project.load(root) as project:
        if stage.startswith("tickets"):
            first = int(stage.rsplit(maxsplit=1)[-1]) * PART if " " in stage else 0
            numbers = range(first, min(first + PART, tickets))
            return {"wire bytes": add_tickets(project, numbers, tickets), "tickets": len(numbers)}
        if stage == "ledger":
            return ledger(project, root, workers)
        if stage == "settle":
            settle(project, root, workers)
        elif stage == "change":
            add_tickets(project, range(0, tickets, SHARE), tickets, changed=True)
        elif stage in _PLANS:
            plan = stages.make_plan(
                project, offline=True, executor=Processes(workers), whole=stage == "delta, whole"
            )
            keep_counts(project)  # as the command does at its end
            size = plan.path.stat().st_size
            return {
                "plan": plan.id,
                "digest": plan.digest,
                "operations": plan.count(),
                "outcomes": plan.outcomes().get("ticket", {}),
                "plan bytes": size,
            }
        elif stage == "report":
            from ticketferry.project.reporting import report_plan

            plan = project.plan(project.plan_rows()[-1]["id"])
            return {"report bytes": report_plan(project, plan, root / "report.html")}
        elif stage == "verify":
            return verify(project)
        elif stage == "rollback":
            return rollback(project)
        elif stage != "start":
            raise SystemExit(f"there is no stage {stage}")
    return {}


def ledger(project: Any, root: Path, workers: int) -> dict[str, Any]:
    """Add up what becomes of every leaf of every ticket, one by one, and hold it against the newest plan and against the sums by shape.

    SystemExit names the first ticket, or the first sum, that is another one.
    """
    from ticketferry.schema.refs import Kind

    plan = project.plan(project.plan_rows()[-1]["id"])
    source, number = project.snapshots("source"), plan.header["inputs"]["source_snapshot"]
    count = source.count(Kind.TICKET, number)
    ranges = source.ranges(Kind.TICKET, number, max(workers, -(-count // LEDGER_TICKETS)))
    every_leaf: Counter[tuple[str, ...]] = Counter()
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin_planning, (root,)) as pool:
        for part in pool.map(_every_leaf, ranges):
            every_leaf.update(part)
    kinds = {key[0] for key in every_leaf}
    rows = plan.rows("SELECT kind, pattern, disposition, by, count FROM sum")
    kept = Counter({tuple(key): n for *key, n in rows if key[0] in kinds})
    if kept != every_leaf:
        differing = sorted({key for key in kept | every_leaf if kept[key] != every_leaf[key]})
        one = differing[0]
        raise SystemExit(
            f"{len(differing)} sums differ: {one} is {kept[one]} in the plan, and {every_leaf[one]} leaf by leaf"
        )
    return {"leaves": sum(every_leaf.values()), "sums": len(every_leaf), "tickets": count}


def _every_leaf(cut: tuple[str | None, str | None]) -> Counter[tuple[str, ...]]:
    from ticketferry.desired.dispositions import sums
    from ticketferry.schema.refs import Kind

    _, _, planning, planner = _OPEN
    total: Counter[tuple[str, ...]] = Counter()
    for ref, rows in planning.source.roots(Kind.TICKET, planning.inputs.source_snapshot, *cut):
        planned = planner.plan(ref, rows)
        if planned is None:
            continue
        found, impossible = sums(rows, planning.source.trace, planned.fates, planning.bodies)
        if planner.leaf_totals(planned, rows) != (found, impossible):
            raise SystemExit(f"the leaves of {ref} add up to something else than its shapes")
        total.update({(key.kind, key.pattern, key.disposition.value, key.by): n for key, n in found.items()})
    return total


def screen(root: Path, words: list[str], tickets: int) -> dict[str, Any]:
    """Run a command as a person does; what it prints is counted."""
    from ticketferry.cli import cli

    if words == ["explain"]:
        words = ["explain", f"ticket:{100_000 + tickets // 2}"]
    with redirect_stdout(io.StringIO()) as printed:
        code = cli.main(["-C", str(root), *words], standalone_mode=False)
    if code not in (0, 2) or not printed.getvalue():
        raise SystemExit(f"ticketferry {' '.join(words)} ended with {code}")
    return {"printed": len(printed.getvalue().splitlines())}


def verify(project: Any) -> dict[str, Any]:
    """Compare everything with the answers that target.db holds."""
    from ticketferry.verify.verifier import verify as verifying

    planning = project.planning()
    with project.open_target(offline=True) as target:
        before = used()["cpu"]
        result = verifying(
            _Kept(target, project.snapshots("target")), project.config.target.connector, planning, project.clock, contents=False
        )  # fmt: skip
    tickets = result.kinds["ticket"]
    return {"compared": dict(result.counts), "tickets": tickets, "cpu": used()["cpu"] - before}


def rollback(project: Any) -> dict[str, Any]:
    """Plan to take the applied plan back, with the answers that target.db holds."""
    from ticketferry.apply.context import ApplyContext
    from ticketferry.rollback.planner import build_rollback

    plan = project.plan(project.plan_rows()[0]["id"])
    planned, now = project.planning_of(plan), project.planning()
    planned.read_catalog = now.read_catalog
    path = project.plan_path(project.next_plan_id())
    with project.open_target(offline=True) as target, project.run("rollback", plan.id) as (run, _):
        before = used()["cpu"]
        undo = build_rollback(
            path,
            ApplyContext(
                plan,
                _Kept(target, project.snapshots("target")),
                project.config.target.connector,
                planned,
                project.workspace,
                project.journal(plan.id, run),
                project.clock,
            ),
            header={},
            now=now,
        )
        cpu = used()["cpu"] - before
    outcomes = undo.outcomes()
    digest = undo.digest
    undo.close()
    path.unlink()
    return {"outcomes": outcomes, "digest": digest, "tickets": sum(outcomes["ticket"].values()), "cpu": cpu}


class _Kept:
    """A target whose answers come from its snapshot: what is fetched is the wire records as they came."""

    def __init__(self, target: Any, snapshots: Any) -> None:
        self._target, self._snapshots = target, snapshots
        self._number = snapshots.latest().number

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def fetch(self, refs: Any) -> Iterator[Any]:
        from ticketferry.schema.refs import Ref
        from ticketferry.sdk.contract import Wire

        for ref in refs:
            for row in self._snapshots.root(ref, self._number):
                yield Wire(Ref(ref.desk, row.kind, row.id), row.body(), None, row.gone, row.root)


def used() -> dict[str, float]:
    """Return processor seconds and peak bytes of this process and of those that it waited for."""
    mine, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "cpu": mine.ru_utime + mine.ru_stime + others.ru_utime + others.ru_stime,
        "peak": mine.ru_maxrss * 1024,
        "peak of a worker": others.ru_maxrss * 1024,
    }
