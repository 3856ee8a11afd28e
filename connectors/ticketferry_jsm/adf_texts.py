"""The texts of ADF nodes: of those that are not read as what they are (too deep, out of place, unknown), and of lines as they are written."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from ticketferry.sdk.body import BREAK, CODE, Block, Inline

__all__ = ["attrs_of", "card_texts", "date", "deep", "merged", "own_text", "string", "texts", "walked"]

_SAYS: Final = ("title", "shortName", "alt", "url")
"""Attributes that say something to a reader, where a node has no text."""


def attrs_of(node: dict[str, object]) -> dict[str, object]:
    """The attributes of a node, {} where they are no object."""
    attrs = node.get("attrs")
    return attrs if isinstance(attrs, dict) else {}


def string(value: object) -> str:
    """A value that should be text, "" where it is not."""
    return value if isinstance(value, str) else ""


def own_text(node: dict[str, object]) -> str:
    """The text of a node: a number as it is written, "" for anything else."""
    text = node.get("text")
    return str(text) if isinstance(text, int | float) and not isinstance(text, bool) else string(text)


def date(timestamp: object) -> str:
    """The day of an ADF date: a string of milliseconds since 1970; seconds, which some writers send, are told by their size."""
    try:
        value = int(str(timestamp))
        seconds = value / 1000 if abs(value) >= 100_000_000_000 else value
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return str(timestamp or "")


def deep(nodes: object) -> list[Block]:
    """What lies too deep, or where nothing belongs: a paragraph for each text."""
    return [("p", (("t", text, 0, None),)) for text in texts(nodes)]


def card_texts(attrs: Mapping[str, object]) -> Iterator[str]:
    """Yield what a card of an application says, each text once: title, text, description, details, context [ADF applicationCard]."""
    told: set[str] = set()
    stack: list[object] = [
        attrs[key] for key in ("context", "details", "description", "text", "title") if key in attrs
    ]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, dict):
            stack.extend(
                item[key]
                for key in ("lozenge", "badge", "value", "displayName", "text", "title")
                if key in item
            )
            stack.extend(user for user in (item.get("user"), item.get("users")) if user)
        elif isinstance(item, str | int) and not isinstance(item, bool):
            text = str(item).strip()
            if text and text not in told:
                told.add(text)
                yield text


def walked(block: Block) -> Iterator[Inline]:
    """The inline nodes of a block, code among them, with breaks between blocks."""
    if block[0] == "p":
        yield from block[1]
    elif block[0] == "h":
        yield from block[2]
    elif block[0] == "pre":
        yield ("t", block[2], CODE, None)
    else:
        first = True
        for inner in _within(block):
            if not first:
                yield BREAK
            first = False
            yield from walked(inner)


def _within(block: Block) -> Iterator[Block]:
    if block[0] == "quote":
        yield from block[1]
    elif block[0] == "ul":
        for item in block[1]:
            yield from item
    elif block[0] == "ol":
        for item in block[2]:
            yield from item
    elif block[0] == "table":
        for row in block[1]:
            for cell in row:
                yield from cell[3]


def texts(nodes: object) -> Iterator[str]:
    """The texts anywhere below, in order, without recursion."""
    stack: list[object] = [nodes]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(reversed(node))
        elif isinstance(node, dict):
            attrs = attrs_of(node)
            kind = node.get("type")
            text = string(attrs.get("text"))
            if kind == "hardBreak":
                text = "\n"
            elif kind == "date":
                text = date(attrs.get("timestamp"))
            elif not text:
                text = next((string(attrs[name]) for name in _SAYS if string(attrs.get(name))), "")
            if text:
                yield text
            own = own_text(node)
            if own:
                yield own
            stack.append(node.get("content"))
        elif isinstance(node, str) and node:
            yield node


def merged(content: list[dict[str, object]]) -> list[dict[str, object]]:
    """The line with neighbouring texts of the same marks made one."""
    out: list[dict[str, object]] = []
    texts: list[str] = []
    for node in content:
        last = out[-1] if out else None
        if (
            last is not None
            and node["type"] == "text" == last["type"]
            and node.get("marks") == last.get("marks")
        ):
            texts.append(str(node["text"]))
            continue
        if len(texts) > 1 and last is not None:
            out[-1] = {**last, "text": "".join(texts)}
        texts = [str(node.get("text", ""))]
        out.append(node)
    if len(texts) > 1:
        out[-1] = {**out[-1], "text": "".join(texts)}
    return out
