"""Atlassian Document Format to body: every node and mark of the schema, in the closest construct a body has, losses with their place.

Unknown nodes, nodes out of place and wrong attributes are read for the text they hold: Jira sites hold documents that no schema takes.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Final

from ticketferry.sdk.body import (
    BREAK,
    MAX_LEVEL,
    STRONG,
    Block,
    Blocks,
    Cell,
    Inline,
    Loss,
    Row,
    Tree,
    normalise,
)

from .adf_line import AdfLineReader, Node, Place
from .adf_texts import attrs_of, card_texts, deep, own_text, string, texts, walked
from .adf_vocabulary import LOSSES, NODES

__all__ = ["LOSSES", "from_adf"]

_INLINE: Final = frozenset({
    "text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "mediaInline", "placeholder", "inlineExtension",
})  # fmt: skip
_LEAVES: Final = _INLINE | {"rule", "media", "blockCard", "embedCard", "extension", "syncBlock"}
_DEEPEST: Final = 100


def from_adf(
    doc: Mapping[str, object],
    *,
    media: Callable[[dict[str, object]], str | None],
    person: Callable[[str], str | None] | None = None,
    addresses: Container[str] = (),
) -> tuple[Tree, list[Loss]]:
    """The canonical tree of an ADF document, and what a body cannot hold, summed by kind, with the first JSON path.

    `media` gives the attachment's ref for the `attrs` of a media node, or None; `person` the person's ref for an account id.
    `addresses` are our own, taken as they are. Never raises for what the document holds, and loses none of its text.
    """
    reader = _Reader(media, person, addresses)
    blocks = reader.blocks(doc.get("content"), None, 0)
    return normalise(blocks), reader.losses.losses()


def _number(value: object, default: int) -> int:
    return int(value) if isinstance(value, (int, float)) and 0 <= value < 1_000_000_000 else default


class _Reader(AdfLineReader):
    __slots__ = ()

    def blocks(self, nodes: object, path: Place, level: int) -> list[Block]:
        if level > _DEEPEST:
            self.lose("ADF-DEPTH", path)
            return deep(nodes)
        out: list[Block] = []
        line: list[Inline] = []
        for node, kind, place in self.children(nodes, path):
            if kind in _INLINE:
                self.inline(node, kind, place, level, line)
                continue
            if line:
                self.lose("ADF-INVALID", place)
                out.append(("p", tuple(line)))
                line = []
            self.block(node, kind, place, level, out)
        if line:
            out.append(("p", tuple(line)))
        return out

    def alone(self, node: Node, kind: str, place: Place, level: int) -> list[Block]:
        """The blocks of a node that does not belong where it stands."""
        self.lose("ADF-INVALID", place)
        if level > _DEEPEST:
            return deep([node])
        out: list[Block] = []
        if kind in _INLINE:
            line: list[Inline] = []
            self.inline(node, kind, place, level, line)
            out.append(("p", tuple(line)))
        else:
            self.block(node, kind, place, level, out)
        return out

    def block(self, node: Node, kind: str, path: Place, level: int, out: list[Block]) -> None:
        attrs, content = attrs_of(node), node.get("content")
        if "marks" in node:
            self.block_marks(node, path)
        if "text" in node:
            text = own_text(node)
            if text:
                self.lose("ADF-INVALID", path)
                out.append(("p", (("t", text, 0, None),)))
        match kind:
            case "paragraph":
                out.append(("p", tuple(self.line(content, path, level))))
            case "heading":
                out.append(("h", _number(attrs.get("level"), 1), tuple(self.line(content, path, level))))
            case "codeBlock":
                if attrs.get("wrap") or attrs.get("hideLineNumbers"):
                    self.lose("ADF-STYLE", path, "wrapping or line numbers of code")
                out.append(("pre", string(attrs.get("language")), "".join(texts(content))))
            case "rule":
                out.append(("hr",))
            case "mediaSingle" | "mediaGroup":
                self.look(attrs, path)
                self.pictures(node, path, level, out)
            case "media":
                out.append(("p", (self.picture(node, path),)))
            case "caption":
                self.lose("ADF-CAPTION", path)
                out.append(("p", tuple(self.line(content, path, level))))
            case "blockCard" | "embedCard":
                out.append(("p", (self.card(attrs, path),)))
            case "applicationCard":
                self.lose("ADF-UNKNOWN", path, kind)
                out.extend(("p", (("t", text, 0, None),)) for text in card_texts(attrs))
            case "extension" | "syncBlock":
                out.append(("p", (self.extension(attrs, path),)))
            case _ if level >= MAX_LEVEL:
                self.lose("ADF-DEPTH", path)
                out.extend(deep([{"attrs": {"title": attrs.get("title"), "text": attrs.get("text")}}]))
                out.extend(self.blocks(content, path, level + 1))
            case _:
                self.container(kind, attrs, content, path, level, out)
        if content and kind in _LEAVES:
            self.lose("ADF-INVALID", path)
            out.extend(self.blocks(content, path, level + 1))

    def container(
        self,
        kind: str,
        attrs: Mapping[str, object],
        content: object,
        path: Place,
        level: int,
        out: list[Block],
    ) -> None:
        match kind:
            case "bulletList" | "decisionList":
                if kind == "decisionList":
                    self.lose("ADF-DECISION", path)
                out.append(("ul", self.items(content, path, level)))
            case "orderedList":
                out.append(("ol", _number(attrs.get("order"), 1), self.items(content, path, level)))
            case "taskList":
                out.append(("ul", self.tasks(content, path, level)))
            case "blockquote" | "panel":
                if kind == "panel":
                    self.lose("ADF-PANEL", path, string(attrs.get("panelType")))
                out.append(("quote", tuple(self.blocks(content, path, level + 1))))
            case "table":
                self.look(attrs, path)
                out.append(("table", tuple(self.rows(content, path, level))))
            case "expand" | "nestedExpand":
                self.lose("ADF-EXPAND", path)
                title = string(attrs.get("title"))
                if title:
                    out.append(("p", (("t", title, STRONG, None),)))
                out.extend(self.blocks(content, path, level + 1))
            case "layoutSection":
                self.lose("ADF-LAYOUT", path)
                out.extend(self.blocks(content, path, level + 1))
            case "bodiedExtension" | "bodiedSyncBlock":
                name = string(attrs.get("text")) or string(attrs.get("extensionKey"))
                self.lose("ADF-EXTENSION", path, name)
                if string(attrs.get("text")):
                    out.append(("p", (("t", name, 0, None),)))
                out.extend(self.blocks(content, path, level + 1))
            case "layoutColumn" | "listItem" | "tableRow":
                out.extend(self.blocks(content, path, level + 1))
            case "tableCell" | "tableHeader" | "taskItem" | "blockTaskItem" | "decisionItem" | "doc":
                self.lose("ADF-INVALID", path)
                out.extend(self.blocks(content, path, level + 1))
            case _:
                self.lose("ADF-UNKNOWN", path, kind[:60])
                text = string(attrs.get("text"))
                if text:
                    out.append(("p", (("t", text, 0, None),)))
                out.extend(self.blocks(content, path, level + 1))

    def items(self, nodes: object, path: Place, level: int) -> tuple[Blocks, ...]:
        items: list[Blocks] = []
        for node, kind, place in self.children(nodes, path):
            if kind in ("listItem", "decisionItem"):
                items.append(self.held(node, place, level))
            else:
                items.append(tuple(self.alone(node, kind, place, level + 1)))
        return tuple(items)

    def held(self, node: Node, place: Place, level: int) -> Blocks:
        """The blocks of an item or cell, with text that stands in the node itself, where none belongs."""
        blocks = self.blocks(node.get("content"), place, level + 1)
        text = own_text(node)
        if text:
            self.lose("ADF-INVALID", place)
            blocks.insert(0, ("p", (("t", text, 0, None),)))
        return tuple(blocks)

    def tasks(self, nodes: object, path: Place, level: int) -> tuple[Blocks, ...]:
        items: list[Blocks] = []
        for node, kind, place in self.children(nodes, path):
            if kind == "taskList":
                inner: Blocks = (
                    (("ul", self.tasks(node.get("content"), place, level + 1)),)
                    if level < _DEEPEST
                    else tuple(deep([node]))
                )
                own = own_text(node) if level < _DEEPEST else ""
                if own:
                    self.lose("ADF-INVALID", place)
                    inner = (("p", (("t", own, 0, None),)), *inner)
                items.append((*(items.pop() if items else ()), *inner))
                continue
            if kind not in ("taskItem", "blockTaskItem"):
                items.append(tuple(self.alone(node, kind, place, level + 1)))
                continue
            self.lose("ADF-TASK", place)
            box: Inline = ("t", "☑ " if attrs_of(node).get("state") == "DONE" else "☐ ", 0, None)
            blocks = list(self.held(node, place, level))
            if blocks and blocks[0][0] == "p":
                blocks[0] = ("p", (box, *blocks[0][1]))
            else:
                blocks.insert(0, ("p", (box,)))
            items.append(tuple(blocks))
        return tuple(items)

    def rows(self, nodes: object, path: Place, level: int) -> Iterator[Row]:
        for row, kind, place in self.children(nodes, path):
            if kind != "tableRow":
                yield ((False, 1, 1, tuple(self.alone(row, kind, place, level + 1))),)
                continue
            text = own_text(row)
            if text:
                self.lose("ADF-INVALID", place)
                yield ((False, 1, 1, (("p", (("t", text, 0, None),)),)),)
            yield tuple(self.cell(*child, level) for child in self.children(row.get("content"), place))

    def cell(self, node: Node, kind: str, place: Place, level: int) -> Cell:
        if kind not in ("tableCell", "tableHeader"):
            return (False, 1, 1, tuple(self.alone(node, kind, place, level + 1)))
        attrs = attrs_of(node)
        self.look(attrs, place)
        return (
            kind == "tableHeader",
            _number(attrs.get("colspan"), 1),
            _number(attrs.get("rowspan"), 1),
            self.held(node, place, level),
        )

    def pictures(self, node: Node, path: Place, level: int, out: list[Block]) -> None:
        outer = self.marks(node, path, told=True)[1]
        for child, kind, place in self.children(node.get("content"), path):
            if kind == "media":
                out.append(("p", (self.picture(child, place, outer),)))
                if child.get("content") or own_text(child):
                    self.lose("ADF-INVALID", place)
                    out.extend(deep([{"text": child.get("text"), "content": child.get("content")}]))
            elif kind in _INLINE:
                out.extend(self.alone(child, kind, place, level))
            else:
                self.block(child, kind, place, level + 1, out)

    def line(self, nodes: object, path: Place, level: int) -> list[Inline]:
        line: list[Inline] = []
        if not isinstance(nodes, list):
            for node, kind, place in self.children(nodes, path):
                self.inline(node, kind, place, level, line)
            return line
        for number, node in enumerate(nodes):
            # Nearly all are texts and breaks with nothing odd in them.
            if isinstance(node, dict) and "content" not in node:
                text = node.get("text")
                if node.get("type") == "text" and isinstance(text, str):
                    marks, link = self.marks(node, (path, number)) if "marks" in node else (0, None)
                    line.append(("t", text, marks, link))
                    continue
                if node.get("type") == "hardBreak" and text is None:
                    line.append(BREAK)
                    continue
            child = self.child(node, (path, number))
            if child is not None:
                self.inline(*child, level, line)
        return line

    def inline(self, node: Node, kind: str, path: Place, level: int, line: list[Inline]) -> None:
        """Read a node within a line; what stands in it although nothing belongs there follows it."""
        if kind == "text":
            marks, link = self.marks(node, path) if "marks" in node else (0, None)
            line.append(("t", own_text(node), marks, link))
        elif kind == "hardBreak":
            line.append(BREAK)
        elif kind in _INLINE:
            line.append(self.named(kind, node, path))
        else:
            self.misplaced(node, kind, path, level, line)
            return
        if "content" in node or (kind != "text" and "text" in node):
            inner = deep([{"content": node.get("content"), "text": kind != "text" and node.get("text")}])
            if inner:
                self.lose("ADF-INVALID", path)
                for block in inner:
                    line.extend((BREAK, *walked(block)))

    def misplaced(self, node: Node, kind: str, path: Place, level: int, line: list[Inline]) -> None:
        """Read a block or unknown node within a line: its lines, with breaks between them."""
        attrs = attrs_of(node)
        told, own = string(attrs.get("text")), own_text(node)
        text = told or own
        if node.get("content") is None and text and not (told and own) and kind not in NODES:
            self.lose("ADF-UNKNOWN", path, kind[:60])
            line.append(("t", text, 0, None))
            return
        blocks: list[Block] = []
        if level > _DEEPEST:
            self.lose("ADF-DEPTH", path)
            blocks = deep([node])
        else:
            self.block(node, kind, path, level + 1, blocks)
        for number, block in enumerate(blocks):
            if number:
                line.append(BREAK)
            line.extend(walked(block))
