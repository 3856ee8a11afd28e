"""The blocks of a page of HTML as it is read: lists, tables, text as it is, and items that stand in no list."""

from lxml import etree

from ticketferry.schema.body import (
    CODE,
    EMPTY,
    SUB,
    SUP,
    Block,
    Blocks,
    Cell,
    Link,
    clean_text,
)  # fmt: skip
from ticketferry.schema.body_html_line import LineReader
from ticketferry.schema.body_html_rules import (
    BR,
    IMG,
    OL,
    OPS,
    PRESENTATION,
    SILENT,
    UL,
    UNKNOWN,
    A,
    follows_cell,
    language_of,
    read_style,
    span,
)

__all__ = ["BlockReader"]


class BlockReader(LineReader):
    """Reads a block with all that is in it; blocks go to the list that each method is given."""

    __slots__ = ("level", "loose_items")

    level: int
    loose_items: list[tuple[list[Block], int, list[Blocks]]]
    """Items outside a list: where the list that they make will stand, and the items so far."""

    def walk(
        self, parent: etree._Element, out: list[Block], marks: int, link: Link | None, depth: int, head: int
    ) -> None:
        """Read what lies within an element; blocks go to `out`. Given by the walk itself."""
        raise NotImplementedError

    def closed(self, out: list[Block]) -> Blocks:
        """End the last line, and the lists that items without a list make."""
        self.flush(out, 0)
        while self.loose_items and self.loose_items[-1][0] is out:
            _, at, items = self.loose_items.pop()
            out[at] = ("ul", tuple(items))
        return tuple(out)

    def style(self, element: etree._Element, look: str, marks: int) -> int:
        """Return the marks of the text in an element with this style, and count what of it is lost."""
        add, clear, keep, lost = read_style(look)
        for kind in lost:
            self.lose("BODY-STYLE", element, kind)
        self.keep = self.keep or keep
        if add & (SUB | SUP):
            clear |= SUB | SUP
            add = add & ~SUP if add & SUB else add
        return marks & ~clear | add

    def presentation(self, element: etree._Element) -> None:
        """Count what attributes of an element would have shown."""
        for name in element.keys():  # noqa: SIM118 - an element is iterated by its children
            if name in PRESENTATION:
                self.lose("BODY-STYLE", element, PRESENTATION[str(name)])

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
        """Add a list; what stands in it and is no item becomes one, or goes with the last."""
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
        """Add text as it is, and the images in it below."""
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

    def table(
        self, element: etree._Element, out: list[Block], marks: int, link: Link | None, depth: int
    ) -> None:
        """Add a table, or what is in one that only lays out; what stands in it and in no cell goes before it."""
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
        """Add a row of a table to `rows`, or a cell that stands in none."""
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
        """Return a cell: whether it is a head, its spans, its blocks."""
        if self.styled:
            self.presentation(element)
            marks = self.style(element, element.get("style", ""), marks)
        blocks = self.container(element, marks, link, depth + 2) or (EMPTY,)
        return (element.tag == "th", span(element, "colspan"), span(element, "rowspan"), blocks)
