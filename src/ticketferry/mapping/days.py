"""Days and moments: when a ticket is due, and in whose time zone that is a day."""

from typing import Any

from ticketferry.mapping.work import Setup, Work
from ticketferry.sdk.features import Feature
from ticketferry.sdk.values import at_noon, day_of, in_zone, is_day

__all__ = ["assumed", "due_value"]


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
    told = f"{setup.zone}, the time zone of the account that reads the old desk" if setup.zone else "UTC"
    work.findings.add(
        "F106",
        by,
        f"what is a day there was taken in {told}",
        "Name the desk's own time zone: `tz: Europe/Berlin` in the rule.",
    )
