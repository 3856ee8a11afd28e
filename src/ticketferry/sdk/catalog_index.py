"""A catalog as translating and compiling ask it: entries by their names, in any case of letters where people type them."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from ticketferry.schema.catalog import Catalog, FieldDef
from ticketferry.sdk.naming import NamedRows

__all__ = ["CatalogIndex"]


class CatalogIndex:
    """What every product's catalog is asked for; a connector adds what only its own has. Made once for each catalog (`PerCatalog`)."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.desk = catalog["desk"]
        self.native = cast("Mapping[str, Any]", catalog.get("native", {}))
        self._tables: dict[str, NamedRows] = {}
        fields: Iterable[FieldDef] = catalog.get("fields", [])
        self._fields = NamedRows(fields, "key")
        self._by_id = {row["id"]: row for row in fields}
        self._stages = {row["name"]: row["stage"] for row in catalog.get("statuses", [])}

    def entry(self, table: str, name: str) -> Any:
        """Return an entry of a table of the catalog (`priorities`, `brands`) by its name; None where there is none."""
        rows = self._tables.get(table)
        if rows is None:
            rows = self._tables[table] = NamedRows(cast("Any", self.catalog).get(table) or ())
        return rows.get(name)

    def id_of(self, table: str, name: str) -> Any:
        """Return the id of an entry."""
        entry = self.entry(table, name)
        return entry["id"] if entry is not None else None

    def spelt(self, table: str, name: str) -> str | None:
        """Return a name as the catalog spells it."""
        entry = self.entry(table, name)
        return str(entry["name"]) if entry is not None else None

    def field(self, name: str) -> FieldDef | None:
        """Find a custom field by its key."""
        return cast("FieldDef | None", self._fields.get(name))

    def field_by_id(self, id_: str) -> FieldDef | None:
        """Find a custom field by its id."""
        return self._by_id.get(id_)

    def stage(self, status: str) -> str | None:
        """Return the stage of a status."""
        return self._stages.get(status)
