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
_ISSUE = f"{API}/issue/{{issue}}"
_ORGANIZATION = f"{DESK_API}/organization/{{organization}}"
_DESK = f"{DESK_API}/servicedesk/{{desk}}"

ENDPOINTS = (
    Endpoint(
        "field.create", "POST", f"{API}/field", "setup", gives=("id", "number"), residue="a field that was taken back waits in the trash",
    ),
    repeatable("field.add_context", "POST", f"{API}/field/{{field}}/context", "setup", gives=("context",), reads=1),
    repeatable("field.add_options", "POST", f"{API}/field/{{field}}/context/{{context}}/option", "setup", reads=1),
    repeatable("field.put_on_screen", "POST", f"{API}/screens/{{screen}}/tabs/{{tab}}/fields", "setup", gives=("field",), reads=1),
    Endpoint("option.create", "POST", f"{API}/field/{{field}}/context/{{context}}/option", "setup", gives=("id", "number", "value")),
    Endpoint("component.create", "POST", f"{API}/component", "setup", gives=("id", "number", "name")),
    Endpoint("organization.create", "POST", f"{DESK_API}/organization", "organization"),
    repeatable("organization.set_property", "PUT", f"{_ORGANIZATION}/property/{{property}}", "organization"),
    Endpoint("organization.add_to_desk", "POST", f"{_DESK}/organization", "desk", gives=("on_desk",), repeat=Repeat.SAFE),
    Endpoint(
        "customer.create", "POST", f"{DESK_API}/customer", "customer", guards=(GUARD_CUSTOMERS,),
        residue="the customer account stays; Jira deletes no customers",
    ),
    repeatable("person.set_property", "PUT", f"{API}/user/properties/{{property}}", "user"),
    repeatable("customer.add_to_desk", "POST", f"{_DESK}/customer", "desk", batch=_PEOPLE, guards=(GUARD_CUSTOMERS,)),
    repeatable("organization.add_user", "POST", f"{_ORGANIZATION}/user", "organization", batch=_PEOPLE),
    Endpoint(
        "issue.create", "POST", f"{API}/issue/bulk", "issue.create", batch=50, gives=("id", "key"), guards=_RULES,
        residue="an issue number is used up",
    ),
    Endpoint(
        "import.issue", "FILE", "Settings > System > External System Import", "import", batch=FILE_ISSUES, gives=("id", "key", "way"),
        guards=(*_ALL, GUARD_COMMENTS), residue="an issue number is used up", file=True,
    ),
    Endpoint(
        "comment.hide", "PUT", f"{API}/comment/{{comment}}/properties/{PUBLIC_PROPERTY}", "comment.property", repeat=Repeat.SAFE,
        guards=(GUARD_COMMENTS,), reads=2,
    ),
    Endpoint(
        "comment.mark", "PUT", f"{API}/comment/{{comment}}/properties/{COMMENT}", "comment.property", repeat=Repeat.SAFE, guards=(GUARD_COMMENTS,),
    ),
    Endpoint("attachment.add", "POST", f"{_ISSUE}/attachments", "attachment", gives=("id", "media_id"), guards=_RULES),
    repeatable("issue.edit", "PUT", _ISSUE, "issue.edit", guards=_ALL),
    Endpoint("comment.create", "POST", f"{_ISSUE}/comment", "comment", guards=_ALL, reverts="comment.delete"),
    repeatable("comment.edit", "PUT", f"{_ISSUE}/comment/{{comment}}", "comment.edit", guards=_ALL, reverts="comment.delete"),
    Endpoint("worklog.add", "POST", f"{_ISSUE}/worklog", "worklog", guards=_RULES),
    Endpoint("issue.transition", "POST", f"{_ISSUE}/transitions", "transition", gives=(), guards=_ALL),
    repeatable("issue.link", "POST", f"{API}/issueLink", "link", guards=_RULES),
    repeatable("issue.remote_link", "POST", f"{_ISSUE}/remotelink", "link", guards=_RULES),
    repeatable("issue.set_property", "PUT", f"{_ISSUE}/properties/{{property}}", "issue.property"),
    repeatable("issue.request_type", "PUT", _ISSUE, "issue.edit", guards=_ALL),
    repeatable("issue.watch", "POST", f"{_ISSUE}/watchers", "watcher", guards=_RULES),
    # ---- taking back
    repeatable("comment.delete", "DELETE", f"{_ISSUE}/comment/{{comment}}", "comment.delete"),
    repeatable("worklog.delete", "DELETE", f"{_ISSUE}/worklog/{{worklog}}", "worklog.delete"),
    repeatable("link.delete", "DELETE", f"{API}/issueLink/{{link}}", "link", guards=_RULES),
    repeatable("remote_link.delete", "DELETE", f"{_ISSUE}/remotelink/{{link}}", "link", guards=_RULES),
    repeatable("issue.unwatch", "DELETE", f"{_ISSUE}/watchers", "watcher"),
    repeatable("attachment.delete", "DELETE", f"{API}/attachment/{{attachment}}", "attachment.delete"),
    repeatable("issue.delete", "POST", f"{API}/bulk/issues/delete", "bulk", batch=1000, job=True),
    repeatable("option.delete", "DELETE", f"{API}/field/{{field}}/context/{{context}}/option/{{option}}", "setup", reads=2),
    repeatable("field.trash", "POST", f"{API}/field/{{field}}/trash", "setup", reads=1),
    repeatable("component.delete", "DELETE", f"{API}/component/{{component}}", "setup", reads=1),
    repeatable("organization.remove_user", "DELETE", f"{_ORGANIZATION}/user", "organization"),
    repeatable("organization.remove_from_desk", "DELETE", f"{_DESK}/organization", "desk"),
    repeatable("organization.delete", "DELETE", _ORGANIZATION, "organization"),
    repeatable("person.delete_property", "DELETE", f"{API}/user/properties/{{property}}", "user"),
    repeatable("customer.remove_from_desk", "DELETE", f"{_DESK}/customer", "desk"),
)  # fmt: skip
"""An issue cannot be deleted twice: a DELETE that finds nothing counts as done, so that it may be repeated."""
