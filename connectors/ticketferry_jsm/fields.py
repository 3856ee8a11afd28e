"""Custom fields by their type: what a record's value is on the wire, and what reading the wire gives."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ticketferry.sdk import FieldDef, FieldOption, From, Json, Kind, Template, parse_ref, planned_ref
from ticketferry.sdk.values import MisfitError, day_of, decimal_number, is_day, moment_of

from .body import plain, text_document
from .wire import jira_time, neutral_time, number

__all__ = ["UNREAD", "MisfitError", "WireValue", "read_value", "write_value"]

UNREAD = frozenset({"user", "users"})
"""Types whose values are written but not compared: they name accounts, which field values cannot name in source terms."""
_LINE = 255
_TEXT = 32_000
_BLANK = "it is blank, which Jira takes for nothing"
_TRUE = ("true", "yes", "1", "on")


@dataclass(frozen=True, slots=True)
class WireValue:
    """A value for the wire, and what reading it gives (None: it is not read). `left`: parts of the value that found no place."""

    wire: Template
    back: Json
    left: Json = None


def write_value(field: FieldDef, value: Json) -> WireValue:
    """Write a record's value. Raises MisfitError where the field cannot hold it."""
    writer = _WRITERS.get(field["type"])
    if writer is None:
        msg = f"fields of the type {field['type']} cannot be written"
        raise MisfitError(msg)
    return writer(field, value)


def read_value(field: FieldDef, value: Any) -> Json:
    """Read a wire value; None where there is none, or where the type is not read."""
    reader = _READERS.get(field["type"])
    return None if reader is None or value is None else reader(value)


def _text_of(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(number(value))
    if isinstance(value, list):
        return ", ".join(_text_of(item) for item in value)
    if isinstance(value, dict):
        raise MisfitError("an object does not fit into a text field")
    return str(value)


def _line(_: FieldDef, value: Json) -> WireValue:
    text = " ".join(_text_of(value).split())
    if not text:
        raise MisfitError(_BLANK)
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > _LINE:
        raise MisfitError(f"longer than the {_LINE} characters of a text field")
    return WireValue(text, text)


def _area(_: FieldDef, value: Json) -> WireValue:
    document = text_document(_text_of(value).replace("\r\n", "\n"))
    text = plain(document)
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > _TEXT:
        raise MisfitError("longer than the 32,767 characters of a text field")
    return WireValue(document, text)


def _decimal(_: FieldDef, value: Json) -> WireValue:
    if isinstance(value, bool | list | dict):
        raise MisfitError("no number")
    found = decimal_number(value)
    return WireValue(found, found)


def _date(_: FieldDef, value: Json) -> WireValue:
    text = _text_of(value)
    if is_day(text):
        day = day_of(text)
    else:
        # Whoever knows in which time zone it is a day has written it so that the day stands first.
        moment_of(text)
        day = day_of(text[:10])
    return WireValue(day, day)


def _datetime(_: FieldDef, value: Json) -> WireValue:
    text = _text_of(value)
    if is_day(text):
        day_of(text)
    else:
        moment_of(text)
    wire = jira_time(text)
    if wire is None:
        raise MisfitError("no time")
    return WireValue(wire, neutral_time(text))


def _option(options: Sequence[FieldOption], text: str, parent: str | None = None) -> FieldOption:
    live = [item for item in options if item.get("active", True) and item.get("parent") == parent]
    exact = [item for item in live if item["value"] == text]
    for item in exact or [item for item in live if item["value"].casefold() == text.casefold()]:
        return item
    raise MisfitError("no such option")


def _named(option: FieldOption) -> Template:
    """Return an option by its id; one that the plan makes by its text: nobody knows its id yet."""
    planned = planned_ref(option.get("id", ""))
    if planned is not None:
        return {"value": From(planned, "value")}
    return {"id": option["id"]} if option.get("id") else {"value": option["value"]}


def _select(field: FieldDef, value: Json) -> WireValue:
    if isinstance(value, list) and len(value) != 1:
        raise MisfitError("several values for one choice")
    text = _text_of(value[0] if isinstance(value, list) else value)
    option = _option(field.get("options", []), text)
    return WireValue(_named(option), option["value"])


def _multiselect(field: FieldDef, value: Json) -> WireValue:
    options = field.get("options", [])
    if isinstance(value, bool):
        live = [item for item in options if item.get("active", True)]
        if not value or len(live) != 1:
            raise MisfitError("yes or no does not say which option")
        value = [live[0]["value"]]
    chosen: list[FieldOption] = []
    left: list[Json] = []
    for item in value if isinstance(value, list) else [value]:
        try:
            option = _option(options, _text_of(item))
        except MisfitError:
            left.append(item)
        else:
            if option not in chosen:
                chosen.append(option)
    if not chosen:
        raise MisfitError("no such option")
    return WireValue([_named(item) for item in chosen], [item["value"] for item in chosen], left or None)


def _cascading(field: FieldDef, value: Json) -> WireValue:
    levels = [_text_of(item) for item in value] if isinstance(value, list) else _text_of(value).split("::")
    if not 1 <= len(levels) <= 2:
        raise MisfitError("one or two levels are held")
    options = field.get("options", [])
    parent = _option(options, levels[0])
    if len(levels) == 1:
        return WireValue({"id": parent.get("id", "")}, [parent["value"]])
    child = _option(options, levels[1], parent["value"])
    return WireValue(
        {"id": parent.get("id", ""), "child": {"id": child.get("id", "")}}, [parent["value"], child["value"]]
    )


def _labels(_: FieldDef, value: Json) -> WireValue:
    items = [_text_of(item) for item in value] if isinstance(value, list) else [_text_of(value)]
    labels = list(dict.fromkeys("-".join(item.split()) for item in items if item.strip()))
    if not labels:
        raise MisfitError(_BLANK)
    if any(len(item) > _LINE for item in labels):
        raise MisfitError("a label longer than 255 characters")
    return WireValue([*labels], [*labels])


def _url(_: FieldDef, value: Json) -> WireValue:
    text = _text_of(value).strip()
    if not re.match(r"https?://[^\s/]+\S*\Z", text):
        raise MisfitError("no address that begins with http:// or https://")
    return WireValue(text, text)


def _account(text: str) -> Template:
    try:
        ref = parse_ref(text)
    except ValueError:
        raise MisfitError("no reference to a person") from None
    if ref.kind is not Kind.PERSON:
        raise MisfitError("no reference to a person")
    return {"accountId": From(ref)}


def _user(_: FieldDef, value: Json) -> WireValue:
    return WireValue(_account(_text_of(value)), None)


def _users(_: FieldDef, value: Json) -> WireValue:
    items = value if isinstance(value, list) else [value]
    return WireValue([_account(_text_of(item)) for item in items], None)


_WRITERS: Mapping[str, Callable[[FieldDef, Json], WireValue]] = {
    "text": _line,
    "textarea": _area,
    "decimal": _decimal,
    "integer": _decimal,
    "date": _date,
    "datetime": _datetime,
    "select": _select,
    "multiselect": _multiselect,
    "cascading": _cascading,
    "labels": _labels,
    "url": _url,
    "user": _user,
    "users": _users,
}


def _shown(value: Any) -> Json:
    return value.get("value") if isinstance(value, Mapping) else value


def _read_cascading(value: Any) -> Json:
    if not isinstance(value, Mapping):
        return None
    child = value.get("child")
    return [value.get("value"), *([child.get("value")] if isinstance(child, Mapping) else [])]


_READERS: Mapping[str, Callable[[Any], Json]] = {
    "text": lambda value: value,
    "url": lambda value: value,
    "textarea": plain,
    "decimal": lambda value: number(value) if isinstance(value, int | float) else None,
    "date": lambda value: value,
    "datetime": neutral_time,
    "select": _shown,
    "multiselect": lambda value: [_shown(item) for item in value] if isinstance(value, list) else None,
    "cascading": _read_cascading,
    "labels": lambda value: list(value) if isinstance(value, list) else None,
}
