"""Bodies on their way to Jira and back: one place for the tree, the ADF converters, and values known only during apply.

A *draft* is an ADF document in which what is not known yet stands as a placeholder: the media id of a file that is still to be
uploaded, the address of a ticket that is still to be created. `bind` turns placeholders into symbolic values; `read` of the
draft itself tells what reading Jira will give, so that what we expect is computed by the code that reads – but for blocks of which the
writer knows that they are read as they were written.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from ticketferry.sdk import From, Join, Template, parse_ref
from ticketferry.sdk.body import (
    BREAK,
    Block,
    Inline,
    Loss,
    Tree,
    normalise,
    rewrite,
    split,
    text_length,
    to_text,
)
from ticketferry.sdk.messages import header_block, numbered, strip_header

from .adf import to_adf, write_adf
from .adf_read import from_adf

__all__ = [
    "JIRA_LIMIT",
    "LIMIT",
    "DocumentDraft",
    "bind",
    "bound",
    "draft",
    "draft_long",
    "fitting",
    "plain",
    "read",
    "text_document",
    "with_group",
    "without_group",
]

JIRA_LIMIT = 32_767
"""Jira's limit for the text of one body [OAS], in UTF-16 units: Jira is written in Java, whose strings count so, and a
character has never fewer units than one, so that no other way of counting finds a part too long."""
LIMIT = 32_000
"""Units of one body as it is cut: what ADF must write in another form may grow a little."""
SMALLEST_PART = 32
_MEDIA = "tf-media:"
_TICKET = "tf-ticket:"
_EMPTY: dict[str, Any] = {"type": "paragraph", "content": []}


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A document with placeholders, the tree that reading it gives, and what it needs. `tickets`: ref -> old address."""

    document: dict[str, Any]
    tree: Tree
    media: tuple[str, ...]
    tickets: Mapping[str, str]
    losses: Sequence[Loss]
    header: str = ""
    """The line that stands over it, which reading takes off."""


def draft(
    tree: Tree,
    files: Collection[str],
    *,
    header: str = "",
    group: Sequence[str] = (),
    tickets_known: bool = True,
) -> DocumentDraft:
    """Write a tree as a draft. `files`: refs of attachments that Jira will have; other images become their description.

    `header` stands over it, emphasised; `group` are files shown below the text. Without `tickets_known` links to tickets keep
    their old address.
    """
    media: dict[str, None] = {}
    tickets: dict[str, str] = {}

    def media_id(ref: str) -> str | None:
        if ref not in files:
            return None
        media[ref] = None
        return _MEDIA + ref

    def address(ref: str, href: str) -> str:
        tickets.setdefault(ref, href)
        return _TICKET + ref

    whole = (header_block(header), *tree) if header else tree
    document, losses, unsure = write_adf(whole, media=media_id, link=address if tickets_known else None)
    content = cast("list[Any]", document["content"])
    back = tree
    if unsure:
        media_refs = {_MEDIA + ref: ref for ref in media}
        addresses = {_TICKET + ref: (ref, href) for ref, href in tickets.items()}
        blocks: list[Block] = []
        at = 0
        for number, first, end in unsure:
            blocks.extend(whole[at:number])
            blocks.extend(read({"content": content[first:end]}, media=media_refs, tickets=addresses))
            at = number + 1
        blocks.extend(whole[at:])
        back = tuple(blocks)
        if header:
            back = strip_header(back, header)
    if not content:
        content.append(dict(_EMPTY))
    if group:
        content.append({"type": "mediaGroup", "content": [_media_node(ref) for ref in group]})
        media.update(dict.fromkeys(group))
    return DocumentDraft(document, back, tuple(media), tickets, losses, header)


def _media_node(ref: str) -> dict[str, Any]:
    return {"type": "media", "attrs": {"type": "file", "id": _MEDIA + ref, "collection": ""}}


def draft_long(
    tree: Tree,
    files: Collection[str],
    *,
    header: str = "",
    group: Sequence[str] = (),
    html: str | None = None,
) -> list[DocumentDraft]:
    """Write a tree as as many drafts as Jira's limit asks for, numbered in their header; the files below stand in the last.

    `html`: the stored text of the tree, where it is at hand: a short one needs no counting.
    """
    room = LIMIT - text_length((header_block(f"{header} (1000/1000)"),))
    # No character of the stored form stands for more than two units or items of the tree.
    parts = [tree] if html is not None and len(html) * 2 <= room else fitting(tree, room)
    return [
        draft(part.tree, files, header=part.header, group=group if part.last else ())
        for part in numbered(parts, header)
    ]


def fitting(tree: Tree, room: int) -> list[Tree]:
    """The parts of a body of which none is too long for Jira, as ADF writes them: the items of lists may get a paragraph each."""
    length = text_length(tree)
    if length <= room and length + _items(tree) <= room + JIRA_LIMIT - LIMIT:
        return [tree]
    fitting: list[Tree] = []
    waiting = [(part, room) for part in reversed(split(tree, room))]
    while waiting:
        part, size = waiting.pop()
        if text_length(part) + _items(part) <= room + JIRA_LIMIT - LIMIT or size <= 2 * SMALLEST_PART:
            fitting.append(part)
        else:
            waiting.extend((piece, size // 2) for piece in reversed(split(part, size // 2)))
    return fitting


def _items(blocks: Iterable[Block]) -> int:
    """How many items of lists and rows of tables there are at any depth."""
    count = 0
    for block in blocks:
        if block[0] == "quote":
            count += _items(block[1])
        elif block[0] == "fold":
            count += 1 + _items(block[2])
        elif block[0] == "ul":
            count += sum(1 + _items(item) for item in block[1])
        elif block[0] == "ol":
            count += sum(1 + _items(item) for item in block[2])
        elif block[0] == "table":
            count += sum(1 + sum(_items(cell[3]) for cell in row) for row in block[1])
    return count


def bound(part: DocumentDraft, browse: str) -> Template:
    """Return a draft's document with its placeholders as symbolic values; as it is where it has none."""
    return bind(part.document, browse) if part.media or part.tickets else part.document


def bind(value: Any, browse: str) -> Template:
    """Replace placeholders by symbolic values; `browse` is the address under which tickets stand (`https://…/browse/`)."""
    if isinstance(value, str):
        if value.startswith(_MEDIA):
            return From(parse_ref(value[len(_MEDIA) :]), "media_id")
        if value.startswith(_TICKET):
            return Join((browse, From(parse_ref(value[len(_TICKET) :]), "key")))
        return value
    if isinstance(value, list):
        return [bind(item, browse) for item in value]
    if isinstance(value, dict):
        # Text of people is taken as it stands: only attributes hold placeholders.
        return {
            key: item if key == "text" and isinstance(item, str) else bind(item, browse)
            for key, item in value.items()
        }
    return cast("Template", value)


def read(
    document: object,
    *,
    media: Mapping[str, str],
    tickets: Mapping[str, tuple[str, str]],
    person: Callable[[str], str] | None = None,
    lost: list[Loss] | None = None,
) -> Tree:
    """Return the tree of a document. `media`: media id -> attachment ref; `tickets`: address -> (ticket ref, old address).

    What a body cannot hold is added to `lost`.
    """
    if not isinstance(document, Mapping):
        return ()
    tree, losses = from_adf(
        document, media=lambda attrs: media.get(str(attrs.get("id", ""))), person=person, addresses=tickets
    )
    if lost is not None:
        lost.extend(losses)
    return rewrite(tree, lambda node: _with_ticket(node, tickets)) if tickets else tree


def _with_ticket(node: Inline, tickets: Mapping[str, tuple[str, str]]) -> Inline:
    if node[0] == "t" and node[3] is not None and node[3][0] in tickets:
        ref, href = tickets[node[3][0]]
        return ("t", node[1], node[2], (href, ref))
    if node[0] == "img" and node[4] is not None and node[4][0] in tickets:
        ref, href = tickets[node[4][0]]
        return ("img", node[1], node[2], node[3], (href, ref))
    return node


def with_group(part: DocumentDraft, group: Sequence[str]) -> DocumentDraft:
    """Show files below a draft's text."""
    files = {"type": "mediaGroup", "content": [_media_node(ref) for ref in group]}
    document = {**part.document, "content": [*part.document["content"], files]}
    return replace(part, document=document, media=tuple(dict.fromkeys((*part.media, *group))))


def without_group(document: Any) -> Any:
    """Take off the files that we put below a comment's text."""
    content = document.get("content") if isinstance(document, Mapping) else None
    if not isinstance(content, list) or not content or not isinstance(content[-1], Mapping):
        return document
    return {**document, "content": content[:-1]} if content[-1].get("type") == "mediaGroup" else document


def text_document(text: str) -> dict[str, Any]:
    """Return plain text as a document: one paragraph, its lines as line breaks, so that reading gives the same text."""
    line: list[Inline] = []
    for number, part in enumerate(text.split("\n")):
        if number:
            line.append(BREAK)
        if part:
            line.append(("t", part, 0, None))
    document, _ = to_adf(normalise((("p", tuple(line)),)), media=lambda _: None)
    return document


def plain(document: object) -> str:
    """Return the text of a document."""
    return to_text(read(document, media={}, tickets={}))
