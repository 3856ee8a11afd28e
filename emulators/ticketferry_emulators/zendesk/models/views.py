"""How a case looks through each endpoint: comments, audits, ticket events, metrics, all drawn from its audits."""

from __future__ import annotations

from itertools import pairwise

from ticketferry_emulators.zendesk.seed.case import TicketWithAudits
from ticketferry_emulators.zendesk.seed.dice import WireRecord, api_url, stamp, unix

__all__ = ["SPOKEN", "audits", "comments", "metrics", "ticket_event"]

SPOKEN = frozenset({"Comment", "VoiceComment", "VoiceApiComment", "TpeVoiceComment", "FacebookComment"})
_CHANNELS = {
    "web": "Web form",
    "email": "Mail",
    "api": "Web service",
    "rule": "Automation",
    "voice": "Phone call",
    "mobile": "Mobile",
    "native_messaging": "Messaging",
    "linked_problem": "Linked problem",
}


def comments(case: TicketWithAudits, *, inline: bool) -> list[WireRecord]:
    """Return the comments in order, as `/tickets/{id}/comments` gives them; `inline` also lists images in the text."""
    return [
        _files(
            {**event, "via": audit["via"], "created_at": audit["created_at"], "metadata": audit["metadata"]},
            inline=inline,
        )
        for audit in case.audits
        for event in audit["events"]
        if event["type"] in SPOKEN
    ]


def audits(case: TicketWithAudits) -> list[WireRecord]:
    """Return the audits as `/tickets/{id}/audits` gives them: inline images are not listed."""
    return [
        {**audit, "events": [_files(event, inline=False) for event in audit["events"]]}
        for audit in case.audits
    ]


def _files(event: WireRecord, *, inline: bool) -> WireRecord:
    if inline or not event.get("attachments"):
        return event
    return {**event, "attachments": [file for file in event["attachments"] if not file["inline"]]}


def ticket_event(audit: WireRecord, *, comment_events: bool) -> WireRecord:
    """Return an audit as the export of ticket events gives it; comments in full only with `comment_events` [RECALL]."""
    return {
        "id": audit["id"],
        "ticket_id": audit["ticket_id"],
        "timestamp": unix(audit["created_at"]),
        "created_at": audit["created_at"],
        "updater_id": audit["author_id"],
        "via": _CHANNELS.get(audit["via"]["channel"], audit["via"]["channel"]),
        "system": audit["metadata"]["system"],
        "metadata": audit["metadata"],
        "event_type": "Audit",
        "child_events": [_child(audit, event, full=comment_events) for event in audit["events"]],
    }


def _child(audit: WireRecord, event: WireRecord, *, full: bool) -> WireRecord:
    kind = event["type"]
    via: WireRecord = event.get("via") or audit["via"]
    child: WireRecord = {
        "id": event["id"],
        "via": _CHANNELS.get(via.get("channel", ""), "Rule"),
        "via_reference_id": None,
        "event_type": kind,
    }
    if kind in SPOKEN:
        if not full:
            return child | {"comment_present": True, "comment_public": event["public"]}
        shown = _files(event, inline=False)
        return child | shown | {"via": audit["via"], "created_at": audit["created_at"]}
    if kind not in ("Create", "Change"):
        return child | {key: value for key, value in event.items() if key != "via"} | {"event_type": kind}
    name, value = event["field_name"], event["value"]
    child |= {"custom_ticket_fields": {name: value}} if name.isdigit() else {name: value}
    if kind == "Change":
        child["previous_value"] = event["previous_value"]
        if name == "tags":
            child["added_tags"] = [tag for tag in value if tag not in event["previous_value"]]
            child["removed_tags"] = [tag for tag in event["previous_value"] if tag not in value]
    return child


def metrics(case: TicketWithAudits) -> WireRecord:
    """Return the ticket's metrics, worked out from its audits; business hours are the calendar's here.

    A ticket is resolved when it is set to solved, or to closed while it is not; a wait counts once the ticket has left the status
    [support.zendesk.com 4408834848154, "About native Support time duration metrics"].
    """
    ticket = case.ticket
    opened = unix(ticket["created_at"])
    moves: dict[str, list[tuple[int, str | None]]] = {"status": [], "assignee_id": [], "group_id": []}
    spoken: list[tuple[int, int, bool]] = []
    for audit in case.audits:
        moment = unix(audit["created_at"])
        for event in audit["events"]:
            if event["type"] in ("Create", "Change") and event["field_name"] in moves:
                moves[event["field_name"]].append((moment, event["value"]))
            elif event["type"] in SPOKEN:
                spoken.append((moment, event["author_id"], event["public"]))
    states = moves["status"]
    solved = [
        moment
        for number, (moment, value) in enumerate(states)
        if value == "solved" or (value == "closed" and (not number or states[number - 1][1] != "solved"))
    ]
    if case.solved is not None:
        solved = [unix(case.solved)]
    replies = [moment for moment, author, public in spoken if public and author != ticket["requester_id"]]
    asked = [moment for moment, author, _ in spoken if author == ticket["requester_id"]]
    reopens = sum(
        1
        for (_, one), (_, two) in pairwise(states)
        if one == "solved" and two not in ("solved", "closed", "deleted")
    )
    waits = {name: _spent(states, kinds) for name, kinds in _WAITS.items()}
    assigned = [moment for moment, value in moves["assignee_id"] if value]
    return {
        "url": api_url(f"ticket_metrics/{ticket['id']}"),
        "id": ticket["id"],
        "ticket_id": ticket["id"],
        "created_at": ticket["created_at"],
        "updated_at": ticket["updated_at"],
        "group_stations": sum(1 for _, value in moves["group_id"] if value),
        "assignee_stations": len(assigned),
        "reopens": reopens,
        "replies": len(replies),
        "assignee_updated_at": _when(audit_times(case, ticket["assignee_id"])),
        "requester_updated_at": _when(asked) or ticket["created_at"],
        "status_updated_at": _when([m for m, _ in states]),
        "initially_assigned_at": _when(assigned[:1]),
        "assigned_at": _when(assigned),
        "solved_at": _when(solved),
        "latest_comment_added_at": _when([moment for moment, _, _ in spoken]),
        "custom_status_updated_at": _when([m for m, _ in states]),
        "reply_time_in_minutes": _minutes(replies[:1], opened),
        "reply_time_in_seconds": {"calendar": replies[0] - opened if replies else None},
        "first_resolution_time_in_minutes": _minutes(solved[:1], opened),
        "full_resolution_time_in_minutes": _minutes(solved[-1:], opened),
        **{name: {"calendar": seconds // 60, "business": seconds // 60} for name, seconds in waits.items()},
    }


_WAITS = {
    "agent_wait_time_in_minutes": ("pending",),
    "requester_wait_time_in_minutes": ("new", "open", "hold"),
    "on_hold_time_in_minutes": ("hold",),
}


def audit_times(case: TicketWithAudits, author: int | None) -> list[int]:
    """Return when `author` updated the ticket."""
    return [
        unix(audit["created_at"])
        for audit in case.audits
        if author is not None and audit["author_id"] == author
    ]


def _spent(states: list[tuple[int, str | None]], kinds: tuple[str, ...]) -> int:
    return sum(end - begin for (begin, state), (end, _) in pairwise(states) if state in kinds)


def _minutes(moments: list[int], opened: int) -> WireRecord:
    value = (moments[0] - opened) // 60 if moments else None
    return {"calendar": value, "business": value}


def _when(moments: list[int]) -> str | None:
    return stamp(moments[-1]) if moments else None
