"""A case's parts in time order, with later privacy changes, redactions and removals folded in."""

from collections.abc import Callable
from typing import Any

from ticketferry.schema.records import Record

__all__ = ["EVENT_COLUMNS", "fold", "opening", "order_key", "pack_events", "unpack_events"]

EVENT_COLUMNS = ("id", "time", "type", "field", "before", "after", "actor", "comment", "rule", "native")
"""Columns of a packed event; what is empty at the end of a row is left out."""

_EVENT_VALUES = EVENT_COLUMNS[1:]
_PUBLIC = frozenset({"true", "public", "1"})
_BLOCK = "▇"
_TIME_KEYS = {
    "comments": "created",
    "attachments": "created",
    "events": "time",
    "worklogs": "started",
    "side_conversations": "created",
}


def order_key(time_key: str) -> Callable[[Record], tuple[str, int, int, str]]:
    """Sort by time, then by id; ids that are numbers sort as numbers, before all others."""

    def key(record: Record) -> tuple[str, int, int, str]:
        id_ = str(record["ref"]).split(":", 2)[2]
        # Without the `Z`, which comes after the point: 05Z is before 05.500Z.
        time = (record.get(time_key) or "").removesuffix("Z")
        return (time, 0, int(id_), id_) if id_.isascii() and id_.isdigit() else (time, 1, 0, id_)

    return key


def fold(case: Record) -> Record:
    """Return the case as it stands today: the last word on privacy wins, in doubt the less visible; parts in time order. Pure.

    Events that count name a comment: `privacy` (`after`: public or not), `redacted` (`after`: the text that stands there now,
    or `before`: what was taken out), `redacted`/`removed` with `field` = `attachment` (`before`: its ref, id or name).
    Folding twice changes nothing.
    """
    folded = dict(case)
    for name, time_key in _TIME_KEYS.items():
        if case.get(name):
            parts = case[name]
            folded[name] = (
                list(parts) if _in_order(parts, time_key) else sorted(parts, key=order_key(time_key))
            )
    if not case.get("comments") and not case.get("attachments"):
        return folded
    comments = [_strict(comment) for comment in folded.get("comments", ())]
    attachments = [dict(attachment) for attachment in folded.get("attachments", ())]
    by_ref = {comment["ref"]: comment for comment in comments}
    verdicts: dict[str, tuple[str, bool]] = {}
    for event in folded.get("events", ()):
        kind = event.get("type")
        if kind in ("redacted", "removed") and event.get("field") == "attachment":
            _remove(attachments, event)
            continue
        comment = by_ref.get(event.get("comment", ""))
        if comment is None:
            continue
        if kind == "privacy":
            _judge(verdicts, comment, event)
        elif kind == "redacted":
            _redact(comment, event)
    for ref, (_, public) in verdicts.items():
        by_ref[ref]["public"] = public
    if comments:
        folded["comments"] = comments
    if attachments:
        folded["attachments"] = attachments
    return folded


def _in_order(parts: list[Record], time_key: str) -> bool:
    """Tell whether parts stand in time order beyond doubt: each is later than the one before, in one notation. Most desks give them so."""
    last, length = "", -1
    for part in parts:
        time = part.get(time_key) or ""
        if time <= last or (length >= 0 and len(time) != length):
            return False
        last, length = time, len(time)
    return True


def _strict(comment: Record) -> Record:
    return {**comment, "public": comment.get("public") is True}


def _judge(verdicts: dict[str, tuple[str, bool]], comment: Record, event: Record) -> None:
    public = str(event.get("after")).casefold() in _PUBLIC
    time = event["time"]
    known = verdicts.get(comment["ref"])
    if known is not None and known[0] == time:
        public = public and known[1]
    verdicts[comment["ref"]] = (time, public)


def _redact(comment: Record, event: Record) -> None:
    comment["redacted"] = True
    after, before = event.get("after"), event.get("before")
    body: dict[str, Any] = comment.get("body") or {}
    if isinstance(after, dict) and isinstance(after.get("html"), str):
        comment["body"] = {"html": after["html"]}
    elif isinstance(before, str) and before.strip() and body:
        gone = before.strip()
        escaped = gone.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        html = body.get("html", "")
        if escaped in html or gone in body.get("original", ""):
            # The original would still show what was taken out.
            comment["body"] = {"html": html.replace(escaped, _BLOCK * len(gone))}


def _remove(attachments: list[Record], event: Record) -> None:
    before = event.get("before")
    for attachment in attachments:
        names = (attachment["ref"], str(attachment["ref"]).split(":", 2)[2], attachment.get("name"))
        same_comment = not event.get("comment") or attachment.get("comment") == event["comment"]
        if before is not None and str(before) in names and same_comment:
            attachment["state"] = "redacted"
            for key in ("sha256", "url"):
                attachment.pop(key, None)


def opening(case: Record) -> Record | None:
    """Return the first message where it stands among the comments: the one that is marked so, else the earliest of a case without body."""
    comments = case.get("comments") or ()
    for comment in comments:
        if comment.get("opening"):
            return dict(comment)
    if comments and not case.get("body"):
        first: Record = sorted(comments, key=order_key("created"))[0]  # noqa: FURB192 -- min() has no type for such a key
        return dict(first)
    return None


def pack_events(events: list[Record]) -> list[list[Any]]:
    """Write events as short rows for the provenance (columns: EVENT_COLUMNS); complete but for the ticket they belong to."""
    rows = []
    for event in events:
        row = [str(event["ref"]).split(":", 2)[2], *map(event.get, _EVENT_VALUES)]
        while row[-1] is None:
            row.pop()
        rows.append(row)
    return rows


def unpack_events(rows: list[list[Any]], ticket: str) -> list[Record]:
    """Read packed events back."""
    desk = ticket.split(":", 1)[0]
    events = []
    for row in rows:
        event = {
            column: value for column, value in zip(EVENT_COLUMNS, row, strict=False) if value is not None
        }
        events.append({"ref": f"{desk}:event:{event.pop('id')}", "ticket": ticket, **event})
    return events
