"""The stored form of a body: the canonical HTML subset, written and read without loss (its tags: `ticketferry.schema.body`)."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from lxml import etree

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
    Tree,
    merge_runs,
)
from ticketferry.schema.body_subset_scan import scan

__all__ = ["parse", "write_html"]

_OPEN: Final = tuple("".join(f"<{tag}>" for bit, tag in MARK_TAGS if mask & bit) for mask in range(128))
_CLOSE: Final = tuple(
    "".join(f"</{tag}>" for bit, tag in reversed(MARK_TAGS) if mask & bit) for mask in range(128)
)
_MARKS: Final = {tag: bit for bit, tag in MARK_TAGS}
_SHORT: Final = 8_192
"""Characters of a text whose tree is remembered for a while."""
_PARSER = etree.HTMLParser(encoding="utf-8", huge_tree=True)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', "&quot;").replace("\n", "&#10;")


def write_html(tree: Iterable[Block]) -> str:
    """The subset for a tree: one text for equal trees, no white space between blocks, marks nested in the order of MARK_TAGS."""
    return "".join(map(_block_html, tree))


def _block_html(block: Block) -> str:
    match block:
        case ("p", inlines):
            return f"<p>{_line_html(inlines)}</p>"
        case ("h", level, inlines):
            return f"<h{level}>{_line_html(inlines)}</h{level}>"
        case ("ul", items):
            return f"<ul>{_items_html(items)}</ul>"
        case ("ol", start, items):
            return (
                f"<ol>{_items_html(items)}</ol>"
                if start == 1
                else f'<ol start="{start}">{_items_html(items)}</ol>'
            )
        case ("quote", blocks):
            return f"<blockquote>{write_html(blocks)}</blockquote>"
        case ("fold", title, blocks):
            return f"<details><summary>{_escaped(title)}</summary>{write_html(blocks)}</details>"
        case ("pre", language, text):
            opening = f'<pre data-language="{_quoted(language)}">' if language else "<pre>"
            # Browsers drop one line end that follows <pre>.
            return f"{opening}{chr(10) if text.startswith(chr(10)) else ''}{_escaped(text)}</pre>"
        case ("hr",):
            return "<hr>"
        case ("table", rows):
            return (
                "<table>" + "".join(f"<tr>{''.join(map(_cell_html, row))}</tr>" for row in rows) + "</table>"
            )
    raise ValueError(f"no such block: {block[0]!r}")


def _items_html(items: Iterable[Blocks]) -> str:
    return "".join(f"<li>{write_html(item)}</li>" for item in items)


def _cell_html(cell: Cell) -> str:
    header, columns, rows, blocks = cell
    tag = "th" if header else "td"
    spans = (f' colspan="{columns}"' if columns != 1 else "") + (f' rowspan="{rows}"' if rows != 1 else "")
    return f"<{tag}{spans}>{write_html(blocks)}</{tag}>"


def _line_html(inlines: Iterable[Inline]) -> str:
    out: list[str] = []
    open_link: Link | None = None
    for node in inlines:
        link = None if node[0] == "br" else node[4] if node[0] == "img" else node[3]
        if link != open_link:
            if open_link is not None:
                out.append("</a>")
            if link is not None:
                out.append(_link_html(link))
            open_link = link
        match node:
            case ("t", text, marks, _):
                out.append(f"{_OPEN[marks]}{_escaped(text)}{_CLOSE[marks]}" if marks else _escaped(text))
            case ("at", text, marks, _, ref):
                out.append(
                    f'{_OPEN[marks]}<span data-person="{_quoted(ref)}">{_escaped(text)}</span>{_CLOSE[marks]}'
                )
            case ("img", alt, ref, url, _):
                source = f'data-ref="{_quoted(ref)}"' if ref else f'src="{_quoted(url)}"'
                out.append(f'<img {source} alt="{_quoted(alt)}">')
            case _:
                out.append("<br>")
    if open_link is not None:
        out.append("</a>")
    return "".join(out)


def _link_html(link: Link) -> str:
    href, ticket = link
    target = f' data-ticket="{_quoted(ticket)}"' if ticket else ""
    return f'<a{target} href="{_quoted(href)}">' if href or not ticket else f"<a{target}>"


def parse(html: str) -> Tree:
    """The tree of a text that `write_html` made (or a person, keeping to the subset: marks may nest in any order).

    Raises ValueError for anything outside the subset, such as text between blocks: read that with `from_html`.
    """
    if not html:
        return ()
    return _remembered(html) if len(html) <= _SHORT else _read(html)


def _read(html: str) -> Tree:
    tree = scan(html)
    return tree if tree is not None else _parsed(html)


_remembered = lru_cache(maxsize=256)(_read)
"""The mapping and the target read a text shortly after each other; trees never change."""


def _parsed(html: str) -> Tree:
    """The tree as the parser finds it, or what is wrong with the text."""
    root = etree.fromstring(html.encode("utf-8", "replace"), _PARSER)
    if root is None or len(root) != 1 or root.tag != "html" or root[0].tag != "body":
        raise ValueError("not a body in the neutral subset: no blocks")
    return _blocks(root[0], 0)


def _outside(element: etree._Element, what: str = "") -> ValueError:
    return ValueError(
        f"not in the neutral subset: {what or f'<{element.tag}>'} at {element.getroottree().getpath(element)}"
    )


def _blocks(parent: etree._Element, level: int) -> Blocks:
    if level > MAX_LEVEL:
        raise _outside(parent, f"more than {MAX_LEVEL} levels")
    if parent.text:
        raise _outside(parent, "text outside a block")
    blocks = tuple(_block(element, level) for element in parent)
    if level and not blocks:
        raise _outside(parent, "an empty container")
    return blocks


def _block(element: etree._Element, level: int) -> Block:
    if element.tail:
        raise _outside(element, "text after a block")
    match element.tag:
        case "p":
            return ("p", _line(element))
        case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            return ("h", int(element.tag[1]), _line(element))
        case "ul":
            return ("ul", _items(element, level))
        case "ol":
            return ("ol", _number(element, "start"), _items(element, level))
        case "blockquote":
            return ("quote", _blocks(element, level + 1))
        case "details" if level == 0:
            return _fold(element)
        case "pre" if not len(element):
            return ("pre", element.get("data-language", ""), (element.text or "").removeprefix("\n"))
        case "hr":
            return ("hr",)
        case "table":
            rows = tuple(tuple(_cell(cell, level + 1) for cell in row) for row in _children(element, ("tr",)))
            if not rows or not all(rows):
                raise _outside(element, "an empty table")
            return ("table", rows)
    raise _outside(element)


def _fold(element: etree._Element) -> Block:
    if element.text or not len(element) or element[0].tag != "summary" or len(element[0]) or element[0].tail:
        raise _outside(element, "a fold without a title of plain text")
    title = element[0].text or ""
    element.remove(element[0])
    return ("fold", title, _blocks(element, 1))


def _children(parent: etree._Element, tags: tuple[str, ...]) -> Sequence[etree._Element]:
    children = list(parent)
    if parent.text or not children:
        raise _outside(parent, "text outside a block, or an empty container")
    for child in children:
        if child.tag not in tags or child.tail:
            raise _outside(child)
    return children


def _items(parent: etree._Element, level: int) -> tuple[Blocks, ...]:
    return tuple(_blocks(item, level + 1) for item in _children(parent, ("li",)))


def _cell(element: etree._Element, level: int) -> Cell:
    if element.tag not in ("th", "td") or element.tail:
        raise _outside(element)
    return (
        element.tag == "th",
        _number(element, "colspan"),
        _number(element, "rowspan"),
        _blocks(element, level),
    )


def _number(element: etree._Element, name: str) -> int:
    value = element.get(name, "1")
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise _outside(element, f"{name}={value!r}")
    return int(value)


def _line(element: etree._Element) -> Inlines:
    line: list[Inline] = []
    _runs(element, line, 0, None)
    return tuple(merge_runs(line) if len(line) > 1 else line)


def _runs(parent: etree._Element, line: list[Inline], marks: int, link: Link | None) -> None:
    if parent.text:
        line.append(("t", parent.text, marks, link))
    for element in parent:
        tag = element.tag
        bit = _MARKS.get(tag)
        if bit is not None:
            if marks & bit:
                raise _outside(element, "a mark within itself")
            _runs(element, line, (marks & ~(SUB | SUP) | bit) if bit & (SUB | SUP) else marks | bit, link)
        elif tag == "br":
            line.append(BREAK)
        elif tag == "a" and link is None:
            target = (element.get("href", ""), element.get("data-ticket", ""))
            _runs(element, line, marks, target if target != ("", "") else None)
        elif tag == "img" and (element.get("data-ref") or element.get("src") is not None):
            ref = element.get("data-ref", "")
            line.append(("img", element.get("alt", ""), ref, "" if ref else element.get("src", ""), link))
        elif tag == "span" and element.get("data-person") is not None and not len(element):
            line.append(("at", element.text or "@", marks, link, element.get("data-person", "")))
        else:
            raise _outside(element)
        if element.tail:
            line.append(("t", element.tail, marks, link))
