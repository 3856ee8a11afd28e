"""The stored form read quickly: texts exactly as `write_html` writes them, without a parser; anything else is left to the parser.

Bodies are read several times on their way – by the mapping, by the target, when what is there is compared – and nearly all of them were
written by us. In such a text "<" opens a tag and nothing else, attributes stand in one order, and nothing stands between blocks.
"""

import re
from typing import Final

from ticketferry.schema.body import (
    BREAK,
    MARK_TAGS,
    MAX_LEVEL,
    SUB,
    SUP,
    Block,
    Blocks,
    Cell,
    Inline,
    Inlines,
    Link,
    Row,
    Tree,
    clean_text,
)

__all__ = ["scan"]

_MARKS: Final = {tag: bit for bit, tag in MARK_TAGS}
_OTHER_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|#10);)")
_A = re.compile(r'a(?: data-ticket="([^"]+)")?(?: href="([^"]*)")?')
_IMG = re.compile(r'img (?:data-ref="([^"]+)"|src="([^"]*)") alt="([^"]*)"')
_SPAN = re.compile(r'span data-person="([^"]*)"')
_PRE = re.compile(r'pre(?: data-language="([^"]*)")?')
_OL = re.compile(r'ol(?: start="([0-9]{1,9})")?')
_CELL = re.compile(r'(td|th)(?: colspan="([0-9]{1,9})")?(?: rowspan="([0-9]{1,9})")?')
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}


_END: Final = "<"  # no tag: texts are parted there


class _OtherError(Exception):
    """The text is not exactly as `write_html` writes it."""


def scan(html: str) -> Tree | None:
    """The tree of a text in the stored form; None where only the parser can tell what it is, or what is wrong with it."""
    if clean_text(html) is not html or ("&" in html and _OTHER_REFERENCE.search(html) is not None):
        return None
    reader = _Reader(html)
    try:
        return reader.blocks(_END, 0)
    except _OtherError:
        return None


def _plain(text: str) -> str:
    if "&" not in text:
        return text
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&#10;", "\n")
    return text.replace("&amp;", "&")


class _Reader:
    """The tags of a text, each with the text that follows it, and the place that has been reached."""

    __slots__ = ("at", "tags")

    def __init__(self, html: str) -> None:
        self.tags = [part.partition(">") for part in html.split("<")]
        if self.tags[0] != ("", "", ""):
            self.tags = []
        self.tags.append((_END, ">", ""))
        self.at = 0

    def next(self) -> tuple[str, str]:
        self.at += 1
        if self.at >= len(self.tags):
            raise _OtherError
        tag, closed, text = self.tags[self.at]
        if not closed:
            raise _OtherError
        return tag, text

    def bare(self) -> str:
        """The next tag, which no text follows."""
        tag, text = self.next()
        if text:
            raise _OtherError
        return tag

    def blocks(self, end: str, level: int) -> Blocks:
        """The blocks up to the tag `end` (_END is the end of the text)."""
        if level > MAX_LEVEL:
            raise _OtherError
        out: list[Block] = []
        while True:
            tag, text = self.next()
            if tag == "p":
                out.append(("p", self.line("/p", text)))
            elif tag == end and not text:
                if level and not out:
                    raise _OtherError
                return tuple(out)
            elif tag in _HEADINGS:
                out.append(("h", _HEADINGS[tag], self.line("/" + tag, text)))
            elif tag[:3] == "pre":
                out.append(self.code(tag, text))
            elif text:
                raise _OtherError
            elif tag == "ul":
                out.append(("ul", self.items("/ul", level)))
            elif tag == "blockquote":
                out.append(("quote", self.blocks("/blockquote", level + 1)))
            elif tag == "table":
                out.append(("table", self.rows(level)))
            elif tag == "hr":
                out.append(("hr",))
            elif tag == "details" and level == 0:
                out.append(self.fold())
            else:
                match = _OL.fullmatch(tag)
                if match is None:
                    raise _OtherError
                out.append(("ol", int(match[1] or 1), self.items("/ol", level)))

    def fold(self) -> Block:
        tag, title = self.next()
        if tag != "summary" or self.bare() != "/summary":
            raise _OtherError
        return ("fold", _plain(title), self.blocks("/details", 1))

    def items(self, end: str, level: int) -> tuple[Blocks, ...]:
        items: list[Blocks] = []
        while (tag := self.bare()) == "li":
            items.append(self.blocks("/li", level + 1))
        if tag != end or not items:
            raise _OtherError
        return tuple(items)

    def rows(self, level: int) -> tuple[Row, ...]:
        rows: list[Row] = []
        while (tag := self.bare()) == "tr":
            cells: list[Cell] = []
            while (cell := _CELL.fullmatch(self.bare())) is not None:
                header, columns, rows_spanned = cell.groups()
                blocks = self.blocks("/" + header, level + 1)
                cells.append((header == "th", int(columns or 1), int(rows_spanned or 1), blocks))
            if self.tags[self.at][0] != "/tr" or not cells:
                raise _OtherError
            rows.append(tuple(cells))
        if tag != "/table" or not rows:
            raise _OtherError
        return tuple(rows)

    def code(self, tag: str, text: str) -> Block:
        match = _PRE.fullmatch(tag)
        if match is None or self.bare() != "/pre":
            raise _OtherError
        return ("pre", _plain(match[1] or ""), _plain(text).removeprefix("\n"))

    def line(self, end: str, text: str) -> Inlines:
        """The inline nodes up to the tag `end`, which no text follows."""
        line: list[Inline] = []
        if text:
            line.append(("t", _plain(text), 0, None))
        tags = self.tags
        at = self.at
        opened: list[tuple[str, int, Link | None]] = []
        marks = 0
        link: Link | None = None
        while True:
            at += 1
            tag, closed, text = tags[at]
            if not closed:
                raise _OtherError
            bit = _MARKS.get(tag)
            if bit is not None:
                if marks & bit:
                    raise _OtherError
                opened.append(("/" + tag, marks, link))
                marks = (marks & ~(SUB | SUP) | bit) if bit & (SUB | SUP) else marks | bit
            elif tag == "br":
                line.append(BREAK)
            elif opened and tag == opened[-1][0]:
                _, marks, link = opened.pop()
            elif tag == end and not opened:
                if text:
                    raise _OtherError
                self.at = at
                return tuple(line)
            elif (match := _A.fullmatch(tag)) is not None and link is None:
                opened.append(("/a", marks, None))
                target = (_plain(match[2] or ""), _plain(match[1] or ""))
                link = target if target != ("", "") else None
            elif (match := _IMG.fullmatch(tag)) is not None:
                ref, url, alt = match.groups()
                line.append(("img", _plain(alt), _plain(ref or ""), _plain(url or ""), link))
            elif (match := _SPAN.fullmatch(tag)) is not None and tags[at + 1][:2] == ("/span", ">"):
                line.append(("at", _plain(text) or "@", marks, link, _plain(match[1])))
                at += 1
                text = tags[at][2]
            else:
                raise _OtherError
            if text:
                if line and line[-1][0] == "t" and line[-1][2] == marks and line[-1][3] == link:
                    raise _OtherError  # neighbours that are to become one
                line.append(("t", _plain(text), marks, link))
