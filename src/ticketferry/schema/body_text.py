"""Plain text: text to body, body to text, the length of a body, and splitting a body that is too long."""

import re
from collections.abc import Iterable, Iterator, Sequence

from ticketferry.schema.body import (
    BREAK,
    EMPTY,
    Block,
    Blocks,
    Cell,
    Inline,
    Inlines,
    Row,
    Tree,
    clean_text,
    merge_runs,
    unfolded,
)

__all__ = ["from_text", "split", "text_length", "to_text"]

SMALLEST_LIMIT = 16
_IMAGE = len("[image: ]")
_SENTENCE = re.compile(r"[.!?…。！？]+[\"'”’)\]]*\s+|\n+")
_SPACE = re.compile(r"\s+")


def from_text(text: str) -> Tree:
    """Text to paragraphs: an empty line parts them, a single line end is a break; spaces stay. Empty text is an empty tree."""
    text = clean_text(text)
    if not text:
        return ()
    return tuple(("p", _lines(part)) if part else EMPTY for part in text.split("\n\n"))


def _lines(text: str) -> Inlines:
    line: list[Inline] = []
    for number, part in enumerate(text.split("\n")):
        if number:
            line.append(BREAK)
        if part:
            line.append(("t", part, 0, None))
    return tuple(line)


def to_text(tree: Iterable[Block]) -> str:
    """The body for a reader without markup: blocks parted by an empty line, `-` and `1.` for items, `>` for quotes,
    `|` between cells, a link's address in parentheses where its text does not say it, `[image: alt]`.
    `to_text(from_text(text)) == text` for text with plain line ends.
    """
    return "\n\n".join(_block_text(block) for block in tree)


def _block_text(block: Block) -> str:
    match block:
        case ("p", inlines) | ("h", _, inlines):
            return "".join(_inline_texts(inlines))
        case ("pre", _, text):
            return text
        case ("hr",):
            return "---"
        case ("ul", items):
            return "\n".join(_item_text("- ", item) for item in items)
        case ("ol", start, items):
            return "\n".join(_item_text(f"{start + number}. ", item) for number, item in enumerate(items))
        case ("quote", blocks):
            return "\n".join(f"> {line}" if line else ">" for line in to_text(blocks).split("\n"))
        case ("fold", title, blocks):
            return f"{title}\n\n{to_text(blocks)}" if title else to_text(blocks)
        case ("table", rows):
            return "\n".join(
                " | ".join(to_text(cell[3]).replace("\n\n", "\n").replace("\n", " ") for cell in row)
                for row in rows
            )
    raise ValueError(f"no such block: {block[0]!r}")


def _item_text(sign: str, item: Blocks) -> str:
    text = "\n".join(_block_text(block) for block in item)
    return sign + text.replace("\n", "\n" + " " * len(sign))


def _inline_texts(inlines: Inlines) -> Iterator[str]:
    last = len(inlines) - 1
    shown = ""
    for number, node in enumerate(inlines):
        if node[0] == "br":
            yield "\n"
            continue
        text = f"[image: {node[1]}]" if node[0] == "img" else node[1]
        yield text
        link = node[4] if node[0] == "img" else node[3]
        if link is None:
            continue
        shown += text
        following = inlines[number + 1] if number < last else BREAK
        if following[0] != "br" and (following[4] if following[0] == "img" else following[3]) == link:
            continue
        if link[0] and shown.strip() != link[0].removeprefix("mailto:"):
            yield f" ({link[0]})"
        shown = ""


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _inline_units(node: Inline) -> int:
    if node[0] == "br":
        return 1
    return _units(node[1]) + (_IMAGE if node[0] == "img" else 0)


def text_length(tree: Iterable[Block]) -> int:
    """How long a target that counts text finds the body, never less.

    UTF-16 units of text, of code, of mentions and of image placeholders, one for each break and for the end of each
    block: Jira counts text, not JSON, and a character outside the basic plane twice.
    """
    return sum(map(_block_units, tree))


def _block_units(block: Block) -> int:
    match block:
        case ("p", inlines) | ("h", _, inlines):
            return 1 + sum(map(_inline_units, inlines))
        case ("pre", _, text):
            return 1 + _units(text)
        case ("ul", items) | ("ol", _, items):
            return sum(map(text_length, items))
        case ("quote", blocks):
            return text_length(blocks)
        case ("fold", title, blocks):
            return 1 + _units(title) + text_length(blocks)
        case ("table", rows):
            return sum(text_length(cell[3]) for row in rows for cell in row)
        case _:
            return 1


def split(tree: Tree, limit: int) -> list[Tree]:
    """Parts whose `text_length` is at most `limit`, cut between blocks, else items and rows, else sentences, else words, else anywhere.

    Together the parts hold every character of the tree, in order. An ordered list goes on with its number; a row too
    long for a part is dissolved into its cells. A tree within the limit comes back whole, as the only part.
    Raises ValueError for a limit under 16.
    """
    if limit < SMALLEST_LIMIT:
        raise ValueError(f"a part must have room for {SMALLEST_LIMIT} characters, not {limit}")
    if text_length(tree) <= limit:
        return [tree]
    return _pack(tree, limit)


def _pack(blocks: Iterable[Block], limit: int) -> list[Blocks]:
    parts: list[Blocks] = []
    part: list[Block] = []
    room = limit
    for block in blocks:
        for piece in [block] if _block_units(block) <= room else _cut(block, limit):
            size = _block_units(piece)
            if size > room and part:
                parts.append(tuple(part))
                part, room = [], limit
            part.append(piece)
            room -= size
    if part:
        parts.append(tuple(part))
    return parts


def _cut(block: Block, limit: int) -> Iterator[Block]:
    """Pieces of one block, each within the limit; the block itself where it fits into a part of its own."""
    if _block_units(block) <= limit:
        yield block
        return
    match block:
        case ("p", inlines):
            yield from (("p", line) for line in _cut_line(inlines, limit - 1))
        case ("h", level, inlines):
            yield from (("h", level, line) for line in _cut_line(inlines, limit - 1))
        case ("pre", language, text):
            yield from (("pre", language, piece) for piece in _cut_text(text, limit - 1))
        case ("quote", blocks):
            yield from (("quote", part) for part in _pack(blocks, limit))
        case ("fold", title, blocks):
            room = limit - 1 - _units(title)
            if room < SMALLEST_LIMIT:
                for part in _pack(unfolded((block,)), limit):
                    yield from part
            else:
                for number, part in enumerate(_pack(blocks, room)):
                    yield ("fold", "" if number else title, part)
        case ("ul", items):
            yield from (("ul", group) for _, group in _cut_items(items, limit))
        case ("ol", start, items):
            yield from (("ol", start + number, group) for number, group in _cut_items(items, limit))
        case ("table", rows):
            yield from _cut_table(rows, limit)


def _cut_items(items: Sequence[Blocks], limit: int) -> Iterator[tuple[int, tuple[Blocks, ...]]]:
    """Groups of whole items within the limit, each with the number of its first; a long item goes on in items of its own."""
    group: list[Blocks] = []
    first, room = 0, limit
    for number, item in enumerate(items):
        size = text_length(item)
        if size > room and group:
            yield first, tuple(group)
            group, room = [], limit
        if size > limit:
            yield from ((number, (part,)) for part in _pack(item, limit))
            continue
        if not group:
            first = number
        group.append(item)
        room -= size
    if group:
        yield first, tuple(group)


def _cut_table(rows: Sequence[Row], limit: int) -> Iterator[Block]:
    group: list[Row] = []
    room = limit
    for row in rows:
        size = sum(text_length(cell[3]) for cell in row)
        if size > room and group:
            yield _table(group)
            group, room = [], limit
        if size > limit:
            for cell in row:
                for part in _pack(cell[3], limit):
                    yield from part
            continue
        group.append(row)
        room -= size
    if group:
        yield _table(group)


def _table(rows: Sequence[Row]) -> Block:
    """A table of these rows, in which no cell spans more rows than there are."""

    def fitted(cell: Cell, left: int) -> Cell:
        return cell if cell[2] <= left else (cell[0], cell[1], left, cell[3])

    return (
        "table",
        tuple(tuple(fitted(cell, len(rows) - at) for cell in row) for at, row in enumerate(rows)),
    )


def _cut_line(inlines: Inlines, limit: int) -> Iterator[Inlines]:
    line: list[Inline] = []
    room = limit
    for whole in _cuttable(inlines, limit):
        node = whole
        size = _inline_units(node)
        while size > room and node[0] == "t":
            head = _head(node[1], room, whole_words=bool(line))
            if head:
                line.append(("t", head, node[2], node[3]))
                node = ("t", node[1][len(head) :], node[2], node[3])
            if line:
                yield tuple(merge_runs(line))
            line, room = [], limit
            size = _inline_units(node)
        if size > room:
            yield tuple(merge_runs(line))
            line, room = [], limit
        if node[0] != "t" or node[1]:
            line.append(node)
            room -= size
    if line:
        yield tuple(merge_runs(line))


def _cuttable(inlines: Inlines, limit: int) -> Iterator[Inline]:
    """Nodes that fit into a part, or are text: an endless name or description becomes text beside its node."""
    for node in inlines:
        if node[0] == "br" or node[0] == "t" or _inline_units(node) <= limit:
            yield node
        elif node[0] == "img":
            yield ("t", node[1], 0, node[4])
            yield ("img", "", node[2], node[3], node[4])
        else:
            yield ("t", node[1], node[2], node[3])


def _cut_text(text: str, limit: int) -> Iterator[str]:
    while _units(text) > limit:
        head = _head(text, limit, whole_words=False)
        yield head
        text = text[len(head) :]
    if text:
        yield text


def _head(text: str, limit: int, *, whole_words: bool) -> str:
    """The longest opening of `text` within `limit` units that ends a sentence (not in its first half), else a word, else (unless `whole_words`) anywhere."""
    window = text[:limit]
    if not window.isascii():
        window = window.encode("utf-16-le", "surrogatepass")[: limit * 2].decode("utf-16-le", "ignore")
    for border in (_SENTENCE, _SPACE):
        end = max((line.end() for line in border.finditer(window)), default=0)
        if end > (len(window) // 2 if border is _SENTENCE else 0):
            return window[:end]
    return "" if whole_words else window
