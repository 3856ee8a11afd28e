"""The line of a page of HTML as it is read: white space as browsers show it, texts, images, mentions, controls; and its losses."""

import re
from collections.abc import Callable

from lxml import etree

from ticketferry.schema.body import (
    BREAK,
    EMPTY,
    Block,
    Blocks,
    Inline,
    Link,
    clean_text,
    merge_runs,
)
from ticketferry.schema.body_html_rules import WHITE, safe_address
from ticketferry.schema.body_losses import LossTally

__all__ = ["LineReader"]

_SPACES = re.compile("  +")


class LineReader:
    """The line being read, and what has been lost so far."""

    __slots__ = ("bare", "coded", "image_ref", "keep", "line", "losses", "merge", "styled", "subset")

    def __init__(
        self,
        losses: LossTally,
        image: Callable[[str], str | None] | None,
        *,
        subset: bool,
        styled: int,
        coded: bool,
    ) -> None:
        self.line: list[Inline] = []
        self.bare = True  # white space that comes next is not shown: the line is empty, or ends with a space or a break
        self.merge = False  # the line holds neighbours that are to become one
        self.keep = False
        self.losses = losses
        self.image_ref = image
        self.subset = subset
        self.styled = styled
        self.coded = coded  # control characters may come from character references

    def lose(self, code: str, element: etree._Element, detail: str = "") -> None:
        """Count a loss at this element."""
        self.losses.add(code, lambda: element.getroottree().getpath(element), detail)

    def text(self, text: str, marks: int, link: Link | None) -> None:
        """Put text on the line."""
        if self.coded:
            text = clean_text(text)
            if not text:
                return
        if self.keep:
            self.lines(text, marks, link)
            return
        if "\n" in text or "\t" in text:  # other white space is gone: clean_text
            text = text.replace("\n", " ").replace("\t", " ")
        if "  " in text:
            text = _SPACES.sub(" ", text)
        if self.bare and text[0] == " ":
            text = text[1:]
            if not text:
                return
        self.bare = text[-1] == " "
        line = self.line
        if line:
            last = line[-1]
            if last[0] == "t" and last[2] == marks and last[3] == link:
                self.merge = True
        line.append(("t", text, marks, link))

    def lines(self, text: str, marks: int, link: Link | None) -> None:
        """Text whose white space counts."""
        for number, part in enumerate(clean_text(text).split("\n")):
            if number:
                self.line.append(BREAK)
            if part:
                self.line.append(("t", part, marks, link))
                self.merge = True
        self.bare = False

    def trim(self) -> None:
        """Take the white space at the end of the line away: a browser shows none before a break."""
        line = self.line
        while line and not self.keep:
            last = line[-1]
            if last[0] != "t" or last[1][-1] != " ":
                return
            if last[1] != " ":
                line[-1] = ("t", last[1][:-1], last[2], last[3])
                return
            line.pop()

    def flush(self, out: list[Block], head: int) -> None:
        """End the line: it becomes a paragraph, or a heading of level `head`; breaks alone are a blank line."""
        if not self.line:
            self.bare = True
            return
        if self.bare:
            self.trim()
        line = self.line
        self.line = []
        self.bare = True
        if line and line[-1][0] == "br":
            line.pop()
            if all(node[0] == "br" for node in line):
                if not head:
                    out.append(EMPTY)
                self.merge = False
                return
        if self.merge:
            self.merge = False
            line = merge_runs(line)
        if line:
            out.append(("h", head, tuple(line)) if head else ("p", tuple(line)))

    def loose_text(self, text: str | None, marks: int, link: Link | None) -> Blocks:
        """The blocks of text that stands where only elements belong."""
        if not text or text.isspace():
            return ()
        out: list[Block] = []
        self.text(text, marks, link)
        self.flush(out, 0)
        return tuple(out)

    def address(self, element: etree._Element, name: str) -> str:
        """The address that an attribute holds, "" where it is unsafe or leads nowhere."""
        href, code = safe_address(element.get(name, ""))
        if code:
            self.lose(code, element, href[:200] if code == "BODY-URL" else "")
            return ""
        return href

    def mention(self, element: etree._Element, marks: int, link: Link | None) -> None:
        """Put a mention (of our own subset) on the line."""
        name = WHITE.sub(" ", "".join(map(str, element.itertext()))).strip()
        self.line.append(("at", name or "@", marks, link, element.get("data-person", "")))
        self.bare = False

    def unknown(self, element: etree._Element, marks: int, link: Link | None) -> None:
        """Say what becomes of a tag that HTML does not know."""
        tag = str(element.tag)
        if "@" in tag or tag.startswith(("http", "mailto:")):
            self.text(f"<{tag}>", marks, link)  # "Ann <ann@example.com>" that nobody escaped
        elif ":" not in tag:  # Office writes <o:p>, which says nothing
            self.lose("BODY-UNKNOWN", element, f"<{tag}>")

    def embed(self, element: etree._Element, marks: int) -> None:
        """Put the address of embedded content on the line."""
        self.lose("BODY-EMBED", element, str(element.tag))
        for name in ("src", "data"):
            href = self.address(element, name) if element.get(name) else ""
            if href:
                self.text(href, marks, (href, ""))
                return

    def control(self, element: etree._Element, marks: int, link: Link | None) -> None:
        """Put what a form control shows on the line."""
        kind = element.get("type", "text").lower()
        if kind == "hidden":
            return
        self.lose("BODY-FORM", element, "input")
        if kind in ("checkbox", "radio"):
            self.text("☐ " if element.get("checked") is None else "☑ ", marks, link)
        elif element.get("value") and kind != "password":
            self.text(clean_text(element.get("value", "")), marks, link)

    def image(self, element: etree._Element, marks: int, link: Link | None) -> None:
        """Put an image on the line, or what stands for it."""
        alt = WHITE.sub(" ", clean_text(element.get("alt", ""))).strip()
        source = (element.get("src") or "").strip()
        ref = element.get("data-ref") if self.subset else None
        if ref is None and self.image_ref is not None and source:
            ref = self.image_ref(source)
        if not ref and alt and (element.get("data-emoji") or "emoji" in element.get("class", "")):
            self.text(alt, marks, link)
            return
        self.bare = False
        if ref:
            self.line.append(("img", alt, ref, "", link))
        elif element.get("width") in ("0", "1") and element.get("height") in ("0", "1"):
            self.lose("BODY-PIXEL", element)
            self.bare = not self.line
        elif source[:8].lower().startswith(("https://", "http://")):
            self.line.append(("img", alt, "", clean_text(source).replace("\n", ""), link))
        elif source.startswith("//"):
            self.line.append(("img", alt, "", "https:" + clean_text(source), link))
        else:
            self.lose("BODY-IMAGE", element, source[:60])
            self.line.append(("t", f"[image: {alt}]" if alt else "[image]", marks, link))
            self.merge = True
