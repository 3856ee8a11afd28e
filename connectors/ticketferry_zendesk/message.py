"""Messages on their way to Zendesk and back: one place for the HTML that is written and for reading it again.

A *draft* is the HTML of one comment in which an image stands under an address of ours until its upload is known. What reading will
give is computed from the draft by the code that reads, so that the two cannot disagree.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, unquote

from ticketferry.sdk import From, Join, Kind, Ref, Template, parse_ref
from ticketferry.sdk.body import (
    Inline,
    Tree,
    clean_text,
    from_html,
    from_text,
    rewrite,
    split,
    to_text,
    unfolded,
    write_html,
)
from ticketferry.sdk.messages import header_block, numbered, strip_header

__all__ = [
    "LIMIT",
    "CommentHtml",
    "Where",
    "bare_subject",
    "draft",
    "draft_long",
    "read",
    "safe",
    "unsafe",
]

LIMIT = 60_000
"""Bytes of one body. Zendesk cuts silently beyond 64 kB [DOC ticket_comments]; addresses of images are longer than their placeholders."""
_IMAGE_ROOM = 400
_PLACE = "https://tf-image.invalid/"
_PLACED = re.compile(r'(?<=src=")' + re.escape(_PLACE) + r'([^"]*)(?=")')
_OPEN = re.compile(r"\{(?=[{%])")
_APART = re.compile("\\{(?:\u2060|&#8288;|&NoBreak;)(?=[{%])")
_LANGUAGE = re.compile(r'<pre data-language="[^"]*">')
_SIZES = (30_000, 15_000, 7_000, 3_000, 1_000, 300, 100, 16)


class Where:
    """The address under which a ticket is found by our mark, before it is there and whatever number it gets.

    A link in a text cannot be mended later (comments are never edited), and two tickets that name each other could not wait for
    each other: so links lead to Zendesk's search for the external id.
    """

    def __init__(self, url: str, origin: str) -> None:
        self._begin = f"{url}/agent/search/1?type=ticket&q=external_id%3A"
        self._mark = f"tf-{origin}-"
        self._origin = origin

    def address(self, ref: str) -> str:
        """Return where the ticket that stands for a source ref is found."""
        return self._begin + quote(self._mark + parse_ref(ref).id, safe="")

    def ref(self, href: str) -> str | None:
        """Return the source ref that such an address names; None for any other."""
        if not self._origin or not href.startswith(self._begin):
            return None
        mark = unquote(href[len(self._begin) :])
        if not mark.startswith(self._mark):
            return None
        return str(Ref(self._origin, Kind.TICKET, mark[len(self._mark) :]))


@dataclass(frozen=True, slots=True)
class CommentHtml:
    """The HTML of a comment with placeholders for images, what reading it gives, and the files that it shows."""

    html: str
    tree: Tree
    images: tuple[str, ...]
    header: str = ""
    """The line that stands over it, which reading takes off."""
    escaped: bool = False
    """Placeholders of the text were parted, so that Zendesk renders none."""

    def template(self, there: Mapping[str, str]) -> Template:
        """Return the HTML as it is sent. `there`: ref of an attachment that is in Zendesk already -> its address."""
        parts: list[str | From] = []
        at = 0
        for found in _PLACED.finditer(self.html):
            ref = unquote(found[1])
            parts.append(self.html[at : found.start()])
            parts.append(escape(there[ref], quote=True) if ref in there else From(parse_ref(ref), "url"))
            at = found.end()
        if not parts:
            return self.html
        parts.append(self.html[at:])
        texts = [part for part in parts if isinstance(part, str)]
        return "".join(texts) if len(texts) == len(parts) else Join(tuple(parts))

    @property
    def size(self) -> int:
        """Return how many bytes it takes at most."""
        return len(self.html.encode()) + _IMAGE_ROOM * len(self.images)


def safe(text: str) -> str:
    """Part `{{` and `{%` by a character without width: Zendesk renders placeholders in the words of agents [DOC ticket_comments]."""
    return _OPEN.sub("{\u2060", text)


def unsafe(text: str) -> str:
    """Take the parting out again."""
    return _APART.sub("{", text)


def bare_subject(text: str) -> str:
    """Return a subject as it is written: one line without placeholders."""
    return safe(" ".join(clean_text(text).split()))


def read(html: str, where: Where, *, image: Callable[[str], str | None]) -> Tree:
    """Return the tree of a comment of ours; `image` gives the ref of an attachment by its address."""
    tree, _ = from_html(unsafe(html), image=image)

    def linked(node: Inline) -> Inline:
        if node[0] == "t" and node[3] is not None and (ref := where.ref(node[3][0])):
            return ("t", node[1], node[2], (node[3][0], ref))
        if node[0] == "img" and node[4] is not None and (ref := where.ref(node[4][0])):
            return ("img", node[1], node[2], node[3], (node[4][0], ref))
        return node

    return rewrite(tree, linked) if "/agent/search/1" in html else tree


def draft(tree: Tree, files: Collection[str], where: Where, *, header: str = "") -> CommentHtml:
    """Write a tree. `files`: refs of attachments that Zendesk will have; other images become their description.

    Mentions become text, links to tickets lead to the search for their mark.
    """
    images: dict[str, None] = {}

    def plain(node: Inline) -> Inline | list[Inline]:
        match node:
            case ("img", alt, ref, _, link) if ref:
                if ref in files:
                    images[ref] = None
                    return ("img", alt, "", _PLACE + quote(ref, safe=""), _led(link, where))
                return [("t", f"[{alt or 'image'}]", 0, _led(link, where))]
            case ("at", text, marks, link, _):
                return ("t", text, marks, _led(link, where))
            case ("t", text, marks, link) if link is not None:
                return ("t", text, marks, _led(link, where))
            case ("img", alt, ref, url, link) if link is not None:
                return ("img", alt, ref, url, _led(link, where))
        return node

    written = rewrite(unfolded(tree), plain)
    whole = (header_block(header), *written) if header else written
    bare = _LANGUAGE.sub("<pre>", write_html(whole))
    html = safe(bare)
    back = read(html, where, image=_placed)
    if header:
        back = strip_header(back, unsafe(header))
    return CommentHtml(html, back, tuple(images), header, html != bare)


def _led(link: tuple[str, str] | None, where: Where) -> tuple[str, str] | None:
    return (where.address(link[1]), "") if link is not None and link[1] else link


def _placed(source: str) -> str | None:
    return unquote(source[len(_PLACE) :]) if source.startswith(_PLACE) else None


def draft_long(tree: Tree, files: Collection[str], where: Where, *, header: str = "") -> list[CommentHtml]:
    """Write a tree as as many drafts as Zendesk's limit asks for, numbered in their header."""
    one = draft(tree, files, where, header=header)
    if one.size <= LIMIT:
        return [one]
    for source in (tree, from_text(to_text(tree))):
        for size in _SIZES:
            parts = _parts(split(source, size), files, where, header)
            if all(part.size <= LIMIT for part in parts):
                return parts
    return parts


def _parts(trees: list[Tree], files: Collection[str], where: Where, header: str) -> list[CommentHtml]:
    return [draft(part.tree, files, where, header=part.header) for part in numbered(trees, header)]
