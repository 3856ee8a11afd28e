"""Users as the platform API shows them, and the caller's own account, preferences and rights."""

from __future__ import annotations

import orjson

from ticketferry_emulators.jsm.exceptions import missing, refused
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.paging import number, split
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]

_PERMISSIONS = (
    ("ADMINISTER", "Administer Jira", "GLOBAL"),
    ("BULK_CHANGE", "Make bulk changes", "GLOBAL"),
    ("USER_PICKER", "Browse users and groups", "GLOBAL"),
    ("ADMINISTER_PROJECTS", "Administer Projects", "PROJECT"),
    ("BROWSE_PROJECTS", "Browse Projects", "PROJECT"),
    ("CREATE_ISSUES", "Create Issues", "PROJECT"),
    ("EDIT_ISSUES", "Edit Issues", "PROJECT"),
    ("DELETE_ISSUES", "Delete Issues", "PROJECT"),
    ("MODIFY_REPORTER", "Modify Reporter", "PROJECT"),
    ("ASSIGN_ISSUES", "Assign Issues", "PROJECT"),
    ("TRANSITION_ISSUES", "Transition Issues", "PROJECT"),
    ("RESOLVE_ISSUES", "Resolve Issues", "PROJECT"),
    ("LINK_ISSUES", "Link Issues", "PROJECT"),
    ("ADD_COMMENTS", "Add Comments", "PROJECT"),
    ("EDIT_OWN_COMMENTS", "Edit Own Comments", "PROJECT"),
    ("DELETE_OWN_COMMENTS", "Delete Own Comments", "PROJECT"),
    ("DELETE_OWN_ATTACHMENTS", "Delete Own Attachments", "PROJECT"),
    ("DELETE_OWN_WORKLOGS", "Delete Own Worklogs", "PROJECT"),
    ("MANAGE_WATCHERS", "Manage Watcher List", "PROJECT"),
    ("DELETE_ALL_COMMENTS", "Delete All Comments", "PROJECT"),
    ("EDIT_ALL_COMMENTS", "Edit All Comments", "PROJECT"),
    ("CREATE_ATTACHMENTS", "Create Attachments", "PROJECT"),
    ("DELETE_ALL_ATTACHMENTS", "Delete All Attachments", "PROJECT"),
    ("WORK_ON_ISSUES", "Work On Issues", "PROJECT"),
    ("DELETE_ALL_WORKLOGS", "Delete All Worklogs", "PROJECT"),
    ("SET_ISSUE_SECURITY", "Set Issue Security", "PROJECT"),
    ("SERVICEDESK_AGENT", "Service Desk Agent", "PROJECT"),
)
_ADMIN_ONLY = frozenset({"ADMINISTER", "BULK_CHANGE", "ADMINISTER_PROJECTS"})
_PREFERENCES = frozenset(
    {
        "user.notifications.mimetype",
        "user.default.share.private",
        "user.autowatch.disabled",
        "user.notify.own.changes",
    }
)


# --- users


def every(state: SiteState, call: Call) -> Answer:
    """GET /users/search: everybody, the inactive too, as a bare list."""
    start, size = number(call, "startAt", 0), number(call, "maxResults", 50, most=1000)
    if start > 0 and call.suffers("repeat_page_border"):
        start -= 1
    ids = list(state.accounts)[start : start + size]
    view = View.of(state, call)
    return Answer(200, [view.user(account_id) for account_id in ids])


def search(state: SiteState, call: Call) -> Answer:
    """GET /user/search: active ones by the start of a word of the name or of the e-mail; hidden e-mails are found."""
    text = (call.query.get("query") or "").lower()
    wanted = call.query.get("accountId")
    if not text and wanted is None:
        raise refused(
            400, "Either the 'query', 'accountId' or 'property' query parameters need to be provided"
        )
    start, size = number(call, "startAt", 0), number(call, "maxResults", 50, most=1000)
    found = [
        account.id
        for account in state.accounts.values()
        if account.active
        and (
            account.id == wanted
            if wanted is not None
            else account.email.lower().startswith(text)
            or account.name.lower().startswith(text)
            or any(word.startswith(text) for word in account.name.lower().split())
        )
    ]
    view = View.of(state, call)
    return Answer(200, [view.user(account_id) for account_id in found[:1000][start : start + size]])


def show(state: SiteState, call: Call) -> Answer:
    """GET /user?accountId=."""
    if any(name in call.query for name in ("username", "key")):
        text = "'accountId' must be the only user identifying query parameter in GDPR strict mode."
        raise refused(400, text)
    account_id = call.query.get("accountId") or ""
    if account_id not in state.accounts:
        raise missing("Specified user does not exist or you do not have required permissions")
    return Answer(200, View.of(state, call).user(account_id))


def bulk(state: SiteState, call: Call) -> Answer:
    """GET /user/bulk?accountId=&accountId=: ten a page unless asked; unknown ids are left out."""
    wanted = call.query.all("accountId")
    if not wanted:
        raise refused(400, "The accountId must be provided.")
    found = [account_id for account_id in dict.fromkeys(wanted) if account_id in state.accounts]
    start, size = number(call, "startAt", 0), number(call, "maxResults", 10, most=200)
    view = View.of(state, call)
    users = [view.user(account_id) for account_id in found[start : start + size]]
    return Answer(200, view.page(call.path, users, start, size, len(found)))


# --- the caller


def myself(state: SiteState, call: Call) -> Answer:
    """GET /myself: who calls."""
    user = View.of(state, call).user(call.account) or {}
    return Answer(200, user | {"locale": "en_US", "groups": {"size": 1, "items": []}})


def permissions(state: SiteState, call: Call) -> Answer:
    """GET /mypermissions?permissions=."""
    wanted = split(call, "permissions")
    if not wanted:
        raise refused(400, "The 'permissions' query parameter is required.")
    known = {key: (name, kind) for key, name, kind in _PERMISSIONS}
    unknown = [key for key in wanted if key not in known]
    if unknown:
        raise refused(400, f"Unrecognized permission(s): {', '.join(unknown)}")
    caller = state.accounts[call.account or ""]
    rows = {
        key: {
            "id": str(10000 + list(known).index(key)),
            "key": key,
            "name": known[key][0],
            "type": known[key][1],
            "description": known[key][0],
            "havePermission": (caller.admin if key in _ADMIN_ONLY else caller.agent)
            and key not in state.lacking[caller.id],
        }
        for key in wanted
    }
    return Answer(200, {"permissions": rows})


def preference(state: SiteState, call: Call) -> Answer:
    """GET /mypreferences?key=: the value as text."""
    key = call.query.get("key") or ""
    mine = state.preferences.get(call.account or "", {})
    if key not in mine:
        raise missing(f"The preference with key '{key}' was not found.")
    return Answer(200, mine[key].encode(), {"Content-Type": "application/json;charset=UTF-8"})


def set_preference(state: SiteState, call: Call) -> Answer:
    """PUT /mypreferences?key=: a bare `true`; the quoted one is stored as false, silently."""
    key = call.query.get("key") or ""
    if key not in _PREFERENCES:
        raise missing(f"The preference with key '{key}' was not found.")
    text = call.body.decode("utf-8", "replace").strip()
    if key.startswith(("user.auto", "user.notify")):
        text = "true" if text == "true" else "false"
    state.preferences.setdefault(call.account or "", {})[key] = text
    return Answer(204)


def remove_preference(state: SiteState, call: Call) -> Answer:
    """DELETE /mypreferences?key=: back to the default."""
    mine = state.preferences.get(call.account or "", {})
    if mine.pop(call.query.get("key") or "", None) is None:
        raise missing("The preference was not found.")
    return Answer(204)


# --- the site


def server_info(state: SiteState, call: Call) -> Answer:
    """GET /serverInfo."""
    view = View.of(state, call)
    return Answer(
        200,
        {
            "baseUrl": state.base_url,
            "displayUrl": state.base_url,
            "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud",
            "buildNumber": 100287,
            "buildDate": view.time(1_790_000_000.0),
            "serverTime": view.time(state.now()),
            "scmInfo": "0" * 40,
            "serverTitle": "Jira",
            "defaultLocale": {"locale": "en_US"},
            "serverTimeZone": view.account.zone,
        },
    )


def configuration(state: SiteState, call: Call) -> Answer:
    """GET /configuration."""
    body = orjson.loads(
        b"""{"votingEnabled":true,"watchingEnabled":true,"unassignedIssuesAllowed":true,"subTasksEnabled":true,
        "issueLinkingEnabled":true,"timeTrackingEnabled":true,"attachmentsEnabled":true,
        "timeTrackingConfiguration":{"workingHoursPerDay":8.0,"workingDaysPerWeek":5.0,"timeFormat":"pretty",
        "defaultUnit":"minute"}}"""
    )
    return Answer(200, body)


def licences(state: SiteState, call: Call) -> Answer:
    """GET /license/approximateLicenseCount: how many accounts have a licence; Jira counts every few hours."""
    count = sum(account.agent and account.active for account in state.accounts.values())
    return Answer(200, {"key": "license.totalApproximateUserCount", "value": str(count)})


def application_roles(state: SiteState, call: Call) -> Answer:
    """GET /applicationrole: how many licences of the service desk there are, and how many are left."""
    used = sum(account.agent and account.active for account in state.accounts.values())
    role = {
        "key": "jira-servicedesk", "name": "Jira Service Management", "groups": ["jira-servicemanagement-users"], "groupDetails": [],
        "defaultGroups": [], "defaultGroupsDetails": [], "selectedByDefault": False, "defined": True, "platform": False,
        "hasUnlimitedSeats": not state.seats, "numberOfSeats": state.seats or -1,
        "remainingSeats": max(0, state.seats - used) if state.seats else -1, "userCount": used,
        "userCountDescription": f"{used} agents",
    }  # fmt: skip
    return Answer(200, [role])


def limit_report(state: SiteState, call: Call) -> Answer:
    """GET /issue/limit/report: how much one issue may hold, and which are near it; nobody is here."""
    limits = {
        "attachment": 2000,
        "comment": 5000,
        "issuelinks": 2000,
        "remoteIssueLinks": 2000,
        "worklog": 10000,
    }
    return Answer(200, {"issuesApproachingLimit": {}, "issuesBreachingLimit": {}, "limits": limits})


def assignable(state: SiteState, call: Call) -> Answer:
    """GET /user/assignable/search?project=&accountId=: who can be assigned an issue of a project: active agents."""
    if state.project(call.query.get("project") or "") is None:
        raise missing("No project could be found with key.")
    wanted = call.query.get("accountId")
    view = View.of(state, call)
    found = [
        account.id
        for account in state.accounts.values()
        if account.agent and account.active and wanted in (None, account.id)
    ]
    start, size = number(call, "startAt", 0), number(call, "maxResults", 50, most=1000)
    return Answer(200, [view.user(account_id) for account_id in found[start : start + size]])


_API = "/rest/api/3"
ROUTES = [
    Route("GET", f"{_API}/users/search", every, "user.list", "user"),
    Route("GET", f"{_API}/user/search", search, "user.search", "user"),
    Route("GET", f"{_API}/user/bulk", bulk, "user.bulk", "user"),
    Route("GET", f"{_API}/user/assignable/search", assignable, "user.assignable", "user"),
    Route("GET", f"{_API}/issue/limit/report", limit_report, "issue.limits", "catalog"),
    Route("GET", f"{_API}/applicationrole", application_roles, "license.roles", "catalog"),
    Route("GET", f"{_API}/user", show, "user.get", "user"),
    Route("GET", f"{_API}/myself", myself, "myself", "user"),
    Route("GET", f"{_API}/mypermissions", permissions, "mypermissions", "user"),
    Route("GET", f"{_API}/mypreferences", preference, "preference.get", "user"),
    Route("PUT", f"{_API}/mypreferences", set_preference, "preference.put", "user", write=True),
    Route("DELETE", f"{_API}/mypreferences", remove_preference, "preference.delete", "user", write=True),
    Route("GET", f"{_API}/serverInfo", server_info, "server_info", "catalog"),
    Route("GET", f"{_API}/license/approximateLicenseCount", licences, "license.count", "catalog"),
    Route("GET", f"{_API}/configuration", configuration, "configuration", "catalog"),
]
