"""Entries of the set-up that a plan makes: what their creation gives, how they are read again, who else uses them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ticketferry.sdk import Kind, Operation, Ref, RejectedError, Wire

from .client import JsmClient
from .wire import API

__all__ = ["DEFINED", "fetch_definitions", "slots_of_definition", "users_of"]

DEFINED = frozenset({"component.create"})
_MANY = 100


def slots_of_definition(operation: Operation, row: Mapping[str, Any]) -> dict[str, str]:
    """Return the slots of an entry as Jira shows it; nothing where it tells no id."""
    if not row.get("id"):
        return {}
    number = str(row["id"])
    return {
        "id": f"{operation.endpoint.partition('.')[0]}/{number}",
        "number": number,
        "name": str(row.get("name")),
    }


def fetch_definitions(client: JsmClient, refs: Sequence[Ref]) -> list[Wire]:
    """Read entries by the names that their creation gave; what is gone is left out."""
    found: list[Wire] = []
    for ref in refs:
        row = _read(client, ref.id)
        if row is not None:
            found.append(Wire(Ref(ref.desk, Kind.DEFINITION, ref.id), row, None))
    return found


def _read(client: JsmClient, name: str) -> dict[str, Any] | None:
    what, _, number = name.partition("/")
    try:
        row = dict(client.get(f"{API}/{what}/{number}", endpoint=f"setup.{what}"))
    except RejectedError as error:
        if error.status == 404:
            return None
        raise
    return {**row, "definition": what}


def users_of(client: JsmClient, operation: Operation) -> list[str]:
    """Return the keys of requests that bear what is about to be deleted, at most a hundred.

    The search index lags behind, and may still show what a rollback has just deleted: each hit is read by its id as well.
    """
    component = str(operation.params["component"])
    rows = client.search(f"component = {component}", _MANY).get("issues", [])
    return list(_bearing(client, [str(row["id"]) for row in rows], component))


def _bearing(client: JsmClient, ids: Sequence[str], component: str) -> Iterator[str]:
    for row in client.issues(ids, ["components"]) if ids else ():
        values = row["fields"].get("components") or []
        if any(str(item.get("id")) == component for item in values):
            yield str(row["key"])
