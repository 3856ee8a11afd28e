"""Takes a root out of a plan that is being put together: one that needs what nothing in the plan or the id map gives."""

import sqlite3
from collections import Counter

import orjson

from ticketferry.errors import FatalError
from ticketferry.plan.guarding import quarantine_finding
from ticketferry.plan.materials import Materials
from ticketferry.plan.planner import Planned, Planner
from ticketferry.plan.shards import change_row, finding_key
from ticketferry.schema.records import canonical
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Outcome
from ticketferry.store.snapshots import Row

__all__ = ["find_givers", "withdraw_dangling"]


def find_givers(connection: sqlite3.Connection, materials: Materials) -> None:
    """Fill the temporary table `giver`: which operation gives each slot of each record."""
    connection.execute("DROP TABLE IF EXISTS temp.giver")
    connection.execute(
        "CREATE TEMP TABLE giver(ref TEXT NOT NULL, slot TEXT NOT NULL, op INTEGER NOT NULL, PRIMARY KEY (ref, slot))"
    )
    for name, endpoint in materials.endpoints.items():
        for slot in endpoint.gives:
            connection.execute(
                "INSERT OR IGNORE INTO temp.giver SELECT subject, ?, min(seq) FROM operation WHERE endpoint = ? GROUP BY subject",
                (slot, name),
            )


def withdraw_dangling(
    connection: sqlite3.Connection, materials: Materials, totals: Counter[bytes], findings: Counter[bytes]
) -> int:
    """Quarantine every root of which an operation needs what nobody gives, and those that then wait for it in turn.

    The ledger and the findings follow. Returns how many of them would have become visible to more people.
    """
    planner = Planner(materials)
    visible = 0
    while True:
        find_givers(connection, materials)
        dangling = _dangling(connection, materials)
        if not dangling:
            return visible
        for root, (ref, slot) in sorted(dangling.items()):
            visible += _withdraw(connection, planner, root, _reason(connection, ref, slot), totals, findings)


def _dangling(connection: sqlite3.Connection, materials: Materials) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for root, ref, slot in connection.execute(
        "SELECT o.root, w.ref, w.slot FROM temp.want AS w JOIN operation AS o ON o.seq = w.op"
        " WHERE NOT EXISTS (SELECT 1 FROM temp.giver AS g WHERE g.ref = w.ref AND g.slot = w.slot)"
        " GROUP BY o.root, w.ref, w.slot ORDER BY o.root, w.ref, w.slot"
    ).fetchall():
        if root in found or materials.idmap.get(ref, slot, materials.inputs.idmap) is not None:
            continue
        matched = connection.execute(
            "SELECT 1 FROM change WHERE root = ? AND outcome = 'match'", (ref,)
        ).fetchone()
        if matched is None:
            found[root] = (ref, slot)
    return found


def _reason(connection: sqlite3.Connection, ref: str, slot: str) -> str:
    row = connection.execute("SELECT outcome, because FROM change WHERE root = ?", (ref,)).fetchone()
    why = "this plan does not bring it"
    if row is not None and row[0] in (Outcome.SKIP.value, Outcome.REJECT.value):
        why = f"this plan leaves it out ({row[1]})" if row[1] else "this plan leaves it out"
    return f"it needs the {slot} of {ref.split(':', 1)[1]}, and {why}"


def _withdraw(
    connection: sqlite3.Connection,
    planner: Planner,
    text: str,
    reason: str,
    totals: Counter[bytes],
    findings: Counter[bytes],
) -> int:
    root = parse_ref(text)
    rows = planner.materials.source_rows(root)
    record = planner.materials.source_record(root, rows)
    before = planner.plan(root, rows, record=record)
    keys = {row[0] for row in connection.execute("SELECT key FROM operation WHERE root = ?", (text,))}
    if before is None or {operation.key for operation in before.operations} != keys:
        raise FatalError(f"{text} cannot be planned twice alike: {reason}; this is a fault of the connector")
    phase = connection.execute("SELECT phase FROM change WHERE root = ?", (text,)).fetchone()[0] or None
    after = planner.quarantined(root, rows, record, quarantine_finding(root, "planning", reason), phase)
    for planned, sign in ((before, -1), (after, 1)):
        _count(planner, planned, rows, sign, totals, findings)
    connection.execute(
        "DELETE FROM temp.want WHERE op IN (SELECT seq FROM operation WHERE root = ?)", (text,)
    )
    connection.execute("DELETE FROM operation WHERE root = ?", (text,))
    connection.execute("DELETE FROM impossible WHERE root = ?", (text,))
    for end in planner.ledger(after, rows)[1]:
        connection.execute(
            "INSERT OR IGNORE INTO impossible VALUES (?, ?, ?, ?, ?)",
            (text, end.kind, end.id, end.path, end.by),
        )
    _, _, outcome, _, _, fields, wanted, _, because, _, class_, waits, facts = change_row(
        after, planner.materials
    )
    connection.execute(
        "UPDATE change SET outcome = ?, fields = ?, wanted = ?, because = ?, class = ?, waits = ?, facts = ? WHERE root = ?",
        (
            outcome,
            canonical(fields).decode(),
            canonical(wanted).decode(),
            because,
            class_,
            canonical(waits).decode(),
            canonical(facts).decode(),
            text,
        ),
    )
    return int(bool(before.mapped.newly_visible) and before.outcome in (Outcome.CREATE, Outcome.UPDATE))


def _count(
    planner: Planner,
    planned: Planned,
    rows: list[Row],
    sign: int,
    totals: Counter[bytes],
    findings: Counter[bytes],
) -> None:
    for key, count in planner.ledger(planned, rows)[0].items():
        packed = orjson.dumps([key.kind, key.pattern, key.disposition.value, key.by])
        totals[packed] += sign * count
        if not totals[packed]:
            del totals[packed]
    for finding in planner.findings(planned):
        packed = orjson.dumps(finding_key(finding))
        findings[packed] += sign * finding.count
        if not findings[packed]:
            del findings[packed]
