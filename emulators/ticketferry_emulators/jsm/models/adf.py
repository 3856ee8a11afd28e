"""What Jira checks in a document of the Atlassian Document Format before it stores it, as far as it is cheap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["AdfError", "check", "media_ids", "paragraph", "plain_text", "text_length"]

_INLINE = frozenset(
    [
        "text",
        "hardBreak",
        "mention",
        "emoji",
        "date",
        "status",
        "inlineCard",
        "mediaInline",
        "placeholder",
        "inlineExtension",
    ]
)
_TOP = frozenset(
    [
        "paragraph",
        "heading",
        "bulletList",
        "orderedList",
        "taskList",
        "decisionList",
        "blockquote",
        "codeBlock",
        "panel",
        "rule",
        "table",
        "expand",
        "mediaSingle",
        "mediaGroup",
        "layoutSection",
        "blockCard",
        "embedCard",
        "extension",
        "bodiedExtension",
        "syncBlock",
        "bodiedSyncBlock",
    ]
)
_CELL = _TOP - {"table", "expand", "layoutSection", "bodiedExtension", "syncBlock", "bodiedSyncBlock"}
_LISTS = frozenset({"bulletList", "orderedList"})
_CHILDREN: dict[str, frozenset[str]] = {
    "doc": _TOP,
    "paragraph": _INLINE,
    "heading": _INLINE,
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
    "listItem": _LISTS | {"paragraph", "codeBlock", "mediaSingle", "taskList", "extension"},
    "taskList": frozenset({"taskItem", "taskList", "blockTaskItem"}),
    "taskItem": _INLINE,
    "blockTaskItem": frozenset({"paragraph", "extension"}),
    "decisionList": frozenset({"decisionItem"}),
    "decisionItem": _INLINE,
    "blockquote": _LISTS | {"paragraph", "codeBlock", "mediaSingle", "mediaGroup", "extension"},
    "codeBlock": frozenset({"text"}),
    "panel": _LISTS
    | {
        "paragraph",
        "heading",
        "blockCard",
        "mediaGroup",
        "mediaSingle",
        "codeBlock",
        "taskList",
        "rule",
        "decisionList",
        "extension",
    },
    "table": frozenset({"tableRow"}),
    "tableRow": frozenset({"tableCell", "tableHeader"}),
    "tableCell": _CELL | {"nestedExpand"},
    "tableHeader": _CELL | {"nestedExpand"},
    "expand": _CELL | {"nestedExpand", "table"},
    "nestedExpand": _CELL,
    "layoutSection": frozenset({"layoutColumn"}),
    "layoutColumn": _TOP - {"layoutSection"},
    "mediaSingle": frozenset({"media", "caption"}),
    "mediaGroup": frozenset({"media"}),
    "caption": _INLINE,
    "bodiedExtension": _TOP,
    "bodiedSyncBlock": _TOP,
}
_FILLED = frozenset(
    [
        "bulletList",
        "orderedList",
        "listItem",
        "taskList",
        "decisionList",
        "blockquote",
        "panel",
        "table",
        "tableRow",
        "expand",
        "mediaSingle",
        "mediaGroup",
    ]
)
_MARKS = frozenset(
    [
        "strong",
        "em",
        "underline",
        "strike",
        "code",
        "subsup",
        "link",
        "textColor",
        "backgroundColor",
        "alignment",
        "indentation",
        "annotation",
        "border",
        "breakout",
        "dataConsumer",
        "fontSize",
        "fragment",
    ]
)
_NEEDED: dict[str, tuple[str, ...]] = {
    "heading": ("level",),
    "mention": ("id",),
    "emoji": ("shortName",),
    "date": ("timestamp",),
    "status": ("text", "color"),
    "panel": ("panelType",),
    "taskItem": ("localId", "state"),
    "inlineCard": (),
}
_DEEPEST = 100
_KEYS = frozenset({"type", "attrs", "content", "marks", "text"})
_PANELS = frozenset(["info", "note", "tip", "warning", "error", "success", "custom"])


class AdfError(ValueError):
    """The document is not one that Jira takes; the message says where."""


def check(document: object) -> dict[str, Any]:
    """Return the document; raise AdfError where Jira answers 400."""
    if not isinstance(document, dict):
        raise AdfError("not a document")
    if document.get("type") != "doc" or document.get("version") != 1:
        raise AdfError("a document has type doc and version 1")
    if not isinstance(document.get("content"), list) or set(document) - {"type", "version", "content"}:
        raise AdfError("a document has content and nothing else")
    for index, child in enumerate(document["content"]):
        _check_node(child, "doc", f"content[{index}]", 1)
    return document


def _check_node(node: object, parent: str, where: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise AdfError(f"{where}: nested too deeply")
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        raise AdfError(f"{where}: not a node")
    kind = node["type"]
    allowed = _CHILDREN.get(parent)
    if allowed is None or kind not in allowed:
        raise AdfError(f"{where}: no {kind} in {parent}")
    if set(node) - _KEYS:
        raise AdfError(f"{where}: unknown keys {sorted(set(node) - _KEYS)}")
    attrs = node.get("attrs", {})
    if not isinstance(attrs, dict):
        raise AdfError(f"{where}: attrs is no object")
    for name in _NEEDED.get(kind, ()):
        if attrs.get(name) in (None, ""):
            raise AdfError(f"{where}: {kind} without {name}")
    _check_special(kind, node, attrs, parent, where)
    _check_marks(kind, node, parent, where)
    content = node.get("content", [])
    if not isinstance(content, list) or (content and kind not in _CHILDREN):
        raise AdfError(f"{where}: {kind} cannot have this content")
    if kind in _FILLED and not content:
        raise AdfError(f"{where}: empty {kind}")
    for index, child in enumerate(content):
        _check_node(child, kind, f"{where}.content[{index}]", depth + 1)


def _check_special(kind: str, node: dict[str, Any], attrs: dict[str, Any], parent: str, where: str) -> None:
    if kind == "text":
        text = node.get("text")
        if not isinstance(text, str) or not text:
            raise AdfError(f"{where}: empty text")
        if "\n" in text and parent != "codeBlock":
            raise AdfError(f"{where}: a line break inside text")
    elif "text" in node:
        raise AdfError(f"{where}: {kind} has no text")
    elif kind == "heading" and attrs["level"] not in range(1, 7):
        raise AdfError(f"{where}: heading level")
    elif kind == "panel" and attrs["panelType"] not in _PANELS:
        raise AdfError(f"{where}: panel type")
    elif kind == "inlineCard" and not (attrs.get("url") or attrs.get("data")):
        raise AdfError(f"{where}: inlineCard without url")
    elif kind == "mediaSingle" and [n.get("type") for n in node.get("content", [])][:1] != ["media"]:
        raise AdfError(f"{where}: mediaSingle takes one media, then a caption")
    elif kind in ("media", "mediaInline"):
        outside = attrs.get("type") == "external"
        missing = (not attrs.get("url")) if outside else (not attrs.get("id") or "collection" not in attrs)
        if missing or (kind == "media" and attrs.get("type") not in ("file", "link", "external")):
            raise AdfError(f"{where}: media without type, id and collection")


def _check_marks(kind: str, node: dict[str, Any], parent: str, where: str) -> None:
    marks = node.get("marks", [])
    if not isinstance(marks, list):
        raise AdfError(f"{where}: marks is no list")
    names = [mark.get("type") if isinstance(mark, dict) else None for mark in marks]
    if any(not isinstance(name, str) or name not in _MARKS for name in names) or len(set(names)) != len(
        names
    ):
        raise AdfError(f"{where}: marks {names}")
    if parent == "codeBlock" and names:
        raise AdfError(f"{where}: marks inside codeBlock")
    if "code" in names and set(names) - {"code", "link", "annotation"}:
        raise AdfError(f"{where}: code goes with link and annotation only")
    for mark in marks:
        if mark["type"] == "link" and not (mark.get("attrs") or {}).get("href"):
            raise AdfError(f"{where}: link without href")
        if kind != "text" and mark["type"] in ("strong", "em", "strike", "underline", "code", "textColor"):
            raise AdfError(f"{where}: {mark['type']} on {kind}")


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    stack = [node]
    while stack:
        item = stack.pop()
        yield item
        stack.extend(reversed(item.get("content") or []))


def media_ids(document: object) -> set[str]:
    """Return the media services ids that a document names."""
    if not isinstance(document, dict):
        return set()
    return {
        str(node["attrs"]["id"])
        for node in _walk(document)
        if node.get("type") in ("media", "mediaInline") and (node.get("attrs") or {}).get("id")
    }


def plain_text(document: object) -> str:
    """Return the text of a document, a line for each block."""
    if not isinstance(document, dict):
        return "" if document is None else str(document)
    parts: list[str] = []
    for node in _walk(document):
        kind = node.get("type")
        if kind == "text":
            parts.append(node["text"])
        elif kind == "hardBreak" or (kind in ("paragraph", "heading", "codeBlock") and parts):
            parts.append("\n")
        elif kind in ("mention", "emoji", "status"):
            attrs = node.get("attrs") or {}
            parts.append(str(attrs.get("text") or attrs.get("shortName") or attrs.get("id") or ""))
    return "".join(parts)


def text_length(document: object) -> int:
    """Return the length that the limit of 32,767 counts: text, not JSON, in UTF-16 units as Java counts."""
    return len(plain_text(document).encode("utf-16-le", "surrogatepass")) // 2


def paragraph(text: str) -> dict[str, Any]:
    """Return a document of one paragraph a line (for texts that the service desk API takes)."""
    lines = text.splitlines() or [""]
    return {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []}
            for line in lines
        ],
    }
