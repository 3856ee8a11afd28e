"""What stands in a line of an ADF document: text with its marks, mentions, cards, pictures, dates; and the losses with their place."""

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Final, TypeAlias

from ticketferry.sdk.body import (
    CODE,
    EM,
    STRIKE,
    STRONG,
    SUB,
    SUP,
    UNDERLINE,
    Inline,
    Link,
    LossTally,
    safe_address,
)

from .adf_texts import attrs_of, date, string
from .adf_vocabulary import LOSSES, MARKS

__all__ = ["AdfLineReader", "Child", "Node", "Place"]

_MARKS: Final = {"strong": STRONG, "em": EM, "underline": UNDERLINE, "strike": STRIKE, "code": CODE}
_LOOK: Final = ("background", "colwidth", "valign", "width", "layout", "displayMode", "isNumberColumnEnabled")
_PLAIN_LOOK: Final = {"layout": ("default", "center", "align-start"), "displayMode": ("default",)}

Place: TypeAlias = "tuple[Place, int] | None"
"""Where a node stands: the place of what it is in, and its number there; None is the document."""
Node: TypeAlias = dict[str, object]
Child: TypeAlias = tuple[Node, str, Place]


def _json_path(place: Place) -> str:
    parts: list[str] = []
    while place is not None:
        place, number = place
        parts.append(f".content[{number}]")
    return "$" + "".join(reversed(parts))


class AdfLineReader:
    """Reads nodes that hold no blocks. `media`, `person`, `addresses`: as in `from_adf`."""

    __slots__ = ("addresses", "losses", "media", "person")

    def __init__(
        self,
        media: Callable[[dict[str, object]], str | None],
        person: Callable[[str], str | None] | None,
        addresses: Container[str],
    ) -> None:
        self.addresses = addresses
        self.media = media
        self.person = person
        self.losses = LossTally(LOSSES)

    def lose(self, code: str, place: Place, detail: str = "") -> None:
        """Count a loss at this place."""
        self.losses.add(code, lambda: _json_path(place), detail)

    def children(self, nodes: object, path: Place) -> Iterator[Child]:
        """The nodes of a content array: node, type, place. One that stands there without an array is told."""
        if isinstance(nodes, dict | str | int | float) and not isinstance(nodes, bool):
            self.lose("ADF-INVALID", path)
            nodes = [nodes]
        if not isinstance(nodes, list):
            return
        for number, node in enumerate(nodes):
            child = self.child(node, (path, number))
            if child is not None:
                yield child

    def child(self, node: object, place: Place) -> Child | None:
        """The node that stands at a place of a content array: node, type, place; None where it is nothing."""
        if isinstance(node, dict):
            return node, string(node.get("type")), place
        if node is None:
            return None
        self.lose("ADF-INVALID", place)
        return {"type": "text", "text": str(node)}, "text", place

    def look(self, attrs: Mapping[str, object], path: Place) -> None:
        """Count what attributes would have shown."""
        for name in _LOOK if attrs else ():
            value = attrs.get(name)
            if value not in (None, False, "") and value not in _PLAIN_LOOK.get(name, ()):
                self.lose("ADF-STYLE", path, name)

    def block_marks(self, node: Mapping[str, object], path: Place) -> None:
        """Count the marks of a block, which a body has for text only."""
        marks = node["marks"]
        for mark in marks if isinstance(marks, list) else ():
            kind = string(mark.get("type")) if isinstance(mark, dict) else ""
            if kind not in MARKS:
                self.lose("ADF-UNKNOWN", path, f"mark {kind[:60]}")
            elif kind != "link":
                self.lose("ADF-STYLE", path, kind)

    def picture(self, node: Node, path: Place, outer: Link | None = None) -> Inline:
        """Return a file or picture of the web, or words for one that is not known. `outer`: the link of what it stands in."""
        attrs = attrs_of(node)
        link = self.marks(node, path)[1] or outer
        alt = string(attrs.get("alt"))
        url = self.address(attrs.get("url"), path) if attrs.get("type") == "external" else ""
        if url:
            return ("img", alt, "", url, link)
        ref = self.media(attrs)
        if ref:
            return ("img", alt, ref, "", link)
        self.lose("ADF-MEDIA", path, string(attrs.get("id")))
        return ("t", f"[image: {alt}]" if alt else "[image]", 0, link)

    def address(self, value: object, path: Place) -> str:
        """An address, "" where it is unsafe: scripts must not reach a desk that would run them."""
        href = string(value)
        if href.startswith(("https://", "http://", "mailto:")) or href in self.addresses:
            return href
        shown, code = safe_address(href)
        if code != "BODY-URL":
            return href
        self.lose("ADF-URL", path, shown[:200])
        return ""

    def card(self, attrs: Mapping[str, object], path: Place) -> Inline:
        """Return a card as a link under its name."""
        data = attrs.get("data")
        known: Mapping[str, object] = data if isinstance(data, dict) else {}
        url = self.address(attrs.get("url") or known.get("url"), path)
        self.lose("ADF-CARD", path)
        shown = string(known.get("name")) or string(attrs.get("url")) or string(known.get("url"))
        return ("t", shown or "[card]", 0, (url, "") if url else None)

    def extension(self, attrs: Mapping[str, object], path: Place) -> Inline:
        """Return what an app would show as its text or name."""
        name = string(attrs.get("extensionKey")) or string(attrs.get("resourceId"))
        self.lose("ADF-EXTENSION", path, name)
        return ("t", string(attrs.get("text")) or f"[{name or 'extension'}]", 0, None)

    def named(self, kind: str, node: Node, path: Place) -> Inline:
        """Return any node of a line that is neither text nor a break."""
        attrs = attrs_of(node)
        marks, link = self.marks(node, path) if "marks" in node else (0, None)
        match kind:
            case "mention":
                return self.mention(attrs, path, marks, link)
            case "emoji":
                text, name = string(attrs.get("text")), string(attrs.get("shortName"))
                if not text or text.startswith(":"):
                    self.lose("ADF-EMOJI", path, name)
                return ("t", text or name, marks, link)
            case "date":
                self.lose("ADF-DATE", path)
                return ("t", date(attrs.get("timestamp")), marks, link)
            case "status":
                self.lose("ADF-STATUS", path, string(attrs.get("color")))
                return ("t", string(attrs.get("text")), marks | STRONG, link)
            case "inlineCard":
                return self.card(attrs, path)
            case "mediaInline":
                return self.picture(node, path)
            case "placeholder":
                self.lose("ADF-STYLE", path, "placeholder")
                return ("t", string(attrs.get("text")), marks, link)
            case _:
                return self.extension(attrs, path)

    def mention(self, attrs: Mapping[str, object], path: Place, marks: int, link: Link | None) -> Inline:
        """Return a mention of a person; their name where nobody knows them."""
        account = string(attrs.get("id"))
        text = string(attrs.get("text")) or f"@{account}"
        ref = self.person(account) if self.person is not None and account else None
        if ref:
            return ("at", text, marks, link, ref)
        self.lose("ADF-MENTION", path, account)
        return ("t", text, marks, link)

    def marks(self, node: Node, path: Place, *, told: bool = False) -> tuple[int, Link | None]:
        """The marks and the link of a node; `told`: those that a body cannot hold have been told already."""
        marks = 0
        link: Link | None = None
        given = node.get("marks")
        for mark in given if isinstance(given, list) else ():
            kind = string(mark.get("type")) if isinstance(mark, dict) else ""
            bit = _MARKS.get(kind)
            if bit is not None:
                marks |= bit
            elif kind == "subsup":
                marks |= SUP if attrs_of(mark).get("type") == "sup" else SUB
            elif kind == "link":
                attrs = attrs_of(mark)
                href = self.address(attrs.get("href"), path)
                link = (href, "") if href else None
                if string(attrs.get("title")):
                    self.lose("ADF-TITLE", path, string(attrs["title"])[:200])
            elif not told:
                if kind in MARKS:
                    self.lose("ADF-STYLE", path, kind)
                else:
                    self.lose("ADF-UNKNOWN", path, f"mark {kind[:60]}")
        return marks, link
