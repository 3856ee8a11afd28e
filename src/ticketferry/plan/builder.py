"""Makes a plan: every root through the planner, in ranges that can run side by side, then put together in one order.

The cut into ranges and the order of everything depend on the inputs alone, so the plan is the same with any number of workers.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from ticketferry.errors import ConfigError, FatalError
from ticketferry.plan import batches
from ticketferry.plan.definition import (
    FORMAT,
    INDEXES,
    SCRIPT,
    PlanFile,
    content_digest,
    dump_operation,
    pack_json,
)
from ticketferry.plan.materials import Inputs, Materials, Scope
from ticketferry.plan.planner import Planned, Planner
from ticketferry.schema.records import canonical
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Finding, Outcome, Severity
from ticketferry.sdk.templates import needs
from ticketferry.store.database import disk_errors

__all__ = ["INLINE_BYTES", "blockers", "build", "create", "finish"]

RANGE_ROOTS = 20_000
"""Roots that one range holds; also the unit of parallel work."""
INLINE_BYTES = 2_048
"""A body template up to this size (compressed) stands in the plan; a larger one is rendered again at apply."""

_SHARD = """
CREATE TABLE change(n INTEGER PRIMARY KEY, row BLOB NOT NULL);
CREATE TABLE operation(n INTEGER PRIMARY KEY, row BLOB NOT NULL);
CREATE TABLE body(n INTEGER PRIMARY KEY, data BLOB);
CREATE TABLE edge(n INTEGER NOT NULL, ref TEXT NOT NULL, slot TEXT NOT NULL);
CREATE TABLE sum(key BLOB PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE impossible(row BLOB NOT NULL);
CREATE TABLE finding(key BLOB PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE needed(ref TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE figure(name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID
"""

Open = Callable[[], Materials]


@dataclass(frozen=True, slots=True)
class _Task:
    kind: Kind
    low: str | None
    high: str | None
    scope: Scope
    refs: tuple[str, ...] | None
    shard: Path
    inline: int
    force: bool = False
    """Take the tickets whatever their phase: they wait for one that this plan brings."""


def build(
    path: Path,
    open_materials: Open,
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
    """Write the plan file and return it opened. `open_materials` is called once in each process and must be picklable for
    `workers` above 1; `open_here` gives materials that this process has open already. `header` and `findings` (of the mapping
    as a whole, of people) are saved with the plan. Raises ConfigError where a blocker forbids planning.
    """
    with TemporaryDirectory(dir=path.parent, prefix=".plan-") as folder, disk_errors(path):
        materials = (open_here or open_materials)()
        try:
            shards, figures = _shards(
                Path(folder), materials, open_materials, scope, workers, inline, range_roots, progress
            )
            partial = Path(folder) / "plan"
            _merge(partial, shards, materials, {**header, "figures": figures}, findings)
        finally:
            if open_here is None:
                materials.close()
        final = sqlite3.connect(partial)
        try:
            final.execute("PRAGMA journal_mode=OFF")
            final.execute("VACUUM INTO ?", (str(Path(folder) / "final"),))
        finally:
            final.close()
        (Path(folder) / "final").chmod(0o600)
        (Path(folder) / "final").replace(path)
    return PlanFile(path)


def _shards(
    folder: Path,
    materials: Materials,
    open_materials: Open,
    scope: Scope,
    workers: int,
    inline: int,
    range_roots: int,
    progress: Callable[[str, int, int], None],
) -> tuple[list[Path], dict[str, int]]:
    snapshot = materials.inputs.source_snapshot
    count = materials.source.count(Kind.TICKET, snapshot)
    chosen = _chosen(materials, scope)
    materials.participation.choose(frozenset(chosen) if chosen is not None else None)
    ranges: list[tuple[str | None, str | None]] = [(None, None)]
    if chosen is None:
        ranges = materials.source.ranges(Kind.TICKET, snapshot, max(1, -(-count // range_roots)))
    tickets = [
        _Task(Kind.TICKET, low, high, scope, chosen, folder / f"ticket-{number:05d}", inline)
        for number, (low, high) in enumerate(ranges)
    ]
    for done, _ in enumerate(_run(tickets, materials, open_materials, workers), 1):
        progress("tickets", min(done * range_roots, count), count)
    mended = _to_mend(tickets, materials)
    if mended:
        tickets.append(
            _Task(Kind.TICKET, None, None, scope, mended, folder / "ticket-mend", inline, force=True)
        )
        _work(tickets[-1], materials)
    needed = _needed(tickets, materials)
    others: list[_Task] = []
    for kind in (Kind.ORGANIZATION, Kind.GROUP, Kind.PERSON):
        refs = None if scope.whole else tuple(ref for ref in needed if parse_ref(ref).kind is kind)
        others.append(_Task(kind, None, None, scope, refs, folder / f"{kind.value}", inline))
    context = {"needed": needed}
    for task in others:
        _work(task, materials, **context)
        progress(task.kind.value, 1, 1)
    figures: Counter[str] = Counter()
    for task in [*others, *tickets]:
        with sqlite3.connect(task.shard) as connection:
            figures.update(dict(connection.execute("SELECT name, count FROM figure")))
        connection.close()
    return [task.shard for task in [*others, *tickets]], dict(sorted(figures.items()))


def _chosen(materials: Materials, scope: Scope) -> tuple[str, ...] | None:
    """Return the tickets that `only` and `limit` name, in order, with those that wait for one of them; None: all."""
    if not scope.only and scope.limit is None:
        return None
    snapshot = materials.inputs.source_snapshot
    if scope.only:
        known = []
        for text in scope.only:
            ref = _ticket_ref(text, materials.source.desk)
            if materials.source.row(Kind.TICKET, ref.id, snapshot) is None:
                raise ConfigError(
                    f"there is no ticket {ref.id} in the source snapshot", where=f"--only {text}"
                )
            known.append(str(ref))
        chosen = sorted(set(known), key=lambda text: (len(text), text))
        return tuple(chosen[: scope.limit] if scope.limit is not None else chosen)
    found: list[str] = []
    planner = Planner(materials)
    for ref, rows in materials.source.roots(Kind.TICKET, snapshot):
        if len(found) >= (scope.limit or 0):
            break
        record = materials.source_record(ref, rows)
        if record is None:
            continue
        mapped = planner.map(ref, record)
        if mapped.outcome is Outcome.SKIP or (scope.phase is not None and mapped.phase != scope.phase):
            continue
        found.append(str(ref))
    return tuple(found)


def _ticket_ref(text: str, desk: str) -> Ref:
    parts = text.split(":")
    if len(parts) == 1:
        return Ref(desk, Kind.TICKET, parts[0])
    if parts[-2] == "ticket" and len(parts) in (2, 3):
        return Ref(desk, Kind.TICKET, parts[-1])
    raise ConfigError(
        f"{text!r} does not name a ticket", where="--only", remedy="Write --only ticket:123,ticket:124."
    )


def _to_mend(tickets: Sequence[_Task], materials: Materials) -> tuple[str, ...]:
    """Return the tickets outside of this plan that refer to one that it creates: their links are mended with it."""
    planned: set[str] = set()
    created: list[str] = []
    for task in tickets:
        connection = sqlite3.connect(task.shard)
        for (row,) in connection.execute("SELECT row FROM change ORDER BY n"):
            root, _, outcome, *_ = orjson.loads(row)
            planned.add(root)
            if outcome == Outcome.CREATE.value:
                created.append(root)
        connection.close()
    waiting = {ref for root in created for ref in materials.idmap.waiting_for(root)}
    return tuple(sorted(waiting - planned, key=lambda text: (len(text), text)))


def _needed(tickets: Sequence[_Task], materials: Materials) -> list[str]:
    found: set[str] = set()
    for task in tickets:
        connection = sqlite3.connect(task.shard)
        found.update(row[0] for row in connection.execute("SELECT ref FROM needed"))
        connection.close()
    # People bring their organizations along.
    lookups = materials.engine
    for text in sorted(found):
        ref = parse_ref(text)
        if ref.kind is Kind.PERSON:
            record = materials.source_record(ref)
            if record is not None:
                found.update(lookups.person(record).needs)
    return sorted(found, key=lambda text: (len(text), text))


def _run(tasks: Sequence[_Task], materials: Materials, open_materials: Open, workers: int) -> Iterator[None]:
    if workers <= 1 or len(tasks) <= 1:
        for task in tasks:
            _work(task, materials)
            yield
        return
    with ProcessPoolExecutor(
        max_workers=min(workers, len(tasks)),
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(open_materials,),
    ) as pool:
        for future in [pool.submit(_work_there, task) for task in tasks]:
            future.result()
            yield


_MATERIALS: list[Materials] = []


def _begin(open_materials: Open) -> None:
    _MATERIALS.append(open_materials())


def _work_there(task: _Task) -> None:
    _work(task, _MATERIALS[0])


def _roots(task: _Task, materials: Materials) -> Iterator[tuple[Ref, list[Any]]]:
    if task.refs is None:
        yield from materials.source.roots(task.kind, materials.inputs.source_snapshot, task.low, task.high)
        return
    for text in task.refs:
        ref = parse_ref(text)
        if ref.desk == materials.source.desk:
            yield ref, materials.source_rows(ref)


def _work(task: _Task, materials: Materials, needed: Iterable[str] | None = None) -> None:
    """Plan every root of a range into a shard file."""
    planner = Planner(materials)
    shard = _Shard(task.shard, task.inline)
    wanted = set(needed) if needed is not None else None
    try:
        for ref, rows in _roots(task, materials):
            record = materials.source_record(ref, rows)
            if record is None:
                shard.figures["rows without a root"] += len(rows)
                continue
            mapped = planner.map(ref, record)
            if (
                ref.kind is Kind.TICKET
                and not task.force
                and not _takes(task.scope, mapped, materials.idmap.phase(str(ref)))
            ):
                shard.figures[
                    "tickets in no phase" if mapped.phase is None else "tickets in other phases"
                ] += 1
                continue
            if wanted is not None and ref.kind in (Kind.PERSON, Kind.ORGANIZATION):
                mapped = _unless_needed(mapped, str(ref) in wanted)
            planned = planner.plan(ref, rows, mapped)
            if planned is not None:
                shard.add(planned, planner, rows)
    finally:
        shard.close()


def _takes(scope: Scope, mapped: Any, sticky: str | None) -> bool:
    phase = sticky or mapped.phase
    if mapped.outcome is Outcome.SKIP and scope.phase is None:
        return True
    if phase is None:
        return False
    return scope.phase is None or phase == scope.phase


def _unless_needed(mapped: Any, needed: bool) -> Any:
    """Nobody is written whom no ticket of the plan names, unless the mapping says that all are."""
    if needed or mapped.outcome is not Outcome.CREATE or mapped.record is None:
        return mapped
    mapped.outcome = Outcome.SKIP
    mapped.record = None
    mapped.because = "people.customers.when: no ticket of this plan needs it"
    return mapped


class _Shard:
    def __init__(self, path: Path, inline: int) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for statement in _SHARD.split(";"):
            self._connection.execute(statement)
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute("BEGIN")
        self._inline = inline
        self._changes = 0
        self._operations = 0
        self._sums: Counter[bytes] = Counter()
        self._findings: Counter[bytes] = Counter()
        self.figures: Counter[str] = Counter()

    def add(self, planned: Planned, planner: Planner, rows: Sequence[Any]) -> None:
        execute = self._connection.execute
        self._changes += 1
        execute(
            "INSERT INTO change VALUES (?, ?)",
            (self._changes, orjson.dumps(_change(planned, planner.materials))),
        )
        prev = False
        for number, operation in enumerate(planned.operations):
            self._operations += 1
            params, body, digest = dump_operation(operation)
            tail = number == len(planned.operations) - 1
            row = [
                operation.key,
                str(planned.root),
                str(operation.subject),
                operation.endpoint,
                str(operation.lane),
                prev,
                int(tail),
                operation.expect,
                digest,
                params,
            ]
            execute("INSERT INTO operation VALUES (?, ?)", (self._operations, orjson.dumps(row)))
            packed = pack_json(body)
            if len(packed) <= self._inline:
                execute("INSERT INTO body VALUES (?, ?)", (self._operations, packed))
            for need in [*needs(dict(operation.params)), *needs(operation.body)]:
                execute("INSERT INTO edge VALUES (?, ?, ?)", (self._operations, str(need.ref), need.slot))
            prev = True
        totals, impossible = planner.ledger(planned, rows)
        for key, count in totals.items():
            self._sums[orjson.dumps([key.kind, key.pattern, key.disposition.value, key.by])] += count
        for end in impossible:
            execute(
                "INSERT INTO impossible VALUES (?)",
                (orjson.dumps([str(planned.root), end.kind, end.id, end.path, end.by]),),
            )
        for finding in planner.findings(planned):
            self._findings[orjson.dumps(_finding_key(finding))] += finding.count
        for ref in planned.mapped.needs if planned.outcome not in (Outcome.SKIP, Outcome.REJECT) else ():
            execute("INSERT OR IGNORE INTO needed VALUES (?)", (ref,))
        if planned.mapped.newly_visible and planned.outcome in (Outcome.CREATE, Outcome.UPDATE):
            self.figures["newly visible"] += 1

    def close(self) -> None:
        self._connection.executemany("INSERT INTO sum VALUES (?, ?)", sorted(self._sums.items()))
        self._connection.executemany("INSERT INTO finding VALUES (?, ?)", sorted(self._findings.items()))
        self._connection.executemany("INSERT INTO figure VALUES (?, ?)", sorted(self.figures.items()))
        self._connection.execute("COMMIT")
        self._connection.close()


def _finding_key(finding: Finding) -> list[str]:
    return [
        finding.code,
        finding.severity.value,
        str(finding.subject) if finding.subject else "",
        finding.where,
        finding.message,
        finding.remedy,
    ]


def _change(planned: Planned, materials: Materials) -> list[Any]:
    record, decision, mapped = planned.record, planned.decision, planned.mapped
    desired = mapped.record or {}
    title = str(record.get("subject") or record.get("name") or "")[:200]
    facts: dict[str, Any] = {}
    if planned.root.kind is Kind.TICKET:
        facts = {
            "number": record.get("number", planned.root.id),
            "status": [record.get("status", ""), desired.get("status", "")],
            "route": [desired.get("project", ""), desired.get("type", ""), desired.get("form", "")],
            "comments": [len(record.get("comments", [])), len(desired.get("comments", []))],
            "internal": sum(1 for item in desired.get("comments", []) if not item.get("public", False)),
            "attachments": [len(record.get("attachments", [])), len(desired.get("attachments", []))],
            "events": len(record.get("events", [])),
            "links": len(desired.get("links", [])),
            "stage": record.get("stage", ""),
        }
        visible = list(mapped.newly_visible)
        if visible:
            facts["newly_visible"] = visible
    elif planned.root.kind is Kind.PERSON:
        facts = {
            "role": record.get("role", ""),
            "state": record.get("state", ""),
            "email": record.get("email", ""),
        }
        if mapped.because:
            facts["because"] = mapped.because
    because = decision.because or mapped.because
    class_ = _class_of(planned, facts, because)
    waits = _waits(planned, materials) if planned.outcome in (Outcome.CREATE, Outcome.UPDATE) else []
    return [
        str(planned.root),
        planned.root.kind.value,
        decision.outcome.value,
        mapped.phase or "",
        title,
        sorted(decision.fields),
        dict(decision.wanted or {}),
        planned.inputs,
        because,
        planned.target_id or "",
        class_,
        waits,
        facts,
    ]


def _waits(planned: Planned, materials: Materials) -> list[str]:
    """Return the tickets that this one refers to and that are not in the target yet."""
    wanted = {str(link["to"]) for link in planned.record.get("links", []) if link.get("to")}
    return sorted(ref for ref in wanted if not materials.participation.takes_part(ref))


def _class_of(planned: Planned, facts: dict[str, Any], because: str) -> str:
    """Name the class of equal change: what an auditor looks at once for all its members."""
    if planned.outcome in (Outcome.SKIP, Outcome.REJECT, Outcome.GONE):
        return f"{planned.outcome.value}: {because}"
    if planned.outcome is Outcome.UPDATE:
        names = sorted({field.split("[", 1)[0] for field in planned.decision.fields})
        return f"update: {', '.join(names)}"
    if planned.root.kind is Kind.TICKET:
        before, after = facts["status"]
        return f"{before} -> {after} · {' / '.join(part for part in facts['route'] if part)}"
    steps = Counter(operation.endpoint for operation in planned.operations)
    return f"{planned.outcome.value}: {', '.join(sorted(steps)) or because or 'nothing to write'}"


def create(path: Path) -> sqlite3.Connection:
    """Make an empty plan file with an open transaction and the temporary tables that `batches.form` reads."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    for statement in SCRIPT.split(";"):
        connection.execute(statement)
    connection.execute("CREATE TEMP TABLE edge(op INTEGER NOT NULL, needs INTEGER NOT NULL)")
    connection.execute("CREATE TEMP TABLE want(op INTEGER NOT NULL, ref TEXT NOT NULL, slot TEXT NOT NULL)")
    connection.execute("BEGIN")
    return connection


def finish(connection: sqlite3.Connection, header: dict[str, Any], inputs: Inputs) -> None:
    """Write indexes, header and digest, and commit."""
    for statement in INDEXES.split(";"):
        connection.execute(statement)
    full = {**header, "format": FORMAT, "inputs": asdict(inputs)}
    full["digest"] = content_digest(connection, full)
    connection.executemany(
        "INSERT INTO header VALUES (?, ?)",
        ((key, canonical(value).decode()) for key, value in sorted(full.items())),
    )
    connection.execute("COMMIT")


def _merge(
    path: Path, shards: Sequence[Path], materials: Materials, header: dict[str, Any], extra: Sequence[Finding]
) -> None:
    connection = create(path)
    try:
        totals: Counter[bytes] = Counter()
        findings: Counter[bytes] = Counter()
        for finding in extra:
            findings[orjson.dumps(_finding_key(finding))] += finding.count
        change, base = 0, 0
        for shard in shards:
            change, base = _take(connection, shard, change, base, totals, findings)
        _connect(connection, materials)
        connection.executemany(
            "INSERT INTO sum VALUES (?, ?, ?, ?, ?)",
            ((*orjson.loads(key), count) for key, count in sorted(totals.items())),
        )
        connection.executemany(
            "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((*orjson.loads(key), count) for key, count in sorted(findings.items())),
        )
        batches.form(connection, materials.endpoints)
        finish(connection, header, materials.inputs)
    finally:
        connection.close()


def _take(
    connection: sqlite3.Connection,
    shard: Path,
    change: int,
    base: int,
    totals: Counter[bytes],
    findings: Counter[bytes],
) -> tuple[int, int]:
    other = sqlite3.connect(shard)
    try:
        for (row,) in other.execute("SELECT row FROM change ORDER BY n"):
            change += 1
            (
                root,
                kind,
                outcome,
                phase,
                title,
                fields,
                wanted,
                inputs,
                because,
                target,
                class_,
                waits,
                facts,
            ) = orjson.loads(row)
            texts = [canonical(value).decode() for value in (fields, wanted)]
            connection.execute(
                "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    change,
                    root,
                    kind,
                    outcome,
                    phase,
                    title,
                    *texts,
                    inputs,
                    because,
                    target,
                    class_,
                    canonical(waits).decode(),
                    canonical(facts).decode(),
                ),
            )
        count = 0
        for number, row, body in other.execute(
            "SELECT o.n, o.row, b.data FROM operation AS o LEFT JOIN body AS b ON b.n = o.n ORDER BY o.n"
        ):
            seq = base + number
            key, root, subject, endpoint, lane, prev, tail, expect, digest, params = orjson.loads(row)
            connection.execute(
                "INSERT INTO operation VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)",
                (
                    seq,
                    key,
                    root,
                    subject,
                    endpoint,
                    lane,
                    seq - 1 if prev else None,
                    tail,
                    expect,
                    digest,
                    params,
                    body,
                ),
            )
            count = number
        connection.executemany(
            "INSERT INTO temp.want VALUES (?, ?, ?)",
            (
                (base + number, ref, slot)
                for number, ref, slot in other.execute("SELECT n, ref, slot FROM edge ORDER BY rowid")
            ),
        )
        connection.executemany(
            "INSERT OR IGNORE INTO impossible VALUES (?, ?, ?, ?, ?)",
            (orjson.loads(row) for (row,) in other.execute("SELECT row FROM impossible ORDER BY rowid")),
        )
        totals.update(dict(other.execute("SELECT key, count FROM sum")))
        findings.update(dict(other.execute("SELECT key, count FROM finding")))
    finally:
        other.close()
    return change, base + count


def _connect(connection: sqlite3.Connection, materials: Materials) -> None:
    """Find the operation that gives each symbolic value; what no operation gives must stand in the id map or be matched."""
    givers: dict[str, tuple[str, ...]] = {
        name: endpoint.gives for name, endpoint in materials.endpoints.items()
    }
    connection.execute(
        "CREATE TEMP TABLE giver(ref TEXT NOT NULL, slot TEXT NOT NULL, op INTEGER NOT NULL, PRIMARY KEY (ref, slot))"
    )
    for name, slots in givers.items():
        for slot in slots:
            connection.execute(
                "INSERT OR IGNORE INTO temp.giver SELECT subject, ?, min(seq) FROM operation WHERE endpoint = ? GROUP BY subject",
                (slot, name),
            )
    connection.execute(
        "INSERT INTO temp.edge SELECT w.op, g.op FROM temp.want AS w JOIN temp.giver AS g ON g.ref = w.ref AND g.slot = w.slot"
        " WHERE g.op <> w.op"
    )
    for ref, slot, key in connection.execute(
        "SELECT w.ref, w.slot, o.key FROM temp.want AS w JOIN operation AS o ON o.seq = w.op"
        " WHERE NOT EXISTS (SELECT 1 FROM temp.giver AS g WHERE g.ref = w.ref AND g.slot = w.slot)"
        " GROUP BY w.ref, w.slot"
    ).fetchall():
        if materials.idmap.get(ref, slot, materials.inputs.idmap) is not None:
            continue
        matched = connection.execute(
            "SELECT 1 FROM change WHERE root = ? AND outcome = 'match'", (ref,)
        ).fetchone()
        if matched is None:
            raise FatalError(
                f"{key} needs `{slot}` of {ref}, and nothing in the plan or the id map gives it; this is a fault of the connector"
            )


def blockers(plan: PlanFile) -> list[Finding]:
    """Return the findings that forbid an apply."""
    return list(plan.findings("severity = ?", (Severity.BLOCKER.value,)))
