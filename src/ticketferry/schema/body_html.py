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
    Inline,
    Link,
    Loss,
    LossTally,
    Row,
    Tree,
    clean_text,
    merge_runs,
)  # fmt: skip
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
    STYLED,
    TABLE,
    UL,
    UNKNOWN,
    WHITE,
    A,
    H,
    Q,
    follows_cell,
    language_of,
    read_style,
    repaired,
    safe_address,
    span,
)

__all__ = ["LOSSES", "from_html"]

_PARSER: Final = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)


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
    root = etree.fromstring(html.encode("utf-8", "replace"), _PARSER) if html and not html.isspace() else None
    if root is None:
        return (), losses.losses()
    walk = _Walk(losses, image, subset=subset, styled=STYLED.search(html) is not None)
    return walk.whole(root), losses.losses()


class _Walk:
    """The line being read, and what has been lost; blocks go to the list that each method is given."""

    __slots__ = ("bare", "image_ref", "keep", "level", "line", "losses", "merge", "styled", "subset")

    def __init__(
        self, losses: LossTally, image: Callable[[str], str | None] | None, *, subset: bool, styled: bool
    ) -> None:
        self.line: list[Inline] = []
        self.bare = True  # white space that comes next is not shown: the line is empty, or ends with a space or a break
        self.merge = False  # the line holds neighbours that are to become one
        self.keep = False
        self.level = 0
        self.losses = losses
        self.image_ref = image
        self.subset = subset
        self.styled = styled

    def whole(self, root: etree._Element) -> Tree:
        out: list[Block] = []
        self.walk(root, out, 0, None, 0, 0)
        self.flush(out, 0)
        return tuple(out)

    def lose(self, code: str, element: etree._Element, detail: str = "") -> None:
        self.losses.add(code, lambda: element.getroottree().getpath(element), detail)

    # ---- lines

    def text(self, text: str, marks: int, link: Link | None) -> None:
        if self.keep:
            self.lines(text, marks, link)
            return
        if "\n" in text or "  " in text or "\t" in text or "\r" in text or "\f" in text:
            text = WHITE.sub(" ", text)
        if self.bare and text[0] == " ":
            text = text[1:]
            if not text:
                return
        self.bare = text[-1] == " "
        line = self.line
        if line:
            last = line[-1]
            if last[0] == "t" and last[2] == marks and last[3] == link:
                self.merge = True
        line.append(("t", text, marks, link))

    def lines(self, text: str, marks: int, link: Link | None) -> None:
        """Text whose white space counts."""
        for number, part in enumerate(clean_text(text).split("\n")):
            if number:
                self.line.append(BREAK)
            if part:
                self.line.append(("t", part, marks, link))
                self.merge = True
        self.bare = False

    def trim(self) -> None:
        """Take the white space at the end of the line away: a browser shows none before a break."""
        line = self.line
        while line and not self.keep:
            last = line[-1]
            if last[0] != "t" or last[1][-1] != " ":
                return
            if last[1] != " ":
                line[-1] = ("t", last[1][:-1], last[2], last[3])
                return
            line.pop()

    def flush(self, out: list[Block], head: int) -> None:
        """End the line: it becomes a paragraph, or a heading of level `head`; breaks alone are a blank line."""
        if not self.line:
            self.bare = True
            return
        if self.bare:
            self.trim()
        line = self.line
        self.line = []
        self.bare = True
        if line and line[-1][0] == "br":
            line.pop()
            if all(node[0] == "br" for node in line):
                if not head:
                    out.append(EMPTY)
                self.merge = False
                return
        if self.merge:
            self.merge = False
            line = merge_runs(line)
        if line:
            out.append(("h", head, tuple(line)) if head else ("p", tuple(line)))

    # ---- the walk

    def walk(
        self, parent: etree._Element, out: list[Block], marks: int, link: Link | None, depth: int, head: int
    ) -> None:
        text = parent.text
        if text:
            self.text(text, marks, link)
        if depth > MAX_DEPTH:
            self.flat(parent, out, marks, link, head)
            return
        styled = self.styled
        for child in parent:
            tag = child.tag
            op = OPS.get(tag, UNKNOWN)
            kept = self.keep
            here = self.style(child, marks) if styled and child.attrib else marks
            if 0 <= op < 128:
                if op & (SUB | SUP):
                    here &= ~(SUB | SUP)
                if self.subset and tag == "span" and child.get("data-person"):
                    self.mention(child, here, link)
                else:
                    self.walk(child, out, here | op, link, depth + 1, head)
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
                self.flush(out, 0)
            else:
                self.inline(child, op, out, here, link, depth, head)
            self.keep = kept
            text = child.tail
            if text:
                self.text(text, marks, link)

    def style(self, element: etree._Element, marks: int) -> int:
        for name, value in element.items():
            if name == "style":
                add, clear, keep, lost = read_style(value)
                marks = marks & ~clear | add
                if add & (SUB | SUP):
                    marks = marks & ~(SUB | SUP) | (SUB if add & SUB else SUP)
                self.keep = self.keep or keep
                for kind in lost:
                    self.lose("BODY-STYLE", element, kind)
            elif name in PRESENTATION:
                self.lose("BODY-STYLE", element, PRESENTATION[name])
        return marks

    def anchor(
        self, element: etree._Element, out: list[Block], marks: int, link: Link | None, depth: int, head: int
    ) -> None:
        href = self.address(element, "href")
        ticket = element.get("data-ticket", "") if self.subset else ""
        inner = (href, ticket) if href or ticket else link
        if href and not len(element) and not (element.text or "").strip():
            self.lose("BODY-LINK", element, href)
        self.walk(element, out, marks, inner, depth + 1, head)

    def address(self, element: etree._Element, name: str) -> str:
        """The address that an attribute holds, "" where it is unsafe or leads nowhere."""
        href, code = safe_address(element.get(name, ""))
        if code:
            self.lose(code, element, href[:200] if code == "BODY-URL" else "")
            return ""
        return href

    def mention(self, element: etree._Element, marks: int, link: Link | None) -> None:
        name = WHITE.sub(" ", "".join(map(str, element.itertext()))).strip()
        self.line.append(("at", name or "@", marks, link, element.get("data-person", "")))
        self.bare = False

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

    def unknown(self, element: etree._Element, marks: int, link: Link | None) -> None:
        tag = str(element.tag)
        if "@" in tag or tag.startswith(("http", "mailto:")):
            self.text(f"<{tag}>", marks, link)  # "Ann <ann@example.com>" that nobody escaped
        elif ":" not in tag:  # Office writes <o:p>, which says nothing
            self.lose("BODY-UNKNOWN", element, f"<{tag}>")

    def embed(self, element: etree._Element, marks: int) -> None:
        self.lose("BODY-EMBED", element, str(element.tag))
        for name in ("src", "data"):
            href = self.address(element, name) if element.get(name) else ""
            if href:
                self.text(href, marks, (href, ""))
                return

    def control(self, element: etree._Element, marks: int, link: Link | None) -> None:
        kind = element.get("type", "text").lower()
        if kind == "hidden":
            return
        self.lose("BODY-FORM", element, "input")
        if kind in ("checkbox", "radio"):
            self.text("☐ " if element.get("checked") is None else "☑ ", marks, link)
        elif element.get("value") and kind != "password":
            self.text(clean_text(element.get("value", "")), marks, link)

    def image(self, element: etree._Element, marks: int, link: Link | None) -> None:
        alt = WHITE.sub(" ", clean_text(element.get("alt", ""))).strip()
        source = (element.get("src") or "").strip()
        ref = element.get("data-ref") if self.subset else None
        if ref is None and self.image_ref is not None and source:
            ref = self.image_ref(source)
        if not ref and alt and (element.get("data-emoji") or "emoji" in element.get("class", "")):
            self.text(alt, marks, link)
            return
        self.bare = False
        if ref:
            self.line.append(("img", alt, ref, "", link))
        elif element.get("width") in ("0", "1") and element.get("height") in ("0", "1"):
            self.lose("BODY-PIXEL", element)
            self.bare = not self.line
        elif source[:8].lower().startswith(("https://", "http://")):
            self.line.append(("img", alt, "", clean_text(source).replace("\n", ""), link))
        elif source.startswith("//"):
            self.line.append(("img", alt, "", "https:" + clean_text(source), link))
        else:
            self.lose("BODY-IMAGE", element, source[:60])
            self.line.append(("t", f"[image: {alt}]" if alt else "[image]", marks, link))
            self.merge = True

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
            if out and out[-1][0] == "ul" and before is not None and before.tag == "li":
                out[-1] = ("ul", (*out[-1][1], item))
            else:
                out.append(("ul", (item,)))
        elif op == TABLE:
            self.table(element, out, marks, link, depth)
        else:
            self.listing(element, op, out, marks, link, depth)

    def container(self, element: etree._Element, marks: int, link: Link | None, depth: int) -> Blocks:
        """The blocks within an element, read as a page of its own."""
        out: list[Block] = []
        self.level += 1
        self.walk(element, out, marks, link, depth + 1, 0)
        self.flush(out, 0)
        self.level -= 1
        return tuple(out)

    def stray(self, child: etree._Element, marks: int, link: Link | None, depth: int) -> Blocks:
        """The blocks of a child that does not belong where it stands."""
        wrapper = etree.Element("div")
        child.tail = None
        wrapper.append(child)
        return self.container(wrapper, marks, link, depth)

    def loose_text(self, text: str | None, marks: int, link: Link | None) -> Blocks:
        if not text or text.isspace():
            return ()
        out: list[Block] = []
        self.text(text, marks, link)
        self.flush(out, 0)
        return tuple(out)

    def listing(
        self, element: etree._Element, op: int, out: list[Block], marks: int, link: Link | None, depth: int
    ) -> None:
        items: list[Blocks] = []
        opening = self.loose_text(element.text, marks, link)
        if opening:
            items.append(opening)
        for child in list(element):
            tail = child.tail
            if child.tag == "li":
                items.append(self.container(child, marks, link, depth) or (EMPTY,))
            else:
                blocks = self.stray(child, marks, link, depth)
                if items and OPS.get(child.tag) in (UL, OL):
                    items[-1] += blocks
                elif blocks:
                    items.append(blocks)
            after = self.loose_text(tail, marks, link)
            if after:
                items.append(after)
        if not items:
            return
        if op == UL:
            out.append(("ul", tuple(items)))
            return
        start = element.get("start", "1").strip()
        if element.get("type", "1") != "1" or element.get("reversed") is not None:
            self.lose("BODY-LIST-STYLE", element)
        number = int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 1
        out.append(("ol", number, tuple(items)))

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
        rows: list[Row] = []
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
            out.append(("table", tuple(rows)))

    def row(
        self,
        element: etree._Element,
        rows: list[Row],
        out: list[Block],
        marks: int,
        link: Link | None,
        depth: int,
    ) -> None:
        if element.tag in ("td", "th"):
            cell = self.cell(element, marks, link, depth)
            if rows and follows_cell(element):
                rows[-1] += (cell,)
            else:
                rows.append((cell,))
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
            rows.append(tuple(cells))

    def cell(self, element: etree._Element, marks: int, link: Link | None, depth: int) -> Cell:
        if self.styled and element.attrib:
            marks = self.style(element, marks)
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
