r"""Body to Jira wiki markup, the text format of Jira's import file and of its REST API v2; every construct that does not fit is told.

What wiki markup cannot hold where it stands is kept in the nearest form: a heading in a list or cell becomes bold text, a table in a
list or cell a list of its rows, quotes within quotes one quote, later paragraphs of an item lines of its first. Text is never lost.
(Markup: Jira's "Text Formatting Notation Help"; how `{*}` marks a part of a word: what Jira Cloud itself writes.)
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal

from ticketferry.sdk.body import (
    BREAK,
    CODE,
    STRONG,
    Block,
    Blocks,
    Cell,
    Inline,
    Link,
    Loss,
    LossTally,
    Row,
    Tree,
    rewrite,
    unfolded,
)

from .wiki_line import LOSSES, LineWriter, placeholder
from .wiki_text import address, language

__all__ = ["LOSSES", "to_wiki", "with_short_addresses"]


_CODE_ENDS = re.compile(r"\{(?=code|noformat|quote)")
_LONGEST_ADDRESS: Final = 1_900


def to_wiki(
    tree: Tree,
    *,
    files: Callable[[str], str | None],
    mention: Literal["text"] | Callable[[str, str], str | None] = "text",
    link: Callable[[str, str], str | None] | None = None,
) -> tuple[str, list[Loss]]:
    """The markup of a canonical tree, and what it could not hold, summed by kind.

    `files` gives the name that an attachment has in its issue, for its ref, or None: a placeholder `[image: …]`. Mentions become
    plain text, so that nobody is notified; a callable (ref, text) may give an account id for a true mention. `link` (ticket ref,
    href) gives the address of a migrated ticket, or None: `href` stays. An empty tree is an empty text.
    """
    writer = _Writer(files, None if mention == "text" else mention, link)
    if any(block[0] == "fold" for block in tree):
        writer.lose("WIKI-FOLD")
    writer.page(unfolded(tree), "doc")
    return "".join(writer.out), writer.losses.losses()


def with_short_addresses(tree: Tree) -> tuple[Tree, list[Loss]]:
    """Return a tree in which addresses too long for any part of a text stand as text behind their words, which can be cut; and the loss."""
    tally = LossTally(LOSSES)
    return rewrite(tree, lambda node: _with_short_address(node, tally)), tally.losses()


def _with_short_address(node: Inline, tally: LossTally) -> Inline | Sequence[Inline]:
    if node[0] == "img" and (len(node[3]) > _LONGEST_ADDRESS or _long(node[4])):
        tally.add("WIKI-ADDRESS-LONG", "/")
        if len(node[3]) <= _LONGEST_ADDRESS:
            return [("img", node[1], node[2], node[3], None), _text(f" ({node[4][0] if node[4] else ''})")]
        return [_text(f"{placeholder(node)} ({node[3]})" + (f" ({node[4][0]})" if node[4] else ""))]
    if node[0] in ("t", "at") and _long(node[3]) and node[3] is not None:
        tally.add("WIKI-ADDRESS-LONG", "/")
        bare: Inline = (
            ("t", node[1], node[2], None) if node[0] == "t" else ("at", node[1], node[2], None, node[4])
        )
        return [bare] if node[1] == node[3][0] else [bare, _text(f" ({node[3][0]})")]
    return node


def _long(link: Link | None) -> bool:
    return link is not None and len(address(link[0])) > _LONGEST_ADDRESS


def _text(text: str) -> Inline:
    return ("t", text, 0, None)


class _Writer(LineWriter):
    """The descent through blocks; all markup goes to `out`, piece by piece."""

    __slots__ = ("in_cell", "out")

    def __init__(
        self,
        files: Callable[[str], str | None],
        mention: Callable[[str, str], str | None] | None,
        link: Callable[[str, str], str | None] | None,
    ) -> None:
        super().__init__(files, mention, link)
        self.in_cell = False
        self.out: list[str] = []

    # ---- blocks

    def page(self, blocks: Iterable[Block], place: Literal["doc", "quote"]) -> None:
        """Write blocks with an empty line between them."""
        out = self.out
        first = True
        for block in blocks:
            if place == "doc":
                self.number += 1
            if not first:
                out.append("\n\n")
            first = False
            if block[0] == "p":
                out.append(self.line(block[1], "\n"))
            elif block[0] == "h":
                out.append(f"h{block[1]}. {self.line(block[2])}")
            elif block[0] == "ul":
                self.items("*", block[1])
            elif block[0] == "ol":
                self.numbered("#", block[1], block[2])
            elif block[0] == "pre":
                out.append(self.code(block[1], block[2]))
            elif block[0] == "table":
                self.table(block[1])
            elif block[0] == "hr":
                out.append("----")
            elif block[0] == "quote":
                out.append("{quote}\n")
                self.page(self.unquoted(block[1], "WIKI-QUOTE-NESTED"), "quote")
                out.append("\n{quote}")

    def unquoted(self, blocks: Blocks, code: str) -> Iterator[Block]:
        """Blocks with quotes dissolved."""
        for block in blocks:
            if block[0] == "quote":
                self.lose(code)
                yield from self.unquoted(block[1], code)
            else:
                yield block

    def numbered(self, marker: str, start: int, items: Sequence[Blocks]) -> None:
        if start != 1:
            self.lose("WIKI-START", str(start))
        self.items(marker, items)

    def items(self, marker: str, items: Sequence[Blocks]) -> None:
        for number, item in enumerate(items):
            if number:
                self.out.append("\n")
            self.item(marker, item, first=not number)

    def item(self, marker: str, blocks: Blocks, *, first: bool) -> None:
        """Write an item: a line, lines that belong to it, then the items of its lists."""
        out = self.out
        begun = nested = False
        list_before = ""
        for block in self.simple(blocks):
            if block[0] in ("ul", "ol"):
                if begun or nested:
                    out.append("\n")
                elif not first:
                    self.lose("WIKI-ITEM")
                if list_before == block[0]:
                    self.lose("WIKI-ITEM")
                if block[0] == "ul":
                    self.items(marker + "*", block[1])
                elif block[0] == "ol":
                    self.numbered(marker + "#", block[1], block[2])
                nested, list_before = True, block[0]
                continue
            if nested:
                self.lose("WIKI-ITEM")
                out.append("\n")
                begun = nested = False
            list_before = ""
            if block[0] == "pre":
                out.append("\n" if begun else f"{marker} ")
                out.append(self.code(block[1], block[2]))
            elif block[0] == "p":
                if begun:
                    self.lose("WIKI-ITEM")
                out.append("\\\\ " if begun else f"{marker} ")
                out.append(self.line(block[1]))
            begun = True
        if not (begun or nested):
            out.append(f"{marker} \\\\")

    def simple(self, blocks: Blocks) -> Iterator[Block]:
        """What an item or cell can hold: paragraphs, lists, and code where no cell is around."""
        for block in blocks:
            if block[0] == "h":
                self.lose("WIKI-HEADING")
                yield ("p", tuple(_bold(node) for node in block[2]))
            elif block[0] == "quote":
                self.lose("WIKI-QUOTE")
                yield from self.simple(block[1])
            elif block[0] == "table":
                self.lose("WIKI-TABLE")
                yield ("ul", tuple(tuple(inner for cell in row for inner in cell[3]) for row in block[1]))
            elif block[0] == "hr":
                self.lose("WIKI-RULE")
            elif block[0] == "pre" and self.in_cell:
                self.lose("WIKI-CODE-CELL")
                yield ("p", tuple(_code_line(block[2])))
            else:
                yield block

    def code(self, name: str, text: str) -> str:
        """Code between macros; what would end it early parts it in two."""
        if _CODE_ENDS.search(text) is None:
            if not name:
                return f"{{noformat}}\n{text}\n{{noformat}}"
            kind = language(name)
            if kind is None:
                self.lose("WIKI-LANGUAGE", name[:60])
                return f"{{noformat}}\n{text}\n{{noformat}}"
            return f"{{code:{kind}}}\n{text}\n{{code}}"
        self.lose("WIKI-CODE")
        parts: list[str] = []
        at = 0
        for found in _CODE_ENDS.finditer(text):
            parts.append(text[at : found.end()])
            at = found.end()
        parts.append(text[at:])
        return "\n".join(f"{{noformat}}\n{part}\n{{noformat}}" for part in parts)

    def table(self, rows: Sequence[Row]) -> None:
        out = self.out
        width = max(len(row) for row in rows)
        room = 4 * sum(
            len(row) for row in rows
        )  # no more empty cells than that: spans may be a thousand wide
        below: dict[int, int] = {}  # column -> the last row that a cell above spans
        for number, row in enumerate(rows):
            if number:
                out.append("\n")
            column = 0
            bar = "|"
            for cell in row:
                while below.get(column, -1) >= number and room > 0:
                    out.append("|  ")
                    column += 1
                    room -= 1
                bar = "||" if cell[0] else "|"
                out.append(bar)
                self.in_cell = True
                self.cell(cell)
                self.in_cell = False
                if cell[1] == cell[2] == 1:
                    column += 1
                    continue
                self.lose("WIKI-SPAN")
                across = min(cell[1], max(width - column, 1), room + 1)
                out.append("|  " * (across - 1) if not cell[0] else "||  " * (across - 1))
                room -= across - 1
                if cell[2] > 1:
                    below.update((at, number + cell[2] - 1) for at in range(column, column + across))
                column += across
            out.append(bar)

    def cell(self, cell: Cell) -> None:
        blocks = tuple(self.simple(cell[3]))
        out = self.out
        if not blocks or blocks == (("p", ()),):
            out.append("  ")
            return
        if len(blocks) == 1 and blocks[0][0] == "p":
            line = self.line(blocks[0][1])
            # A backslash would escape the bar, and a blank alone would not be seen.
            apart = line.isspace() or line.rstrip(" ").endswith("\\")
            out.append(f" {line} " if apart else f" {line}")
            return
        before = ""
        for block in blocks:
            out.append("\n")
            if before and (block[0] == "p" or before == block[0]):
                self.lose("WIKI-CELL")
            if block[0] == "p":
                out.append(self.line(block[1]))
            elif block[0] == "ul":
                self.items("*", block[1])
            elif block[0] == "ol":
                self.numbered("#", block[1], block[2])
            before = block[0]
        out.append("\n")


def _bold(node: Inline) -> Inline:
    if node[0] == "t":
        return ("t", node[1], node[2] | STRONG, node[3])
    return ("at", node[1], node[2] | STRONG, node[3], node[4]) if node[0] == "at" else node


def _code_line(text: str) -> Iterator[Inline]:
    for number, part in enumerate(text.split("\n")):
        if number:
            yield BREAK
        if part:
            yield ("t", part, CODE, None)
