"""What a service desk knows of a request beside its fields, as parts of the neutral ticket: SLA, rating, approvals, links outside.

All of it is read only in Jira [S]: no API writes an SLA clock, an approval or (but for its reporter) a rating.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ticketferry.sdk import Finding, Json, Kind, Record, Ref, Severity, derived

from .issue_reading import IssueReading
from .tracing import trace_account, trace_time
from .wire import neutral_time

__all__ = ["add_facts", "lacking"]

_WORDS = {
    "comment": "comments",
    "worklog": "work logs",
    "changelog": "entries of the history",
}


def add_facts(issue: IssueReading, body: Mapping[str, Any]) -> list[Record]:
    """Put SLA facts, rating and remote links into the ticket; return its approvals as events."""
    _sla(issue)
    _satisfaction(issue, body)
    _remote_links(issue, body.get("remotelinks"))
    return list(_approvals(issue))


def lacking(own: Ref, body: Mapping[str, Any]) -> list[Finding]:
    """Tell of lists that Jira showed shorter than it counts them, also when asked again."""
    found = body.get("lacks")
    return [
        Finding(
            "JSM-CUT", Severity.LOSS, own, f"lacks.{name}",
            f"Jira counts {count} more {_WORDS.get(name, name)} than it shows", "Run `ticketferry extract` again; if they stay away the account may not see them.",
            int(count),
        )
        for name, count in (found.items() if isinstance(found, Mapping) else ())
    ]  # fmt: skip


# ---- SLA


def _sla(issue: IssueReading) -> None:
    site, head, fields, trace, at = issue
    rows: list[dict[str, Json]] = []
    for id_ in site.fields_of("sd-sla-field"):
        value = fields.get(id_)
        if not isinstance(value, Mapping):
            continue
        done = value.get("completedCycles") or []
        path, place = f"fields.{id_}", f"{at}.sla[{len(rows)}]"
        cycles: list[Json] = []
        every = [(f"{path}.completedCycles[{index}]", cycle) for index, cycle in enumerate(done)]
        for where, cycle in (*every, (f"{path}.ongoingCycle", value.get("ongoingCycle"))):
            if isinstance(cycle, Mapping):
                _trace_cycle(trace, where, f"{place}.cycles[{len(cycles)}]", cycle)
                cycles.append(_cycle(cycle))
        rows.append({"name": str(value.get("name") or site.title_of(id_)), "cycles": cycles})
        trace |= {
            f"{path}.name": f"{place}.name",
            f"{path}.id": "=the SLA's number on its site",
            f"{path}._links.self": "=an address of the API",
        }
    if rows:
        head["sla"] = rows


def _cycle(cycle: Mapping[str, Any]) -> dict[str, Json]:
    made: dict[str, Json] = {
        "start": neutral_time(cycle.get("startTime")),
        "stop": neutral_time(cycle.get("stopTime")),
        "breach_at": neutral_time(cycle.get("breachTime")),
        "breached": cycle.get("breached"),
        "paused": cycle.get("paused"),
        "goal_seconds": _seconds(cycle.get("goalDuration")),
        "elapsed_seconds": _seconds(cycle.get("elapsedTime")),
    }
    return {key: value for key, value in made.items() if value is not None}


def _seconds(duration: object) -> Json:
    millis = duration.get("millis") if isinstance(duration, Mapping) else None
    return millis / 1000 if isinstance(millis, int | float) and not isinstance(millis, bool) else None


def _trace_cycle(trace: dict[str, str], path: str, place: str, cycle: Mapping[str, Any]) -> None:
    for key, name in (("startTime", "start"), ("stopTime", "stop"), ("breachTime", "breach_at")):
        trace_time(trace, cycle.get(key), f"{path}.{key}", f"{place}.{name}")
    for key, name in (("goalDuration", "goal_seconds"), ("elapsedTime", "elapsed_seconds")):
        trace |= {
            f"{path}.{key}.millis": f"{place}.{name}",
            derived(f"{path}.{key}.millis"): "milliseconds as seconds",
            f"{path}.{key}.friendly": "=the same duration in words",
        }
    for form in ("millis", "friendly"):
        trace[f"{path}.remainingTime.{form}"] = "=the goal less the time that went by"
    for key in ("breached", "paused"):
        trace[f"{path}.{key}"] = f"{place}.{key}"


# ---- rating


def _satisfaction(issue: IssueReading, body: Mapping[str, Any]) -> None:
    site, head, fields, trace, at = issue
    said = body.get("feedback")
    for id_ in site.fields_of("sd-request-feedback"):
        value = fields.get(id_)
        if isinstance(value, Mapping) and value.get("rating") is not None:
            head["satisfaction"] = {"score": str(value["rating"])}
            trace[f"fields.{id_}.rating"] = f"{at}.satisfaction.score"
    if not isinstance(said, Mapping):
        return
    if said.get("rating") is not None:
        if "satisfaction" not in head:
            head["satisfaction"] = {"score": str(said["rating"])}
            trace["feedback.rating"] = f"{at}.satisfaction.score"
        else:
            trace["feedback.rating"] = "=the number of the field Satisfaction"
    trace["feedback.type"] = "=the only kind of feedback there is"
    comment = said.get("comment")
    text = comment.get("body") if isinstance(comment, Mapping) else None
    if text and "satisfaction" in head:
        head["satisfaction"]["comment"] = str(text)
        trace["feedback.comment.body"] = f"{at}.satisfaction.comment"


# ---- links to addresses outside


def _remote_links(issue: IssueReading, rows: object) -> None:
    _, head, _, trace, at = issue
    for index, row in enumerate(rows if isinstance(rows, Sequence) and not isinstance(rows, str) else ()):
        target = row.get("object") if isinstance(row, Mapping) else None
        if not isinstance(target, Mapping) or not target.get("url"):
            continue
        link: dict[str, Json] = {"type": "remote", "url": str(target["url"])}
        links = head.setdefault("links", [])
        place = f"{at}.links[{len(links)}]"
        trace[f"remotelinks[{index}].object.url"] = f"{place}.url"
        if target.get("title"):
            link["title"] = str(target["title"])
            trace[f"remotelinks[{index}].object.title"] = f"{place}.title"
        links.append(link)
    trace["remotelinks[].self"] = "=an address of the API"


# ---- approvals


def _approvals(issue: IssueReading) -> Iterator[Record]:
    site, head, fields, trace, _ = issue
    number = str(head["ref"]).split(":", 2)[2]
    for id_ in site.fields_of("sd-approvals"):
        rows = fields.get(id_)
        for index, row in enumerate(rows if isinstance(rows, list) else ()):
            if not isinstance(row, Mapping):
                continue
            path = f"fields.{id_}[{index}]"
            answers = [
                _answer(issue, number, row, index, part, f"{path}.approvers[{place}]", place)
                for place, part in enumerate(row.get("approvers") or [{}])
            ]
            yield from answers
            base = f"event[{number}-approval-{row.get('id', index)}"
            asked = f"{base}-asked]" if _asked_before(row) else f"{base}-0]"
            if _asked_before(row):
                yield _asking(issue, number, row, index)
            trace |= {
                f"{path}.id": f"{base}-0].ref",
                derived(f"{path}.id"): "part of the record's own id",
                f"{path}.name": f"{base}-0].field",
                f"{path}.canAnswerApproval": "=what the reading account may do",
                f"{path}._links.self": "=an address of the API",
            }
            for key, owner in (("createdDate", asked), ("completedDate", f"{base}-0]")):
                trace_time(trace, row.get(key), f"{path}.{key}", f"{owner}.time")
            if row.get("finalDecision") == answers[0]["after"]:
                trace[f"{path}.finalDecision"] = f"{base}-0].after"


def _asked_before(row: Mapping[str, Any]) -> bool:
    return bool(row.get("createdDate") and row.get("completedDate"))


def _asking(issue: IssueReading, number: str, row: Mapping[str, Any], index: int) -> Record:
    return {
        "ref": str(Ref(issue.site.desk, Kind.EVENT, f"{number}-approval-{row.get('id', index)}-asked")),
        "ticket": issue.head["ref"],
        "time": neutral_time(row.get("createdDate")),
        "type": "approval",
        "field": str(row.get("name") or "approval"),
        "after": "pending",
    }


def _answer(
    issue: IssueReading, number: str, row: Mapping[str, Any], index: int, part: Mapping[str, Any], path: str, place: int
) -> Record:  # fmt: skip
    site, head, _, trace, _ = issue
    id_ = f"{number}-approval-{row.get('id', index)}-{place}"
    created, completed = neutral_time(row.get("createdDate")), neutral_time(row.get("completedDate"))
    record: Record = {
        "ref": str(Ref(site.desk, Kind.EVENT, id_)),
        "ticket": head["ref"],
        "time": completed or created,
        "type": "approval",
        "field": str(row.get("name") or "approval"),
        "after": str(part.get("approverDecision") or row.get("finalDecision") or "pending"),
    }
    who = part.get("approver")
    if isinstance(who, Mapping) and who.get("accountId"):
        record["actor"] = str(Ref(site.desk, Kind.PERSON, str(who["accountId"])))
        trace |= trace_account(who, f"{path}.approver", f"event[{id_}].actor")
    trace[f"{path}.approverDecision"] = f"event[{id_}].after"
    return record
