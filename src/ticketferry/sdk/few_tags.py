"""Texts for products that keep few tags, or none: bodies written with what is kept, and telling whether a text still says the same."""

from typing import Any

from ticketferry.sdk.body import (
    CODE,
    EM,
    STRONG,
    Block,
    Blocks,
    Inline,
    from_html,
    normalise,
    parse,
    to_text,
    unfolded,
    write_html,
)

__all__ = ["alike", "is_marked_up", "is_one_paragraph", "one_line", "plain", "reduced", "words"]

_KEPT = STRONG | EM | CODE


def reduced(html: str, header: str = "", *, headings: int = 2) -> str:
    """Return a text of the subset in paragraphs, `headings` levels of headings, lists, code, links, bold and italic: a table as lines, an
    image and a mention by name. `header` stands over it in bold.
    """
    line: Blocks = (("p", (("t", header, STRONG, None),)),) if header else ()
    tree = normalise((*line, *(piece for block in parse(html) for piece in _blocks(block, headings))))
    return write_html(tree).replace('<pre data-language="">', "<pre>")


def plain(html: str) -> str:
    """Return the words of a text with their line ends, for where no markup is taken."""
    return to_text(from_html(html)[0])


def words(html: str) -> str:
    """Return what a text says, whatever an editor made of its markup and its spaces."""
    return " ".join(plain(html).split())


def one_line(value: Any) -> str:
    """Return what a title says in one line, whether it holds markup or not; nothing for what is no text."""
    if not isinstance(value, str):
        return ""
    return words(value) if is_marked_up(value) else " ".join(value.split())


def is_marked_up(text: str) -> bool:
    """Tell HTML from words that only hold signs of it."""
    return "</" in text or "<br" in text or "<p>" in text


def is_one_paragraph(html: str) -> bool:
    """Tell whether a text of the subset is words in one paragraph, which read the same with tags or without."""
    inner = html.removeprefix("<p>").removesuffix("</p>")
    return html == f"<p>{inner}</p>" and "<" not in inner and " ".join(inner.split()) == inner


def alike(seen: Any, ours: Any) -> bool:
    """Tell whether a desk shows a value, or a set of them, as it was written, but for cases and spaces."""
    if isinstance(ours, list):
        return {_folded(item) for item in ours} == {_folded(item) for item in seen or ()}
    return _folded(seen) == _folded(ours)


def _folded(value: Any) -> str:
    return " ".join(str(value or "").split()).casefold()


def _blocks(block: Block, headings: int) -> Blocks:
    match block:
        case ("p", inlines):
            return (("p", tuple(map(_inline, inlines))),)
        case ("h", level, inlines):
            return (("h", min(level, headings), tuple(map(_inline, inlines))),)
        case ("ul", items):
            return (("ul", tuple(_all(item, headings) for item in items)),)
        case ("ol", start, items):
            return (("ol", start, tuple(_all(item, headings) for item in items)),)
        case ("quote", blocks):
            return _all(blocks, headings)
        case ("fold", _, _):
            return _all(unfolded((block,)), headings)
        case ("pre", _, text):
            return (("pre", "", text),)
        case ("table", rows):
            lines = [" | ".join(" ".join(to_text(cell[3]).split()) for cell in row) for row in rows]
            return tuple(("p", (("t", line, 0, None),)) for line in lines if line.strip())
    return (("p", (("t", "* * *", 0, None),)),)


def _all(blocks: Blocks, headings: int) -> Blocks:
    return tuple(piece for block in blocks for piece in _blocks(block, headings))


def _inline(inline: Inline) -> Inline:
    match inline:
        case ("t", text, marks, link):
            return ("t", text, marks & _KEPT, (link[0], "") if link else None)
        case ("img", alt, _, url, _):
            return ("t", f"[{alt or url or 'image'}]", EM, None)
        case ("at", text, _, _, _):
            return ("t", text, 0, None)
    return inline
