"""A site put up again from what was read of it: projects, workflows, fields, screens, people and organizations of its catalog."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from ticketferry_emulators.jsm.models.automation import REOPEN, RESPOND
from ticketferry_emulators.jsm.models.records import (
    Component,
    Field,
    IssueType,
    JiraAccount,
    JiraOrganization,
    JiraProject,
    JiraStatus,
    LinkType,
    NotificationScheme,
    Option,
    RequestType,
    SecurityLevel,
    ServiceDesk,
)
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.seed.site_fields import COMPUTED, SYSTEM_FIELDS
from ticketferry_emulators.jsm.seed.told_flows import add_workflows
from ticketferry_emulators.kit.told import Assumed, ToldDesk

__all__ = ["TOKEN", "site_of"]

TOKEN = "rehearsed-jira-token"
_LIST = ("add", "set", "remove")
_SHAPES = {
    "vp-origin": ("sd-customerrequesttype", ""),
    "sd-customer-organizations": ("array", "sd-customerorganization"),
    "sd-request-participants": ("array", "user"),
    "sd-request-lang": ("sd-request-lang", ""),
    "sd-sla-field": ("sd-servicelevelagreement", ""),
    "sd-request-feedback": ("sd-feedback", ""),
    "sd-approvals": ("sd-approvals", ""),
    "select": ("option", ""),
    "radiobuttons": ("option", ""),
    "multiselect": ("array", "option"),
    "multicheckboxes": ("array", "option"),
    "cascadingselect": ("option-with-child", ""),
    "labels": ("array", "string"),
    "multiuserpicker": ("array", "user"),
    "userpicker": ("user", ""),
    "float": ("number", ""),
    "datepicker": ("date", ""),
    "datetime": ("datetime", ""),
}
"""Last part of a field's type -> type and items of its schema [P JsonTypeBean]."""
_LOUD = {
    1: "Issue created", 2: "Issue updated", 3: "Issue assigned", 4: "Issue resolved", 6: "Issue commented", 8: "Issue deleted",
    10: "Work logged on issue", 13: "Generic event", 14: "Issue comment edited",
}  # fmt: skip
_SCHEME, _CUSTOMERS = "JSM-GUARD-SCHEME", "JSM-GUARD-CUSTOMERS"
_AUTOWATCH, _AUTOMATION = "JSM-GUARD-AUTOWATCH", "JSM-GUARD-AUTOMATION"
_LOUD_WORDS = {
    _SCHEME: "nobody has found the notification schemes silent yet: each project mails as Jira brings it",
    _CUSTOMERS: "nobody has confirmed that customer notifications are off: they are on",
    _AUTOWATCH: "nobody has found yet that our account does not watch what it writes: it does",
    _AUTOMATION: "nobody has confirmed that automation is paused: the two presets that react to comments are on",
}
"""What is taken for granted where a guard was not found to hold: the worse of two."""
_WHO = (("CurrentAssignee", ""), ("Reporter", ""), ("AllWatchers", ""))


def site_of(told: ToldDesk, assumed: Assumed) -> SiteState:
    """Return the site without its issues. Fact `quiet`: codes of guards that somebody found to hold."""
    catalog, native = told.catalog, told.catalog.get("native") or {}
    state = SiteState()
    _people(state, told, str(native.get("own_account") or ""), assumed)
    for row in catalog.get("statuses", ()):
        state.statuses[row["id"]] = JiraStatus(row["id"], row["name"], row.get("category") or "indeterminate")
    for row in catalog.get("types", ()):
        state.types[row["id"]] = IssueType(row["id"], row["name"])
    _fields(state, catalog, native)
    flows = add_workflows(state, catalog, _ids(catalog))
    state.priorities = [Option(row["id"], row["name"]) for row in catalog.get("priorities", ())]
    state.resolutions = [Option(row["id"], row["name"]) for row in catalog.get("resolutions", ())]
    for row in catalog.get("link_types", ()):
        state.link_types[row["id"]] = LinkType(
            row["id"], row["name"], f"{row['name']} (in)", f"{row['name']} (out)"
        )
    state.upload_limit = int(native.get("upload_limit") or state.upload_limit)
    state.notification_schemes[10000] = NotificationScheme(
        10000, "As Jira brings it", {number: (name, list(_WHO)) for number, name in _LOUD.items()}
    )
    state.notification_schemes[10001] = NotificationScheme(10001, "No receiver")
    written = "quiet" in told.facts
    quiet: frozenset[str] = frozenset(told.facts.get("quiet") or () if written else _LOUD_WORDS)
    _projects(state, catalog, flows, scheme=10001 if _SCHEME in quiet else 10000)
    _organizations(state, told)
    state.customer_notifications_on = _CUSTOMERS not in quiet
    if _AUTOMATION not in quiet:
        state.automation = {RESPOND, REOPEN}
    if _AUTOWATCH in quiet:
        state.preferences[next(iter(account.id for account in state.accounts.values() if account.admin))] = {
            "user.autowatch.disabled": "true"
        }
    for code, words in _LOUD_WORDS.items():
        if code not in quiet:
            assumed.note(f"{words}; `ticketferry preflight` looks and asks")
    if written:
        assumed.note("SLA goals and calendars are shown by no API: no clock is played")
    state.counters |= {"field": 90_000, "option": 900_000, "context": 900_000, "component": 900_000}
    return state


def _people(state: SiteState, told: ToldDesk, own: str, assumed: Assumed) -> None:
    customers: dict[str, set[str]] = {}
    for root in told.roots("person"):
        row = root.own("person")
        if row is None or not isinstance(row.body, Mapping):
            continue
        body = row.body
        kind = str(body.get("accountType") or ("customer" if row.id.startswith("qm:") else "atlassian"))
        state.accounts[row.id] = JiraAccount(
            row.id, str(body.get("displayName") or row.id), str(body.get("emailAddress") or ""), kind,
            active=body.get("active") is not False, zone=str(body.get("timeZone") or "UTC"), agent=kind == "atlassian", admin=row.id == own,
        )  # fmt: skip
        if body.get("serviceDeskId"):
            customers.setdefault(str(body["serviceDeskId"]), set()).add(row.id)
    for id_, accounts in customers.items():
        state.preferences.setdefault(f"desk:{id_}", {})["customers"] = ",".join(sorted(accounts))
    if own not in state.accounts:
        own = own or f"712020:{uuid.uuid5(uuid.NAMESPACE_URL, told.key)}"
        state.accounts[own] = JiraAccount(
            own, "Migration account", "migration@rehearsal.invalid", agent=True, admin=True
        )
    account = state.accounts[own]
    account.email = account.email or "migration@rehearsal.invalid"
    account.agent = account.admin = True
    state.tokens[account.email] = TOKEN
    if not any(one.kind == "app" for one in state.accounts.values()):
        state.accounts["app:automation"] = JiraAccount(
            "app:automation", "Automation for Jira", "", kind="app"
        )
    hidden = sum(not one.email for one in state.accounts.values() if one.kind == "atlassian")
    if hidden:
        assumed.note("{n} accounts hide their address: nobody is found by it", hidden)
    assumed.note(
        "who has a licence is in no snapshot: each active account of an employee can be assigned, and ours may do all that is needed"
    )


def _ids(catalog: Mapping[str, Any]) -> dict[str, str]:
    """Return key of a field, as types and screens name it -> its id."""
    return {str(row["key"]): str(row["id"]) for row in catalog.get("fields", ())}


def _fields(state: SiteState, catalog: Mapping[str, Any], native: Mapping[str, Any]) -> None:
    for name, title, kind, items in SYSTEM_FIELDS:
        state.fields[name] = Field(
            name, title, kind, items, operations=_LIST if kind == "array" else ("set",)
        )
    types: Mapping[str, str] = native.get("field_types") or {}
    for number, row in enumerate(catalog.get("fields", ())):
        if not str(row["id"]).startswith("customfield_"):
            continue
        custom = str(types.get(row["id"]) or "com.atlassian.jira.plugin.system.customfieldtypes:textfield")
        kind, items = _SHAPES.get(custom.rpartition(":")[2], ("string", ""))
        made = Field(
            row["id"], row["name"], kind, items, custom, operations=_LIST if kind == "array" else ("set",)
        )
        made.context = str(20_000 + number)
        parents: dict[str, str] = {}
        for option in row.get("options", ()):
            parent = option.get("parent")
            made.options.append(
                Option(
                    str(option["id"]),
                    option["value"],
                    parents.get(parent) if parent else None,
                    option.get("active") is False,
                )
            )
            if not parent:
                parents[option["value"]] = str(option["id"])
        state.fields[made.id] = made


def _projects(state: SiteState, catalog: Mapping[str, Any], flows: Mapping[str, str], *, scheme: int) -> None:
    ids = _ids(catalog)
    lead = next(id_ for id_, account in state.accounts.items() if account.agent)
    request_type = next((one.id for one in state.fields.values() if one.custom.endswith(":vp-origin")), "")
    computed = {one.id for one in state.fields.values() if one.custom.endswith(COMPUTED)}
    for row in catalog.get("projects", ()):
        types = row.get("types", ())
        shown = list(dict.fromkeys(ids.get(key, key) for kind in types for key in kind.get("fields", ())))
        screen = [
            name
            for name in shown
            if name in state.fields and name not in ("project", "issuetype") and name not in computed
        ]
        project = JiraProject(
            row["id"], row["key"], row["name"], lead, [kind["id"] for kind in types],
            {kind["id"]: flows[kind.get("workflow") or ""] for kind in types}, screen,
            list(dict.fromkeys([*screen, "resolution", *([request_type] if request_type else [])])),
            notification_scheme=scheme, team_managed=bool(row.get("own_fields")),
        )  # fmt: skip
        project.components = [Component(one["id"], one["name"]) for one in row.get("components", ())]
        project.levels = [SecurityLevel(one["id"], one["name"]) for one in row.get("security", ())]
        for kind in types:
            asked = [ids.get(key, key) for key in kind.get("required", ())]
            project.required[kind["id"]] = [
                name for name in asked if name not in ("project", "issuetype", "summary")
            ]
            for key, allowed in (kind.get("allowed") or {}).items():
                if key == "priority":
                    project.priorities = list(allowed)
                else:
                    project.options[ids.get(key, key)] = list(allowed)
        state.projects[project.id] = project
        desk = str(row.get("desk_id") or row["id"])
        by_name = {kind["name"]: kind["id"] for kind in types}
        kinds = [
            RequestType(
                form["id"],
                form["name"],
                by_name.get(form.get("type") or "", next(iter(by_name.values()), "")),
                _form(form, ids),
            )
            for form in catalog.get("forms", ())
            if form.get("project") == row["key"]
        ]
        listed = state.preferences.pop(f"desk:{desk}", {}).get("customers", "")
        state.desks[desk] = ServiceDesk(
            desk, project.id, kinds, customers=[id_ for id_ in listed.split(",") if id_]
        )


def _form(form: Mapping[str, Any], ids: Mapping[str, str]) -> list[str]:
    named: Iterable[str] = form.get("fields") or ("summary", "description", "attachment")
    return [ids.get(name, name) for name in named]


def _organizations(state: SiteState, told: ToldDesk) -> None:
    for root in told.roots("organization"):
        row = root.own("organization")
        if row is None or not isinstance(row.body, Mapping):
            continue
        made = (
            (row.body.get("created") or {}).get("epochMillis", 0) / 1000
            if isinstance(row.body.get("created"), Mapping)
            else 0.0
        )
        state.organizations[row.id] = JiraOrganization(
            row.id,
            str(row.body.get("uuid") or uuid.uuid5(uuid.NAMESPACE_URL, row.id)),
            row.body["name"],
            made,
        )
        for desk in state.desks.values():
            desk.organizations.append(row.id)
    for root in told.roots("person"):
        for part in root.parts("membership"):
            home = state.organizations.get(str((part.body or {}).get("organizationId")))
            if home is not None:
                home.members.append(root.id)
    state.counters["organization"] = max(
        (int(id_) for id_ in state.organizations if id_.isdigit()), default=0
    )
