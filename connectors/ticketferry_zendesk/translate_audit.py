"""Audits as neutral records: one comment or event for each of their steps, and an event of its own for a merge."""

from typing import Any, NamedTuple

from ticketferry.sdk import Finding, Ref, Severity, Translated
from ticketferry_zendesk.audit_rows import Step, author_key, steps
from ticketferry_zendesk.names import Names, field_value
from ticketferry_zendesk.tracing import SYSTEM, SYSTEM_REASON, ref
from ticketferry_zendesk.translate_comment import comment
from ticketferry_zendesk.wire import Row, utc

__all__ = ["audit"]

_SPOKEN = frozenset({"Comment", "VoiceComment"})
_TYPES = {
    "Create": "created",
    "Change": "changed",
    "Notification": "notified",
    "NotificationWithCcs": "notified",
    "SmsNotification": "notified",
    "Cc": "notified",
    "FollowerNotificationEvent": "notified",
    "FollowerChange": "changed",
    "EmailCcChange": "changed",
    "CommentPrivacyChange": "privacy",
    "CommentRedactionEvent": "redacted",
    "AttachmentRedactionEvent": "redacted",
    "SatisfactionRating": "rated",
    "TicketSharingEvent": "shared",
    "SuspendedTicketRecovery": "recovered",
}
"""Type of an audit's event -> neutral type [DOC ticket-audit-events-reference; literal names REC or RECALL]."""
_OWN_WORDS = frozenset({
    "AgentMacroReference", "OrganizationActivity", "Error", "Tweet", "FacebookEvent", "FacebookComment", "External", "LogMeInTranscript",
    "Push", "ChatStartedEvent", "ChatEndedEvent", "ChatFileAttachment", "CollabThreadCreated", "CollabThreadReply", "CollabThreadClosed",
    "CollabThreadReopened", "TranslatableError", "TicketUnshareEvent", "UserCustomFieldEvent", "WebhookEvent", "ScheduleAssignment",
    "AttributeValuesSet", "AssociateAttValsEvent", "KnowledgeCaptured", "KnowledgeFlagged", "KnowledgeLinked", "KnowledgeLinkAccepted",
    "KnowledgeLinkRejected", "VoiceApiComment", "TpeVoiceComment", "ReplyTime", "SlaTargetChange", "SurveyOffered", "SurveyResponseSubmitted",
    "RatingRequest", "CsatEvent",
})  # fmt: skip
"""Types that are known and kept under the product's own word."""
_FIELDS = {
    "assignee_id": ("assignee", "person"),
    "requester_id": ("requester", "person"),
    "submitter_id": ("submitter", "person"),
    "group_id": ("group", "group"),
    "organization_id": ("organization", "organization"),
    "problem_id": ("problem", "ticket"),
    "brand_id": ("brand", ""),
    "ticket_form_id": ("form", ""),
    "due_at": ("due", ""),
    "is_public": ("public", ""),
    "tags": ("tags", ""),
}
"""Field of a change -> neutral name, and the kind of record that its value names."""
_CHECKED = {"1": True, "true": True, "0": False, "false": False}


class _At(NamedTuple):
    """What all steps of an audit share."""

    of: Ref
    ticket: str
    time: str
    actor: str | None
    channel: str | None
    rule: str | None


def audit(of: Ref, row: Row, names: Names) -> Translated:
    """One audit; steps that a rule did name the rule and no actor. An audit without steps becomes an event `touched`."""
    key = author_key(row)
    author = row.get(key)
    via = row["via"] if isinstance(row.get("via"), dict) else {}
    channel = via.get("channel") if via else row.get("via")
    at = _At(
        of,
        ref(of.desk, "ticket", row.get("ticket_id")),
        utc(row.get("created_at")) or "",
        None if author in (None, SYSTEM) else ref(of.desk, "person", author),
        channel if isinstance(channel, str) else None,
        _rule(via),
    )
    found = list(steps(row))
    records: list[dict[str, Any]] = []
    findings: list[Finding] = []
    trace = {"id": "=the record's own id", "ticket_id": "=the ticket that the audit belongs to", "event_type": "=it is an audit"}
    trace |= {"timestamp": "=repeats created_at"} if row.get("created_at") else {}
    if row.get("system") is not None and (row.get("metadata") or {}).get("system") == row["system"]:
        trace["system"] = "=repeats metadata.system"
    _merge(at, via, records, trace)
    opening = any(step.kind == "Create" for step in found)
    statuses = _statuses(found, names)
    for step in found:
        if step.kind in _SPOKEN:
            said = comment(of, at.ticket, step, time=at.time, author=author, channel=at.channel, opening=opening)
            opening = False
            records += said.records
            trace |= said.trace
            findings += said.findings
        elif step.field:
            _change(at, step, names, statuses, records, trace)
        else:
            records.append(_other(at, step, trace, findings))
    if not records:
        records.append(_event(at, of.id, "touched", {}))
    _shared(at, row, key, via, records, trace)
    return Translated(records, trace, findings)


def _shared(at: _At, row: Row, key: str, via: Row, records: list[dict[str, Any]], trace: dict[str, str]) -> None:
    """Trace what the audit itself tells to the first record that took it."""
    heads = [(_head(record), record) for record in records]
    head, first = heads[0]
    trace["created_at"] = f"{head}.{'time' if 'time' in first else 'created'}"
    for head, record in heads:
        name = "actor" if record.get("actor") == at.actor else "author" if record.get("author") == at.actor else ""
        if name and at.actor:
            trace[key] = f"{head}.{name}"
            break
    else:
        trace[key] = SYSTEM_REASON if row.get(key) == SYSTEM else "=in whose name rules acted"
        if row.get(key) not in (None, SYSTEM) and not at.rule:
            del trace[key]
    for head, record in heads:
        if at.channel and record.get("channel") == at.channel:
            trace["via.channel" if via else "via"] = f"{head}.channel"
            break
    if at.rule:
        trace.setdefault("via.channel", "=done by a rule")
        for head, record in heads:
            if record.get("rule") == at.rule:
                trace["via.source.from.title"] = f"{head}.rule"
                break


def _head(record: dict[str, Any]) -> str:
    _, kind, id_ = record["ref"].split(":", 2)
    return f"{kind}[{id_}]"


def _rule(via: Any) -> str | None:
    """Name of the trigger, automation or macro that a `via` tells of."""
    if not isinstance(via, dict) or via.get("channel") != "rule":
        return None
    source = via.get("source")
    origin = source.get("from") if isinstance(source, dict) else None
    title = origin.get("title") if isinstance(origin, dict) else None
    return str(title) if title else "rule"


def _event(at: _At, id_: object, type_: str, row: Row) -> dict[str, Any]:
    record: dict[str, Any] = {"ref": ref(at.of.desk, "event", id_), "ticket": at.ticket, "time": at.time, "type": type_}
    rule = _rule(row.get("via")) or at.rule
    if rule:
        record["rule"] = rule
    elif at.actor:
        record["actor"] = at.actor
    return record


def _own(step: Step, head: str, record: dict[str, Any], trace: dict[str, str]) -> None:
    path = step.path
    trace[f"{path}.id"] = "=the record's own id"
    trace[f"{path}.type"] = trace[f"{path}.event_type"] = f"{head}.type"
    via = step.row.get("via")
    if isinstance(via, dict) and _rule(via):
        trace[f"{path}.via.source.from.title"] = f"{head}.rule"
        trace[f"{path}.via.channel"] = f"{head}.rule" if record.get("rule") else "=done by a rule"


# ---- changes of fields


def _statuses(found: list[Step], names: Names) -> dict[str, tuple[Any, Any]]:
    """Return before and after of the status, category and custom status read as one: `_` before and after of each field by name."""
    sides: dict[str, tuple[Any, Any]] = {}
    for step in found:
        if step.field in ("status", "custom_status_id"):
            sides[step.field] = (step.row.get("previous_value"), step.value)
    if not sides:
        return {}
    category, custom = sides.get("status", (None, None)), sides.get("custom_status_id", (None, None))
    pair = tuple(names.status(category[side], custom[side]) for side in (0, 1))
    return {"status": (pair[0], pair[1])}


def _change(
    at: _At, step: Step, names: Names, statuses: dict[str, tuple[Any, Any]], records: list[dict[str, Any]], trace: dict[str, str]
) -> None:
    row, path = step.row, step.path
    id_ = row.get("id", f"{at.of.id}-{path}")
    head = f"event[{id_}]"
    if step.field in ("status", "custom_status_id"):
        known = next((record for record in records if record.get("field") == "status"), None)
        if known is not None:
            # category and custom status move together and are one change
            head = _head(known)
            _values(step, head, trace)
            trace |= {f"{path}.id": "=moves with the status", f"{path}.field_name": f"{head}.field", f"{path}.type": f"{head}.type"}
            trace[f"{path}.event_type"] = f"{head}.type"
            return
        name, before, after = "status", *statuses["status"]
    else:
        name, kind = _name(step.field, names)
        before, after = (_value(at, kind, value, step.field, names) for value in (row.get("previous_value"), step.value))
    record = _event(at, id_, _TYPES[step.kind], row)
    record["field"] = name
    if before not in (None, "", []):
        record["before"] = before
    if after not in (None, "", []):
        record["after"] = after
    records.append(record)
    _own(step, head, record, trace)
    _values(step, head, trace)
    trace[f"{path}.field_name"] = f"{head}.field"
    for key in ("added_tags", "removed_tags"):
        if key in row:
            trace[f"{path}.{key}"] = "=difference of the tags before and after"


def _values(step: Step, head: str, trace: dict[str, str]) -> None:
    trace[step.value_path] = f"{head}.after"
    trace[f"{step.path}.previous_value"] = f"{head}.before"


def _name(field: str, names: Names) -> tuple[str, str]:
    """Return the neutral name of a field and the kind of its value: a kind of record, `field` for a custom one, or nothing."""
    known = _FIELDS.get(field)
    if known:
        return known
    if field.isascii() and field.isdigit():
        custom = names.fields.get(field)
        return (f"fields.{custom['key']}" if custom else f"fields.{field}"), "field"
    return field, ""


def _value(at: _At, kind: str, value: Any, field: str, names: Names) -> Any:
    """Return a value as the ticket itself would hold it; audits write ids, numbers and booleans as text [REC]."""
    if value is None:
        return None
    if kind == "field":
        custom = names.fields.get(field)
        if custom is None:
            return value
        if custom["type"] == "checkbox":
            return _CHECKED.get(str(value).lower(), value)
        return field_value(custom["type"], value)
    if kind:
        return ref(at.of.desk, kind, value) if str(value).isdigit() else value
    if field == "brand_id":
        return names.brands.get(str(value), value)
    if field == "ticket_form_id":
        return names.forms.get(str(value), value)
    if field == "due_at":
        return utc(value) or value
    if field == "is_public":
        return _CHECKED.get(str(value).lower(), value)
    if field == "tags" and isinstance(value, str):
        return value.split()
    return value


# ---- everything else


def _other(at: _At, step: Step, trace: dict[str, str], findings: list[Finding]) -> dict[str, Any]:
    row, path = step.row, step.path
    id_ = row.get("id", f"{at.of.id}-{path}")
    head = f"event[{id_}]"
    record = _event(at, id_, _TYPES.get(step.kind, step.kind), row)
    _own(step, head, record, trace)

    def take(key: str, name: str, value: Any) -> None:
        if value not in (None, "", []):
            record[name] = value
            trace[f"{path}.{key}"] = f"{head}.{name}"

    match step.kind:
        case "CommentPrivacyChange" | "CommentRedactionEvent":
            if row.get("comment_id") is not None:
                take("comment_id", "comment", ref(at.of.desk, "comment", row["comment_id"]))
            if step.kind == "CommentRedactionEvent":
                record["after"] = True
            else:
                take("public", "after", row.get("public") is True)
        case "AttachmentRedactionEvent":
            record["field"] = "attachment"
            if row.get("attachment_id") is not None:
                take("attachment_id", "before", ref(at.of.desk, "attachment", row["attachment_id"]))
        case "Notification" | "NotificationWithCcs" | "Cc" | "FollowerNotificationEvent":
            people = row.get("recipients")
            if isinstance(people, list):
                take("recipients", "after", [ref(at.of.desk, "person", one) if isinstance(one, int) else one for one in people])
        case "FollowerChange" | "EmailCcChange":
            name = "followers" if step.kind == "FollowerChange" else "email_ccs"
            record["field"] = "followers" if name == "followers" else "ccs"
            take(f"previous_{name}", "before", row.get(f"previous_{name}"))
            take(f"current_{name}", "after", row.get(f"current_{name}"))
        case "SatisfactionRating":
            record["field"] = "satisfaction"
            take("score", "after", row.get("score"))
        case "TicketSharingEvent":
            take("action", "after", row.get("action"))
        case kind if kind not in _TYPES and kind not in _OWN_WORDS:
            findings.append(
                Finding(
                    "ZD-EVENT-001",
                    Severity.INFO,
                    Ref(at.of.desk, at.of.kind, at.of.id),
                    path,
                    f"an event of the type {kind}, which this version does not know, is kept as it came",
                )
            )
    return record


def _merge(at: _At, via: Row, records: list[dict[str, Any]], trace: dict[str, str]) -> None:
    """Add the event of a merge: on the loser its winner, on the winner the losers [PROBE, RECALL]."""
    source = via.get("source")
    if not isinstance(source, dict) or source.get("rel") != "merge":
        return
    record = _event(at, at.of.id, "merged", {})
    head = f"event[{at.of.id}]"
    to = source["to"].get("ticket_id") if isinstance(source.get("to"), dict) else None
    losers = source["from"].get("ticket_ids") if isinstance(source.get("from"), dict) else None
    if to:
        record |= {"field": "merged_into", "after": ref(at.of.desk, "ticket", to)}
        trace["via.source.to.ticket_id"] = f"{head}.after"
    elif isinstance(losers, list) and losers:
        record["after"] = [ref(at.of.desk, "ticket", number) for number in losers]
        trace["via.source.from.ticket_ids"] = f"{head}.after"
    trace["via.source.rel"] = f"{head}.type"
    records.append(record)
