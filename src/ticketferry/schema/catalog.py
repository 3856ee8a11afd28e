"""What a desk defines: statuses, workflows, priorities, fields, forms, projects; mappings name its entries."""

from typing import Required

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from ticketferry.schema.refs import Json

__all__ = [
    "Catalog",
    "FieldDef",
    "FieldOption",
    "FormDef",
    "GroupDef",
    "Named",
    "ProjectDef",
    "SlaDef",
    "SlaTarget",
    "StatusDef",
    "SupportAddress",
    "TransitionDef",
    "TypeDef",
    "WorkflowDef",
]

_STRICT = ConfigDict(extra="forbid", use_attribute_docstrings=True)


@with_config(_STRICT)
class Named(TypedDict, total=False):
    """An entry that has a name and an id, no more."""

    id: Required[str]
    name: Required[str]
    active: bool


@with_config(_STRICT)
class SupportAddress(TypedDict, total=False):
    """An address that mail to the desk goes to; who moves it must move its forwarding and its domain's records too."""

    id: Required[str]
    name: Required[str]
    """The address."""
    active: bool
    default: bool
    brand: str
    forwarding: str
    """Whether mail is forwarded to the desk: `verified`, `waiting`, `failed`, `unknown`."""
    spf: str
    """Whether the domain lets the desk send in its name: `verified`, `failed`, `unknown`."""
    domain: str
    """Whether the domain was proved to be the account's: `verified`, `failed`, `unknown`."""


@with_config(_STRICT)
class SlaTarget(TypedDict, total=False):
    """How long something may take for tickets of a priority."""

    metric: Required[str]
    """The product's own word (`first_reply_time`)."""
    priority: str
    minutes: int
    business_hours: bool


@with_config(_STRICT)
class SlaDef(TypedDict, total=False):
    """A promise on times, and for which tickets it is made."""

    id: Required[str]
    name: Required[str]
    active: bool
    targets: list[SlaTarget]
    conditions: list[str]
    """For which tickets, in words (`priority is urgent`), all of them together."""


@with_config(_STRICT)
class StatusDef(TypedDict, total=False):
    """A status, with the stage it stands for."""

    id: Required[str]
    name: Required[str]
    stage: Required[str]
    category: str
    active: bool


@with_config(_STRICT)
class FieldOption(TypedDict, total=False):
    """One choice of a field; `value` is how records hold it, `name` how people read it."""

    id: str
    value: Required[str]
    name: Required[str]
    parent: str
    active: bool


@with_config(_STRICT)
class FieldDef(TypedDict, total=False):
    """A custom field; `key` is its name in mappings and in records (`refund_reason`)."""

    id: Required[str]
    key: Required[str]
    name: Required[str]
    type: Required[str]
    """`text textarea checkbox date datetime integer decimal regexp card select multiselect cascading labels url user lookup`, or the product's own."""
    of: str
    """Kind of record it belongs to: `ticket`, `person`, `organization`."""
    options: list[FieldOption]
    pattern: str
    """What the product asks of a text, in its own notation of regular expressions."""
    required: bool
    active: bool


@with_config(_STRICT)
class FormDef(TypedDict, total=False):
    """A form or request type; `project` where the product has projects."""

    id: Required[str]
    name: Required[str]
    project: str
    type: str
    fields: list[str]
    active: bool


@with_config(_STRICT)
class GroupDef(TypedDict, total=False):
    """A team."""

    id: Required[str]
    name: Required[str]
    restricted: bool


@with_config(_STRICT)
class TransitionDef(TypedDict, total=False):
    """A step of a workflow. `sources` empty: from anywhere. `fields`: keys on its screen. `blocked`: what keeps everybody from
    taking it (an approval, say).
    """

    id: Required[str]
    name: Required[str]
    sources: list[str]
    to: Required[str]
    fields: list[str]
    required: list[str]
    blocked: str


@with_config(_STRICT)
class WorkflowDef(TypedDict, total=False):
    """Statuses and the steps between them, by status name; `initial` is where a new ticket starts."""

    id: Required[str]
    name: Required[str]
    initial: str
    statuses: list[str]
    transitions: list[TransitionDef]


@with_config(_STRICT)
class TypeDef(TypedDict, total=False):
    """A ticket type inside a project."""

    id: Required[str]
    name: Required[str]
    workflow: str
    fields: list[str]
    """Keys that may be set on creation."""
    required: list[str]
    allowed: dict[str, list[str]]
    """Key -> ids of the choices that may be set on creation, for fields where those are not all that the catalog has."""


@with_config(_STRICT)
class ProjectDef(TypedDict, total=False):
    """A project or desk inside the account. `open` tells that every licensed user can read it."""

    id: Required[str]
    key: Required[str]
    name: Required[str]
    desk_id: str
    types: list[TypeDef]
    security: list[Named]
    components: list[Named]
    open: bool
    own_fields: bool
    """Its fields are its own: none that the account defines can be put on its tickets (Jira: a team manages it)."""


@with_config(_STRICT)
class Catalog(TypedDict, total=False):
    """All of a desk's definitions, as read at one time."""

    desk: Required[str]
    product: Required[str]
    url: str
    hosts: list[str]
    """Further hosts under which people reach the desk's tickets (a brand's own, its help center's), in lower case."""
    statuses: list[StatusDef]
    workflows: list[WorkflowDef]
    priorities: list[Named]
    resolutions: list[Named]
    types: list[Named]
    fields: list[FieldDef]
    forms: list[FormDef]
    groups: list[GroupDef]
    brands: list[Named]
    projects: list[ProjectDef]
    link_types: list[Named]
    support_addresses: list[SupportAddress]
    sla_policies: list[SlaDef]
    admin: dict[str, str]
    """Kind of entry (`status`, `request type`) -> address of the page where an administrator makes one; `{project}` stands for a project's key."""
    native: dict[str, Json]
    """What the connector needs for compiling and no neutral entry holds."""
