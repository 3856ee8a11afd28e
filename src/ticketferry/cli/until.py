"""Times and spans as options: `--until`, `--watch`."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

__all__ = ["moment_of", "seconds_of", "until_option", "watch_option"]

F = TypeVar("F", bound=Callable[..., Any])
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"(?:(?P<day>[a-z]{3})[a-z]*\s+)?(?P<hour>\d{1,2}):(?P<minute>\d\d)", re.IGNORECASE)


def moment_of(text: str, now: datetime) -> datetime | None:
    """Read `05:00`, `Mon 05:00` (the next such time) or `2026-12-07T05:00`, in the zone of `now` where it names none; None for anything else."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            return None
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=now.tzinfo)
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 23 or minute > 59:
        return None
    moment = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if match["day"] is None:
        return moment if moment > now else moment + timedelta(days=1)
    if match["day"].lower() not in _DAYS:
        return None
    moment += timedelta(days=(_DAYS.index(match["day"].lower()) - now.weekday()) % 7)
    return moment if moment > now else moment + timedelta(days=7)


_SPAN = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>s|m|min|h)", re.IGNORECASE)
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600}
_LONGEST = 86_400


def seconds_of(text: str) -> float | None:
    """Read `30s`, `10m` or `2h` as seconds; None for anything else, and for more than a day."""
    match = _SPAN.fullmatch(text.strip())
    seconds = float(match["number"]) * _UNITS[match["unit"].lower()] if match is not None else 0.0
    return seconds if 0 < seconds <= _LONGEST else None


class _Span(click.ParamType[float]):
    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        seconds = seconds_of(str(value))
        if seconds is None:
            self.fail(f"{value!r} is no span up to a day; write 30s, 10m or 2h", param, ctx)
        return seconds


def watch_option(command: F) -> F:
    """Add `--watch`."""
    return click.option(
        "--watch",
        type=_Span(),
        metavar="SPAN",
        help="Read what was written again for 10m, say, and stop at any change that is not ours.",
    )(command)


class _Until(click.ParamType[datetime]):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        now = datetime.now().astimezone()
        moment = moment_of(str(value), now)
        if moment is None:
            self.fail(f"{value!r} is no time; write 05:00, 'Mon 05:00' or 2026-12-07T05:00", param, ctx)
        if moment <= now:
            self.fail(f"{moment:%Y-%m-%d %H:%M} is over", param, ctx)
        return moment


def until_option(command: F) -> F:
    """Add `--until`."""
    return click.option(
        "--until",
        type=_Until(),
        metavar="TIME",
        help="Begin no write after this: 05:00, 'Mon 05:00'. The same command goes on.",
    )(command)
