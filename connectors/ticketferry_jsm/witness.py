"""What a witness is told of a request: summary, description and comments with the portal's view of them, read from the issue as it came.

Sharing nothing with the connector's reading of ADF: words are gathered by one walk over whatever has a text.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from ticketferry.sdk.witness import Facts, Names, Who, Wire, WitnessFile, WitnessLimits, WitnessText

__all__ = ["LIMITS", "facts", "files", "texts", "who"]

LIMITS = WitnessLimits(subject=255)
"""[P "Summary must be less than 255 characters"]"""

_LINES = frozenset({
    "paragraph", "heading", "codeBlock", "blockquote", "panel", "listItem", "tableCell", "tableHeader", "tableRow", "taskItem",
    "decisionItem", "expand", "nestedExpand", "hardBreak", "rule", "media", "mediaSingle", "caption", "blockCard", "embedCard",
})  # fmt: skip
"""Nodes that begin and end a line: words do not go on across them."""
_ADDRESS = re.compile(r"/attachment/(?:content/)?(\d+)")


def texts(wires: Sequence[Wire]) -> list[WitnessText]:
    """Return summary, description and comments. Customers read summary and description of a request, and comments that are public.

    An issue without a request type is on no portal: its comments say by themselves who may read them, its description does not. What an
    agent asked for is among agents in any desk; a customer's own words without a request type are hidden from them.
    """
    fields = _fields(wires)
    theirs = _customer(fields.get("reporter"))
    shown = _on_portal(fields)
    found: list[WitnessText] = []
    if fields.get("summary"):
        found.append(
            WitnessText(
                "summary", str(fields["summary"]), shown, kind="subject", doubtful=not shown and not theirs
            )
        )
    description = words(fields.get("description"))
    if description.strip():
        author = _account(fields.get("reporter"))
        found.append(
            WitnessText(
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
                WitnessText(
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
            found.append(WitnessText(f"work log {body.get('id')}", text, public=False, kind="beside"))
    return found


def files(wires: Sequence[Wire]) -> list[WitnessFile]:
    """Return the issue's files, and whether customers see each.

    The portal's own view tells it where it was read (`portal`): files of public comments, and of no issue that is no request.
    Without it the texts tell: what only an internal comment shows is hidden. In both the description of a request shows its own files,
    and a customer sees what a customer, or who asks, put there and no comment shows; an issue without a request type shows none of them.
    """
    media = {
        str(id_): str(file)
        for wire in wires
        if isinstance(wire.body, dict) and isinstance(wire.body.get("media"), dict)
        for id_, file in wire.body["media"].items()  # type: ignore[union-attr]
    }
    fields = _fields(wires)
    portal = _portal(wires)
    shown, customers = _on_portal(fields) or bool(portal), _customer(fields.get("reporter"))
    described = {media.get(id_) for id_ in _media(fields.get("description"))}
    public, hidden = set[str | None](), set[str | None]()
    for body in _parts(wires, "comment"):
        (public if _public(body) else hidden).update(media.get(id_) for id_ in _media(body.get("body")))
    listed: set[str] | None = None
    if portal is not None:
        public = {file for row in portal.get("comments") or () for file in _linked(row.get("attachments"))}
        listed = set(_linked({"values": portal.get("files")}))
    reporter = _account(fields.get("reporter"))
    asked = {reporter} - {"", _account(fields.get("creator"))}
    found = []
    for body in _parts(wires, "attachment"):
        id_, author = str(body.get("id")), body.get("author")
        theirs = (_customer(author) or _account(author) in asked) and id_ not in hidden
        own = (id_ in described or theirs) and id_ not in public
        size = body.get("size")
        found.append(
            WitnessFile(
                id_,
                str(body.get("filename") or ""),
                size if isinstance(size, int) else None,
                (id_ in public or (own and shown)) and (listed is None or id_ in listed),
                str(body.get("content") or ""),
                doubtful=own and not shown and not customers,
            )
        )
    return found


def _on_portal(fields: dict[str, Any]) -> bool:
    return any(isinstance(value, dict) and value.get("requestType") for value in fields.values())


def _portal(wires: Sequence[Wire]) -> dict[str, Any] | None:
    """Return what the portal shows: nothing of an issue that is no request, None where nobody asked."""
    for wire in wires:
        if wire.root is not None and isinstance(wire.body, dict) and "portal" in wire.body:
            found = wire.body["portal"]
            return found if isinstance(found, dict) else {}
    return None


def _linked(page: Any) -> Iterator[str]:
    """Yield the ids of files that the service desk lists: they stand in addresses only."""
    for row in (page.get("values") or ()) if isinstance(page, dict) else ():
        links = row.get("_links") if isinstance(row, dict) else None
        for address in links.values() if isinstance(links, dict) else ():
            told = _ADDRESS.search(str(address))
            if told is not None:
                yield told[1]


def _media(document: Any) -> Iterator[str]:
    stack: list[Any] = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            attrs = node.get("attrs")
            if node.get("type") in ("media", "mediaInline") and isinstance(attrs, dict) and attrs.get("id"):
                yield str(attrs["id"])
            stack.append(node.get("content"))


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
        asked=dict(_asked(fields, names)),
    )


def _asked(fields: dict[str, Any], names: Names) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what conditions can ask for, where one value of the issue tells it; what has levels or parts is left out."""
    yield "tags", tuple(map(str, fields.get("labels") or ()))
    yield "subject", tuple(filter(None, (str(fields.get("summary") or ""),)))
    for key in ("status", "issuetype", "priority", "resolution", "security"):
        yield ("type" if key == "issuetype" else key), tuple(filter(None, (_name(fields.get(key)),)))
    for id_, value in fields.items():
        if isinstance(value, dict) and isinstance(value.get("requestType"), dict):
            yield "form", tuple(filter(None, (_name(value["requestType"]),)))
        elif id_ in names and id_.startswith("customfield_"):
            told = _plainly(value)
            if told is not None:
                yield f"fields.{names[id_]}", told


def _plainly(value: Any) -> tuple[str, ...] | None:
    """Return the values of a field that has some in so many words; None for numbers, documents, people and what has levels."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, dict):
        return (value["value"],) if isinstance(value.get("value"), str) and "child" not in value else None
    if isinstance(value, list):
        parts = [_plainly(item) for item in value]
        return tuple(word for part in parts if part for word in part) if None not in parts else None
    return None


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
