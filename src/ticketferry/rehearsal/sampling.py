"""Which tickets a rehearsal of a sample plays: of every kind the same share and at least one, the golden ones, and all that these link to."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from ticketferry.project import Project
from ticketferry.project.golden import golden_tickets
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.store.rows import StoredRow

__all__ = ["draw_sample"]

_BUCKETS = (0, 1, 3, 10, 100)
_LINKS = ("links", "problem", "merged_into", "follow_up_of", "parent")


def draw_sample(project: Project, size: int) -> frozenset[str]:
    """Return ids of about `size` tickets of the source's newest snapshot: more where there are more kinds or links.

    A kind is status, type, priority, channel, form and how much hangs on it. The draw depends on ids alone: the same snapshot gives the same.
    """
    snapshots = project.snapshots("source")
    latest = snapshots.latest()
    if latest is None:
        raise project.unread("source")
    strata: dict[tuple[Any, ...], list[tuple[bytes, str]]] = {}
    linked: dict[str, set[str]] = {}
    for ref, rows in snapshots.roots(Kind.TICKET, latest.number):
        record = next((row.records[0] for row in rows if row.kind is Kind.TICKET and row.records), None)
        if record is None:
            strata.setdefault(("none",), []).append((_rank(ref.id), ref.id))
            continue
        strata.setdefault(_kind_of(record, rows), []).append((_rank(ref.id), ref.id))
        found = {parse_ref(text).id for text in _links(record) if parse_ref(text).kind is Kind.TICKET}
        for other in found:
            linked.setdefault(ref.id, set()).add(other)
    heaps = [sorted(members) for _, members in sorted(strata.items(), key=lambda item: repr(item[0]))]
    total = sum(map(len, heaps))
    chosen = {parse_ref(text).id for text in golden_tickets(project, project.mapping())[0]}
    for heap in heaps:
        chosen.update(id_ for _, id_ in heap[: max(1, round(size * len(heap) / total))] if total)
    waiting = list(chosen)
    while waiting:
        for other in linked.get(waiting.pop(), ()):
            if other not in chosen:
                chosen.add(other)
                waiting.append(other)
    return frozenset(chosen)


def _rank(id_: str) -> bytes:
    return blake2b(id_.encode(), digest_size=8).digest()


def _kind_of(record: dict[str, Any], rows: list[StoredRow]) -> tuple[Any, ...]:
    kinds = [row.kind for row in rows]
    parts = sum(kind is not Kind.TICKET for kind in kinds)
    files = any("attachment" in str(one.get("ref")) for row in rows for one in row.records)
    return (
        *(str(record.get(name)) for name in ("status", "type", "priority", "channel", "form")),
        sum(parts > bound for bound in _BUCKETS),
        files,
    )


def _links(record: dict[str, Any]) -> Iterator[str]:
    for name in _LINKS:
        value = record.get(name)
        for item in value if isinstance(value, list) else [value]:
            text = item.get("to") if isinstance(item, dict) else item
            if isinstance(text, str) and ":ticket:" in text:
                yield text
