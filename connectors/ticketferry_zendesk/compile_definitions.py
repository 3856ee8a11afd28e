"""What a plan adds to an account's set-up: ticket fields, their options, custom statuses. Pure.

Read back, such an entry is named `field/123`, `option/123/456` or `status/789`, since each kind of them counts its numbers apart.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ticketferry.sdk import (
    Change,
    Compiled,
    Expected,
    Lane,
    Record,
    Severity,
    Stage,
    Template,
    id_template,
    parse_ref,
    slim,
)
from ticketferry_zendesk.catalog import STAGES
from ticketferry_zendesk.site_index import BY_STAGE, ZendeskCatalogIndex, planned_type

__all__ = ["compile_definition", "definition_record", "expected_definition"]

_WIRE_TYPES = {"select": "tagger", "card": "partialcreditcard"}
_NEUTRAL_TYPES = {wire: neutral for neutral, wire in _WIRE_TYPES.items()} | {"dropdown": "select"}
_MAKEABLE = frozenset({"text", "textarea", "checkbox", "date", "integer", "decimal", "select", "multiselect"})
_LABEL = 48
"""Characters of a custom status's label [OAS CustomStatusObject]."""
_TAG = re.compile(r"[a-z0-9_./:-]+\Z")
CUSTOM = "custom:"


def compile_definition(change: Change, site: ZendeskCatalogIndex) -> Compiled:
    """Compile an entry that the account lacks; a finding of severity BLOCKER where Zendesk cannot hold it as asked."""
    desired = change.desired or {}
    lane = Lane(parse_ref(desired["ref"]))
    entry = _entry(lane, desired, site)
    if entry is None:
        return lane.compiled(None)
    lane.add(entry.endpoint, f"{lane.root}/create", params=entry.params, body=entry.body)
    return lane.compiled(entry.expected)


def expected_definition(desired: Record, site: ZendeskCatalogIndex) -> Expected:
    """Say what reading gives of an entry that was made."""
    lane = Lane(parse_ref(desired["ref"]))
    entry = _entry(lane, desired, site)
    return lane.expected(entry.expected if entry is not None else None)


class _Entry(NamedTuple):
    """How an entry is made, and what reading gives of it."""

    endpoint: str
    body: Template
    expected: Record
    params: Mapping[str, Template] | None = None


def _entry(lane: Lane, desired: Record, site: ZendeskCatalogIndex) -> _Entry | None:
    lane.carried("ref", "what", "name", "type", "options", "field", "value", "stage", by="set-up")
    match desired["what"]:
        case "field":
            return _field(lane, desired)
        case "option":
            return _option(lane, desired, site)
        case _:
            return _status(lane, desired)


def _refuse(lane: Lane, where: str, message: str, remedy: str) -> None:
    lane.find("ZD-DEFINITION", Severity.BLOCKER, where, message, remedy)


def _field(lane: Lane, desired: Record) -> _Entry | None:
    kind = planned_type(desired["type"])
    if kind not in _MAKEABLE:
        _refuse(
            lane,
            "type",
            f"a field of the type {desired['type']!r} cannot be made",
            "Say `as: text` in the mapping.",
        )
        return None
    if desired.get("of", "ticket") != "ticket":
        _refuse(lane, "of", "only fields of tickets are made", "Make it in Admin Center.")
        return None
    body: dict[str, Template] = {
        "type": _WIRE_TYPES.get(kind, kind),
        "title": desired["name"],
        "active": True,
    }
    options = desired.get("options", [])
    if kind in ("select", "multiselect"):
        if not options or not all(_TAG.match(option["value"]) for option in options):
            _refuse(
                lane,
                "options",
                "a drop-down needs options, each with a tag of its own",
                "List `values` in the mapping.",
            )
            return None
        body["custom_field_options"] = [{"name": o["name"], "value": o["value"]} for o in options]
    expected = {
        "ref": desired["ref"],
        "what": "field",
        "name": desired["name"],
        "type": kind,
        "options": options,
    }
    return _Entry("field.create", {"ticket_field": body}, slim(expected))


def _option(lane: Lane, desired: Record, site: ZendeskCatalogIndex) -> _Entry | None:
    known = site.field(desired["field"])
    if known is None or not _TAG.match(desired["value"]):
        _refuse(lane, "field", f"the option {desired['name']!r} cannot be added", "Add it in Admin Center.")
        return None
    params: dict[str, Template] = {"field": id_template(known["id"], slot="number")}
    body: Template = {"custom_field_option": {"name": desired["name"], "value": desired["value"]}}
    keys = ("ref", "what", "name", "field", "value")
    expected = {**{key: desired[key] for key in keys}, "field": known["name"]}
    return _Entry("field.add_option", body, expected, params)


def _status(lane: Lane, desired: Record) -> _Entry | None:
    name = str(desired["name"])
    category = BY_STAGE.get(Stage(desired["stage"]))
    if not name.startswith(CUSTOM):
        _refuse(
            lane,
            "name",
            f"Zendesk has no status {name!r} of its own",
            f"Write it as a custom one: `{CUSTOM}{name}`.",
        )
        return None
    label = name.removeprefix(CUSTOM)
    if category is None or not 0 < len(label) <= _LABEL:
        said = "is closed for good" if category is None else f"has more than {_LABEL} characters"
        _refuse(lane, "name", f"a custom status that {said} cannot be made", "Map it to another status.")
        return None
    body: Template = {"custom_status": {"agent_label": label, "status_category": category, "active": True}}
    expected = {"ref": desired["ref"], "what": "status", "name": name, "stage": _stage(category)}
    return _Entry("status.create", body, expected)


def _stage(category: str) -> str:
    return STAGES[category].value


def definition_record(ref: str, row: Mapping[str, Any]) -> Record:
    """Return a set-up entry as it was read (`definition` says what it is) as a neutral record."""
    match row["definition"]:
        case "field":
            kind = str(row.get("type"))
            options = [
                {"value": str(option["value"]), "name": str(option.get("name") or option["value"])}
                for option in row.get("custom_field_options") or ()
            ]
            named = {
                "name": str(row.get("title")),
                "type": _NEUTRAL_TYPES.get(kind, kind),
                "options": options,
            }
            return slim({"ref": ref, "what": "field", **named})
        case "option":
            return {
                "ref": ref, "what": "option", "name": str(row.get("name")), "field": str(row.get("field_title")),
                "value": str(row.get("value")),
            }  # fmt: skip
    label = row.get("agent_label") or row.get("raw_agent_label")
    return {
        "ref": ref, "what": "status", "name": f"{CUSTOM}{label}", "stage": _stage(str(row.get("status_category"))),
    }  # fmt: skip
