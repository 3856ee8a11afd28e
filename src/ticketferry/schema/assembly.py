"""The neutral records of one root put together: a ticket with its parts, a person with addresses and memberships."""

from collections.abc import Iterable

from ticketferry.schema.records import Record
from ticketferry.schema.refs import KINDS, Kind, Ref

__all__ = ["put_together"]

_LISTS = {
    Kind.COMMENT: "comments",
    Kind.EVENT: "events",
    Kind.ATTACHMENT: "attachments",
    Kind.WORKLOG: "worklogs",
    Kind.SIDE_CONVERSATION: "side_conversations",
}


def put_together(root: Ref, records: Iterable[Record]) -> Record | None:
    """Build the root record with its parts in the order in which they come; None where its own record is missing."""
    head: Record | None = None
    lists: dict[str, list[Record]] = {}
    folded: list[tuple[Kind, Record]] = []
    for record in records:
        _desk, kind_text, id_ = record["ref"].split(":", 2)
        kind = KINDS.get(kind_text) or Kind(kind_text)
        if kind is root.kind and id_ == root.id:
            head = dict(record)
        elif kind in _LISTS:
            lists.setdefault(_LISTS[kind], []).append(record)
        else:
            folded.append((kind, record))
    if head is None:
        return None
    for name, parts in lists.items():
        head[name] = [*head.get(name, []), *parts]
    return _with_memberships(head, folded) if root.kind is Kind.PERSON else head


def _with_memberships(person: Record, folded: list[tuple[Kind, Record]]) -> Record:
    identities = [item for kind, item in folded if kind is Kind.IDENTITY]
    memberships = [item for kind, item in folded if kind is Kind.MEMBERSHIP]
    if identities:
        known = {(item.get("type"), item.get("value")) for item in person.get("identities", [])}
        person["identities"] = [
            *person.get("identities", []),
            *(item for item in identities if (item.get("type"), item.get("value")) not in known),
        ]
    for key, name in (("organization", "organizations"), ("group", "groups")):
        refs = [(not item.get("default"), item[key]) for item in memberships if key in item]
        if refs:
            known_refs = person.get(name, [])
            person[name] = [*known_refs, *(ref for _, ref in sorted(refs) if ref not in known_refs)]
    return person
