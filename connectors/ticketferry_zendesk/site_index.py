"""The catalog as compile and translate ask it: by name, without regard to case where people type it."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from ticketferry.sdk import Catalog, FieldDef, From, Stage, StatusDef, Template, parse_ref
from ticketferry_zendesk.catalog import STAGES
from ticketferry_zendesk.message import Where

__all__ = ["Site"]

T = TypeVar("T", bound=Mapping[str, Any])
_BY_STAGE = {
    Stage.NEW: "new",
    Stage.ASSIGNED: "open",
    Stage.IN_PROGRESS: "open",
    Stage.PENDING_CUSTOMER: "pending",
    Stage.ON_HOLD: "hold",
    Stage.RESOLVED: "solved",
}


def _named(rows: Sequence[T] | None, name: str) -> T | None:
    """Find an entry by its exact name, else in any case of letters."""
    found = [row for row in rows or () if row["name"] == name]
    if not found:
        folded = name.casefold()
        found = [row for row in rows or () if str(row["name"]).casefold() == folded]
    return found[0] if found else None


class Site:
    """An index over one catalog; `origin` is the source desk whose tickets links name."""

    def __init__(self, catalog: Catalog, origin: str) -> None:
        self.catalog = catalog
        self.desk = catalog["desk"]
        self.url = catalog.get("url", "")
        self.where = Where(self.url, origin)
        fields = catalog.get("fields", [])
        self._fields: dict[str, dict[str, FieldDef]] = {"ticket": {}, "person": {}, "organization": {}}
        for row in fields:
            table = self._fields[row.get("of", "ticket")]
            for name in (row["key"], row["name"]):
                table.setdefault(name, row)
                table.setdefault(name.casefold(), row)
        native = cast("Mapping[str, Any]", catalog.get("native", {}))
        self._checks = {str(key): str(tag) for key, tag in native.get("checkbox_tags", {}).items()}
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
        return self._fields[of].get(name) or self._fields[of].get(name.casefold())

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

    def status(self, name: str) -> StatusDef | None:
        """Find a status; a custom one also without its `custom:`."""
        rows = [row for row in self.catalog.get("statuses", []) if row.get("active", True)]
        return _named(rows, name) or _named(rows, f"custom:{name}")

    def status_of(self, stage: str | None) -> StatusDef | None:
        """Return the system status that stands for a stage; closed for every exit."""
        name = _BY_STAGE.get(Stage(stage), "closed") if stage else "new"
        return self.status(name)

    def stage(self, category: str) -> str | None:
        """Return the stage of a category."""
        found = STAGES.get(category)
        return found.value if found is not None else None

    def id_of(self, table: str, name: str) -> int | None:
        """Return the number of a brand, form or group by its name."""
        found = _named(cast("Any", self.catalog).get(table), name)
        return int(found["id"]) if found is not None else None

    def spelt(self, table: str, name: str) -> str | None:
        """Return a name as the catalog spells it."""
        found = _named(cast("Any", self.catalog).get(table), name)
        return str(found["name"]) if found is not None else None
