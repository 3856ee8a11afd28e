r"""Which bodies every reader of wiki markup takes for the same: only those stand in an import file as they are.

Jira has more than one reader of its markup: the renderer of its server, whose notation the help pages tell, and the parser of the
editor (npm package `@atlaskit/editor-wikimarkup-transformer`), which turns stored markup into a document. They differ in character
references (the editor shows `&#58;` as it stands), white space at the borders of lines and cells, header cells, empty lines, images
within words, and more. What is sure here was read by both alike in the tests, which ask the editor's parser itself; any other body
is written a second time over REST, as a document.
"""

import itertools
import re
from typing import Final

from ticketferry.sdk.body import EM, STRONG, Block, Blocks, Cell, Inline, Tree

__all__ = ["is_sure"]

_REFERENCE = re.compile(r"&(?:#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);")
_ODD = re.compile(r"[^\S \n]|  |[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""White space and controls that the readers trim or take for a border in ways of their own."""
_ADDRESS = re.compile(r"(?:https?://|mailto:)[A-Za-z0-9](?:[A-Za-z0-9._~/?@=+$%&:-]*[A-Za-z0-9/])?")
_BARE = re.compile(r"https?://[A-Za-z0-9](?:[A-Za-z0-9./=%&-]|[?](?![?]))*[A-Za-z0-9/]")
"""An address that is its own words."""
_SCHEME = re.compile(r"https?|ftp|irc|mailto|jamfselfservice", re.IGNORECASE)
"""What begins a bare address for the editor, also within a word."""
_PLAIN = re.compile(r"[^\W_](?:[^\x00-\x1f\\\[\]{}()*_+^~|!?&:;#-]*[^\W_])?")
"""Words that a mark or a link may stand around: the editor takes their escapes off and reads what is left once more."""
_SMILEY = re.compile(r"[:;]-?[()PpD](?![A-Za-z0-9])")
_LANGUAGES: Final = frozenset(
    {
        "abap", "actionscript", "ada", "arduino", "autoit", "c", "c++", "clojure", "coffeescript", "csharp", "css", "cuda", "d", "dart",
        "delphi", "elixir", "erlang", "fortran", "foxpro", "go", "groovy", "haskell", "haxe", "html", "java", "javascript", "json", "julia",
        "kotlin", "latex", "livescript", "lua", "mathematica", "matlab", "objective-c", "objective-j", "objectpascal", "ocaml", "octave",
        "perl", "php", "powershell", "prolog", "puppet", "python", "qml", "r", "racket", "restructuredtext", "ruby", "rust", "sass",
        "scala", "scheme", "shell", "smalltalk", "sql", "standardml", "swift", "tcl", "tex", "typescript", "vala", "vbnet", "verilog",
        "vhdl", "xml", "xquery",
    }
)  # fmt: skip
"""What the editor takes for the language of a code macro; another becomes "java"."""


def is_sure(tree: Tree, markup: str) -> bool:
    """Tell whether Jira shows `tree` wherever it turns `markup`, which was written from it, into a document."""
    return (
        bool(tree)
        and "\\\\" not in markup
        and _REFERENCE.search(markup) is None
        and all(_block(block) for block in tree)
        and not any(_meet(before, after) for before, after in itertools.pairwise(tree))
    )


def _meet(before: Block, after: Block) -> bool:
    """Tell whether a reader could draw the border of two blocks elsewhere.

    Lists, tables and quotes side by side become one, and a line break after a list, table or rule becomes a new paragraph.
    """
    if before[0] in ("ul", "ol", "table", "hr") and after[0] == "p" and ("br",) in after[1]:
        return True
    return before[0] == after[0] and before[0] in ("ul", "ol", "table", "quote")


def _block(block: Block) -> bool:
    if block[0] == "p":
        return _line(block[1])
    if block[0] == "h":
        return _line(block[2]) and ("br",) not in block[2]
    if block[0] == "ul":
        return _items(block[1])
    if block[0] == "ol":
        return block[1] == 1 and _items(block[2])
    if block[0] == "quote":
        return all(inner[0] == "p" and _line(inner[1]) for inner in block[1])
    if block[0] == "pre":
        return (
            bool(block[2])
            and block[2] == block[2].strip()
            and block[1] in _LANGUAGES | {""}
            and "{" not in block[2]
        )
    if block[0] == "table":
        return (
            all(_cell(cell) for row in block[1] for cell in row) and len({len(row) for row in block[1]}) == 1
        )
    return block[0] == "hr"


def _items(items: tuple[Blocks, ...]) -> bool:
    """A line an item, and at most one list below it."""
    return all(
        1 <= len(item) <= 2
        and item[0][0] == "p"
        and ("br",) not in item[0][1]
        and _line(item[0][1])
        and (len(item) == 1 or (item[1][0] in ("ul", "ol") and _block(item[1])))
        for item in items
    )


def _cell(cell: Cell) -> bool:
    """One line, and no bar in it: the editor knows no escape of it in a table."""
    header, across, down, blocks = cell
    if header or (across, down) != (1, 1) or len(blocks) != 1 or blocks[0][0] != "p":
        return False
    line = blocks[0][1]
    return _line(line) and all(node[0] == "t" and "|" not in node[1] and "\\" not in node[1] for node in line)


def _line(inlines: tuple[Inline, ...]) -> bool:
    """Texts with words at their borders, links of plain addresses, breaks between lines that say something."""
    if not inlines or any(node[0] not in ("t", "br") for node in inlines):
        return False
    start = True
    for number, node in enumerate(inlines):
        if node[0] == "br":
            if start:
                return False
            start = True
            continue
        assert node[0] == "t"
        text, marks, link = node[1], node[2], node[3]
        last = number + 1 == len(inlines) or inlines[number + 1][0] == "br"
        if _ODD.search(text) or (start and text[0] == " ") or (last and text[-1] == " "):
            return False
        if link and not marks and text == link[0] and _BARE.fullmatch(text) and not link[1]:
            start = False
            continue
        if (marks or link) and not (
            _PLAIN.fullmatch(text) and marks in (0, STRONG, EM) and not (marks and link)
        ):
            return False
        if link and (link[1] or not _ADDRESS.fullmatch(link[0])):
            return False
        if _SCHEME.search(text) or _SMILEY.search(text):
            return False
        start = False
    return not start
