"""Checks before anything is written: whether triggers or automations would tell anybody, and what the desk does by itself."""

from collections.abc import Iterator, Sequence
from typing import Any

from ticketferry.sdk import Finding, RejectedError, Severity
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.endpoints import GUARD_AUTOMATIONS, GUARD_OPEN_TICKETS, GUARD_TRIGGERS, GUARDS
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.wire import Row

__all__ = ["check", "reaches_open", "sla_clocks"]

_LOUD = (
    "notification_",
    "notify",
    "tweet",
    "satisfaction_score",
    "deflection",
    "sms",
    "webhook",
    "side_conversation",
    "cc",
    "share_ticket",
)
"""How the fields of actions begin that tell somebody, inside or outside [DOC actions reference]; in doubt one does."""
_REMEDY = {guard.code: guard.remedy for guard in GUARDS}


def check(client: ZendeskClient, options: ZendeskOptions) -> Iterator[Finding]:
    """Yield a finding for each guard that is read: INFO when it holds, BLOCKER when not; and what the desk will do by itself."""
    where = options.where()
    for code, path, key in (
        (GUARD_TRIGGERS, "/triggers", "triggers"),
        (GUARD_AUTOMATIONS, "/automations", "automations"),
    ):
        codes = [code, GUARD_OPEN_TICKETS] if code == GUARD_AUTOMATIONS else [code]
        try:
            rows = [row for row in client.every(path, key, endpoint=f"setup.{key}") if row.get("active")]
        except RejectedError as error:
            message = f"the {key} cannot be read ({error.message})"
            for one in codes:
                yield Finding(one, Severity.BLOCKER, None, where, message, "Use the credentials of an admin.")
            continue
        loud = [row for row in rows if _tells(row)]
        yield _guard(
            code, where, loud, f"active {key} tell people of updates (imports run none)", len(rows), key
        )
        if code == GUARD_AUTOMATIONS:
            reaching = [row for row in loud if reaches_open(row)]
            said = (
                "active automations tell people of tickets that are not closed, every hour, imported ones too"
            )
            yield _guard(GUARD_OPEN_TICKETS, where, reaching, said, len(rows), key)
            yield from _acting([row for row in rows if row not in loud and reaches_open(row)], where)


def _guard(code: str, where: str, loud: Sequence[Row], said: str, count: int, key: str) -> Finding:
    if loud:
        message = f"{len(loud)} {said}: {_names(loud)}"
        return Finding(code, Severity.BLOCKER, None, where, message, _REMEDY[code], len(loud))
    return Finding(code, Severity.INFO, None, where, f"none of {count} active {key} tells anybody")


def _acting(rows: Sequence[Row], where: str) -> Iterator[Finding]:
    """Tell of automations that change tickets that are not closed: a delta and `verify` would see it as somebody's edit."""
    if rows:
        message = f"{len(rows)} active automations change tickets that are not closed, imported ones too: {_names(rows)}"
        remedy = "Switch them off until the migration is verified, or expect what they change in `verify`."
        yield Finding("ZD-AUTOMATION-001", Severity.DOUBT, None, where, message, remedy, len(rows))


def sla_clocks(client: ZendeskClient, options: ZendeskOptions) -> Iterator[Finding]:
    """Tell of SLA policies: an import starts no clock, the first later update does, counted from the ticket's own times [DOC ticket_import]."""
    where = options.where()
    try:
        rows = list(client.every("/slas/policies", "sla_policies", endpoint="setup.sla_policies"))
    except RejectedError:
        return
    if rows:
        message = f"{len(rows)} SLA policies begin with the first update of an imported ticket, back-dated ones in breach: {_names(rows)}"
        remedy = "Give each policy a condition that leaves imported tickets out, or expect their breaches in reports."
        yield Finding("ZD-SLA-001", Severity.DOUBT, None, where, message, remedy, len(rows))


def _names(rows: Sequence[Row]) -> str:
    names = [str(row.get("title") or row.get("id")) for row in rows[:4]]
    return ", ".join(names) + (" …" if len(rows) > 4 else "")


def _tells(row: Row) -> bool:
    actions: Any = row.get("actions")
    fields = [str(action.get("field")) for action in actions or () if isinstance(action, dict)]
    return any(field.startswith(_LOUD) for field in fields)


def reaches_open(row: Row) -> bool:
    """Tell whether an automation can take a ticket that is not closed: one of its conditions that must all hold says otherwise.

    What else it asks for (tags, groups, hours) may hold for a migrated ticket now or later: in doubt it reaches.
    Conditions: `{field, operator, value}` under `all` and `any` [DOC conditions reference].
    """
    conditions: Any = row.get("conditions")
    needed = (conditions or {}).get("all") or () if isinstance(conditions, dict) else ()
    return not any(isinstance(one, dict) and _only_closed(one) for one in needed)


def _only_closed(condition: Row) -> bool:
    field, operator, value = (str(condition.get(key)) for key in ("field", "operator", "value"))
    if field == "CLOSED":
        return True
    return field == "status" and (
        (operator == "is" and value == "closed") or (operator == "greater_than" and value == "solved")
    )
