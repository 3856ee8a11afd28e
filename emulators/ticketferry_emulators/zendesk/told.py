"""A stand-in of an account that somebody has read: `rebuilt`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zlib import crc32

from ticketferry_emulators.kit.clock import EmulatorClock
from ticketferry_emulators.kit.told import Assumed, ToldDesk
from ticketferry_emulators.zendesk.app import ZendeskEmulator
from ticketferry_emulators.zendesk.limits import PLANS
from ticketferry_emulators.zendesk.oauth import API_TOKEN
from ticketferry_emulators.zendesk.seed.told import desk_of

__all__ = ["rebuilt", "work_on"]

_PLAN = "professional"


def rebuilt(told: ToldDesk, clock: EmulatorClock, assumed: Assumed) -> tuple[ZendeskEmulator, dict[str, Any]]:
    """Return the stand-in, not served yet, and the connector's options that reach it, but for its address.

    Fact `rate`: requests a minute that the account allows. Raises ValueError for a desk without an active administrator, since nobody
    could sign in.
    """
    rate = int(told.facts.get("rate") or 0)
    plan = next((name for name, allowed in PLANS.items() if allowed == rate), None)
    if plan is None:
        plan = _PLAN
        assumed.note(
            f"how much the account allows was never told: {PLANS[plan]} requests a minute, as the plan {plan.title()} does"
        )
    options = told.facts.get("options") or {}
    bulk = str(options.get("bulk_users", "false")).lower() == "true"
    if bulk:
        assumed.note("that the account may make users in bulk is believed of `bulk_users` in migration.yaml")
    data = desk_of(told, assumed)
    account = 10_000_000 + crc32(told.key.encode()) % 1_000_000
    stand_in = ZendeskEmulator(clock=clock, data=data, plan=plan, account_id=account, bulk_users=bulk)
    state = stand_in.state
    state.account_id = account
    state.note_audits()
    for row in [row for row in state.lists["organizations"].values() if row.get("deleted_at")]:
        state.bury(row)
    admins = [
        row
        for row in state.lists["users"].values()
        if row["role"] == "admin" and row["active"] and row.get("email")
    ]
    if not admins:
        raise ValueError("the desk has no active administrator with an address")
    return stand_in, {"email": admins[0]["email"], "token": API_TOKEN}


def work_on(stand_in: ZendeskEmulator, tickets: Iterable[str], most: int) -> int:
    """Let an agent answer in the first `most` of the tickets that are open; return in how many: closed and deleted ones take nothing."""
    count = 0
    for number in tickets:
        if count == most:
            break
        head = stand_in.state.heads.get(int(number))
        if head is not None and head.status not in ("closed", "deleted"):
            stand_in.state.add_comment(head.id, "<p>We have news for you.</p>")
            count += 1
    return count
