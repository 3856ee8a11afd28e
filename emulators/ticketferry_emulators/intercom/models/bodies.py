"""Texts as the product stores them: from contacts plain, from teammates in a subset of HTML."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

__all__ = ["from_contact", "from_teammate", "plain_text"]

KEPT = frozenset(
    {
        "p",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "a",
        "ul",
        "ol",
        "li",
        "h1",
        "h2",
        "img",
        "pre",
        "code",
        "br",
        "blockquote",
    }
)
"""Which tags survive in replies of teammates and in notes; tables do not [RECALL]."""
_VOID = frozenset({"img", "br"})
_ATTRIBUTES = {"a": ("href",), "img": ("src", "alt")}
_DROPPED = frozenset({"script", "style", "head", "title"})
_SAFE = ("http://", "https://", "mailto:", "tel:")
_BREAKS = re.compile(r"<br[^>]*>|</(?:p|li|h\d|pre|blockquote)>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def from_contact(text: str) -> str:
    """Return what a contact wrote, as it is stored: a paragraph a block; tags are text ("HTML is not supported")."""
    blocks = [block for block in re.split(r"\r?\n\s*\r?\n", text.strip("\r\n")) if block]
    return "".join(f"<p>{'<br>'.join(html.escape(block, quote=False).splitlines())}</p>" for block in blocks)


def from_teammate(text: str) -> str:
    """Return a teammate's body as it is stored: what is not of the subset loses its tags and keeps its words."""
    if "<" not in text:
        return from_contact(html.unescape(text))
    reader = _Subset()
    reader.feed(text)
    reader.close()
    return reader.result()


def plain_text(body: str) -> str:
    """Return a body without its markup: links and images are lost."""
    return html.unescape(_TAG.sub("", _BREAKS.sub("\n", body))).strip()


class _Subset(HTMLParser):
    """Writes the tags of the subset again and closes what was left open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._open: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            self._hidden += 1
            return
        if tag not in KEPT:
            return
        kept = "".join(
            f' {name}="{html.escape(value)}"'
            for name, value in attrs
            if name in _ATTRIBUTES.get(tag, ())
            and value is not None
            and (name == "alt" or value.startswith(_SAFE))
        )
        self._parts.append(f"<{tag}{kept}>")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _DROPPED:
            self._hidden = max(0, self._hidden - 1)
        if tag not in self._open:
            if tag in ("tr", "div", "h3", "h4", "h5", "h6"):
                self._parts.append("<br>")
            elif tag in ("td", "th"):
                self._parts.append(" ")
            return
        while True:
            closing = self._open.pop()
            self._parts.append(f"</{closing}>")
            if closing == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(html.escape(data, quote=False))

    def result(self) -> str:
        return "".join(self._parts) + "".join(f"</{tag}>" for tag in reversed(self._open))
