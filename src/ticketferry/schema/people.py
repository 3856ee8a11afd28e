"""People, organizations and groups as neutral records."""

from typing import Literal, NotRequired, Required

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from ticketferry.schema.refs import Json, RefText

__all__ = ["Group", "Identity", "Membership", "Organization", "Person", "PersonRole", "PersonState"]

PersonRole = Literal["end_user", "agent", "light_agent", "admin", "automation", "ai_agent"]
PersonState = Literal["active", "suspended", "deleted", "merged"]

_STRICT = ConfigDict(extra="forbid", use_attribute_docstrings=True)


@with_config(_STRICT)
class Identity(TypedDict, total=False):
    """One address under which a person is known."""

    ref: RefText
    origin: RefText
    person: RefText
    type: Required[str]
    """`email`, `phone`, or the product's own kind (`twitter`, `messaging`, …)."""
    value: Required[str]
    primary: bool
    verified: bool
    created: str
    updated: str
    native: dict[str, Json]


@with_config(_STRICT)
class Membership(TypedDict, total=False):
    """A person's place in an organization or a group; folded into the person when its case is assembled."""

    ref: Required[RefText]
    origin: RefText
    person: Required[RefText]
    organization: RefText
    group: RefText
    default: bool
    created: str
    updated: str
    native: dict[str, Json]


@with_config(_STRICT)
class Person(TypedDict, total=False):
    """Somebody, or something, that acts in a desk."""

    ref: Required[RefText]
    origin: NotRequired[RefText]
    """The source record that our own mark names; only on records read from a target."""
    name: str
    role: PersonRole
    state: PersonState
    merged_into: RefText
    account: str
    """Kind of account in the target: `agent`, `customer`, `placeholder`, `app`."""
    external_id: str
    email: str
    """Primary e-mail as written by the desk."""
    identities: list[Identity]
    time_zone: str
    """IANA name."""
    locale: str
    organizations: list[RefText]
    """The default organization first, then by id."""
    groups: list[RefText]
    memberships: list[Membership]
    fields: dict[str, Json]
    tags: list[str]
    notes: str
    details: str
    alias: str
    created: str
    updated: str
    native: dict[str, Json]
    provenance: dict[str, Json]


@with_config(_STRICT)
class Organization(TypedDict, total=False):
    """A customer organization."""

    ref: Required[RefText]
    origin: NotRequired[RefText]
    name: Required[str]
    external_id: str
    domains: list[str]
    shared_tickets: bool
    """Members see each other's tickets."""
    shared_comments: bool
    group: RefText
    fields: dict[str, Json]
    tags: list[str]
    notes: str
    details: str
    created: str
    updated: str
    native: dict[str, Json]
    provenance: dict[str, Json]


@with_config(_STRICT)
class Group(TypedDict, total=False):
    """A team of agents; `restricted` tickets are seen by its members only."""

    ref: Required[RefText]
    origin: NotRequired[RefText]
    name: Required[str]
    restricted: bool
    deleted: bool
    description: str
    default: bool
    created: str
    updated: str
    native: dict[str, Json]
    provenance: dict[str, Json]
