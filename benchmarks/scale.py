"""What planning, a delta, verify and the screens cost on N realistic tickets, Zendesk to Jira: processor time and memory, stage by stage.

The set-up of both desks comes from the stand-ins once. The tickets are made and translated without a server; what an apply would leave
in target.db and in the id map is worked out from the plan's own operations, so that a delta finds a desk that was migrated. Verify reads
answers of a stand-in to which `--applied` tickets were really migrated, kept in a snapshot: no server and no request is in the figure.

python benchmarks/scale.py                                   # 1,000 tickets
python benchmarks/scale.py --tickets 1000 5000 --json out.json
python benchmarks/scale.py --tickets 20000 --workers 2 --applied 0
"""

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import realistic
import yardstick

PAGE = 100
SHARE = 100
"""One ticket in so many changes before the delta."""
SECRETS = {"ZENDESK_TOKEN": "none", "JIRA_TOKEN": "none"}


# ---- the desks -----------------------------------------------------------------------------------------------------


def set_up(root: Path, applied: int) -> None:
    """Read both stand-ins' set-up into a new project; with `applied`, really migrate that many realistic tickets."""
    from ticketferry.mapping.shipped import shipped
    from ticketferry.project import Project, stages
    from ticketferry.project.archive import ARCHIVE, confirm_archive
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
                plan = stages.make_plan(project, workers=2)
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
        from contextlib import nullcontext

        self.note = lambda *_: None
        self.purpose = lambda _: nullcontext()


def add_tickets(project: Any, numbers: Sequence[int], tickets: int, *, changed: bool = False) -> int:
    """Take realistic tickets into a new snapshot of the source; return how many bytes their records have as they came."""
    import orjson

    from ticketferry.extract.ingest import Ingester
    from ticketferry.extract.snapshot import output_version

    snapshots = project.snapshots("source")
    latest = snapshots.latest()
    catalog = snapshots.catalog(latest.catalog)
    connector = project.config.source.connector
    number = snapshots.begin(project.now(), output_version(connector))
    snapshots.store_catalog(number, catalog)
    size = 0
    with project.open_source(offline=True) as source:
        ingester = Ingester(source, connector, snapshots, number, catalog, project.clock)
        if not changed:
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


def settle(project: Any) -> None:
    """Leave what an apply of the newest plan would: rows of the target, ids of everything, and what was wanted and seen."""
    from ticketferry.plan.inputs import Inputs
    from ticketferry.plan.planner import Planner
    from ticketferry.schema.refs import parse_ref
    from ticketferry.schema.vectors import vector
    from ticketferry.sdk.contract import Outcome, Translated, Wire

    plan = project.plan(project.plan_rows()[-1]["id"])
    planning = project.planning(inputs=Inputs.of(plan.header))
    planner = Planner(planning)
    target, idmap, workspace = project.snapshots("target"), project.idmap, project.workspace
    latest = target.latest()
    number = target.begin(project.now(), target.version(latest.number))
    target.store_catalog(number, target.catalog(latest.catalog))
    for changes in pages(iter(plan.changes("outcome = ?", (Outcome.CREATE.value,)))):
        rows, states, slots = [], [], []
        for change in changes:
            root = parse_ref(change.root)
            planned = planner.plan(root, planning.source_rows(root))
            record = planned.decision.compiled.expected
            if record is None or root.kind.value == "definition":
                continue
            there = _in_target_terms(record)
            wire = Wire(parse_ref(there["ref"]), {"of": change.root}, project.now())
            rows.append((wire, Translated([there], {}), 1))
            slots += [change.root, *_parts(record)]
            states.append((change, vector(record)))

        def work(connection: Any, slots: Any = slots, states: Any = states) -> None:
            for ref in slots:
                id_ = ref.split(":", 2)[2]
                idmap.put(connection, ref, {"id": id_}, how="created", plan=plan.id, run="r-0")
            for change, seen in states:
                idmap.set_applied(
                    connection, change.root, wanted=change.wanted, seen=seen, inputs=change.inputs, how="created", plan=plan.id,
                    run="r-0",
                )  # fmt: skip
                if change.phase:
                    connection.execute(
                        "INSERT OR IGNORE INTO membership VALUES (?, ?)", (change.root, change.phase)
                    )

        workspace.commit(work)
        target.writer.store(number, None, rows)
    target.finish(number, project.now())
    workspace.commit(lambda connection: connection.execute("UPDATE plan SET state = 'applied'"))


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

    with Project.load(root) as project:
        if stage == "tickets":
            return {"wire bytes": add_tickets(project, range(tickets), tickets)}
        if stage == "settle":
            settle(project)
        elif stage == "change":
            add_tickets(project, range(0, tickets, SHARE), tickets, changed=True)
        elif stage in ("plan", "plan again", "plan migrated", "unchanged", "delta", "delta, whole"):
            plan = stages.make_plan(project, offline=True, workers=workers, whole=stage == "delta, whole")
            size = plan.path.stat().st_size
            return {
                "digest": plan.digest,
                "operations": plan.count(),
                "outcomes": plan.outcomes().get("ticket", {}),
                "plan bytes": size,
            }
        elif stage == "status":
            from ticketferry.project.status import status

            status(project)
        elif stage == "explain":
            from ticketferry.project.explain import explain

            explain(project, f"ticket:{100_000 + tickets // 2}")
        elif stage == "report":
            from ticketferry.project.reporting import report_plan

            plan = project.plan(project.plan_rows()[-1]["id"])
            return {"report bytes": report_plan(project, plan, root / "report.html")}
        elif stage == "verify":
            return verify(project)
        elif stage == "rollback":
            return rollback(project)
    return {}


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


def stage_apart(root: Path, stage: str, tickets: int, workers: int) -> dict[str, Any]:
    """Run a stage in a process of its own; the yard is measured before and after it, since what else a machine does changes both."""
    before = yardstick.seconds()
    began = time.perf_counter()
    answer = subprocess.run(
        [sys.executable, __file__, "--stage", stage, "--root", str(root), "--tickets", str(tickets), "--workers", str(workers)],
        stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **SECRETS, "PYTHONHASHSEED": "0"},
    )  # fmt: skip
    figures = json.loads(answer.stdout.splitlines()[-1])
    wall = time.perf_counter() - began
    yard = (before + yardstick.seconds()) / 2
    return {"stage": stage, "tickets": tickets, "wall": wall, "yard": yard, **figures}


def measure(tickets: int, applied: int, workers: int, folder: Path) -> dict[str, Any]:
    rows = []
    root = folder / f"scale-{tickets}"
    root.mkdir()
    stage_apart(root, "set up", 0, 1)
    for stage in (
        "tickets",
        "plan",
        "plan again",
        "status",
        "explain",
        "settle",
        "plan migrated",
        "unchanged",
        "change",
        "delta",
        "delta, whole",
        "report",
    ):
        row = stage_apart(root, stage, tickets, workers)
        if stage == "tickets":
            row["source.db bytes"] = sum(path.stat().st_size for path in root.glob("source.db*"))
        rows.append(row)
    digests = {row["stage"]: row["digest"] for row in rows if "digest" in row}
    for one, other in (("plan", "plan again"), ("plan migrated", "unchanged"), ("delta", "delta, whole")):
        if digests[one] != digests[other]:
            raise SystemExit(f"the plans of `{one}` and `{other}` differ")
    shutil.rmtree(root)
    if applied:
        root = folder / "applied"
        root.mkdir()
        stage_apart(root, "set up", applied, 1)
        rows.append(stage_apart(root, "verify", applied, 1))
        rows.append(stage_apart(root, "rollback", applied, 1))
        shutil.rmtree(root)
    return {
        "machine": f"Python {platform.python_version()}, {os.cpu_count()} cores",
        "workers": workers,
        "rows": rows,
    }


def table(result: dict[str, Any]) -> str:
    yards = [row["yard"] * 1000 for row in result["rows"]]
    lines = [
        f"one yard {min(yards):.2f} to {max(yards):.2f} ms; {result['machine']}; {result['workers']} workers",
        "",
        "| stage | tickets | CPU s | ms a ticket | yards a ticket | peak MB | of a worker |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        each = row["cpu"] / max(1, row["tickets"])
        lines.append(
            f"| {row['stage']} | {row['tickets']:,} | {row['cpu']:.1f} | {each * 1000:.2f} | {each / row['yard']:.1f} |"
            f" {row['peak'] / 1e6:.0f} | {row['peak of a worker'] / 1e6:.0f} |"
        )
    lines.append("")
    for row in result["rows"]:
        lines += [
            f"{row['stage']}: {name} {row[name]:,}, {row[name] / row['tickets']:,.0f} a ticket"
            for name in ("source.db bytes", "wire bytes", "plan bytes", "report bytes")
            if name in row
        ]
        lines += [f"{row['stage']}: {row[name]}" for name in ("outcomes", "compared") if name in row]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickets", type=int, nargs="+", default=[1_000])
    parser.add_argument(
        "--applied", type=int, default=100, help="tickets that are really migrated for the figure of verify"
    )
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--folder", type=Path, help="where to work instead of a temporary folder")
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        if options.stage == "set up":
            set_up(options.root, options.tickets[0])
            figures: dict[str, Any] = {}
        else:
            figures = run_stage(options.root, options.stage, options.tickets[0], options.workers)
        print(json.dumps({**used(), **figures}))
        return
    results = []
    with tempfile.TemporaryDirectory() as temporary:
        for number, tickets in enumerate(options.tickets):
            applied = options.applied if number == 0 else 0
            results.append(measure(tickets, applied, options.workers, options.folder or Path(temporary)))
            print(table(results[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
