"""Look-ups where only the definitions of a desk are there: its groups are known, people and organizations are whoever a test names."""

from ticketferry.mapping.result import NoLookups
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record

__all__ = ["CatalogLookups"]


class CatalogLookups(NoLookups):
    """Groups of a catalog by ref. `ref` finds a group by its name, and makes up anybody else."""

    def __init__(self, catalog: Catalog) -> None:
        self._desk = catalog["desk"]
        self._records: dict[str, Record] = {}
        self._groups: dict[str, str] = {}
        for row in catalog.get("groups", ()):
            ref = f"{self._desk}:group:{row['id']}"
            self._groups.setdefault(row["name"].casefold(), ref)
            self._records[ref] = {"ref": ref, "name": row["name"], "restricted": row.get("restricted", False)}

    def record(self, ref: str) -> Record | None:
        """Return a group, or somebody that a test named."""
        return self._records.get(ref)

    def in_scope(self, _ref: str) -> bool:
        """Every ticket that is named takes part."""
        return True

    def ref(self, kind: str, name: str) -> str | None:
        """Return who has a name; None for a group that the desk does not have."""
        if kind == "group":
            return self._groups.get(name.casefold())
        ref = f"{self._desk}:{kind}:{name}"
        key = "email" if "@" in name else "name"
        self._records.setdefault(
            ref, {"ref": ref, key: name, "name": name, "role": "end_user", "state": "active"}
        )
        return ref
