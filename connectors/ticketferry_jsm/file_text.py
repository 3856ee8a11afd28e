"""Bodies for the import file: wiki markup, cut to what one field holds, each part with the tree that reading Jira will give."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ticketferry.sdk.body import Loss, Tree, references, text_length
from ticketferry.sdk.messages import header_block

from .body import DocumentDraft, draft, fitting
from .wiki import to_wiki, with_short_addresses
from .wiki_read import from_wiki
from .wiki_sure import is_sure
from .wiki_text import units

__all__ = ["FILE_LIMIT", "FileDraft", "file_drafts", "read_wiki", "write_wiki"]

FILE_LIMIT = 32_000
"""UTF-16 units of wiki markup in one field; Jira's limit is 32,767 [P]."""
_TRIES = 12


@dataclass(frozen=True, slots=True)
class FileDraft(DocumentDraft):
    """One part of a body. `wiki`: as it stands in the file; the document is what an edit writes, the tree what reading gives.

    `sure`: every reader of wiki markup takes it for the tree (`wiki_sure`).
    """

    wiki: str = ""
    sure: bool = True

    @property
    def late(self) -> bool:
        """Tell whether an edit completes it: it shows files or links to tickets, which do not exist before the import, or is not sure."""
        return bool(self.media or self.tickets) or not self.sure


def file_drafts(
    tree: Tree, files: frozenset[str], *, header: str = "", group: Sequence[str] = ()
) -> list[FileDraft]:
    """Write a body as as many parts as Jira's limit asks for, numbered in their header; the files below stand in the last."""
    parts, whole = _parts(tree, files, header, group)
    if not whole:
        # An address is in one part, however long: as text it can be cut.
        short, losses = with_short_addresses(tree)
        parts, _ = _parts(short, files, header, group)
        parts[0] = replace(parts[0], losses=[*parts[0].losses, *losses])
    return parts


def _parts(
    tree: Tree, files: frozenset[str], header: str, group: Sequence[str]
) -> tuple[list[FileDraft], bool]:
    """Return the parts, and whether each fits into its field."""
    room = FILE_LIMIT - text_length((header_block(f"{header} (1000/1000)"),))
    parts: list[FileDraft] = []
    for _ in range(_TRIES):
        pieces = fitting(tree, room)
        parts = [
            _draft(piece, files, _line(header, number, len(pieces)), group if number == len(pieces) else ())
            for number, piece in enumerate(pieces, 1)
        ]
        longest = max(units(part.wiki) for part in parts)
        if longest <= FILE_LIMIT:
            return parts, True
        # Markup grows the text: cut smaller, in proportion.
        room = max(200, room * FILE_LIMIT // longest - 100)
    return parts, False


def _line(header: str, number: int, count: int) -> str:
    if count == 1:
        return header
    return f"{header} ({number}/{count})".strip() if header or number > 1 else ""


def write_wiki(tree: Tree) -> tuple[str, Sequence[Loss]]:
    """Write a tree as wiki markup in which no file and no migrated ticket has a name yet, with what it could not hold."""
    return to_wiki(tree, files=lambda _: None)


def read_wiki(text: str) -> Tree:
    """Read wiki markup as Jira turns it into a document."""
    return from_wiki(text, files=lambda _: None)


def _draft(tree: Tree, files: frozenset[str], header: str, group: Sequence[str]) -> FileDraft:
    whole = (header_block(header), *tree) if header else tree
    text, losses = write_wiki(tree)
    wiki = write_wiki(whole)[0] if header else text
    named = references(tree)
    sure = is_sure(whole, wiki)
    if group or named.tickets or not files.isdisjoint(named.attachments) or not sure:
        made = draft(tree, files, header=header, group=group)
        return FileDraft(made.document, made.tree, made.media, made.tickets, made.losses, header, wiki, sure)
    made = draft(read_wiki(text), frozenset(), header=header, tickets_known=False)
    return FileDraft(made.document, made.tree, (), {}, [*losses, *made.losses], header, wiki)
