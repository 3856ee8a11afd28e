"""What the conditions of a mapping ask for, held against what the source defines."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

from ticketferry.mapping.codes import CODES
from ticketferry.mapping.contradictions import contradictions
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.loader_checks import choices_of, conditions_of
from ticketferry.mapping.near import near
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.lifecycle import Stage
from ticketferry.schema.tickets import HandledBy
from ticketferry.sdk.contract import Finding, Severity

__all__ = [
    "ConditionValue",
    "asks",
    "lint_choices",
    "lint_conditions",
    "options_of_field",
    "unknown_name",
]

_WORDS = frozenset({"present", "absent"})
_NAMED = frozenset({"brand", "group", "form", "priority"})
"""What a choice is made by whose names the catalog lists whole."""


class ConditionValue(NamedTuple):
    """One value that a condition asks for. `key`: the field; `value` None: the field alone."""

    path: Path
    key: str
    value: str | None


def asks(condition: Any, path: Path) -> Iterator[ConditionValue]:
    """Yield every field and plain value of a condition as written."""
    if not isinstance(condition, dict):
        return
    for key, item in condition.items():
        here = (*path, key)
        if key in ("all", "any") and isinstance(item, list):
            for index, each in enumerate(item):
                yield from asks(each, (*here, index))
        elif key == "not":
            yield from asks(item, here)
        else:
            name, _, suffix = key.rpartition("_")
            if suffix in ("before", "after") and name:
                yield ConditionValue(here, name, None)
                continue
            yield ConditionValue(here, key, None)
            yield from _values(key, item, here)


def _values(key: str, item: Any, path: Path) -> Iterator[ConditionValue]:
    if isinstance(item, list):
        for index, each in enumerate(item):
            if isinstance(each, str):
                yield ConditionValue((*path, index), key, each)
    elif isinstance(item, dict):
        if "not" in item:
            yield from _values(key, item["not"], (*path, "not"))
    elif isinstance(item, str) and item not in _WORDS and not item.startswith(("<", ">", "=", "!")):
        yield ConditionValue(path, key, item)


# ---- against the catalog


def lint_conditions(mapping: MappingFile, source: Catalog) -> Iterator[Finding]:
    """Yield what conditions ask for and the source does not define."""
    yield from contradictions(mapping)
    known = _defined(source)
    fields = {row["key"]: row for row in source.get("fields", ()) if row.get("of", "ticket") == "ticket"}
    for path, condition, kind in conditions_of(mapping.rules):
        for each in asks(condition, path) if kind == "ticket" else ():
            if each.key.startswith("fields."):
                key = each.key.removeprefix("fields.")
                if each.value is None and fields and key not in fields:
                    yield unknown_name(mapping, each, "field", key, list(fields))
                names = options_of_field(fields.get(key))
            else:
                names = known.get(each.key, [])
            if (
                each.value is not None
                and names
                and each.value.casefold() not in {name.casefold() for name in names}
            ):
                yield unknown_name(mapping, each, each.key, each.value, names)


def lint_choices(mapping: MappingFile, source: Catalog) -> Iterator[Finding]:
    """Yield keys of `values` that no option of the field has, and choices that tell what another rule drops."""
    fields: dict[str, Mapping[str, Any]] = {
        row["key"]: row for row in source.get("fields", ()) if row.get("of", "ticket") == "ticket"
    }
    dropped = {
        name: index
        for index, rule in enumerate(mapping.rules.fields)
        if rule.drop and rule.when in (None, "always")
        for name in rule.source
    }
    tables: list[tuple[Path, list[str], Mapping[str, str]]] = [
        (("fields", index, "values"), rule.source, rule.values)
        for index, rule in enumerate(mapping.rules.fields)
    ]
    for path, choice in choices_of(mapping.rules):
        if choice.by is None:
            continue
        tables.append(((*path, "values"), [choice.by], choice.values))
        if choice.by in dropped:
            where = mapping.at("fields", dropped[choice.by])
            message = f"the choice tells of `{choice.by}`, which fields[{dropped[choice.by]}] ({where}) drops"
            remedy = "Choose by another field where nothing may tell of it."
            yield Finding("S218", CODES["S218"][0], None, mapping.at(*path, "by"), message, remedy)
    defined = _defined(source)
    for path, names, values in tables:
        options = [
            name
            for key in names
            for option in fields.get(key.removeprefix("fields."), {}).get("options", ())
            if key.startswith("fields.")
            for name in (option["value"], option["name"], *_paths(option))
        ]
        ticked = [fields.get(key.removeprefix("fields."), {}).get("type") == "checkbox" for key in names]
        if not options and ticked and all(ticked):
            options = ["true", "false"]
        lacks = f"{' and '.join(names)} has no option"
        if path[0] != "fields" and names[0] in _NAMED:
            options, lacks = defined.get(names[0], []), f"the source has no {names[0]}"
        known = {name.casefold() for name in options}
        for value in values if options else ():
            if value != "*" and value.casefold() not in known:
                like = near(value, options)
                hint = f": did you mean `{like}`?" if like else ""
                message = f"{lacks} `{value}`{hint}"
                yield Finding("S206", CODES["S206"][0], None, mapping.at(*path, value), message)


def _paths(option: Mapping[str, Any]) -> Iterator[str]:
    """Yield the path of an option, and those of the levels above it: an entry of the table may stand for all below."""
    path = f"{option['parent']}::{option['name']}" if option.get("parent") else str(option["name"])
    while "::" in path:
        yield path
        path = path.rpartition("::")[0]
    yield path


def _defined(source: Catalog) -> dict[str, list[str]]:
    projects = source.get("projects", ())
    types = [*source.get("types", ()), *(row for project in projects for row in project.get("types", ()))]
    named: Mapping[str, Iterable[Mapping[str, Any]]] = {
        "status": source.get("statuses", ()), "priority": source.get("priorities", ()), "type": types,
        "form": source.get("forms", ()), "brand": source.get("brands", ()), "group": source.get("groups", ()),
        "resolution": source.get("resolutions", ()),
        "security": [row for project in projects for row in project.get("security", ())],
        "components": [row for project in projects for row in project.get("components", ())],
    }  # fmt: skip
    names = {key: list(dict.fromkeys(row["name"] for row in rows)) for key, rows in named.items()}
    if names["status"]:
        names["status"] += [stage.value for stage in Stage]
    names["project"] = [row["key"] for row in projects]
    names["stage"] = [stage.value for stage in Stage]
    names["handled_by"] = list(get_args(HandledBy))
    names["public"] = ["true", "false"]
    return names


def options_of_field(definition: Mapping[str, Any] | None) -> list[str]:
    """Return the values that a field can hold, where the catalog lists them."""
    if definition is None:
        return []
    if definition["type"] == "checkbox":
        return ["true", "false"]
    return [option["value"] for option in definition.get("options", ())]


def unknown_name(
    mapping: MappingFile, each: ConditionValue, what: str, name: str, names: list[str], *, seen: bool = False
) -> Finding:
    """Complain of a name that nobody has; `seen`: the tickets were looked through, not the catalog."""
    like = near(name, names)
    hint = f": did you mean `{like}`?" if like else ""
    if not like and len(names) <= 12:
        hint = ": it has " + ", ".join(f"`{one}`" for one in sorted(names)) if names else ""
    problem = (
        f"no ticket of the source has the {what} `{name}`" if seen else f"the source has no {what} `{name}`"
    )
    weight = _weight(mapping, each.path, like=bool(like), seen=seen)
    remedy = "Correct the name: a condition on a name that nobody has holds for no ticket."
    return Finding("S214", weight, None, mapping.at(*each.path), f"{problem}{hint}", remedy)


def _weight(mapping: MappingFile, path: Path, *, like: bool, seen: bool) -> Severity:
    """A name that may be a typing error stops where it would leave a ticket behind, or show it to more people."""
    rules = mapping.rules
    if path[0] == "clean":
        rule = rules.clean[int(path[1])]
        if rule.unused == "ok" and seen:
            return Severity.DOUBT
        return (
            Severity.BLOCKER
            if rule.do == "keep" or rule.redact is not None or like or not seen
            else Severity.DOUBT
        )
    if path[0] == "route" and rules.route[int(path[1])].security:
        return Severity.BLOCKER if like or not seen else Severity.DOUBT
    return Severity.BLOCKER if like and not seen else Severity.DOUBT
