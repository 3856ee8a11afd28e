"""Small facts about Intercom's wire records: ids, times, and which record a row is."""

from datetime import datetime
from typing import Any

from ticketferry.sdk import Kind, Ref, Wire
from ticketferry.sdk.values import from_unix
from ticketferry_intercom.client import Row

__all__ = ["TICKET", "item_labels", "nobody", "number_of", "of_author", "of_case", "of_row", "some"]

TICKET = "t"
"""Stands before the id of a ticket: conversations and tickets may share numbers, and both are tickets here."""


def some(value: Any) -> Row:
    """Return an object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def nobody(id_: Any) -> bool:
    """Tell whether an id names nobody: null in conversations, "0" in tickets [OAS]."""
    return id_ is None or str(id_) in ("", "0")


def number_of(id_: str) -> tuple[str, str]:
    """Return the collection (`conversations`, `tickets`) and the id there of a case."""
    return ("tickets", id_.removeprefix(TICKET)) if id_.startswith(TICKET) else ("conversations", id_)


def _updated(row: Row) -> datetime | None:
    at = from_unix(row.get("updated_at"))
    return datetime.fromisoformat(at) if at else None


def of_case(desk: str, row: Row) -> Wire:
    """Make the wire of a conversation or ticket with all its parts; a ticket has a letter before its id."""
    return Wire(Ref(desk, Kind.TICKET, f"{TICKET if row.get('type') == 'ticket' else ''}{row['id']}"), row, _updated(row))  # fmt: skip


def of_author(desk: str, author: Row) -> Wire:
    """Make the wire of somebody who is in no list: a bot, a teammate who left, a contact that was deleted."""
    return Wire(Ref(desk, Kind.PERSON, str(author["id"])), {"author": author}, None, met=True)


def of_row(desk: str, kind: Kind, row: Row) -> Wire:
    """Make the wire of a contact, a company, an admin or a team."""
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
