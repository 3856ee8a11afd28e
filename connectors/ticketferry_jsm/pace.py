"""How fast one issue may be written: 20 writes in 2 seconds and 100 in 30 [rate-limiting page]; replaying a long thread meets both."""

from ticketferry.sdk import Clock
from ticketferry.sdk.rest.record_pace import RecordPace

__all__ = ["BURST_RATES", "GROUPS", "issue_pace"]

_WINDOWS = ((19, 2.0), (98, 30.0))
"""One and two less than allowed: a request that we count now may arrive in the next window."""

BURST_RATES = {
    "read": 100.0,
    "issue.read": 150.0,
    "changelog": 200.0,
    "content": 300.0,
    "desk.customers": 5.0,
    "search": 100.0,
    "catalog": 100.0,
    "user": 50.0,
    "organization": 50.0,
    "desk": 50.0,
    "customer": 100.0,
    "issue.create": 100.0,
    "issue.edit": 50.0,
    "attachment": 100.0,
    "comment": 100.0,
    "comment.edit": 50.0,
    "comment.property": 50.0,
    "worklog": 100.0,
    "transition": 100.0,
    "link": 100.0,
    "issue.property": 50.0,
    "comment.delete": 50.0,
    "worklog.delete": 50.0,
    "attachment.delete": 50.0,
    "bulk": 100.0,
}
"""Requests a second by group: 100 for GET and POST, 50 for PUT and DELETE, and the endpoints with values of their own."""
GROUPS = tuple(BURST_RATES)


def issue_pace(clock: Clock) -> RecordPace:
    """Return what holds back the writes of one issue."""
    return RecordPace(clock, _WINDOWS, "Jira takes no more writes of one issue so quickly")
