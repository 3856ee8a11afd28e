"""Values of the source that nobody knew when the mapping was approved or used last, and that no rule names."""

from collections.abc import Iterator, Mapping
from typing import Any

from ticketferry.mapping.choices import key_of, status_key
from ticketferry.mapping.conditions import text_of
from ticketferry.mapping.definition_record import UNDECIDED
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.work import Rule, Setup, Work
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.lifecycle import EXITS

__all__ = ["compile_new_values", "place_of_new", "unnamed_values"]

_LISTS: dict[str, str] = {
    "status": "statuses", "priority": "priorities", "type": "types", "form": "forms", "group": "groups", "brand": "brands",
}  # fmt: skip
_SECTIONS = {"group": "groups", "brand": "brands"}
"""What a section is called where it is not called as the ticket's key."""


def unnamed_values(setup: Setup, known: Catalog) -> dict[str, tuple[str, ...]]:
    """Return key of a ticket (`status`, `group`, `fields.KEY`) -> values that `known` does not have and that no rule names. Pure.

    Of fields those whose `values` a rule lists; what a rule names below `"*"` only is not named.
    """
    found: dict[str, tuple[str, ...]] = {}
    for key, names in _listed(setup.source).items():
        before = {name.casefold() for name in _listed(known)[key]}
        new = tuple(
            name for name in names if name.casefold() not in before and not _is_named(setup, key, name)
        )
        if new:
            found[key] = new
    return found | _of_fields(setup, known)


def _listed(catalog: Catalog) -> dict[str, list[str]]:
    rows: Mapping[str, Any] = catalog
    listed = {
        key: [str(row["name"]) for row in rows.get(name, ()) if row.get("stage") not in EXITS]
        for key, name in _LISTS.items()
    }
    of_projects = [row for project in rows.get("projects", ()) for row in project.get("types", ())]
    listed["type"] = list(dict.fromkeys([*listed["type"], *(str(row["name"]) for row in of_projects)]))
    return listed


def _is_named(setup: Setup, key: str, name: str) -> bool:
    if key == "status":
        return status_key(setup, name) not in (None, "*")
    table: Mapping[str, Any] = getattr(setup.rules, _SECTIONS.get(key, key))
    return key_of(table, name) not in (None, "*")


def _of_fields(setup: Setup, known: Catalog) -> dict[str, tuple[str, ...]]:
    before = {row["key"]: row for row in known.get("fields", ()) if row.get("of", "ticket") == "ticket"}
    found: dict[str, tuple[str, ...]] = {}
    for rule in setup.rules.fields:
        named = {word.casefold() for word in rule.values}
        for source in rule.source if rule.values else ():
            key = source.removeprefix("fields.")
            old = {option["value"] for option in before[key].get("options", ())} if key in before else None
            options = setup.option_names.get(key, {}) if key != source and old is not None else {}
            new = tuple(
                value
                for value, shown in options.items()
                if value not in (old or ())
                and value.casefold() not in named
                and shown.casefold() not in named
            )
            if new:
                found[source] = tuple(dict.fromkeys((*found.get(source, ()), *new)))
    return found


def place_of_new(mapping: MappingFile, key: str) -> str:
    """Return where a rule for such a value belongs, as `file:line:column`."""
    for index, rule in enumerate(mapping.rules.fields):
        if key in rule.source and rule.values:
            return mapping.at("fields", index, "values")
    section = _SECTIONS.get(key, key)
    return mapping.at(section) if (section,) in mapping.document.places else mapping.at("new_values")


def compile_new_values(setup: Setup) -> list[Rule]:
    """Compile the rule that lets tickets with such values wait; nothing where there is none."""
    if not setup.mapping.held:
        return []
    held = {key: frozenset(values) for key, values in setup.mapping.held.items()}
    where = {key: place_of_new(setup.mapping, key) for key in held}

    def rule(work: Work) -> None:
        for key, value in _values(work, setup, held):
            if value in held[key]:
                work.refuse(
                    "S236",
                    where[key],
                    f"{key} `{value}` is new and waits for a rule that names it",
                    f'Name `{value}` there; `new_values: default` lets `"*"` decide.',
                )

    return [rule]


def _values(work: Work, setup: Setup, held: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in held:
        value: Any = work.whole.get(key)
        if key.startswith("fields."):
            value = (work.whole.get("fields") or {}).get(key.removeprefix("fields."))
        elif key == "group" and value:
            value = (setup.lookups.record(value) or {}).get("name")
        for item in value if isinstance(value, list) else [value]:
            if item not in (None, "", UNDECIDED):
                yield key, text_of(item)
