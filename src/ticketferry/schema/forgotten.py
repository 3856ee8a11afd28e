"""KnownBy of people who are to be forgotten, known by keyed digests alone: they are found in texts again, and cannot be read from the list."""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from ticketferry.schema.languages import SMALL_WORDS

__all__ = ["ADDRESS", "MARK", "Forgotten", "KnownBy", "digest_of", "tail_of", "words_of"]

MARK = "[forgotten]"
"""What stands where a name, a number or another word was."""
ADDRESS = "forgotten@forgotten.invalid"
"""What stands where an address was: no mail reaches it [RFC 2606, 2]."""
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_GAP = 4
"""Signs that may stand between two words of one name."""
_TAG = re.compile(r"<[^<>]{0,400}>")
_DIGITS = re.compile(r"(?<![\w@])[+(]*\d(?:[\s()/.\u00a0-]{0,3}\d){6,19}(?![\w@])")
_PERCENT = re.compile(r"[^\s\"'<>]*%[0-9A-Fa-f]{2}[^\s\"'<>]*")
_ENTITY = re.compile(r"&(?:#\w{1,8}|\w{2,10});")
_COMMON = SMALL_WORDS
"""KnownBy that are names too (`Will`): as parts of a name they count with a capital only."""
_PHONE_DIGITS = 8
"""Digits from the end by which a phone number is known: what stands before them is written in many ways."""
SHORTEST = 3
"""Letters of a part of a name that is looked for by itself."""


class KnownBy(NamedTuple):
    """What is known of somebody. `parts`: single words, taken out in their own tickets alone."""

    addresses: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()


def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    parted = unicodedata.normalize("NFKD", word).casefold()
    return "".join(sign for sign in parted if not unicodedata.combining(sign)) or word.casefold()


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are compared: without capitals and accents."""
    return [_plain(match[0]) for match in _WORD.finditer(text)]


def digest_of(key: bytes, kind: str, text: str) -> str:
    """Return the keyed digest of a word, a name or a reference, 24 hexadecimal digits."""
    return blake2b(f"{kind}\0{text}".encode("utf-8", "surrogatepass"), key=key, digest_size=12).hexdigest()


def _as_letter(entity: re.Match[str]) -> str:
    sign = html.unescape(entity[0])
    return sign if len(sign) == 1 and (sign.isalnum() or sign in "@.'-\u2019\u00a0") else entity[0]


def tail_of(digits: str) -> str:
    """Return the digits by which a phone number is known, however it is written."""
    return digits[-_PHONE_DIGITS:] if len(digits) > _PHONE_DIGITS else digits.lstrip("0")


class Forgotten:
    """A list of digests at work. `digests`: digest -> `address`, `name`, `phone`, `part`, `first`, `person`, `root`, `file` or `bytes`.

    `key`: what new digests are made with; `further`: keys of other folders, with which some of the digests were made.
    """

    def __init__(
        self, key: bytes, digests: Mapping[str, str], longest: int = 1, further: Iterable[bytes] = ()
    ) -> None:
        self.key = key
        self.further = tuple(further)
        self.digests = dict(digests)
        self.longest = longest
        self._is_first = lru_cache(maxsize=100_000)(self._first)
        self._of_words = lru_cache(maxsize=20_000)(self._known)
        self._person = lru_cache(maxsize=50_000)(lambda ref: self._kind("ref", ref) == "person")
        self._root = lru_cache(maxsize=50_000)(lambda ref: self._kind("ref", ref) == "root")

    @classmethod
    def of(
        cls, key: bytes, words: KnownBy, people: Iterable[str] = (), roots: Iterable[str] = ()
    ) -> "Forgotten":
        """Make the list of somebody: `people` the references of their accounts, `roots` those of the tickets that name them."""
        digests: dict[str, str] = {}
        longest = 1
        for kind, texts in (("part", words.parts), ("name", words.names), ("address", words.addresses)):
            for text in sorted(texts):
                found = words_of(text)
                if found:
                    longest = max(longest, len(found))
                    digests[digest_of(key, "words", " ".join(found))] = kind
                    digests.setdefault(digest_of(key, "first", found[0]), "first")
        for phone in words.phones:
            digests[digest_of(key, "phone", tail_of(phone))] = "phone"
        digests.update({digest_of(key, "ref", ref): "person" for ref in people})
        digests.update({digest_of(key, "ref", ref): "root" for ref in roots})
        return cls(key, digests, longest)

    def __bool__(self) -> bool:
        return bool(self.digests)

    def with_roots(self, roots: Iterable[str]) -> "Forgotten":
        """Return the list with further tickets that are theirs."""
        more = {digest_of(self.key, "ref", ref): "root" for ref in roots}
        return Forgotten(self.key, {**more, **self.digests}, self.longest, self.further)

    def with_people(self, refs: Iterable[str]) -> "Forgotten":
        """Return the list with further accounts of theirs."""
        more = {digest_of(self.key, "ref", ref): "person" for ref in refs}
        return Forgotten(self.key, {**self.digests, **more}, self.longest, self.further)

    def digest(self, ref: str) -> str:
        """Return the digest of a reference, or of the checksum of a file."""
        return digest_of(self.key, "ref", ref)

    def _kind(self, kind: str, text: str) -> str:
        found = self.digests.get(digest_of(self.key, kind, text), "")
        for key in self.further if not found else ():
            found = found or self.digests.get(digest_of(key, kind, text), "")
        return found

    def _first(self, word: str) -> bool:
        return self._kind("first", word) == "first"

    def _known(self, words: str) -> str:
        kind = self._kind("words", words)
        return kind if kind in ("address", "name", "part") else ""

    def person(self, ref: str) -> bool:
        """Tell whether a reference is that of somebody on the list."""
        return bool(self._person(ref))

    def root(self, ref: str) -> bool:
        """Tell whether a ticket is one that names them."""
        return bool(self._root(ref))

    def file(self, ref: str) -> bool:
        """Tell whether an attached file is one that was taken out."""
        return self._kind("ref", ref) == "file"

    def address(self, text: str) -> bool:
        """Tell whether an address is theirs."""
        return self._of_words(" ".join(words_of(text))) == "address"

    # ---- texts -----------------------------------------------------------------------------------------------------------

    def text(self, text: str, *, own: bool = False) -> str:
        """Return a text without their words; the same object where none is in it. `own`: parts of names too."""
        if len(text) < SHORTEST:
            return text
        if "&lt;" in text or "&amp;" in text:
            # Markup that is shown as text, as a report shows it: what it says is looked at as markup of its own.
            parts = re.split(r"(<[^<>]*>)", text)
            made = [part if part[:1] == "<" else self._shown(part, own=own) for part in parts]
            text = text if made == parts else "".join(made)
        if "&" in text and _ENTITY.search(text) is not None:
            # A letter is the same word however it is written; what marks text up stays as it is.
            meant = _ENTITY.sub(_as_letter, text)
            if meant != text:
                left = self._of_signs(meant, own=own)
                return text if left == meant else left
        return self._of_signs(text, own=own)

    def _shown(self, text: str, *, own: bool) -> str:
        meant = html.unescape(text) if "&" in text else text
        left = meant if meant == text else self.text(meant, own=own)
        return text if left == meant else html.escape(left, quote=False)

    def _of_signs(self, text: str, *, own: bool) -> str:
        found = _PERCENT.sub(lambda match: self._encoded(match[0], own=own), text) if "%" in text else text
        if "<" in found and self.longest > 1:
            found = self._between_tags(found, own=own)
        found = self._take_out(found, own=own)
        return text if found == text else found

    def _encoded(self, text: str, *, own: bool) -> str:
        meant = unquote(text)
        left = meant if meant == text else self._take_out(meant, own=own)
        return text if left == meant else quote(left, safe=":/?&=+,;@!$()*")

    def _take_out(self, text: str, *, own: bool) -> str:
        spans = list(self._spans(text, own=own))
        for match in _DIGITS.finditer(text) if any(sign.isdigit() for sign in text) else ():
            digits = "".join(sign for sign in match[0] if sign.isdigit())
            if self._kind("phone", tail_of(digits)) == "phone":
                spans.append((match.start(), match.end(), MARK))
        if not spans:
            return text
        parts, at = [], 0
        for start, end, instead in sorted(spans):
            if start >= at:
                parts += [text[at:start], instead]
                at = end
        return "".join([*parts, text[at:]])

    def _spans(self, text: str, *, own: bool, gap: int = _GAP) -> Iterator[tuple[int, int, str]]:
        matches = list(_WORD.finditer(text))
        words = [_plain(match[0]) for match in matches]
        number = 0
        while number < len(words):
            step = 1
            if self._is_first(words[number]):
                step, kind = self._longest_at(matches, words, number, own=own, gap=gap)
                if kind:
                    instead = ADDRESS if kind == "address" else MARK
                    yield matches[number].start(), matches[number + step - 1].end(), instead
            number += step

    def _longest_at(
        self, matches: list[re.Match[str]], words: list[str], at: int, *, own: bool, gap: int
    ) -> tuple[int, str]:
        together = 1
        while (
            together < self.longest
            and at + together < len(words)
            and matches[at + together].start() - matches[at + together - 1].end() <= gap
        ):
            together += 1
        for many in range(together, 0, -1):
            kind = self._of_words(" ".join(words[at : at + many]))
            if kind == "part" and not (own and (words[at] not in _COMMON or matches[at][0][:1].isupper())):
                continue
            if kind:
                return many, kind
        return 1, ""

    def _between_tags(self, text: str, *, own: bool) -> str:
        """Take out what tags part: `<b>Ann</b> Example`. The tags stay."""
        places: list[int] = []
        shown: list[str] = []
        at = 0
        for match in (*_TAG.finditer(text), None):
            end = match.start() if match is not None else len(text)
            places.extend(range(at, end))
            shown.append(text[at:end])
            at = match.end() if match is not None else end
        plain = "".join(shown)
        signs = list(text)
        for start, end, instead in self._spans(plain, own=own):
            for place in places[start:end]:
                signs[place] = ""
            signs[places[start]] = instead
        return "".join(signs)

    # ---- values -----------------------------------------------------------------------------------------------------------

    def value(self, value: Any, *, own: bool = False) -> Any:
        """Return a JSON value without their words, keys included; the same object where none is in it."""
        if isinstance(value, str):
            return self.text(value, own=own)
        if isinstance(value, list):
            items = [self.value(item, own=own) for item in value]
            return value if all(new is old for new, old in zip(items, value, strict=True)) else items
        if isinstance(value, dict):
            made = {self.text(key, own=own): self.value(item, own=own) for key, item in value.items()}
            same = len(made) == len(value) and all(
                key in made and made[key] is item for key, item in value.items()
            )
            return value if same else made
        return value
