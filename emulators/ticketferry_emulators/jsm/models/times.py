"""Jira's times: milliseconds and an offset without a colon, `2022-05-17T04:06:55.076-0700`."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

__all__ = ["parse_time", "write_time"]


def parse_time(text: object) -> float:
    """Return unix seconds in whole milliseconds; raises ValueError for anything else than a time with an offset."""
    for form in ("%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z"):
        try:
            at = datetime.strptime(str(text), form)  # noqa: DTZ007 - both forms end in %z
        except ValueError:
            continue
        return round(at.timestamp(), 3)
    raise ValueError(f"no Jira time: {text!r}")


def write_time(seconds: float, zone: tzinfo) -> str:
    """Return the time as the platform writes it to a caller of this zone."""
    at = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    text = at.isoformat(timespec="milliseconds")
    return text[:23] + text[23:].replace(":", "")
