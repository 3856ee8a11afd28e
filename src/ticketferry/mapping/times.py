"""Times that a desk would refuse: of the future, without a zone, or none at all."""

from datetime import datetime
from typing import Any

from ticketferry.mapping.work import Setup, Work
from ticketferry.sdk.values import MisfitError, moment_of

__all__ = ["clamped", "is_possible"]


def is_possible(setup: Setup, work: Work, key: str, value: Any) -> bool:
    """Tell whether a ticket's time can be imported; one that cannot is told, and is to be kept beside."""
    try:
        if moment_of(value) <= setup.now:
            return True
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
        if moment_of(value) <= setup.now:
            return None
        message = "a time in the future: the ticket's last change stands for it"
    except MisfitError as error:
        message = f"{error}: the ticket's last change stands for it"
    work.findings.add("F107", "comments", message, "The header of the comment shows the time as it was.")
    last = work.case.get("updated")
    try:
        return str(last) if moment_of(last) <= setup.now else _text(setup.now)
    except MisfitError:
        return _text(setup.now)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
