"""What becomes of a comment's text: rendered, squeezed, cut without a word, and written in the three forms of the API."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import NamedTuple

from ticketferry_emulators.zendesk.exceptions import rejected
from ticketferry_emulators.zendesk.seed import texts
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["MOST_BYTES", "RenderedBody", "body_of", "sent_text"]

MOST_BYTES = 65_536
"""A longer body is cut without a word [DOC ticket_comments: 64 kB]."""

_PLACEHOLDER = re.compile(r"\{\{\s*([\w.]*)[^{}]*\}\}")
_BLANKS = re.compile(r"[ \t\u00a0]+")
_LINES = re.compile(r"\n{3,}")
_ACTIVE = re.compile(
    r"<(script|style|iframe)\b[^>]*>.*?</\1\s*>|<(?:script|style|iframe)\b[^>]*>", re.IGNORECASE | re.DOTALL
)
_LINK = re.compile(r"(https?://[^\s<]+)")


class RenderedBody(NamedTuple):
    """A comment's text as `html_body` (wrapped) and as `body`."""

    html: str
    text: str


def sent_text(comment: WireRecord) -> str:
    """Return the text that counts: `html_body` before `body` before `value`; raises Refused (422) without any."""
    sent = next(
        (comment[key] for key in ("html_body", "body", "value") if comment.get(key) is not None), None
    )
    if not isinstance(sent, str) or not sent.strip():
        raise rejected("base", "Comment body: cannot be blank", "BlankValue")
    return sent


def body_of(comment: WireRecord, *, agent: bool, names: Mapping[str, str]) -> RenderedBody:
    """Return the text of a comment as it will stand [DOC ticket_import, ticket_comments].

    Placeholders are rendered when the author is an agent, in either form; one that nothing is known of becomes empty, as
    in Liquid. Braces that `html_body` writes as entities are text and stay. `body` loses repeated blanks. Raises Refused
    (422) without any text.
    """
    sent = sent_text(comment)
    if agent:
        sent = _PLACEHOLDER.sub(lambda found: names.get(found[1], ""), sent)
    if comment.get("html_body") is not None:
        markup = _cut(_ACTIVE.sub("", sent))
        return RenderedBody(texts.wrap(markup), texts.plain(markup))
    sent = sent.replace("\r\n", "\n").replace("\r", "\n")
    plain = _cut(
        _LINES.sub("\n\n", "\n".join(_BLANKS.sub(" ", line).strip() for line in sent.split("\n"))).strip()
    )
    paragraphs = (
        _LINK.sub(r'<a href="\1" rel="noreferrer">\1</a>', html.escape(part, quote=False)).replace(
            "\n", "<br>"
        )
        for part in plain.split("\n\n")
    )
    return RenderedBody(texts.wrap("".join(f'<p dir="auto">{part}</p>' for part in paragraphs)), plain)


def _cut(text: str) -> str:
    data = text.encode()
    return text if len(data) <= MOST_BYTES else data[:MOST_BYTES].decode(errors="ignore")
