"""Two small desks and the look-ups between them, as the mapping's tests use them."""

from datetime import UTC, datetime
from typing import Any

from ticketferry.mapping.engine import Engine
from ticketferry.mapping.loader import MappingFile, loads
from ticketferry.mapping.result import Account, MatchState, NoLookups
from ticketferry.sdk.features import Feature

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JSM = frozenset(
    {
        Feature.DESCRIPTION, Feature.PUBLIC_AND_INTERNAL, Feature.PEOPLE_CREATED, Feature.PROJECTS, Feature.LINKS,
        Feature.ORGANIZATIONS, Feature.WORKLOGS, Feature.PATHS, Feature.DUE_DAY,
    }
)  # fmt: skip
FILES = frozenset(
    {
        Feature.ANY_NAME, Feature.COMMENT_AUTHOR, Feature.COMMENT_TIME, Feature.TICKET_TIMES, Feature.HISTORY, Feature.LINKS,
        Feature.ORGANIZATIONS, Feature.GROUPS, Feature.PEOPLE_CREATED, Feature.PUBLIC_AND_INTERNAL, Feature.WORKLOGS,
    }
)  # fmt: skip


def named(*names: str) -> list[dict[str, str]]:
    return [{"id": str(number), "name": name} for number, name in enumerate(names, 1)]


def field(
    key: str, kind: str, *options: tuple[str, str], name: str = "", of: str = "ticket"
) -> dict[str, Any]:
    row: dict[str, Any] = {"id": key, "key": key, "name": name or key, "type": kind, "of": of}
    if options:
        row["options"] = [{"value": value, "name": shown} for value, shown in options]
    return row


def statuses(*rows: tuple[str, str, str]) -> list[dict[str, str]]:
    return [
        {"id": name, "name": name, "stage": stage, "category": category} for name, stage, category in rows
    ]


ZENDESK: dict[str, Any] = {
    "desk": "acme", "product": "zendesk", "url": "https://acme.zendesk.example",
    "statuses": statuses(
        ("new", "new", "new"), ("open", "assigned", "open"), ("pending", "pending_customer", "pending"), ("hold", "on_hold", "hold"),
        ("solved", "resolved", "solved"), ("closed", "closed", "closed"), ("deleted", "deleted", "deleted"),
        ("custom:Waiting on vendor", "on_hold", "hold"), ("custom:Escalated to engineering", "assigned", "open"),
        ("custom:Parked", "on_hold", "hold"),
    ),
    "priorities": named("low", "normal", "high", "urgent"), "types": named("question", "incident", "problem", "task"),
    "groups": [*named("Tier 1", "Tier 2", "Billing"), {"id": "9", "name": "HR-cases", "restricted": True}],
    "brands": named("Acme", "Globex", "Billing"), "forms": named("Default", "Outage", "Billing question"),
    "fields": [
        field("refund_reason", "select", ("broken", "Broken on arrival"), ("late", "Late delivery"), ("wrong_item", "Wrong item"),
              ("refund_other", "Other"), name="Refund reason"),
        field("product", "select", ("hw__router", "Ferry::Basic"), name="Product"), field("serial", "text"), field("serial_no", "regexp"),
        field("refund_amount", "decimal"), field("delivery_date", "date"), field("steps_to_reproduce", "textarea"),
        field("outcome", "select", ("fixed", "Fixed"), ("wont_fix", "Won't fix"), ("outcome_duplicate", "Duplicate")),
        field("card_number", "partialcreditcard"), field("symptoms", "multiselect", ("no_signal", "No signal"), ("noise", "Noise")),
        field("city", "text"), field("zip", "text"), field("plan", "select", of="organization"),
    ],
}  # fmt: skip

_TYPES = [{"id": name, "name": name} for name in ("Service request", "Incident", "Problem", "Task")]
_JIRA_FIELDS = [
    *(field(name.lower(), "text", name=name) for name in ("Zendesk ticket", "Former assignee", "Serial no.", "Order id", "Address")),
    field("zendesk link", "url", name="Zendesk link"), field("original created", "datetime", name="Original created"),
    field("original resolved", "datetime", name="Original resolved"), field("refund amount", "decimal", name="Refund amount"),
    field("purchase date", "date", name="Purchase date"), field("steps", "textarea", name="Steps to reproduce"),
    field("csat comment", "textarea", name="CSAT comment"),
    *(
        field(name.lower(), "select", *((value, value) for value in values), name=name)
        for name, values in {
            "Handled by": ("Human", "AI agent", "Hybrid", "Automation"), "CSAT": ("Good", "Bad", "Offered", "Unoffered"),
            "Refund reason": ("Damaged", "Late", "Wrong item", "Changed mind", "Other"),
            "Origin": ("E-mail", "Web form", "Phone", "Chat", "API", "Social"),
        }.items()
    ),
    field("product", "cascading", ("Ferry", "Ferry"), ("Basic", "Basic"), name="Product"),
    field("regions", "multiselect", ("EMEA", "EMEA"), ("APAC", "APAC"), name="Affected regions"),
]  # fmt: skip
JIRA: dict[str, Any] = {
    "desk": "site", "product": "jsm", "url": "https://site.atlassian.example",
    "statuses": statuses(
        ("Waiting for triage", "new", ""), ("Waiting for support", "assigned", ""), ("In progress", "in_progress", ""),
        ("Waiting for customer", "pending_customer", ""), ("Pending vendor", "on_hold", ""), ("Resolved", "resolved", ""),
        ("Closed", "closed", ""),
    ),
    "priorities": named("Highest", "High", "Medium", "Low", "Lowest"), "resolutions": named("Done", "Won't Do", "Duplicate"),
    "types": _TYPES, "link_types": named("Blocks", "Duplicate", "Relates", "Problem/Incident"), "fields": _JIRA_FIELDS,
    "projects": [
        {"id": "1", "key": "SUP", "name": "Support", "types": _TYPES, "components": named("Website", "Hardware"), "open": True},
        {"id": "2", "key": "BILL", "name": "Billing", "types": _TYPES, "components": named("Invoices")},
        {"id": "3", "key": "HR", "name": "People", "types": _TYPES, "security": named("HR only")},
    ],
    "forms": [
        {"id": f"{project}{name}", "name": name, "project": project}
        for project, names in {
            "SUP": ("Emailed request", "Portal request", "Report an outage", "Chat"), "BILL": ("Emailed request", "Invoice question"),
            "HR": ("Emailed request", "Ask HR"),
        }.items()
        for name in names
    ],
}  # fmt: skip
FOLDER: dict[str, Any] = {"desk": "copy", "product": "neutral"}


def person(id_: str, name: str, role: str = "end_user", state: str = "active", **more: Any) -> dict[str, Any]:
    email = f"{name.split(maxsplit=1)[0].lower()}@acme.example"
    return {"ref": f"acme:person:{id_}", "name": name, "email": email, "role": role, "state": state, **more}


PEOPLE = [
    person("1", "Ann Customer", organizations=["acme:organization:1", "acme:organization:2"]),
    person("2", "Bob Agent", "agent"),
    person("3", "Old Agent", "agent", "suspended"),
    person("4", "Cy Light", "light_agent"),
    person("5", "Dee Twin"),
    person("6", "Gone User", state="deleted"),
    {"ref": "acme:person:7", "name": "No Mail", "role": "end_user", "state": "active"},
]
ORGANIZATIONS = [
    {
        "ref": "acme:organization:1",
        "name": "Shared Ltd",
        "shared_tickets": True,
        "domains": ["shared.example"],
    },
    {"ref": "acme:organization:2", "name": "Private Ltd", "shared_tickets": False},
]
GROUPS = [
    {"ref": "acme:group:1", "name": "Tier 1"},
    {"ref": "acme:group:9", "name": "HR-cases", "restricted": True},
]


class Desks(NoLookups):
    """Look-ups over the people above; Bob has an account, Dee is one with Ann, tickets up to 1000 are migrated."""

    def __init__(self) -> None:
        self.rows = {row["ref"]: row for row in (*PEOPLE, *ORGANIZATIONS, *GROUPS)}
        self.match_states: dict[str, MatchState] = {}

    def record(self, ref: str) -> dict[str, Any] | None:
        if ref.startswith("acme:ticket:"):
            number = ref.rsplit(":", 1)[1]
            return {
                "ref": ref,
                "number": number,
                "url": f"https://acme.zendesk.example/agent/tickets/{number}",
            }
        return self.rows.get(ref)

    def survivor(self, ref: str) -> str:
        return "acme:person:1" if ref == "acme:person:5" else ref

    def account(self, ref: str) -> Account | None:
        return Account("site:person:q", "agent", "email") if ref == "acme:person:2" else None

    def ours(self, ref: str) -> bool:
        return False

    def match_state(self, ref: str) -> MatchState:
        return self.match_states.get(ref, MatchState())

    def in_scope(self, ref: str) -> bool:
        number = ref.rsplit(":", 1)[1]
        return number.isdigit() and int(number) <= 1000

    def ticket(self, number: str) -> str | None:
        return f"acme:ticket:{number}" if number.isdigit() else None


BASE = """version: 1
source: zendesk
target: jsm
route:
  - {when: always, project: SUP, issue_type: Service request}
status:
  new: Waiting for triage
  open: {to: Waiting for support, when: {assignee: present}, else: Waiting for triage}
  pending: Waiting for customer
  hold: Pending vendor
  "custom:Waiting on vendor": Pending vendor
  "custom:Escalated to engineering": In progress
  "custom:Parked": Pending vendor
  solved: {to: Resolved, resolution: {by: fields.outcome, values: {fixed: Done, wont_fix: "Won't Do", "*": Done}, missing: Done}}
  closed: {to: Closed, resolution: Done}
priority: {urgent: Highest, high: High, normal: Medium, low: Low, none: {default: Medium}}
"""


def mapping(more: str = "", base: str = BASE) -> MappingFile:
    return loads(base + more)


def engine(
    more: str = "",
    base: str = BASE,
    features: frozenset[Feature] = JSM,
    target: dict[str, Any] | None = None,
    source: dict[str, Any] | None = None,
) -> Engine:
    return Engine(mapping(more, base), source or ZENDESK, target or JIRA, features, Desks(), NOW)


def files_engine(more: str = "") -> Engine:
    base = "version: 1\nsource: zendesk\ntarget: neutral\n"
    return Engine(mapping(more, base), ZENDESK, FOLDER, FILES, Desks(), NOW)


def case(**more: Any) -> dict[str, Any]:
    return {"ref": "acme:ticket:12", "number": "12", "subject": "Help", "status": "open", "stage": "assigned",
            "requester": "acme:person:1", "created": "2025-06-01T10:00:00Z", **more}  # fmt: skip


def comment(id_: str, html: str = "<p>hello</p>", *, public: bool = True, **more: Any) -> dict[str, Any]:
    return {"ref": f"acme:comment:{id_}", "ticket": "acme:ticket:12", "public": public, "body": {"html": html},
            "author": "acme:person:1", "created": f"2025-06-01T10:00:{int(id_) % 60:02}Z", **more}  # fmt: skip
