"""Turning a value into the type of a field: text, numbers, dates, choices."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from ticketferry.mapping.conditions import text_of
from ticketferry.schema.catalog import FieldDef
from ticketferry.sdk.values import (
    MisfitError,
    day_of,
    decimal_number,
    is_day,
    moment_of,
    whole_number,
    zone_of,
)

__all__ = ["MisfitError", "coerce", "crosses", "is_empty", "option_of"]

_TRUE = frozenset({"true", "yes", "1", "on"})
_FALSE = frozenset({"false", "no", "0", "off"})


def is_empty(value: Any) -> bool:
    """Tell whether a field says nothing. False and 0 do say something."""
    return value is None or value in ("", [], {})


def option_of(definition: Mapping[str, Any], text: str) -> str | None:
    """Find an option by name or value, in any case of letters; returns how records hold it."""
    options: Sequence[Mapping[str, Any]] = definition.get("options", ())
    for option in options:
        if text in (option["name"], option["value"]):
            return str(option["value"])
    folded = text.casefold()
    for option in options:
        if folded in (option["name"].casefold(), option["value"].casefold()):
            return str(option["value"])
    return None


def crosses(value: Any, kind: str | None) -> bool:
    """Tell whether writing the value means to make a day of a moment, or a moment of a day: it depends on a time zone."""
    if kind not in ("date", "datetime") or not isinstance(value, str):
        return False
    return is_day(value) is (kind == "datetime")


def coerce(value: Any, kind: str | None, definition: FieldDef | None, zone: str | None) -> Any:
    """Return the value in the type `kind` (None: as it is). Raises MisfitError."""
    if kind in ("text", "textarea", "regexp", "url", "user"):
        return ", ".join(text_of(part) for part in value) if isinstance(value, list) else text_of(value)
    if kind in ("integer", "decimal"):
        return _number(value, kind)
    if kind == "checkbox":
        return _boolean(value)
    if kind in ("date", "datetime"):
        return _time(value, kind, zone)
    if kind == "select":
        return _option(_single(value), definition)
    if kind in ("multiselect", "labels"):
        parts = value if isinstance(value, list) else [value]
        chosen = [_option(text_of(part), definition) for part in parts]
        return [part.replace(" ", "-") for part in chosen] if kind == "labels" else chosen
    if kind == "cascading":
        levels = [
            text_of(part).strip()
            for part in (value if isinstance(value, list) else text_of(value).split("::"))
        ]
        levels = [level for level in levels if level]
        if not levels:
            raise MisfitError("no level left")
        # Two levels is what cascading fields hold; a third stays in the name of the second.
        return levels if len(levels) < 3 else [levels[0], "::".join(levels[1:])]
    return value


def _single(value: Any) -> str:
    if isinstance(value, list):
        if len(value) != 1:
            raise MisfitError(f"{len(value)} values for a field that takes one")
        value = value[0]
    return text_of(value)


def _option(text: str, definition: FieldDef | None) -> str:
    if definition is None or not definition.get("options"):
        return text
    option = option_of(definition, text)
    if option is None:
        raise MisfitError(f"`{text}` is no option of {definition['name']}")
    return option


def _number(value: Any, kind: str) -> int | float:
    single = value[0] if isinstance(value, list) and len(value) == 1 else value
    if isinstance(single, list):
        raise MisfitError(f"{len(single)} values for a field that takes one")
    try:
        return whole_number(single) if kind == "integer" else decimal_number(single)
    except MisfitError as error:
        raise MisfitError(f"`{text_of(single)[:80]}`: {error}") from error


def _boolean(value: Any) -> bool:
    text = _single(value).strip().casefold()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise MisfitError(f"`{text}` is neither true nor false")


def _time(value: Any, kind: str, zone: str | None) -> str:
    text = _single(value).strip()
    try:
        if kind == "date":
            return day_of(text, zone)
        if not is_day(text):
            moment_of(text)
            return text
        start = datetime.combine(date.fromisoformat(day_of(text)), time(), zone_of(zone))
        return start.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (MisfitError, OverflowError) as error:
        raise MisfitError(f"`{text[:80]}`: {error}") from error
