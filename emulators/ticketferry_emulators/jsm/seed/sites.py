"""Sites to begin with: `support`, an empty service site as an administrator prepares it for a migration; `fresh`, as new; `mixed`, with a team-managed project."""

from __future__ import annotations

import uuid

from ticketferry_emulators.jsm.models.records import (
    Component,
    IssueType,
    JiraAccount,
    JiraProject,
    JiraStatus,
    LinkType,
    NotificationScheme,
    Option,
    RequestType,
    SecurityLevel,
    ServiceDesk,
    Transition,
    Workflow,
)
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.seed.site_fields import COMPUTED, add_fields

__all__ = ["AGENTS", "COLLEAGUES", "desk"]

AGENTS = (
    "Ada Okafor",
    "Bruno Salgado",
    "Chiara Lindt",
    "Dmitri Halvorsen",
    "Esra Yildiz",
    "Fionn Gallagher",
    "Grete Blom",
    "Hiro Tanabe",
    "Ines Carvalho",
    "Jonas Weidmann",
    "Kavya Raman",
    "Lior Ben-Ami",
    "Maud Peeters",
)
"""Licensed agents; the e-mail is the first name @acme.example."""

COLLEAGUES = (
    "Ana Silva",
    "Ben Okoro",
    "Chloe Martin",
    "Dmitri Ivanov",
    "Emi Tanaka",
    "Farid Nasser",
    "Greta Lund",
    "Hugo Weber",
)
"""Licensed agents who work in the sample Zendesk desk as well, under the same address `first.last@acme.example`."""

_QUEUES = (
    ("All open", "resolution = Unresolved ORDER BY created ASC"),
    ("Waiting for customer", 'status = "Waiting for customer" ORDER BY updated DESC'),
)

_STATUSES = (
    ("10100", "Waiting for triage", "new"),
    ("10101", "Waiting for support", "indeterminate"),
    ("10102", "In progress", "indeterminate"),
    ("10103", "Waiting for customer", "indeterminate"),
    ("10104", "Pending vendor", "indeterminate"),
    ("10105", "Resolved", "done"),
    ("10106", "Closed", "done"),
    ("10107", "Canceled", "done"),
)
_TRIAGE, _SUPPORT, _PROGRESS, _CUSTOMER, _VENDOR, _RESOLVED, _CLOSED, _CANCELED = (
    row[0] for row in _STATUSES
)
_RESOLVE_SCREEN = "10201"


def _service_workflow(number: str, name: str, start: str) -> Workflow:
    """From the start: one hop to work, two to a resolution, three to the end."""
    return Workflow(
        number,
        name,
        [
            Transition("1", "Create", start, initial=True),
            Transition("11", "Accept", _SUPPORT, (_TRIAGE,)),
            Transition("21", "Start work", _PROGRESS, (_SUPPORT,)),
            Transition("31", "Respond to customer", _CUSTOMER, (_SUPPORT, _PROGRESS)),
            Transition("41", "Respond to support", _SUPPORT, (_CUSTOMER, _VENDOR, _PROGRESS)),
            Transition("51", "Pend on vendor", _VENDOR, (_PROGRESS,)),
            Transition(
                "61",
                "Resolve this issue",
                _RESOLVED,
                (_SUPPORT, _PROGRESS, _CUSTOMER),
                screen=_RESOLVE_SCREEN,
            ),
            Transition("71", "Close", _CLOSED, (_RESOLVED,)),
            Transition("81", "Reopen", _SUPPORT, (_RESOLVED, _CLOSED), clears_resolution=True),
            Transition("91", "Cancel request", _CANCELED, screen=_RESOLVE_SCREEN),
        ],
    )


def _task_workflow(number: str, name: str) -> Workflow:
    return Workflow(
        number,
        name,
        [
            Transition("1", "Create", _SUPPORT, initial=True),
            Transition("111", "Begin", _PROGRESS, (_SUPPORT,)),
            Transition("121", "Finish", _RESOLVED, (_PROGRESS,), screen=_RESOLVE_SCREEN),
            Transition("131", "File", _CLOSED, (_RESOLVED,)),
            Transition("141", "Take up again", _SUPPORT, (_RESOLVED, _CLOSED), clears_resolution=True),
        ],
    )


def desk(kind: str = "support") -> SiteState:
    """Return a new site; `support`, `mixed`: no mail goes out; `fresh`: schemes and customer notifications as they come."""
    if kind not in ("support", "fresh", "mixed"):
        raise ValueError(f"no seed named {kind!r}; there are support, fresh, mixed")
    state = SiteState()
    _people(state)
    add_fields(state)
    _catalog(state, silent=kind != "fresh")
    _projects(state)
    if kind == "mixed":
        _team_managed(state)
    state.customer_notifications_on = kind == "fresh"
    if kind != "fresh":
        bot = next(account.id for account in state.accounts.values() if account.email in state.tokens)
        state.preferences[bot] = {"user.autowatch.disabled": "true"}
    return state


def _people(state: SiteState) -> None:
    def add(account: JiraAccount) -> None:
        state.accounts[account.id] = account

    def account_id(email: str) -> str:
        return f"712020:{uuid.uuid5(uuid.NAMESPACE_URL, email)}"

    admin = "migration@acme.example"
    add(JiraAccount(account_id(admin), "Migration Bot", admin, agent=True, admin=True))
    state.tokens[admin] = "emulated-jira-token"
    for number, name in enumerate(AGENTS):
        email = f"{name.split()[0].lower()}@acme.example"
        zone = ("Europe/Berlin", "America/New_York", "Asia/Tokyo")[number % 3]
        add(JiraAccount(account_id(email), name, email, zone=zone, hidden_email=number % 5 == 4, agent=True))
    for name in COLLEAGUES:
        email = f"{name.lower().replace(' ', '.')}@acme.example"
        add(JiraAccount(account_id(email), name, email, agent=True))
    for name, active in (("Nils Former", False), ("Odile Reader", True)):
        email = f"{name.split()[0].lower()}@acme.example"
        add(JiraAccount(account_id(email), name, email, active=active))
    add(JiraAccount(account_id("app:automation"), "Automation for Jira", "", kind="app"))


def _catalog(state: SiteState, *, silent: bool) -> None:
    for number, name, category in _STATUSES:
        state.statuses[number] = JiraStatus(number, name, category)
    for number, name in (
        ("10001", "Service request"),
        ("10002", "Incident"),
        ("10003", "Problem"),
        ("10004", "Task"),
    ):
        state.types[number] = IssueType(number, name)
    for flow in (
        _service_workflow("10601", "SUP: Service request workflow", _TRIAGE),
        _service_workflow("10602", "SUP: Incident workflow", _SUPPORT),
        _task_workflow("10603", "SUP: Task workflow"),
    ):
        state.workflows[flow.id] = flow
    state.screens[_RESOLVE_SCREEN] = ("Resolve screen", ["resolution", "assignee"], ["resolution"])
    state.priorities = [
        Option(str(number), name)
        for number, name in enumerate(("Highest", "High", "Medium", "Low", "Lowest"), start=1)
    ]
    state.resolutions = [Option("10000", "Done"), Option("10001", "Won't Do"), Option("10002", "Duplicate")]
    for number, name, inward, outward in (
        ("10000", "Blocks", "is blocked by", "blocks"),
        ("10002", "Duplicate", "is duplicated by", "duplicates"),
        ("10003", "Relates", "relates to", "relates to"),
        ("10004", "Problem/Incident", "is caused by", "causes"),
    ):
        state.link_types[number] = LinkType(number, name, inward, outward)
    usual = [("CurrentAssignee", ""), ("Reporter", ""), ("AllWatchers", "")]
    names = {
        1: "Issue created",
        2: "Issue updated",
        3: "Issue assigned",
        4: "Issue resolved",
        6: "Issue commented",
        8: "Issue deleted",
        10: "Work logged on issue",
        13: "Generic event",
        14: "Issue comment edited",
    }
    state.notification_schemes[10000] = NotificationScheme(
        10000, "Default Notification Scheme", {number: (name, list(usual)) for number, name in names.items()}
    )
    state.notification_schemes[10001] = NotificationScheme(10001, "No notifications")
    state.counters["scheme"] = 10001 if silent else 10000


def _projects(state: SiteState) -> None:
    scheme = state.counters.pop("scheme")
    by_name = {known.name: known.id for known in state.fields.values()}
    request_type = by_name["Request Type"]
    create = [
        "summary",
        "description",
        "reporter",
        "assignee",
        "priority",
        "labels",
        "components",
        "duedate",
        "environment",
        "attachment",
        "issuelinks",
        *(
            known.id
            for known in state.fields.values()
            if known.custom and known.id != request_type and not known.custom.endswith(COMPUTED)
        ),
    ]
    lead = next(account.id for account in state.accounts.values() if account.agent)
    flows = {"10001": "10601", "10002": "10602", "10003": "10602", "10004": "10603"}
    form = ["summary", "description", "attachment"]
    rows = (
        (
            "10000",
            "SUP",
            "Support",
            ("Emailed request", "Portal request", "Report an outage", "Chat"),
            ("Website", "Shipping", "Hardware"),
        ),
        ("10001", "BILL", "Billing", ("Emailed request", "Invoice question"), ("Invoices", "Refunds")),
        ("10002", "HR", "People & Culture", ("Emailed request", "Ask HR"), ()),
    )
    type_number, component_number = 30, 10050
    for number, (project_id, key, name, request_types, components) in enumerate(rows, start=1):
        screen = [*create, "security"] if key == "HR" else list(create)
        project = JiraProject(
            project_id,
            key,
            name,
            lead,
            list(state.types),
            dict(flows),
            screen,
            [*screen, "resolution", request_type],
            notification_scheme=scheme,
        )
        for component in components:
            component_number += 1
            project.components.append(Component(str(component_number), component))
        if key == "HR":
            project.levels = [SecurityLevel("10020", "HR only"), SecurityLevel("10021", "Organization", True)]
        state.projects[project_id] = project
        kinds: list[RequestType] = []
        for title in request_types:
            type_number += 1
            type_id = "10002" if title == "Report an outage" else "10001"
            kinds.append(RequestType(str(type_number), title, type_id, list(form)))
        state.desks[str(number)] = ServiceDesk(str(number), project_id, kinds, queues=list(_QUEUES))


def _team_managed(state: SiteState) -> None:
    """Add a team-managed service project: statuses, types and workflow of its own, no schemes."""
    for number, name, category in (
        ("10201", "Open", "new"),
        ("10202", "Doing", "indeterminate"),
        ("10203", "Done", "done"),
    ):
        state.statuses[number] = JiraStatus(number, name, category)
    state.types["10010"] = IssueType("10010", "Question")
    state.workflows["10701"] = Workflow(
        "10701",
        "Team: Question",
        [
            Transition("1", "Create", "10201", initial=True),
            Transition("11", "Open", "10201"),
            Transition("21", "Doing", "10202"),
            Transition("31", "Done", "10203", ("10201", "10202"), screen=_RESOLVE_SCREEN),
        ],
    )
    usual = state.projects["10000"]
    state.projects["10003"] = JiraProject(
        "10003",
        "TEAM",
        "Team desk",
        usual.lead,
        ["10010"],
        {"10010": "10701"},
        list(usual.create_screen),
        list(usual.edit_screen),
        notification_scheme=usual.notification_scheme,
        team_managed=True,
    )
    kinds = [RequestType("60", "Ask the team", "10010", ["summary", "description", "attachment"])]
    state.desks["4"] = ServiceDesk("4", "10003", kinds, queues=list(_QUEUES))
