"""Records of the target in source terms: every reference that the id map knows is turned back."""

import re
from collections.abc import Callable
from typing import Any

from ticketferry.schema.records import Record

__all__ = ["rebase"]

SourceOf = Callable[[str, str], str | None]
"""(kind, target id) -> source ref text, None where the id map lacks it."""

_SINGLE = (
    "ref",
    "origin",
    "requester",
    "submitter",
    "assignee",
    "group",
    "organization",
    "author",
    "ticket",
    "comment",
    "person",
    "to",
    "merged_into",
    "actor",
)
_MANY = ("followers", "ccs", "organizations", "groups")
_NESTED = ("comments", "attachments", "worklogs", "links", "events", "memberships", "identities")
_IN_HTML = re.compile(r'(data-(?:ref|person|ticket)=")([^"]+)(")')


def rebase(record: Record, desk: str, source_of: SourceOf) -> Record:
    """Return a copy of a record read from the desk `desk` with its references in source terms."""

    def turn(ref: Any) -> Any:
        if not isinstance(ref, str) or not ref.startswith(f"{desk}:"):
            return ref
        parts = ref.split(":", 2)
        if len(parts) != 3:
            return ref
        return source_of(parts[1], parts[2]) or ref

    def walk(item: Record) -> Record:
        result = dict(item)
        for key in _SINGLE:
            if key in result:
                result[key] = turn(result[key])
        for key in _MANY:
            if isinstance(result.get(key), list):
                result[key] = [turn(ref) for ref in result[key]]
        for key in _NESTED:
            if isinstance(result.get(key), list):
                result[key] = [walk(part) for part in result[key]]
        body = result.get("body")
        if isinstance(body, dict) and desk in body.get("html", ""):
            html = _IN_HTML.sub(lambda match: f"{match[1]}{turn(match[2])}{match[3]}", body["html"])
            result["body"] = {**body, "html": html}
        return result

    return walk(record)
