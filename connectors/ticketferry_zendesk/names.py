"""The catalog turned round: names and keys by the ids that records hold."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from ticketferry.sdk import Catalog, FieldDef
from ticketferry.sdk.codec import ReadContext

__all__ = ["Names", "field_value", "slugs"]

_SIGNS = re.compile(r"[^a-z0-9]+")


def slugs(titles: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give each field (id, title) a key: its title in lower case with `_` for all else, the lowest id first.

    A key that is taken gets the id appended; a title without a Latin letter or digit gives `field_ID`.
    """
    keys: dict[str, str] = {}
    taken: set[str] = set()
    for id_, title in sorted(titles, key=lambda pair: (len(pair[0]), pair[0])):
        key = _SIGNS.sub("_", title.lower()).strip("_") or f"field_{id_}"
        if key in taken:
            key = f"{key}_{id_}"
        taken.add(key)
        keys[id_] = key
    return keys


def field_value(kind: str, value: Any) -> Any:
    """Return a custom field's value by its type: numbers arrive as text, dates of people's fields as times [OAS, REC].

    A decimal that a float would not hold exactly stays text.
    """
    if not isinstance(value, str):
        return value
    if kind == "integer":
        text = value.strip()
        return int(text) if re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII) else value
    if kind == "decimal":
        try:
            exact = Decimal(value.strip())
        except InvalidOperation:
            return value
        near = float(exact)
        return near if exact.is_finite() and Decimal(repr(near)) == exact else value
    if kind == "date" and value[10:] in ("T00:00:00+00:00", "T00:00:00Z"):
        return value[:10]
    return value


class Names:
    """Look-ups of one catalog, built once."""

    def __init__(self, catalog: Catalog) -> None:
        self.reading = ReadContext(
            catalog["desk"],
            {table: _by_id(cast("Any", catalog).get(table, ())) for table in ("brands", "forms")},
        )
        fields = catalog.get("fields", ())
        self.fields: dict[str, FieldDef] = {
            row["id"]: row for row in fields if row.get("of", "ticket") == "ticket"
        }
        self.people_types = {row["key"]: row["type"] for row in fields if row.get("of") == "person"}
        self.organization_types = {
            row["key"]: row["type"] for row in fields if row.get("of") == "organization"
        }
        self.custom = {
            row["id"]: (row["name"], row.get("category", ""))
            for row in catalog.get("statuses", ())
            if row["name"].startswith("custom:")
        }
        self.categories: Mapping[str, str] = _texts(catalog.get("native", {}).get("status_categories"))

    def status(self, category: str | None, custom: object) -> str | None:
        """Return a status by its category and custom status: the custom one's name where it is not the category's own.

        Without a category the custom status decides alone.
        """
        key = "" if custom is None else str(custom)
        named = self.custom.get(key)
        if category is None:
            return named[0] if named else self.categories.get(key)
        return named[0] if named and named[1] == category else category

    def status_held(self, category: str | None, custom: object) -> str | None:
        """Return the status of a ticket as it stands: a closed one keeps the custom status in which it was solved.

        Its stage tells that it is closed; the history names each step by itself, see :meth:`status`. A ticket is closed from
        solved, so that a custom status of another category contradicts it and says nothing.
        """
        named = self.custom.get("" if custom is None else str(custom)) if category == "closed" else None
        if named is not None and named[1] == "solved":
            return named[0]
        return self.status(category, custom)


def _by_id(rows: Iterable[Any]) -> dict[str, str]:
    return {row["id"]: row["name"] for row in rows}


def _texts(value: Any) -> dict[str, str]:
    return {str(key): str(item) for key, item in value.items()} if isinstance(value, dict) else {}
