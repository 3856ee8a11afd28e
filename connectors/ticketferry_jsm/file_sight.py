"""Who sees a file: Jira keeps it on the issue, and the texts that show it say whether customers do. For sites read as a source.

On the portal a file is seen through the request's description and public comments; one that an agent put on the issue, or shows
in an internal comment, stays among agents (FIELD: no call of the platform API tells it). In doubt the less visible: a file that
no text shows is the customers' own only where a customer or the reporter uploaded it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from ticketferry.sdk import Kind, Wire

from .wire import account_kind

__all__ = ["HIDDEN", "SHOWN_IN", "files_in", "sighted"]

SHOWN_IN = "shown_in"
"""Key beside a file: the comment that shows it."""
HIDDEN = "hidden"
"""Key beside a file that no text shows and no customer uploaded."""


def sighted(own: Sequence[Wire], media: Mapping[str, str]) -> list[Wire]:
    """Note beside each file of an issue where it is shown: the description comes before public comments, and those before internal ones.

    `own`: the issue's wires, itself first. `media`: media id -> attachment id.
    """
    fields = cast("Any", own[0].body)["fields"]
    reporter = (fields.get("reporter") or {}).get("accountId")
    described = {media[id_] for id_, _ in files_in(fields.get("description")) if id_ in media}
    comments = [cast("Any", wire.body) for wire in own if wire.ref.kind is Kind.COMMENT]
    shown: dict[str, str] = {}
    for row in sorted(
        comments, key=lambda row: row.get("jsdPublic") is not True or bool(row.get("visibility"))
    ):
        for id_, _ in files_in(row.get("body")):
            if id_ in media:
                shown.setdefault(media[id_], str(row["id"]))
    made: list[Wire] = []
    for wire in own:
        file = wire.ref.id
        if wire.ref.kind is not Kind.ATTACHMENT or file in described:
            made.append(wire)
            continue
        body = cast("dict[str, Any]", wire.body)
        author = body.get("author") or {}
        theirs = author.get("accountId") == reporter or account_kind(author) == "customer"
        if file in shown:
            body = {**body, SHOWN_IN: shown[file]}
        elif not theirs or not author:
            body = {**body, HIDDEN: True}
        made.append(replace(wire, body=body))
    return made


def files_in(document: Any) -> Iterator[tuple[str, str]]:
    """Yield media id and alternative text of each file that a document shows."""
    stack = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            attrs = node.get("attrs")
            if (
                node.get("type") in ("media", "mediaInline")
                and isinstance(attrs, Mapping)
                and attrs.get("id")
            ):
                yield str(attrs["id"]), str(attrs.get("alt") or "")
            stack.extend(node.get("content") or [])
