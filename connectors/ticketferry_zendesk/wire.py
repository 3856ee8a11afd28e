"""Rows of Zendesk's answers as wire records.

A row is verbatim. Some are joined from several answers, since one alone does not tell all: a user has `identities` beside its own
keys, a comment event of an audit lists the inline images that only the comments endpoint shows [ISSUE zammad 4234] and tells what
was hidden later (:mod:`.recheck`), a ticket closed by a merge has `merge`, the `via` of the audit that closed it, a badly rated one
`rating`, one linked with Jira issues `jira_links`, and a side conversation its `events`.

A tombstone keeps its body: deleted tickets and users are still told of, and history names them.
"""

from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

from ticketferry.sdk import Json, Kind, Ref, Wire

__all__ = [
    "REFUSED",
    "Row",
    "is_before_1970",
    "moment",
    "of_audit",
    "of_group",
    "of_membership",
    "of_message",
    "of_organization",
    "of_side_conversation",
    "of_ticket",
    "of_user",
    "to_the_second",
    "utc",
]

REFUSED = "conversation_log_refused"
"""Key beside the first audit of a ticket whose conversation log could not be read: the status of the refusal."""
Row: TypeAlias = dict[str, Any]
"""A JSON object as Zendesk gives it."""


def moment(value: object) -> datetime | None:
    """Read a time of the API, aware UTC; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def utc(value: object) -> str | None:
    """Return a time as neutral records write it (`2026-03-01T10:00:00Z`); None for anything that is no time."""
    if not isinstance(value, str):
        return None
    if value.endswith("Z") and len(value) == 20:
        return value
    found = moment(value)
    return found.isoformat().replace("+00:00", "Z") if found else None


def to_the_second(value: object, latest: str | None = None) -> str | None:
    """Return a time as an import takes it: whole seconds, not before 1970 [DOC ticket_import]; None for anything that is no time."""
    found = moment(value)
    if found is None:
        return None
    text = found.strftime("%Y-%m-%dT%H:%M:%SZ") if found.year >= 1970 else "1970-01-01T00:00:00Z"
    return min(text, latest) if latest else text


def is_before_1970(value: object) -> bool:
    """Tell whether a time is one that an import does not take as it is."""
    found = moment(value)
    return found is not None and found.year < 1970


def _wire(
    desk: str, kind: Kind, id_: object, row: Row, *, gone: bool = False, root: Ref | None = None
) -> Wire:
    updated = moment(row.get("updated_at")) or moment(row.get("created_at"))
    return Wire(Ref(desk, kind, str(id_)), cast("Json", row), updated, gone, root)


def of_organization(desk: str, row: Row) -> Wire:
    """An organization; one with `deleted_at` is a tombstone."""
    return _wire(desk, Kind.ORGANIZATION, row["id"], row, gone=bool(row.get("deleted_at")))


def of_group(desk: str, row: Row) -> Wire:
    """A group."""
    return _wire(desk, Kind.GROUP, row["id"], row)


def of_user(desk: str, row: Row, identities: list[Row]) -> Wire:
    """A user with all identities; an inactive one is a deleted one [OAS]."""
    return _wire(
        desk, Kind.PERSON, row["id"], {**row, "identities": identities}, gone=row.get("active") is False
    )


def of_membership(desk: str, row: Row, of: str) -> Wire:
    """A membership; `of` is `org` or `group`. The two count their ids apart, hence the prefix."""
    return _wire(
        desk, Kind.MEMBERSHIP, f"{of}-{row['id']}", row, root=Ref(desk, Kind.PERSON, str(row["user_id"]))
    )


def of_ticket(
    desk: str,
    row: Row,
    merge: Row | None = None,
    rating: Row | None = None,
    links: list[Row] | None = None,
) -> Wire:
    """A ticket, also a deleted one: exports give it with status `deleted` [REC]."""
    joined = {"merge": merge, "rating": rating, "jira_links": links}
    body = {**row, **{key: value for key, value in joined.items() if value}}
    return _wire(desk, Kind.TICKET, row["id"], body, gone=row.get("status") == "deleted")


def of_audit(desk: str, row: Row) -> Wire:
    """One step of a ticket's history with its comment, from the audits or from the export of ticket events."""
    return _wire(desk, Kind.EVENT, row["id"], row, root=Ref(desk, Kind.TICKET, str(row["ticket_id"])))


def of_message(desk: str, row: Row) -> Wire:
    """An entry of a ticket's conversation log."""
    return _wire(desk, Kind.COMMENT, row["id"], row, root=Ref(desk, Kind.TICKET, str(row["ticket_id"])))


def of_side_conversation(desk: str, row: Row, events: list[Row]) -> Wire:
    """A conversation beside a ticket, with its messages."""
    root = Ref(desk, Kind.TICKET, str(row["ticket_id"]))
    return _wire(desk, Kind.SIDE_CONVERSATION, row["id"], {**row, "events": events}, root=root)
