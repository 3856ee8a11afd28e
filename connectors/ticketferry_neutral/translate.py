"""From a line of a neutral file to a neutral record: the same record under the desk's key. Pure."""

import re
from collections.abc import Iterator
from typing import Any, cast

from ticketferry.sdk import Finding, Record, Severity, Translated, Wire, derived, leaves
from ticketferry.sdk.body import Loss, from_html, parse, write_html

__all__ = ["translate"]

_DERIVED = {
    "ref": "=the record's own name",
    "origin": "=the mark of an earlier migration",
    "ticket": "=the ticket that it hangs on",
    "person": "=the person that it belongs to",
}
_SINGLE = frozenset(
    {
        "ref", "ticket", "comment", "person", "author", "actor", "requester", "submitter", "assignee", "group",
        "organization", "merged_into", "to",
    }
)  # fmt: skip
_MANY = frozenset({"followers", "ccs", "organizations", "groups"})
_NESTED = frozenset(
    {
        "comments",
        "events",
        "attachments",
        "worklogs",
        "side_conversations",
        "messages",
        "links",
        "identities",
        "memberships",
    }
)
_NAME = re.compile(r"[^:\s]+:(?:ticket|person|group|organization|comment|attachment):\S+\Z")
"""A record's name among the values of a step of history: whom it was assigned to, what it was merged into."""
_AS_TEXT = "the text in the neutral subset"
_PRE = re.compile(r"<pre\b.*?</pre>", re.DOTALL | re.IGNORECASE)
_SPACED = re.compile(r"[\t\n\f\r]")
_IN_HTML = re.compile(r'(data-(?:ref|person|ticket)=")([^":]+)(:)')


def translate(wire: Wire, *, marks: bool) -> Translated:
    """Give the wire's record with its own desk's references under `wire.ref.desk`; every leaf goes to the path of the same name.

    `marks`: keep `origin`, which says what a record of a target stands for. A folder that is read as a source has no use for the
    marks of the migration that once filled it.
    """
    if wire.gone or not isinstance(wire.body, dict):
        return Translated((), {})
    record = cast("Record", wire.body)
    own = str(record["ref"]).split(":", 1)[0]
    head = f"{wire.ref.kind.value}[{wire.ref.id}]."
    trace = {
        leaf.path: _DERIVED.get(leaf.path) or head + leaf.path
        for leaf in leaves(wire.body, frozenset({"body"}))
    }
    if own != wire.ref.desk:
        record = rekey(record, own, wire.ref.desk)
    findings: list[Finding] = []
    if not marks:
        if "origin" in record:
            record = {key: value for key, value in record.items() if key != "origin"}
        if record.get("name") == "" and wire.ref.kind.value == "attachment":
            record = {**record, "name": f"attachment-{wire.ref.id}"}
        record = _texts(record, wire, trace, findings)
    return Translated([record], trace, findings)


def _texts(record: Record, wire: Wire, trace: dict[str, str], findings: list[Finding]) -> Record:
    """Return the record with its texts in the neutral subset, which a program that wrote the files may not have kept to."""
    found = {**record}
    for at, text in _bodies(record):
        html, losses = _in_subset(text)
        if html == text and html:
            continue
        path = f"{at}body" if not at else f"{at}body.html"
        if html:
            trace[derived(path)] = _AS_TEXT
        else:
            trace[path] = "=a message without content"
        findings += [
            Finding(
                loss.code.replace("BODY", "NEUTRAL-BODY", 1), Severity.LOSS, wire.ref, f"{path} {loss.where}", loss.message,
                count=loss.count,
            )
            for loss in losses
        ]  # fmt: skip
        if at:
            messages = [{**message} for message in found["messages"]]
            _put(messages[int(at[len("messages[") : -2])], html)
            found["messages"] = messages
        else:
            _put(found, html)
    return found


def _bodies(record: Record) -> Iterator[tuple[str, str]]:
    """Yield where texts stand (a prefix of the path) and their HTML."""
    places = [
        ("", record),
        *((f"messages[{n}].", item) for n, item in enumerate(record.get("messages") or ())),
    ]
    for at, item in places:
        body = item.get("body")
        if isinstance(body, dict) and isinstance(body.get("html"), str):
            yield at, body["html"]


def _put(item: Record, html: str) -> None:
    if html:
        item["body"] = {**item["body"], "html": html}
    else:
        del item["body"]


def _in_subset(html: str) -> tuple[str, list[Loss]]:
    """Read a text as browsers do where it is outside the subset, or where white space of its own stands in it."""
    if not _SPACED.search(_PRE.sub("", html)):
        try:
            return write_html(parse(html)), []
        except ValueError:
            pass
    tree, losses = from_html(html, subset=True)
    return write_html(tree), losses


def rekey(record: Record, before: str, after: str) -> Record:
    """Return the record with every reference to the desk `before` turned into one to the desk `after`."""
    opening = f"{before}:"

    def turn(ref: Any) -> Any:
        return f"{after}:{ref[len(opening) :]}" if isinstance(ref, str) and ref.startswith(opening) else ref

    def in_html(found: re.Match[str]) -> str:
        return f"{found[1]}{after if found[2] == before else found[2]}{found[3]}"

    def walk(item: Record) -> Record:
        result: Record = {}
        for key, value in item.items():
            if key in _SINGLE or (
                key in ("before", "after") and isinstance(value, str) and _NAME.match(value)
            ):
                result[key] = turn(value)
            elif key in _MANY:
                result[key] = [turn(ref) for ref in value]
            elif key in _NESTED:
                result[key] = [walk(part) for part in value]
            elif key == "body" and isinstance(value, dict):
                result[key] = {**value, "html": _IN_HTML.sub(in_html, value.get("html", ""))}
            else:
                result[key] = value
        return result

    return walk(record)
