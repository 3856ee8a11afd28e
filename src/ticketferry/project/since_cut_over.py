"""What happened in the new desk since a phase was cut over, ticket by ticket, as a list that a person can read. Talks to no desk."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ticketferry.desired.cases import assemble
from ticketferry.project.cut_over import CutOver
from ticketferry.project.health import NEW_DESK
from ticketferry.project.project import Project
from ticketferry.project.stragglers import Straggler, changes_since
from ticketferry.schema.body_text import to_text
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.schema.vectors import PART_LISTS, part_key
from ticketferry.sdk.messages import tree_of

__all__ = ["COLUMNS", "rows_of", "since_cut_over"]

COLUMNS = ("new", "old", "what", "field", "who", "when", "public", "text")
"""Columns of the list: number in the new desk, id in the old one, what happened, …"""
_WORDS = {"comments": "comment", "attachments": "file", "worklogs": "work log"}


def since_cut_over(project: Project, cut_over: CutOver) -> list[Straggler]:
    """Return the tickets of the new desk in which something happened since it was read for the cut-over, but for what the migration itself
    brought meanwhile: those of the phase, and those that were born there since (`new`). `number` is the new desk's.
    """
    desk = project.snapshots(NEW_DESK)
    latest = desk.latest()
    assert latest is not None
    found = []
    for one in changes_since(desk, cut_over.new_desk_snapshot, latest.number):
        ours = _old(project, one.ref)
        if ours is None and one.new:
            found.append(one)
        elif ours is not None and not one.new and project.idmap.phase(ours) == cut_over.phase:
            before, now = _both(project, cut_over, one.ref)
            parts = Counter(name for name, _ in _came(project, before, now or Record()))
            if parts or one.fields:
                found.append(replace(one, parts=dict(parts)))
    return found


def rows_of(project: Project, cut_over: CutOver, tickets: list[Straggler]) -> Iterator[dict[str, Any]]:
    """Yield one row for each thing that happened: a new ticket, a comment, a file, a change."""
    names: dict[str, str] = {}
    for one in tickets:
        before, now = _both(project, cut_over, one.ref)
        ours = _old(project, one.ref)
        head = {"new": one.number, "old": parse_ref(ours).id if ours else ""}
        if now is None:
            yield {**head, "what": "deleted"}
            continue
        if one.new:
            who = _name(project, str(now.get("requester", "")), names)
            yield {
                **head,
                "what": "new ticket",
                "who": who,
                "when": now.get("created", ""),
                "text": one.title,
            }
        for name, part in _came(project, before, now):
            who = _name(project, str(part.get("author", "")), names)
            yield {**head, "what": _WORDS[name], "who": who, **_part(part)}
        for field in () if one.new else one.fields:
            yield {**head, "what": "change", "field": field, "text": _value(now, field)}


def _old(project: Project, ref: str) -> str | None:
    """Return the ticket of the old desk that one of the new desk stands for."""
    return project.idmap.source_of(Kind.TICKET.value, parse_ref(ref).id)


def _both(project: Project, cut_over: CutOver, text: str) -> tuple[Record | None, Record | None]:
    """Return a ticket of the new desk as it was at the cut-over, and as it was read last."""
    desk = project.snapshots(NEW_DESK)
    latest = desk.latest()
    assert latest is not None
    ref = parse_ref(text)
    return (
        assemble(ref, desk.root(ref, cut_over.new_desk_snapshot)),
        assemble(ref, desk.root(ref, latest.number)),
    )


def _came(project: Project, before: Record | None, now: Record) -> Iterator[tuple[str, Record]]:
    """Yield (list, part) of what came to a ticket, but for what the migration brought."""
    for name in PART_LISTS:
        known = {part_key(part) for part in (before or {}).get(name, ())}
        for part in now.get(name, ()):
            ref = parse_ref(part["ref"])
            if part_key(part) not in known and project.idmap.source_of(ref.kind.value, ref.id) is None:
                yield name, part


def _part(part: Record) -> dict[str, Any]:
    public = part.get("public")
    return {
        "when": part.get("created") or part.get("started") or "",
        "public": "" if public is None else "yes" if public else "no",
        "text": to_text(tree_of(part["body"])) if part.get("body") else part.get("name", ""),
    }


def _name(project: Project, text: str, known: dict[str, str]) -> str:
    if text and text not in known:
        desk = project.snapshots(NEW_DESK)
        latest = desk.latest()
        ref: Ref = parse_ref(text)
        record = assemble(ref, desk.root(ref, latest.number)) if latest is not None else None
        known[text] = str((record or {}).get("name") or (record or {}).get("email") or text)
    return known.get(text, "")


def _value(record: Record, field: str) -> str:
    if field.startswith('fields["'):
        return str((record.get("fields") or {}).get(field[8:-2], ""))
    value = record.get(field, "")
    return str(value) if isinstance(value, str | int | float | list) else ""
