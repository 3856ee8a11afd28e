"""Short forms of sections, written out before the model reads them; every value keeps its place in the file."""

from typing import Any

from ticketferry.mapping.yaml_document import Document, Path

__all__ = ["spread_tables"]

_TABLES = ("status", "priority", "type", "form")
_WHOLE = ("by", "values", "missing", "when", "else")


def spread_tables(data: dict[str, Any], document: Document) -> None:
    """Write a table that another field decides whole (`priority: {by: fields.severity, values: {…}}`) as the rule for all its values."""
    for section in _TABLES:
        table = data.get(section)
        if not isinstance(table, dict) or not isinstance(table.get("by"), str):
            continue
        if not isinstance(table.get("values"), dict) and "missing" not in table:
            document.complain((section, "by"), f"`by` decides the whole of `{section}` and needs `values`")
        others = [key for key in table if key not in _WHOLE]
        for key in others:
            document.complain(
                (section, key),
                f"`by` decides the whole of `{section}`: put it below one value (`{key}: {{by: …}}`), or take `{key}` out",
            )
        rule = {key: value for key, value in table.items() if key in _WHOLE}
        _copy_places(document, (section,), (section, "*"), frozenset(rule))
        data[section] = {"*": rule}


def _copy_places(document: Document, path: Path, to: Path, keys: frozenset[str]) -> None:
    """Let values below `path` stand below `to` as well."""
    length = len(path)
    for place in [each for each in document.places if each[:length] == path]:
        if len(place) == length or place[length] in keys:
            here = (*to, *place[length:])
            document.places[here] = document.places[place]
            if place in document.files:
                document.files[here] = document.files[place]
