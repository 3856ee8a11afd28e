"""Messages on their way to a desk and back: the tree of a body, the line over a comment, and a long text in numbered parts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ticketferry.schema.body import EM, Block, Tree, clean_text, normalise, references
from ticketferry.schema.body_subset import parse, write_html

__all__ = [
    "NumberedPart", "header_block", "header_line", "html_record", "joined", "named_files", "numbered", "strip_header", "tree_of",
]  # fmt: skip

_HEADER = 1_000
"""Characters of a line over a comment: room is left for the body."""


def tree_of(body: Mapping[str, Any] | None) -> Tree:
    """Return the tree of a body record; an absent body is an empty tree."""
    return parse(body.get("html", "")) if body else ()


def html_record(tree: Tree) -> dict[str, str] | None:
    """Return a tree as a body record; None where it says nothing (no block but blank lines)."""
    if all(block == ("p", ()) for block in tree):
        return None
    return {"html": write_html(tree)}


def named_files(tree: Tree) -> tuple[str, ...]:
    """Return the refs of the attachments that a tree shows."""
    return references(tree).attachments


def header_line(text: str) -> str:
    """Return the line over a comment as it is written: one line, of a length that leaves room for the body."""
    line = " ".join(clean_text(text).split())
    return line if len(line) <= _HEADER else line[: _HEADER - 1] + "…"


def header_block(line: str) -> Block:
    """Return the line over a comment as a block."""
    return ("p", (("t", line, EM, None),))


def strip_header(tree: Tree, header: str) -> Tree:
    """Take the line over a comment off again; a tree that does not open with it stays as it is."""
    return tree[1:] if tree[:1] == (header_block(header),) else tree


class NumberedPart(NamedTuple):
    """A part of a long message: its text, the line over it, and whether it is the last."""

    tree: Tree
    header: str
    last: bool


def numbered(parts: Sequence[Tree], header: str) -> Iterator[NumberedPart]:
    """Number the parts of a message that is too long for one: `header (2/3)`; a message of one part has its header alone, and the first
    part of one without a header has none.
    """
    for number, tree in enumerate(parts, 1):
        line = f"{header} ({number}/{len(parts)})".strip() if header or number > 1 else ""
        yield NumberedPart(tree, header if len(parts) == 1 else line, number == len(parts))


def joined(parts: Iterable[Tree]) -> Tree:
    """Put the parts of a long message together again."""
    whole = list(parts)
    return whole[0] if len(whole) == 1 else normalise([block for part in whole for block in part])
