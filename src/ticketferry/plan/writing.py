"""Writes a plan file: shards put together in one order, batches formed, digest taken."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from ticketferry.plan import batches
from ticketferry.plan.context import PlanContext
from ticketferry.plan.definition import FORMAT, INDEXES, SCRIPT, content_digest
from ticketferry.plan.guarding import QUARANTINE
from ticketferry.plan.inputs import Inputs
from ticketferry.plan.shards import finding_key
from ticketferry.plan.withdrawing import withdraw_dangling
from ticketferry.schema.records import canonical
from ticketferry.sdk.contract import Finding

__all__ = ["create", "finish", "merge"]


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


def merge(
    path: Path,
    shards: Sequence[Path],
    planning: PlanContext,
    header: dict[str, Any],
    extra: Sequence[Finding],
) -> None:
    """Put shards together in the order given; `extra` findings come along."""
    connection = create(path)
    try:
        totals: Counter[bytes] = Counter()
        findings: Counter[bytes] = Counter()
        for finding in extra:
            findings[orjson.dumps(finding_key(finding))] += finding.count
        change, base = 0, 0
        for shard in shards:
            change, base = _take(connection, shard, change, base, totals, findings)
        unseen = withdraw_dangling(connection, planning, totals, findings)
        if unseen:
            figures = header["figures"]
            fewer = {name: figures.get(name, 0) - count for name, count in unseen.items()}
            header = {**header, "figures": {**figures, **fewer}}
        if held := _quarantined(planning, findings):
            header = {**header, "quarantine": held}
        if left_out := planning.ticket_scope.left_out:
            header = {**header, "left_out": sorted(left_out)}
        _connect(connection)
        connection.executemany(
            "INSERT INTO sum VALUES (?, ?, ?, ?, ?)",
            ((*orjson.loads(key), count) for key, count in sorted(totals.items())),
        )
        connection.executemany(
            "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((*orjson.loads(key), count) for key, count in sorted(findings.items())),
        )
        batches.form(connection, planning.endpoints)
        finish(connection, header, planning.inputs)
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


def _connect(connection: sqlite3.Connection) -> None:
    """Note which operation each one waits for: the one that gives its symbolic value. Others stand in the id map or are matched."""
    connection.execute(
        "INSERT INTO temp.edge SELECT w.op, g.op FROM temp.want AS w JOIN temp.giver AS g ON g.ref = w.ref AND g.slot = w.slot"
        " WHERE g.op <> w.op"
    )


def _quarantined(planning: PlanContext, findings: Counter[bytes]) -> list[str]:
    """Return all roots in quarantine: those that the desk or the plan holds there."""
    told = {orjson.loads(key)[2] for key in findings if orjson.loads(key)[0] == QUARANTINE}
    held = {str(ref) for ref in planning.held if ref.desk == planning.source.desk}
    return sorted(told | held, key=lambda text: (text.split(":", 2)[1], len(text), text))
