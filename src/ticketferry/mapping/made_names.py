"""Fields, options, statuses and components that a plan would make under a name that is one with another's for the target: several of one name, or one there."""

from collections.abc import Callable, Iterator, Sequence

from ticketferry.mapping.codes import finding
from ticketferry.mapping.loader import MappingFile
from ticketferry.schema.catalog import Catalog, FieldDef
from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Finding
from ticketferry.sdk.naming import NameKind

__all__ = [
    "WORDS",
    "made_names",
    "twin_names",
]

WORDS = {"field": "fields", "option": "options", "status": "statuses", "component": "components"}
_KINDS: dict[str, NameKind] = {"field": "field", "option": "option", "status": "field", "component": "field"}


def made_names(
    definitions: Sequence[Record], target: Catalog, name_key: Callable[[NameKind, str], str]
) -> Iterator[Finding]:
    """Yield a blocker for each name that the plan would make twice, or next to one that the target has.

    `target`: what the target defines now. Letters of either case, blanks and dots at the end tell nobody two entries apart.
    """
    present = {
        (what, of, name_key(_KINDS[what], name)): (id_, name) for what, of, id_, name in _entries(target)
    }
    made: dict[tuple[str, str, str], str] = {}
    for record in definitions:
        what, name = record["what"], record["name"]
        of: str = record.get("field") or record.get("project") or ""
        key = (what, of, name_key(_KINDS[what], name))
        if not key[2]:
            continue
        word = WORDS[what] + (f" of the {'project' if what == 'component' else 'field'} {of!r}" if of else "")
        if key in present:
            id_, shown = present[key]
            yield finding(
                "P321", record["ref"], word,
                f"{name!r} is to be made, and {shown!r} (number {id_}) is there already: nobody could tell them apart",
                f"Write {shown!r} in the mapping where it says {name!r}: they are one. Or give it another name there, such as '{name} (2)'."
                " Left out: take the rule off that names it.",
            )  # fmt: skip
        elif key in made:
            yield finding(
                "P320", record["ref"], word,
                f"{name!r} and {made[key]!r} are both to be made: nobody could tell them apart",
                f"Write the same name in both places of the mapping: they are one. Or give one another name, such as '{name} (2)'."
                " Left out: take one of the rules off.",
            )  # fmt: skip
        made.setdefault(key, name)


def _entries(target: Catalog) -> Iterator[tuple[str, str, str, str]]:
    for row in target.get("fields", ()):
        if row.get("of", "ticket") != "ticket":
            continue
        yield "field", "", str(row["id"]), row["name"]
        for option in row.get("options", ()):
            yield "option", row["name"], str(option.get("id", option["value"])), option["name"]
    for project in target.get("projects", ()):
        for component in project.get("components", ()):
            yield "component", project["key"], str(component["id"]), component["name"]
    for status in target.get("statuses", ()):
        yield "status", "", str(status["id"]), status["name"]


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
        twins_shown = ", ".join(f"{row['key']} {row['name']!r}" for row in twins)
        keys = ", ".join(f"fields.{row['key']}" for row in twins)
        name, second = twins[0]["name"], twins[1]["key"]
        yield finding(
            "P320", None, place,
            f"{len(twins)} fields of the source have one name for the target, and would become one: {twins_shown}",
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
        twins_shown = ", ".join(f"{value} {name!r}" for value, name in twins.items())
        value, name = list(twins.items())[1]
        yield finding(
            "P320", None, place,
            f"{len(twins)} options of the field {row['name']!r} have one name for the target, and would become one: {twins_shown}",
            f"Name the field in `fields:` of the mapping: `- {{from: fields.{row['key']}, to: {row['name']!r}, values: {{…}}}}`. They are one: give"
            f" both values one name. Numbered: `{value}: '{name} (2)'`. Left out: take it off the field in the source, and extract again",
        )  # fmt: skip
