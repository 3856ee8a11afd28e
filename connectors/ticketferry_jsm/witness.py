"""What a witness is told of a request: summary, description and comments with the portal's view of them, read from the issue as it came.

Sharing nothing with the connector's reading of ADF: words are gathered by one walk over whatever has a text.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from ticketferry.sdk.witness import Facts, Held, Names, Said, Who, Wire

__all__ = ["facts", "files", "texts", "who"]

_LINES = frozenset({
    "paragraph", "heading", "codeBlock", "blockquote", "panel", "listItem", "tableCell", "tableHeader", "tableRow", "taskItem",
    "decisionItem", "expand", "nestedExpand", "hardBreak", "rule", "media", "mediaSingle", "caption", "blockCard", "embedCard",
})  # fmt: skip
"""Nodes that begin and end a line: words do not go on across them."""


def texts(wires: Sequence[Wire]) -> list[Said]:
    """Return summary, description and comments. Customers read summary and description of a request, and comments that are public.

    An issue without a request type is on no portal: its comments say by themselves who may read them, its description does not. What an
    agent asked for is among agents in any desk; a customer's own words without a request type are hidden from them.
    """
    fields = _fields(wires)
    theirs = _customer(fields.get("reporter"))
    shown = any(isinstance(value, dict) and value.get("requestType") for value in fields.values())
    found: list[Said] = []
    if fields.get("summary"):
        found.append(
            Said("summary", str(fields["summary"]), shown, kind="subject", doubtful=not shown and not theirs)
        )
    description = words(fields.get("description"))
    if description.strip():
        author = _account(fields.get("reporter"))
        found.append(
            Said(
                "description",
                description,
                shown,
                author=author,
                at=str(fields.get("created") or ""),
                doubtful=not shown and not theirs,
            )
        )
    for body in _parts(wires, "comment"):
        text = words(body.get("body"))
        if text.strip():
            found.append(
                Said(
                    f"comment {body.get('id')}",
                    text,
                    _public(body),
                    author=_account(body.get("author")),
                    at=str(body.get("created") or ""),
                )
            )
    for body in _parts(wires, "worklog"):
        text = words(body.get("comment"))
        if text.strip():
            found.append(Said(f"work log {body.get('id')}", text, public=False, kind="beside"))
    return found


def files(wires: Sequence[Wire]) -> list[Held]:
    """Return the issue's files. One is shown to customers by the description or a public comment, or where it is their own."""
    public = {str(body.get("id")): _public(body) for body in _parts(wires, "comment")}
    found = []
    for body in _parts(wires, "attachment"):
        shown = public.get(str(body["shown_in"]), False) if "shown_in" in body else not body.get("hidden")
        size = body.get("size")
        found.append(
            Held(
                str(body.get("id")),
                str(body.get("filename") or ""),
                size if isinstance(size, int) else None,
                shown,
                str(body.get("content") or ""),
            )
        )
    return found


def facts(wires: Sequence[Wire], names: Names) -> Facts:
    """Return what people go by; the issue itself tells its reporter's name, and the address where it is not hidden."""
    fields = _fields(wires)
    issue = next((wire.body for wire in wires if wire.root is None and isinstance(wire.body, dict)), {})
    custom = {key: tuple(_values(value)) for key, value in fields.items() if key.startswith("customfield_")}
    shown = [str(fields.get("summary") or ""), *map(str, fields.get("labels") or ())]
    shown += [value for values in custom.values() for value in values]
    reporter = fields.get("reporter")
    return Facts(
        str(issue.get("key") or ""),
        _user(reporter) if isinstance(reporter, dict) else None,
        str(fields.get("created") or ""),
        str(fields.get("resolutiondate") or ""),
        _account(fields.get("creator")),
        tuple(filter(None, shown)),
        {f"fields.{names[key]}": values for key, values in custom.items() if key in names and values}
        | {"tags": tuple(map(str, fields.get("labels") or ()))},
        container=str(issue.get("key") or "").rpartition("-")[0],
        sort=_name(fields.get("issuetype")),
    )


def who(wires: Sequence[Wire]) -> Who:
    """Return an account by its name, and its address where it is not hidden."""
    return _user(next((wire.body for wire in wires if wire.root is None and isinstance(wire.body, dict)), {}))


def words(document: Any) -> str:
    """Return the words of a text in Atlassian's document format, or of a plain one, in order."""
    if isinstance(document, str):
        return document
    return "".join(_walk(document)) if isinstance(document, dict) else ""


def _walk(document: Any) -> Iterator[str]:
    stack: list[Any] = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
            continue
        if isinstance(node, list):
            stack.extend(reversed(node))
            continue
        if not isinstance(node, dict):
            continue
        kind, attrs = node.get("type"), node.get("attrs")
        attrs = attrs if isinstance(attrs, dict) else {}
        told = node.get("text")
        if kind == "date":
            told = _day(attrs.get("timestamp"))
        elif kind in ("mention", "status", "placeholder"):
            told = attrs.get("text")
        elif kind == "emoji":
            told = attrs.get("text") or attrs.get("shortName")
        elif kind in ("inlineCard", "blockCard", "embedCard"):
            told = attrs.get("url")
        elif kind in ("expand", "nestedExpand"):
            told = f"{attrs.get('title') or ''}\n"
        around = "\n" if kind in _LINES else ""
        stack.extend((around, node.get("content"), told if isinstance(told, str) else "", around))


def _day(timestamp: Any) -> str:
    try:
        return datetime.fromtimestamp(int(str(timestamp)) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _public(comment: dict[str, Any]) -> bool:
    """Jira says of each comment whether the portal shows it; a comment for a role or group is for agents alone."""
    if comment.get("visibility"):
        return False
    for row in comment.get("properties") or ():
        value = row.get("value") if isinstance(row, dict) and row.get("key") == "sd.public.comment" else None
        if isinstance(value, dict) and value.get("internal") is True:
            return False
    return comment.get("jsdPublic") is not False


def _fields(wires: Sequence[Wire]) -> dict[str, Any]:
    issue = next((wire.body for wire in wires if wire.root is None and isinstance(wire.body, dict)), {})
    found = issue.get("fields")
    return found if isinstance(found, dict) else {}


def _parts(wires: Sequence[Wire], kind: str) -> list[dict[str, Any]]:
    found = [wire.body for wire in wires if wire.ref.kind.value == kind and isinstance(wire.body, dict)]
    return sorted(
        found, key=lambda body: (str(body.get("created") or ""), str(body.get("id") or "").zfill(20))
    )


def _customer(user: Any) -> bool:
    kind = user.get("accountType") if isinstance(user, dict) else None
    return kind == "customer" or _account(user).startswith("qm:")


def _account(user: Any) -> str:
    return str(user.get("accountId") or "") if isinstance(user, dict) else ""


def _name(value: Any) -> str:
    return str(value.get("name") or "") if isinstance(value, dict) else ""


def _user(user: dict[str, Any]) -> Who:
    email = str(user.get("emailAddress") or "")
    return Who(_account(user), str(user.get("displayName") or ""), frozenset({email} - {""}))


def _values(value: Any) -> Iterator[str]:
    """Yield the texts of a field's value, whatever its type: options by their words, cascades by both, documents whole."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(int(value)) if float(value).is_integer() else str(value)
    elif isinstance(value, list):
        for item in value:
            yield from _values(item)
    elif isinstance(value, dict):
        if value.get("type") == "doc":
            yield words(value)
            return
        for key in ("value", "name", "displayName", "child"):
            if key in value:
                yield from _values(value[key])
