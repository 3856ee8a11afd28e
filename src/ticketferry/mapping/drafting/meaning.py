"""What a name of a help desk says: its letters without punctuation and accents, and its words in any of six languages."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml
from rapidfuzz import fuzz

__all__ = ["Likeness", "letters", "likeness", "meaning", "told_stage", "without_number"]

_SIGNS = re.compile(r"[^\w]+|_+")
_DIGITS = re.compile(r"\d+")
_ORDER = re.compile(r"\d{1,3}(?:\s*[.):/_-]+\s*|\s+)(?=\D)")
_MOST_WORDS = 4
_LIKE = 75
"""Letters in common, of 100, below which names are not alike: short names share letters by chance."""
LETTERS_ALONE = 84
"""The most that likeness of letters alone is worth: never sure."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much two names say the same, 0 to 100, and why."""

    score: int
    why: str


@dataclass(frozen=True, slots=True)
class _Lexicon:
    concepts: Mapping[str, str]
    """Phrase as it is compared -> what it means."""
    filler: frozenset[str]
    stages: tuple[tuple[frozenset[str], str], ...]


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    text = (files("ticketferry.mapping.drafting") / "synonyms.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 -- our own file, texts only
    concepts: dict[str, str] = {}
    for concept, phrases in data["concepts"].items():
        for phrase in phrases:
            concepts.setdefault(_spaced(phrase), concept)
    stages = tuple((frozenset(row["all"]), row["stage"]) for row in data["stages"])
    return _Lexicon(concepts, frozenset(_spaced(word) for word in data["filler"]), stages)


def _bare(name: str) -> str:
    bare = name.strip()
    return bare[7:].strip() if bare[:7].casefold() == "custom:" else bare


def _spaced(name: str) -> str:
    folded = unicodedata.normalize("NFKD", _bare(name).casefold())
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return " ".join(_SIGNS.sub(" ", plain).split())


def letters(name: str) -> str:
    """Return a name as it is compared: without `custom:`, accents, blanks, punctuation and case."""
    return _spaced(name).replace(" ", "") or name.casefold().strip()


def without_number(name: str) -> str:
    """Return a name without a number in front by which people put a list in order (`02 Triage`, `3. Repair`)."""
    return _ORDER.sub("", _bare(name), count=1) if _ORDER.match(_bare(name)) else _bare(name)


@lru_cache(maxsize=20_000)
def meaning(name: str) -> frozenset[str]:
    """Return what a name says: concepts of the synonyms, and its other words as they are."""
    lexicon = _lexicon()
    words = _spaced(name).split()
    said: list[str] = []
    left: list[str] = []
    position = 0
    while position < len(words):
        for size in range(min(_MOST_WORDS, len(words) - position), 0, -1):
            phrase = " ".join(words[position : position + size])
            concept = lexicon.concepts.get(phrase)
            if concept is not None:
                said.append(concept)
                position += size
                break
        else:
            word = words[position]
            (left if word in lexicon.filler else said).append(word)
            position += 1
    return frozenset(said or left)


def told_stage(name: str) -> str:
    """Return the stage that the words of a status tell of; empty where they tell of none."""
    said = meaning(name)
    return next((stage for needed, stage in _lexicon().stages if needed <= said), "")


@lru_cache(maxsize=200_000)
def likeness(one: str, other: str) -> Likeness:
    """Compare two names.

    100: the same letters in any case, `custom:` aside; 98: the same but for punctuation and accents; 90: the same words in other languages or by
    synonyms; below: words in common, like letters, or a number in front of one of them, never more than 84. Numbers that differ make different names.
    """
    if _bare(one).casefold() == _bare(other).casefold():
        return Likeness(100, "equal name")
    if letters(one) == letters(other):
        return Likeness(98, "equal but for punctuation")
    if _DIGITS.findall(one) != _DIGITS.findall(other):
        if letters(without_number(one)) == letters(without_number(other)):
            numbered = all(_ORDER.match(_bare(name)) for name in (one, other))
            return (
                Likeness(40, "other numbers")
                if numbered
                else Likeness(LETTERS_ALONE, "equal but for the number in front")
            )
        return Likeness(min(40, round(fuzz.ratio(_spaced(one), _spaced(other)) / 2)), "other numbers")
    mine, theirs = meaning(one), meaning(other)
    if mine == theirs and mine:
        return Likeness(90, "the same in other words")
    shared = mine & theirs
    words = 160 * len(shared) / (len(mine) + len(theirs)) if shared else 0.0
    ratio = fuzz.ratio(_spaced(one), _spaced(other))
    spelt = 0.88 * ratio if ratio >= _LIKE else 0.0
    score = min(LETTERS_ALONE, round(max(words, spelt)))
    return Likeness(score, "words in common" if words >= spelt else "alike in letters")
