"""Which words of a text were blacked out since, and the markup that has Zendesk black them out."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from html import unescape

__all__ = ["BLACK", "bare", "blacked_out", "blackened", "marked"]

BLACK = "▇"
_COMPARED = 4_000_000
"""Pairs of signs that are compared where a redaction changed the length of a text."""


def blacked_out(old: str, new: str) -> list[str] | None:
    """Return the words of `old` that are blacked out in `new`; None where it differs in more. Takes no longer than the texts are."""
    begin = _same(old, new)
    end = _same(old[begin:][::-1], new[begin:][::-1])
    before, after = old[begin : len(old) - end], new[begin : len(new) - end]
    if len(before) == len(after):
        differs = "".join("x" if one != other else " " for one, other in zip(before, after, strict=True))
        spans = [found.span() for found in re.finditer("x+", differs)]
        pairs = [(before[start:stop], after[start:stop]) for start, stop in spans]
    elif len(before) * len(after) > _COMPARED:
        return None
    else:
        codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if any(kind not in ("equal", "replace") for kind, *_ in codes):
            return None
        pairs = [(before[i:j], after[k:n]) for kind, i, j, k, n in codes if kind == "replace"]
    if any(set(black) - set(f"{BLACK} \n") for _, black in pairs):
        return None
    return [words for words, _ in pairs]


def marked(pages: Sequence[str], old: str, new: str) -> list[str] | None:
    """Return the HTML of the comments of one message with `<redact>` around what `new` blacks out of `old`, its plain text.

    None where that cannot be done exactly: the two differ in more, or a text is not found in the HTML as often as in `old`.
    Words that also stand in a line over the message are left there: that one comes first, so the last places count.
    """
    black = _black(old, new)
    if black is None:
        return None
    texts = [_Text(page) for page in pages]
    for start, words in _runs(old, black):
        exact = re.compile(r"(?=(" + r"\s+".join(re.escape(word) for word in words.split()) + r"))")
        there = [
            (number, found.span(1))
            for number, text in enumerate(texts)
            for found in exact.finditer(text.plain)
        ]
        before = [found.start() for found in exact.finditer(old)]
        if start not in before or len(there) < len(before):
            return None
        number, span = there[len(there) - len(before) + before.index(start)]
        texts[number].black.append(span)
    return [text.html() for text in texts]


def _black(old: str, new: str) -> set[int] | None:
    """Return the places of `old` that are black in `new`; None where the two differ in more than that and in blanks, which stand
    otherwise where a long message was parted.
    """
    found: set[int] = set()
    at = other = 0
    while at < len(old) and other < len(new):
        if old[at] == new[other]:
            at, other = at + 1, other + 1
        elif new[other] == BLACK:
            found.add(at)
            at, other = at + 1, other + 1
        elif old[at].isspace():
            at += 1
        elif new[other].isspace():
            other += 1
        else:
            return None
    return None if old[at:].strip() or new[other:].strip() else found


def _runs(old: str, black: set[int]) -> list[tuple[int, str]]:
    """Return where words begin that become black, line by line and without blanks around them."""
    lines = "".join("x" if at in black and sign != "\n" else " " for at, sign in enumerate(old))
    found = []
    for run in re.finditer("x+", lines):
        words = old[run.start() : run.end()]
        if words.strip():
            found.append((run.start() + len(words) - len(words.lstrip()), words.strip()))
    return found


class _Text:
    """The words of a piece of HTML, each sign with its place in it."""

    def __init__(self, page: str) -> None:
        self._page = page
        self._at: list[tuple[int, int]] = []
        signs: list[str] = []
        for token in re.finditer(r"<[^>]*>|&[#\w]+;|[^<&]|[<&]", page):
            if token[0].startswith("<") and len(token[0]) > 1:
                if re.match(
                    r"</?(?:p|div|br|li|ul|ol|tr|td|th|table|pre|blockquote|h[1-6]|hr)\b",
                    token[0],
                    re.IGNORECASE,
                ):
                    signs.append("\n")
                    self._at.append((token.start(), token.start()))
                continue
            for sign in unescape(token[0]):
                signs.append(sign)
                self._at.append(token.span())
        self.plain = "".join(signs)
        self.black: list[tuple[int, int]] = []

    def html(self) -> str:
        """Return the HTML with a tag around each run of words that is to be black: tags of the text itself stay outside."""
        places = sorted({self._at[sign] for start, end in self.black for sign in range(start, end)})
        runs: list[list[int]] = []
        for start, end in places:
            if start == end:
                continue
            if runs and runs[-1][1] == start:
                runs[-1][1] = end
            else:
                runs.append([start, end])
        done, at = "", 0
        for start, end in runs:
            done += f"{self._page[at:start]}<redact>{self._page[start:end]}</redact>"
            at = end
        return done + self._page[at:]


def bare(page: str) -> str:
    """Return HTML without the marks of a redaction: what the comment holds."""
    return re.sub(r"</?redact>", "", page)


def blackened(page: str) -> str:
    """Return what Zendesk makes of HTML with the marks of a redaction: each sign in them is black [OAS]."""
    return re.sub(
        r"<redact>(.*?)</redact>", lambda found: BLACK * len(unescape(found[1])), page, flags=re.DOTALL
    )


def _same(one: str, other: str) -> int:
    """Return how many signs two texts have in common from their beginning."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
