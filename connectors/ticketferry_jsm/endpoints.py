"""Every write that the connector can do, in dependency order: the core's allow-list."""

from ticketferry.sdk import Endpoint, Guard, Repeat
from ticketferry.sdk.writes import repeatable

from .marks import COMMENT
from .wire import API, DESK_API, PUBLIC_PROPERTY

__all__ = [
    "ENDPOINTS",
    "FILE_ISSUES",
    "GUARDS",
    "GUARD_AUTOMATION",
    "GUARD_AUTOWATCH",
    "GUARD_COMMENTS",
    "GUARD_CUSTOMERS",
    "GUARD_SCHEME",
]

FILE_ISSUES = 1_000
"""Issues of one import file; Atlassian advises at most 1,500 [DOC import-data-from-json]."""

GUARD_SCHEME = "JSM-GUARD-SCHEME"
GUARD_AUTOWATCH = "JSM-GUARD-AUTOWATCH"
GUARD_COMMENTS = "JSM-GUARD-COMMENTS"
GUARD_CUSTOMERS = "JSM-GUARD-CUSTOMERS"
GUARD_AUTOMATION = "JSM-GUARD-AUTOMATION"

GUARDS = (
    Guard(
        GUARD_SCHEME,
        "the notification scheme of every project mails nobody",
        "read",
        "Make a notification scheme without notifications and give it to the projects (project settings > notifications).",
    ),
    Guard(
        GUARD_AUTOWATCH,
        "the migration account does not watch what it writes",
        "read",
        "Switch off autowatch in the account's personal settings, or PUT /rest/api/3/mypreferences"
        "?key=user.autowatch.disabled with the bare value true.",
        switch=False,
    ),
    Guard(
        GUARD_COMMENTS,
        "the account may hide comments that others wrote, as an import file brings them",
        "read",
        "Grant Edit all comments in the permission scheme of every project: internal comments of an import file are public until they"
        " are hidden.",
        switch=False,
    ),
    Guard(
        GUARD_CUSTOMERS,
        "customer notifications and invitations of every service project are off",
        "person",
        "The strongest first, where the site can do without mail for the time: Settings > System > Outgoing mail > disable. In any case"
        " project settings > customer notifications: switch off all ten rules, and the invitation of new customers. There is no API.",
    ),
    Guard(
        GUARD_AUTOMATION,
        "automation rules of every project, and global ones, are paused",
        "person",
        "Project settings > automation: disable every rule that reacts to issues, comments or transitions. `ticketferry preflight` lists them"
        " where the account may read them.",
    ),
)

_USERS = (GUARD_SCHEME, GUARD_AUTOWATCH)
_RULES = (*_USERS, GUARD_AUTOMATION)
_ALL = (*_USERS, GUARD_CUSTOMERS, GUARD_AUTOMATION)
_PEOPLE = 50
"""Accounts that one request puts on a desk or into an organization; the documents name no limit [S]."""
_EDIT = ("BROWSE_PROJECTS", "EDIT_ISSUES")
_LINK = ("BROWSE_PROJECTS", "LINK_ISSUES")
_WATCH = ("BROWSE_PROJECTS", "MANAGE_WATCHERS")
_COMMENT = ("BROWSE_PROJECTS", "EDIT_ALL_COMMENTS")
_CUSTOMERS = ("ADMINISTER_PROJECTS",)
_SET_UP = ("ADMINISTER_PROJECTS", "ADMINISTER")
_ADMIN = ("ADMINISTER",)
_AGENT = ("SERVICEDESK_AGENT",)
_ISSUE = f"{API}/issue/{{issue}}"
_ORGANIZATION = f"{DESK_API}/organization/{{organization}}"
_DESK = f"{DESK_API}/servicedesk/{{desk}}"

ENDPOINTS = (
    Endpoint(
        "field.create", "POST", f"{API}/field", "setup", gives=("id", "number"), residue="a field that was taken back waits in the trash",
        statuses=(201, 400), needs=_ADMIN,
    ),
    repeatable(
        "field.add_context", "POST", f"{API}/field/{{field}}/context", "setup", gives=("context",), reads=1,
        statuses=(201, 400, 404, 409), needs=_ADMIN,
    ),
    repeatable(
        "field.add_options", "POST", f"{API}/field/{{field}}/context/{{context}}/option", "setup", reads=1,
        statuses=(200, 400, 403, 404), needs=_ADMIN,
    ),
    repeatable(
        "field.put_on_screen", "POST", f"{API}/screens/{{screen}}/tabs/{{tab}}/fields", "setup", gives=("field",), reads=1,
        statuses=(200, 400, 403, 404), needs=_ADMIN,
    ),
    Endpoint(
        "option.create", "POST", f"{API}/field/{{field}}/context/{{context}}/option", "setup", gives=("id", "number", "value"),
        statuses=(200, 400, 403, 404), needs=_ADMIN,
    ),
    Endpoint("component.create", "POST", f"{API}/component", "setup", gives=("id", "number", "name"), statuses=(201, 400, 403, 404), needs=_SET_UP),
    Endpoint("organization.create", "POST", f"{DESK_API}/organization", "organization", statuses=(201, 400, 403), needs=_AGENT),
    repeatable(
        "organization.set_property", "PUT", f"{_ORGANIZATION}/property/{{property}}", "organization",
        statuses=(200, 201, 400, 403, 404), needs=_AGENT,
    ),
    Endpoint(
        "organization.add_to_desk", "POST", f"{_DESK}/organization", "desk", gives=("on_desk",), repeat=Repeat.SAFE,
        statuses=(204, 403, 404), needs=_AGENT,
    ),
    Endpoint(
        "customer.create", "POST", f"{DESK_API}/customer", "customer", guards=(GUARD_CUSTOMERS,),
        residue="the customer account stays; Jira deletes no customers", statuses=(201, 400, 403, 409), needs=_ADMIN,
    ),
    repeatable("person.set_property", "PUT", f"{API}/user/properties/{{property}}", "user", statuses=(200, 201, 400, 403, 404, 405), needs=_ADMIN),
    repeatable(
        "customer.add_to_desk", "POST", f"{_DESK}/customer", "desk", batch=_PEOPLE, guards=(GUARD_CUSTOMERS,),
        statuses=(204, 400, 403, 404), needs=_CUSTOMERS,
    ),
    repeatable("organization.add_user", "POST", f"{_ORGANIZATION}/user", "organization", batch=_PEOPLE, statuses=(204, 400, 403, 404), needs=_AGENT),
    Endpoint(
        "issue.create", "POST", f"{API}/issue/bulk", "issue.create", batch=50, gives=("id", "key"), guards=_RULES,
        residue="an issue number is used up", statuses=(201, 400), needs=("BROWSE_PROJECTS", "CREATE_ISSUES"),
    ),
    Endpoint(
        "import.issue", "FILE", "Settings > System > External System Import", "import", batch=FILE_ISSUES, gives=("id", "key", "way"),
        guards=(*_ALL, GUARD_COMMENTS), residue="an issue number is used up", file=True, needs=_ADMIN,
    ),
    Endpoint(
        "comment.hide", "PUT", f"{API}/comment/{{comment}}/properties/{PUBLIC_PROPERTY}", "comment.property", repeat=Repeat.SAFE,
        guards=(GUARD_COMMENTS,), reads=2, statuses=(200, 201, 400, 403, 404), needs=("EDIT_ALL_COMMENTS",),
    ),
    Endpoint(
        "comment.mark", "PUT", f"{API}/comment/{{comment}}/properties/{COMMENT}", "comment.property", repeat=Repeat.SAFE, guards=(GUARD_COMMENTS,),
        statuses=(200, 201, 400, 403, 404), needs=("EDIT_ALL_COMMENTS",),
    ),
    Endpoint(
        "attachment.add", "POST", f"{_ISSUE}/attachments", "attachment", gives=("id", "media_id"), guards=_RULES,
        statuses=(200, 403, 404, 413), needs=("BROWSE_PROJECTS", "CREATE_ATTACHMENTS"),
    ),
    repeatable("issue.edit", "PUT", _ISSUE, "issue.edit", guards=_ALL, statuses=(204, 400, 403, 404, 409, 422), needs=_EDIT),
    Endpoint(
        "comment.create", "POST", f"{_ISSUE}/comment", "comment", guards=_ALL, reverts="comment.delete",
        statuses=(201, 400, 404, 413), needs=("BROWSE_PROJECTS", "ADD_COMMENTS"),
    ),
    repeatable(
        "comment.edit", "PUT", f"{_ISSUE}/comment/{{comment}}", "comment.edit", guards=_ALL, reverts="comment.delete",
        statuses=(200, 400, 404), needs=_COMMENT,
    ),
    Endpoint(
        "worklog.add", "POST", f"{_ISSUE}/worklog", "worklog", guards=_RULES,
        statuses=(201, 400, 404, 413), needs=("BROWSE_PROJECTS", "WORK_ON_ISSUES"),
    ),
    Endpoint(
        "issue.transition", "POST", f"{_ISSUE}/transitions", "transition", gives=(), guards=_ALL,
        statuses=(204, 400, 404, 409, 413, 422), needs=("BROWSE_PROJECTS", "TRANSITION_ISSUES"),
    ),
    repeatable("issue.link", "POST", f"{API}/issueLink", "link", guards=_RULES, statuses=(201, 400, 404, 413), needs=_LINK),
    repeatable("issue.remote_link", "POST", f"{_ISSUE}/remotelink", "link", guards=_RULES, statuses=(200, 201, 400, 403, 404), needs=_LINK),
    repeatable("issue.set_property", "PUT", f"{_ISSUE}/properties/{{property}}", "issue.property", statuses=(200, 201, 400, 403, 404), needs=_EDIT),
    repeatable("issue.request_type", "PUT", _ISSUE, "issue.edit", guards=_ALL, statuses=(204, 400, 403, 404, 409, 422), needs=_EDIT),
    repeatable("issue.watch", "POST", f"{_ISSUE}/watchers", "watcher", guards=_RULES, statuses=(204, 400, 403, 404), needs=_WATCH),
    # ---- taking back
    repeatable(
        "comment.delete", "DELETE", f"{_ISSUE}/comment/{{comment}}", "comment.delete",
        statuses=(204, 400, 404, 405), needs=("BROWSE_PROJECTS", "DELETE_ALL_COMMENTS"),
    ),
    repeatable(
        "worklog.delete", "DELETE", f"{_ISSUE}/worklog/{{worklog}}", "worklog.delete",
        statuses=(204, 400, 404), needs=("BROWSE_PROJECTS", "DELETE_ALL_WORKLOGS"),
    ),
    repeatable("link.delete", "DELETE", f"{API}/issueLink/{{link}}", "link", guards=_RULES, statuses=(200, 204, 400, 404), needs=_LINK),
    repeatable(
        "remote_link.delete", "DELETE", f"{_ISSUE}/remotelink/{{link}}", "link", guards=_RULES,
        statuses=(204, 400, 403, 404), needs=(*_EDIT, "LINK_ISSUES"),
    ),
    repeatable("issue.unwatch", "DELETE", f"{_ISSUE}/watchers", "watcher", statuses=(204, 400, 403, 404), needs=_WATCH),
    repeatable(
        "attachment.delete", "DELETE", f"{API}/attachment/{{attachment}}", "attachment.delete",
        statuses=(204, 403, 404), needs=("DELETE_ALL_ATTACHMENTS",),
    ),
    repeatable(
        "issue.delete", "POST", f"{API}/bulk/issues/delete", "bulk", batch=1000, job=True,
        statuses=(201, 400, 403), needs=("BULK_CHANGE", "BROWSE_PROJECTS", "DELETE_ISSUES"),
    ),
    repeatable(
        "option.delete", "DELETE", f"{API}/field/{{field}}/context/{{context}}/option/{{option}}", "setup", reads=2,
        statuses=(204, 400, 403, 404), needs=_ADMIN,
    ),
    repeatable("field.trash", "POST", f"{API}/field/{{field}}/trash", "setup", reads=1, statuses=(200, 400, 403, 404), needs=_ADMIN),
    repeatable("component.delete", "DELETE", f"{API}/component/{{component}}", "setup", reads=1, statuses=(204, 403, 404), needs=_SET_UP),
    repeatable("organization.remove_user", "DELETE", f"{_ORGANIZATION}/user", "organization", statuses=(204, 400, 403, 404), needs=_AGENT),
    repeatable("organization.remove_from_desk", "DELETE", f"{_DESK}/organization", "desk", statuses=(204, 403, 404), needs=_AGENT),
    repeatable("organization.delete", "DELETE", _ORGANIZATION, "organization", statuses=(204, 403, 404), needs=_ADMIN),
    repeatable("person.delete_property", "DELETE", f"{API}/user/properties/{{property}}", "user", statuses=(204, 400, 403, 404), needs=_ADMIN),
    repeatable("customer.remove_from_desk", "DELETE", f"{_DESK}/customer", "desk", statuses=(204, 400, 403, 404), needs=_CUSTOMERS),
)  # fmt: skip
"""`statuses` and `needs` are those that the document of each write names [P, S "Permissions required"]; 401 and 429 are judged for all requests
alike, and a documented 5xx is no refusal: the write may have been done. An issue cannot be deleted twice: a DELETE that finds nothing counts as done, so that it may be repeated."""
