"""Business hours: weekly intervals in a time zone, without holidays; a moment as seconds of business time since a fixed day."""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ticketferry.errors import ConfigError

__all__ = ["DAYS", "BusinessHours", "parse_hours"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIRST = date(1990, 1, 1)


class BusinessHours:
    """`week`: day (`mon`) -> intervals of local minutes since midnight (start, end), in order and apart; `holidays`: local days without hours.

    An hour that a change of clocks skips or repeats counts as long as it lasts.
    """

    def __init__(
        self,
        zone: str,
        week: Mapping[str, Sequence[tuple[int, int]]],
        holidays: Collection[date] = (),
        until: date | None = None,
    ) -> None:
        try:
            self._zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ConfigError(
                f"there is no time zone {zone!r}", remedy="Use an IANA name: Europe/Berlin, UTC."
            ) from error
        self.zone = zone
        self._week = [tuple(week.get(day, ())) for day in DAYS]
        self._holidays = frozenset(holidays)
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._before: list[int] = []
        self._day = _FIRST
        self._sum = 0
        self._extend(until or date(2030, 1, 1))

    def position(self, moment: int) -> int:
        """Return the business seconds from 1990 to a moment (seconds since 1970)."""
        if not self._ends or moment > self._ends[-1]:
            self._extend(datetime.fromtimestamp(moment, self._zone).date() + timedelta(days=400))
        number = bisect_right(self._starts, moment) - 1
        if number < 0:
            return 0
        return self._before[number] + min(moment, self._ends[number]) - self._starts[number]

    def between(self, start: int, end: int) -> int:
        """Return the business seconds from one moment to a later one."""
        return self.position(end) - self.position(start)

    def _extend(self, until: date) -> None:
        while self._day < until:
            if self._day not in self._holidays:
                for start, end in self._week[self._day.weekday()]:
                    self._add(start, end)
            self._day += timedelta(days=1)
        if not self._starts:
            # A desk without hours: nothing ever counts.
            self._starts, self._ends, self._before = [0], [0], [0]

    def _add(self, start: int, end: int) -> None:
        opens, closes = self._instant(start), self._instant(end)
        self._starts.append(opens)
        self._ends.append(closes)
        self._before.append(self._sum)
        self._sum += closes - opens

    def _instant(self, minutes: int) -> int:
        day = self._day + timedelta(days=minutes // 1440)
        clock = time(minutes % 1440 // 60, minutes % 60)
        return int(datetime.combine(day, clock, self._zone).timestamp())


Complain = Callable[[tuple[str | int, ...], str], object]
"""Takes a place below `hours` and what is wrong there."""
_INTERVAL = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)\Z")


def parse_hours(data: Any, complain: Complain) -> BusinessHours | None:
    """Read hours as people write them: `{zone: Europe/Berlin, mon-fri: "9:00-17:00", sat: [10:00-12:00, 13:00-14:00], holidays: [2026-12-25]}`.

    Returns None where something is wrong; everything that is wrong is complained of.
    """
    if not isinstance(data, dict):
        complain((), "hours are written {zone: Europe/Berlin, mon-fri: 9:00-17:00}")
        return None
    faults = 0

    def wrong(place: tuple[str | int, ...], text: str) -> None:
        nonlocal faults
        faults += 1
        complain(place, text)

    week: dict[str, list[tuple[int, int]]] = {}
    for name, value in data.items():
        if name in ("zone", "holidays"):
            continue
        days = _days(str(name))
        if not days:
            wrong(
                (name,),
                f"`{name}` is no day and no span of days; use mon, tue, wed, thu, fri, sat, sun, or mon-fri",
            )
            continue
        intervals = _intervals(value)
        if intervals is None:
            wrong((name,), f"`{value}` is no interval, as in 9:00-17:00, or a list of them in order")
            continue
        for day in days:
            if day in week:
                wrong((name,), f"{day} has hours already")
            week[day] = intervals
    if not any(week.values()) and not faults:
        wrong((), "no day has hours")
    holidays = set()
    for number, text in enumerate(data.get("holidays") or ()):
        try:
            holidays.add(date.fromisoformat(str(text)))
        except ValueError:
            wrong(("holidays", number), f"`{text}` is no day, as in 2026-12-25")
    if faults:
        return None
    try:
        return BusinessHours(str(data.get("zone") or "UTC"), week, holidays)
    except ConfigError as error:
        complain(("zone",), f"{error.message}. {error.remedy}")
        return None


def _days(name: str) -> tuple[str, ...]:
    first, dash, last = name.strip().lower().partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        return ()
    start = DAYS.index(first)
    end = DAYS.index(last) if dash else start
    return DAYS[start : end + 1] if start <= end else (*DAYS[start:], *DAYS[: end + 1])


def _intervals(value: Any) -> list[tuple[int, int]] | None:
    intervals: list[tuple[int, int]] = []
    for text in value if isinstance(value, list) else [value]:
        match = _INTERVAL.match(str(text).strip())
        if match is None:
            return None
        opens, closes = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4]))
        if (
            not opens < closes <= 1440
            or int(match[2]) > 59
            or int(match[4]) > 59
            or (intervals and opens < intervals[-1][1])
        ):
            return None
        intervals.append((opens, closes))
    return intervals
