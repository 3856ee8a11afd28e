"""Teammates, teams, tags, attributes, ticket types and states of the sample workspace."""

from __future__ import annotations

from ticketferry_emulators.intercom.models.records import (
    AdminAccount,
    DataAttribute,
    InboxTeam,
    TicketStateRow,
    TicketType,
    TicketTypeAttribute,
    WorkspaceTag,
)

__all__ = ["BEGUN", "admins", "attributes", "built_in", "tags", "teams", "ticket_states", "ticket_types"]

BEGUN = 1_640_995_200
"""When the workspace was made: 2022-01-01."""


def admins() -> list[AdminAccount]:
    """Return five teammates and one who was removed; the first one owns the workspace."""
    rows = (
        (3001, "Ada Owner", "ada@acme.example", "Head of support", True),
        (3002, "Joe Agent", "joe@acme.example", "Support", True),
        (3003, "Zoë Müller-O'Hara", "zoe@acme.example", "Support", True),
        (3004, "Billing Bob", "bob@acme.example", "Billing", True),
        (3005, "Seatless Sam", "sam@acme.example", "Engineer", True),
        (3006, "Gone Gabi", "gabi@acme.example", "Support", False),
    )
    return [
        AdminAccount(
            number, name, email, title, has_inbox_seat=number != 3005, away=number == 3003, active=active
        )
        for number, name, email, title, active in rows
    ]


def teams() -> list[InboxTeam]:
    """Return two teams."""
    return [
        InboxTeam(77, "Support", [3001, 3002, 3003], "round_robin"),
        InboxTeam(78, "Billing & Contracts", [3004]),
    ]


def tags() -> list[WorkspaceTag]:
    """Return the tags, some with names that are hard to carry."""
    names = ("vpn", "billing", "VIP", "bug/UI", "to be followed up", "naïve – mit, Komma", "日本", "x" * 60,
             "feature request", "churn risk", "spam?", "beta", "gdpr", "api")  # fmt: skip
    return [WorkspaceTag(str(9_001 + place), name) for place, name in enumerate(names)]


def built_in() -> list[DataAttribute]:
    """Return attributes that every workspace has."""
    rows = (
        ("contact", "name", "string", "Name"), ("contact", "email", "string", "Email"), ("contact", "phone", "string", "Phone"),
        ("contact", "external_id", "string", "User ID"), ("contact", "signed_up_at", "date", "Signed up"),
        ("contact", "created_at", "date", "First seen"), ("company", "name", "string", "Company name"),
        ("company", "company_id", "string", "Company ID"), ("company", "remote_created_at", "date", "Company created at"),
        ("company", "user_count", "integer", "People"), ("company", "monthly_spend", "float", "Monthly spend"),
    )  # fmt: skip
    read_only = ("created_at", "company_id", "user_count")
    return [
        DataAttribute(None, model, name, kind, label, custom=False, api_writable=name not in read_only)
        for model, name, kind, label in rows
    ]


def attributes() -> list[DataAttribute]:
    """Return all attributes, custom ones of every type; an archived one has the name of a live one."""
    rows: tuple[tuple[str, str, str, list[str], bool], ...] = (
        ("contact", "plan_tier", "options", ["gold", "silver", "free"], False), ("contact", "seats", "integer", [], False),
        ("contact", "newsletter", "boolean", [], False), ("contact", "renewal", "date", [], False),
        ("contact", "score", "float", [], False), ("contact", "Größe (m²)", "string", [], False),
        ("contact", "old_field", "string", [], True), ("company", "tier", "string", [], False),
        ("company", "employees", "integer", [], False), ("conversation", "Plan", "string", [], False),
        ("conversation", "Urgency", "options", ["low", "high"], False), ("conversation", "jira_issue_key", "string", [], False),
        ("conversation", "Seats affected", "integer", [], False), ("conversation", "Plan", "string", [], True),
    )  # fmt: skip
    return built_in() + [
        DataAttribute(
            place,
            model,
            name,
            kind,
            name,
            options=options,
            archived=archived,
            created_at=BEGUN,
            updated_at=BEGUN,
        )
        for place, (model, name, kind, options, archived) in enumerate(rows, 12_001)
    ]


def ticket_states() -> list[TicketStateRow]:
    """Return the four states of every workspace, one of this one's own and one that was archived."""
    return [
        TicketStateRow("8269", "submitted", "Submitted", "Submitted"),
        TicketStateRow("8270", "in_progress", "In progress", "In progress"),
        TicketStateRow("8271", "waiting_on_customer", "Waiting on customer", "Waiting on you"),
        TicketStateRow("8272", "resolved", "Resolved", "Resolved"),
        TicketStateRow("8273", "in_progress", "With the vendor", "In progress"),
        TicketStateRow("8274", "in_progress", "Escalated (old)", "In progress", archived=True),
    ]


def ticket_types() -> list[TicketType]:
    """Return a type of each category, and one that was archived."""
    states = ["8269", "8270", "8271", "8272"]
    return [
        _type("55", "Bug", "Customer", [*states, "8273", "8274"], (
            ("Serial", "string", {}), ("Severity", "list", {"s1": "Blocker", "s2": "Major", "s3": "Minor – später"}),
            ("Found at", "datetime", {}), ("Amount", "decimal", {}), ("Seats", "integer", {}), ("Urgent?", "boolean", {}),
            ("Screens", "files", {}),
        )),
        _type("56", "Refund", "Back-office", states, (("Amount", "decimal", {}), ("Approved", "boolean", {}))),
        _type("57", "Incident", "Tracker", states, (("Jira", "string", {}),)),
        _type("58", "Old form", "Customer", states, (), archived=True),
    ]  # fmt: skip


def _type(
    number: str,
    name: str,
    category: str,
    states: list[str],
    fields: tuple[tuple[str, str, dict[str, str]], ...],
    *,
    archived: bool = False,
) -> TicketType:
    first = int(number) * 10
    rows = [
        TicketTypeAttribute(str(first), "_default_title_", "string", default=True, created_at=BEGUN),
        TicketTypeAttribute(
            str(first + 1), "_default_description_", "string", default=True, multiline=True, created_at=BEGUN
        ),
        *(
            TicketTypeAttribute(str(first + place), label, kind, items=items, created_at=BEGUN)
            for place, (label, kind, items) in enumerate(fields, 2)
        ),
    ]
    return TicketType(
        number, name, category, f"{name} – form of the sample", attributes=rows, states=states, archived=archived,
        created_at=BEGUN, updated_at=BEGUN,
    )  # fmt: skip
