"""The desk as comparable data, in sections: what a rollback must bring back, and apart from it what no rollback can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketferry_emulators.zendesk.models.views import comments
from ticketferry_emulators.zendesk.seed.dice import WireRecord

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.models.state import DeskState

__all__ = ["RESIDUE", "dump"]

RESIDUE = (
    "counters", "deleted_organizations", "deleted_tickets", "deleted_users", "firings", "histories", "jobs", "mails",
    "moments", "uploads",
)  # fmt: skip
"""Sections that no rollback through the API restores: numbers are never reused, deleted records stay for exports and
the recycle bin, audits are never taken back, and every touch moves the time of the last change."""

_MOMENTS = ("updated_at", "generated_timestamp")


def dump(state: DeskState) -> dict[str, object]:
    """Return the whole desk; sections but those of :data:`RESIDUE` are equal again after an exact rollback."""
    sections: dict[str, object] = {}
    moments: dict[str, WireRecord] = {}
    live: dict[int, WireRecord] = {}
    talk: dict[int, list[WireRecord]] = {}
    histories: dict[int, list[WireRecord]] = {}
    deleted: dict[int, WireRecord] = {}
    for number in sorted(state.heads):
        case = state.case(number)
        if case.ticket["status"] == "deleted":
            deleted[number] = {"ticket": case.ticket, "audits": case.audits, "deletion": case.deletion}
            continue
        live[number] = _still(case.ticket) | {"rating": case.rating}
        talk[number] = comments(case, inline=True)
        histories[number] = case.audits
        moments[f"tickets:{number}"] = _moments(case.ticket)
    sections |= {"tickets": live, "comments": talk, "histories": histories, "deleted_tickets": deleted}
    for kind, rows in sorted(state.lists.items()):
        present = {key: row for key, row in sorted(rows.items()) if _present(state, kind, row)}
        sections[kind] = {key: _still(row) for key, row in present.items()}
        moments |= {f"{kind}:{key}": _moments(row) for key, row in present.items()}
    sections["deleted_users"] = {
        key: row for key, row in sorted(state.lists["users"].items()) if not row["active"]
    }
    return sections | {
        "deleted_organizations": dict(sorted(state.tombstones.items())),
        "settings": state.settings,
        "moments": moments,
        "counters": dict(sorted(state.numbers.items())),
        "jobs": state.jobs.dump(),
        "uploads": state.uploads.dump(),
        "mails": [mail._asdict() for mail in state.mails],
        "firings": dict(sorted(state.firings.items())),
    }


def _present(state: DeskState, kind: str, row: WireRecord) -> bool:
    """Say whether a record still counts: deleted users, and identities of theirs, are kept for the export only."""
    if kind == "users":
        return bool(row["active"])
    if kind == "identities":
        return bool(state.lists["users"][row["user_id"]]["active"])
    return not row.get("deleted", False)


def _still(row: WireRecord) -> WireRecord:
    return {key: value for key, value in row.items() if key not in _MOMENTS}


def _moments(row: WireRecord) -> WireRecord:
    return {key: row[key] for key in _MOMENTS if key in row}
