"""`windows:` of migration.yaml: when writes may happen, in weekly spans of a time zone, without the times that are blacked out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock_time
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ticketferry.mapping.yaml_document import Document

__all__ = ["MARGIN", "OpenSpan", "WindowFit", "WriteWindows", "read_windows"]

MARGIN = timedelta(seconds=60)
"""So long before its end a window begins no write any more: what is under way then ends within it."""
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK = 7 * 24 * 60
_AHEAD = 370
"""Days within which the next window is looked for."""
_POINT = re.compile(r"(?P<day>[a-z]{3})[a-z]*\s+(?P<hour>\d{1,2}):(?P<minute>\d\d)", re.IGNORECASE)
_WRITTEN = "{zone: Europe/Berlin, open: [Fri 18:00 - Mon 06:00], blackout: [2026-12-24 - 2026-12-26]}"


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """A time in which writes may happen, in UTC; `end` excluded."""

    begin: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        """Return how long it is."""
        return (self.end - self.begin).total_seconds()


@dataclass(frozen=True, slots=True)
class WindowFit:
    """How a piece of work goes into the windows. `first`: the open one, or the next, from now on; `count`: so many are needed; `end`: when it
    is done, None where it does not fit into those of a year.
    """

    first: OpenSpan | None
    open_now: bool
    count: int
    end: datetime | None


@dataclass(frozen=True, slots=True)
class WriteWindows:
    """Weekly spans as minutes since Monday 00:00 of the zone's wall clock (one that ends on Monday ends beyond a week), and blackouts."""

    zone: tzinfo
    weekly: tuple[tuple[int, int], ...]
    blackout: tuple[tuple[datetime, datetime], ...] = ()

    def current(self, at: datetime) -> OpenSpan | None:
        """Return the whole of the window that a moment is in; None outside of all."""
        spans = self._spans(at.astimezone(self.zone).date(), 9)
        return next((span for span in spans if span.begin <= at < span.end), None)

    def from_now(self, at: datetime) -> Iterator[OpenSpan]:
        """Yield what is left of the window that is open, and those that come within a year."""
        for span in self._spans(at.astimezone(self.zone).date(), _AHEAD):
            if span.end > at:
                yield OpenSpan(max(span.begin, at.astimezone(UTC)), span.end)

    def shown(self, at: datetime) -> str:
        """Return a moment as the zone's clock shows it: `Mon 7 Dec 06:00`."""
        here = at.astimezone(self.zone)
        return f"{here:%a} {here.day} {here:%b %H:%M}"

    def told(self, at: datetime) -> str:
        """Say whether a window is open at a moment: `window ends Mon 7 Dec 06:00`, or when the next begins."""
        here = self.current(at)
        if here is not None:
            return f"window ends {self.shown(here.end)}"
        upcoming = next(self.from_now(at), None)
        return f"window opens {self.shown(upcoming.begin)}" if upcoming else "no window within a year"

    def fit(self, at: datetime, seconds: float) -> WindowFit:
        """Say how work of so many seconds goes into the windows from a moment on; each ends its work a margin before its end."""
        first, count, left = None, 0, seconds
        for span in self.from_now(at):
            first = first or span
            count += 1
            usable = max(0.0, span.seconds - MARGIN.total_seconds())
            if left <= usable:
                return WindowFit(first, first.begin <= at, count, span.begin + timedelta(seconds=left))
            left -= usable
        return WindowFit(first, first is not None and first.begin <= at, count, None)

    def _spans(self, day: date, days: int) -> Iterator[OpenSpan]:
        """Yield the open spans of the weeks around some days, joined and without the blackouts, in order."""
        monday = day - timedelta(days=day.weekday() + 7)
        raw = [
            OpenSpan(self._at(monday, week * _WEEK + begin), self._at(monday, week * _WEEK + end))
            for week in range(days // 7 + 3)
            for begin, end in self.weekly
        ]
        joined: list[OpenSpan] = []
        for span in sorted(raw, key=lambda one: one.begin):
            if joined and span.begin <= joined[-1].end:
                joined[-1] = OpenSpan(joined[-1].begin, max(joined[-1].end, span.end))
            else:
                joined.append(span)
        for span in joined:
            yield from self._without(span)

    def _without(self, span: OpenSpan) -> Iterator[OpenSpan]:
        begin = span.begin
        for dark, light in self.blackout:
            if dark < span.end and light > begin:
                if dark > begin:
                    yield OpenSpan(begin, dark)
                begin = light
        if begin < span.end:
            yield OpenSpan(begin, span.end)

    def _at(self, monday: date, minutes: int) -> datetime:
        """Return a minute of the zone's wall clock in UTC: over a change of the clock the wall clock counts, as people read it."""
        return (datetime.combine(monday, clock_time(), self.zone) + timedelta(minutes=minutes)).astimezone(
            UTC
        )


def read_windows(data: Any, place: tuple[str, ...], document: Document) -> WriteWindows | None:
    """Read `windows:`; None where there are none. What is wrong is noted in the document under `place`."""
    if data is None:
        return None
    if not isinstance(data, Mapping):
        document.complain(place, f"`windows` is written {_WRITTEN}")
        return None
    for name in data:
        if name not in ("zone", "open", "blackout"):
            near = get_close_matches(str(name), ("zone", "open", "blackout"), n=1)
            document.complain(
                (*place, name),
                f"unknown key `{name}`"
                + (f"; did you mean `{near[0]}`?" if near else "; there are zone, open, blackout"),
            )
    zone = _zone(data.get("zone"), place, document)
    weekly = [_weekly(text, (*place, "open"), document) for text in _texts(data.get("open"))]
    dark = [_blackout(text, zone, (*place, "blackout"), document) for text in _texts(data.get("blackout"))]
    if not weekly:
        document.complain(place, "`windows` says when writes may happen: open: [Fri 18:00 - Mon 06:00]")
    return WriteWindows(
        zone,
        tuple(sorted(span for span in weekly if span is not None)),
        tuple(sorted(span for span in dark if span is not None)),
    )


def _texts(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list) else [value]


def _zone(value: Any, place: tuple[str, ...], document: Document) -> tzinfo:
    if not isinstance(value, str):
        document.complain((*place, "zone"), "`windows.zone` is wanted: an IANA name, as Europe/Berlin or UTC")
        return UTC
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        document.complain(
            (*place, "zone"), f"there is no time zone `{value}`: write an IANA name, as Europe/Berlin or UTC"
        )
        return UTC


def _weekly(text: Any, place: tuple[str, ...], document: Document) -> tuple[int, int] | None:
    points = [_minute(part.strip()) for part in str(text).replace("\u2013", "-").split("-")]
    if len(points) != 2 or None in points:
        document.complain(place, f"`{text}` is no weekly span: it is written Fri 18:00 - Mon 06:00")
        return None
    begin, end = points
    assert begin is not None
    assert end is not None
    return begin, end if end > begin else end + _WEEK


def _minute(text: str) -> int | None:
    """Read `Fri 18:00`, up to `Sun 24:00`, as minutes since Monday."""
    match = _POINT.fullmatch(text)
    if match is None or match["day"].lower() not in _DAYS:
        return None
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    return _DAYS.index(match["day"].lower()) * 24 * 60 + hour * 60 + minute


def _blackout(
    text: Any, zone: tzinfo, place: tuple[str, ...], document: Document
) -> tuple[datetime, datetime] | None:
    """Read `2026-12-24`, `2026-12-24 - 2026-12-26` (whole days) or `2026-11-27 08:00 - 2026-11-27 20:00`."""
    parts = [part.strip() for part in re.split(r"\s+[-\u2013]\s+", str(text))]
    moments = [_moment(part, zone) for part in parts]
    if len(parts) > 2 or any(moment is None for moment in moments):
        document.complain(
            place,
            f"`{text}` is no span: it is written 2026-12-24 - 2026-12-26, or with times 2026-12-24 08:00",
        )
        return None
    begin, end = moments[0], moments[-1]
    assert begin is not None
    assert end is not None
    if len(parts[-1]) <= len("2026-12-24"):
        end += timedelta(days=1)  # a day without a time is blacked out to its end
    if end <= begin:
        document.complain(place, f"`{text}` ends before it begins")
        return None
    return begin.astimezone(UTC), end.astimezone(UTC)


def _moment(text: str, zone: tzinfo) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        return None
