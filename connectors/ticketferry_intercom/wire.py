"""Small facts about Intercom's wire records: ids, times, and which record a row is."""

from datetime import UTC, datetime
from typing import Any

from ticketferry.sdk import Kind, Ref, Wire
from ticketferry_intercom.client import Row

__all__ = [
    "TICKET",
    "case_ref",
    "instant",
    "item_labels",
    "nobody",
    "number_of",
    "of_author",
    "of_case",
    "of_contact",
    "of_row",
    "seconds",
    "some",
]

TICKET = "t"
"""Stands before the id of a ticket: conversations and tickets may share numbers, and both are tickets here."""


def some(value: Any) -> Row:
    """Return an object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def nobody(id_: Any) -> bool:
    """Tell whether an id names nobody: null in conversations, "0" in tickets [OAS]."""
    return id_ is None or str(id_) in ("", "0")


def instant(value: Any) -> str | None:
    """Return unix seconds as ISO 8601; None for what is no time."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError):
        return None


def seconds(text: str) -> int:
    """Return an ISO time as unix seconds."""
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def case_ref(desk: str, row: Row) -> Ref:
    """Name a conversation by its id, a ticket by its id with a letter before it."""
    return Ref(desk, Kind.TICKET, f"{TICKET if row.get('type') == 'ticket' else ''}{row['id']}")


def number_of(id_: str) -> tuple[str, str]:
    """Return the collection (`conversations`, `tickets`) and the id there of a case."""
    return ("tickets", id_.removeprefix(TICKET)) if id_.startswith(TICKET) else ("conversations", id_)


def _updated(row: Row) -> datetime | None:
    at = instant(row.get("updated_at"))
    return datetime.fromisoformat(at) if at else None


def of_case(desk: str, row: Row) -> Wire:
    """Make the wire of a conversation or ticket with all its parts."""
    return Wire(case_ref(desk, row), row, _updated(row))


def of_contact(desk: str, row: Row, *, met: bool = False) -> Wire:
    """Make the wire of a contact; `met`: a conversation named it and the list of contacts did not."""
    return Wire(Ref(desk, Kind.PERSON, str(row["id"])), row, _updated(row), met=met)


def of_author(desk: str, author: Row) -> Wire:
    """Make the wire of somebody who is in no list: a bot, a teammate who left, a contact that was deleted."""
    return Wire(Ref(desk, Kind.PERSON, str(author["id"])), {"author": author}, None, met=True)


def of_row(desk: str, kind: Kind, row: Row) -> Wire:
    """Make the wire of a company, an admin or a team."""
    return Wire(Ref(desk, kind, str(row["id"])), row, _updated(row))


def item_labels(ticket_type: Row, values: Row) -> dict[str, str]:
    """Return the labels of a ticket's list values that are written by the item's id, as no document says they are not."""
    found: dict[str, str] = {}
    for row in some(ticket_type.get("ticket_type_attributes")).get("data") or ():
        items = {
            str(item.get("id")): str(item.get("label"))
            for item in some(row.get("input_options")).get("list_options") or ()
        }
        value = str(values.get(row.get("name")))
        if value in items and value not in items.values():
            found[str(row["name"])] = items[value]
    return found
