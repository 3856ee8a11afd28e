"""What a desk defines otherwise than when a mapping was last agreed on: new names, other names, names that are gone, with the tickets affected."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ticketferry.mapping.affected import AffectedTickets
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.catalog import Catalog

__all__ = ["Drift", "drift", "named_tickets"]

_LISTS = {
    "statuses": "status", "priorities": "priority", "types": "type", "forms": "form", "groups": "group", "brands": "brand",
    "projects": "project", "link_types": "link type", "fields": "field", "resolutions": "resolution",
}  # fmt: skip


class Drift(NamedTuple):
    """One name. `change`: `new`, `renamed`, `removed`; `tickets`: how many have it (None: nobody counted)."""

    change: str
    what: str
    before: str
    after: str
    tickets: int | None = None

    @property
    def words(self) -> str:
        """Return the name, or both."""
        return f"{self.before} -> {self.after}" if self.change == "renamed" else self.after or self.before


def drift(before: Catalog, after: Catalog, use: UseCounts | None = None) -> list[Drift]:
    """Compare what a desk defined with what it defines, entry by entry by their ids; the most tickets first. Pure."""
    found: list[Drift] = []
    for key, what in _LISTS.items():
        found += _compared(what, _rows(before, key), _rows(after, key), use)
    for row in after.get("fields", ()):
        old = next((each for each in before.get("fields", ()) if each["id"] == row["id"]), None)
        if old is not None:
            label = f"option of {row['name']}"
            options = (_options(old), _options(row))
            known = {**options[0], **options[1]}
            found += [
                each._replace(tickets=_chosen(use, row["key"], known, each))
                for each in _compared(label, *options, None)
            ]
    return sorted(found, key=lambda row: (-(row.tickets or 0), row.what, row.words))


def _rows(catalog: Catalog, key: str) -> dict[str, Mapping[str, Any]]:
    rows: Any = catalog.get(key, ())
    return {str(row["id"]): row for row in rows if row.get("of", "ticket") == "ticket"}


def _options(field: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(option.get("id") or option["value"]): option for option in field.get("options", ())}


def _compared(
    what: str,
    old: Mapping[str, Mapping[str, Any]],
    new: Mapping[str, Mapping[str, Any]],
    use: UseCounts | None,
) -> Iterator[Drift]:
    if not old:
        return  # a list that was not read then says nothing of what is new
    for id_, row in new.items():
        known = old.get(id_)
        if known is None:
            yield Drift("new", what, "", row["name"], _used(use, what, row))
        elif known["name"] != row["name"]:
            yield Drift("renamed", what, known["name"], row["name"], _used(use, what, row, known))
    for id_, row in old.items():
        if id_ not in new:
            yield Drift("removed", what, row["name"], "", _used(use, what, row))


def _used(use: UseCounts | None, what: str, *rows: Mapping[str, Any]) -> int | None:
    if use is None:
        return None
    if what == "field":
        return sum(use.fields[key] for key in {row["key"] for row in rows})
    if what == "link type":
        return sum(use.links[name] for name in {row["name"] for row in rows})
    if what == "resolution":
        return None
    return sum(
        use.of(what, name) for name in {str(row["key"] if what == "project" else row["name"]) for row in rows}
    )


def _chosen(
    use: UseCounts | None, field: str, options: Mapping[str, Mapping[str, Any]], row: Drift
) -> int | None:
    """Return how many tickets chose an option, by the name that it has or had."""
    if use is None:
        return None
    values = {option["value"] for option in options.values() if option["name"] in (row.before, row.after)}
    counts = use.options.get(field, Counter())
    return sum(counts[value] for value in values)


def named_tickets(
    mapping: MappingFile, name: str, affected: AffectedTickets | None
) -> tuple[bool, int | None]:
    """Tell whether a mapping names something of the target, and for how many tickets where that can be counted."""
    paths = [path for path, text in _texts(mapping.document.data, ()) if text == name]
    if affected is None or not paths:
        return bool(paths), None
    counts = [count for path in paths if (count := affected(path)) is not None]
    return True, sum(counts) if counts else None


def _texts(item: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(item, dict):
        for key, value in item.items():
            yield from _texts(value, (*path, key))
    elif isinstance(item, list):
        for index, value in enumerate(item):
            yield from _texts(value, (*path, index))
    elif isinstance(item, str):
        yield path, item
