"""The fields of a site as an administrator prepares it: what Jira brings, what the desk adds, and custom ones of many kinds."""

from __future__ import annotations

from ticketferry_emulators.jsm.models.records import Field, Option
from ticketferry_emulators.jsm.models.state import SiteState

__all__ = ["COMPUTED", "SYSTEM_FIELDS", "add_fields"]

_SYSTEM = "com.atlassian.jira.plugin.system.customfieldtypes:"
_DESK = "com.atlassian.servicedesk:"
_LIST = ("add", "set", "remove")

SYSTEM_FIELDS: tuple[tuple[str, str, str, str], ...] = (
    ("issuetype", "Issue Type", "issuetype", ""),
    ("project", "Project", "project", ""),
    ("summary", "Summary", "string", ""),
    ("description", "Description", "string", ""),
    ("status", "Status", "status", ""),
    ("statuscategorychangedate", "Status Category Changed", "datetime", ""),
    ("priority", "Priority", "priority", ""),
    ("resolution", "Resolution", "resolution", ""),
    ("resolutiondate", "Resolved", "datetime", ""),
    ("created", "Created", "datetime", ""),
    ("updated", "Updated", "datetime", ""),
    ("duedate", "Due date", "date", ""),
    ("creator", "Creator", "user", ""),
    ("reporter", "Reporter", "user", ""),
    ("assignee", "Assignee", "user", ""),
    ("labels", "Labels", "array", "string"),
    ("components", "Components", "array", "component"),
    ("environment", "Environment", "string", ""),
    ("security", "Security Level", "securitylevel", ""),
    ("attachment", "Attachment", "array", "attachment"),
    ("issuelinks", "Linked Issues", "array", "issuelinks"),
    ("subtasks", "Sub-tasks", "array", "issuelinks"),
    ("comment", "Comment", "comments-page", ""),
    ("worklog", "Log Work", "array", "worklog"),
    ("timespent", "Time Spent", "number", ""),
    ("votes", "Votes", "votes", ""),
    ("watches", "Watchers", "watches", ""),
)

_CUSTOM_FIELDS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    # name, type key, schema type, items, options ("parent/child" for a cascading one)
    ("Request Type", _DESK + "vp-origin", "sd-customerrequesttype", "", ()),
    ("Organizations", _DESK + "sd-customer-organizations", "array", "sd-customerorganization", ()),
    ("Request participants", _DESK + "sd-request-participants", "array", "user", ()),
    ("Request language", _DESK + "sd-request-lang", "sd-request-lang", "", ()),
    ("Zendesk ticket", _SYSTEM + "textfield", "string", "", ()),
    ("Zendesk link", _SYSTEM + "url", "string", "", ()),
    ("Original created", _SYSTEM + "datetime", "datetime", "", ()),
    ("Original resolved", _SYSTEM + "datetime", "datetime", "", ()),
    ("Handled by", _SYSTEM + "select", "option", "", ("Human", "AI agent", "Hybrid", "Automation")),
    ("Former assignee", _SYSTEM + "textfield", "string", "", ()),
    ("CSAT", _SYSTEM + "select", "option", "", ("Good", "Bad", "Offered", "Unoffered")),
    ("CSAT comment", _SYSTEM + "textarea", "string", "", ()),
    (
        "Refund reason",
        _SYSTEM + "select",
        "option",
        "",
        ("Damaged", "Late", "Wrong item", "Changed mind", "Other"),
    ),
    (
        "Product",
        _SYSTEM + "cascadingselect",
        "option-with-child",
        "",
        ("Ferry", "Ferry/Basic", "Ferry/Plus", "Harbour", "Harbour/On site", "Harbour/Cloud", "Buoy"),
    ),
    ("Serial no.", _SYSTEM + "textfield", "string", "", ()),
    ("Origin", _SYSTEM + "select", "option", "", ("E-mail", "Web form", "Phone", "Chat", "API", "Social")),
    ("Affected regions", _SYSTEM + "multiselect", "array", "option", ("EMEA", "AMER", "APAC")),
    ("Checks done", _SYSTEM + "multicheckboxes", "array", "option", ("Identity", "Contract", "Invoice")),
    ("Source tags", _SYSTEM + "labels", "array", "string", ()),
    ("Refund amount", _SYSTEM + "float", "number", "", ()),
    ("Purchase date", _SYSTEM + "datepicker", "date", "", ()),
    ("Steps to reproduce", _SYSTEM + "textarea", "string", "", ()),
    ("Account manager", _SYSTEM + "userpicker", "user", "", ()),
    ("Order id", _SYSTEM + "textfield", "string", "", ()),
    ("Time to first response", _DESK + "sd-sla-field", "sd-servicelevelagreement", "", ()),
    ("Time to resolution", _DESK + "sd-sla-field", "sd-servicelevelagreement", "", ()),
    ("Satisfaction", _DESK + "sd-request-feedback", "sd-feedback", "", ()),
    ("Approvals", "com.atlassian.servicedesk.approvals-plugin:sd-approvals", "sd-approvals", "", ()),
)
COMPUTED = ("sd-sla-field", "sd-request-feedback", "sd-approvals")
"""Types whose values the product works out; no screen shows them."""


def add_fields(state: SiteState) -> None:
    """Define all fields, with options that are numbered on."""
    for name, title, kind, items in SYSTEM_FIELDS:
        operations = _LIST if kind == "array" else ("set",)
        state.fields[name] = Field(name, title, kind, items, operations=operations)
    option_number = 10300
    for number, (title, custom, kind, items, options) in enumerate(_CUSTOM_FIELDS):
        name = f"customfield_{10010 + number}"
        known = Field(
            name,
            title,
            kind,
            items,
            custom,
            context=str(10500 + number),
            operations=_LIST if kind == "array" else ("set",),
        )
        parents: dict[str, str] = {}
        for text in options:
            option_number += 1
            parent, _, child = text.partition("/")
            known.options.append(
                Option(str(option_number), child or parent, parents[parent] if child else None)
            )
            if not child:
                parents[parent] = str(option_number)
        state.fields[name] = known
