"""What an account does every hour by itself: automations look at all tickets that are not closed, whatever made them.

Conditions and actions are those of Zendesk's reference ("Ticket conditions", "Ticket actions"): status, priority, type, tags, group and
the hours since a status began. Only actions that tell somebody are played, others are counted, and only imported tickets are looked at:
what becomes of those that were there before is the desk's own business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .mail import Mail
from .sample.case import Case
from .sample.dice import WireRecord, unix

if TYPE_CHECKING:
    from .state import DeskState

__all__ = ["work"]

_HOUR = 3_600
_MOST_HOURS = 24 * 40
"""A clock that leaps further is looked at for its last hours only."""
_ORDER = ("new", "open", "pending", "hold", "solved", "closed")
_SINCE = {"NEW": "new", "OPEN": "open", "PENDING": "pending", "HOLD": "hold", "SOLVED": "solved"}


def work(state: DeskState, now: float) -> None:
    """Run the hours that have passed since the last time."""
    due = int((now - state.automations_at) // _HOUR)
    if due <= 0:
        return
    start = state.automations_at
    state.automations_at = start + due * _HOUR
    rules = [row for row in state.lists.get("automations", {}).values() if row["active"]]
    if not rules:
        return
    numbers = [one for one in state.imported_at if state.heads[one].status not in ("closed", "deleted")]
    for hour in range(max(1, due - _MOST_HOURS), due + 1):
        for number in numbers:
            case = state.case(number)
            for rule in rules:
                if _meets(state, case, rule["conditions"], start + hour * _HOUR):
                    _act(state, case, rule, start + hour * _HOUR)


def _meets(state: DeskState, case: Case, conditions: WireRecord, now: float) -> bool:
    some = conditions.get("any") or []
    return all(_holds(state, case, one, now) for one in conditions.get("all") or []) and (
        not some or any(_holds(state, case, one, now) for one in some)
    )


def _holds(state: DeskState, case: Case, condition: WireRecord, now: float) -> bool:
    ticket, field, operator = case.ticket, str(condition["field"]), str(condition["operator"])
    value = str(condition.get("value"))
    if field in _SINCE:
        hours = int((now - _status_since(state, case)) // _HOUR)
        return ticket["status"] == _SINCE[field] and _compare(hours, operator, int(float(value)))
    if field == "status":
        return _compare(_ORDER.index(ticket["status"]), operator, _ORDER.index(value))
    if field == "current_tags":
        shares = not set(value.split()).isdisjoint(ticket["tags"])
        return shares if operator == "includes" else not shares
    if field in ("priority", "type", "group_id", "brand_id"):
        same = str(ticket[field]) == value
        return same if operator == "is" else not same
    raise NotImplementedError(f"this stand-in has no condition {field!r} of automations")


def _compare(have: int, operator: str, wanted: int) -> bool:
    if operator == "is":
        return have == wanted
    if operator == "is_not":
        return have != wanted
    return have > wanted if operator == "greater_than" else have < wanted


def _status_since(state: DeskState, case: Case) -> float:
    """Return since when a ticket has its status: for an imported one since the import, until somebody changes it."""
    begun = state.imported_at.get(case.ticket["id"], float(unix(case.ticket["created_at"])))
    changes = [
        float(unix(audit["created_at"]))
        for audit in case.audits
        for event in audit["events"]
        if event["type"] == "Change" and event.get("field_name") == "status"
    ]
    return max([begun, *changes])


def _act(state: DeskState, case: Case, rule: WireRecord, now: float) -> None:
    state.firings[rule["title"]] += 1
    for action in rule["actions"]:
        if action["field"] not in ("notification_user", "notification_sms_user"):
            continue
        to = action["value"][0] if isinstance(action["value"], list) else action["value"]
        person = state.lists["users"].get(
            case.ticket["requester_id" if to == "requester_id" else "assignee_id"] or 0
        )
        if person is not None and person["email"] and person["active"]:
            state.mails.append(Mail(now, "automation", person["email"], case.ticket["id"]))
