"""Leaves that a translation claims and that are nowhere: what the contract suites and the tests on recorded answers look for."""

import re
from collections.abc import Iterator
from html import unescape

from ticketferry.schema.refs import Json
from ticketferry.sdk.contract import Translated, Wire
from ticketferry.sdk.places import Places
from ticketferry.sdk.trace import derivation, leaves, lookup

__all__ = ["astray"]

_TAG = re.compile(r"<!--.*?-->|<(script|style|head|title)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_WORD = re.compile(r"\w+")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f]")
"""Control characters that show nothing and part no word: what stands around them is one word to a reader, and has to be there as one."""


def astray(wire: Wire, done: Translated, bodies: frozenset[str] = frozenset()) -> list[str]:
    """Name every leaf of a finished translation that does not stand at its place, and every body of which words are missing there.

    What `finish` caught is named too: it rescues such a leaf, but the connector claimed it.
    """
    faults = [f"{wire.ref}: {item.where}" for item in done.findings if item.code == "TF-TRACE"]
    places = Places(done.records)
    for leaf in leaves(wire.body, bodies):
        to = lookup(done.trace, leaf.path, leaf.pattern)
        if to is None:
            faults.append(f"{wire.ref}: {leaf.path} is lost")
        elif not to.startswith("="):
            derived = leaf.pattern in bodies or derivation(done.trace, leaf) is not None
            if not places.stands(leaf.value, to, derived=derived):
                faults.append(f"{wire.ref}: {leaf.path} is not at {to}")
            elif isinstance(body := places.value(to), dict) and isinstance(body.get("html"), str):
                missing = _words(leaf.value) - _words(body["html"])
                if missing:
                    faults.append(f"{wire.ref}: {leaf.path} lacks at {to}: {sorted(missing)[:5]}")
    return faults


def _words(value: Json) -> set[str]:
    """Return the words that a reader sees: of HTML or plain text, or of the text nodes of a document."""
    words: set[str] = set()
    for text in _texts(value):
        words.update(_WORD.findall(_UNSEEN.sub("", unescape(_TAG.sub(" ", text)))))
    return words


def _texts(value: Json) -> Iterator[str]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            if isinstance(item.get("text"), str):
                yield str(item["text"])
            stack.extend(part for key, part in item.items() if key == "content")
