"""Rows of a snapshot put together: one root record with all its parts, folded in time order."""

from collections.abc import Callable, Sequence

from ticketferry.history.timeline import fold
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.snapshots import Row

__all__ = ["ContentOf", "assemble"]

ContentOf = Callable[[str], tuple[str, int, str] | None]
"""Attachment id -> (sha256, size, state), None where its bytes were never asked for."""

_LISTS = {
    Kind.COMMENT: "comments",
    Kind.EVENT: "events",
    Kind.ATTACHMENT: "attachments",
    Kind.WORKLOG: "worklogs",
    Kind.SIDE_CONVERSATION: "side_conversations",
}


def assemble(root: Ref, rows: Sequence[Row], content: ContentOf | None = None) -> Record | None:
    """Build the root record of `rows`; None where its own row is missing (parts whose root was never seen)."""
    head: Record | None = None
    lists: dict[str, list[Record]] = {}
    folded: list[tuple[Kind, Record]] = []
    for row in rows:
        for record in row.records:
            _desk, kind_text, id_ = record["ref"].split(":", 2)
            kind = Kind(kind_text)
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
    if content is not None and "attachments" in head:
        head["attachments"] = [_with_content(item, content) for item in head["attachments"]]
    if root.kind is Kind.PERSON:
        return _with_memberships(head, folded)
    if root.kind is Kind.TICKET:
        return fold(head)
    return head


def _with_content(attachment: Record, content: ContentOf) -> Record:
    found = content(attachment["ref"].split(":", 2)[2])
    if found is None:
        # What a desk says of a checksum counts once the workspace holds the bytes.
        return {key: value for key, value in attachment.items() if key != "sha256"}
    sha256, size, state = found
    extra: Record = {"state": state}
    if state == "stored":
        extra = {"sha256": sha256, "size": size}
    return {**attachment, **extra}


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
