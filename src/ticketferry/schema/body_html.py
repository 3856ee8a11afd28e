"""Vendor HTML to body: one allow-list walk over the tree that lxml makes of any text, however broken."""

from collections.abc import Callable
from typing import Final

from lxml import etree

from ticketferry.schema.body import (
    BREAK,
    EMPTY,
    MAX_LEVEL,
    STRONG,
    SUB,
    SUP,
    Block,
    Link,
    Loss,
    Tree,
)  # fmt: skip
from ticketferry.schema.body_html_blocks import BlockReader
from ticketferry.schema.body_html_rules import (
    BLOCK,
    BR,
    DT,
    EMBED,
    FONT,
    FORM,
    HR,
    IMG,
    INPUT,
    LI,
    LOSSES,
    MAX_DEPTH,
    OPS,
    PRE,
    QUOTE,
    SCRIPT,
    SILENT,
    TABLE,
    UNKNOWN,
    A,
    H,
    Q,
    repaired,
    shallow,
    styling,
)
from ticketferry.schema.body_losses import LossTally

__all__ = ["LOSSES", "from_html"]

_SURELY_SHALLOW: Final = 1500
"""With fewer tags than this no text can reach the depth of 2048 where libxml2 stops."""


def _parser() -> etree.HTMLParser:
    return etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)


_PARSER: Final = _parser()


def from_html(
    html: str, *, image: Callable[[str], str | None] | None = None, subset: bool = False
) -> tuple[Tree, list[Loss]]:
    """The body that a browser would show for any HTML, and what of it a body cannot hold, summed by kind.

    `image` gives the attachment's ref for the address of an image, or None. White space collapses as in browsers.
    Attributes of our own (`data-ref`, `data-person`, `data-ticket`) count only with `subset=True`: a stranger's mail must not
    mention people. Never raises for what the text holds; nesting of any depth is read.
    """
    losses = LossTally(LOSSES)
    html = repaired(html, losses)
    root = _page(html, losses) if html and not html.isspace() else None
    if root is None:
        return (), losses.losses()
    walk = _Walk(losses, image, subset=subset, styled=styling(html), coded="&#" in html)
    return walk.whole(root), losses.losses()


def _page(html: str, losses: LossTally) -> etree._Element | None:
    data = html.encode("utf-8", "replace")
    if html.count("<") < _SURELY_SHALLOW:
        return etree.fromstring(data, _PARSER)
    parser = _parser()  # its own, for its error log
    root = etree.fromstring(data, parser)
    if any("depth" in error.message for error in parser.error_log):
        losses.add("BODY-DEPTH", "/")
        root = etree.fromstring(shallow(html).encode("utf-8", "replace"), _PARSER)
    return root


class _Walk(BlockReader):
    """The descent through elements; blocks go to the list that each method is given."""

    __slots__ = ()

    def whole(self, root: etree._Element) -> Tree:
        """The blocks of a page."""
        self.level = 0
        self.loose_items = []
        out: list[Block] = []
        self.walk(root, out, 0, None, 0, 0)
        return self.closed(out)

    def walk(
        self, parent: etree._Element, out: list[Block], marks: int, link: Link | None, depth: int, head: int
    ) -> None:
        text = parent.text
        if text:
            self.text(text, marks, link)
        if not len(parent):
            return
        if depth > MAX_DEPTH:
            self.flat(parent, out, marks, link, head)
            return
        styled, kept, subset = self.styled, self.keep, self.subset
        operation = OPS.get
        for child in parent:
            tag = child.tag
            op = operation(tag, UNKNOWN)
            here = marks
            if 0 < op < BR:
                here = (marks & ~(SUB | SUP) if op & (SUB | SUP) else marks) | op
            if styled:
                if styled == 2:
                    self.presentation(child)
                look = child.get("style")
                if look:
                    here = self.style(child, look, here)
            if 0 <= op < BR:
                if subset and tag == "span" and child.get("data-person"):
                    self.mention(child, here, link)
                elif not len(child):  # most elements hold text alone: no further descent
                    text = child.text
                    if text:
                        self.text(text, here, link)
                else:
                    self.walk(child, out, here, link, depth + 1, head)
            elif op == BR:
                if self.bare:
                    self.trim()
                self.line.append(BREAK)
                self.bare = True
            elif op == BLOCK:
                if self.line:
                    self.flush(out, head)
                self.walk(child, out, here, link, depth + 1, head)
                if self.line:
                    self.flush(out, head)
            elif op == A:
                self.anchor(child, out, here, link, depth, head)
            elif op >= BLOCK:
                self.flush(out, head)
                self.block(child, op, out, here, link, depth)
                if self.line:
                    self.flush(out, 0)
            else:
                self.inline(child, op, out, here, link, depth, head)
            if styled:
                self.keep = kept
            text = child.tail
            if text:
                self.text(text, marks, link)

    def anchor(
        self, element: etree._Element, out: list[Block], marks: int, link: Link | None, depth: int, head: int
    ) -> None:
        href = self.address(element, "href")
        ticket = element.get("data-ticket", "") if self.subset else ""
        inner = (href, ticket) if href or ticket else link
        if len(element):
            self.walk(element, out, marks, inner, depth + 1, head)
            return
        text = element.text or ""
        if href and not text.strip():
            self.lose("BODY-LINK", element, href)
        if text:
            self.text(text, marks, inner)

    def inline(
        self,
        element: etree._Element,
        op: int,
        out: list[Block],
        marks: int,
        link: Link | None,
        depth: int,
        head: int,
    ) -> None:
        if op == IMG:
            self.image(element, marks, link)
        elif op == SCRIPT:
            self.lose("BODY-SCRIPT", element)
        elif op == SILENT:
            if element.tag == "style":
                self.lose("BODY-STYLE", element, "style sheet")
        elif op == INPUT:
            self.control(element, marks, link)
        elif op == Q:
            self.text("“", marks, link)
            self.walk(element, out, marks, link, depth + 1, head)
            self.text("”", marks, link)
        else:
            if op == FONT:
                if not self.styled or element.get("size"):
                    self.lose("BODY-STYLE", element, "font")
            elif op == FORM:
                self.lose("BODY-FORM", element, str(element.tag))
            elif op == EMBED:
                self.embed(element, marks)
            else:
                self.unknown(element, marks, link)
            self.walk(element, out, marks, link, depth + 1, head)

    def block(
        self, element: etree._Element, op: int, out: list[Block], marks: int, link: Link | None, depth: int
    ) -> None:
        if op == HR:
            out.append(("hr",))
        elif op == H:
            self.walk(element, out, marks, link, depth + 1, int(element.tag[1]))
            self.flush(out, int(element.tag[1]))
        elif op == PRE:
            self.pre(element, out)
        elif op == DT:
            self.lose("BODY-DEFINITION", element)
            self.walk(element, out, marks | STRONG, link, depth + 1, 0)
        elif self.level >= MAX_LEVEL:
            self.lose("BODY-DEPTH", element)
            self.walk(element, out, marks, link, depth + 1, 0)
        elif op == QUOTE:
            blocks = self.container(element, marks, link, depth)
            if blocks:
                out.append(("quote", blocks))
        elif op == LI:
            item = self.container(element, marks, link, depth) or (EMPTY,)
            before = element.getprevious()
            last = self.loose_items[-1] if self.loose_items else None
            follows = last is not None and last[0] is out and last[1] == len(out) - 1
            if last is not None and follows and before is not None and before.tag == "li":
                last[2].append(item)
            else:
                self.loose_items.append((out, len(out), [item]))
                out.append(("ul", ()))
        elif op == TABLE:
            self.table(element, out, marks, link, depth)
        else:
            self.listing(element, op, out, marks, link, depth)

    def flat(
        self, parent: etree._Element, out: list[Block], marks: int, link: Link | None, head: int
    ) -> None:
        """What lies within `parent`, without recursion: text, breaks, images and the borders of blocks."""
        if not len(parent):
            return
        self.lose("BODY-DEPTH", parent)
        walker = etree.iterwalk(parent, events=("start", "end"))
        for event, node in walker:
            op = OPS.get(node.tag, UNKNOWN)
            if op >= BLOCK:
                self.flush(out, head)
            if event == "end":
                if node is not parent and node.tail:
                    self.text(node.tail, marks, link)
                continue
            if op == BR:
                self.line.append(BREAK)
                self.bare = True
            elif op == IMG:
                self.image(node, marks, link)
            elif op in (SCRIPT, SILENT):
                walker.skip_subtree()
            elif node.text and node is not parent:
                self.text(node.text, marks, link)
