"""The set-up of the sample desk: groups, brands, fields, forms, statuses."""

from __future__ import annotations

from ticketferry_emulators.zendesk.seed.dice import BEGINS, HOST, WireRecord, api_url, stamp

__all__ = ["BRANDS", "FIELDS", "FORMS", "GROUPS", "STATUSES", "catalog", "field_of", "option_tags"]

_MADE = stamp(BEGINS - 86_400 * 30)

GROUPS = {"Tier 1": 26_001, "Tier 2": 26_002, "Billing": 26_003, "Sales": 26_004, "HR-cases": 26_005}
BRANDS = {"Acme": 27_001, "Globex": 27_002, "Billing": 27_003}
FORMS = {"Default": 28_001, "Outage": 28_002, "Billing question": 28_003}
STATUSES = {
    "New": 29_001, "Open": 29_002, "Pending": 29_003, "On-hold": 29_004, "Solved": 29_005,
    "Waiting on vendor": 29_006, "Escalated to engineering": 29_007, "Parked": 29_008,
}  # fmt: skip
_CATEGORY = {
    "New": "new", "Open": "open", "Pending": "pending", "On-hold": "hold", "Solved": "solved",
    "Waiting on vendor": "hold", "Escalated to engineering": "open", "Parked": "hold",
}  # fmt: skip

# key, id, type, title, extra: every custom type that Zendesk has [OAS CreateTicketField]
FIELDS: tuple[tuple[str, int, str, str, WireRecord], ...] = (
    ("refund_reason", 31_001, "tagger", "Refund reason", {"options": {
        "Broken on arrival": "broken", "Late delivery": "late", "Wrong item": "wrong_item", "Other": "refund_other"}}),
    ("product", 31_002, "tagger", "Product", {"options": {
        "Hardware::Router::R1": "hardware__router__r1", "Hardware::Router::R2": "hardware__router__r2",
        "Hardware::Modem": "hardware__modem", "Software::Mobile app": "software__mobile_app",
        "Software::Web": "software__web", "Services": "services"}}),
    ("serial", 31_003, "text", "Serial", {}),
    ("serial_no", 31_004, "regexp", "Serial no", {"regexp_for_validation": r"\ASN-\d{6}\z"}),
    ("city", 31_005, "text", "City", {}),
    ("zip", 31_006, "text", "Zip", {}),
    ("vip", 31_007, "checkbox", "VIP", {"tag": "vip-customer"}),
    ("outcome", 31_008, "tagger", "Outcome", {"options": {
        "Fixed": "fixed", "Won't fix": "wont_fix", "Duplicate": "outcome_duplicate"}}),
    ("card_number", 31_009, "partialcreditcard", "Card number", {}),
    ("delivery_date", 31_010, "date", "Delivery date", {}),
    ("quantity", 31_011, "integer", "Quantity", {}),
    ("amount", 31_012, "decimal", "Refund amount", {}),
    ("symptoms", 31_013, "multiselect", "Symptoms", {"options": {
        "No signal": "no_signal", "Overheats": "overheats", "Noise": "noise", "Won't start": "wont_start"}}),
    ("steps", 31_014, "textarea", "Steps to reproduce", {}),
    ("affected", 31_015, "lookup", "Affected organization", {"relationship_target_type": "zen:organization"}),
    ("manager", 31_016, "lookup", "Account manager", {"relationship_target_type": "zen:user"}),
    ("phase_ru", 31_017, "text", "Фаза проекта", {}),
    ("old_region", 31_018, "text", "Old region", {"active": False}),
)  # fmt: skip
_SYSTEM = (
    ("subject", 25_001, "Subject"), ("description", 25_002, "Description"), ("status", 25_003, "Status"),
    ("tickettype", 25_004, "Type"), ("priority", 25_005, "Priority"), ("group", 25_006, "Group"),
    ("assignee", 25_007, "Assignee"), ("custom_status", 25_008, "Ticket status"),
)  # fmt: skip
_SYSTEM_OPTIONS = {
    "status": (("Open", "open"), ("Pending", "pending"), ("On-hold", "hold"), ("Solved", "solved")),
    "tickettype": (
        ("Question", "question"),
        ("Incident", "incident"),
        ("Problem", "problem"),
        ("Task", "task"),
    ),
    "priority": (("Low", "low"), ("Normal", "normal"), ("High", "high"), ("Urgent", "urgent")),
}
_PEOPLE_FIELDS: dict[str, tuple[tuple[str, int, str, str, WireRecord], ...]] = {
    "user_fields": (
        ("customer_no", 32_001, "text", "Customer number", {}),
        ("tier", 32_002, "dropdown", "Tier", {"options": {"Gold": "tier_gold", "Silver": "tier_silver"}}),
        ("newsletter", 32_003, "checkbox", "Newsletter", {"tag": "newsletter"}),
        ("customer_since", 32_004, "date", "Customer since", {}),
        ("seats", 32_005, "integer", "Seats", {}),
    ),
    "organization_fields": (
        ("plan", 33_001, "dropdown", "Plan", {"options": {"Basic": "plan_basic", "Premium": "plan_premium"}}),
        ("contract_no", 33_002, "text", "Contract number", {}),
        ("renewal", 33_003, "date", "Renewal", {}),
        ("licences", 33_004, "integer", "Licences", {}),
        ("discount", 33_005, "decimal", "Discount", {}),
    ),
}
_FIELD_BY_KEY = {key: (number, kind, extra) for key, number, kind, _, extra in FIELDS}


def field_of(key: str) -> tuple[int, str, WireRecord]:
    """Return id, type and particulars of a custom ticket field by its key here."""
    return _FIELD_BY_KEY[key]


def option_tags(kind: str, extra: WireRecord, value: object) -> list[str]:
    """Return the tags that a field value puts on its ticket (tagger, multiselect and checkbox do)."""
    if kind == "tagger":
        return [value] if isinstance(value, str) else []
    if kind == "multiselect":
        return [tag for tag in value if isinstance(tag, str)] if isinstance(value, list) else []
    if kind == "checkbox":
        return [extra["tag"]] if value is True else []
    return []


def catalog() -> dict[str, list[WireRecord]]:
    """Return the set-up by kind, as the list endpoints give it."""
    return {
        "groups": [_group(name, number) for name, number in GROUPS.items()],
        "brands": [_brand(name, number) for name, number in BRANDS.items()],
        "ticket_fields": _ticket_fields(),
        "ticket_forms": _forms(),
        "custom_statuses": [_status(name, number) for name, number in STATUSES.items()],
        **{kind: [_people_field(kind, *row) for row in rows] for kind, rows in _PEOPLE_FIELDS.items()},
    }


def _times() -> WireRecord:
    return {"created_at": _MADE, "updated_at": _MADE}


def _group(name: str, number: int) -> WireRecord:
    return {
        "url": api_url(f"groups/{number}"), "id": number, "name": name,
        "description": "Personnel matters, not for all" if name == "HR-cases" else "",
        "default": name == "Tier 1", "deleted": False, "is_public": name != "HR-cases", **_times(),
    }  # fmt: skip


def _brand(name: str, number: int) -> WireRecord:
    subdomain = "acme" if name == "Acme" else f"acme-{name.lower()}"
    return {
        "url": api_url(f"brands/{number}"), "id": number, "name": name, "subdomain": subdomain,
        "brand_url": f"https://{subdomain}.zendesk.example", "host_mapping": None, "logo": None,
        "has_help_center": name == "Acme", "help_center_state": "enabled" if name == "Acme" else "disabled",
        "active": True, "default": name == "Acme", "is_deleted": False, "ticket_form_ids": sorted(FORMS.values()),
        "signature_template": "{{agent.signature}}", **_times(),
    }  # fmt: skip


def _options(options: dict[str, str], path: str, number: int) -> list[WireRecord]:
    return [
        {
            "id": number * 100 + index, "name": name, "raw_name": name, "value": tag, "default": False,
            "url": f"{HOST}/api/v2/{path}/{number}/options/{number * 100 + index}.json",
        }
        for index, (name, tag) in enumerate(options.items(), 1)
    ]  # fmt: skip


def _ticket_field(number: int, kind: str, title: str, position: int, *, removable: bool) -> WireRecord:
    return {
        "url": api_url(f"ticket_fields/{number}"), "id": number, "type": kind, "title": title, "raw_title": title,
        "description": "", "raw_description": "", "position": position, "active": True, "required": False,
        "collapsed_for_agents": False, "regexp_for_validation": None, "title_in_portal": title,
        "raw_title_in_portal": title, "visible_in_portal": True, "editable_in_portal": removable,
        "required_in_portal": False, "agent_can_edit": True, "tag": None, "removable": removable,
        "agent_description": None, "key": None, **_times(),
    }  # fmt: skip


def _ticket_fields() -> list[WireRecord]:
    fields = []
    for position, (kind, number, title) in enumerate(_SYSTEM):
        field = _ticket_field(number, kind, title, position, removable=False)
        if kind in _SYSTEM_OPTIONS:
            field["system_field_options"] = [{"name": n, "value": v} for n, v in _SYSTEM_OPTIONS[kind]]
        if kind == "custom_status":
            field["custom_statuses"] = [
                {key: value for key, value in _status(*row).items() if not key.startswith("raw_")}
                for row in STATUSES.items()
            ]
        fields.append(field)
    for position, (_, number, kind, title, extra) in enumerate(FIELDS, len(_SYSTEM)):
        field = _ticket_field(number, kind, title, position, removable=True)
        field |= {key: value for key, value in extra.items() if key != "options"}
        if "options" in extra:
            field["custom_field_options"] = _options(extra["options"], "ticket_fields", number)
        if kind == "lookup":
            field["relationship_filter"] = {"all": [], "any": []}
        fields.append(field)
    return fields


def _people_field(path: str, key: str, number: int, kind: str, title: str, extra: WireRecord) -> WireRecord:
    field: WireRecord = {
        "url": api_url(f"{path}/{number}"), "id": number, "type": kind, "key": key, "title": title, "raw_title": title,
        "description": "", "raw_description": "", "position": number % 1_000, "active": True, "system": False,
        "regexp_for_validation": None, **_times(),
    }  # fmt: skip
    if "options" in extra:
        field["custom_field_options"] = _options(extra["options"], path, number)
    if "tag" in extra:
        field["tag"] = extra["tag"]
    return field


def _forms() -> list[WireRecord]:
    system = [number for _, number, _ in _SYSTEM]
    custom = [number for _, number, *_ in FIELDS]
    chosen = {
        "Default": custom,
        "Outage": custom[1:4] + custom[12:15],
        "Billing question": [custom[0], *custom[8:12]],
    }
    return [
        {
            "url": api_url(f"ticket_forms/{number}"), "id": number, "name": name, "raw_name": name,
            "display_name": name, "raw_display_name": name, "end_user_visible": name != "Default", "position": position,
            "ticket_field_ids": system + chosen[name], "active": True, "default": name == "Default",
            "in_all_brands": True, "restricted_brand_ids": [], "end_user_conditions": [],
            "agent_conditions": [{"parent_field_id": 31_001, "parent_field_type": "tagger", "value": "broken",
                                  "child_fields": [{"id": 31_003, "is_required": False}]}] if name == "Default" else [],
            **_times(),
        }
        for position, (name, number) in enumerate(FORMS.items(), 1)
    ]  # fmt: skip


def _status(name: str, number: int) -> WireRecord:
    standard = number <= STATUSES["Solved"]
    return {
        "url": api_url(f"custom_statuses/{number}"), "id": number, "status_category": _CATEGORY[name],
        "agent_label": name, "raw_agent_label": name, "end_user_label": name, "raw_end_user_label": name,
        "description": f"{name} ticket", "raw_description": f"{name} ticket", "end_user_description": "",
        "raw_end_user_description": "", "active": name != "Parked", "default": standard, **_times(),
    }  # fmt: skip
