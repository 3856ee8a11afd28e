"""Atlassian Document Format to body: every node and mark of the schema, in the closest construct a body has, losses with their place.

Unknown nodes, nodes out of place and wrong attributes are read for the text they hold: Jira sites hold documents that no schema takes.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from ticketferry.sdk.body import (
    BREAK,
    CODE,
    EM,
    EMPTY,
    MAX_LEVEL,
    STRIKE,
    STRONG,
    SUB,
    SUP,
    UNDERLINE,
    Block,
    Blocks,
    Cell,
    Image,
    Inline,
    Link,
    Loss,
    LossTally,
    Row,
    Tree,
    normalise,
    walk,
)

__all__ = ["LOSSES", "from_adf"]

LOSSES: Final = {
    "ADF-CAPTION": "A caption is kept as a paragraph below its image",
    "ADF-CARD": "A card is kept as a link",
    "ADF-DATE": "A date is kept as text",
    "ADF-DECISION": "A decision list is kept as a list",
    "ADF-DEPTH": "Nesting too deep to keep; the text is kept, in order",
    "ADF-EMOJI": "An emoji of the site is kept as its name",
    "ADF-EXPAND": "An expandable section is kept as its bold title and its text",
    "ADF-EXTENSION": "An extension (app or macro) is kept as its text or name",
    "ADF-INVALID": "A part that is not ADF was read for its text",
    "ADF-LAYOUT": "Columns are kept one below the other",
    "ADF-MEDIA": "The file is not among the attachments; its description stands in its place",
    "ADF-MENTION": "A mention is kept as text",
    "ADF-PANEL": "A panel is kept as a quote",
    "ADF-STATUS": "A status lozenge is kept as bold text",
    "ADF-STYLE": "Appearance is not held",
    "ADF-TASK": "A task is kept as an item with a box",
    "ADF-UNKNOWN": "An unknown node is kept as its text",
}
"""Codes of what reading ADF can lose, and the sentence each opens with."""

_MARKS: Final = {"strong": STRONG, "em": EM, "underline": UNDERLINE, "strike": STRIKE, "code": CODE}
_INLINE: Final = frozenset({
    "text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "mediaInline", "placeholder", "inlineExtension",
})  # fmt: skip
_DEEPEST: Final = 100
_LOOK: Final = ("background", "colwidth", "valign", "width", "layout", "displayMode", "isNumberColumnEnabled")
_PLAIN_LOOK: Final = {"layout": "default", "displayMode": "default"}


def from_adf(
    doc: Mapping[str, object],
    *,
    media: Callable[[dict[str, object]], str | None],
    person: Callable[[str], str | None] | None = None,
) -> tuple[Tree, list[Loss]]:
    """The canonical tree of an ADF document, and what a body cannot hold, summed by kind, with the first JSON path.

    `media` gives the attachment's ref for the `attrs` of a media node, or None; `person` the person's ref for an account id.
    Never raises for what the document holds.
    """
    reader = _Reader(media, person)
    blocks = reader.blocks(doc.get("content"), "$", 0)
    return normalise(blocks), reader.losses.losses()


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _attrs(node: object) -> dict[str, object]:
    attrs = node.get("attrs") if isinstance(node, dict) else None
    return attrs if isinstance(attrs, dict) else {}


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object, default: int) -> int:
    return int(value) if isinstance(value, (int, float)) and 0 <= value < 1_000_000_000 else default


class _Reader:
    def __init__(
        self, media: Callable[[dict[str, object]], str | None], person: Callable[[str], str | None] | None
    ) -> None:
        self.media = media
        self.person = person
        self.losses = LossTally(LOSSES)

    # ---- blocks

    def children(self, nodes: object, path: str) -> Iterator[tuple[dict[str, object], str, str]]:
        """The nodes of a content array: node, type, path."""
        for number, node in enumerate(_list(nodes)):
            place = f"{path}.content[{number}]"
            if isinstance(node, dict):
                yield node, _string(node.get("type")), place
            else:
                self.losses.add("ADF-INVALID", place)
                yield {"type": "text", "text": "" if node is None else str(node)}, "text", place

    def blocks(self, nodes: object, path: str, level: int) -> list[Block]:
        if level > _DEEPEST:
            self.losses.add("ADF-DEPTH", path)
            return [("p", (("t", text, 0, None),)) for text in _texts(nodes)]
        out: list[Block] = []
        line: list[Inline] = []
        for node, kind, place in self.children(nodes, path):
            if kind in _INLINE:
                line.extend(self.inline(node, kind, place, level))
                continue
            if line:
                self.losses.add("ADF-INVALID", place)
                out.append(("p", tuple(line)))
                line = []
            self.block(node, kind, place, level, out)
        if line:
            out.append(("p", tuple(line)))
        return out

    def block(self, node: dict[str, object], kind: str, path: str, level: int, out: list[Block]) -> None:
        attrs, content = _attrs(node), node.get("content")
        self.block_marks(node, path)
        match kind:
            case "paragraph":
                out.append(("p", tuple(self.line(content, path, level))))
            case "heading":
                out.append(("h", _number(attrs.get("level"), 1), tuple(self.line(content, path, level))))
            case "codeBlock":
                text = "".join(_texts(content))
                out.append(("pre", _string(attrs.get("language")), text))
            case "rule":
                out.append(("hr",))
            case "mediaSingle" | "mediaGroup":
                self.pictures(node, path, level, out)
            case "media":
                out.append(("p", (self.picture(node, path),)))
            case "caption":
                self.losses.add("ADF-CAPTION", path)
                out.append(("p", tuple(self.line(content, path, level))))
            case "blockCard" | "embedCard":
                out.append(("p", (self.card(attrs, path),)))
            case "extension" | "syncBlock":
                out.append(("p", (self.extension(attrs, path),)))
            case _ if level >= MAX_LEVEL:
                self.losses.add("ADF-DEPTH", path)
                out.extend(self.blocks(content, path, level + 1))
            case _:
                self.container(node, kind, path, level, out)

    def container(self, node: dict[str, object], kind: str, path: str, level: int, out: list[Block]) -> None:
        attrs, content = _attrs(node), node.get("content")
        match kind:
            case "bulletList" | "decisionList":
                if kind == "decisionList":
                    self.losses.add("ADF-DECISION", path)
                out.append(("ul", self.items(content, path, level)))
            case "orderedList":
                out.append(("ol", _number(attrs.get("order"), 1), self.items(content, path, level)))
            case "taskList":
                out.append(("ul", self.tasks(content, path, level)))
            case "blockquote" | "panel":
                if kind == "panel":
                    self.losses.add("ADF-PANEL", path, _string(attrs.get("panelType")))
                out.append(("quote", tuple(self.blocks(content, path, level + 1))))
            case "table":
                self.look(attrs, path)
                rows = tuple(self.row(row, place, level) for row, _, place in self.children(content, path))
                out.append(("table", rows))
            case "expand" | "nestedExpand":
                self.losses.add("ADF-EXPAND", path)
                title = _string(attrs.get("title"))
                if title:
                    out.append(("p", (("t", title, STRONG, None),)))
                out.extend(self.blocks(content, path, level + 1))
            case (
                "layoutSection"
                | "layoutColumn"
                | "bodiedExtension"
                | "bodiedSyncBlock"
                | "listItem"
                | "tableRow"
            ):
                if kind == "layoutSection":
                    self.losses.add("ADF-LAYOUT", path)
                elif kind.startswith("bodied"):
                    self.losses.add("ADF-EXTENSION", path, _string(attrs.get("extensionKey")))
                out.extend(self.blocks(content, path, level + 1))
            case "tableCell" | "tableHeader" | "taskItem" | "blockTaskItem" | "decisionItem" | "doc":
                self.losses.add("ADF-INVALID", path)
                out.extend(self.blocks(content, path, level + 1))
            case _:
                self.losses.add("ADF-UNKNOWN", path, kind[:60])
                text = _string(attrs.get("text"))
                if text and not content:
                    out.append(("p", (("t", text, 0, None),)))
                out.extend(self.blocks(content, path, level + 1))

    def items(self, nodes: object, path: str, level: int) -> tuple[Blocks, ...]:
        items: list[Blocks] = []
        for node, kind, place in self.children(nodes, path):
            if kind in ("listItem", "decisionItem"):
                items.append(tuple(self.blocks(node.get("content"), place, level + 1)))
            else:
                self.losses.add("ADF-INVALID", place)
                items.append(tuple(self.blocks([node], path, level + 1)))
        return tuple(items)

    def tasks(self, nodes: object, path: str, level: int) -> tuple[Blocks, ...]:
        items: list[Blocks] = []
        for node, kind, place in self.children(nodes, path):
            if kind == "taskList":
                inner: Block = (
                    ("ul", self.tasks(node.get("content"), place, level + 1)) if level < _DEEPEST else EMPTY
                )
                items.append((*(items.pop() if items else ()), inner))
                continue
            self.losses.add("ADF-TASK", place)
            box: Inline = ("t", "☑ " if _attrs(node).get("state") == "DONE" else "☐ ", 0, None)
            blocks = self.blocks(node.get("content"), place, level + 1)
            if blocks and blocks[0][0] == "p":
                blocks[0] = ("p", (box, *blocks[0][1]))
            else:
                blocks.insert(0, ("p", (box,)))
            items.append(tuple(blocks))
        return tuple(items)

    def row(self, node: dict[str, object], path: str, level: int) -> Row:
        cells: list[Cell] = []
        for cell, kind, place in self.children(node.get("content"), path):
            attrs = _attrs(cell)
            self.look(attrs, place)
            spans = (_number(attrs.get("colspan"), 1), _number(attrs.get("rowspan"), 1))
            cells.append(
                (kind == "tableHeader", *spans, tuple(self.blocks(cell.get("content"), place, level + 1)))
            )
        return tuple(cells)

    def look(self, attrs: Mapping[str, object], path: str) -> None:
        for name in _LOOK:
            if attrs.get(name) not in (None, False, "", _PLAIN_LOOK.get(name)):
                self.losses.add("ADF-STYLE", path, name)

    def block_marks(self, node: Mapping[str, object], path: str) -> None:
        for mark in _list(node.get("marks")):
            kind = _string(mark.get("type")) if isinstance(mark, dict) else ""
            if kind != "link":
                self.losses.add("ADF-STYLE", path, kind)

    # ---- files

    def pictures(self, node: dict[str, object], path: str, level: int, out: list[Block]) -> None:
        outer = self.marks(node, path)[1]
        for child, kind, place in self.children(node.get("content"), path):
            if kind == "media":
                out.append(("p", (self.picture(child, place, outer),)))
            else:
                self.block(child, kind, place, level, out)

    def picture(self, node: dict[str, object], path: str, outer: Link | None = None) -> Inline:
        attrs = _attrs(node)
        link = self.marks(node, path)[1] or outer
        alt = _string(attrs.get("alt"))
        url = _string(attrs.get("url"))
        if attrs.get("type") == "external" and url:
            external: Image = ("img", alt, "", url, link)
            return external
        ref = self.media(attrs)
        if ref:
            return ("img", alt, ref, "", link)
        self.losses.add("ADF-MEDIA", path, _string(attrs.get("id")))
        return ("t", f"[image: {alt}]" if alt else "[image]", 0, link)

    def card(self, attrs: Mapping[str, object], path: str) -> Inline:
        data = attrs.get("data")
        url = _string(attrs.get("url")) or (_string(data.get("url")) if isinstance(data, dict) else "")
        self.losses.add("ADF-CARD", path)
        return ("t", url or "[card]", 0, (url, "") if url else None)

    def extension(self, attrs: Mapping[str, object], path: str) -> Inline:
        name = _string(attrs.get("extensionKey")) or _string(attrs.get("resourceId"))
        self.losses.add("ADF-EXTENSION", path, name)
        return ("t", _string(attrs.get("text")) or f"[{name or 'extension'}]", 0, None)

    # ---- lines

    def line(self, nodes: object, path: str, level: int) -> list[Inline]:
        line: list[Inline] = []
        for node, kind, place in self.children(nodes, path):
            line.extend(self.inline(node, kind, place, level))
        return line

    def inline(self, node: dict[str, object], kind: str, path: str, level: int) -> list[Inline]:
        attrs = _attrs(node)
        marks, link = self.marks(node, path)
        match kind:
            case "text":
                return [("t", _string(node.get("text")), marks, link)]
            case "hardBreak":
                return [BREAK]
            case "mention":
                return [self.mention(attrs, path, marks, link)]
            case "emoji":
                text = _string(attrs.get("text"))
                if not text or text.startswith(":"):
                    self.losses.add("ADF-EMOJI", path, _string(attrs.get("shortName")))
                return [("t", text or _string(attrs.get("shortName")), marks, link)]
            case "date":
                self.losses.add("ADF-DATE", path)
                return [("t", _date(attrs.get("timestamp")), marks, link)]
            case "status":
                self.losses.add("ADF-STATUS", path, _string(attrs.get("color")))
                return [("t", _string(attrs.get("text")), marks | STRONG, link)]
            case "inlineCard":
                return [self.card(attrs, path)]
            case "mediaInline":
                return [self.picture(node, path)]
            case "placeholder":
                self.losses.add("ADF-STYLE", path, "placeholder")
                return [("t", _string(attrs.get("text")), marks, link)]
            case "inlineExtension":
                return [self.extension(attrs, path)]
        return self.misplaced(node, kind, path, level)

    def misplaced(self, node: dict[str, object], kind: str, path: str, level: int) -> list[Inline]:
        """A block or unknown node within a line: its lines, with breaks between them."""
        attrs = _attrs(node)
        text = _string(attrs.get("text")) or _string(node.get("text"))
        if node.get("content") is None and text:
            self.losses.add("ADF-UNKNOWN", path, kind[:60])
            return [("t", text, 0, None)]
        line: list[Inline] = []
        for block in self.blocks([node], path, level + 1):
            if line:
                line.append(BREAK)
            line.extend(walk((block,)))
            if block[0] == "pre":
                line.append(("t", block[2], CODE, None))
        return line

    def mention(self, attrs: Mapping[str, object], path: str, marks: int, link: Link | None) -> Inline:
        account = _string(attrs.get("id"))
        text = _string(attrs.get("text")) or f"@{account}"
        ref = self.person(account) if self.person is not None and account else None
        if ref:
            return ("at", text, marks, link, ref)
        self.losses.add("ADF-MENTION", path, account)
        return ("t", text, marks, link)

    def marks(self, node: Mapping[str, object], path: str) -> tuple[int, Link | None]:
        marks, link = 0, None
        for mark in _list(node.get("marks")):
            kind = _string(mark.get("type")) if isinstance(mark, dict) else ""
            bit = _MARKS.get(kind)
            if bit is not None:
                marks |= bit
            elif kind == "subsup":
                marks |= SUP if _attrs(mark).get("type") == "sup" else SUB
            elif kind == "link":
                href = _string(_attrs(mark).get("href"))
                link = (href, "") if href else None
            else:
                self.losses.add("ADF-STYLE", path, kind)
        return marks, link


def _date(timestamp: object) -> str:
    """The day of an ADF date: a string of milliseconds since 1970; seconds, which some writers send, are told by their size."""
    try:
        value = int(str(timestamp))
        seconds = value / 1000 if abs(value) >= 100_000_000_000 else value
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return str(timestamp or "")


def _texts(nodes: object) -> Iterator[str]:
    """The texts anywhere below, in order, without recursion."""
    stack: list[object] = [nodes]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(reversed(node))
        elif isinstance(node, dict):
            text = _string(node.get("text")) or _string(_attrs(node).get("text"))
            if node.get("type") == "hardBreak":
                text = "\n"
            if text:
                yield text
            stack.append(node.get("content"))
