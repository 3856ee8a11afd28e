"""What a workspace defines: states, ticket types with their attributes, data attributes of people and companies, teams, tags."""

from functools import partial
from typing import Any

from ticketferry.sdk import Catalog, FieldDef, Json, StatusDef
from ticketferry.sdk.rest.client import RestClient, RestList
from ticketferry.sdk.rest.requests import RestRequest
from ticketferry.sdk.shapes import object_at, objects_at
from ticketferry_intercom.client import Row
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.translate import STAGES

__all__ = ["read_catalog"]

_TYPES = {name: name for name in ("integer", "decimal", "date", "datetime")}
_TYPES |= {"float": "decimal", "boolean": "checkbox", "list": "select"}
_STATES = {"Open": "in_progress", "Snoozed": "on_hold", "Closed": "closed"}
"""State of a conversation -> stage; agents' answers make finer ones of it."""


def read_catalog(client: RestClient, options: IntercomOptions, desk: str) -> Catalog:
    """Read all definitions. Lists that the plan of the workspace does not have are empty."""
    app = object_at(client.get("/me", endpoint="setup.me"), "app")
    rows = partial(_rows, client)
    types = [row for row in rows("/ticket_types") if row.get("name")]
    fields = {name: _field({"name": name}, "ticket") for name in options.attributes}
    for row in (row for kind in types for row in objects_at(kind, "ticket_type_attributes.data")):
        # Tickets hold them by name, whatever their type: the first of a name stands for all.
        if row.get("name") and not str(row["name"]).startswith("_default_"):
            fields.setdefault(str(row["name"]), _field(row, "ticket"))
    more = [
        _field(row, of)
        for model, of in (("contact", "person"), ("company", "organization"))
        for row in rows("/data_attributes", model=model)
        if row.get("custom") and row.get("name")
    ]
    statuses = {name: _status(name.lower(), name, stage, "conversation") for name, stage in _STATES.items()}
    for row in rows("/ticket_states"):
        name, stage = row.get("internal_label") or row.get("category"), STAGES.get(str(row.get("category")))
        statuses.setdefault(str(name), _status(row.get("id"), name, stage or "in_progress", "ticket"))
    native: dict[str, Json] = {
        "workspace": str(app.get("id_code") or ""),
        "tags": {str(row["id"]): str(row.get("name", "")) for row in rows("/tags") if row.get("id")},
    }
    kinds = ("conversation", "Customer", "Back-office", "Tracker")
    return {
        "desk": desk,
        "product": "intercom",
        "url": options.base_url,
        "statuses": list(statuses.values()),
        "priorities": [{"id": name, "name": name} for name in ("priority", "not_priority")],
        "types": [{"id": name, "name": name} for name in kinds],
        "fields": [*fields.values(), *more],
        "forms": [_named(row, type=str(row.get("category", ""))) for row in types],
        "groups": [_named(row) for row in rows("/teams", "teams")],
        "native": native,
    }


def _rows(client: RestClient, path: str, key: str = "data", **params: str) -> list[Row]:
    listed = RestList(RestRequest(path, params), key, f"setup{path.replace('/', '.')}")
    return list(client.rows(listed, absent=(403, 404)))


def _named(row: Row, **more: str) -> Any:
    return {"id": str(row["id"]), "name": str(row.get("name", "")), **more}


def _status(id_: object, name: object, stage: str, category: str) -> StatusDef:
    return {"id": str(id_), "name": str(name), "stage": stage, "category": category}


def _field(row: Row, of: str) -> FieldDef:
    name = str(row["name"])
    values = [str(value) for value in row.get("options") or () if isinstance(value, str) and value]
    return {
        "id": str(row.get("id") or f"{of}:{name}"),
        "key": name,
        "name": str(row.get("label") or name),
        "of": of,
        "type": "select" if values else _TYPES.get(str(row.get("data_type")), "text"),
        "active": row.get("archived") is not True,
        "options": [{"value": value, "name": value} for value in values],
    }
