"""The set-up of an account made from its neutral catalog: reading it gives that catalog again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ticketferry_emulators.kit.told import Assumed, ToldDesk
from ticketferry_emulators.zendesk.seed.catalog import catalog as sample_set_up
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["set_up"]

_MADE = "2020-01-01T00:00:00Z"
_TIMES = {"created_at": _MADE, "updated_at": _MADE}
_LABELS = {"new": "New", "open": "Open", "pending": "Pending", "hold": "On-hold", "solved": "Solved"}
_OF_TICKETS = {"select": "tagger", "card": "partialcreditcard"}
_OF_PEOPLE = {"select": "dropdown", "card": "partialcreditcard"}


def set_up(told: ToldDesk, groups: Iterable[WireRecord], assumed: Assumed) -> dict[str, list[WireRecord]]:
    """Return the lists of the set-up by kind. `groups` as they were read, deleted ones too."""
    catalog = told.catalog
    fields = catalog.get("fields", ())
    statuses = _statuses(catalog)
    ticket_fields = [
        *_system(catalog, statuses),
        *(
            _ticket_field(row, position, catalog)
            for position, row in enumerate(fields, 20)
            if row.get("of") == "ticket"
        ),
    ]
    brands = _brands(told, assumed)
    forms = [
        _form(row, position, {str(one["key"]): one["id"] for one in fields if one.get("of") == "ticket"})
        for position, row in enumerate(catalog.get("forms", ()), 1)
    ]
    assumed.note("conditions on forms are in no snapshot: no field is asked for by one")
    return {
        "groups": [{"deleted": False, "is_public": True, "default": False, "description": "", **row} for row in groups],
        "ticket_fields": ticket_fields,
        "user_fields": [_people_field(row, "user_fields") for row in fields if row.get("of") == "person"],
        "organization_fields": [_people_field(row, "organization_fields") for row in fields if row.get("of") == "organization"],
        "custom_statuses": statuses,
        "ticket_forms": forms,
        "brands": brands,
        "sla_policies": [_sla(row, position) for position, row in enumerate(catalog.get("sla_policies", ()), 1)],
        "recipient_addresses": [_address(row, brands) for row in catalog.get("support_addresses", ())],
    }  # fmt: skip


def _statuses(catalog: Mapping[str, Any]) -> list[WireRecord]:
    categories: Mapping[str, str] = (catalog.get("native") or {}).get("status_categories") or {}
    custom = {
        str(row["id"]): row for row in catalog.get("statuses", ()) if str(row["name"]).startswith("custom:")
    }
    found = []
    for id_, category in categories.items():
        own = custom.get(id_)
        label = str(own["name"]).removeprefix("custom:") if own else _LABELS.get(category, category)
        found.append({
            "id": int(id_), "status_category": category, "agent_label": label, "raw_agent_label": label, "end_user_label": label,
            "raw_end_user_label": label, "description": "", "raw_description": "", "end_user_description": "",
            "raw_end_user_description": "", "active": bool(own.get("active", True)) if own else True, "default": own is None, **_TIMES,
        })  # fmt: skip
    return found


def _system(catalog: Mapping[str, Any], statuses: list[WireRecord]) -> list[WireRecord]:
    """Return the fields that every account has, with the types and priorities that this one offers."""
    named = {"priority": catalog.get("priorities", ()), "tickettype": catalog.get("types", ())}
    rows = []
    for row in sample_set_up()["ticket_fields"]:
        if row["removable"]:
            continue
        field = dict(row)
        if field["type"] in named:
            field["system_field_options"] = [
                {"name": str(one["name"]).title(), "value": one["name"]} for one in named[field["type"]]
            ]
        if "custom_statuses" in field:
            field["custom_statuses"] = [
                {key: value for key, value in one.items() if not key.startswith("raw_")} for one in statuses
            ]
        rows.append(field)
    return rows


def _options(row: Mapping[str, Any]) -> list[WireRecord]:
    return [
        {
            "id": int(one.get("id") or index),
            "name": one["name"],
            "raw_name": one["name"],
            "value": one["value"],
            "default": False,
        }
        for index, one in enumerate(row.get("options", ()), 1)
    ]


def _ticket_field(row: Mapping[str, Any], position: int, catalog: Mapping[str, Any]) -> WireRecord:
    tags = (catalog.get("native") or {}).get("checkbox_tags") or {}
    kind = _OF_TICKETS.get(row["type"], row["type"])
    field: WireRecord = {
        "id": int(row["id"]), "type": kind, "title": row["name"], "raw_title": row["name"], "description": "", "raw_description": "",
        "position": position, "active": bool(row.get("active", True)), "required": bool(row.get("required", False)),
        "collapsed_for_agents": False, "regexp_for_validation": row.get("pattern"), "title_in_portal": row["name"],
        "raw_title_in_portal": row["name"], "visible_in_portal": True, "editable_in_portal": True, "required_in_portal": False,
        "agent_can_edit": True, "tag": tags.get(str(row["id"])), "removable": True, "agent_description": None, "key": None, **_TIMES,
    }  # fmt: skip
    if row.get("options"):
        field["custom_field_options"] = _options(row)
    return field


def _people_field(row: Mapping[str, Any], path: str) -> WireRecord:
    field: WireRecord = {
        "id": int(row["id"]), "type": _OF_PEOPLE.get(row["type"], row["type"]), "key": row["key"], "title": row["name"],
        "raw_title": row["name"], "description": "", "raw_description": "", "position": 1, "active": bool(row.get("active", True)),
        "system": False, "regexp_for_validation": row.get("pattern"), **_TIMES,
    }  # fmt: skip
    if row.get("options"):
        field["custom_field_options"] = _options(row)
    if field["type"] == "checkbox":
        field["tag"] = None
    return field


def _form(row: Mapping[str, Any], position: int, fields: Mapping[str, str]) -> WireRecord:
    system = [one["id"] for one in sample_set_up()["ticket_fields"] if not one["removable"]]
    return {
        "id": int(row["id"]), "name": row["name"], "raw_name": row["name"], "display_name": row["name"], "raw_display_name": row["name"],
        "end_user_visible": True, "position": position,
        "ticket_field_ids": [*system, *(int(fields[key]) for key in row.get("fields", ()) if key in fields)],
        "active": bool(row.get("active", True)), "default": position == 1, "in_all_brands": True, "restricted_brand_ids": [],
        "end_user_conditions": [], "agent_conditions": [], **_TIMES,
    }  # fmt: skip


def _brands(told: ToldDesk, assumed: Assumed) -> list[WireRecord]:
    """Return the brands; the hosts that were read are shared out over them, since the catalog keeps no brand's own."""
    rows = list(told.catalog.get("brands", ()))
    own = (urlsplit(told.url).hostname or "").casefold()
    hosts = [*([own] if own and not own.replace(".", "").isdigit() else []), *told.catalog.get("hosts", ())]
    if len(hosts) > 2 * len(rows):
        assumed.note(
            "{n} hosts of the desk fit to no brand: texts that name them are not taken for links",
            len(hosts) - 2 * len(rows),
        )
    return [
        {
            "id": int(row["id"]), "name": row["name"], "subdomain": f"brand-{index}",
            "brand_url": f"https://{hosts[index]}" if index < len(hosts) else None,
            "host_mapping": hosts[index + len(rows)] if index + len(rows) < len(hosts) else None, "logo": None,
            "has_help_center": False, "help_center_state": "disabled", "active": bool(row.get("active", True)), "default": index == 0,
            "is_deleted": False, "ticket_form_ids": [], "signature_template": "{{agent.signature}}", **_TIMES,
        }
        for index, row in enumerate(rows)
    ]  # fmt: skip


def _sla(row: Mapping[str, Any], position: int) -> WireRecord:
    held: dict[str, list[WireRecord]] = {"all": [], "any": []}
    for words in row.get("conditions", ()):
        side = "any" if words.startswith("any: ") else "all"
        field, operator, value = (*words.removeprefix("any: ").split(" ", 2), "", "")[:3]
        held[side].append({"field": field, "operator": operator, "value": value})
    metrics = [
        {
            "priority": one.get("priority"),
            "metric": one["metric"],
            "target": one.get("minutes"),
            "business_hours": one.get("business_hours", False),
        }
        for one in row.get("targets", ())
    ]
    return {"id": int(row["id"]), "title": row["name"], "description": "", "position": position, "filter": held,
            "policy_metrics": metrics, **_TIMES}  # fmt: skip


def _address(row: Mapping[str, Any], brands: list[WireRecord]) -> WireRecord:
    brand = next((one["id"] for one in brands if one["name"] == row.get("brand")), None)
    return {
        "id": int(row["id"]), "email": row["name"], "name": str(row["name"]).partition("@")[0], "brand_id": brand,
        "default": row.get("default", False), "forwarding_status": row.get("forwarding"), "spf_status": row.get("spf"),
        "cname_status": "verified", "domain_verification_status": row.get("domain"), **_TIMES,
    }  # fmt: skip
