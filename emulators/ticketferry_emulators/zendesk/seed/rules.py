"""Business rules and settings of the sample desk: triggers, automations, macros, views, SLA policies, sharing."""

from __future__ import annotations

from ticketferry_emulators.zendesk.seed.catalog import BRANDS, GROUPS
from ticketferry_emulators.zendesk.seed.dice import BEGINS, WireRecord, api_url, stamp

__all__ = ["AUTO_CLOSE", "NOTIFY_AGENT", "NOTIFY_REQUESTER", "ROUTE", "RULES", "rule_via", "settings"]

_MADE = stamp(BEGINS - 86_400 * 20)

NOTIFY_REQUESTER = (35_001, "Notify requester and CCs of comment update")
NOTIFY_AGENT = (35_002, "Notify assignee of assignment")
ROUTE = (35_003, "Route to Tier 1")
AUTO_CLOSE = (36_001, "Close ticket 4 days after status is set to solved")
_TRIGGERS = (NOTIFY_REQUESTER, NOTIFY_AGENT, ROUTE, (35_004, "Request customer satisfaction rating"),
             (35_005, "Notify group of assignment"), (35_006, "Auto-reply to first message"))  # fmt: skip
_AUTOMATIONS = (
    AUTO_CLOSE,
    (36_002, "Pending reminder after 3 days"),
    (36_003, "Escalate urgent after 1 hour"),
)
_MACROS = (
    "Close and redirect",
    "Downgrade and inform",
    "Ask for serial number",
    "Refund approved",
    "Not reproducible",
)
_VIEWS = (
    "Your unsolved tickets",
    "Unassigned tickets",
    "Pending tickets",
    "Recently solved",
    "VIP",
    "HR cases",
)


_TOLD = (
    ("Notify requester", ("notification_user", "requester_and_ccs")),
    ("Notify assignee", ("notification_user", "assignee_id")),
    ("Notify group", ("notification_group", "group_id")),
    ("Auto-reply", ("notification_user", "requester_id")),
    ("Request customer satisfaction", ("notification_user", "requester_id")),
    ("Pending reminder", ("notification_user", "requester_id")),
)
"""How titles begin, and whom such a rule tells [DOC actions reference]."""


def _all(*rows: tuple[str, str, str]) -> WireRecord:
    return {
        "all": [{"field": field, "operator": operator, "value": value} for field, operator, value in rows],
        "any": [],
    }


_CONDITIONS: dict[int, tuple[WireRecord, list[WireRecord]]] = {
    ROUTE[0]: (
        _all(("status", "less_than", "closed"), ("current_tags", "includes", "to_tier_1")),
        [{"field": "group_id", "value": str(GROUPS["Tier 1"])}],
    ),
    AUTO_CLOSE[0]: (
        _all(("status", "is", "solved"), ("SOLVED", "greater_than", "96")),
        [{"field": "status", "value": "closed"}],
    ),
    36_002: (_all(("status", "is", "pending"), ("PENDING", "greater_than", "72")), []),
    36_003: (
        _all(("priority", "is", "urgent"), ("status", "is", "new"), ("NEW", "greater_than", "1")),
        [{"field": "current_tags", "value": "escalated"}],
    ),
}
"""Number of a rule -> its conditions, where they are not those of all others, and what it does beside telling somebody."""


def rule_via(rule: tuple[int, str], kind: str = "trigger") -> WireRecord:
    """Return the `via` of an event that a trigger or automation made [DOC via object reference]."""
    source = {
        "from": {"deleted": False, "title": rule[1], "id": rule[0], "revision_id": 1},
        "to": {},
        "rel": kind,
    }
    return {"channel": "rule", "source": source}


def _rule(path: str, number: int, title: str, position: int) -> WireRecord:
    conditions = {"all": [{"field": "status", "operator": "less_than", "value": "closed"}], "any": []}
    rule: WireRecord = {
        "url": api_url(f"{path}/{number}"), "id": number, "title": title, "raw_title": title, "active": True,
        "default": False, "position": position, "created_at": _MADE, "updated_at": _MADE,
    }  # fmt: skip
    if path == "macros":
        actions = [{"field": "comment_value_html", "value": f"<p>{title}, {{{{ticket.requester.name}}}}</p>"}]
        return rule | {"actions": actions, "description": None, "restriction": None}
    if path == "views":
        execution: WireRecord = {
            "group_by": "status",
            "group_order": "asc",
            "sort_by": "updated",
            "sort_order": "desc",
        }
        return rule | {"conditions": conditions, "execution": execution, "description": "", "restriction": {}}
    conditions, done = _CONDITIONS.get(number, (conditions, []))
    told = next((who for begin, who in _TOLD if title.startswith(begin)), None)
    if told is not None:
        # The document gives actions of automations one text; those of triggers may have several.
        words = ["Re: {{ticket.title}}", "{{ticket.comments_formatted}}"]
        done = [
            *done,
            {"field": told[0], "value": [told[1], *words] if path == "triggers" else told[1]},
        ]
    return rule | {"conditions": conditions, "actions": done}


def _sla(number: int, title: str, priority: str, minutes: int, position: int) -> WireRecord:
    return {
        "url": api_url(f"slas/policies/{number}"), "id": number, "title": title, "description": "",
        "position": position,
        "filter": {"all": [{"field": "priority", "operator": "is", "value": priority}], "any": []},
        "policy_metrics": [
            {"priority": priority, "metric": "first_reply_time", "target": minutes, "business_hours": False},
            {"priority": priority, "metric": "requester_wait_time", "target": minutes * 8, "business_hours": False},
        ],
        "created_at": _MADE, "updated_at": _MADE,
    }  # fmt: skip


def _address(number: int, email: str, brand: int, default: bool) -> WireRecord:
    return {
        "url": api_url(f"recipient_addresses/{number}"), "id": number, "email": email, "name": email.partition("@")[0],
        "brand_id": brand, "default": default, "forwarding_status": "verified" if default else "waiting",
        "spf_status": "verified" if default else "failed", "cname_status": "verified", "domain_verification_status": "verified", "created_at": _MADE, "updated_at": _MADE,
    }  # fmt: skip


def _article(number: int, title: str) -> WireRecord:
    return {
        "id": number, "title": title, "body": f"<p>{title}</p>", "locale": "en-us", "draft": False,
        "url": api_url(f"help_center/en-us/articles/{number}"), "created_at": _MADE, "updated_at": _MADE,
    }  # fmt: skip


def _custom_object(number: int, key: str, title: str, plural: str) -> WireRecord:
    return {
        "id": number, "url": api_url(f"custom_objects/{key}"), "key": key, "title": title, "raw_title": title,
        "title_pluralized": plural, "raw_title_pluralized": plural, "description": "", "raw_description": "",
        "created_by_user_id": "50001", "updated_by_user_id": "50001", "include_in_list_view": True, "created_at": _MADE,
        "updated_at": _MADE,
    }  # fmt: skip


def _dynamic(number: int, name: str) -> WireRecord:
    return {
        "id": number, "url": api_url(f"dynamic_content/items/{number}"), "name": name, "default_locale_id": 1, "outdated": False,
        "placeholder": f"{{{{dc.{name.lower()}}}}}", "variants": [], "created_at": _MADE, "updated_at": _MADE,
    }  # fmt: skip


RULES: dict[str, list[WireRecord]] = {
    "triggers": [_rule("triggers", *row, position) for position, row in enumerate(_TRIGGERS, 1)],
    "automations": [_rule("automations", *row, position) for position, row in enumerate(_AUTOMATIONS, 1)],
    "macros": [_rule("macros", 37_000 + n, title, n) for n, title in enumerate(_MACROS, 1)],
    "views": [_rule("views", 38_000 + n, title, n) for n, title in enumerate(_VIEWS, 1)],
    "sla_policies": [_sla(39_001, "Urgent", "urgent", 30, 1), _sla(39_002, "Normal", "normal", 480, 2)],
    "sharing_agreements": [{
        "url": api_url("sharing_agreements/40001"), "id": 40_001, "name": "Acme @ Vendor desk", "type": "outbound",
        "status": "accepted", "partner_name": None, "remote_subdomain": "vendor-desk", "created_at": _MADE,
        "updated_at": _MADE,
    }],
    "recipient_addresses": [
        _address(42_000 + n, email, BRANDS[brand], n == 1)
        for n, (email, brand) in enumerate(
            (("support@acme.example", "Acme"), ("help@globex.example", "Globex"), ("billing@acme.example", "Billing")), 1
        )
    ],
    "custom_objects": [_custom_object(43_001, "router", "Router", "Routers")],
    "items": [_dynamic(44_001, "Hello"), _dynamic(44_002, "Signature")],
    "articles": [_article(41_000 + n, f"How to, part {n}") for n in range(1, 10)],
}  # fmt: skip


def settings() -> WireRecord:
    """Return the account's settings that a migration looks at, a part of the real answer [OAS ShowAccountSettings]."""
    return {
        "active_features": {
            "customer_satisfaction": True, "satisfaction_prediction": False, "ticket_forms": True, "on_hold_status": True,
            "light_agents": True, "user_org_fields": True, "voice": True, "chat": True, "allow_ccs": True,
            "custom_dkim_domain": False, "rich_content_in_emails": True, "ticket_tagging": True, "user_tagging": True,
        },
        "agents": {"agent_workspace": True},
        "api": {"accepted_api_agreement": True, "api_password_access_end_users": False, "api_token_access": "true"},
        "brands": {"default_brand_id": BRANDS["Acme"], "require_brand_on_new_tickets": False},
        "groups": {"check_group_name_uniqueness": True},
        "localization": {"locale_ids": [1, 8, 16, 67]},
        "tickets": {
            "agent_ticket_deletion": False, "allow_group_reset": True, "private_attachments": True,
            "comments_public_by_default": True, "assign_tickets_upon_solve": True, "email_attachments": False,
            "has_color_text": True, "markdown_ticket_comments": False, "rich_text_comments": True, "tagging": True,
            "using_skill_based_routing": False, "default_group_id": GROUPS["Tier 1"],
        },
        "users": {"end_user_phone_number_validation": False, "have_gravatars_enabled": False, "tagging": True,
                  "time_zone_selection": True, "language_selection": True},
    }  # fmt: skip
