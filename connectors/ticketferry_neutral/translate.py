"""From a line of a neutral file to a neutral record: the same record under the desk's key. Pure."""

import re
from typing import Any, cast

from ticketferry.sdk import Record, Translated, Wire, leaves

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
    if not marks and "origin" in record:
        record = {key: value for key, value in record.items() if key != "origin"}
    return Translated([record], trace)


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
