r"""Body to Jira wiki markup, the text format of Jira's import file and of its REST API v2; every construct that does not fit is told.

What wiki markup cannot hold where it stands is kept in the nearest form: a heading in a list or cell becomes bold text, a table in a
list or cell a list of its rows, quotes within quotes one quote, later paragraphs of an item lines of its first. Text is never lost.
(Markup: Jira's "Text Formatting Notation Help"; how `{*}` marks a part of a word: what Jira Cloud itself writes.)
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal, TypeAlias

from ticketferry.sdk.body import (
    BREAK,
    CODE,
    EM,
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
    Inlines,
    Link,
    Loss,
    LossTally,
    Mention,
    Row,
    Tree,
    merge_runs,
    rewrite,
    safe_address,
    split,
)

from .wiki_text import MARKERS, address, attribute, escaped, file_name, language, units

__all__ = ["LIMIT", "LOSSES", "to_wiki", "wiki_parts"]

LIMIT: Final = 32_767
"""Jira's limit for one text, in UTF-16 units of the markup itself."""

LOSSES: Final = {
    "WIKI-ADDRESS": "Characters of an address that are markup were percent-encoded",
    "WIKI-ADDRESS-LONG": "An address too long for a link stands as text behind its words",
    "WIKI-ALT": "The description of an image holds markup; it stands beside the image",
    "WIKI-CELL": "A cell holds lines, not paragraphs",
    "WIKI-CODE": "Code that holds the end of a code block is parted into two blocks",
    "WIKI-CODE-CELL": "Code cannot stand in a cell; its lines stand there in a fixed-width font",
    "WIKI-HEADING": "A heading cannot stand in a list or cell; it is bold text there",
    "WIKI-IMAGE": "The image has no file that can be named; its description stands in its place",
    "WIKI-IMAGE-INLINE": "An image cannot stand within a word; a line break parts them",
    "WIKI-IMAGE-LINK": "The link around a file is not held",
    "WIKI-ITEM": "An item holds one paragraph, then lists; what follows stands on lines or in items of its own",
    "WIKI-LANGUAGE": "The language of code is not one that can be named",
    "WIKI-LINK": "A link around white space is not held",
    "WIKI-MARKS": "Underline, strike-through or code on white space at the edge of words is not held",
    "WIKI-MENTION": "The person has no account, or the mention is within a link; the name is kept as text",
    "WIKI-MENTION-MARKS": "Emphasis of a mention is not held",
    "WIKI-QUOTE": "A quote cannot stand in a list or cell; its text stands there unquoted",
    "WIKI-QUOTE-NESTED": "A quote cannot stand in a quote; its text stands in the outer one",
    "WIKI-RULE": "A rule cannot stand in a list or cell; it is left out",
    "WIKI-SPAN": "Cells that span columns or rows are single cells, with empty ones beside them",
    "WIKI-START": "A numbered list starts at 1",
    "WIKI-TABLE": "A table cannot stand in a list or cell; it is a list of its rows",
    "WIKI-TICKET": "A link to a ticket has no address yet; its words are kept",
    "WIKI-URL": "An address of an unsafe or unknown kind was taken out; the words are kept",
}
"""Codes of what writing wiki markup can lose, and the sentence each opens with."""

_BITS: Final = (STRONG, EM, UNDERLINE, STRIKE, SUB, SUP, CODE)
_OPEN: Final = tuple("{{" if sign == "{{" else f"{{{sign}}}" for sign in MARKERS)
_CLOSE: Final = tuple("}}" if sign == "{{" else f"{{{sign}}}" for sign in MARKERS)
_ALONE: Final = frozenset({*_BITS} - {CODE})
_VISIBLE: Final = UNDERLINE | STRIKE | CODE
_ORDERS: Final = tuple(tuple(number for number, bit in enumerate(_BITS) if mask & bit) for mask in range(128))
_EDGES = re.compile(r"(\s*)(.*?)(\s*)", re.DOTALL)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|bmp|webp|svg|tiff?|ico|heic)$", re.IGNORECASE)
_CODE_ENDS = re.compile(r"\{(?=code|noformat|quote)")
_ACCOUNT = re.compile(r"[A-Za-z0-9:_-]+")
_LONGEST_ADDRESS: Final = (
    1_900  # sixteen of them, the most that the smallest part holds, stay below the limit
)
_SMALLEST_ROOM: Final = 16

_Run: TypeAlias = tuple[str, int]


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
    writer.page(tree, "doc")
    return "".join(writer.out), writer.losses.losses()


def wiki_parts(
    tree: Tree,
    *,
    files: Callable[[str], str | None],
    mention: Literal["text"] | Callable[[str, str], str | None] = "text",
    link: Callable[[str, str], str | None] | None = None,
    limit: int = LIMIT,
) -> list[tuple[str, list[Loss]]]:
    """The markup in as many parts as `limit` (UTF-16 units of markup, at least 10,000) asks for; together they hold all of the text.

    Markup is longer than its text by what is escaped, so that a part is measured as it is written and cut again where it is too long.
    """
    if limit < 10_000:
        raise ValueError(f"a part must have room for 10,000 characters, not {limit}")
    tally = LossTally(LOSSES)
    tree = rewrite(tree, lambda node: _with_short_address(node, tally))
    ready: list[tuple[str, list[Loss]]] = []
    waiting: list[tuple[Tree, int]] = [(tree, limit)]
    while waiting:
        part, room = waiting.pop()
        text, losses = to_wiki(part, files=files, mention=mention, link=link)
        if units(text) <= limit or room <= _SMALLEST_ROOM:
            ready.append((text, losses))
            continue
        room = max(min(room, limit) * 7 // 10, _SMALLEST_ROOM)
        waiting.extend((piece, room) for piece in reversed(split(part, room)))
    ready[0][1].extend(tally.losses())
    return ready


def _with_short_address(node: Inline, tally: LossTally) -> Inline | Sequence[Inline]:
    if node[0] == "img" and (len(node[3]) > _LONGEST_ADDRESS or _long(node[4])):
        tally.add("WIKI-ADDRESS-LONG", "/")
        if len(node[3]) <= _LONGEST_ADDRESS:
            return [("img", node[1], node[2], node[3], None), _text(f" ({node[4][0] if node[4] else ''})")]
        return [_text(f"{_placeholder(node)} ({node[3]})" + (f" ({node[4][0]})" if node[4] else ""))]
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


def _placeholder(node: Image) -> str:
    return f"[image: {node[1]}]" if node[1] else "[image]"


class _Writer:
    """The descent through blocks; all markup goes to `out`, piece by piece."""

    __slots__ = ("files", "in_cell", "link", "losses", "mention", "number", "out")

    def __init__(
        self,
        files: Callable[[str], str | None],
        mention: Callable[[str, str], str | None] | None,
        link: Callable[[str, str], str | None] | None,
    ) -> None:
        self.files = files
        self.mention = mention
        self.link = link
        self.losses = LossTally(LOSSES)
        self.number = 0
        self.in_cell = False
        self.out: list[str] = []

    def lose(self, code: str, detail: str = "") -> None:
        self.losses.add(code, lambda: f"block {self.number}", detail)

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
            else:
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
            out.append(f" {self.line(blocks[0][1])} ")
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

    # ---- lines

    def line(self, inlines: Inlines, line_end: str = "\\\\ ") -> str:
        """The markup of a line; its breaks are `line_end` where the lines beside them are not empty, else forced breaks."""
        if len(inlines) == 1 and inlines[0][0] == "t" and not inlines[0][2] and inlines[0][3] is None:
            return escaped(inlines[0][1], starts_line=True)
        if BREAK not in inlines:
            return self.segment(inlines) if inlines else "\\\\"
        segments: list[str] = []
        start = 0
        for at, node in enumerate(inlines):
            if node[0] == "br":
                segments.append(self.segment(inlines[start:at]))
                start = at + 1
        segments.append(self.segment(inlines[start:]))
        if not any(segments):
            return "\\\\ " * (len(segments) - 1) + "\\\\"
        parts = [segments[0]]
        for before, after in itertools.pairwise(segments):
            parts.append(
                "\\\\ " if before.isspace() or after.isspace() or not before or not after else line_end
            )
            parts.append(after)
        return "".join(parts)

    def segment(self, inlines: Inlines) -> str:
        """The markup of a line without breaks."""
        out: list[str] = []
        runs: list[
            _Run
        ] = []  # neighbours with marks or with one link; text without either stands between them
        link: Link | None = None
        line = inlines
        for node in inlines:
            if node[0] != "t":
                line = tuple(merge_runs(self.readable(node) for node in inlines))
                break
        for at, node in enumerate(line):
            if node[0] == "t":
                text, marks, here = node[1], node[2], node[3]
                if runs and (here != link or (here is None and not marks)):
                    self.close(runs, link, out, text[0])
                    runs = []
                if marks or here is not None:
                    link = here
                    runs.append((text, marks))
                else:
                    out.append(escaped(text, starts_line=not out))
                continue
            if runs:
                self.close(runs, link, out, "!")
                runs = []
            if node[0] == "img":
                self.image(node, out, line[at + 1 : at + 2])
            elif node[0] == "at":
                out.append(self.account(node))
        if runs:
            self.close(runs, link, out, "")
        return "".join(out)

    def readable(self, node: Inline) -> Inline:
        """The node, or the text that stands for it where it cannot be named."""
        if node[0] == "at":
            account = self.mention(node[4], node[1]) if self.mention is not None and node[3] is None else None
            if account is None or not _ACCOUNT.fullmatch(account):
                if self.mention is not None:
                    self.lose("WIKI-MENTION", node[4])
                return ("t", node[1], node[2], node[3])
        elif node[0] == "img" and self.picture(node) is None:
            self.lose("WIKI-IMAGE", node[2] or node[3][:200])
            return ("t", _placeholder(node), 0, node[4])
        return node

    def account(self, node: Mention) -> str:
        if node[2]:
            self.lose("WIKI-MENTION-MARKS")
        return f"[~accountid:{self.mention(node[4], node[1]) if self.mention is not None else ''}]"

    def picture(self, node: Image) -> str | None:
        """What names an image between exclamation marks, or a file between `[^` and `]`."""
        if not node[2]:
            url = node[3]
            return address(url).replace("!", "%21") if url.startswith(("https://", "http://")) else None
        name = self.files(node[2])
        return file_name(name) if name is not None else None

    def image(self, node: Image, out: list[str], following: Inlines) -> None:
        """Write an image; a line break parts it from a word beside it, where Jira would take it for text."""
        source = self.picture(node) or ""
        _, alt, ref, url, link = node
        href = self.href(link) if link is not None else ""
        if not ref and source != url:
            self.lose("WIKI-ADDRESS")
        before = out[-1][-1:] if out else ""
        if before.isalnum() or before == "!":
            self.lose("WIKI-IMAGE-INLINE")
            out.append("\\\\ ")
        if ref and not _PICTURE.search(source):
            out.append(f"[^{source}]")
            if href:
                self.lose("WIKI-IMAGE-LINK", href[:200])
        else:
            kept = attribute(alt)
            shown = f"!{source}|alt={kept}!" if kept else f"!{source}!"
            out.append(f"[{shown}|{href}]" if href else shown)
            if kept:
                alt = ""
        if alt:
            self.lose("WIKI-ALT")
            out.extend(("\\\\ ", escaped(alt)))
        if any(node[0] == "t" and node[1][0].isalnum() for node in following):
            self.lose("WIKI-IMAGE-INLINE")
            out.append("\\\\ ")

    def close(self, runs: list[_Run], link: Link | None, out: list[str], following: str) -> None:
        """Write the runs of one link, or of none; `following` is the character after them."""
        if link is None:
            self.phrases(runs, out, following)
            return
        href = self.href(link)
        if href and all(text.isspace() for text, _ in runs):
            self.lose("WIKI-LINK", href[:200])
            href = ""
        if not href:
            self.phrases(runs, out, following)
        elif len(runs) == 1 and not runs[0][1]:
            text = runs[0][0]
            bare = text == href and href.startswith(("https://", "http://"))
            out.append(f"[{href}]" if bare else f"[{escaped(text)}|{href}]")
        else:
            out.append("[")
            self.phrases(runs, out, "|")
            out.append(f"|{href}]")

    def href(self, link: Link) -> str:
        """The address of a link as it is written; "" where it has none."""
        href, ticket = link
        if ticket:
            found = self.link(ticket, href) if self.link is not None else None
            if found is None and not href:
                self.lose("WIKI-TICKET", ticket)
            href = href if found is None else found
        if not href.startswith(("https://", "http://", "mailto:")):
            href, code = safe_address(href)
            if code == "BODY-URL":
                self.lose("WIKI-URL", href[:200])
                return ""
        written = address(href)
        if written != href:
            self.lose("WIKI-ADDRESS")
        return written

    def phrases(self, runs: list[_Run], out: list[str], following: str) -> None:
        """Write text with its marks; a mark neither begins nor ends at white space, which would make it text."""
        for text, marks in runs:
            if marks and (text[0].isspace() or text[-1].isspace()):
                runs = self.tight(runs)
                break
        if len(runs) == 1 and _stands_alone(*runs[0], out[-1][-1:] if out else "", following):
            mark = MARKERS[_ORDERS[runs[0][1]][0]]
            out.append(f"{mark}{escaped(runs[0][0])}{mark}")
            return
        open_marks: tuple[int, ...] = ()
        for text, marks in runs:
            wanted = _ORDERS[marks]
            if wanted != open_marks:
                shared = 0
                while open_marks[: shared + 1] == wanted[: shared + 1]:
                    shared += 1
                out.extend(_CLOSE[number] for number in reversed(open_marks[shared:]))
                out.extend(_OPEN[number] for number in wanted[shared:])
                open_marks = wanted
            out.append(escaped(text, starts_line=not out))
        out.extend(_CLOSE[number] for number in reversed(open_marks))

    def tight(self, runs: list[_Run]) -> list[_Run]:
        """Runs in which white space at the border of two has only the marks of both."""
        pieces: list[_Run] = []
        for text, marks in runs:
            found = _EDGES.fullmatch(text)
            if found is not None:
                pieces.extend((part, marks) for part in found.groups() if part)
        done: list[_Run] = []
        at = 0
        while at < len(pieces):
            if not pieces[at][0].isspace():
                done.append(pieces[at])
                at += 1
                continue
            end = at
            both = 127
            while end < len(pieces) and pieces[end][0].isspace():
                both &= pieces[end][1]
                end += 1
            both &= (done[-1][1] if done else 0) & (pieces[end][1] if end < len(pieces) else 0)
            if any(marks & _VISIBLE & ~both for _, marks in pieces[at:end]):
                self.lose("WIKI-MARKS")
            done.append(("".join(text for text, _ in pieces[at:end]), both))
            at = end
        merged: list[_Run] = []
        for text, marks in done:
            if merged and merged[-1][1] == marks:
                merged[-1] = (merged[-1][0] + text, marks)
            else:
                merged.append((text, marks))
        return merged


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


def _stands_alone(text: str, marks: int, before: str, after: str) -> bool:
    """Whether a run is whole words between spaces and has one mark, which then needs no braces."""
    return (
        marks in _ALONE
        and before in ("", " ", "(")
        and after in ("", " ", ",", ".", ";", ":", ")")
        and text[0].isalnum()
        and text[-1].isalnum()
        and "://" not in text
    )
