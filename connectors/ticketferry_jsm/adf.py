"""Body to Atlassian Document Format: always valid against Jira's schema, and every construct that does not fit is told.

What ADF does not allow where it stands is kept in the nearest form that is allowed: a heading in a quote or list becomes a bold
paragraph, a table in a list, quote or cell a list of its rows, quotes within quotes one quote, an image within a line a block
between two paragraphs. (Rules: the ADF schema, @atlaskit/adf-schema 57.7.22.)
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from ticketferry.sdk.body import (
    CODE,
    EM,
    STRIKE,
    STRONG,
    SUB,
    SUP,
    UNDERLINE,
    Block,
    Blocks,
    Cell,
    Image,
    Inline,
    Inlines,
    Link,
    Loss,
    LossTally,
    Mention,
    Tree,
    clean_text,
    safe_address,
)

from .adf_texts import merged

__all__ = ["LOSSES", "Node", "WrittenDocument", "to_adf", "write_adf"]

Node: TypeAlias = dict[str, object]

LOSSES: Final = {
    "ADF-HEADING": "A heading cannot stand in a quote or list; it is a bold paragraph there",
    "ADF-IMAGE": "The image has no uploaded file; its description stands in its place",
    "ADF-IMAGE-INLINE": "An image cannot stand within a line; it stands between two paragraphs",
    "ADF-MARKS": "Code cannot be emphasised as well; it is code",
    "ADF-MENTION-MARKS": "Emphasis of a mention, or a link around it, is not held",
    "ADF-MENTION-TEXT": "The person has no account; the name is kept as text",
    "ADF-QUOTE-LIST": "A quote cannot stand in a list; its text stands there unquoted",
    "ADF-QUOTE-NESTED": "A quote cannot stand in a quote; its text stands in the outer one",
    "ADF-QUOTE-SPLIT": "A table or rule cannot stand in a quote; it stands between two quotes",
    "ADF-RULE": "A rule cannot stand in a list; it is left out",
    "ADF-TABLE-NESTED": "A table cannot stand in a list, quote or other table; it is a list of its rows",
    "ADF-TICKET": "A link to a ticket has no address yet; its words are kept",
    "ADF-URL": "An address of an unsafe or unknown kind was taken out; the words are kept",
}
"""Codes of what writing ADF can lose, and the sentence each opens with."""

_MARKS: Final = (
    (STRONG, "strong"), (EM, "em"), (UNDERLINE, "underline"), (STRIKE, "strike"), (CODE, "code"),
)  # fmt: skip
_NAMES: Final = tuple(tuple(name for bit, name in _MARKS if mask & bit) for mask in range(32))

_HIGHEST: Final = 1_000_000_000
"""Lists that begin with such a number are read as if they had none."""

_Place: TypeAlias = Literal["doc", "cell", "quote", "item"]


class WrittenDocument(NamedTuple):
    """An ADF document, and what it could not hold.

    `unsure`: the blocks of the tree that `from_adf` may give back otherwise than they were written, in order: number of the block,
    number of its first node in the document, of the first one that is not its own any more. All others it gives back as they are.
    """

    document: Node
    losses: list[Loss]
    unsure: list[tuple[int, int, int]]


def to_adf(
    tree: Tree,
    *,
    media: Callable[[str], object | None],
    mention: Literal["text"] | Callable[[str, str], object | None] = "text",
    link: Callable[[str, str], object | None] | None = None,
) -> tuple[Node, list[Loss]]:
    """The ADF document of a canonical tree, and what it could not hold, summed by kind (see `write_adf`)."""
    return write_adf(tree, media=media, mention=mention, link=link)[:2]


def write_adf(
    tree: Tree,
    *,
    media: Callable[[str], object | None],
    mention: Literal["text"] | Callable[[str, str], object | None] = "text",
    link: Callable[[str, str], object | None] | None = None,
) -> WrittenDocument:
    """The ADF document of a canonical tree, with what it could not hold.

    `media` gives what stands as `attrs.id` of the media node for an attachment's ref (the Media Services UUID, or a symbolic
    value, taken as it is), or None: a placeholder `[image: …]`. Mentions become plain text, so that nobody is
    notified; a callable (ref, text) may give an account id for a true mention. `link` (ticket ref, href) gives the
    address of a migrated ticket, or None: `href` stays. An empty tree is a document without content.
    """
    writer = _Writer(media, None if mention == "text" else mention, link)
    content: list[Node] = []
    unsure: list[tuple[int, int, int]] = []
    for number, block in enumerate(tree):
        writer.number = number
        writer.exact = True
        first = len(content)
        writer.block(block, content, "doc")
        if not writer.exact:
            unsure.append((number, first, len(content)))
    document: Node = {"version": 1, "type": "doc", "content": content}
    return WrittenDocument(document, writer.losses.losses(), unsure)


class _Writer:
    __slots__ = ("exact", "link", "losses", "media", "mention", "merge", "number")

    def __init__(
        self,
        media: Callable[[str], object | None],
        mention: Callable[[str, str], object | None] | None,
        link: Callable[[str, str], object | None] | None,
    ) -> None:
        self.media = media
        self.mention = mention
        self.link = link
        self.losses = LossTally(LOSSES)
        self.number = 0
        self.exact = True  # reading gives the block as it was written
        self.merge = False  # the line may hold neighbours that came to have the same marks

    def lose(self, code: str, detail: str = "") -> None:
        self.exact = False
        self.losses.add(code, lambda: f"block {self.number + 1}", detail)

    def blocks(self, blocks: Iterable[Block], place: _Place) -> list[Node]:
        out: list[Node] = []
        for block in blocks:
            self.block(block, out, place)
        return out

    def block(self, block: Block, out: list[Node], place: _Place) -> None:
        """Write a block as one node or more; only a rule in a list gives none."""
        if block[0] == "p":
            self.line(block[1], out, 0, 0)
        elif block[0] == "h":
            if place in ("quote", "item"):
                self.lose("ADF-HEADING")
                self.line(block[2], out, 0, STRONG)
            else:
                self.line(block[2], out, block[1], 0)
        elif block[0] == "ul":
            out.append({"type": "bulletList", "content": [self.item(item) for item in block[1]]})
        elif block[0] == "ol":
            node: Node = {"type": "orderedList", "content": [self.item(item) for item in block[2]]}
            if block[1] != 1:
                node["attrs"] = {"order": block[1]}
                self.exact &= 0 <= block[1] < _HIGHEST
            out.append(node)
        elif block[0] == "quote":
            self.quote(block[1], out, place)
        elif block[0] == "pre":
            out.append(_code(block[1], block[2]))
            self.exact &= "\n" not in block[1] and clean_text(block[1]) is block[1]
            self.exact &= clean_text(block[2]) is block[2]
        elif block[0] == "table":
            self.table(block[1], out, place)
        elif block[0] == "fold":
            self.exact = False
            out.append(
                {"type": "expand", "attrs": {"title": block[1]}, "content": self.blocks(block[2], "doc")}
            )
        elif place == "item":
            self.lose("ADF-RULE")
        else:
            out.append({"type": "rule"})

    def item(self, blocks: Blocks) -> Node:
        """An item; it opens with a paragraph where older versions of the schema want one."""
        content = self.blocks(blocks, "item")
        if not content or content[0]["type"] in ("bulletList", "orderedList"):
            self.exact = False
            content.insert(0, {"type": "paragraph", "content": []})
        return {"type": "listItem", "content": content}

    def quote(self, blocks: Blocks, out: list[Node], place: _Place) -> None:
        if place == "item":
            self.lose("ADF-QUOTE-LIST")
            for block in self.unnested(blocks):
                self.block(block, out, place)
            return
        group: list[Node] = []
        for block in self.unnested(blocks):
            if block[0] == "hr" or (block[0] == "table" and place == "doc"):
                self.lose("ADF-QUOTE-SPLIT")
                if group:
                    out.append({"type": "blockquote", "content": group})
                    group = []
                self.block(block, out, place)
            else:
                self.block(block, group, "quote")
        if group:
            out.append({"type": "blockquote", "content": group})
        else:
            self.exact = False

    def unnested(self, blocks: Blocks) -> Iterator[Block]:
        for block in blocks:
            if block[0] == "quote":
                self.lose("ADF-QUOTE-NESTED")
                yield from self.unnested(block[1])
            else:
                yield block

    def table(self, rows: tuple[tuple[Cell, ...], ...], out: list[Node], place: _Place) -> None:
        if place != "doc":
            self.lose("ADF-TABLE-NESTED")
            items = [self.item(tuple(block for cell in row for block in cell[3])) for row in rows]
            out.append({"type": "bulletList", "content": items})
            return
        content: list[Node] = []
        for number, row in enumerate(rows):
            cells = [self.cell(cell, len(rows) - number) for cell in row]
            content.append({"type": "tableRow", "content": cells})
        out.append({"type": "table", "content": content})

    def cell(self, cell: Cell, rows_left: int) -> Node:
        header, columns, rows, blocks = cell
        node: Node = {
            "type": "tableHeader" if header else "tableCell",
            "content": self.blocks(blocks, "cell"),
        }
        attrs: Node = {"colspan": columns} if columns != 1 else {}
        if min(rows, rows_left) != 1:
            attrs["rowspan"] = min(rows, rows_left)
        if attrs:
            node["attrs"] = attrs
        self.exact &= columns == rows == 1 and bool(blocks)
        return node

    # ---- lines

    def line(self, inlines: Inlines, out: list[Node], level: int, force: int) -> None:
        """Write a paragraph (level 0) or heading, parted where images stand; `force`: marks for all of its text."""
        content: list[Node] = []
        self.merge = bool(force)
        images = 0
        for number, node in enumerate(inlines):
            if node[0] == "t":
                marks = node[2] | force
                if not (node[1] and node[1].isprintable()):
                    self.exact &= _is_clean(node[1])
                if not marks and node[3] is None:
                    content.append({"type": "text", "text": node[1]})
                else:
                    content.append(self.text(node[1], marks, node[3]))
            elif node[0] == "br":
                content.append({"type": "hardBreak"})
            elif node[0] == "at":
                self.exact = False
                content.append(self.person(node, force))
            else:
                self.exact = False
                picture = self.image(node)
                if picture is None:
                    self.merge = True
                    content.append(self.text(_placeholder(node), force, node[4]))
                    continue
                if _ends_in_text(content) or _is_text(inlines[number + 1 : number + 2]):
                    self.lose("ADF-IMAGE-INLINE")
                if content and content[-1]["type"] == "hardBreak":
                    content.pop()
                self.close(content, out, level, beside_image=True)
                out.append(picture)
                content = []
                images += 1
        if images and content and content[0]["type"] == "hardBreak":
            del content[0]
        self.close(content, out, level, beside_image=images > 0)

    def close(self, content: list[Node], out: list[Node], level: int, *, beside_image: bool) -> None:
        if beside_image and all(node.get("text", "") == " " for node in content):
            return
        if self.merge:
            content = merged(content)
        if level:
            out.append({"type": "heading", "attrs": {"level": level}, "content": content})
        else:
            out.append({"type": "paragraph", "content": content})

    def text(self, text: str, marks: int, link: Link | None) -> Node:
        if marks & CODE and marks != CODE:
            self.lose("ADF-MARKS")
            self.merge = True
            marks = CODE
        self.exact &= marks < SUB + SUP
        made: list[Node] = []
        if marks:
            made.extend([{"type": name} for name in _NAMES[marks & 31]])
            if marks & (SUB | SUP):
                made.append({"type": "subsup", "attrs": {"type": "sub" if marks & SUB else "sup"}})
        if link is not None:
            href = self.href(link)
            if href:
                made.append({"type": "link", "attrs": {"href": href}})
        return {"type": "text", "text": text, "marks": made} if made else {"type": "text", "text": text}

    def href(self, link: Link) -> object:
        href, ticket = link
        if ticket:
            self.merge = True
            self.exact = False
            found = self.link(ticket, href) if self.link is not None else None
            if found is not None:
                return found
            if not href:
                self.lose("ADF-TICKET", ticket)
        self.exact &= href != "" and href.isprintable()
        if href.startswith(("https://", "http://", "mailto:")) or safe_address(href)[1] != "BODY-URL":
            return href
        self.merge = True
        self.lose("ADF-URL", href[:200])
        return ""

    def person(self, node: Mention, force: int) -> Node:
        account = self.mention(node[4], node[1]) if self.mention is not None else None
        if account is not None:
            if node[2] | force or node[3] is not None:
                self.lose("ADF-MENTION-MARKS")
            return {"type": "mention", "attrs": {"id": account, "text": node[1]}}
        if self.mention is not None:
            self.lose("ADF-MENTION-TEXT", node[4])
        self.merge = True
        return self.text(node[1], node[2] | force, node[3])

    def image(self, node: Image) -> Node | None:
        _, alt, ref, url, link = node
        attrs: Node
        if ref:
            identifier = self.media(ref)
            if identifier is None:
                self.lose("ADF-IMAGE", ref)
                return None
            attrs = {"type": "file", "id": identifier, "collection": ""}
        elif not url.startswith("http") and safe_address(url)[1] == "BODY-URL":
            self.lose("ADF-URL", url[:200])
            return None
        else:
            attrs = {"type": "external", "url": url}
        if alt:
            attrs["alt"] = alt
        media: Node = {"type": "media", "attrs": attrs}
        href = self.href(link) if link is not None else None
        if href:
            media["marks"] = [{"type": "link", "attrs": {"href": href}}]
        return {"type": "mediaSingle", "attrs": {"layout": "align-start"}, "content": [media]}


def _is_clean(text: str) -> bool:
    """Tell whether a text stands in a canonical line as it is."""
    return text != "" and "\n" not in text and clean_text(text) is text


def _placeholder(node: Image) -> str:
    return f"[image: {node[1]}]" if node[1] else "[image]"


def _ends_in_text(content: list[Node]) -> bool:
    return bool(content) and content[-1]["type"] != "hardBreak" and content[-1].get("text") != " "


def _is_text(following: tuple[Inline, ...]) -> bool:
    return any(node[0] in ("t", "at") and node[1] != " " for node in following)


def _code(language: str, text: str) -> Node:
    node: Node = {"type": "codeBlock"}
    if language:
        node["attrs"] = {"language": language}
    node["content"] = [{"type": "text", "text": text}] if text else []
    return node
