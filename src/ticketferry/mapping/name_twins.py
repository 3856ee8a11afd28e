"""Fields and options of the source that have one name for the target: by `rest: same_name` both would be written to one place."""

from collections.abc import Callable, Iterator

from ticketferry.mapping.codes import finding
from ticketferry.mapping.loader import MappingFile
from ticketferry.schema.catalog import Catalog, FieldDef
from ticketferry.sdk.contract import Finding
from ticketferry.sdk.naming import NameKind

__all__ = ["twin_names"]


def twin_names(
    mapping: MappingFile, source: Catalog, name_key: Callable[[NameKind, str], str]
) -> Iterator[Finding]:
    """Yield a blocker for each name that several fields, or several options of a field, would share; with the lines to paste."""
    rules = mapping.rules.fields
    rest = next((index for index, rule in enumerate(rules) if rule.rest == "same_name"), None)
    if rest is None:
        return
    named = {name.removeprefix("fields.") for rule in rules for name in rule.source}
    place = f"fields[{rest}] {mapping.at('fields', rest)}"
    fields: dict[str, list[FieldDef]] = {}
    for row in source.get("fields", ()):
        if row.get("of", "ticket") == "ticket" and row.get("active", True) and row["key"] not in named:
            key = name_key("field", row["name"])
            if key:
                fields.setdefault(key, []).append(row)
            yield from _options(row, place, name_key)
    for _, twins in sorted(fields.items()):
        if len(twins) < 2:
            continue
        told = ", ".join(f"{row['key']} {row['name']!r}" for row in twins)
        keys = ", ".join(f"fields.{row['key']}" for row in twins)
        name, second = twins[0]["name"], twins[1]["key"]
        yield finding(
            "P320", None, place,
            f"{len(twins)} fields of the source have one name for the target, and would become one: {told}",
            f'One of these lines into `fields:` of the mapping. They are one: `- {{from: [{keys}], to: {name!r}, join: ", "}}`.'
            f" Numbered: `- {{from: fields.{second}, to: '{name} (2)'}}`. Left out: `- {{from: fields.{second}, drop: true, because: …}}`",
        )  # fmt: skip


def _options(row: FieldDef, place: str, name_key: Callable[[NameKind, str], str]) -> Iterator[Finding]:
    options: dict[str, dict[str, str]] = {}
    for option in row.get("options", ()):
        key = name_key("option", option["name"])
        if key:
            options.setdefault(key, {})[option["value"]] = option["name"]
    for _, twins in sorted(options.items()):
        if len(twins) < 2:
            continue
        told = ", ".join(f"{value} {name!r}" for value, name in twins.items())
        value, name = list(twins.items())[1]
        yield finding(
            "P320", None, place,
            f"{len(twins)} options of the field {row['name']!r} have one name for the target, and would become one: {told}",
            f"Name the field in `fields:` of the mapping: `- {{from: fields.{row['key']}, to: {row['name']!r}, values: {{…}}}}`. They are one: give"
            f" both values one name. Numbered: `{value}: '{name} (2)'`. Left out: take it off the field in the source, and extract again",
        )  # fmt: skip
