"""`--until`: the moment from which on a run begins no write."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

__all__ = ["moment_of", "until_option"]

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
