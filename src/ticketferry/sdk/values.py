"""Numbers, days and times out of what people and desks write: strict, so that a value is either read as it was meant or not at all."""

import math
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import re2

__all__ = [
    "MisfitError",
    "at_noon",
    "day_of",
    "decimal_number",
    "fits_pattern",
    "from_unix",
    "in_zone",
    "is_day",
    "media_type",
    "moment_of",
    "nobody",
    "to_unix",
    "whole_number",
    "zone_of",
]

_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MEDIA = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}(?:\s*;[\x20-\x7e]{0,200})?")
_LARGEST = 10**15
"""Numbers that a double holds exactly, to the last digit: desks keep numbers as doubles."""


def media_type(value: object) -> str:
    """Return a media type that a header takes [RFC 6838]; `application/octet-stream` for what is none."""
    text = value.strip() if isinstance(value, str) else ""
    return text if _MEDIA.fullmatch(text) else "application/octet-stream"


def fits_pattern(pattern: str, text: str) -> bool:
    """Tell whether a text fits a regular expression of a desk; also where nobody here can read the expression."""
    return not pattern or (compiled := _pattern(pattern)) is None or compiled.search(text) is not None


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None


class MisfitError(ValueError):
    """A value that a type cannot hold; the message says why, without the value: it may be private."""


def whole_number(value: object) -> int:
    """Read a whole number of at most 15 digits. Raises MisfitError.

    `1.000` is refused (a thousand, or one), so are `1e3` and a number whose last digits a desk would lose.
    """
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST:
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST:
        return int(value)
    if isinstance(value, str):
        text = value.strip()
        if _WHOLE.fullmatch(text):
            return int(text)
        if text.isascii() and text.lstrip("+-").isdigit():
            raise MisfitError("it has more digits than a field keeps exactly")
    raise MisfitError("no whole number")


def decimal_number(value: object) -> int | float:
    """Read a number that is kept exactly; a whole one as int. Raises MisfitError for `nan`, `1e3`, and too many digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return whole_number(value)
    if isinstance(value, float):
        if not math.isfinite(value) or abs(value) >= _LARGEST:
            raise MisfitError("no number that a field keeps")
        return int(value) if value.is_integer() else value
    text = value.strip() if isinstance(value, str) else ""
    if not _DECIMAL.fullmatch(text):
        raise MisfitError("no number")
    try:
        exact = Decimal(text)
    except InvalidOperation as error:  # pragma: no cover - the pattern lets no such text through
        raise MisfitError("no number") from error
    near = float(exact)
    if abs(exact) >= _LARGEST or Decimal(repr(near)) != exact:
        raise MisfitError("it has more digits than a field keeps exactly")
    return int(exact) if exact == exact.to_integral_value() else near


def is_day(value: object) -> bool:
    """Tell whether a text is written as a day (`2026-10-30`), be there such a day or not."""
    return isinstance(value, str) and _DAY.fullmatch(value.strip()) is not None


def day_of(value: object, zone: str | None = None) -> str:
    """Read a day, `2026-10-30`; of a moment the day that it is in `zone` (UTC without one). Raises MisfitError.

    `30/10/2026` is refused: in other countries it is another day.
    """
    if is_day(value):
        text = str(value).strip()
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise MisfitError("no day of the calendar") from error
    try:
        return moment_of(value).astimezone(zone_of(zone)).date().isoformat()
    except OverflowError as error:
        raise MisfitError("no day of the calendar") from error


def moment_of(value: object) -> datetime:
    """Read a moment: an ISO time with its zone. Raises MisfitError for one without: it could mean any of 27 hours."""
    text = value.strip() if isinstance(value, str) else ""
    if len(text) <= 10 or not _DAY.match(text):
        raise MisfitError("no time")
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MisfitError("no time") from error
    if moment.tzinfo is None:
        raise MisfitError("a time without a time zone")
    return moment


def in_zone(value: object, zone: str | None) -> str:
    """Return a moment as it is written in a zone: its first ten characters are the day there. Raises MisfitError."""
    try:
        return moment_of(value).astimezone(zone_of(zone)).isoformat().replace("+00:00", "Z")
    except OverflowError as error:
        raise MisfitError("no time") from error


def at_noon(value: object, zone: str | None) -> str:
    """Return noon of a day in a zone, in UTC: a desk that shows it in a zone near by shows the same day. Raises MisfitError."""
    day = date.fromisoformat(day_of(value))
    try:
        noon = datetime.combine(day, time(12), zone_of(zone)).astimezone(UTC)
    except OverflowError as error:
        raise MisfitError("no day that a desk takes") from error
    return noon.isoformat().replace("+00:00", "Z")


def zone_of(name: str | None) -> ZoneInfo:
    """Return a time zone by its IANA name; UTC where there is none of that name."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def nobody(id_: object) -> bool:
    """Tell whether an id names none: null, empty, or 0 in whatever form."""
    return id_ is None or str(id_) in ("", "0")


def from_unix(value: object) -> str | None:
    """Return unix seconds as ISO 8601 in UTC; None for what is no time: nothing, zero, another type, beyond the calendar."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError):
        return None


def to_unix(text: str) -> int:
    """Return an ISO time as whole unix seconds; one without a zone counts as UTC."""
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
