"""How the suites compare: wire rows put together, references turned back, one short hash per field.

The core does the same in `ticketferry.desired`, which is out of reach for a connector's tests; the project's own tests assert that
both agree.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ticketferry.schema.records import Record, digest
from ticketferry.schema.refs import Kind, Ref

__all__ = ["assemble", "differences", "rebase", "vector"]

_LISTS = {
    Kind.COMMENT: "comments",
    Kind.EVENT: "events",
    Kind.ATTACHMENT: "attachments",
    Kind.WORKLOG: "worklogs",
    Kind.SIDE_CONVERSATION: "side_conversations",
}
_SINGLE = frozenset(
    {
        "ref", "origin", "requester", "submitter", "assignee", "group", "organization", "author", "ticket", "comment", "person",
        "to", "merged_into", "actor",
    }
)  # fmt: skip
_MANY = frozenset({"followers", "ccs", "organizations", "groups"})
_NESTED = frozenset({"comments", "attachments", "worklogs", "links", "events", "memberships", "identities"})
_IN_HTML = re.compile(r'(data-(?:ref|person|ticket)=")([^"]+)(")')

_VOLATILE = frozenset({"ref", "origin", "native", "number", "url", "events", "sla", "side_conversations"})
_PART_VOLATILE = frozenset(
    {"ref", "origin", "native", "ticket", "url", "sha256", "state", "header", "provenance"}
)
_PARTS = frozenset({"comments", "attachments", "worklogs"})
_SETS = frozenset({"tags", "followers", "ccs", "components", "organizations", "groups", "domains"})
_ASKED_BY = ("requester", "submitter", "assignee")


def assemble(root: Ref, records: Iterable[Record]) -> Record | None:
    """Put the neutral records of one root together; None where its own record is missing."""
    head: Record | None = None
    parts: dict[str, list[Record]] = {}
    folded: list[tuple[Kind, Record]] = []
    for record in records:
        _, kind_text, id_ = record["ref"].split(":", 2)
        kind = Kind(kind_text)
        if kind is root.kind and id_ == root.id:
            head = dict(record)
        elif kind in _LISTS:
            parts.setdefault(_LISTS[kind], []).append(record)
        else:
            folded.append((kind, record))
    if head is None:
        return None
    for name, rows in parts.items():
        head[name] = [*head.get(name, []), *rows]
    _fold_person(head, folded)
    return head


def _fold_person(person: Record, folded: list[tuple[Kind, Record]]) -> None:
    known = {(row.get("type"), row.get("value")) for row in person.get("identities", [])}
    fresh = [
        row
        for kind, row in folded
        if kind is Kind.IDENTITY and (row.get("type"), row.get("value")) not in known
    ]
    if fresh:
        person["identities"] = [*person.get("identities", []), *fresh]
    for key, name in (("organization", "organizations"), ("group", "groups")):
        refs = sorted(
            (not row.get("default"), row[key])
            for kind, row in folded
            if kind is Kind.MEMBERSHIP and key in row
        )
        if refs:
            there = person.get(name, [])
            person[name] = [*there, *(ref for _, ref in refs if ref not in there)]


def rebase(record: Record, desk: str, source_of: Callable[[str, str], str | None]) -> Record:
    """Return a record read from `desk` with its references in source terms; `source_of(kind, id)` None where unknown."""

    def turn(ref: Any) -> Any:
        parts = ref.split(":", 2) if isinstance(ref, str) else []
        return (source_of(parts[1], parts[2]) or ref) if len(parts) == 3 and parts[0] == desk else ref

    def walk(item: Record) -> Record:
        result = dict(item)
        for key, value in item.items():
            if key in _SINGLE:
                result[key] = turn(value)
            elif key in _MANY and isinstance(value, list):
                result[key] = [turn(ref) for ref in value]
            elif key in _NESTED and isinstance(value, list):
                result[key] = [walk(part) for part in value]
            elif key == "body" and isinstance(value, dict):
                html = _IN_HTML.sub(
                    lambda match: f"{match[1]}{turn(match[2])}{match[3]}", value.get("html", "")
                )
                result[key] = {**value, "html": html}
        return result

    return walk(record)


def vector(record: Record) -> dict[str, str]:
    """Return field -> short hash; parts, links and custom fields have entries of their own, sets have no order."""
    return {key: digest(value, 6).hex() for key, value in sorted(_entries(record).items())}


def _entries(record: Record) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in record.items():
        if key in _VOLATILE or value is None or value in ("", [], {}):
            continue
        if key in _PARTS:
            for part in value:
                name = part.get("origin") or part["ref"]
                found[f"{key}[{name}]"] = {
                    name: item for name, item in part.items() if name not in _PART_VOLATILE
                }
        elif key == "fields":
            for name, item in value.items():
                found[f'fields["{name}"]'] = sorted(item, key=str) if isinstance(item, list) else item
        elif key == "links":
            for link in value:
                to = link.get("to") or link.get("url")
                found[f"links[{link['type']}:{to}:{int(bool(link.get('inward')))}]"] = link.get("title", "")
        elif key in ("identities", "memberships"):
            found[key] = sorted(f"{item.get('type')}:{item.get('value')}" for item in value)
        elif key == "provenance" and isinstance(value, dict):
            # Names of people say nothing of the record: who they are its fields and the refs of its history say.
            names = {"people", *(name for name in _ASKED_BY if record.get(name))}
            found[key] = {name: item for name, item in value.items() if name not in names}
        else:
            found[key] = sorted(value, key=str) if key in _SETS else value
    return found


def differences(wanted: Record, seen: Record | None) -> Mapping[str, tuple[Any, Any]]:
    """Return field -> (wanted, seen) where two records differ, cut short for reading; empty where they are the same."""
    before, after = _entries(wanted), _entries(seen or {})
    hashes = vector(wanted), vector(seen or {})
    return {
        key: (_cut(before.get(key)), _cut(after.get(key)))
        for key in sorted(hashes[0].keys() | hashes[1].keys())
        if hashes[0].get(key) != hashes[1].get(key)
    }


def _cut(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 400 else text[:400] + "…"
