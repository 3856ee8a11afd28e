"""Days and moments: in whose time zone a day is one, when a ticket is due, and times that a desk would refuse."""

from datetime import datetime
from typing import Any

from ticketferry.mapping.work import Setup, Work
from ticketferry.sdk.features import Feature
from ticketferry.sdk.values import MisfitError, at_noon, day_of, in_zone, is_day, moment_of

__all__ = ["assumed", "clamped", "due_value", "is_possible"]


def due_value(
    setup: Setup, work: Work, by: str, value: Any, zone: str | None, *, as_day: bool = False
) -> Any:
    """Return when a ticket is due as the target takes it: the day in the desk's time zone, or noon of a day there.

    A moment for a target of days keeps its time, written in that zone: the day is what stands first; `as_day`: without the time.
    Raises MisfitError.
    """
    day = is_day(value)
    takes_days = setup.has(Feature.DUE_DAY)
    if takes_days is day:
        return day_of(value) if day else in_zone(value, "UTC")
    if not zone:
        assumed(setup, work, by)
    where = zone or setup.zone
    if day:
        return at_noon(value, where)
    return day_of(value, where) if as_day else in_zone(value, where)


def assumed(setup: Setup, work: Work, by: str) -> None:
    """Tell which time zone was taken for one that no rule names."""
    zone_shown = (
        f"{setup.zone}, the time zone of the account that reads the old desk" if setup.zone else "UTC"
    )
    work.findings.add(
        "F106",
        by,
        f"what is a day there was taken in {zone_shown}",
        "Name the desk's own time zone: `tz: Europe/Berlin` in the rule.",
    )


def is_possible(setup: Setup, work: Work, key: str, value: Any) -> bool:
    """Tell whether a ticket's time can be imported; one that cannot is told, and is to be kept beside."""
    try:
        moment = moment_of(value)
        if moment <= setup.now:
            return True
        setup.lookups.holds_until(moment)
        message = f"{key}: `{value}` is in the future"
    except MisfitError as error:
        message = f"{key}: {error}"
    work.findings.add("F107", key, message, "It stands beside; mend it in the old desk where it matters.")
    return False


def clamped(setup: Setup, work: Work, value: Any) -> str | None:
    """Return the time that a comment gets instead of one that no desk takes; None where its own is possible.

    It is the time of the ticket's last change, which is the same in each plan; where that is none either, the snapshot's.
    """
    try:
        moment = moment_of(value)
        if moment <= setup.now:
            return None
        setup.lookups.holds_until(moment)
        message = "a time in the future: the ticket's last change stands for it"
    except MisfitError as error:
        message = f"{error}: the ticket's last change stands for it"
    work.findings.add("F107", "comments", message, "The header of the comment shows the time as it was.")
    last = work.case.get("updated")
    try:
        if moment_of(last) <= setup.now:
            return str(last)
    except MisfitError:
        pass
    setup.lookups.holds_until(setup.now)
    return _text(setup.now)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
