"""Short forms of sections, written out before the model reads them; every value keeps its place in the file."""

from typing import Any

from ticketferry.mapping.yaml_document import Document, Path

__all__ = ["spread_parts", "spread_tables"]

_TABLES = ("status", "priority", "type", "form")
_PARTS = ("score", "comment", "reason")
_OF_ALL_PARTS = ("from", "to", "when", "because")
_WHOLE = ("by", "values", "missing", "when", "else")


def spread_parts(data: dict[str, Any], document: Document) -> None:
    """Write a rule that gives each part of a rating a field (`{from: satisfaction, to: {score: CSAT}}`) as a rule for each; the first stays where
    it stands, the others come after all rules.
    """
    rules = data.get("fields")
    if not isinstance(rules, list):
        return
    for index, rule in enumerate(list(rules)):
        if not isinstance(rule, dict) or not isinstance(rule.get("to"), dict):
            continue
        path: Path = ("fields", index)
        if rule.get("from") not in ("satisfaction", ["satisfaction"]):
            document.complain(
                (*path, "to"), "a name of a field is wanted here: only `satisfaction` has parts"
            )
            continue
        for word in [word for word in rule if word not in _OF_ALL_PARTS]:
            document.complain(
                (*path, word), f"`{word}` belongs to one part: `to: {{score: {{to: NAME, {word}: …}}}}`"
            )
        common = {key: value for key, value in rule.items() if key in ("when", "because")}
        if not rule["to"]:
            document.complain((*path, "to"), f"which part goes where? It has {', '.join(_PARTS)}")
        for number, (part, place) in enumerate(rule["to"].items()):
            here: Path = (*path, "to", part)
            if part not in _PARTS:
                document.complain(here, f"`satisfaction` has no `{part}`: it has {', '.join(_PARTS)}")
                continue
            own = place if isinstance(place, dict) else {"to": place}
            made = common | own | {"from": f"satisfaction.{part}"}
            to = len(rules) if number else index
            if number:
                _copy_places(document, path, ("fields", to), frozenset(common))
                rules.append(made)
            else:
                rules[index] = made
            _copy_places(document, here, ("fields", to), frozenset(own))


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
