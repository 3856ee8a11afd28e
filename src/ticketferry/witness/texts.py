"""Every message of a ticket looked for in the other desk: is it there, in a place as visible as before, and no internal word in public."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from ticketferry.sdk.witness import WitnessText
from ticketferry.witness.words import GRAM, TargetText, grams, signs, words

__all__ = ["FoundPassage", "TextFault", "compare_texts", "shortened"]

TELLING = 6
"""A word of so many letters that no public text of the source has tells that an internal one leaked."""
BESIDE = 16
"""So many words may stand around a message (a line with author and time) for its place to be told by it."""
COMMON = 64
"""A word that stands in more texts of a ticket does not tell which one a message is."""
CLOSEST = 6
"""So many texts are compared word by word with a message that was not found."""
ASIDE = 500
"""So many letters of each part of a message that was cut may be the line over it."""
HUGE = 1_000
"""A word of so many letters may be longer than a desk's texts, and be cut."""
SHOWN = 8
"""So many words are shown of a text."""


TOLD = 6
"""So many words tell that a text which stands twice is no second answer of the same few words."""


class TextFault(NamedTuple):
    """What is wrong with a text. `kind`: `lost`, `leaked`, `hidden` (public before, internal now), `twice` (a place too many)."""

    kind: str
    passage: WitnessText
    words: tuple[str, ...]
    where: str = ""


class FoundPassage(NamedTuple):
    """A message, where it stands in the other desk, and the words around it there: the line with author and time."""

    passage: WitnessText
    at: WitnessText
    beside: tuple[str, ...]


class _Known(NamedTuple):
    passage: WitnessText
    tokens: list[str]


def shortened(tokens: Sequence[str], limit: int = SHOWN) -> str:
    """Return the first words of a text."""
    more = " …" if len(tokens) > limit else ""
    return " ".join(tokens[:limit]) + more


def compare_texts(
    before: Sequence[WitnessText],
    after: Sequence[WitnessText],
    allowed: Iterable[str] = (),
    pairs: list[FoundPassage] | None = None,
    made_by: str = "",
) -> list[TextFault]:
    """Find every text of `before` in `after`, each in a place of its own.

    `allowed`: words that may stand in public texts of the target for reasons of their own (names of people in the line over a comment).
    `pairs` is given what was found where. `made_by`: the account that wrote what was moved, where it stands as an author.
    """
    source = [_Known(passage, words(passage.text)) for passage in before]
    messages = [known for known in source if known.passage.kind == "message" and known.tokens]
    places = [(passage, TargetText(words(passage.text))) for passage in after if passage.kind == "message"]
    index: dict[str, list[int]] = defaultdict(list)
    for number, (_, place) in enumerate(places):
        for word in dict.fromkeys(place.tokens):
            index[word].append(number)
    place_of: dict[int, WitnessText] = {}
    shared: dict[int, str] = {}
    # Long texts first: a short one is often a part of a long one.
    order = sorted(range(len(messages)), key=lambda number: (-len(messages[number].tokens), number))
    for number in order:
        at = _find(messages[number], places, index, shared)
        if at is not None:
            place_of[number] = at
            shared.setdefault(id(at), messages[number].passage.within)
    faults: list[TextFault] = []
    matched: list[tuple[WitnessText, WitnessText]] = []
    for number, known in enumerate(messages):
        at = place_of.get(number)
        near = [] if at is not None else _near(known, places, index)
        at = at or _spaced(known, near, shared) or _in_parts(_cut(known, places, index), places, index)
        if at is None:
            faults.append(_lost(known, near))
            continue
        matched.append((known.passage, at))
        faults.extend(_otherwise(known, at))
    faults.extend(_wordless(source, places, matched))
    faults.extend(_twice(places, matched, made_by))
    if pairs is not None:
        left = {id(passage): place.left for passage, place in places}
        pairs.extend(FoundPassage(passage, at, tuple(left[id(at)])) for passage, at in matched)
    named = {fault.passage.place for fault in faults if fault.kind == "leaked"}
    faults.extend(
        fault for fault in _leaks(source, after, places, allowed) if fault.passage.place not in named
    )
    return faults


def _otherwise(known: _Known, at: WitnessText) -> Iterator[TextFault]:
    """Tell a message that stands where others read it than before."""
    if at.doubtful or known.passage.doubtful:
        return
    if at.public and not known.passage.public:
        yield TextFault("leaked", known.passage, tuple(known.tokens), at.place)
    elif known.passage.public and not at.public:
        yield TextFault("hidden", known.passage, tuple(known.tokens), at.place)


def _wordless(
    source: Sequence[_Known],
    places: Sequence[tuple[WitnessText, TargetText]],
    matched: list[tuple[WitnessText, WitnessText]],
) -> Iterator[TextFault]:
    """Look for messages of signs alone (`???`, `:-)`), each in a text that no other message is in."""
    known = [
        one for one in source if one.passage.kind == "message" and not one.tokens and signs(one.passage.text)
    ]
    if not known:
        return
    # The shortest first: the first that fits has the fewest signs of its own beside.
    free = sorted(
        ((signs(passage.text), number) for number, (passage, place) in enumerate(places) if not place.taken),
        key=lambda item: (len(item[0]), item[1]),
    )
    for one in known:
        wanted = signs(one.passage.text)
        holding = (item for item in free if wanted in item[0])
        best: tuple[str, int] | None = None
        for item in holding:
            if _fits(one.passage, places[item[1]][0]):
                best = item
                break
            best = best or item
        if best is None:
            yield TextFault("lost", one.passage, (wanted,))
            continue
        free.remove(best)
        passage, place = places[best[1]]
        place.taken = True
        matched.append((one.passage, passage))
        yield from _otherwise(one._replace(tokens=[wanted]), passage)


def _twice(
    places: Sequence[tuple[WitnessText, TargetText]],
    matched: Sequence[tuple[WitnessText, WitnessText]],
    made_by: str,
) -> Iterator[TextFault]:
    """Tell a message that stands once more: the same words at the same time, or by the account that wrote what was moved."""
    of = {id(at): passage for passage, at in matched}
    first: dict[tuple[str, ...], list[WitnessText]] = defaultdict(list)
    for passage, place in places:
        if place.taken and id(passage) in of:
            first[tuple(place.tokens) or (signs(passage.text),)].append(passage)
    for passage, place in places:
        if place.taken:
            continue
        for other in first.get(tuple(place.tokens) or (signs(passage.text),), ()):
            ours = len(place.tokens) >= TOLD and made_by in (passage.author, other.author) and made_by != ""
            if ours or (passage.at and passage.at == other.at):
                yield TextFault("twice", of[id(other)], tuple(place.tokens), passage.place)
                break


def _find(
    known: _Known,
    places: Sequence[tuple[WitnessText, TargetText]],
    index: dict[str, list[int]],
    shared: dict[int, str],
) -> WitnessText | None:
    """Return the place that holds a message with the fewest words of its own beside; as visible as before comes first.

    `shared`: places in which a message was found -> what it is a part of; only parts of one thing share a place.
    """
    lists = [index.get(word) for word in dict.fromkeys(known.tokens)]
    if not all(lists):
        return None
    rarest = min((found for found in lists if found), key=len)
    wanted = len(known.tokens)
    if len(rarest) > COMMON:
        # The same words in very many texts: both threads are in the order of time, so one of the next that nobody took is theirs.
        fresh = (n for n in rarest if not places[n][1].taken and _fits(known.passage, places[n][0]))
        for number in sorted(islice(fresh, COMMON), key=lambda n: (abs(len(places[n][1].left) - wanted), n)):
            passage, place = places[number]
            if len(place.left) - wanted <= BESIDE and place.take(known.tokens):
                return passage
    near = sorted(
        (
            not _fits(known.passage, places[number][0]),
            places[number][1].taken,
            abs(len(places[number][1].left) - wanted),
            number,
        )
        for number in rarest
    )
    for elsewhere, _, beside, number in near:
        passage, place = places[number]
        if elsewhere and (place.taken or beside > BESIDE):
            continue  # a few words stand in many texts: only one that is about them alone is theirs
        if not _free(known, passage, place, shared):
            continue
        if place.take(known.tokens):
            return passage
    return None


def _spaced(
    known: _Known, near: Sequence[tuple[WitnessText, TargetText]], shared: dict[int, str]
) -> WitnessText | None:
    """Find a message whose words are only spaced otherwise."""
    for passage, place in near:
        if _free(known, passage, place, shared) and not place.lacks(known.tokens):
            place.empty(known.tokens)
            return passage
    return None


def _cut(
    known: _Known, places: Sequence[tuple[WitnessText, TargetText]], index: Mapping[str, Sequence[int]]
) -> _Known:
    """Return a message with each word that no text of a desk can hold whole as the parts in which it stands there."""
    tokens: list[str] = []
    for word in known.tokens:
        parts: list[str] = []
        if len(word) >= HUGE and word not in index:
            at = 0
            for passage, place in places:
                for part in place.left if _fits(known.passage, passage) else ():
                    whole = len(part) >= BESIDE or at + len(part) == len(word)
                    if at < len(word) and whole and word.startswith(part, at):
                        parts.append(part)
                        at += len(part)
            if at < len(word):
                parts.clear()
        tokens.extend(parts or [word])
    return known._replace(tokens=tokens)


def _in_parts(
    known: _Known, places: Sequence[tuple[WitnessText, TargetText]], index: dict[str, list[int]]
) -> WitnessText | None:
    """Find a message that was cut into several texts in a row."""
    wanted = sum(map(len, known.tokens))
    for start in index.get(known.tokens[0], ()):
        passage, first = places[start]
        if not _fits(known.passage, passage) or first.taken or not first.left:
            continue
        run, joined = [first], list(first.left)
        letters = sum(map(len, joined))
        for other, place in places[start + 1 :]:
            if other.public is not passage.public or place.taken:
                continue
            run.append(place)
            joined += place.left
            letters += sum(map(len, place.left))
            whole = TargetText(joined)
            if letters >= wanted and whole.take(known.tokens):
                for part in run:
                    part.empty(list(part.left))
                first.left = whole.left  # the line over it, which says who wrote it
                return passage
            if letters > wanted + len(run) * ASIDE:
                break
    return None


def _free(known: _Known, passage: WitnessText, place: TargetText, shared: dict[int, str]) -> bool:
    """Tell whether a place may be a message's: nobody's yet, or that of another part of the same thing."""
    within = known.passage.within
    return not place.taken or bool(within and shared.get(id(passage)) == within)


def _fits(wanted: WitnessText, passage: WitnessText) -> bool:
    """Tell whether a place is as visible as a text was."""
    return passage.doubtful or wanted.doubtful or passage.public is wanted.public


def _near(
    known: _Known, places: Sequence[tuple[WitnessText, TargetText]], index: dict[str, list[int]]
) -> list[tuple[WitnessText, TargetText]]:
    """Return the few texts that could be the message: those that share most of its rarer words, or all its letters in a row."""
    shared: Counter[int] = Counter()
    for word in dict.fromkeys(known.tokens):
        at = index.get(word, ())
        if len(at) <= COMMON:
            for number in at:
                shared[number] += len(word)
    numbers = [number for number, _ in sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:CLOSEST]]
    if not numbers and len(places) <= COMMON:
        run = "".join(known.tokens)
        numbers = [number for number, (_, place) in enumerate(places) if run in "".join(place.left)]
    return [
        places[number]
        for number in numbers
        if _fits(known.passage, places[number][0]) and places[number][1].left
    ]


def _lost(known: _Known, near: Sequence[tuple[WitnessText, TargetText]]) -> TextFault:
    """Name the words that are nowhere: those that the most similar text lacks, all of them where nothing is similar."""
    best: list[str] = known.tokens
    where = ""
    for passage, place in near:
        missing = place.lacks(known.tokens)
        if len(missing) < len(best) and len(missing) * 4 <= len(known.tokens) * 3:
            best, where = missing, passage.place
    return TextFault("lost", known.passage, tuple(best), where)


def _leaks(
    source: Sequence[_Known],
    after: Sequence[WitnessText],
    places: Sequence[tuple[WitnessText, TargetText]],
    allowed: Iterable[str],
) -> Iterator[TextFault]:
    """Yield internal texts of which something stands in a public one: a run of words, or a word that nothing public ever had."""
    hidden = [
        known for known in source if not known.passage.public and not known.passage.doubtful and known.tokens
    ]
    if not hidden:
        return
    seen = [known for known in source if known.passage.public or known.passage.doubtful]
    open_grams = {gram for known in seen for gram in grams(known.tokens)}
    open_words = {word for known in seen for word in known.tokens} | set(allowed)
    shown: dict[tuple[str, ...], str] = {}
    rest: dict[str, str] = {}
    alone: dict[tuple[str, ...], str] = {}
    for passage in after:
        if passage.public:
            for gram in grams(words(passage.text)):
                if gram not in open_grams and not all(word.isdigit() for word in gram):
                    shown.setdefault(gram, passage.place)
    for passage, place in places:
        if not passage.public:
            continue
        if not place.taken:
            alone.setdefault(tuple(place.tokens), passage.place)
        for word in place.left:
            rest.setdefault(word, passage.place)
    for known in hidden:
        leaked = next((gram for gram in grams(known.tokens) if len(gram) == GRAM and gram in shown), None)
        if leaked is not None:
            yield TextFault("leaked", known.passage, leaked, shown[leaked])
            continue
        whole = tuple(known.tokens)
        if whole in alone and whole not in open_grams:
            yield TextFault("leaked", known.passage, whole, alone[whole])
            continue
        one = next(
            (
                word
                for word in known.tokens
                if len(word) >= TELLING and word in rest and word not in open_words
            ),
            None,
        )
        if one is not None:
            yield TextFault("leaked", known.passage, (one,), rest[one])
