"""One line of Jira wiki markup: texts with their marks, links, images and mentions, so that no character changes its meaning.

How `{*}` marks a part of a word is what Jira Cloud itself writes; what cannot stand within a line is told and kept in the nearest form.
"""

import itertools
import re
from collections.abc import Callable
from typing import Final, TypeAlias

from ticketferry.sdk.body import (
    BREAK,
    CODE,
    EM,
    STRIKE,
    STRONG,
    SUB,
    SUP,
    UNDERLINE,
    Image,
    Inline,
    Inlines,
    Link,
    LossTally,
    Mention,
    merge_runs,
    safe_address,
)

from .wiki_text import MARKERS, address, attribute, escaped, file_name

__all__ = ["LOSSES", "LineWriter", "placeholder"]

LOSSES: Final = {
    "WIKI-ADDRESS": "Characters of an address that are markup were percent-encoded",
    "WIKI-ADDRESS-LONG": "An address too long for a link stands as text behind its words",
    "WIKI-ALT": "The description of an image holds markup; it stands beside the image",
    "WIKI-CELL": "A cell holds lines, not paragraphs",
    "WIKI-CODE": "Code that holds the end of a code block is parted into two blocks",
    "WIKI-CODE-CELL": "Code cannot stand in a cell; its lines stand there in a fixed-width font",
    "WIKI-FOLD": "Markup cannot fold a text; it is shown",
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
_ACCOUNT = re.compile(r"[A-Za-z0-9:_-]+")

_Run: TypeAlias = tuple[str, int]


def placeholder(image: Image) -> str:
    """Return what stands for an image that cannot be shown."""
    return f"[image: {image[1]}]" if image[1] else "[image]"


class LineWriter:
    """Lines, and what writing them has lost so far."""

    __slots__ = ("files", "link", "losses", "mention", "number")

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

    def lose(self, code: str, detail: str = "") -> None:
        """Count a loss in the block that is being written."""
        self.losses.add(code, lambda: f"block {self.number}", detail)

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
            return ("t", placeholder(node), 0, node[4])
        return node

    def account(self, node: Mention) -> str:
        """The markup of a mention that `readable` has let through."""
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
