"""Tickets and what hangs on them; a `Case` is a ticket with all its parts."""

from typing import Literal, NotRequired, Required

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from ticketferry.schema.body import Body
from ticketferry.schema.refs import Json, RefText

__all__ = [
    "Attachment",
    "Case",
    "Comment",
    "Event",
    "HandledBy",
    "Link",
    "Satisfaction",
    "SideConversation",
    "Ticket",
    "WorkLog",
]

HandledBy = Literal["human", "ai_agent", "hybrid", "automation"]
_STRICT = ConfigDict(extra="forbid", use_attribute_docstrings=True)


@with_config(_STRICT)
class Link(TypedDict, total=False):
    """A link to another ticket (`to`) or to something outside (`url`)."""

    type: Required[str]
    """`problem`, `incident`, `follow_up`, `merged`, `blocks`, `relates`, `parent`, `remote`; a native name after mapping."""
    to: RefText
    url: str
    title: str
    inward: bool
    """True where `to` is the active side (it blocks, it is the problem); absent means this ticket is."""


@with_config(_STRICT)
class Satisfaction(TypedDict, total=False):
    """What the customer said of the handling."""

    score: Required[str]
    comment: str
    reason: str
    created: str


@with_config(_STRICT)
class Comment(TypedDict, total=False):
    """One message of a ticket. `public` after folding: in doubt the less visible."""

    ref: Required[RefText]
    origin: NotRequired[RefText]
    ticket: RefText
    author: RefText
    public: Required[bool]
    opening: bool
    """The first message, where the product keeps the ticket's description among the comments."""
    kind: str
    """`comment`, `voice`, `chat`, `system`; absent means `comment`."""
    channel: str
    header: str
    """Set by the mapping: who and when, for targets that cannot set author and time."""
    body: Body
    redacted: bool
    created: str
    updated: str
    fields: dict[str, Json]
    native: dict[str, Json]
    provenance: dict[str, Json]


@with_config(_STRICT)
class Event(TypedDict, total=False):
    """One step of a ticket's history."""

    ref: Required[RefText]
    ticket: RefText
    comment: RefText
    """The comment that a privacy change or a redaction concerns."""
    actor: RefText
    time: Required[str]
    type: Required[str]
    """`created`, `changed`, `merged`, `shared`, `rated`, `redacted`, `privacy`, `notified`, or the product's own word."""
    field: str
    before: Json
    after: Json
    rule: str
    """Name of the automation that did it."""
    native: dict[str, Json]


@with_config(_STRICT)
class Attachment(TypedDict, total=False):
    """A file. Its bytes are kept by content in the workspace (`sha256`)."""

    ref: Required[RefText]
    origin: NotRequired[RefText]
    ticket: RefText
    comment: RefText
    """Absent: it hangs on the ticket itself (the opening message)."""
    public: bool
    """False: it hangs on no comment, and only agents see it. Absent: whoever sees its comment, or the ticket."""
    name: Required[str]
    media_type: str
    size: int
    """Bytes."""
    sha256: str
    inline: bool
    url: str
    created: str
    author: RefText
    state: str
    """`stored`, `missing`, `redacted`, `malware`; absent means not fetched yet."""
    native: dict[str, Json]


@with_config(_STRICT)
class WorkLog(TypedDict, total=False):
    """Time spent."""

    ref: Required[RefText]
    origin: NotRequired[RefText]
    ticket: RefText
    author: RefText
    started: Required[str]
    seconds: Required[int]
    body: Body
    native: dict[str, Json]


@with_config(_STRICT)
class SideConversation(TypedDict, total=False):
    """A separate conversation about a ticket, with people outside of it."""

    ref: Required[RefText]
    origin: NotRequired[RefText]
    ticket: RefText
    subject: str
    state: str
    participants: list[str]
    messages: list[Comment]
    created: str
    native: dict[str, Json]


@with_config(_STRICT)
class Ticket(TypedDict, total=False):
    """A ticket. Names, never ids, for all that a catalog defines; refs for people, organizations and groups."""

    ref: Required[RefText]
    origin: NotRequired[RefText]
    number: str
    url: str
    subject: str
    body: Body
    """The description; written where the opening message is public."""
    stage: str
    status: str
    resolution: str
    priority: str
    type: str
    project: str
    form: str
    """Form or request type."""
    security: str
    components: list[str]
    channel: str
    requester: RefText
    submitter: RefText
    assignee: RefText
    group: RefText
    organization: RefText
    brand: str
    tags: list[str]
    fields: dict[str, Json]
    followers: list[RefText]
    ccs: list[RefText]
    links: list[Link]
    satisfaction: Satisfaction
    sla: list[dict[str, Json]]
    handled_by: HandledBy
    external_id: str
    public: bool
    """False: the customer sees nothing of it."""
    merged_into: RefText
    created: str
    updated: str
    solved: str
    due: str
    native: dict[str, Json]
    key: str
    """Set by the mapping: the key that the target is asked to give (`SUP-1042`)."""
    provenance: dict[str, Json]
    """Set by the mapping: what is kept beside, by neutral path."""


@with_config(_STRICT)
class Case(Ticket, total=False):
    """A ticket with its comments, events, attachments and work logs, each list in time order: what is mapped, compiled, diffed and explained as one."""

    comments: list[Comment]
    events: list[Event]
    attachments: list[Attachment]
    worklogs: list[WorkLog]
    side_conversations: list[SideConversation]
