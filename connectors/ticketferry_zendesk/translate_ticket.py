"""Tickets without their history as neutral records."""

from typing import Any

from ticketferry.sdk import Finding, Ref, Severity, Stage, Translated, derived, join_path
from ticketferry.sdk.body import from_text, write_html
from ticketferry.sdk.codec import ReadContext, read_fields, traced_by
from ticketferry_zendesk.catalog import STAGES
from ticketferry_zendesk.names import Names, field_value
from ticketferry_zendesk.part_rows import RATING
from ticketferry_zendesk.ticket_rows import TICKET
from ticketferry_zendesk.told_texts import AS_TEXT
from ticketferry_zendesk.tracing import ref, traced, worked_out
from ticketferry_zendesk.translate_metrics import metrics
from ticketferry_zendesk.wire import Row, utc

__all__ = ["TRACE", "merged_into", "ticket"]

_APART = {
    "id": "number",
    "url": "=address of the record in the API",
    "description": "=the opening comment's text, kept with the history where it differs",
    "status": "status",
    "problem_id": "links",
    "followup_ids": "links",
    "has_incidents": "=other tickets name this one as their problem",
    "custom_fields[].id": "=the field by its key",
    "generated_timestamp": "=when the desk last touched the record, for the order of exports",
}
TRACE = traced_by(TICKET) | _APART
"""Wire path -> neutral path, or `=` and why nothing is carried."""
_DERIVED = worked_out(
    {
        "custom_status_id": "the status's name",
        "support_type": "who handled it",
        "description": AS_TEXT,
        "via.source.rel": "the type of the link",
    }
)
_HANDLED = {"ai_agent": "ai_agent", "agent": "human"}
_MERGE_TAG = "closed_by_merge"
_RATED = ("id", "url", "ticket_id", "requester_id", "score")
"""Of a rating's own record: what the ticket says too."""


def merged_into(via: Any) -> str | None:
    """Return the number of the ticket that a merge went into, from the `via` of the audit that closed the loser [RECALL]."""
    source = via.get("source") if isinstance(via, dict) else None
    if not isinstance(source, dict) or source.get("rel") != "merge":
        return None
    to = source.get("to")
    number = to.get("ticket_id") if isinstance(to, dict) else None
    return str(number) if number else None


def ticket(of: Ref, row: Row, names: Names, where: str, jira: str = "") -> Translated:
    """A ticket: names for what the catalog defines, refs for people, groups and organizations."""
    head = f"ticket[{of.id}]"
    trace = traced(head, _APART) | _DERIVED
    findings: list[Finding] = []
    record: dict[str, Any] = {"ref": str(of), "number": of.id, "url": f"{where}/agent/tickets/{of.id}"}
    fields, places = read_fields(TICKET, row, names.reading, head)
    record |= fields
    trace |= places
    _status(record, row, names, trace, head)
    _others(of, record, row)
    _links(of, record, row, trace, head, jira)
    _custom(of, record, row, names, trace, head, findings)
    _rest(record, row, trace, head, names.reading)
    return Translated([record], trace, findings)


def _status(record: dict[str, Any], row: Row, names: Names, trace: dict[str, str], head: str) -> None:
    category = row.get("status")
    status = names.status_held(category, row.get("custom_status_id"))
    if status:
        record["status"] = status
    stage = STAGES.get(category or "")
    if stage is Stage.CLOSED and (_MERGE_TAG in (row.get("tags") or ()) or row.get("merge")):
        stage = Stage.MERGED
    if stage is not None:
        record["stage"] = stage.value
    if status != category:
        if stage is not None:
            trace |= {"status": f"{head}.stage", derived("status"): "the stage of the category"}
        trace["custom_status_id"] = f"{head}.status"
    elif str(row.get("custom_status_id")) in names.categories:
        trace["custom_status_id"] = "=the status that its category stands for"


def _others(of: Ref, record: dict[str, Any], row: Row) -> None:
    """Whom `collaborator_ids` alone names: it is followers and CCs together, and the only list where an account has no followers yet."""
    known = [*(row.get("follower_ids") or ()), *(row.get("email_cc_ids") or ())]
    others = [ref(of.desk, "person", id_) for id_ in row.get("collaborator_ids") or () if id_ not in known]
    if others:
        record["ccs"] = [*record.get("ccs", []), *others]


def _links(of: Ref, record: dict[str, Any], row: Row, trace: dict[str, str], head: str, jira: str) -> None:
    links: list[dict[str, Any]] = []
    if str(row.get("problem_id") or "").strip():
        links.append({"type": "problem", "to": ref(of.desk, "ticket", row["problem_id"]), "inward": True})
    else:
        trace.pop("problem_id", None)
    links += [
        {"type": "follow_up", "to": ref(of.desk, "ticket", id_), "inward": True}
        for id_ in row.get("followup_ids") or ()
    ]
    source = (row.get("via") or {}).get("source") or {}
    origin = source.get("from") if isinstance(source.get("from"), dict) else None
    if source.get("rel") == "follow_up" and origin and origin.get("ticket_id"):
        links.append({"type": "follow_up", "to": ref(of.desk, "ticket", origin["ticket_id"])})
        trace |= {"via.source.from.ticket_id": f"{head}.links", "via.source.rel": f"{head}.links"}
    merge = row.get("merge")
    if isinstance(merge, dict):
        trace["merge.source.rel"] = "=the ticket was merged"
        winner = merged_into(merge)
        if winner:
            record["merged_into"] = ref(of.desk, "ticket", winner)
            links.append({"type": "merged", "to": record["merged_into"]})
            trace["merge.source.to.ticket_id"] = f"{head}.merged_into"
    for index, linked in enumerate(row.get("jira_links") or ()):
        key = linked.get("issue_key")
        if not isinstance(key, str) or not key:
            continue
        link = {"type": "remote", "title": key}
        if jira:
            link["url"] = f"{jira.rstrip('/')}/browse/{key}"
        trace[f"jira_links[{index}].issue_key"] = f"{head}.links[{len(links)}].title"
        trace[f"jira_links[{index}].ticket_id"] = "=the ticket's own number"
        trace[f"jira_links[{index}].url"] = "=address of the record in the API"
        links.append(link)
    if links:
        record["links"] = links


def _custom(
    of: Ref,
    record: dict[str, Any],
    row: Row,
    names: Names,
    trace: dict[str, str],
    head: str,
    findings: list[Finding],
) -> None:
    values: dict[str, Any] = {}
    for index, item in enumerate(row.get("custom_fields") or ()):
        value = item.get("value")
        if value in (None, "", []):
            continue
        field = names.fields.get(str(item.get("id")))
        if field is None:
            key = str(item.get("id"))
            values[key] = value
            trace[f"custom_fields[{index}].id"] = "=the key of its value"
            trace[f"custom_fields[{index}].value"] = join_path(f"{head}.fields", key)
            findings.append(
                Finding(
                    "ZD-FIELD-001",
                    Severity.DOUBT,
                    of,
                    f"custom_fields[{index}]",
                    f"the field {item.get('id')} is not among the account's fields; its value stands under its number",
                    "The field was deleted, or the account that reads may not see it.",
                )
            )
            continue
        values[field["key"]] = field_value(field["type"], value)
        trace[f"custom_fields[{index}].value"] = join_path(f"{head}.fields", field["key"])
    if values:
        record["fields"] = values
    if row.get("fields") == row.get("custom_fields"):
        trace["fields"] = "=repeats custom_fields"


def _rest(record: dict[str, Any], row: Row, trace: dict[str, str], head: str, context: ReadContext) -> None:
    if row.get("raw_subject") == row.get("subject"):
        trace["raw_subject"] = "=repeats subject"
    if row.get("status") == "deleted" and row.get("description"):
        # the comments of a deleted ticket can no longer be read
        html = write_html(from_text(str(row["description"])))
        if html:
            record["body"] = {"html": html, "format": "text"}
            trace["description"] = f"{head}.body"
    collected = {*(row.get("follower_ids") or ()), *(row.get("email_cc_ids") or ())}
    for index, id_ in enumerate(row.get("collaborator_ids") or ()):
        trace[f"collaborator_ids[{index}]"] = (
            "=followers and CCs together" if id_ in collected else f"{head}.ccs"
        )
    handled = _HANDLED.get(str(row.get("support_type")))
    if handled:
        record["handled_by"] = handled
        trace["support_type"] = f"{head}.handled_by"
    _satisfaction(record, row, trace, head, context)
    solved = utc((row.get("metric_set") or {}).get("solved_at"))
    if solved:
        record["solved"] = solved
        trace["metric_set.solved_at"] = f"{head}.solved"
    metrics(record, row, trace, head)


def _satisfaction(
    record: dict[str, Any], row: Row, trace: dict[str, str], head: str, context: ReadContext
) -> None:
    """The rating in the ticket, completed by its own record where that was read (`rating`): reason and time stand there only."""
    rating, own, place = row.get("satisfaction_rating"), row.get("rating"), f"{head}.satisfaction"
    if isinstance(rating, dict) and rating.get("score") in (None, "unoffered"):
        trace["satisfaction_rating.score"] = "=no rating was asked for"
    elif isinstance(rating, dict):
        record["satisfaction"], places = read_fields(RATING, rating, context, place, "satisfaction_rating.")
        trace |= places
    held = record.get("satisfaction")
    if isinstance(own, dict) and held is not None and own.get("score") == held["score"]:
        more, places = read_fields(RATING, own, context, place, "rating.")
        for (key, value), (path, to) in zip(more.items(), places.items(), strict=True):
            if value and held.setdefault(key, value) == value:
                trace[path] = to
        trace |= {f"rating.{key}": "=the ticket's own" for key in _RATED}
