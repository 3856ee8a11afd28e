"""Turning a value into the type of a field: text, numbers, dates, choices."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from ticketferry.mapping.conditions import text_of
from ticketferry.schema.catalog import FieldDef

__all__ = ["MisfitError", "coerce", "is_empty", "option_of"]

_TRUE = frozenset({"true", "yes", "1", "on"})
_FALSE = frozenset({"false", "no", "0", "off"})


class MisfitError(ValueError):
    """A value that a type cannot hold; the message says why."""


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
    found = option_of(definition, text)
    if found is None:
        raise MisfitError(f"`{text}` is no option of {definition['name']}")
    return found


def _number(value: Any, kind: str) -> int | float:
    text = _single(value).strip()
    try:
        number = Decimal(text)
        if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
            raise MisfitError(f"`{text}` is no number that a field holds")
    except InvalidOperation as error:
        raise MisfitError(f"`{text}` is no number") from error
    if number == number.to_integral_value():
        return int(number)
    if kind == "integer":
        raise MisfitError(f"`{text}` is no whole number")
    return float(number)


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
        if len(text) == 10:
            day = date.fromisoformat(text)
            return (
                text
                if kind == "date"
                else datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone or "UTC"))
                .astimezone(UTC)
                .isoformat()
                .replace("+00:00", "Z")
            )
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if kind == "date":
            return moment.astimezone(ZoneInfo(zone or "UTC")).date().isoformat()
    except (ValueError, OverflowError) as error:
        raise MisfitError(f"`{text}` is no time") from error
    return text
