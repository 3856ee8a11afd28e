r"""The neutral body: an immutable tree for what people wrote, and the documented HTML subset it is stored as.

The tree is made of plain tuples, tagged in the first place: hashable, comparable, cheap to build.

    Tree      (Block, ...)
    Block     ("p", inlines)                      paragraph; ("p", ()) is a blank line
              ("h", level, inlines)               heading, level 1 to 6
              ("ul", items)                       item = (Block, ...)
              ("ol", start, items)                start >= 0
              ("quote", blocks)
              ("fold", title, blocks)             shown when a reader opens it; title = plain text, "" = none
              ("pre", language, text)             code or preformatted text; language "" = not known; "\n" ends a line
              ("hr",)
              ("table", rows)                     row = (cell, ...), cell = (is_header, colspan, rowspan, blocks)
    Inline    ("t", text, marks, link)            marks = bit mask of STRONG, EM …; link = None or (href, ticket ref or "")
              ("br",)
              ("img", alt, ref, url, link)        ref = `acme:attachment:55` or, when the image is not an attachment, url
              ("at", text, marks, link, ref)      mention of the person `ref`, shown as `text`

A tree is *canonical* when texts are not empty, hold no control character but tab (a line end is ("br",), or "\n" in "pre"), and
differ from their neighbour in marks or link; SUB and SUP exclude each other; lists, items, quotes, tables, rows and
cells are not empty; folds stand in nothing else; containers nest at most MAX_LEVEL deep. The converters make canonical trees; `normalise` makes any tree so.

Serialised (`write_html`, `parse`; white space counts as it stands, as under CSS `white-space: pre-wrap`):

    <p> <h1>…<h6> <ul> <ol start> <li> <blockquote> <pre data-language> <hr> <table> <tr> <th|td colspan rowspan>
    <details><summary>title</summary>…</details>
    <strong> <em> <u> <s> <code> <sub> <sup> <br> <a href data-ticket="acme:ticket:12">
    <img data-ref="acme:attachment:55" alt> or <img src="https://…" alt> · <span data-person="acme:person:7">@Name</span>

Items, quotes and cells hold blocks, never bare text. For a canonical tree `parse(write_html(tree)) == tree`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, NotRequired, TypeAlias

from typing_extensions import TypedDict

__all__ = [
    "BREAK", "CODE", "EM", "EMPTY", "MARK_TAGS", "MAX_LEVEL", "STRIKE", "STRONG", "SUB", "SUP", "UNDERLINE",
    "Block", "Blocks", "Body", "Break", "Cell", "Fold", "Image", "Inline", "Inlines", "Link", "Loss",
    "Mention", "References", "Row", "Text", "Tree",
    "clean_text", "merge_runs", "normal_line", "normalise", "references", "title_of", "unfolded", "walk",
]  # fmt: skip

STRONG: Final = 1
EM: Final = 2
UNDERLINE: Final = 4
STRIKE: Final = 8
CODE: Final = 16
SUB: Final = 32
SUP: Final = 64
MARK_TAGS: Final = (
    (STRONG, "strong"), (EM, "em"), (UNDERLINE, "u"), (STRIKE, "s"), (CODE, "code"), (SUB, "sub"), (SUP, "sup"),
)  # fmt: skip
"""Marks in the order in which their tags nest in the subset, outermost first."""

MAX_LEVEL: Final = 32
"""How deep lists, quotes and tables may nest; what is deeper is kept in place at this level, with a loss."""

Link: TypeAlias = tuple[str, str]
Text: TypeAlias = tuple[Literal["t"], str, int, Link | None]
Break: TypeAlias = tuple[Literal["br"]]
Image: TypeAlias = tuple[Literal["img"], str, str, str, Link | None]
Mention: TypeAlias = tuple[Literal["at"], str, int, Link | None, str]
Inline: TypeAlias = Text | Break | Image | Mention
Inlines: TypeAlias = tuple[Inline, ...]
Blocks: TypeAlias = tuple["Block", ...]
Cell: TypeAlias = tuple[bool, int, int, Blocks]
Row: TypeAlias = tuple[Cell, ...]
Paragraph: TypeAlias = tuple[Literal["p"], Inlines]
Heading: TypeAlias = tuple[Literal["h"], int, Inlines]
BulletList: TypeAlias = tuple[Literal["ul"], tuple[Blocks, ...]]
OrderedList: TypeAlias = tuple[Literal["ol"], int, tuple[Blocks, ...]]
Quote: TypeAlias = tuple[Literal["quote"], Blocks]
Fold: TypeAlias = tuple[Literal["fold"], str, Blocks]
Code: TypeAlias = tuple[Literal["pre"], str, str]
Rule: TypeAlias = tuple[Literal["hr"]]
Table: TypeAlias = tuple[Literal["table"], tuple[Row, ...]]
Block: TypeAlias = Paragraph | Heading | BulletList | OrderedList | Quote | Fold | Code | Rule | Table
Tree: TypeAlias = Blocks

BREAK: Final[Break] = ("br",)
EMPTY: Final[Paragraph] = ("p", ())

_CONTROL_BYTES: Final = bytes(byte for byte in range(32) if byte not in b"\t\n")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


class Body(TypedDict):
    """A body as stored: `html` in the subset above; `original` verbatim in `format` (`html`, `adf`, `wiki`, `text` …)."""

    html: str
    format: NotRequired[str]
    original: NotRequired[str]


@dataclass(frozen=True, slots=True)
class Loss:
    """A construct that a format could not hold. `where`: the first place, as a path; `count`: how many places."""

    code: str
    where: str
    message: str
    count: int = 1


class References(NamedTuple):
    """What a tree points at: refs and addresses in order of first appearance, each once."""

    attachments: tuple[str, ...]
    people: tuple[str, ...]
    tickets: tuple[str, ...]
    links: tuple[str, ...]
    images: tuple[str, ...]


def clean_text(text: str) -> str:
    r"""Text as trees hold it: line ends are "\n", form feeds too; other control characters go, lone surrogates become U+FFFD."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():  # quicker than the pattern, and the common case
        if len(text.encode().translate(None, _CONTROL_BYTES)) == len(text):
            return text
    elif _CONTROL.search(text) is None:
        return text
    text = text.replace("\x0b", "\n").replace("\x0c", "\n")
    return _CONTROL.sub(lambda found: "\ufffd" if found[0] >= "\ud800" else "", text)


def merge_runs(line: Iterable[Inline]) -> list[Inline]:
    """`line` with neighbouring texts of the same marks and link made one, in linear time."""
    merged: list[Inline] = []
    parts: list[str] = []
    marks, link = 0, None
    for node in line:
        if node[0] == "t":
            if parts and (node[2] != marks or node[3] != link):
                merged.append(("t", "".join(parts), marks, link))
                parts = []
            parts.append(node[1])
            marks, link = node[2], node[3]
            continue
        if parts:
            merged.append(("t", "".join(parts), marks, link))
            parts = []
        merged.append(node)
    if parts:
        merged.append(("t", "".join(parts), marks, link))
    return merged


def normalise(tree: Iterable[Block]) -> Tree:
    """The canonical form of any tree of the documented shape; containers past MAX_LEVEL dissolve into their parent."""
    return _normal_blocks(tree, 0)


def _normal_blocks(blocks: Iterable[Block], level: int) -> Blocks:
    out: list[Block] = []
    for block in blocks:
        if block[0] == "p":
            line = normal_line(block[1])
            out.append(block if line is block[1] else ("p", line))
            continue
        match block:
            case ("h", depth, inlines):
                out.append(("h", min(max(depth, 1), 6), normal_line(inlines)))
            case ("pre", language, text):
                out.append(("pre", clean_text(language).replace("\n", " "), clean_text(text)))
            case ("hr",):
                out.append(block)
            case ("fold", title, inner):
                shown: Fold = ("fold", clean_text(title).replace("\n", " "), _normal_blocks(inner, level + 1))
                out.extend(unfolded((shown,)) if level else (shown if shown[2] else (*shown[:2], (EMPTY,)),))
            case _ if level >= MAX_LEVEL:
                out.extend(_flattened(block))
            case ("ul", items):
                if items:
                    out.append(("ul", tuple(_normal_blocks(item, level + 1) or (EMPTY,) for item in items)))
            case ("ol", start, items):
                if items:
                    done = tuple(_normal_blocks(item, level + 1) or (EMPTY,) for item in items)
                    out.append(("ol", max(start, 0), done))
            case ("quote", inner):
                if inner:
                    out.append(("quote", _normal_blocks(inner, level + 1) or (EMPTY,)))
            case ("table", rows):
                kept = tuple(tuple(_normal_cell(cell, level + 1) for cell in row) for row in rows if row)
                if kept:
                    out.append(("table", kept))
    return tuple(out)


def _normal_cell(cell: Cell, level: int) -> Cell:
    header, columns, rows, blocks = cell
    spans = (min(max(columns, 1), 1000), min(max(rows, 1), 1000))
    return (header, *spans, _normal_blocks(blocks, level) or (EMPTY,))


def _flattened(block: Block) -> Iterator[Block]:
    """The leaves of a container, in order, without recursion: what lies too deep may lie any depth too deep."""
    stack: list[Block] = [block]
    while stack:
        node = stack.pop()
        inner = _inner(node)
        if node[0] == "fold":
            yield title_of(node)
        if inner is None:
            yield from _normal_blocks((node,), 0)
        else:
            stack.extend(child for blocks in reversed(inner) for child in reversed(blocks))


def _inner(block: Block) -> list[Blocks] | None:
    match block:
        case ("ul", items) | ("ol", _, items):
            return list(items)
        case ("quote", blocks) | ("fold", _, blocks):
            return [blocks]
        case ("table", rows):
            return [cell[3] for row in rows for cell in row]
        case _:
            return None


def title_of(fold: Fold) -> Paragraph:
    """The title of a fold as a paragraph of its own, where nothing can be folded."""
    return ("p", (("t", fold[1], STRONG, None),)) if fold[1] else EMPTY


def unfolded(tree: Iterable[Block]) -> Tree:
    """The tree with folds dissolved, each into its title, emphasised, and its blocks."""
    out: list[Block] = []
    for block in tree:
        if block[0] == "fold":
            out.extend((title_of(block),) if block[1] else ())
            out.extend(unfolded(block[2]))
        else:
            out.append(block)
    return tuple(out)


def _is_normal(line: Inlines) -> bool:
    """Tell of a line of texts and breaks whether it is canonical; of one with images or mentions it is never told."""
    before: tuple[int, Link | None] | None = None
    for node in line:
        if node[0] == "t":
            _, text, marks, link = node
            if not text or (not text.isprintable() and ("\n" in text or clean_text(text) is not text)):
                return False
            if (
                not 0 <= marks < SUB + SUP
                or (link is not None and _normal_link(link) != link)
                or before == (marks, link)
            ):
                return False
            before = (marks, link)
        elif node[0] == "br":
            before = None
        else:
            return False
    return True


def normal_line(inlines: Iterable[Inline]) -> Inlines:
    """Make a line canonical."""
    given = tuple(inlines)
    if _is_normal(given):
        return given
    line: list[Inline] = []
    for node in given:
        match node:
            case ("t", text, marks, link):
                for number, part in enumerate(clean_text(text).split("\n")):
                    if number:
                        line.append(BREAK)
                    if part:
                        line.append(("t", part, _normal_marks(marks), _normal_link(link)))
            case ("at", text, marks, link, ref):
                shown = clean_text(text).replace("\n", " ") or "@"
                line.append(("at", shown, _normal_marks(marks), _normal_link(link), clean_text(ref)))
            case ("img", alt, ref, url, link):
                shown = clean_text(alt).replace("\n", " ")
                line.append(
                    ("img", shown, clean_text(ref), "" if ref else clean_text(url), _normal_link(link))
                )
            case _:
                line.append(BREAK)
    return tuple(merge_runs(line))


def _normal_marks(marks: int) -> int:
    marks &= 127
    return marks & ~SUP if marks & SUB else marks


def _normal_link(link: Link | None) -> Link | None:
    if link is None or link == ("", ""):
        return None
    return (clean_text(link[0]), clean_text(link[1]))


def walk(tree: Iterable[Block]) -> Iterator[Inline]:
    """Every inline node, in reading order. The text of code blocks is not among them."""
    for block in tree:
        if block[0] == "p":
            yield from block[1]
        elif block[0] == "h":
            yield from block[2]
        else:
            for inner in _inner(block) or ():
                yield from walk(inner)


def references(tree: Iterable[Block]) -> References:
    """The attachments, people and tickets that a tree names, and the addresses of its links and of images that are not attachments."""
    found: tuple[dict[str, None], ...] = ({}, {}, {}, {}, {})
    attachments, people, tickets, links, images = found
    for node in walk(tree):
        link: Link | None = None
        match node:
            case ("t", _, _, link):
                pass
            case ("at", _, _, link, ref):
                people[ref] = None
            case ("img", _, ref, url, link):
                (attachments if ref else images)[ref or url] = None
        if link is not None:
            (tickets if link[1] else links)[link[1] or link[0]] = None
    return References(*(tuple(each) for each in found))
