"""Roots that need what nothing in the plan or the id map gives are taken out of it again; what links them is planned without."""

import sqlite3
from collections import Counter
from typing import TypeVar

import orjson

from ticketferry.errors import FatalError
from ticketferry.plan.context import PlanContext
from ticketferry.plan.guarding import ENDS_ALL, fault_of, quarantine_finding
from ticketferry.plan.planner import Planned, Planner
from ticketferry.plan.shards import INLINE_BYTES, change_row, finding_key, operation_rows, shown_as
from ticketferry.schema.records import canonical
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Outcome
from ticketferry.store.snapshots import StoredRow

__all__ = ["find_givers", "withdraw_dangling"]

T = TypeVar("T")


def find_givers(connection: sqlite3.Connection, planning: PlanContext) -> None:
    """Fill the temporary table `giver`: which operation gives each slot of each record."""
    connection.execute("DROP TABLE IF EXISTS temp.giver")
    connection.execute(
        "CREATE TEMP TABLE giver(ref TEXT NOT NULL, slot TEXT NOT NULL, op INTEGER NOT NULL, PRIMARY KEY (ref, slot))"
    )
    for name, endpoint in planning.endpoints.items():
        for slot in endpoint.gives:
            connection.execute(
                "INSERT OR IGNORE INTO temp.giver SELECT subject, ?, min(seq) FROM operation WHERE endpoint = ? GROUP BY subject",
                (slot, name),
            )


def withdraw_dangling(
    connection: sqlite3.Connection, planning: PlanContext, totals: Counter[bytes], findings: Counter[bytes]
) -> Counter[str]:
    """Quarantine every root of which an operation needs what nobody gives; tickets that link one of those are planned without it.

    The ledger and the findings follow. Returns by how much smaller each figure of what more people see becomes.
    """
    work = _Work(connection, planning, totals, findings)
    tried: set[tuple[str, str]] = set()
    while True:
        find_givers(connection, planning)
        dangling = _dangling(connection, planning)
        if not dangling:
            return work.unseen
        before = {root: work.plan_again(root) for root in sorted(dangling)}
        lost = {
            root: _reason(connection, *missing[0])
            for root, missing in dangling.items()
            if any(":ticket:" not in ref or (root, ref) in tried for ref, _ in missing)
        }
        tried |= {(root, ref) for root, missing in dangling.items() for ref, _ in missing}
        planning.ticket_scope.leave_out(
            planning.ticket_scope.left_out
            | {root for root in lost if ":ticket:" in root}
            | {ref for missing in dangling.values() for ref, _ in missing if ":ticket:" in ref}
        )
        for root, planned in before.items():
            work.replace(planned, lost.get(root))


def _dangling(connection: sqlite3.Connection, planning: PlanContext) -> dict[str, list[tuple[str, str]]]:
    """Return the roots that need what nobody gives, with what that is."""
    found: dict[str, list[tuple[str, str]]] = {}
    for root, ref, slot in connection.execute(
        "SELECT o.root, w.ref, w.slot FROM temp.want AS w JOIN operation AS o ON o.seq = w.op"
        " WHERE NOT EXISTS (SELECT 1 FROM temp.giver AS g WHERE g.ref = w.ref AND g.slot = w.slot)"
        " GROUP BY o.root, w.ref, w.slot ORDER BY o.root, w.ref, w.slot"
    ).fetchall():
        if planning.idmap.get(ref, slot, planning.inputs.idmap) is not None:
            continue
        matched = connection.execute(
            "SELECT 1 FROM change WHERE root = ? AND outcome = 'match'", (ref,)
        ).fetchone()
        if matched is None:
            found.setdefault(root, []).append((ref, slot))
    return found


def _reason(connection: sqlite3.Connection, ref: str, slot: str) -> str:
    row = connection.execute("SELECT outcome, because FROM change WHERE root = ?", (ref,)).fetchone()
    why = "this plan does not bring it"
    if row is not None and row[0] in (Outcome.SKIP.value, Outcome.REJECT.value):
        why = f"this plan leaves it out ({row[1]})" if row[1] else "this plan leaves it out"
    return f"it needs the {slot} of {ref.split(':', 1)[1]}, and {why}"


class _Work:
    """Puts another planning of a root in the place of the first one."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        planning: PlanContext,
        totals: Counter[bytes],
        findings: Counter[bytes],
    ) -> None:
        self.unseen: Counter[str] = Counter()
        self._without: dict[str, frozenset[str]] = {}
        """Root -> the tickets that were left out when it was planned last."""
        self._connection = connection
        self._planning = planning
        self._planner = Planner(planning)
        self._totals = totals
        self._findings = findings

    def plan_again(self, text: str) -> Planned:
        """Plan a root as it stands in the plan. Raises FatalError where it does not come out alike."""
        root, ticket_scope = parse_ref(text), self._planning.ticket_scope
        now = ticket_scope.left_out
        ticket_scope.leave_out(self._without.get(text, frozenset()))
        planned = self._planner.plan(root, self._planning.source_rows(root))
        ticket_scope.leave_out(now)
        found = self._connection.execute("SELECT key FROM operation WHERE root = ?", (text,))
        if planned is None or {operation.key for operation in planned.operations} != {
            row[0] for row in found
        }:
            raise FatalError(f"{text} is not planned twice alike; this is a fault of the connector")
        return planned

    def replace(self, before: Planned, lost: str | None) -> None:
        """Plan a root without what is left out, or not at all where `lost` says why."""
        root, text = before.root, str(before.root)
        rows = self._planning.source_rows(root)
        after: Planned | None = None
        self._without[text] = self._planning.ticket_scope.left_out
        if lost is None:
            try:
                after = self._planner.plan(root, rows)
            except ENDS_ALL:
                raise
            except Exception as error:  # noqa: BLE001 -- one record's fault is that record's
                lost = fault_of(error)
        if after is None:
            finding = quarantine_finding(root, "planning", lost or "it is not there any more")
            after = self._planner.quarantined(root, rows, before.record, finding, before.mapped.phase)
        for planned, sign in ((before, -1), (after, 1)):
            self._count(planned, rows, sign)
        self._write(text, after, rows)
        for planned, sign in ((before, 1), (after, -1)):
            figure = shown_as(planned)
            if figure:
                _add(self.unseen, figure, sign)

    def _write(self, text: str, after: Planned, rows: list[StoredRow]) -> None:
        execute = self._connection.execute
        execute("DELETE FROM temp.want WHERE op IN (SELECT seq FROM operation WHERE root = ?)", (text,))
        execute("DELETE FROM operation WHERE root = ?", (text,))
        execute("DELETE FROM impossible WHERE root = ?", (text,))
        seq = int(execute("SELECT coalesce(max(seq), 0) FROM operation").fetchone()[0])
        for row, packed, wants in operation_rows(after, INLINE_BYTES):
            seq += 1
            key, root, subject, endpoint, lane, prev, tail, expect, digest, params = orjson.loads(row)
            execute(
                "INSERT INTO operation VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)",
                (
                    seq, key, root, subject, endpoint, lane, seq - 1 if prev else None, tail, expect, digest,
                    params, packed,
                ),
            )  # fmt: skip
            for ref, slot in wants:
                execute("INSERT INTO temp.want VALUES (?, ?, ?)", (seq, ref, slot))
        for end in self._planner.ledger(after, rows)[1]:
            execute(
                "INSERT OR IGNORE INTO impossible VALUES (?, ?, ?, ?, ?)",
                (text, end.kind, end.id, end.path, end.by),
            )
        _, _, outcome, phase, _, fields, wanted, _, because, target, class_, waits, facts = change_row(
            after, self._planning
        )
        execute(
            "UPDATE change SET outcome = ?, phase = ?, fields = ?, wanted = ?, because = ?, target = ?, class = ?, waits = ?,"
            " facts = ? WHERE root = ?",
            (
                outcome, phase, canonical(fields).decode(), canonical(wanted).decode(), because, target, class_,
                canonical(waits).decode(), canonical(facts).decode(), text,
            ),
        )  # fmt: skip

    def _count(self, planned: Planned, rows: list[StoredRow], sign: int) -> None:
        for key, count in self._planner.ledger(planned, rows)[0].items():
            packed = orjson.dumps([key.kind, key.pattern, key.disposition.value, key.by])
            _add(self._totals, packed, sign * count)
        for finding in self._planner.findings(planned):
            _add(self._findings, orjson.dumps(finding_key(finding)), sign * finding.count)


def _add(counter: Counter[T], key: T, count: int) -> None:
    counter[key] += count
    if not counter[key]:
        del counter[key]
