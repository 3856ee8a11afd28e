"""The fields of people, organizations, groups, memberships and identities, one row each.

Apart stand: names (nobody is without one), time zones (by the product's own words), identities, custom fields, and the external id with the
notes, which bear our mark.
"""

from dataclasses import replace
from typing import Any, cast

from ticketferry.sdk import Json
from ticketferry.sdk.codec import FLAG, TIME, WORDS, YES, FieldRow, FieldType, Written, link
from ticketferry_zendesk.wire import utc

__all__ = ["GROUP", "IDENTITY", "MADE_TIME", "MEMBERSHIP", "ORGANIZATION", "PERSON", "as_written"]


def as_written(target: str) -> str:
    """Return what is said of a value that Zendesk shows in a form of its own."""
    return f"{target}: as Zendesk writes it; as it was in the notes"


def _lower(value: Json, _: Any) -> Written:
    """Addresses are compared without regard to case; written in one case they are read as they were written."""
    return Written(str(value).lower(), str(value).lower())


def _words(value: Json, _: Any) -> Written:
    return Written(str(value), str(value))


def _each(form: Any) -> FieldType:
    def write(value: Json, _: Any) -> Written:
        items = cast("Json", list(dict.fromkeys(form(str(item)) for item in cast("list[Json]", value))))
        return Written(cast("Any", items), items)

    return FieldType(write=write, shape=[(str,)], sample=["words"])


def _maybe(kind: str) -> FieldType:
    """A link that Zendesk writes as an empty text, too, where there is none."""
    plain = link(kind)
    return replace(
        plain, read=lambda value, context: plain.read(value, context) if str(value or "").strip() else None
    )


MADE_TIME = replace(TIME, read=lambda value, _: utc(value))
"""A moment that Zendesk sets itself."""
_WORDS = FieldType(write=_words)
_MADE = (
    FieldRow("created", "created_at", MADE_TIME, to=None),
    FieldRow("updated", "updated_at", MADE_TIME, to=None),
)
_TAGS = FieldRow(
    "tags", "tags", _each(lambda tag: "_".join(tag.lower().split())), cleared=[], exact=as_written("tags")
)
_DETAILS = FieldRow("details", "details", _WORDS)
_EXTERNAL = FieldRow("external_id", "external_id", to=None)
_NOTES = FieldRow("notes", "notes", to=None)

PERSON = (
    FieldRow("name", "name", to=None),
    FieldRow("email", "email", FieldType(write=_lower), clears=False, exact=as_written("email")),
    _EXTERNAL,
    _DETAILS,
    FieldRow("alias", "alias", _WORDS),
    FieldRow("locale", "locale", clears=False),
    FieldRow("time_zone", "iana_time_zone", to=None),
    _TAGS,
    _NOTES,
    *_MADE,
)
ORGANIZATION = (
    FieldRow("name", "name", to=None),
    _EXTERNAL,
    FieldRow("domains", "domain_names", _each(lambda name: name.strip().lower()), cleared=[], exact=as_written("domain_names")),
    FieldRow("shared_tickets", "shared_tickets", YES, to=None),
    FieldRow("shared_comments", "shared_comments", YES, to=None),
    FieldRow("group", "group_id", _maybe("group"), clears=False),
    _DETAILS,
    _TAGS,
    _NOTES,
    *_MADE,
)  # fmt: skip
GROUP = (
    FieldRow("name", "name", to=None),
    FieldRow(
        "restricted", "is_public", to=None,
        type=FieldType(lambda value, _: not value if isinstance(value, bool) else None, derivation="a group that is not public is restricted", shape=(bool,)),
    ),
    FieldRow("deleted", "deleted", YES, to=None),
    FieldRow("description", "description", to=None),
    FieldRow("default", "default", YES, to=None),
    *_MADE,
)  # fmt: skip
MEMBERSHIP = (
    FieldRow("person", "user_id", link("person"), to=None),
    FieldRow("organization", "organization_id", _maybe("organization"), to=None),
    FieldRow("group", "group_id", _maybe("group"), to=None),
    FieldRow("default", "default", FLAG, to=None),
    *_MADE,
)
IDENTITY = (
    FieldRow(
        "type", "type", to=None,
        type=FieldType(lambda value, _: "phone" if value == "phone_number" else value, derivation="the neutral type of an identity"),
    ),
    FieldRow("value", "value", WORDS, to=None),
    FieldRow("primary", "primary", YES, to=None),
    FieldRow("verified", "verified", YES, to=None),
    *_MADE,
)  # fmt: skip
