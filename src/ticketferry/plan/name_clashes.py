"""Names that only one record of the target may bear: two that a plan would give one name, and one that is there already."""

from collections.abc import Iterable, Iterator
from typing import Any

from ticketferry.desired.cases import assemble
from ticketferry.mapping.codes import finding
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.names import NameIndex
from ticketferry.plan.planner import Planned
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import Finding, Outcome
from ticketferry.sdk.naming import NameKind, Naming

__all__ = ["colliding_names", "names_of"]

_SHOWN = 8
_HELD = (Outcome.CREATE, Outcome.UPDATE, Outcome.UNCHANGED, Outcome.CONFLICT)
_WORDS: dict[str, str] = {
    "organization": "organizations",
    "group": "groups",
    "user": "people (by their e-mail address)",
    "user_id": "people (by their external id)",
    "issue_key": "tickets (by the number of their key)",
}


def names_of(planned: Planned, compiler: object) -> list[tuple[str, str, str]]:
    """Return the names that a planned record bears in the target: kind of name, what the vendor compares, as people read it."""
    record = planned.mapped.record
    if not isinstance(compiler, Naming) or record is None:
        return []
    if planned.root.kind is Kind.GROUP and planned.outcome is Outcome.MATCH:
        # Two groups that fall upon one of the target by their names alone: nobody said that they are one.
        same = planned.mapped.because.endswith("same name") and planned.target_id
        return [("group", f"id {planned.target_id}", str(record["name"]))] if same else []
    # What is only matched keeps the names that it has: nothing is written there, in this plan or in a later one.
    if planned.outcome not in _HELD or planned.mapped.outcome is Outcome.MATCH:
        return []
    return list(_keys(planned.root.kind, record, compiler))


def _keys(kind: Kind, record: Record, compiler: Naming) -> Iterator[tuple[str, str, str]]:
    wanted: list[tuple[NameKind, object]] = []
    if kind is Kind.ORGANIZATION:
        wanted = [("organization", record.get("name"))]
    elif kind is Kind.GROUP:
        wanted = [("group", record.get("name"))]
    elif kind is Kind.PERSON:
        mails = {
            str(item.get("value")): None
            for item in record.get("identities", ())
            if item.get("type") == "email"
        }
        wanted = [("user", mail) for mail in {str(record.get("email") or ""): None, **mails}]
        wanted.append(("user_id", record.get("external_id")))
    elif kind is Kind.TICKET:
        wanted = [("issue_key", record.get("key"))]
    for what, name in wanted:
        key = compiler.name_key(what, str(name)) if name else ""
        if key:
            yield what, key, str(name)


def colliding_names(rows: Iterable[tuple[Any, ...]], planning: PlanContext) -> list[Finding]:
    """Return blockers for records of the source that would become one in the target, or fall upon one that is there.

    `rows`: the names of all roots, as `NameIndex` takes them. What each remedy asks for is a line to paste: into the decisions file, or into the mapping.
    """
    compiler = planning.compiler
    if not isinstance(compiler, Naming):
        return []
    with NameIndex.of(rows) as names:
        return [*_twins(names), *_there(names, planning, compiler)]


def _twins(names: NameIndex) -> Iterator[Finding]:
    for what, rows in names.twins():
        listed = ", ".join(f"{root} {shown!r}" for root, shown in rows[:_SHOWN])
        more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        first, second = rows[0], rows[1]
        yield finding(
            "P320",
            second[0],
            _WORDS.get(what, what),
            f"{len(rows)} {_WORDS.get(what, what)} of the source have one name for the target, and would become one: {listed}{more}",
            _remedy(what, first[0], second[0], second[1]),
        )


def _there(names: NameIndex, planning: PlanContext, compiler: Naming) -> Iterator[Finding]:
    snapshot = planning.inputs.target_snapshot
    for kind, of in (
        (Kind.ORGANIZATION, ("organization",)), (Kind.GROUP, ("group",)), (Kind.PERSON, ("user", "user_id")),
    ):  # fmt: skip
        if not names.makes(of):
            continue
        for ref, rows in planning.target.roots(kind, snapshot):
            record = assemble(ref, rows)
            if record is None or record.get("deleted") or record.get("state") == "deleted":
                continue
            for what, key, shown in _keys(kind, record, compiler):
                taken = names.maker(what, key)
                if taken is None or record.get("origin") == taken[0]:
                    continue
                owner = planning.idmap.source_of(kind.value, ref.id, planning.inputs.idmap)
                brought = f" (brought for {owner})" if owner else ""
                yield finding(
                    "P321",
                    taken[0],
                    _WORDS[what],
                    f"{taken[1]!r} is there already as {ref} {shown!r}{brought}, and is not what it was matched with",
                    _remedy(what, owner or str(ref), taken[0], taken[1]),
                )


def _remedy(what: str, first: str, second: str, name: str) -> str:
    """Return the lines that say it: they are one, the second gets another name, the second is left out."""
    id_ = parse_ref(second).id
    if what == "issue_key":
        return "Send them to projects of their own by `route`, or take `provenance.number.key` out of the mapping."
    if what == "group":
        return (
            f"One of these lines into `groups:` of the mapping. They are one: `{name}: {{team: {name}}}`."
            f" Numbered: `{name}: {{team: {name} ({id_})}}`, after one of them was renamed in the source. Left out: `{name}: {{component: {name}}}`"
        )
    lines = [f"they are one: {second},,,,{first},,"]
    if what == "organization":
        lines.append(f"numbered: {second},,,,number,,")
    else:
        lines.append("numbered: give one of them another address in the source, and extract again")
    lines.append(f"left out: {second},,,,leave,,")
    return "One of these rows into the decisions file (decisions/people.csv). " + "; ".join(lines)
