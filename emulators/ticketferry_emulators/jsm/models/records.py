"""The records of the emulated site: accounts, projects, fields, workflows, issues and what hangs on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "ChangelogEntry",
    "Component",
    "Field",
    "Issue",
    "IssueLink",
    "IssueType",
    "JiraAccount",
    "JiraAttachment",
    "JiraComment",
    "JiraOrganization",
    "JiraProject",
    "JiraStatus",
    "LinkType",
    "NotificationScheme",
    "Option",
    "RequestType",
    "SecurityLevel",
    "ServiceDesk",
    "Transition",
    "Workflow",
    "Worklog",
]


@dataclass(slots=True)
class JiraAccount:
    """A person or an app. `agent`: has a licence for the service desks; only agents can be assigned."""

    id: str
    name: str
    email: str
    kind: str = "atlassian"
    active: bool = True
    zone: str = "Europe/Berlin"
    hidden_email: bool = False
    agent: bool = False
    admin: bool = False
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class JiraStatus:
    """A status; `category` is the key: new, indeterminate, done."""

    id: str
    name: str
    category: str


@dataclass(slots=True)
class Transition:
    """One way of a workflow. No `sources`: global, or initial where `initial`. `screen` names a transition screen;
    `required`: what a validator asks for; `approval`: `approved` or `declined`, the answer that alone opens it.
    """

    id: str
    name: str
    target: str
    sources: tuple[str, ...] = ()
    initial: bool = False
    screen: str | None = None
    clears_resolution: bool = False
    required: tuple[str, ...] = ()
    approval: str = ""


@dataclass(slots=True)
class Workflow:
    """A workflow: its graph of transitions."""

    id: str
    name: str
    transitions: list[Transition]

    def statuses(self) -> list[str]:
        """Return the ids of the statuses in the order in which transitions lead to them."""
        return list(dict.fromkeys(transition.target for transition in self.transitions))

    def start(self) -> Transition:
        """Return the transition that creates an issue."""
        return next(transition for transition in self.transitions if transition.initial)


@dataclass(slots=True)
class Option:
    """An option of a field; `parent` for the second level of a cascading one."""

    id: str
    value: str
    parent: str | None = None
    disabled: bool = False


@dataclass(slots=True)
class Field:
    """A field. `custom`: the type's key (empty: a system field); `type` and `items` as in the schema; `context` empty: it has none."""

    id: str
    name: str
    type: str
    items: str = ""
    custom: str = ""
    options: list[Option] = field(default_factory=list)
    context: str = ""
    operations: tuple[str, ...] = ("set",)
    context_name: str = ""
    scope: list[str] = field(default_factory=list)
    """Ids of the projects that the context is for; empty: all."""

    def option(self, option_id: str) -> Option | None:
        """Return an option by id."""
        return next((option for option in self.options if option.id == option_id), None)


@dataclass(slots=True)
class IssueType:
    """An issue type."""

    id: str
    name: str
    subtask: bool = False


@dataclass(slots=True)
class Component:
    """A component of a project."""

    id: str
    name: str


@dataclass(slots=True)
class SecurityLevel:
    """A security level; `organizations`: people who share the request through an organization see it too."""

    id: str
    name: str
    organizations: bool = False


@dataclass(slots=True)
class LinkType:
    """A type of issue links."""

    id: str
    name: str
    inward: str
    outward: str


@dataclass(slots=True)
class NotificationScheme:
    """Who gets mail at which event: event id -> (event name, [(notification type, parameter)])."""

    id: int
    name: str
    events: dict[int, tuple[str, list[tuple[str, str]]]] = field(default_factory=dict)


@dataclass(slots=True)
class JiraProject:
    """A service project. `screens`: field ids on the create and edit screens of all its issue types.

    `required`: what the field configuration asks for, by issue type; `priorities`: ids of the priority scheme (empty: all);
    `options`: ids of the options that a field's context has here (absent: all).
    """

    id: str
    key: str
    name: str
    lead: str
    types: list[str]
    workflows: dict[str, str]
    create_screen: list[str]
    edit_screen: list[str]
    components: list[Component] = field(default_factory=list)
    levels: list[SecurityLevel] = field(default_factory=list)
    notification_scheme: int = 10000
    last_number: int = 0
    team_managed: bool = False
    required: dict[str, list[str]] = field(default_factory=dict)
    priorities: list[str] = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class RequestType:
    """A request type of a desk."""

    id: str
    name: str
    type_id: str
    fields: list[str]
    description: str = ""


@dataclass(slots=True)
class ServiceDesk:
    """The service desk of a project."""

    id: str
    project: str
    request_types: list[RequestType]
    customers: list[str] = field(default_factory=list)
    organizations: list[str] = field(default_factory=list)
    queues: list[tuple[str, str]] = field(default_factory=list)
    """Name and JQL clause of each."""


@dataclass(slots=True)
class JiraOrganization:
    """A customer organization; ids are digits."""

    id: str
    uuid: str
    name: str
    created: float
    members: list[str] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class JiraComment:
    """A comment. `internal` is what the property sd.public.comment says."""

    id: str
    author: str
    editor: str
    body: dict[str, Any]
    created: float
    updated: float
    properties: dict[str, Any] = field(default_factory=dict)
    visibility: dict[str, Any] | None = None

    @property
    def internal(self) -> bool:
        """Say whether customers are kept out: only the property decides, `visibility` does not."""
        value = self.properties.get("sd.public.comment")
        return isinstance(value, dict) and value.get("internal") in (True, "true")


@dataclass(slots=True)
class JiraAttachment:
    """A file on an issue; `media` is the id that documents name it by."""

    id: str
    media: str
    issue: str
    name: str
    media_type: str
    author: str
    created: float
    size: int
    sha256: str


@dataclass(slots=True)
class Worklog:
    """Work on an issue."""

    id: str
    author: str
    started: float
    seconds: int
    comment: dict[str, Any] | None
    created: float
    updated: float


@dataclass(slots=True)
class ChangelogEntry:
    """One entry of an issue's history."""

    id: str
    author: str
    created: float
    items: list[dict[str, Any]]


@dataclass(slots=True)
class IssueLink:
    """A link as it was posted: the inward issue shows the outward wording of the type, towards the other one."""

    id: str
    type: str
    inward: str
    outward: str


@dataclass(slots=True)
class Issue:
    """An issue. `values`: stored field values by field id (see fields.py); ids are digits."""

    id: str
    key: str
    number: int
    project: str
    type: str
    status: str
    creator: str
    created: float
    updated: float
    category_changed: float
    resolved: float | None = None
    values: dict[str, Any] = field(default_factory=dict)
    comments: list[JiraComment] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    worklogs: list[Worklog] = field(default_factory=list)
    changes: list[ChangelogEntry] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    remote_links: list[dict[str, Any]] = field(default_factory=list)
    watchers: list[str] = field(default_factory=list)
    approvals: list[dict[str, Any]] = field(default_factory=list)
    """`id`, `name`, `decision`, `created`, `completed`, `approvers` (account, decision)."""
    feedback: dict[str, Any] | None = None
    """The customer's rating as the service desk shows it."""
    seen_by: set[str] = field(default_factory=set)
    shown: dict[str, Any] = field(default_factory=dict)
    """Fields that are shown as somebody else has read them, whatever `values` say (told_issues.py)."""
    external_id: str = ""
    """What an import file called it; no call shows it."""
