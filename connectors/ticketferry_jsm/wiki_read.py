r"""What Jira shows for wiki markup: markup to body, read by rules of its own, so that it can prove what the writer writes.

Read are paragraphs, headings, lists, tables, quotes, code, rules, links, mentions, files, emphasis in both notations (`*word*`,
`part{*}of{*}word`), escapes, character references and line breaks. Other macros stay text. Nothing raises.
"""

import html
import re
from collections.abc import Callable, Iterator
from typing import Final, Literal, TypeAlias

from ticketferry.sdk.body import (
    BREAK,
    CODE,
    EM,
    EMPTY,
    STRIKE,
    STRONG,
    SUB,
    SUP,
    UNDERLINE,
    Block,
    Blocks,
    Cell,
    Inline,
    Link,
    Row,
    Tree,
    clean_text,
    normalise,
)

__all__ = ["from_wiki"]

_BIT: Final = {"*": STRONG, "_": EM, "+": UNDERLINE, "-": STRIKE, "~": SUB, "^": SUP, "{{": CODE}
_MACRO = re.compile(r"(?<!\\)\{(noformat|code|quote)(?::([^}\n]*))?\}")
_HEADING = re.compile(r"h([1-6])\. ?([^\n]*)")
_RULE = re.compile(r"-{4,5}(?=\n|$)")
_MARKER = re.compile(r"([*#-]+) ")
_PARAGRAPH_END = re.compile(
    r"\n\n|\n(?=h[1-6]\. |-{4,5}(?:\n|$)|[*#-]+ |\|)|(?<!\\)\{(?:noformat|code|quote)(?::[^}\n]*)?\}"
)
_ITEM_END = re.compile(r"\n\n|\n(?=[*#-]+ )|(?<!\\)\{(?:noformat|code)(?::[^}\n]*)?\}")
_LINK: Final = r"\[(?:\\.|[^\[\]\\\n])*\]"
_IMAGE: Final = r"!(?!\s)[^!|\n]+(?:\|[^!\n]*)?!"
_IN_CELL = re.compile(rf"\\.|{_LINK}|{_IMAGE}|\|", re.DOTALL)
_TOKEN = re.compile(
    rf"""
    (?P<force>\\\\\ ?)
    |\\(?P<escape>[-\#*_+?^~|%{{}}\[\]()!@])
    |(?P<end>\n)
    |(?P<url>(?<![A-Za-z0-9\\])https?://(?:(?:[-A-Za-z0-9._~/?\#@=+$,;:%']|&(?!\#?[A-Za-z0-9]+;))*[A-Za-z0-9/=\#%])?)
    |(?P<entity>&(?:\#[0-9]{{2,6}}|[A-Za-z][A-Za-z0-9]*);)
    |\{{(?P<braced>[*_+~^-])\}}
    |(?P<code>\{{\{{|\}}\}})
    |(?P<link>\[(?:!(?!\s)[^!\n]+!\|[^\[\]\\\n|]*|(?:\\.|[^\[\]\\\n])*)\])
    |(?P<image>{_IMAGE})
    |(?P<plain>[*_+~^-])
    """,
    re.VERBOSE,
)
_PIPE = re.compile(r"(?:\\.|![^!\n]*!|[^|\\])*")

_Mark: TypeAlias = tuple[Literal["mark"], str, str, bool, bool]
_Files: TypeAlias = Callable[[str], str | None]
_People: TypeAlias = Callable[[str], tuple[str, str] | None]


def from_wiki(text: str, *, files: _Files, person: _People = lambda _: None) -> Tree:
    """The canonical tree of wiki markup.

    `files` gives the ref of an attachment by its name, or None; `person` the ref and the shown name of an account id, or None.
    """
    return normalise(_Reader(files, person).blocks(clean_text(text)))


class _Reader:
    def __init__(self, files: _Files, person: _People) -> None:
        self.files = files
        self.person = person

    # ---- blocks

    def blocks(self, text: str) -> list[Block]:
        out: list[Block] = []
        at = 0
        missing: set[str] = set()
        while at < len(text):
            if text[at] == "\n":
                at += 1
                continue
            at = self.block(text, at, out, missing)
        return out

    def block(self, text: str, at: int, out: list[Block], missing: set[str]) -> int:
        """Read one block; return where the next may begin."""
        macro = _MACRO.match(text, at)
        if macro is not None:
            end = self.macro(text, macro, out, missing)
            if end is not None:
                return end
        for pattern in (_HEADING, _RULE):
            found = pattern.match(text, at)
            if found is not None:
                out.append(
                    ("h", int(found[1]), tuple(self.line(found[2]))) if pattern is _HEADING else ("hr",)
                )
                return found.end() + 1
        if _MARKER.match(text, at):
            return self.listing(text, at, out, missing)
        if text[at] == "|":
            return self.table(text, at, out)
        stop = macro.end() if macro is not None else at  # a macro without an end is text
        found = _PARAGRAPH_END.search(text, stop)
        while found is not None and found[0][0] == "{" and _name(found[0]) in missing:
            found = _PARAGRAPH_END.search(text, found.end())
        end = found.start() if found is not None else len(text)
        out.append(("p", tuple(self.line(text[at:end]))))
        return end if found is None or found[0][0] == "{" else found.end()

    def macro(self, text: str, opened: re.Match[str], out: list[Block], missing: set[str]) -> int | None:
        """Read a macro with its body; None where nothing ends it."""
        name = opened[1]
        if name in missing:
            return None
        if name == "quote":
            end = _quote_end(text, opened.end())
        else:
            end = text.find(f"{{{name}}}", opened.end())
        if end < 0:
            missing.add(name)
            return None
        body = text[opened.end() : end].removeprefix("\n").removesuffix("\n")
        if name == "quote":
            out.append(("quote", tuple(self.blocks(body)) or (EMPTY,)))
        else:
            language = (opened[2] or "").split("|")[0] if name == "code" else ""
            out.append(("pre", "" if "=" in language else language, body))
        return end + len(name) + 2

    def listing(self, text: str, at: int, out: list[Block], missing: set[str]) -> int:
        rows: list[tuple[str, Blocks]] = []
        marker = _MARKER.match(text, at)
        while marker is not None:
            item: list[Block] = []
            at = marker.end()
            while True:
                found = _ITEM_END.search(text, at)
                end = found.start() if found is not None else len(text)
                piece = text[at:end]
                is_macro = found is not None and found[0][0] == "{"
                if is_macro:
                    piece = piece.removesuffix("\n")
                if item and item[-1][0] == "pre":
                    piece = re.sub(r"^(?:\\\\ ?|\n)", "", piece)
                if piece or not (is_macro or item):
                    item.append(("p", tuple(self.line(piece))))
                opened = _MACRO.match(text, end) if is_macro else None
                if opened is None:
                    at = found.end() if found is not None else len(text)
                    break
                after = self.macro(text, opened, item, missing)
                if after is None:
                    item.append(("p", (("t", opened[0], 0, None),)))
                    after = opened.end()
                at = after
            rows.append((marker[1], tuple(item)))
            marker = _MARKER.match(text, at) if found is not None and found[0] == "\n" else None
        out.extend(_lists(rows, 0, 0, len(rows)))
        return at

    def table(self, text: str, at: int, out: list[Block]) -> int:
        rows: list[Row] = []
        cells: list[Cell] = []
        while at < len(text) and text[at] == "|":
            header = text.startswith("||", at)
            at += 2 if header else 1
            if at >= len(text) or (text[at] == "\n" and text[at + 1 : at + 2] in ("|", "\n", "")):
                if cells:
                    rows.append(tuple(cells))
                cells = []
                at += 1
                continue
            end = next((found.start() for found in _IN_CELL.finditer(text, at) if found[0] == "|"), len(text))
            cells.append((header, 1, 1, self.cell(text[at:end])))
            at = end
        if cells:
            rows.append(tuple(cells))
        if rows:
            out.append(("table", tuple(rows)))
        return at

    def cell(self, content: str) -> Blocks:
        if content[:1] == "\n":
            return tuple(self.blocks(content.strip("\n"))) or (EMPTY,)
        if len(content) > 1:
            content = content.removeprefix(" ")
        if content[-1:] == " " and (content.isspace() or content.rstrip(" ").endswith("\\")):
            content = content[:-1]
        return (("p", tuple(self.line(content))),) if content else (EMPTY,)

    # ---- lines

    def line(self, text: str) -> list[Inline]:
        tokens = list(self.tokens(text))
        nodes = list(_marked(tokens))
        # A line of nothing but breaks has one more than the body: without any it would not be seen.
        return nodes[1:] if nodes and all(node[0] == "br" for node in nodes) else nodes

    def tokens(self, text: str) -> Iterator[Inline | _Mark]:
        at = 0
        for found in _TOKEN.finditer(text):
            if found.start() > at:
                yield ("t", text[at : found.start()], 0, None)
            at = found.end()
            kind, whole = found.lastgroup, found[0]
            if kind in ("force", "end"):
                yield BREAK
            elif kind == "escape":
                yield ("t", found["escape"], 0, None)
            elif kind == "entity":
                yield ("t", html.unescape(whole), 0, None)
            elif kind == "braced":
                yield ("mark", found["braced"], whole, True, True)
            elif kind == "code":
                yield ("mark", "{{", whole, whole == "{{", whole == "}}")
            elif kind == "plain":
                before, after = text[found.start() - 1 : found.start()], text[at : at + 1]
                opens = not before.isalnum() and bool(after) and not after.isspace()
                closes = not after.isalnum() and bool(before) and not before.isspace()
                yield ("mark", whole, whole, opens, closes)
            elif kind == "link":
                yield from self.link(whole[1:-1])
            elif kind == "image":
                yield self.image(whole)
            else:
                yield ("t", whole, 0, None)
        if at < len(text):
            yield ("t", text[at:], 0, None)

    def link(self, inner: str) -> Iterator[Inline | _Mark]:
        if inner.startswith("~accountid:"):
            known = self.person(inner[11:])
            yield ("at", known[1], 0, None, known[0]) if known else ("t", f"@{inner[11:]}", 0, None)
            return
        if inner.startswith("^"):
            ref = self.files(inner[1:])
            yield ("img", "", ref, "", None) if ref else ("t", f"[{inner}]", 0, None)
            return
        found = _PIPE.match(inner)
        end = found.end() if found is not None else 0
        if end == len(inner):
            words = inner.removeprefix("mailto:") or inner
            yield ("t", words, 0, (inner, "")) if inner else ("t", "[]", 0, None)
            return
        link: Link = (inner[end + 1 :], "")
        for node in _marked(list(self.tokens(inner[:end]))):
            if node[0] == "t":
                yield ("t", node[1], node[2], link)
            elif node[0] == "img":
                yield ("img", node[1], node[2], node[3], link)
            else:
                yield node

    def image(self, whole: str) -> Inline:
        source, _, attributes = whole[1:-1].partition("|")
        alt = next((part[4:] for part in attributes.split(",") if part.startswith("alt=")), "")
        if source.startswith(("https://", "http://")):
            return ("img", alt, "", source, None)
        ref = self.files(source)
        return ("img", alt, ref, "", None) if ref else ("t", whole, 0, None)


def _name(macro: str) -> str:
    return macro[1:-1].partition(":")[0]


def _quote_end(text: str, at: int) -> int:
    """Where the `{quote}` stands that ends a quote: not within code."""
    while True:
        found = _MACRO.search(text, at)
        if found is None:
            return -1
        if found[1] == "quote":
            return found.start()
        end = text.find(f"{{{found[1]}}}", found.end())
        at = found.end() if end < 0 else end + len(found[1]) + 2


def _lists(rows: list[tuple[str, Blocks]], depth: int, start: int, stop: int) -> Iterator[Block]:
    """The lists that rows `start` to `stop` make, whose markers have at least `depth` + 1 characters."""
    while start < stop:
        sign = rows[start][0][depth]
        end = start
        while end < stop and rows[end][0][depth] == sign:
            end += 1
        items: list[Blocks] = []
        at = start
        while at < end:
            own: Blocks = ()
            if len(rows[at][0]) == depth + 1:
                own = rows[at][1]
                at += 1
            inner = at
            while at < end and len(rows[at][0]) > depth + 1:
                at += 1
            items.append((*own, *_lists(rows, depth + 1, inner, at)))
        yield ("ol", 1, tuple(items)) if sign == "#" else ("ul", tuple(items))
        start = end


def _marked(tokens: list[Inline | _Mark]) -> Iterator[Inline]:
    """Texts with the marks that stand around them; a mark without its other end is text."""
    pairs: dict[int, int] = {}
    stack: list[tuple[str, int]] = []
    for number, token in enumerate(tokens):
        if token[0] == "br":
            stack = []
        elif token[0] == "mark":
            _, sign, _, opens, closes = token
            if closes and any(sign == other for other, _ in stack):
                while stack[-1][0] != sign:
                    stack.pop()
                pairs[stack.pop()[1]] = _BIT[sign]
                pairs[number] = -_BIT[sign]
            elif opens and all(sign != other for other, _ in stack):
                stack.append((sign, number))
    marks = 0
    for number, token in enumerate(tokens):
        if token[0] == "mark":
            if number in pairs:
                marks += pairs[number]
            else:
                yield ("t", token[2], marks, None)
        elif token[0] == "t":
            yield ("t", token[1], token[2] | marks, token[3])
        elif token[0] == "at":
            yield ("at", token[1], token[2] | marks, token[3], token[4])
        else:
            yield token
