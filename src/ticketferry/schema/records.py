"""Records as one type: validation at the edges, canonical form and hashes inside."""

from functools import cache
from hashlib import blake2b
from typing import Any, TypeAlias, cast

import orjson
from pydantic import TypeAdapter

from ticketferry.schema.definitions import Definition
from ticketferry.schema.people import Group, Identity, Membership, Organization, Person
from ticketferry.schema.refs import Json, Kind
from ticketferry.schema.tickets import Attachment, Case, Comment, Event, SideConversation, WorkLog

__all__ = [
    "MODELS",
    "SCHEMA_VERSION",
    "Record",
    "adapter",
    "canonical",
    "compact",
    "digest",
    "json_schema",
    "kind_of",
    "validate",
]

SCHEMA_VERSION = 1
"""Raised when a record written by this version could not be read by the one before."""

Record: TypeAlias = dict[str, Any]
"""A neutral record as a plain dict; its TypedDict is found by its kind in MODELS."""

MODELS: dict[Kind, Any] = {
    Kind.DEFINITION: Definition,
    Kind.PERSON: Person,
    Kind.ORGANIZATION: Organization,
    Kind.GROUP: Group,
    Kind.TICKET: Case,
    Kind.MEMBERSHIP: Membership,
    Kind.IDENTITY: Identity,
    Kind.COMMENT: Comment,
    Kind.EVENT: Event,
    Kind.ATTACHMENT: Attachment,
    Kind.WORKLOG: WorkLog,
    Kind.SIDE_CONVERSATION: SideConversation,
}


@cache
def adapter(kind: Kind) -> TypeAdapter[Any]:
    """Return the pydantic validator of `kind`, built once."""
    return TypeAdapter(MODELS[kind])


def kind_of(record: Record) -> Kind:
    """Read a record's kind from its ref."""
    return Kind(record["ref"].split(":", 2)[1])


def validate(record: Record) -> Record:
    """Check one record strictly and return it; raises pydantic.ValidationError naming every fault."""
    return cast("Record", adapter(kind_of(record)).validate_python(record, strict=True))


def compact(value: Any) -> Any:
    """Drop what says nothing: None, empty text, empty lists and objects, at every depth. False and 0 stay."""
    if isinstance(value, dict):
        kept = {}
        for key, item in value.items():
            if isinstance(item, dict | list):
                item = compact(item)  # noqa: PLW2901 -- what is left of it
                if item:
                    kept[key] = item
            elif item is not None and item != "":
                kept[key] = item
        return kept
    if isinstance(value, list):
        return [compact(item) if isinstance(item, dict | list) else item for item in value]
    return value


def canonical(value: "Json | Record") -> bytes:
    """Serialise with sorted keys: equal values give equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def digest(value: "Json | Record", size: int = 16) -> bytes:
    """Hash the canonical form (BLAKE2b, `size` bytes)."""
    return blake2b(canonical(value), digest_size=size).digest()


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of every kind of record, as published by `ticketferry schema`."""
    _, schema = TypeAdapter.json_schemas(
        [(kind.value, "validation", adapter(kind)) for kind in MODELS],
        title="ticketferry neutral schema",
    )
    return {"$id": f"ticketferry:neutral:{SCHEMA_VERSION}", **schema}
