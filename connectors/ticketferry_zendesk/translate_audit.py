"""Audits as neutral records: one comment or event for each of their steps, and an event of its own for a merge."""

from datetime import UTC, datetime
from typing import Any

from ticketferry.sdk import Finding, Kind, Ref, Severity, Translated, derived
from ticketferry_zendesk.audit_rows import author_key, steps
from ticketferry_zendesk.names import Names
from ticketferry_zendesk.tracing import SYSTEM_REASON, is_system, ref
from ticketferry_zendesk.translate_change import change, statuses_of
from ticketferry_zendesk.translate_chat import CHATS, chat
from ticketferry_zendesk.translate_comment import comment
from ticketferry_zendesk.translate_event import At, event, merge, other, rule_of
from ticketferry_zendesk.wire import REFUSED, Row, utc

__all__ = ["audit"]


def audit(of: Ref, row: Row, names: Names) -> Translated:
    """One audit; steps that a rule did name the rule and no actor. An audit without steps becomes an event `touched`."""
    key = author_key(row)
    author = row.get(key)
    via = row["via"] if isinstance(row.get("via"), dict) else {}
    channel = via.get("channel") if via else row.get("via")
    at = At(
        of,
        ref(of.desk, "ticket", row.get("ticket_id")),
        _time(row),
        None if author is None or is_system(author) else ref(of.desk, "person", author),
        channel if isinstance(channel, str) else None,
        rule_of(row.get("via")),
    )
    found = list(steps(row))
    records: list[dict[str, Any]] = []
    findings: list[Finding] = []
    trace = {
        "id": "=the record's own id",
        "ticket_id": "=the ticket that the audit belongs to",
        "event_type": "=it is an audit",
    }
    trace |= {"timestamp": "=repeats created_at"} if row.get("created_at") else {}
    if row.get("system") is not None and (row.get("metadata") or {}).get("system") == row["system"]:
        trace["system"] = "=repeats metadata.system"
    merge(at, via, "via", records, trace)
    if not via:
        # the export of ticket events tells the source of an audit with its comment only
        spoken = next((step for step in found if step.spoken and isinstance(step.row.get("via"), dict)), None)
        if spoken:
            merge(at, spoken.row["via"], f"{spoken.path}.via", records, trace)
    opening = any(step.kind == "Create" for step in found)
    statuses = statuses_of(found, names)
    for step in found:
        if step.spoken:
            said = comment(
                of, at.ticket, step, time=at.time, author=author, channel=at.channel, opening=opening
            )
            opening = False
            records += said.records
            trace |= said.trace
            findings += said.findings
        elif step.field:
            change(at, step, names, statuses, records, trace)
        else:
            records.append(other(at, step, trace, findings))
            if step.kind in CHATS:
                messages, told = chat(at, step, author)
                records += messages
                trace |= told
    if not records:
        records.append(event(at, of.id, "touched", {}))
    _shared(at, row, key, via, records, trace)
    if row.get(REFUSED) is not None:
        findings.append(
            Finding(
                "ZD-LOG-001", Severity.LOSS, Ref(of.desk, Kind.TICKET, str(row.get("ticket_id"))), "conversation_log",
                "the ticket is a messenger's, and Zendesk does not show its conversation: what was said there is missing",
                "Give the account that reads the right to see conversations, and extract again.",
            )
        )  # fmt: skip
    return Translated(records, trace, findings)


def _time(row: Row) -> str:
    """When it was; the export of ticket events also tells it in unix seconds."""
    told = row.get("timestamp")
    seconds = told if isinstance(told, int) else 0
    return utc(row.get("created_at")) or datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shared(
    at: At, row: Row, key: str, via: Row, records: list[dict[str, Any]], trace: dict[str, str]
) -> None:
    """Trace what the audit itself tells to the first record that took it."""
    heads = [(head_of(record), record) for record in records]
    head, first = heads[0]
    place = f"{head}.{'time' if 'time' in first else 'created'}"
    if utc(row.get("created_at")):
        trace["created_at"] = place
    elif isinstance(row.get("timestamp"), int):
        trace |= {"timestamp": place, derived("timestamp"): "seconds as a time"}
    for head, record in heads:
        name = (
            "actor"
            if record.get("actor") == at.actor
            else "author"
            if record.get("author") == at.actor
            else ""
        )
        if name and at.actor:
            trace[key] = f"{head}.{name}"
            break
    else:
        trace[key] = SYSTEM_REASON if is_system(row.get(key)) else "=in whose name rules acted"
        if row.get(key) is not None and not is_system(row[key]) and not at.rule:
            del trace[key]
    for head, record in heads:
        if at.channel and record.get("channel") == at.channel:
            trace["via.channel" if via else "via"] = f"{head}.channel"
            break
    if at.rule:
        trace.setdefault("via.channel" if via else "via", "=done by a rule")
        for head, record in heads:
            if record.get("rule") == at.rule:
                trace["via.source.from.title"] = f"{head}.rule"
                break


def head_of(record: dict[str, Any]) -> str:
    _, kind, id_ = record["ref"].split(":", 2)
    return f"{kind}[{id_}]"
