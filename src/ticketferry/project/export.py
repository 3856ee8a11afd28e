"""Tables for other programs, row by row: the id map with addresses, operations with their states, findings."""

from collections.abc import Iterator
from typing import Any

from ticketferry.project.project import Project
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.store.snapshots import Snapshots

__all__ = ["COLUMNS", "findings_rows", "idmap_rows", "operations_rows"]

COLUMNS = {
    "idmap": (
        "kind", "old", "old_number", "old_url", "new_id", "new_key", "new_url", "how", "plan",
    ),
    "operations": ("plan", "seq", "root", "subject", "endpoint", "key", "state", "attempts", "at", "gives", "error"),
    "findings": ("plan", "code", "severity", "subject", "place", "message", "remedy", "count"),
}  # fmt: skip


def idmap_rows(project: Project, kind: str | None = "ticket") -> Iterator[dict[str, Any]]:
    """Stream what the target gave for each record of `kind` (None: all kinds), with both addresses where the desks tell them.

    Addresses are those of the snapshots: what was made since the newest extract of the target has none yet.
    """
    source = _newest(project, "source")
    target = _newest(project, "target")
    for slot in project.idmap.all(kind):
        if slot.slot != "id":
            continue
        ref = parse_ref(slot.ref)
        old = _record(source, ref.kind, ref.id)
        new = _record(target, ref.kind, slot.value)
        slots = project.idmap.slots(slot.ref)
        yield {
            "kind": ref.kind.value,
            "old": slot.ref,
            "old_number": str(old.get("number", ref.id)),
            "old_url": str(old.get("url", "")),
            "new_id": slot.value,
            "new_key": slots.get("key") or str(new.get("number", "")) or slot.value,
            "new_url": str(new.get("url", "")),
            "how": slot.how,
            "plan": slot.plan,
        }


def _newest(project: Project, role: str) -> tuple[Snapshots, int] | None:
    if not (project.root / f"{role}.db").exists():
        return None
    snapshots = project.snapshots(role)
    latest = snapshots.latest()
    return (snapshots, latest.number) if latest is not None else None


def _record(held: tuple[Snapshots, int] | None, kind: Kind, id_: str) -> dict[str, Any]:
    row = held[0].row(kind, id_, held[1]) if held is not None else None
    return row.records[0] if row is not None and row.records else {}


def operations_rows(project: Project, plan: str) -> Iterator[dict[str, Any]]:
    """Stream the writes of a plan with what became of each; `state` is empty where it was never begun."""
    opened = project.plan(plan)
    journal = project.journal(plan, "")
    chunk: list[Any] = []

    def flush() -> Iterator[dict[str, Any]]:
        states = journal.states([row.seq for row in chunk])
        for row in chunk:
            state = states.get(row.seq)
            yield {
                "plan": plan,
                "seq": row.seq,
                "root": row.root,
                "subject": row.subject,
                "endpoint": row.endpoint,
                "key": row.key,
                "state": state.state if state else "",
                "attempts": state.attempts if state else 0,
                "at": (state.sent or "") if state else "",
                "gives": dict(state.gives) if state else {},
                "error": (state.error or "") if state else "",
            }

    for row in opened.operations():
        chunk.append(row)
        if len(chunk) >= 500:
            yield from flush()
            chunk.clear()
    yield from flush()
    opened.close()


def findings_rows(project: Project, plan: str) -> Iterator[dict[str, Any]]:
    """Stream the findings of a plan."""
    opened = project.plan(plan)
    for item in opened.findings():
        yield {
            "plan": plan,
            "code": item.code,
            "severity": item.severity.value,
            "subject": str(item.subject or ""),
            "place": item.where,
            "message": item.message,
            "remedy": item.remedy,
            "count": item.count,
        }
    opened.close()
