"""Which tickets a rehearsal of a sample plays: some of every kind, the golden ones, others by chance, and all that these link to."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from ticketferry.errors import ConfigError
from ticketferry.project import Project
from ticketferry.project.golden import golden_tickets
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.store.rows import StoredRow

__all__ = ["draw_sample"]

_BUCKETS = (1, 3, 10, 100)
_SAID = ("status", "type", "priority", "channel", "form", "group", "brand")
_LINKS = ("links", "problem", "merged_into", "follow_up_of", "parent")


def draw_sample(project: Project, size: int) -> frozenset[str]:
    """Return ids of about `size` tickets of the source's newest snapshot.

    First the golden ones, then one for every status, type, priority, channel, form, group and brand, for files and for long histories, then
    others up to `size`; with them whatever these link to. The draw depends on ids alone: the same snapshot gives the same. Raises ConfigError
    for less than one.
    """
    if size < 1:
        raise ConfigError("a sample has one ticket at least", remedy="Leave `--sample` out to play all.")
    snapshots = project.snapshots("source")
    latest = snapshots.latest()
    if latest is None:
        raise project.unread("source")
    traits: dict[str, frozenset[str]] = {}
    linked: dict[str, frozenset[str]] = {}
    for ref, rows in snapshots.roots(Kind.TICKET, latest.number):
        record = next((row.records[0] for row in rows if row.kind is Kind.TICKET and row.records), {})
        traits[ref.id] = _traits(record, rows)
        linked[ref.id] = frozenset(_links(record))
    chosen = {parse_ref(text).id for text in golden_tickets(project, project.mapping())[0]}
    order = sorted(traits, key=_rank)
    seen = {trait for id_ in chosen for trait in traits.get(id_, ())}
    for id_ in order:
        if not traits[id_] <= seen:
            chosen.add(id_)
            seen |= traits[id_]
    for id_ in order:
        if len(chosen) >= size:
            break
        chosen.add(id_)
    waiting = list(chosen)
    while waiting:
        for other in linked.get(waiting.pop(), frozenset()) - chosen:
            chosen.add(other)
            waiting.append(other)
    return frozenset(chosen)


def _rank(id_: str) -> bytes:
    return blake2b(id_.encode(), digest_size=8).digest()


def _traits(record: dict[str, Any], rows: list[StoredRow]) -> frozenset[str]:
    parts = sum(row.kind is not Kind.TICKET for row in rows)
    found = {f"{name}={record[name]}" for name in _SAID if record.get(name) is not None}
    found.add(f"parts={sum(parts > bound for bound in _BUCKETS)}")
    if any(":attachment:" in str(one.get("ref")) for row in rows for one in row.records):
        found.add("files")
    return frozenset(found)


def _links(record: dict[str, Any]) -> Iterator[str]:
    for name in _LINKS:
        value = record.get(name)
        for item in value if isinstance(value, list) else [value]:
            text = item.get("to") if isinstance(item, dict) else item
            if isinstance(text, str) and ":ticket:" in text:
                yield parse_ref(text).id
