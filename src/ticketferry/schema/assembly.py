"""The neutral records of one root put together: a ticket with its parts, a person with addresses and memberships."""

from collections.abc import Iterable

from ticketferry.schema.records import Record
from ticketferry.schema.refs import KINDS, Kind, Ref

__all__ = ["put_together"]

_LISTS = {
    Kind.COMMENT.value: "comments",
    Kind.EVENT.value: "events",
    Kind.ATTACHMENT.value: "attachments",
    Kind.WORKLOG.value: "worklogs",
    Kind.SIDE_CONVERSATION.value: "side_conversations",
}


def put_together(root: Ref, records: Iterable[Record]) -> Record | None:
    """Build the root record with its parts in the order in which they come; None where its own record is missing."""
    head: Record | None = None
    lists: dict[str, list[Record]] = {}
    folded: list[tuple[Kind, Record]] = []
    own, root_id = root.kind.value, root.id
    for record in records:
        _desk, kind, id_ = record["ref"].split(":", 2)
        if kind == own and id_ == root_id:
            head = dict(record)
        elif (name := _LISTS.get(kind)) is not None:
            lists.setdefault(name, []).append(record)
        else:
            folded.append((KINDS.get(kind) or Kind(kind), record))
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
