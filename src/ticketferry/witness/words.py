"""Texts as words: what two products show alike, whatever marks, spaces and line ends each puts between."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

__all__ = ["TargetText", "grams", "signs", "words"]

GRAM = 3
"""So many words in a row tell where a text comes from."""


_ASCII_WORD = re.compile(r"[a-z0-9]+")
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x1B000, 0x1B16F), (0x20000, 0x3FFFF),
)  # fmt: skip
"""Scripts that put no space between words: Thai, Lao, Burmese, Khmer, Chinese and Japanese."""


def words(text: str) -> list[str]:
    """Return the words of a text: runs of letters and digits, and each picture sign alone. Letters of any case and form are one.

    A letter of a script without spaces is a word by itself: a sentence inside a longer one is found there as in any other script.
    """
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    parts: list[str] = []
    run: list[str] = []
    for sign in unicodedata.normalize("NFKC", text).lower():
        kind = unicodedata.category(sign)
        if kind == "Cf" or "\ufe00" <= sign <= "\ufe0f":
            continue  # joiners, marks of direction and choices of a picture stand inside words
        if kind[0] in "LN" or (kind in ("Mn", "Mc") and run):
            if run and kind[0] in "LN" and _unspaced(sign) | _unspaced(run[0]):
                parts.append("".join(run))
                run.clear()
            run.append(sign)
            continue
        if run:
            parts.append("".join(run))
            run.clear()
        if kind == "So" and not "\u2580" <= sign <= "\u259f":  # blocks stand where words were redacted
            parts.append(sign)
    if run:
        parts.append("".join(run))
    return parts


def _unspaced(sign: str) -> bool:
    return sign > "\u0dff" and any(low <= ord(sign) <= high for low, high in _UNSPACED)


def signs(text: str) -> str:
    """Return all that is to be seen of a text, without spaces: what a message has that has no words (`???`)."""
    return "".join(
        sign
        for sign in unicodedata.normalize("NFKC", text)
        if unicodedata.category(sign)[0] not in "ZC" and not "\ufe00" <= sign <= "\ufe0f"
    )


def grams(tokens: Sequence[str], size: int = GRAM) -> Iterator[tuple[str, ...]]:
    """Yield the runs of `size` words; a shorter text is one run."""
    if 0 < len(tokens) < size:
        yield tuple(tokens)
    for start in range(len(tokens) - size + 1):
        yield tuple(tokens[start : start + size])


class TargetText:
    """A text of the target, and which of its words no source text was found in yet."""

    __slots__ = ("left", "taken", "tokens")

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = list(tokens)
        self.left = list(tokens)
        self.taken = False

    def take(self, wanted: Sequence[str]) -> bool:
        """Take words out where all stand here in their order; words may stand between (a header, the new address of a link)."""
        at = _run(self.left, wanted)
        if at is not None:
            del self.left[at : at + len(wanted)]
            self.taken = True
            return True
        places = _in_order(self.left, wanted)
        if places is None:
            return False
        for place in reversed(places):
            del self.left[place]
        self.taken = True
        return True

    def lacks(self, wanted: Sequence[str]) -> list[str]:
        """Return the words that are not here; words that one product writes together and the other apart are no difference."""
        missing: list[str] = []
        matcher = SequenceMatcher(None, list(wanted), self.left, autojunk=False)
        for tag, low, high, begin, end in matcher.get_opcodes():
            if tag not in ("delete", "replace"):
                continue
            # A neighbour that both sides have may be a part of what was joined.
            spaced = any(
                _joined(
                    wanted[max(0, low - before) : high + after],
                    self.left[max(0, begin - before) : end + after],
                )
                for before in (0, 1)
                for after in (0, 1)
            )
            if not spaced:
                missing.extend(wanted[low:high])
        return missing

    def empty(self, wanted: Iterable[str]) -> None:
        """Count words as found, wherever they stand."""
        gone = list(wanted)
        for word in gone:
            if word in self.left:
                self.left.remove(word)
        self.taken = True


def _joined(wanted: Sequence[str], tokens: Sequence[str]) -> bool:
    """Tell whether some of the words in a row are the wanted ones, spaced otherwise."""
    whole = "".join(wanted)
    for start in range(len(tokens)):
        run = ""
        for word in tokens[start:]:
            run += word
            if run == whole:
                return True
            if not whole.startswith(run):
                break
    return False


def _run(tokens: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Return where `wanted` stands as one run."""
    if not wanted or len(wanted) > len(tokens):
        return None
    first = wanted[0]
    last = len(tokens) - len(wanted)
    at = -1
    while True:
        try:
            at = tokens.index(first, at + 1, last + 1)
        except ValueError:
            return None
        if tokens[at : at + len(wanted)] == wanted:
            return at


def _in_order(tokens: Sequence[str], wanted: Sequence[str]) -> list[int] | None:
    """Return where the words stand one after the other, None where one does not come."""
    places: list[int] = []
    at = 0
    for word in wanted:
        try:
            at = tokens.index(word, at)
        except ValueError:
            return None
        places.append(at)
        at += 1
    return places


def missing_words(wanted: Sequence[str], shown: Sequence[str]) -> list[str]:
    """Return the words that are not among those shown, each as often as it is missing."""
    left, missing = list(shown), []
    for word in wanted:
        if word in left:
            left.remove(word)
        else:
            missing.append(word)
    return missing


def run_in(tokens: Sequence[str], wanted: Sequence[str]) -> bool:
    """Tell whether words stand in a row among others."""
    return any(
        list(tokens[at : at + len(wanted)]) == list(wanted) for at in range(len(tokens) - len(wanted) + 1)
    )
