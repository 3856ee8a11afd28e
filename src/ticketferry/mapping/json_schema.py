"""The mapping file as JSON Schema for editors: what stands where, every short form, and the names of both desks as proposals."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from ticketferry.mapping.condition_values import ASKED
from ticketferry.mapping.model import OWN, Choice, FieldRule, Part, ProfileRule, Required, Rules
from ticketferry.mapping.sections.part import DECIDED
from ticketferry.schema.catalog import Catalog

__all__ = ["mapping_schema"]

Path = tuple[str, ...]
_TEXT: dict[str, Any] = {"type": ["string", "number", "boolean"]}
"""A text; what YAML takes for a number or for true is read as it is written."""
_COLLAPSE = {"type": "object", "required": ["collapse"], "properties": {"collapse": {"type": "boolean"}}, "additionalProperties": False}  # fmt: skip
_TABLES = ("status", "priority", "type", "form")
_LISTS = {(FieldRule, "source"), (ProfileRule, "source")}
"""Lists that may be written as a single text."""


def mapping_schema(source: Catalog | None = None, target: Catalog | None = None) -> dict[str, Any]:
    """Return the schema. With catalogs an editor proposes the names of both desks; others stay allowed, since they may be made later."""
    names = _Names(source or {}, target or {})
    schema = names.section(Rules, ())
    schema["properties"] |= {
        "extends": {"type": "array", "items": {"type": "string"}, "description": "Files that this one is made of; the later wins."}
    }  # fmt: skip
    # What another file brings need not stand here.
    schema.pop("required", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "ticketferry:mapping:1",
        **schema,
    }


class _Names:
    """Names by the place in a mapping where they stand: `*` for a key of a table and for an item of a list."""

    def __init__(self, source: Catalog | Mapping[str, Any], target: Catalog | Mapping[str, Any]) -> None:
        projects = target.get("projects", ())
        kinds = [*target.get("types", ()), *(row for one in projects for row in one.get("types", ()))]
        fields = [row["name"] for row in target.get("fields", ()) if row.get("of", "ticket") == "ticket"]
        components = _named([row for one in projects for row in one.get("components", ())])
        groups, types = _named(target.get("groups", ())), _named(kinds)
        forms, levels = (
            _named(target.get("forms", ())),
            _named([row for one in projects for row in one.get("security", ())]),
        )
        keys = [
            f"fields.{row['key']}" for row in source.get("fields", ()) if row.get("of", "ticket") == "ticket"
        ]
        self._values: dict[Path, Sequence[str]] = {
            ("status", "*"): _named(target.get("statuses", ())), ("status", "*", "resolution"): _named(target.get("resolutions", ())),
            ("priority", "*"): _named(target.get("priorities", ())), ("type", "*"): types, ("form", "*"): forms,
            ("route", "*", "project"): [one["key"] for one in projects], ("route", "*", "issue_type"): types,
            ("route", "*", "request_type"): forms, ("route", "*", "security"): levels, ("route", "*", "component"): components,
            ("fields", "*", "to"): [*fields, "tags"], ("fields", "*", "from"): [*keys, *OWN] if keys else [],
            ("people", "fields", "*", "to"): _fields(target, "person"), ("organizations", "fields", "*", "to"): _fields(target, "organization"),
            ("channel", "field"): fields, ("people", "unlicensed_assignee", "field"): fields,
            ("history", "date_fields", "created"): fields, ("history", "date_fields", "solved"): fields,
            ("provenance", "number", "field"): fields, ("provenance", "url", "field"): fields,
            ("groups", "*", "component"): components, ("groups", "*", "security"): levels, ("groups", "*", "team"): groups,
            ("links", "types", "*"): _named(target.get("link_types", ())), ("exits", "merged", "link"): _named(target.get("link_types", ())),
        }  # fmt: skip
        for kind in (
            "problem_incident",
            "problem",
            "incident",
            "follow_up",
            "merged",
            "blocks",
            "relates",
            "parent",
        ):
            self._values["links", kind] = _named(target.get("link_types", ()))
        own = source.get("projects", ())
        self._keys: dict[Path, Sequence[str]] = {
            ("status",): _named(source.get("statuses", ())), ("priority",): _named(source.get("priorities", ())),
            ("type",): _named([*source.get("types", ()), *(row for one in own for row in one.get("types", ()))]),
            ("form",): _named(source.get("forms", ())), ("groups",): _named(source.get("groups", ())),
            ("brands",): _named(source.get("brands", ())), ("projects",): [one["key"] for one in own],
            ("fields", "*", "set"): fields,
        }  # fmt: skip

    def section(self, model: type[Part], path: Path) -> dict[str, Any]:
        """Return the schema of a section; `+key` and `~key` change what files have that the mapping extends."""
        properties: dict[str, Any] = {}
        for name, info in model.model_fields.items():
            key = info.alias or name
            item = self._item(info.annotation, (*path, key), listed=(model, name) in _LISTS)
            text = " ".join((info.description or "").split())
            properties[key] = {**item, "description": text} if text else item
        properties |= {word: properties[key] for word, key in model.also.items()}
        if model.decided():
            properties |= {word: {**_TEXT, "description": text} for word, text in DECIDED.items()}
        out: dict[str, Any] = {
            "type": "object", "properties": properties, "additionalProperties": False, "patternProperties": {"^[+~]": {}},
            "description": " ".join((model.__doc__ or "").split()),
        }  # fmt: skip
        required = [
            info.alias or name
            for name, info in model.model_fields.items()
            if info.is_required() and (info.alias or name) not in model.also.values()
        ]
        return out | ({"required": required} if required else {})

    def _part(self, model: type[Part], path: Path) -> dict[str, Any]:
        section = self.section(model, path)
        if model is Required:
            return {"anyOf": [{"enum": [True, "true"]}, section], "description": section["description"]}
        if model.short is None:
            return section
        short = self._text(path)
        inner = section["properties"].get(model.short)
        if issubclass(model, Choice):
            section["properties"]["to"] = section["properties"]["default"] = section["properties"]["name"] = (
                short
            )
            section["properties"]["else"] = section["properties"]["missing"] = short
            section["properties"]["values"] = {"type": "object", "additionalProperties": short}
        elif inner is not None and inner.get("type") == "array":
            short = inner
        elif inner is not None and not self._values.get(path):
            short = {key: value for key, value in inner.items() if key != "description"}
        return {"anyOf": [short, section], "description": section["description"]}

    def _text(self, path: Path) -> dict[str, Any]:
        names = list(dict.fromkeys(self._values.get(path, ())))
        return {"anyOf": [{"enum": names}, _TEXT]} if names else dict(_TEXT)

    def _item(self, annotation: Any, path: Path, *, listed: bool = False) -> dict[str, Any]:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if annotation is Any:
            return _condition(path) if path[-1] in ("when", "where") else {}
        if origin is Literal:
            # `true` and `no` of YAML 1.2 are read as they are written.
            words = [*arguments, *(word == "true" for word in arguments if word in ("true", "false"))]
            if path[-1] == "way" and "import-file" in words:
                words.append("file")
            if path[:1] == ("phases",) and path[-2:] == ("history", "changes"):
                words.append("summary")
            enum: dict[str, Any] = {"enum": words}
            return {"anyOf": [enum, _COLLAPSE]} if "collapse" in words else enum
        if origin is list:
            own = self._item(arguments[0], (*path, "*") if not listed else path)
            many = {"type": "array", "items": own}
            return {"anyOf": [own, many]} if listed else many
        if origin is dict:
            return self._table(arguments[1], path)
        if arguments:
            rest = [one for one in arguments if one is not type(None)]
            items = [self._item(one, path) for one in rest]
            return items[0] if len(items) == 1 else {"anyOf": items}
        if isinstance(annotation, type) and issubclass(annotation, Part):
            return self._part(annotation, path)
        if annotation is bool:
            return {"type": "boolean"}
        if annotation is int:
            return {"type": ["integer", "string"]}
        if path == ("fields", "*", "to"):
            return {"anyOf": [self._text(path), {"type": "object"}]}
        return self._text(path)

    def _table(self, annotation: Any, path: Path) -> dict[str, Any]:
        item = self._item(annotation, (*path, "*"))
        keys = [
            *self._keys.get(path, ()),
            *(["none"] if path[:1] in (("priority",), ("type",), ("form",)) and len(path) == 1 else []),
        ]
        table: dict[str, Any] = {"type": "object", "additionalProperties": item}
        if keys:
            table["properties"] = dict.fromkeys(keys, item)
        if len(path) != 1 or path[0] not in _TABLES:
            return table
        whole = {
            "type": "object",
            "required": ["by"],
            "properties": {"by": {"type": "string"}, "values": {"type": "object"}},
        }
        return {"anyOf": [table, whole]}


def _condition(path: Path) -> dict[str, Any]:
    kind: Literal["ticket", "person", "organization"] = "ticket"
    if path[0] in ("people", "organizations"):
        kind = "person" if path[0] == "people" else "organization"
    names = [*ASKED[kind], "all", "any", "not"]
    return {
        "anyOf": [{"const": "always"}, {"type": "object", "minProperties": 1, "properties": {name: {} for name in names}}],
        "description": "`always`, or fields and what they must hold; all of them must.",
    }  # fmt: skip


def _named(rows: Any) -> list[str]:
    return list(dict.fromkeys(str(row["name"]) for row in rows if row.get("active", True)))


def _fields(catalog: Catalog | Mapping[str, Any], of: str) -> list[str]:
    return [row["name"] for row in catalog.get("fields", ()) if row.get("of", "ticket") == of]
