"""A second account to migrate to: the sample's set-up under other ids and another host, its agents, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ticketferry_emulators.zendesk.seed import files
from ticketferry_emulators.zendesk.seed.desk import SampleDesk, generate
from ticketferry_emulators.zendesk.seed.dice import HOST, WireRecord
from ticketferry_emulators.zendesk.seed.people import AGENTS

__all__ = ["OTHER_HOST", "bare_desk", "empty_desk"]

OTHER_HOST = "https://globex.zendesk.example"
_SET_UP = (
    "brands", "custom_statuses", "groups", "organization_fields", "recipient_addresses", "sharing_agreements",
    "sla_policies", "ticket_fields", "ticket_forms", "triggers", "user_fields",
)  # fmt: skip
_STAFF = ("group_memberships", "identities", "users")
_FIRST = 4_400_000_000
_SPREAD = 1_000_003
_STEP = 618_034


def empty_desk(host: str = OTHER_HOST, *, triggers: bool = True) -> SampleDesk:
    """Return a desk with the sample's fields, options, statuses, forms, groups, brands and agents, and no customer,
    organization or ticket.

    No id is the sample's and their order is another, so a migration has to match by name; agents have their e-mail
    addresses. Ticket numbers begin at 1. Without `triggers` no write sends mail.
    """
    return _desk(host, _SET_UP if triggers else tuple(kind for kind in _SET_UP if kind != "triggers"), _staff)


def bare_desk(host: str = OTHER_HOST) -> SampleDesk:
    """Return a desk as it is right after it was ordered: system fields, standard statuses, one group, brand and form, one
    administrator, no trigger.
    """
    kept = ("brands", "custom_statuses", "groups", "ticket_fields", "ticket_forms")
    return _desk(host, kept, lambda user: user["id"] == AGENTS[0], bare=True)


def _staff(user: WireRecord) -> bool:
    return bool(user["role"] != "end-user" and user["active"])


def _desk(
    host: str, kinds: tuple[str, ...], chosen: Callable[[WireRecord], bool], *, bare: bool = False
) -> SampleDesk:  # fmt: skip
    sample = generate(0)
    rows: dict[str, list[WireRecord]] = {
        kind: list(read()) if kind in kinds or kind in _STAFF else [] for kind, read in sample.lists.items()
    }
    staff = {user["id"] for user in rows["users"] if chosen(user)}
    rows["users"] = [user for user in rows["users"] if user["id"] in staff]
    for kind in ("group_memberships", "identities"):
        rows[kind] = [row for row in rows[kind] if row["user_id"] in staff]
    if bare:
        _strip(rows)
    numbers = _numbers(rows)
    moved: dict[str, list[WireRecord]] = {kind: _moved(found, numbers, host) for kind, found in rows.items()}
    for found in moved.values():
        found.sort(key=lambda row: row["id"])
    lists = {kind: partial(iter, found) for kind, found in moved.items()}
    return SampleDesk(
        tickets=0, lists=lists, cases=lambda: iter(()), blob=files.content,
        settings=_moved(sample.settings, numbers, host), host=host, account_id=20_002, first_number=_FIRST + 2 * _SPREAD,
    )  # fmt: skip


def _strip(rows: dict[str, list[WireRecord]]) -> None:
    """Leave of each kind of set-up what a new account has."""
    for kind in ("groups", "brands", "ticket_forms"):
        rows[kind] = [row for row in rows[kind] if row["default"]]
    rows["custom_statuses"] = [row for row in rows["custom_statuses"] if row["default"]]
    system = [dict(row) for row in rows["ticket_fields"] if not row["removable"]]
    statuses = {row["id"] for row in rows["custom_statuses"]}
    for row in system:
        if "custom_statuses" in row:
            row["custom_statuses"] = [one for one in row["custom_statuses"] if one["id"] in statuses]
    rows["ticket_fields"] = system
    fields, groups = {row["id"] for row in system}, {row["id"] for row in rows["groups"]}
    forms = {row["id"] for row in rows["ticket_forms"]}
    rows["ticket_forms"] = [
        {
            **row,
            "ticket_field_ids": [one for one in row["ticket_field_ids"] if one in fields],
            "agent_conditions": [],
        }
        for row in rows["ticket_forms"]
    ]
    rows["brands"] = [{**row, "ticket_form_ids": sorted(forms)} for row in rows["brands"]]
    rows["group_memberships"] = [row for row in rows["group_memberships"] if row["group_id"] in groups]
    rows["users"] = [{**row, "user_fields": {}} for row in rows["users"]]


def _numbers(rows: dict[str, list[WireRecord]]) -> dict[int, int]:
    """Return a new id for every id of the set-up, in another order."""
    old = {row["id"] for found in rows.values() for row in found}
    options = (row.get("custom_field_options", ()) for row in rows["ticket_fields"] + rows["user_fields"])
    old |= {option["id"] for found in options for option in found}
    old |= {
        option["id"] for row in rows["organization_fields"] for option in row.get("custom_field_options", ())
    }
    found = {number: _FIRST + number * _STEP % _SPREAD for number in old}
    if len(set(found.values())) < len(found):
        raise AssertionError("two ids of the set-up became one")
    return found


def _moved(value: Any, numbers: dict[int, int], host: str, key: str = "") -> Any:
    """Return a record with ids and addresses of the other desk; only members named as ids are taken for such."""
    if isinstance(value, dict):
        return {name: _moved(one, numbers, host, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, numbers, host, key) for one in value]
    if (
        isinstance(value, int)
        and not isinstance(value, bool)
        and (key == "id" or key.endswith(("_id", "_ids")))
    ):
        return numbers.get(value, value)
    if isinstance(value, str) and value.startswith(HOST):
        parts = value.removeprefix(HOST).split("/")
        return host + "/".join(_segment(part, numbers) for part in parts)
    return value


def _segment(part: str, numbers: dict[int, int]) -> str:
    name, dot, rest = part.partition(".")
    if name.isascii() and name.isdigit():
        return f"{numbers.get(int(name), int(name))}{dot}{rest}"
    return part
