"""How often the account's triggers would fire on planned updates, worked out as Zendesk does it: in their order, each at most once an update, and
from the first again where one changed the ticket [support 4408822236058].
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from ticketferry.sdk import Kind, Operation
from ticketferry.sdk.preflight import PlannedLane
from ticketferry_zendesk.rule_conditions import UNKNOWN, RuleMoment, meets, unknown_fields
from ticketferry_zendesk.wire import Row

__all__ = ["REACTING", "RuleFirings", "act", "facts_of", "in_order", "predict", "updated", "updates_of"]

REACTING = frozenset({"comment.add", "ticket.update"})
"""Writes that run triggers. Imports run none [DOC ticket_import], closed tickets neither [support 4408822236058]."""
_TAGS = {"set_tags", "current_tags", "remove_tags"}
_SET = frozenset(
    {
        "status",
        "priority",
        "type",
        "group_id",
        "assignee_id",
        "brand_id",
        "ticket_form_id",
        "custom_status_id",
    }
)
_LEFT = frozenset({"pending", "hold", "solved"})
_MOVED = ("subject", *sorted(_SET), "requester_id", "organization_id")


@dataclass(slots=True)
class RuleFirings:
    """One rule: `sure` times at least, `most` at most; `because`: the fields of its conditions that cannot be told."""

    rule: Row
    sure: int = 0
    most: int = 0
    because: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """Return what people call it."""
        return str(self.rule.get("title") or self.rule.get("id"))


@dataclass(slots=True)
class TicketUpdate:
    """One update: the ticket before and after it, and whether its comment is public (None: it has none)."""

    before: dict[str, Any]
    after: dict[str, Any]
    public: bool | None
    reopened: bool = False


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Return active rules in the order in which they run."""
    return sorted((row for row in rows if row.get("active")), key=lambda row: row.get("position") or 0)


def predict(
    rules: Sequence[Row], lanes: Iterable[PlannedLane], is_customer: Callable[[Any], bool | None]
) -> tuple[list[RuleFirings], int]:
    """Return what each rule does on the updates of some lanes, and how many updates there are.

    `is_customer`: of the number of an account; None where it is not known.
    """
    found = [RuleFirings(rule) for rule in rules]
    count = 0
    for lane in lanes:
        ticket = next(
            (facts_of(cast("Row", body)) for ref, body in lane.wires if ref.kind is Kind.TICKET), None
        )
        for operation in lane.operations:
            if operation.endpoint not in REACTING:
                continue
            ticket = ticket if ticket is not None else {}
            update = updated(ticket, operation, is_customer)
            if ticket.get("status") == "closed":
                continue
            count += 1
            _fire(found, update)
            ticket = update.after
    return found, count


def updates_of(lane: PlannedLane, is_customer: Callable[[Any], bool | None]) -> Iterator[TicketUpdate]:
    """Yield the updates of one lane without what triggers do to them."""
    ticket = next((facts_of(cast("Row", body)) for ref, body in lane.wires if ref.kind is Kind.TICKET), {})
    for operation in lane.operations:
        if operation.endpoint in REACTING:
            update = updated(ticket, operation, is_customer)
            yield update
            ticket = update.after


def facts_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ticket, or the body of an import, with custom fields by their numbers; what is symbolic is not known."""
    facts = {
        key: value if _plain(value) else UNKNOWN
        for key, value in row.items()
        if key not in ("custom_fields", "fields")
    }
    rows = row.get("custom_fields")
    if isinstance(rows, list):
        facts["custom_fields"] = {
            str(one["id"]): one.get("value") if _plain(one.get("value")) else UNKNOWN
            for one in rows
            if isinstance(one, dict) and _plain(one.get("id"))
        }
    return facts


def _plain(value: Any) -> bool:
    """Tell whether a value is known. Symbolic ones are tuples of the plan."""
    if isinstance(value, list):
        return all(_plain(one) for one in value)
    return not isinstance(value, tuple)


def updated(
    ticket: dict[str, Any], operation: Operation, is_customer: Callable[[Any], bool | None]
) -> TicketUpdate:
    """Apply what an update says, and what Zendesk does by itself with it [support 4408894213018]."""
    body = operation.body if isinstance(operation.body, dict) else {}
    sent = facts_of(cast("Row", body.get("ticket") or {}))
    after = {**ticket, **{key: sent[key] for key in (*_MOVED, "tags") if key in sent}}
    if "custom_fields" in sent:
        after["custom_fields"] = {**(ticket.get("custom_fields") or {}), **sent["custom_fields"]}
    if sent.get("status") == "new" and ticket.get("status") not in ("new", UNKNOWN):
        after["status"] = ticket.get("status", UNKNOWN)
    if "status" in sent and "custom_status_id" not in sent:
        after["custom_status_id"] = UNKNOWN
    if after.get("status") == "new" and after.get("assignee_id") not in (None, UNKNOWN):
        after |= {"status": "open", "custom_status_id": UNKNOWN}
    comment = sent.get("comment")
    public, reopened = None, False
    if isinstance(comment, dict):
        public = comment.get("public") is not False
        if "status" not in sent and ticket.get("status") in _LEFT:
            # Without an author it is ours: the account that writes is an agent.
            customer = is_customer(comment["author_id"]) if "author_id" in comment else False
            reopened = customer is not False
            if customer is None:
                after["status"] = UNKNOWN
            elif customer:
                after |= {"status": "open", "custom_status_id": UNKNOWN}
    return TicketUpdate(ticket, after, public, reopened)


def _fire(rules: Sequence[RuleFirings], update: TicketUpdate) -> None:
    fired: set[int] = set()
    doubted: set[int] = set()
    again = True
    while again:
        again = False
        for number, one in enumerate(rules):
            if number in fired:
                continue
            moment = RuleMoment(update.after, update.before, update.public)
            told = meets(one.rule.get("conditions"), moment)
            if told is False or (told is None and number in doubted):
                continue
            if told is None:
                doubted.add(number)
                one.most += 1
                one.because.update(unknown_fields(one.rule.get("conditions"), moment))
            else:
                fired.add(number)
                one.sure += 1
                one.most += number not in doubted
            if act(one.rule, update.after, sure=told is True):
                again = True
                break


def act(rule: Row, ticket: dict[str, Any], *, sure: bool) -> bool:
    """Do to a ticket what a rule does; what it does perhaps is not known afterwards. Tell whether anything changed."""
    changed = False
    for action in rule.get("actions") or ():
        if not isinstance(action, dict):
            continue
        key, value = str(action.get("field")), action.get("value")
        place = "tags" if key in _TAGS else key
        if key in _TAGS:
            wanted: Any = _retagged(ticket.get("tags", UNKNOWN), key, str(value or "").split())
        elif key in _SET:
            wanted = (
                UNKNOWN
                if value in ("current_user", "current_groups", "requester_id")
                else _number(key, value)
            )
        elif key.startswith("custom_fields_"):
            fields = dict(ticket.get("custom_fields") or {})
            number = key.removeprefix("custom_fields_")
            if fields.get(number) != value:
                fields[number] = value if sure else UNKNOWN
                ticket["custom_fields"] = fields
                changed = True
            continue
        else:
            continue
        if wanted is not UNKNOWN and wanted == ticket.get(place, UNKNOWN):
            continue
        if ticket.get(place) is UNKNOWN and not sure:
            continue
        ticket[place] = wanted if sure else UNKNOWN
        changed = True
    return changed


def _number(key: str, value: Any) -> Any:
    if not key.endswith("_id"):
        return value
    text = str(value or "")
    return int(text) if text.isdigit() else None if not text else UNKNOWN


def _retagged(tags: Any, key: str, words: list[str]) -> Any:
    if not isinstance(tags, list):
        return words if key == "set_tags" else UNKNOWN
    if key == "set_tags":
        return sorted(words)
    if key == "remove_tags":
        return [tag for tag in tags if tag not in words]
    return tags if set(words) <= set(tags) else [*tags, *(word for word in words if word not in tags)]
