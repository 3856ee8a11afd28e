"""What the desk itself measured of a ticket, as neutral `sla` facts: replies, resolutions, waiting times [OAS TicketMetricObject].

The names are those under which key figures are known; the vendor's own minutes stay beside figures that are worked out from the
history, so that both can be compared.
"""

from typing import Any

from ticketferry_zendesk.wire import Row, utc

__all__ = ["COUNTS", "METRICS", "MOMENTS", "metrics"]

METRICS: dict[str, str] = {
    "reply_time_in_minutes": "first_reply",
    "first_resolution_time_in_minutes": "first_resolution",
    "full_resolution_time_in_minutes": "full_resolution",
    "agent_wait_time_in_minutes": "agent_wait",
    "requester_wait_time_in_minutes": "requester_wait",
    "on_hold_time_in_minutes": "on_hold",
}
"""Wire key -> name of a span in minutes."""
COUNTS: dict[str, str] = {
    "replies": "replies",
    "reopens": "reopens",
    "group_stations": "groups",
    "assignee_stations": "assignees",
}
MOMENTS: dict[str, str] = {
    "initially_assigned_at": "first_assigned",
    "assigned_at": "last_assigned",
    "status_updated_at": "status_changed",
    "custom_status_updated_at": "custom_status_changed",
    "latest_comment_added_at": "last_comment",
    "requester_updated_at": "requester_acted",
    "assignee_updated_at": "assignee_acted",
}


def metrics(record: dict[str, Any], row: Row, trace: dict[str, str], head: str) -> None:
    """Put the ticket's metric set into `sla`; what has another shape than the document's is left for `native`."""
    found: list[dict[str, Any]] = []
    told = row.get("metric_set")
    if not isinstance(told, dict):
        return
    for key, name in METRICS.items():
        span = told.get(key)
        if not isinstance(span, dict):
            continue
        entry: dict[str, Any] = {"metric": name}
        for kind in ("calendar", "business"):
            value = span.get(kind)
            if isinstance(value, int) and not isinstance(value, bool):
                entry[f"{kind}_minutes"] = value
                trace[f"metric_set.{key}.{kind}"] = f"{head}.sla[{len(found)}].{kind}_minutes"
        if key == "reply_time_in_minutes":
            _seconds(entry, told, trace, f"{head}.sla[{len(found)}]")
        if len(entry) > 1:
            found.append(entry)
    for key, name in COUNTS.items():
        value = told.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            trace[f"metric_set.{key}"] = f"{head}.sla[{len(found)}].count"
            found.append({"metric": name, "count": value})
    for key, name in MOMENTS.items():
        moment = utc(told.get(key))
        if moment:
            trace[f"metric_set.{key}"] = f"{head}.sla[{len(found)}].at"
            found.append({"metric": name, "at": moment})
    if found:
        record["sla"] = found
        for key in ("id", "ticket_id", "url", "created_at", "updated_at"):
            trace[f"metric_set.{key}"] = "=the ticket's own"


def _seconds(entry: dict[str, Any], told: Row, trace: dict[str, str], place: str) -> None:
    span = told.get("reply_time_in_seconds")
    value = span.get("calendar") if isinstance(span, dict) else None
    if isinstance(value, int) and not isinstance(value, bool):
        entry["calendar_seconds"] = value
        trace["metric_set.reply_time_in_seconds.calendar"] = f"{place}.calendar_seconds"
