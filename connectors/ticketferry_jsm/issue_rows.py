"""The fields of an issue that are rows: one line each for what is read, written, cleared, kept to the letter and given back.

Apart stands the writing of what a project's scheme decides (priority, security level), and all of components, labels, the desk's own
fields, the way to a status, custom fields.
"""

from collections.abc import Mapping
from typing import Any

from ticketferry.sdk import From, Json, Kind, Ref, parse_ref
from ticketferry.sdk.codec import FieldRow, FieldType, ReadContext, Written
from ticketferry.sdk.values import day_of

from .tracing import trace_account, trace_named
from .wire import person_id

__all__ = ["DAY", "ISSUE"]

_SUMMARY = 255
DAY = "due date: a day; the time in the property"


def _line(value: Json, _: Any) -> Written:
    """One line of at most 255 characters, as Java counts them."""
    line = " ".join(str(value).split()) or "(no subject)"
    units = line.encode("utf-16-le", "surrogatepass")
    if len(units) // 2 > _SUMMARY:
        line = units[: (_SUMMARY - 1) * 2].decode("utf-16-le", "ignore").rstrip() + "…"
    return Written(line, line)


def _day(value: Json, _: Any) -> Written:
    day = str(value)[:10]
    day_of(day)
    return Written(day, day)


def _account(value: Json, _: Any) -> Written:
    return Written({"id": From(parse_ref(str(value)))}, value)


def _person(value: Any, context: ReadContext) -> str | None:
    id_ = person_id(value)
    return str(Ref(context.desk, Kind.PERSON, id_)) if id_ else None


def _read_name(value: Any, _: ReadContext) -> Any:
    return (
        value.get("name") or None if isinstance(value, Mapping) else value if isinstance(value, str) else None
    )


def _read_key(value: Any, _: ReadContext) -> Any:
    return value.get("key") or None if isinstance(value, Mapping) else None


_NAMED = FieldType(_read_name, trace=trace_named)
"""Something that the site defines, by its name; the rest of it is set-up. A plain text is the name itself."""
_KEYED = FieldType(_read_key, trace=lambda value, path, place: trace_named(value, path, place, "key"))
_ACCOUNT = FieldType(_person, _account, trace_account)

ISSUE = (
    FieldRow(
        "subject", "summary", FieldType(write=_line), default="(no subject)",
        exact="summary: one line of 255 characters; the whole in the property",
    ),
    FieldRow("requester", "reporter", _ACCOUNT, clears=False),
    FieldRow("assignee", "assignee", _ACCOUNT),
    FieldRow("due", "duedate", FieldType(write=_day), by="due date", exact=DAY, code="JSM-VALUE", misfit="the due date cannot hold the value: {error}"),
    FieldRow("type", "issuetype", _NAMED, to=None),
    FieldRow("project", "project", _KEYED, to=None),
    FieldRow("priority", "priority", _NAMED, to=None),
    FieldRow("resolution", "resolution", _NAMED, to=None),
    FieldRow("security", "security", _NAMED, to=None),
)  # fmt: skip
