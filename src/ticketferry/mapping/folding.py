"""The words `signatures`, `quoted_replies` and `tracking_pixels` of `text` at work: a message without what is not its author's own.

Quoted words are taken out only where every one of them stands, as its author's own words and in the same order, in another message of the
ticket that as many people see; what stands nowhere else stays, and the plan counts it. A message that is nothing but a quote or a
signature stays whole.
"""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from html.parser import HTMLParser
from typing import Any, NamedTuple

from ticketferry.mapping.quoting import (
    Piece,
    PieceRun,
    joined,
    own_words,
    pieces,
    quoted_parts,
    quotes,
    run_of,
    signature,
)
from ticketferry.mapping.work import Setup, Work
from ticketferry.schema.body import Block, Inline, Tree
from ticketferry.schema.body_rewrite import rewrite
from ticketferry.schema.body_subset import parse
from ticketferry.schema.records import Record
from ticketferry.sdk.features import REST, Feature

__all__ = ["Folding"]

UNTITLED = "…"
TITLE = 250
"""So long is a title at the most; a longer line over a quote stands in the fold."""
_TINY = re.compile(r"^\s*[01](?:px)?\s*$")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:^|[;\s])(?:max-)?(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$|!)",
    re.IGNORECASE,
)
_COUNTS = re.compile(
    r"https?://[^/?#]+/(?:[^?#]*/)?(?:wf/open|ls/open|track/open(?:\.php)?|e[23]t/\w{0,3}o|trk/open|mail/open|email/open|open\.(?:aspx|php|gif)|pixel(?:\.gif|\.png)?|"
    r"beacon(?:\.gif)?|spacer\.gif)(?=[/?#]|$)",
    re.IGNORECASE,
)
"""Addresses by which mail services count readers (SendGrid, Mailchimp, Mandrill, HubSpot and the like); asked where only the text is left of a message."""


class _Message(NamedTuple):
    public: bool
    own: str
    """Its author's own words in a row."""


class Folding:
    """The compiled words."""

    def __init__(self, setup: Setup) -> None:
        text = setup.rules.text
        folds = setup.any or (setup.has(Feature.FOLDS) and setup.way == REST)
        self._quotes = text.quoted_replies if folds or text.quoted_replies != "collapse" else "keep"
        self._signatures = text.signatures if folds or text.signatures != "collapse" else "keep"
        self._pixels = text.tracking_pixels == "drop"
        self._lookups = setup.lookups
        because = f": {text.because}" if text.because else ""
        self._by = {
            word: setup.by(f"text.{word}", "text", word) + because
            for word in ("quoted_replies", "signatures", "tracking_pixels")
        }
        self.active = self._pixels or self._quotes != "keep" or self._signatures != "keep"
        """Whether any of the words changes anything."""

    def apply(self, work: Work, message: Record, tree: Tree, *, public: bool) -> tuple[Tree, str]:
        """Return the tree of a message as the mapping wants it, and the rule that changed it, "" for none.

        `message`: the comment, or the ticket for its description, whose tree it is.
        """
        new, by = tree, ""
        if self._pixels:
            new = self._without_pixels(work, message, new)
            by = self._by["tracking_pixels"] if new is not tree else ""
        if self._quotes == "keep" and self._signatures == "keep":
            return new, by
        found = pieces(new)
        quoted = quotes(found)
        signed = signature(found, quoted)
        if not quoted and signed is None:
            return new, by
        if not _says_more(found, [*quoted, *([signed] if signed else ())]):
            return new, by
        folded: dict[PieceRun, str] = {}
        if self._quotes == "collapse":
            folded.update(dict.fromkeys(quoted, "collapse"))
        elif self._quotes == "drop":
            folded.update(self._to_drop(work, message, found, quoted, public=public))
        where = f"{work.head}.{'body' if message is work.case else 'comments'}"
        if signed is not None and self._signatures != "keep":
            folded[signed] = self._signatures
            if self._signatures == "drop":
                work.findings.add("T505", where, "a signature is left out", "Look at text.signatures.")
            by = self._by["signatures"]
        if not folded:
            return new, by
        if len(folded) > (signed in folded):
            by = self._by["quoted_replies"]
        return _put_together(found, folded), by

    def _to_drop(
        self, work: Work, message: Record, found: list[Piece], quoted: list[PieceRun], *, public: bool
    ) -> dict[PieceRun, str]:
        others = self._others(work, message)
        seen = [one.own for one in others if one.public or not public]
        names = self._names(work)
        where = f"{work.head}.{'body' if message is work.case else 'comments'}"
        out: dict[PieceRun, str] = {}
        for span in quoted:
            parts = quoted_parts(found[span.start + span.over : span.end])
            if parts and all(any(part in own for own in seen) for part in parts):
                over = " ".join(piece.text for piece in found[span.start : span.start + span.over])
                # A line of somebody's own may stand over a quote: only one that names an author is the mail program's.
                start = span.start if any(name in run_of(over) for name in names) else span.start + span.over
                out[PieceRun(start, span.end)] = "drop"
                work.findings.add("T503", where, "quoted words that stand in another message are left out")
            else:
                work.findings.add("T504", where, "quoted words that stand nowhere else in the ticket stay")
        return out

    def _others(self, work: Work, message: Record) -> list[_Message]:
        """Return the other messages of a ticket that are moved: the description and the comments."""
        known = work.own_words
        if known is None:
            known = {}
            holders: list[Record] = [work.case, *(work.case.get("comments") or ())]
            for holder in holders:
                html = (holder.get("body") or {}).get("html", "")
                if html:
                    found = pieces(parse(html))
                    known[holder["ref"]] = (
                        holder.get("public") is not False,
                        own_words(found, quotes(found)),
                    )
            work.own_words = known
        return [_Message(*row) for ref, row in known.items() if ref != message["ref"]]

    def _names(self, work: Work) -> set[str]:
        refs = {work.case.get("requester"), work.case.get("submitter")}
        refs |= {comment.get("author") for comment in work.case.get("comments") or ()}
        names: set[str] = set()
        for ref in refs - {None}:
            record = self._lookups.record(str(ref)) or {}
            names.update(run_of(str(record.get(key) or "")) for key in ("name", "email"))
        return names - {""}

    def _without_pixels(self, work: Work, message: Record, tree: Tree) -> Tree:
        """Take out the pictures by which a sender sees who reads: of no size, or hidden, by the message as it came."""
        whole = work.subject.record
        came = next(
            (row for row in (whole, *(whole.get("comments") or ())) if row.get("ref") == message["ref"]),
            message,
        )
        original = (came.get("body") or {}).get("original") or ""
        if original:
            tiny = _tiny_pictures(original) if "<img" in original.casefold() else frozenset()
            new = rewrite(tree, partial(_unless, tiny)) if tiny else tree
        else:
            new = rewrite(tree, _uncounted)
        if new is not tree:
            where = f"{work.head}.{'body' if message is work.case else 'comments'}"
            work.findings.add("T506", where, "a picture that only counts readers is left out")
        return new


def _uncounted(node: Inline) -> Inline | None:
    """Take out a picture without a description at an address by which mail services count who opens a mail."""
    counts = node[0] == "img" and not node[2] and not node[1].strip() and _COUNTS.match(node[3])
    return None if counts else node


def _unless(addresses: frozenset[str], node: Inline) -> Inline | None:
    return None if node[0] == "img" and not node[2] and node[3] in addresses else node


def _says_more(found: list[Piece], spans: Iterable[PieceRun]) -> bool:
    """Tell whether a message says anything beside what is quoted and its signature."""
    taken = {index for span in spans for index in range(span.start, span.end)}
    return any(
        piece.text.strip() or piece.block[0] not in ("p", "quote")
        for index, piece in enumerate(found)
        if index not in taken
    )


def _put_together(found: list[Piece], folded: Mapping[PieceRun, str]) -> Tree:
    out: list[Block] = []
    at = 0
    for span, what in sorted(folded.items()):
        out.extend(joined(found[at : span.start]))
        at = span.end
        if what != "collapse":
            continue
        over = " ".join(" ".join(piece.text for piece in found[span.start : span.start + span.over]).split())
        titled = 0 < len(over) <= TITLE
        inner = joined(found[span.start + (span.over if titled else 0) : span.end])
        if inner:
            out.append(("fold", over if titled else UNTITLED, inner))
    out.extend(joined(found[at:]))
    return tuple(out)


class _Pictures(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tiny: set[str] = set()
        self.shown: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "img":
            return
        told: dict[str, Any] = dict(attrs)
        sizes = [str(told.get(key) or "") for key in ("width", "height")]
        tiny = (
            all(_TINY.match(size) for size in sizes)
            or _HIDDEN.search(str(told.get("style") or "")) is not None
        )
        (self.tiny if tiny else self.shown).add(str(told.get("src") or ""))


def _tiny_pictures(html: str) -> frozenset[str]:
    """Return the addresses of pictures of at most one point, or that are hidden, wherever they stand."""
    parser = _Pictures()
    parser.feed(html)
    parser.close()
    return frozenset(parser.tiny - parser.shown - {""})
