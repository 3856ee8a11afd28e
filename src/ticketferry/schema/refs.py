"""Naming a record: the desk it belongs to, its kind, its id there."""

from enum import StrEnum
from typing import NamedTuple, TypeAlias

from typing_extensions import TypeAliasType

__all__ = ["KINDS", "PARTS", "ROOTS", "Json", "Kind", "Ref", "RefText", "parse_ref"]

Json = TypeAliasType("Json", "None | bool | int | float | str | list[Json] | dict[str, Json]")
"""A JSON value."""
RefText: TypeAlias = str
"""A Ref as it stands in records: `desk:kind:id`."""


class Kind(StrEnum):
    """Kinds of neutral records. Roots stand alone; parts belong to the root that their row names."""

    DEFINITION = "definition"
    PERSON = "person"
    ORGANIZATION = "organization"
    GROUP = "group"
    TICKET = "ticket"
    MEMBERSHIP = "membership"
    IDENTITY = "identity"
    COMMENT = "comment"
    EVENT = "event"
    ATTACHMENT = "attachment"
    WORKLOG = "worklog"
    SIDE_CONVERSATION = "side_conversation"


KINDS: dict[str, Kind] = {kind.value: kind for kind in Kind}
"""Every kind by its name, which is quicker than asking the class."""

ROOTS: tuple[Kind, ...] = (Kind.DEFINITION, Kind.ORGANIZATION, Kind.GROUP, Kind.PERSON, Kind.TICKET)
"""Root kinds in the order in which a target receives them."""

PARTS: dict[Kind, Kind] = {
    Kind.MEMBERSHIP: Kind.PERSON,
    Kind.IDENTITY: Kind.PERSON,
    Kind.COMMENT: Kind.TICKET,
    Kind.EVENT: Kind.TICKET,
    Kind.ATTACHMENT: Kind.TICKET,
    Kind.WORKLOG: Kind.TICKET,
    Kind.SIDE_CONVERSATION: Kind.TICKET,
}
"""Part kind -> kind of its root."""


class Ref(NamedTuple):
    """One record of one desk, printed `acme:ticket:123`; `desk` is the desk's key, never a product's name."""

    desk: str
    kind: Kind
    id: str

    def __str__(self) -> str:
        return f"{self.desk}:{self.kind}:{self.id}"


def parse_ref(text: RefText) -> Ref:
    """Read `desk:kind:id`; an id may hold colons. Raises ValueError for anything else."""
    desk, kind, id_ = text.split(":", 2)
    if not desk or not id_:
        msg = f"not a reference: {text!r}"
        raise ValueError(msg)
    return Ref(desk, KINDS.get(kind) or Kind(kind), id_)
