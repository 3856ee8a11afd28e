"""Small facts about Intercom's wire records: ids, times, and which record a row is."""

from datetime import datetime

from ticketferry.sdk import Kind, Ref, Wire
from ticketferry.sdk.shapes import objects_at
from ticketferry.sdk.values import from_unix
from ticketferry_intercom.client import Row

__all__ = ["TICKET", "is_teammate", "item_labels", "number_of", "of_author", "of_case", "of_row"]

TICKET = "t"
"""Stands before the id of a ticket: conversations and tickets may share numbers, and both are tickets here."""


def is_teammate(id_: str) -> bool:
    """Tell a teammate's number from a contact's 24 hexadecimal digits [OAS]."""
    return id_.isdecimal() and len(id_) < 24


def number_of(id_: str) -> tuple[str, str]:
    """Return the collection (`conversations`, `tickets`) and the id there of a case."""
    return ("tickets", id_.removeprefix(TICKET)) if id_.startswith(TICKET) else ("conversations", id_)


def of_case(desk: str, row: Row) -> Wire:
    """Make the wire of a conversation or ticket with all its parts; a ticket has a letter before its id."""
    return of_row(desk, Kind.TICKET, row, TICKET if row.get("type") == "ticket" else "")


def of_author(desk: str, author: Row) -> Wire:
    """Make the wire of somebody who is in no list: a bot, a teammate who left, a contact that was deleted."""
    return Wire(Ref(desk, Kind.PERSON, str(author["id"])), {"author": author}, None, met=True)


def of_row(desk: str, kind: Kind, row: Row, letter: str = "", at: str = "updated_at") -> Wire:
    """Make the wire of a contact, a company, an admin or a team."""
    time = from_unix(row.get(at))
    return Wire(Ref(desk, kind, f"{letter}{row['id']}"), row, datetime.fromisoformat(time) if time else None)


def item_labels(ticket_type: Row, values: Row) -> dict[str, str]:
    """Return the labels of a ticket's list values that are written by the item's id, as no document says they are not."""
    found: dict[str, str] = {}
    for row in objects_at(ticket_type, "ticket_type_attributes.data"):
        options = objects_at(row, "input_options.list_options")
        items = {str(item.get("id")): str(item.get("label")) for item in options}
        value = str(values.get(str(row.get("name"))))
        if value in items and value not in items.values():
            found[str(row["name"])] = items[value]
    return found
