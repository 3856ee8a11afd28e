"""Events of audits as neutral events: all but comments and changes of fields."""

from typing import Any, NamedTuple

from ticketferry.sdk import Finding, Ref, Severity, derived
from ticketferry_zendesk.audit_rows import OWN_WORDS, AuditStep
from ticketferry_zendesk.tracing import ref
from ticketferry_zendesk.wire import Row

__all__ = ["TYPES", "At", "event", "merge", "other", "own", "rule_of"]

TYPES = {
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
_RULES = frozenset({"Automation", "Rule", "Trigger"})


class At(NamedTuple):
    """What all steps of an audit share."""

    of: Ref
    ticket: str
    time: str
    actor: str | None
    channel: str | None
    rule: str | None


def rule_of(via: Any) -> str | None:
    """Name of the trigger or automation that a `via` tells of; the export of ticket events gives one word only."""
    if isinstance(via, str):
        return via if via in _RULES else None
    if not isinstance(via, dict) or via.get("channel") != "rule":
        return None
    source = via.get("source")
    origin = source.get("from") if isinstance(source, dict) else None
    title = origin.get("title") if isinstance(origin, dict) else None
    return str(title) if title else "rule"


def event(at: At, id_: object, type_: str, row: Row) -> dict[str, Any]:
    """Begin an event of `type_`; `row` may name the rule that did it, which then stands in the actor's place."""
    record: dict[str, Any] = {
        "ref": ref(at.of.desk, "event", id_),
        "ticket": at.ticket,
        "time": at.time,
        "type": type_,
    }
    rule = rule_of(row.get("via")) or at.rule
    if rule:
        record["rule"] = rule
    elif at.actor:
        record["actor"] = at.actor
    return record


def own(step: AuditStep, head: str, record: dict[str, Any], trace: dict[str, str]) -> None:
    """Trace what every step has: id, type, and the rule that did it."""
    path = step.path
    trace[f"{path}.id"] = "=the record's own id"
    trace[f"{path}.type"] = trace[f"{path}.event_type"] = f"{head}.type"
    trace[derived(f"{path}.type")] = trace[derived(f"{path}.event_type")] = "the neutral type of an event"
    via = step.row.get("via")
    if isinstance(via, str) and rule_of(via):
        trace[f"{path}.via"] = f"{head}.rule"
    elif isinstance(via, dict) and rule_of(via):
        trace[f"{path}.via.source.from.title"] = f"{head}.rule"
        trace[f"{path}.via.channel"] = f"{head}.rule" if record.get("rule") else "=done by a rule"
        trace[derived(f"{path}.via.channel")] = "it was a rule"


def other(at: At, step: AuditStep, trace: dict[str, str], findings: list[Finding]) -> dict[str, Any]:
    """Return the event of a step that is no comment and changes no field; an unknown type keeps its own word, with a finding."""
    row, path = step.row, step.path
    id_ = row.get("id", f"{at.of.id}-{path}")
    head = f"event[{id_}]"
    record = event(at, id_, TYPES.get(step.kind, step.kind), row)
    own(step, head, record, trace)

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
                take("public", "after", row.get("public") is True and row.get("public_now") is not False)
                trace[f"{path}.public_now"] = f"{head}.after"
                trace[derived(f"{path}.public")] = "in doubt the less visible"
        case "AttachmentRedactionEvent":
            record["field"] = "attachment"
            if row.get("comment_id") is not None:
                take("comment_id", "comment", ref(at.of.desk, "comment", row["comment_id"]))
            if row.get("attachment_id") is not None:
                take("attachment_id", "before", ref(at.of.desk, "attachment", row["attachment_id"]))
        case "Notification" | "NotificationWithCcs" | "Cc" | "FollowerNotificationEvent":
            people = row.get("recipients")
            if isinstance(people, list):
                take(
                    "recipients",
                    "after",
                    # true and false are whole numbers to Python
                    [ref(at.of.desk, "person", one) if type(one) is int else one for one in people],
                )
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
        case kind if kind not in TYPES and kind not in OWN_WORDS:
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


def merge(at: At, via: Row, path: str, records: list[dict[str, Any]], trace: dict[str, str]) -> None:
    """Add the event of a merge: on the loser its winner, on the winner the losers [PROBE, RECALL]."""
    source = via.get("source")
    if not isinstance(source, dict) or source.get("rel") != "merge":
        return
    record = event(at, at.of.id, "merged", {})
    head = f"event[{at.of.id}]"
    to = source["to"].get("ticket_id") if isinstance(source.get("to"), dict) else None
    losers = source["from"].get("ticket_ids") if isinstance(source.get("from"), dict) else None
    if to:
        record |= {"field": "merged_into", "after": ref(at.of.desk, "ticket", to)}
        trace[f"{path}.source.to.ticket_id"] = f"{head}.after"
    elif isinstance(losers, list) and losers:
        record["after"] = [ref(at.of.desk, "ticket", number) for number in losers]
        trace[f"{path}.source.from.ticket_ids"] = f"{head}.after"
    trace |= {
        f"{path}.source.rel": f"{head}.type",
        derived(f"{path}.source.rel"): "the neutral type of an event",
    }
    records.append(record)
