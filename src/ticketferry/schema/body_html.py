"""Vendor HTML to body: one allow-list walk over the tree that lxml makes of any text, however broken."""

from collections.abc import Callable
from typing import Final

from lxml import etree

from ticketferry.schema.body import (
    BREAK,
    CODE,
    EMPTY,
    MAX_LEVEL,
    STRONG,
    SUB,
    SUP,
    Block,
    Blocks,
    Cell,
    Link,
    Loss,
    LossTally,
    Tree,
    clean_text,
)  # fmt: skip
from ticketferry.schema.body_html_line import LineReader
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
    OL,
    OPS,
    PRE,
    PRESENTATION,
    QUOTE,
    SCRIPT,
    SILENT,
    TABLE,
    UL,
    UNKNOWN,
    A,
    H,
    Q,
    follows_cell,
    language_of,
    read_style,
    repaired,
    shallow,
    span,
    styling,
)

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


class _Walk(LineReader):
    """The descent through elements; blocks go to the list that each method is given."""

    __slots__ = ("level", "loose_items")

    level: int
    loose_items: list[tuple[list[Block], int, list[Blocks]]]
    """Items outside a list: where the list that they make will stand, and the items so far."""

    def whole(self, root: etree._Element) -> Tree:
        """The blocks of a page."""
        self.level = 0
        self.loose_items = []
        out: list[Block] = []
        self.walk(root, out, 0, None, 0, 0)
        return self.closed(out)

    def closed(self, out: list[Block]) -> Blocks:
        """End the last line, and the lists that items without a list make."""
        self.flush(out, 0)
        while self.loose_items and self.loose_items[-1][0] is out:
            _, at, items = self.loose_items.pop()
            out[at] = ("ul", tuple(items))
        return tuple(out)

    # ---- the walk

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

    def style(self, element: etree._Element, look: str, marks: int) -> int:
        add, clear, keep, lost = read_style(look)
        for kind in lost:
            self.lose("BODY-STYLE", element, kind)
        self.keep = self.keep or keep
        if add & (SUB | SUP):
            clear |= SUB | SUP
            add = add & ~SUP if add & SUB else add
        return marks & ~clear | add

    def presentation(self, element: etree._Element) -> None:
        for name in element.keys():  # noqa: SIM118 - an element is iterated by its children
            if name in PRESENTATION:
                self.lose("BODY-STYLE", element, PRESENTATION[str(name)])

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

    def container(self, element: etree._Element, marks: int, link: Link | None, depth: int) -> Blocks:
        """The blocks within an element, read as a page of its own."""
        out: list[Block] = []
        self.level += 1
        self.walk(element, out, marks, link, depth + 1, 0)
        blocks = self.closed(out)
        self.level -= 1
        return blocks

    def stray(self, child: etree._Element, marks: int, link: Link | None, depth: int) -> Blocks:
        """The blocks of a child that does not belong where it stands."""
        wrapper = etree.Element("div")
        child.tail = None
        wrapper.append(child)
        return self.container(wrapper, marks, link, depth)

    def listing(
        self, element: etree._Element, op: int, out: list[Block], marks: int, link: Link | None, depth: int
    ) -> None:
        items: list[list[Block]] = []
        opening = self.loose_text(element.text, marks, link)
        if opening:
            items.append([*opening])
        for child in list(element):
            tail = child.tail
            if child.tag == "li":
                items.append([*self.container(child, marks, link, depth)] or [EMPTY])
            else:
                blocks = self.stray(child, marks, link, depth)
                if items and OPS.get(child.tag) in (UL, OL):
                    items[-1].extend(blocks)
                elif blocks:
                    items.append([*blocks])
            after = self.loose_text(tail, marks, link)
            if after:
                items.append([*after])
        if not items:
            return
        if op == UL:
            out.append(("ul", tuple(map(tuple, items))))
            return
        start = element.get("start", "1").strip()
        if element.get("type", "1") != "1" or element.get("reversed") is not None:
            self.lose("BODY-LIST-STYLE", element)
        number = int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 1
        out.append(("ol", number, tuple(map(tuple, items))))

    def pre(self, element: etree._Element, out: list[Block]) -> None:
        images: list[Block] = []
        language = language_of(element)
        for node in element.iterdescendants():
            op = OPS.get(node.tag, UNKNOWN)
            if op == BR:
                node.text = "\n"
            elif op == IMG:
                self.lose("BODY-PRE-MARKUP", node, "image")
                self.image(node, 0, None)
                self.flush(images, 0)
            elif op == A or (0 < op < 128 and op != CODE):
                self.lose(
                    "BODY-PRE-MARKUP", node, str(node.get("href", ""))[:200] if op == A else str(node.tag)
                )
            language = language or language_of(node)
        out.append(("pre", language, clean_text("".join(map(str, element.itertext()))).removeprefix("\n")))
        out.extend(images)

    # ---- tables

    def table(
        self, element: etree._Element, out: list[Block], marks: int, link: Link | None, depth: int
    ) -> None:
        rows: list[list[Cell]] = []
        out.extend(self.loose_text(element.text, marks, link))
        for child in list(element):
            tail = child.tail
            if child.tag in ("thead", "tbody", "tfoot"):
                for inner in list(child):
                    self.row(inner, rows, out, marks, link, depth)
            else:
                self.row(child, rows, out, marks, link, depth)
            out.extend(self.loose_text(tail, marks, link))
        cells = [cell for row in rows for cell in row]
        if all(block == EMPTY for cell in cells for block in cell[3]):
            return
        layout = element.get("role", "") in ("presentation", "none")
        if layout or (len(cells) == 1 and (self.level or any(block[0] == "table" for block in cells[0][3]))):
            self.lose("BODY-LAYOUT", element)
            out.extend(block for cell in cells for block in cell[3] if block != EMPTY)
        else:
            out.append(("table", tuple(map(tuple, rows))))

    def row(
        self,
        element: etree._Element,
        rows: list[list[Cell]],
        out: list[Block],
        marks: int,
        link: Link | None,
        depth: int,
    ) -> None:
        if element.tag in ("td", "th"):
            cell = self.cell(element, marks, link, depth)
            if rows and follows_cell(element):
                rows[-1].append(cell)
            else:
                rows.append([cell])
            return
        if element.tag != "tr":
            if OPS.get(element.tag) != SILENT:
                out.extend(self.stray(element, marks, link, depth))
            return
        out.extend(self.loose_text(element.text, marks, link))
        cells: list[Cell] = []
        for child in list(element):
            tail = child.tail
            if child.tag in ("td", "th"):
                cells.append(self.cell(child, marks, link, depth))
            else:
                out.extend(self.stray(child, marks, link, depth))
            out.extend(self.loose_text(tail, marks, link))
        if cells:
            rows.append(cells)

    def cell(self, element: etree._Element, marks: int, link: Link | None, depth: int) -> Cell:
        if self.styled:
            self.presentation(element)
            marks = self.style(element, element.get("style", ""), marks)
        blocks = self.container(element, marks, link, depth + 2) or (EMPTY,)
        return (element.tag == "th", span(element, "colspan"), span(element, "rowspan"), blocks)

    # ---- too deep

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
