"""Entries of the set-up that a plan makes: what their creation gives, how they are read again."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from ticketferry.sdk import Json, Kind, Operation, Ref, Wire
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.wire import Row, moment

__all__ = ["DEFINED", "fetch_definitions", "gives_of_definition", "slots_of_definition"]

DEFINED = frozenset({"field.create", "field.add_option", "status.create"})
_INNER = {
    "field.create": "ticket_field",
    "field.add_option": "custom_field_option",
    "status.create": "custom_status",
}


def gives_of_definition(endpoint: str, answer: Mapping[str, Any], operation: Operation) -> dict[str, str]:
    """Return the slots of an entry from the answer to its creation."""
    row = answer.get(_INNER[endpoint])
    return slots_of_definition(endpoint, row, operation) if isinstance(row, Mapping) and row.get("id") else {}


def slots_of_definition(endpoint: str, row: Mapping[str, Any], operation: Operation) -> dict[str, str]:
    """Return the slots of an entry as the desk shows it."""
    number = str(row["id"])
    match endpoint:
        case "field.create":
            return {"id": f"field/{number}", "number": number}
        case "status.create":
            return {"id": f"status/{number}", "number": number}
    return {"id": f"option/{operation.params['field']}/{number}", "value": str(row.get("value"))}


def fetch_definitions(client: ZendeskClient, refs: Sequence[Ref]) -> list[Wire]:
    """Read entries by the names that their creation gave; what is gone is left out."""
    found: list[Wire] = []
    for ref in refs:
        row = _read(client, ref.id)
        if row is not None:
            updated = moment(row.get("updated_at"))
            found.append(Wire(Ref(ref.desk, Kind.DEFINITION, ref.id), cast("Json", row), updated))
    return found


def _read(client: ZendeskClient, name: str) -> Row | None:
    what, _, number = name.partition("/")
    if what == "status":
        row = _show(client, "custom_statuses", "custom_status", number)
        return row and {**row, "definition": "status"}
    field = _show(client, "ticket_fields", "ticket_field", number.partition("/")[0])
    if field is None or what == "field":
        return field and {**field, "definition": "field"}
    option = number.partition("/")[2]
    for row in field.get("custom_field_options") or ():
        if str(row.get("id")) == option:
            return {**row, "definition": "option", "field_title": field.get("title")}
    return None


def _show(client: ZendeskClient, path: str, key: str, number: str) -> Row | None:
    row = (client.show(f"/{path}/{number}", endpoint=f"setup.{key}") or {}).get(key)
    return row if isinstance(row, dict) else None
