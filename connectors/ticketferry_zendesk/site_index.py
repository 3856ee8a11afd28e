"""The catalog as compile and translate ask it: by name, without regard to case where people type it."""

from collections.abc import Sequence
from typing import Any, cast

from ticketferry.sdk import (
    Catalog,
    FieldDef,
    From,
    Json,
    Stage,
    StatusDef,
    Template,
    id_template,
    parse_ref,
    planned_ref,
    short_hash,
)
from ticketferry.sdk.catalog_index import CatalogIndex
from ticketferry.sdk.naming import named
from ticketferry_zendesk.catalog import STAGES
from ticketferry_zendesk.message import Where
from ticketferry_zendesk.names import slugs

__all__ = ["BY_STAGE", "ZendeskCatalogIndex", "planned_type"]

BY_STAGE = {
    Stage.NEW: "new",
    Stage.ASSIGNED: "open",
    Stage.IN_PROGRESS: "open",
    Stage.PENDING_CUSTOMER: "pending",
    Stage.ON_HOLD: "hold",
    Stage.RESOLVED: "solved",
}
"""Stage -> category of a status; closed stands for no stage that a custom status may have [OAS CustomStatusCreateInput]."""
_AS_TEXT = frozenset({"datetime", "url", "user", "labels", "cascading"})
"""Types that Zendesk has no field for: text holds them."""


def planned_type(kind: str) -> str:
    """Return the type that a field gets which a plan makes."""
    return "text" if kind in _AS_TEXT else kind


def _as_they_will_be(rows: Sequence[FieldDef]) -> list[FieldDef]:
    """Return the fields under the keys and types that reading will give them, also those that a plan makes.

    A key that holds the field's number (a title without Latin letters, or one that another field has) is not known before the
    field is there: the target's records name such a field by a digest of its title instead.
    """
    mine = [row for row in rows if row.get("of", "ticket") == "ticket"]
    keys = slugs((row["id"], row["name"]) for row in mine)
    for row in mine:
        if keys[row["id"]].endswith(f"_{row['id']}"):
            stable = keys[row["id"]].removesuffix(row["id"]) + short_hash(row["name"])
            if stable not in keys.values():
                keys[row["id"]] = stable
    return [
        cast(
            "FieldDef",
            {
                **row,
                "key": keys[row["id"]],
                "type": planned_type(row["type"]) if planned_ref(row["id"]) else row["type"],
            },
        )
        if row.get("of", "ticket") == "ticket"
        else row
        for row in rows
    ]


class ZendeskCatalogIndex(CatalogIndex):
    """An index over one catalog; `origin` is the source desk whose tickets links name."""

    def __init__(self, catalog: Catalog, origin: str) -> None:
        super().__init__(catalog)
        self.url = catalog.get("url", "")
        self.where = Where(self.url, origin)
        fields = _as_they_will_be(catalog.get("fields", []))
        self.renamed = {
            before["key"]: after["key"]
            for before, after in zip(catalog.get("fields", []), fields, strict=True)
            if before.get("of", "ticket") == "ticket" and before["key"] != after["key"]
        }
        """Key in the catalog -> key in the target's records, where the two differ."""
        self._of: dict[str, dict[str, FieldDef]] = {"ticket": {}, "person": {}, "organization": {}}
        for row in fields:
            table = self._of[row.get("of", "ticket")]
            for name in (row["key"], row["name"]):
                table.setdefault(name, row)
                table.setdefault(name.casefold(), row)
        self._checks = {str(key): str(tag) for key, tag in self.native.get("checkbox_tags", {}).items()}
        self.owner_of: dict[str, str] = {}
        """Tag -> key of the field whose value it is."""
        for row in fields:
            if row.get("of", "ticket") == "ticket" and row.get("active", True):
                for option in row.get("options", ()) if row["type"] in ("select", "multiselect") else ():
                    self.owner_of.setdefault(option["value"], row["key"])
                if row["id"] in self._checks:
                    self.owner_of.setdefault(self._checks[row["id"]], row["key"])

    def number(self, ref: str) -> Template:
        """Return the number of a record in this account: known where the ref is the account's own, else when it is made."""
        own = parse_ref(ref)
        return int(own.id) if own.desk == self.desk and own.id.isdigit() else From(own, as_int=True)

    def field(self, name: str, of: str = "ticket") -> FieldDef | None:
        """Find a custom field by its key or name."""
        return self._of[of].get(name) or self._of[of].get(name.casefold())

    def tags_of(self, field: FieldDef, value: Any) -> list[str]:
        """Return the tags that a value of a field puts on its ticket."""
        match field["type"]:
            case "select":
                return [value] if isinstance(value, str) else []
            case "multiselect":
                return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
            case "checkbox":
                tag = self._checks.get(field["id"])
                return [tag] if tag and value is True else []
        return []

    def option(self, field: FieldDef, value: Json) -> Template:
        """Return a value of a field as a ticket names it: symbolic where the plan makes the option, so that the ticket waits for it."""
        if isinstance(value, list):
            return [self.option(field, item) for item in value]
        for row in field.get("options", ()) if field["type"] in ("select", "multiselect") else ():
            if row["value"] == value and planned_ref(row.get("id", "")) is not None:
                return id_template(row["id"], slot="value")
        return cast("Template", value)

    def status(self, name: str) -> StatusDef | None:
        """Find a status; a custom one also without its `custom:`."""
        rows = [row for row in self.catalog.get("statuses", []) if row.get("active", True)]
        return named(rows, name) or named(rows, f"custom:{name}")

    def status_of(self, stage: str | None) -> StatusDef | None:
        """Return the system status that stands for a stage; closed for every exit."""
        name = BY_STAGE.get(Stage(stage), "closed") if stage else "new"
        return self.status(name)

    def stage(self, category: str) -> str | None:
        """Return the stage of a category."""
        found = STAGES.get(category)
        return found.value if found is not None else None

    def id_of(self, table: str, name: str) -> int | None:
        """Return the number of a brand, form or group by its name."""
        found = super().id_of(table, name)
        return int(found) if found is not None else None
