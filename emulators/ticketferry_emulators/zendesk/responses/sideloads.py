"""Records beside the ones asked for: `include=users,groups,…`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ticketferry_emulators.kit.app import Call
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.models.views import SPOKEN, metrics
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["sideload", "with_metric_sets"]

_REFERENCES = {
    "users": ("requester_id", "submitter_id", "assignee_id", "author_id", "collaborator_ids"),
    "groups": ("group_id", "default_group_id"),
    "organizations": ("organization_id",),
    "brands": ("brand_id",),
    "ticket_forms": ("ticket_form_id",),
}


def sideload(state: DeskState, call: Call, records: Iterable[WireRecord]) -> dict[str, list[WireRecord]]:
    """Return the lists that `include` names, each record once; names the product does not know are ignored.

    Deleted users are not among them [OAS].
    """
    names = [name.strip() for name in (call.query.get("include") or "").split(",") if name.strip()]
    found: dict[str, list[WireRecord]] = {}
    rows = list(records)
    for name in names:
        if name in _REFERENCES:
            table = state.lists[name]
            wanted = dict.fromkeys(key for row in rows for key in _ids(row, _REFERENCES[name]))
            found[name] = [table[key] for key in wanted if key in table and table[key].get("active", True)]
        elif name == "identities":
            found[name] = [identity for row in rows for identity in state.identities.get(row["id"], ())]
    return found


def with_metric_sets(state: DeskState, call: Call, tickets: list[WireRecord]) -> list[WireRecord]:
    """Return tickets with their `metric_set` and `comment_count` within them, where `include` asks for them [DOC side-loading]."""
    names = [name.strip() for name in (call.query.get("include") or "").split(",")]
    counted = "comment_count" in names and state.comment_counts
    if "metric_sets" not in names and not counted:
        return tickets
    found = []
    for ticket in tickets:
        if ticket["status"] == "deleted":
            found.append(ticket)
            continue
        case = state.case(ticket["id"])
        more: WireRecord = {"metric_set": metrics(case)} if "metric_sets" in names else {}
        if counted:
            more["comment_count"] = sum(
                1 for audit in case.audits for event in audit["events"] if event["type"] in SPOKEN
            )
        found.append({**ticket, **more})
    return found


def _ids(row: WireRecord, names: tuple[str, ...]) -> Iterator[int]:
    for name in names:
        value = row.get(name)
        if isinstance(value, list):
            yield from value
        elif value is not None:
            yield value
