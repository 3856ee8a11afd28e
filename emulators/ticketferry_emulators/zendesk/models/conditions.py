"""Conditions of triggers and automations, as a ticket meets them or not [DOC conditions-reference]."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["TicketMoment", "meets"]

_STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
_PRIORITIES = ("low", "normal", "high", "urgent")
_ORDERED = {"status": _STATUSES, "priority": _PRIORITIES}
_PLAIN = frozenset({
    "status", "priority", "type", "group_id", "assignee_id", "requester_id", "organization_id", "brand_id",
    "ticket_form_id", "custom_status_id",
})  # fmt: skip
_CHANNELS = {"web": "0", "email": "4", "api": "5"}


class TicketMoment(NamedTuple):
    """A ticket while rules look at it. `before`: as it was before the update, None for a new one; `hours`: since something happened to it,
    for automations alone.
    """

    ticket: WireRecord
    before: WireRecord | None
    comment: WireRecord | None
    caller: int
    hours: Callable[[str], float | None] | None = None


def meets(conditions: WireRecord, moment: TicketMoment) -> bool:
    """Tell whether a ticket meets all of `all` and one of `any`. Raises ValueError for what this stand-in does not know."""
    every, some = conditions.get("all") or [], conditions.get("any") or []
    return all(_meets(one, moment) for one in every) and (
        not some or any(_meets(one, moment) for one in some)
    )


def _meets(condition: WireRecord, moment: TicketMoment) -> bool:
    field, operator, wanted = str(condition["field"]), str(condition["operator"]), condition.get("value")
    ticket, before = moment.ticket, moment.before
    if field in _PLAIN:
        return _compare(
            field, operator, _word(wanted, moment), ticket[field], before and before[field], before is None
        )
    if field.startswith("custom_fields_"):
        number = int(field.removeprefix("custom_fields_"))
        was = None if before is None else _custom(before, number)
        return _compare(field, operator, wanted, _custom(ticket, number), was, before is None)
    if field == "current_tags":
        there = set(str(wanted).split()) & set(ticket["tags"])
        return bool(there) if operator == "includes" else not there
    if field == "update_type":
        return (str(wanted) == "Create") == (before is None)
    if field == "comment_is_public":
        return _public(moment.comment, wanted)
    if field in ("via_id", "current_via_id"):
        channel = "api" if field == "current_via_id" and before is not None else str(ticket["via"]["channel"])
        return (_CHANNELS.get(channel) == str(wanted)) == (operator == "is")
    if moment.hours is not None:
        since = moment.hours(field)
        if since is None:
            return False
        bound = float(str(wanted))
        return {"greater_than": since > bound, "less_than": since < bound, "is": int(since) == int(bound)}[
            operator
        ]
    raise ValueError(f"this stand-in knows no condition on {field!r}")


def _public(comment: WireRecord | None, wanted: object) -> bool:
    if comment is None:
        return False
    if wanted == "not_relevant":
        return True
    return bool(comment["public"]) == (str(wanted) in ("true", "requester_can_see_comment"))


def _word(wanted: object, moment: TicketMoment) -> object:
    if wanted == "current_user":
        return moment.caller
    return moment.ticket["requester_id"] if wanted == "requester_id" else wanted


def _custom(ticket: WireRecord, number: int) -> object:
    return next((row["value"] for row in ticket["custom_fields"] if row["id"] == number), None)


def _same(one: object, other: object) -> bool:
    empty = (None, "", False)
    return (one in empty and other in empty) or str(one).casefold() == str(other).casefold()


def _compare(field: str, operator: str, wanted: object, value: object, was: object, fresh: bool) -> bool:
    moved = fresh or not _same(value, was)
    match operator:
        case "is" | "is_not":
            return _same(value, wanted) == (operator == "is")
        case "includes" | "not_includes":
            listed = [str(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
            return (str(value) in listed) == (operator == "includes")
        case "less_than" | "greater_than":
            order = _ORDERED[field]
            if value not in order or wanted not in order:
                return False
            here, there = order.index(str(value)), order.index(str(wanted))
            return here < there if operator == "less_than" else here > there
        case "changed" | "not_changed":
            return moved == (operator == "changed")
        case "value" | "not_value":
            return (moved and _same(value, wanted)) == (operator == "value")
        case "value_previous" | "not_value_previous":
            return (not fresh and moved and _same(was, wanted)) == (operator == "value_previous")
        case "present" | "not_present":
            return (value not in (None, "", False)) == (operator == "present")
    raise ValueError(f"this stand-in knows no operator {operator!r}")
