"""migration.yaml as JSON Schema for editors: its words, and the options of the connectors that are installed here."""

from collections.abc import Mapping
from typing import Any

from ticketferry.kpi.health import BOUNDED
from ticketferry.kpi.measures import DEFINITIONS
from ticketferry.plan.workforce import MOST_WORKERS
from ticketferry.project.event_hooks import ALWAYS, EVENTS, WAYS
from ticketferry.project.secret_references import REFERENCE
from ticketferry.registry import connectors
from ticketferry.sdk.contract import Connector
from ticketferry.sdk.options import secret_fields

__all__ = ["migration_schema"]

_SECRET = {"type": "string", "pattern": "^" + REFERENCE.pattern.replace(r"\Z", "$")}
_TEXT = {"type": ["string", "number", "boolean"]}
_KEY = {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,29}$"}


def migration_schema() -> dict[str, Any]:
    """Return the schema of the file as the loader takes it."""
    known = {name: one for name, one in connectors().items() if isinstance(one, Connector)}
    top = {
        "version": {"enum": [1, "1"]},
        **{role: _desk(role, known) for role in ("source", "target")},
        "mapping": {"type": "string", "description": "The mapping file, mapping.yaml where nothing is said."},
        "kpi": _table({"definition": {"enum": list(DEFINITIONS)}, "hours": {"type": "object"}}, "How key figures are counted."),
        "health": _table(
            {"since": {"type": "string"}, "bounds": _table(dict.fromkeys(BOUNDED, _TEXT))}, "What the new desk is held against."
        ),
        **_figures(),
    }  # fmt: skip
    own = {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {
            "source": {"type": "object", "description": "Options of the old desk that are others here."},
            "target": {"type": "object", "description": "Options of the new desk that are others here."},
            "production": {"enum": [True, False, "true", "false"]},
            **_figures(),
        },
    }
    top["environments"] = {
        "type": "object", "minProperties": 1, "propertyNames": _KEY, "additionalProperties": own,
        "description": "Pairs of desks with a workspace each, and what is another there.",
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "ticketferry:migration:1",
        **_table(top),
        "required": ["source", "target"],
    }


def _figures() -> dict[str, Any]:
    """Return what stands at the top or in an environment."""
    desks = {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}
    return {
        "pace": _table({"share": {"type": ["number", "string"]}}, "The part of the desks' limits that may be used, above 0, at most 1."),
        "workers": {"type": ["integer", "string"], "minimum": 1, "maximum": MOST_WORKERS},
        "approval": {"enum": ["required", "optional"], "description": "Whether an apply wants an approved plan."},
        "windows": _table(
            {"zone": {"type": "string"}, "open": _listed({"type": "string"}), "blackout": _listed({"type": "string"})},
            "When writes may happen: {zone: Europe/Berlin, open: [Fri 18:00 - Mon 06:00]}.",
        ) | {"required": ["zone", "open"]},
        "on_event": _listed(_hook()) | {"description": "Programs and addresses that are told of what happens."},
        "service_desks": {
            "anyOf": [desks, _table({"source": desks, "target": desks}) | {"minProperties": 1}],
            "description": "Project keys of the service desks that take part; all where nothing is said.",
        },
    }  # fmt: skip


def _hook() -> dict[str, Any]:
    events = {
        "enum": list(EVENTS),
        "description": "; ".join(f"{name}: {words}" for name, words in EVENTS.items()),
    }
    ways = {
        "run": {"type": "array", "items": _TEXT, "minItems": 1, "description": "A program and its arguments; no shell reads them."},
        "shell": {"type": "string", "description": "One line for the shell."},
        "post": _SECRET | {"description": "The address that is posted to: env:NAME or keyring:service/user."},
    }  # fmt: skip
    table = _table(
        {
            "on": {"anyOf": [{"const": ALWAYS}, events, {"type": "array", "items": events, "minItems": 1}]},
            **ways,
            "sign": _SECRET | {"description": "A key that signs what is posted."},
            "variables": _listed({"type": "string"}),
            "timeout": {
                "type": ["integer", "string"],
                "description": "1s to 60s; 10s where nothing is said.",
            },
        }
    )
    return table | {"required": ["on"], "oneOf": [{"required": [way]} for way in WAYS]}


def _desk(role: str, known: Mapping[str, Connector]) -> dict[str, Any]:
    usable = {name: one for name, one in known.items() if role == "source" or one.target is not None}
    return {
        "type": "object",
        "required": ["connector", "key"],
        "properties": {"connector": {"enum": sorted(usable)}, "key": _KEY},
        "allOf": [
            {"if": {"properties": {"connector": {"const": name}}}, "then": _options(one)}
            for name, one in sorted(usable.items())
        ],
    }


def _options(connector: Connector) -> dict[str, Any]:
    schema = connector.options.model_json_schema()
    secrets = secret_fields(connector.options)
    properties = {
        name: ({**_SECRET, "description": item.get("description", "")} if name in secrets else _loose(item))
        for name, item in schema["properties"].items()
    }
    out = {"properties": {"connector": {}, "key": {}, **properties}, "additionalProperties": False}
    return out | ({"$defs": schema["$defs"]} if "$defs" in schema else {})


def _loose(item: dict[str, Any]) -> dict[str, Any]:
    """Take a scalar as YAML reads it: the loader gives every scalar as text to the option."""
    return item | {"type": ["string", "number", "boolean"]} if item.get("type") == "string" else item


def _listed(item: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [item, {"type": "array", "items": item}]}


def _table(properties: dict[str, Any], description: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
    return out | ({"description": description} if description else {})
