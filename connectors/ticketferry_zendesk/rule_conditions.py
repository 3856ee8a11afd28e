"""Conditions of triggers, automations and SLA policies, worked out on a ticket: true, false, or not to be told from here.

Fields and operators as [DOC conditions-reference] names them. What is not known of a ticket, or of a condition, is None: a rule is then said to
fire at most so often.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

__all__ = ["UNKNOWN", "RuleMoment", "TicketFacts", "meets", "unknown_fields"]

UNKNOWN: Final = object()
"""A value that only the apply will tell."""
TicketFacts = Mapping[str, Any]
"""A ticket's own keys as the API has them, `custom_fields` by number; a key that is not there is not known."""

_ORDERS = {
    "status": ("new", "open", "pending", "hold", "solved", "closed"),
    "priority": ("low", "normal", "high", "urgent"),
}
_OWN = frozenset({
    "status", "priority", "type", "group_id", "assignee_id", "requester_id", "organization_id", "brand_id", "ticket_form_id", "custom_status_id",
})  # fmt: skip
_VIA = {"web": "0", "email": "4", "api": "5"}
"""Channel of a ticket -> number in conditions, of those that were seen [DOC via types]."""
_EMPTY = (None, "", False)


class RuleMoment(NamedTuple):
    """A ticket while rules look at it. `before`: as it was before the update, None for a new one; `public`: of the comment that comes, None
    where none does; `hours`: since something happened to it, for rules that run by the clock.
    """

    ticket: TicketFacts
    before: TicketFacts | None = None
    public: bool | None = None
    new: bool = False
    hours: Callable[[str], float | None] | None = None


def meets(conditions: Any, moment: RuleMoment) -> bool | None:
    """Tell whether a ticket meets all of `all` and one of `any`."""
    given = conditions if isinstance(conditions, dict) else {}
    some = _rows(given.get("any"))
    told = [_every(_meets(row, moment) for row in _rows(given.get("all")))]
    if some:
        told.append(_one(_meets(row, moment) for row in some))
    return _every(told)


def unknown_fields(conditions: Any, moment: RuleMoment) -> list[str]:
    """Name the fields of the conditions that cannot be told."""
    given = conditions if isinstance(conditions, dict) else {}
    rows = [*_rows(given.get("all")), *_rows(given.get("any"))]
    return list(dict.fromkeys(str(row.get("field")) for row in rows if _meets(row, moment) is None))


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _every(told: Iterable[bool | None]) -> bool | None:
    found = list(told)
    return False if False in found else None if None in found else True


def _one(told: Iterable[bool | None]) -> bool | None:
    found = list(told)
    return True if True in found else None if None in found else False


def _meets(row: Mapping[str, Any], moment: RuleMoment) -> bool | None:
    field, operator, wanted = str(row.get("field")), str(row.get("operator")), row.get("value")
    if field == "update_type":
        return (str(wanted).casefold() == "create") is moment.new
    if field == "comment_is_public":
        return _comment(moment.public, wanted)
    if field == "current_tags":
        return _tags(moment.ticket, operator, wanted)
    if field in ("via_id", "current_via_id"):
        return _channel(field, operator, wanted, moment)
    if field in _OWN or field.startswith("custom_fields_"):
        return _value(field, operator, wanted, moment)
    return _clock(field, operator, wanted, moment)


def _comment(public: bool | None, wanted: Any) -> bool | None:
    if public is None:
        return False
    if str(wanted) == "not_relevant":
        return True
    if str(wanted) == "requester_can_see_comment":
        return public
    return public is (str(wanted).casefold() == "true")


def _tags(ticket: TicketFacts, operator: str, wanted: Any) -> bool | None:
    tags = ticket.get("tags", UNKNOWN)
    if not isinstance(tags, list | tuple | set | frozenset):
        return None
    words = wanted if isinstance(wanted, list) else str(wanted or "").split()
    there = any(str(word).casefold() in {str(tag).casefold() for tag in tags} for word in words)
    return {"includes": there, "not_includes": not there}.get(operator)


def _channel(field: str, operator: str, wanted: Any, moment: RuleMoment) -> bool | None:
    via = moment.ticket.get("via")
    channel = via.get("channel") if isinstance(via, dict) else None
    number = "5" if field == "current_via_id" and not moment.new else _VIA.get(str(channel))
    if number is None or operator not in ("is", "is_not"):
        return None
    return (number == str(wanted)) is (operator == "is")


def _read(ticket: TicketFacts, field: str) -> Any:
    if not field.startswith("custom_fields_"):
        return ticket.get(field, UNKNOWN)
    values = ticket.get("custom_fields")
    number = field.removeprefix("custom_fields_")
    return values.get(number, UNKNOWN) if isinstance(values, dict) else UNKNOWN


def _value(field: str, operator: str, wanted: Any, moment: RuleMoment) -> bool | None:
    value = _read(moment.ticket, field)
    was = UNKNOWN if moment.before is None else _read(moment.before, field)
    if wanted == "requester_id":
        wanted = moment.ticket.get("requester_id", UNKNOWN)
    if wanted in ("current_user", "current_groups", "assignee_id") or wanted is UNKNOWN:
        return None
    match operator:
        case "is" | "is_not":
            return None if value is UNKNOWN else _same(value, wanted) is (operator == "is")
        case "includes" | "not_includes":
            listed = [str(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
            return None if value is UNKNOWN else (str(value) in listed) is (operator == "includes")
        case "less_than" | "greater_than":
            return _order(field, operator, value, wanted)
        case "present" | "not_present":
            return None if value is UNKNOWN else (value not in _EMPTY) is (operator == "present")
    return _change(operator, wanted, value, was, new=moment.new)


def _order(field: str, operator: str, value: Any, wanted: Any) -> bool | None:
    order = _ORDERS.get(field)
    if order is None or value is UNKNOWN or wanted not in order:
        return None
    if value not in order:
        return False
    here, there = order.index(str(value)), order.index(str(wanted))
    return here < there if operator == "less_than" else here > there


def _change(operator: str, wanted: Any, value: Any, was: Any, *, new: bool) -> bool | None:
    moved = True if new else None if UNKNOWN in (value, was) else not _same(value, was)
    if operator in ("changed", "not_changed"):
        return None if moved is None else moved is (operator == "changed")
    if operator in ("value", "not_value"):
        to = None if value is UNKNOWN else _same(value, wanted)
        told = _every((moved, to))
        return None if told is None else told is (operator == "value")
    if operator in ("value_previous", "not_value_previous"):
        old = False if new else None if was is UNKNOWN else _same(was, wanted)
        told = _every((moved, old))
        return None if told is None else told is (operator == "value_previous")
    return None


def _same(one: Any, other: Any) -> bool:
    return (one in _EMPTY and other in _EMPTY) or str(one).casefold() == str(other).casefold()


def _clock(field: str, operator: str, wanted: Any, moment: RuleMoment) -> bool | None:
    since = moment.hours(field) if moment.hours is not None else None
    try:
        bound = float(str(wanted))
    except ValueError:
        return None
    if since is None:
        return None
    return {"greater_than": since > bound, "less_than": since < bound, "is": int(since) == int(bound)}.get(
        operator
    )
