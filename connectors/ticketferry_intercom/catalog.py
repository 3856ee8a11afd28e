"""What a workspace defines: states, ticket types with their attributes, data attributes of people and companies, teams, tags."""

from ticketferry.sdk import Catalog, FieldDef, RejectedError, StatusDef
from ticketferry.sdk.shapes import holding
from ticketferry_intercom.client import IntercomClient, Row
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.translate import STAGES
from ticketferry_intercom.wire import some

__all__ = ["read_catalog"]

_TYPES = {
    "integer": "integer", "float": "decimal", "decimal": "decimal", "boolean": "checkbox", "date": "date", "datetime": "datetime",
    "list": "select",
}  # fmt: skip
_STATES = {"Open": "in_progress", "Snoozed": "on_hold", "Closed": "closed"}
"""State of a conversation -> stage; agents' answers make finer ones of it."""


def read_catalog(client: IntercomClient, options: IntercomOptions, desk: str) -> Catalog:
    """Read all definitions. Lists that the plan of the workspace does not have are empty."""
    app = some(client.get("/me", endpoint="setup.me").get("app"))
    types = [row for row in _rows(client, "/ticket_types", "data") if row.get("name")]
    fields = {name: _field({"name": name}, "ticket") for name in options.attributes}
    for kind in types:
        for row in some(kind.get("ticket_type_attributes")).get("data") or ():
            # Tickets hold them by name, whatever their type: the first of a name stands for all.
            if row.get("name") and not str(row["name"]).startswith("_default_"):
                fields.setdefault(str(row["name"]), _field(row, "ticket"))
    more = [
        _field(row, of)
        for model, of in (("contact", "person"), ("company", "organization"))
        for row in _rows(client, "/data_attributes", "data", model=model)
        if row.get("custom") and row.get("name")
    ]
    statuses: dict[str, StatusDef] = {
        name: {"id": name.lower(), "name": name, "stage": stage, "category": "conversation"}
        for name, stage in _STATES.items()
    }
    for row in _rows(client, "/ticket_states", "data"):
        name, stage = (
            str(row.get("internal_label") or row.get("category")), STAGES.get(str(row.get("category")), "in_progress"),
        )  # fmt: skip
        statuses.setdefault(name, {"id": str(row.get("id")), "name": name, "stage": stage, "category": "ticket"})  # fmt: skip
    return {
        "desk": desk, "product": "intercom", "url": options.base_url, "statuses": list(statuses.values()),
        "priorities": [{"id": name, "name": name} for name in ("priority", "not_priority")],
        "types": [{"id": name, "name": name} for name in ("conversation", "Customer", "Back-office", "Tracker")],
        "fields": [*fields.values(), *more],
        "forms": [{"id": str(row["id"]), "name": str(row["name"]), "type": str(row.get("category", ""))} for row in types],
        "groups": [{"id": str(row["id"]), "name": str(row.get("name", ""))} for row in _rows(client, "/teams", "teams")],
        "native": {
            "workspace": str(app.get("id_code") or ""),
            "tags": {str(row["id"]): str(row.get("name", "")) for row in _rows(client, "/tags", "data") if row.get("id")},
        },
    }  # fmt: skip


def _rows(client: IntercomClient, path: str, key: str, **params: str) -> list[Row]:
    try:
        return list(client.get(path, params, endpoint=f"setup{path.replace('/', '.')}", fits=holding(key))[key])  # fmt: skip
    except RejectedError as error:
        if error.status in (403, 404):
            return []
        raise


def _field(row: Row, of: str) -> FieldDef:
    name = str(row["name"])
    values = [str(value) for value in row.get("options") or () if isinstance(value, str) and value]
    return {
        "id": str(row.get("id") or f"{of}:{name}"), "key": name, "name": str(row.get("label") or name), "of": of,
        "type": "select" if values else _TYPES.get(str(row.get("data_type")), "text"), "active": row.get("archived") is not True,
        "options": [{"value": value, "name": value} for value in values],
    }  # fmt: skip
