"""How fast one account may be edited: five updates a minute for each user and each organization [DOC rate limits]."""

from ticketferry.sdk import Clock
from ticketferry.sdk.rest.record_pace import RecordPace

__all__ = ["PLANNED", "RATES", "user_pace"]

RATES = {"user": 1.0, "user.create": 1.0}
"""Requests a second by group: single writes of users are limited to one a second in the whole account."""
PLANNED = {**RATES, "ticket": 100 / 60}
"""What a plan reckons with: updates of tickets too, 100 a minute in an account; answers tell those that have more [DOC rate limits]."""
_EDITS = ((5, 60.0),)


def user_pace(clock: Clock) -> RecordPace:
    """Return what holds back the edits of one user or organization."""
    return RecordPace(clock, _EDITS, "Zendesk takes five edits of one user a minute")
