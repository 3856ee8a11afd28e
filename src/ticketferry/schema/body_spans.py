"""Spans of a body's text replaced, also where they run through several marks: what a line reads is looked at, not its pieces."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ticketferry.schema.body import Block, Blocks, Inline, Inlines, Tree, normalise

__all__ = ["Spans", "replace_spans", "replaced"]

Spans: TypeAlias = Callable[[str], Sequence[tuple[int, int, str]]]
"""Text -> (start, end, what stands there instead), in order, none within another."""


def replaced(text: str, spans: Spans) -> str:
    """Return a text with its spans replaced; the same object where there are none."""
    found = spans(text)
    if not found:
        return text
    parts, last = [], 0
    for start, end, new in found:
        parts += [text[last:start], new]
        last = end
    return "".join([*parts, text[last:]])


def replace_spans(tree: Tree, spans: Spans) -> Tree:
    """Replace spans in every line, code block, name of an image and mention. A link whose address holds one is a link no more, and so is
    an image's address. The tree itself is returned where nothing was found.
    """
    out = _blocks(tree, spans)
    return tree if out is tree else normalise(out)


def _blocks(blocks: Blocks, spans: Spans) -> Blocks:
    out = tuple(_block(block, spans) for block in blocks)
    return blocks if all(a is b for a, b in zip(out, blocks, strict=True)) else out


def _items(items: tuple[Blocks, ...], spans: Spans) -> tuple[Blocks, ...]:
    out = tuple(_blocks(item, spans) for item in items)
    return items if all(a is b for a, b in zip(out, items, strict=True)) else out


def _block(block: Block, spans: Spans) -> Block:
    match block:
        case ("p", inlines):
            line = _line(inlines, spans)
            return block if line is inlines else ("p", line)
        case ("h", level, inlines):
            line = _line(inlines, spans)
            return block if line is inlines else ("h", level, line)
        case ("ul", items):
            done = _items(items, spans)
            return block if done is items else ("ul", done)
        case ("ol", start, items):
            done = _items(items, spans)
            return block if done is items else ("ol", start, done)
        case ("quote", blocks):
            inner = _blocks(blocks, spans)
            return block if inner is blocks else ("quote", inner)
        case ("fold", title, blocks):
            shown, inner = replaced(title, spans), _blocks(blocks, spans)
            return block if shown is title and inner is blocks else ("fold", shown, inner)
        case ("pre", language, text):
            code = replaced(text, spans)
            return block if code is text else ("pre", language, code)
        case ("table", rows):
            made = tuple(tuple((*cell[:3], _blocks(cell[3], spans)) for cell in row) for row in rows)
            return block if made == rows else ("table", made)
        case _:
            return block


def _shown(node: Inline) -> str:
    if node[0] in ("t", "at"):
        return node[1]
    return "\n" if node[0] == "br" else "\ufffc"


def _line(inlines: Inlines, spans: Spans) -> Inlines:
    texts = [_shown(node) for node in inlines]
    found = list(spans("".join(texts)))
    out: list[Inline] = []
    at, changed = 0, bool(found)
    for node, text in zip(inlines, texts, strict=True):
        end = at + len(text)
        here = [span for span in found if span[0] < end and at < span[1]]
        new = _node(node, at, here) if here and node[0] in ("t", "at") else [node]
        for one in new:
            bare = _bare(one, spans)
            changed = changed or bare is not one
            out.append(bare)
        at = end
    return tuple(out) if changed else inlines


def _node(node: Inline, at: int, found: Sequence[tuple[int, int, str]]) -> list[Inline]:
    """Return a text without the parts of it that lie in spans; what stands there instead stands where the span begins."""
    assert node[0] in ("t", "at")
    text, marks, link = node[1], node[2], node[3]
    out: list[Inline] = []
    last = 0
    for start, end, new in found:
        if start - at > last:
            out.append(("t", text[last : start - at], marks, link))
        if start >= at:
            out.append(("t", new, marks, None))
        last = min(len(text), end - at)
    if last < len(text):
        out.append(("t", text[last:], marks, link))
    return out


def _bare(node: Inline, spans: Spans) -> Inline:
    """Return a node whose addresses and alternative texts hold no span."""
    match node:
        case ("t", text, marks, link) if link is not None and spans(link[0]):
            return ("t", text, marks, None)
        case ("at", text, marks, link, ref) if link is not None and spans(link[0]):
            return ("at", text, marks, None, ref)
        case ("img", alt, ref, url, link):
            name = replaced(alt, spans)
            if url and spans(url):
                return ("t", name or "[image]", 0, None)
            goes = link is not None and bool(spans(link[0]))
            return node if name is alt and not goes else ("img", name, ref, url, None if goes else link)
        case _:
            return node
