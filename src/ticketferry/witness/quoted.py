"""Messages without what the mapping leaves out of them: words that another message of the ticket has, and signatures.

Nothing here is shared with the rules themselves, and what a quote looks like is not asked at all: a line is taken out where its words
stand in a row in another message that as many people read, so that nothing counts as left out that would be lost.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from ticketferry.sdk.witness import WitnessText
from ticketferry.witness.rules import ExplainingRules
from ticketferry.witness.texts import FoundPassage, TextFault, compare_texts
from ticketferry.witness.words import words

__all__ = ["as_left", "compare_left"]

FEWEST = 3
"""So many words in a row tell that a line is somebody else's; fewer only where it is marked (`>`)."""
LONGEST = 12
"""Lines of a signature at the most."""
_DEVICE = re.compile(
    r"\b(sent|gesendet|envoy|enviad|inviat|verstuurd|verzonden|wys.ane|skickat|sendt|outlook|iphone|android)",
    re.IGNORECASE,
)


def compare_left(
    before: Sequence[WitnessText],
    after: Sequence[WitnessText],
    allowed: Iterable[str],
    pairs: list[FoundPassage],
    made_by: str,
    rules: ExplainingRules,
) -> Iterator[tuple[TextFault, str]]:
    """Compare texts as `compare_texts` does; yields each fault with the rule that explains it, "" for none.

    A message that is not found whole is looked for once more without what the rules leave out of it: where all that is left is there,
    they explain the rest.
    """
    words_allowed = set(allowed)
    found: list[FoundPassage] = []
    faults = compare_texts(before, after, words_allowed, found, made_by)
    lost = [fault for fault in faults if fault.kind == "lost"]
    left: dict[int, str] = {}
    by: dict[int, str] = {}
    for fault in lost if rules.quotes_dropped or rules.signatures_dropped else ():
        for rule, quotes, signatures in (
            ("text.quoted_replies", rules.quotes_dropped, False),
            ("text.signatures", rules.quotes_dropped, rules.signatures_dropped),
        ):
            text = as_left(fault.passage, before, quotes=quotes, signatures=signatures)
            if text is not None:
                left[id(fault.passage)] = text
                by.setdefault(id(fault.passage), rule)
    if not left:
        pairs.extend(found)
        yield from ((fault, "") for fault in faults)
        return
    reduced = [one._replace(text=left.get(id(one), one.text)) for one in before]
    again = compare_texts(reduced, after, words_allowed, pairs, made_by)
    still = {fault.passage.place for fault in again if fault.kind == "lost"}
    yield from ((fault, "") for fault in again)
    for fault in lost:
        if id(fault.passage) in by and fault.passage.place not in still:
            yield fault, by[id(fault.passage)]


def as_left(
    message: WitnessText, others: Sequence[WitnessText], *, quotes: bool, signatures: bool
) -> str | None:
    """Return what the rules may leave of a message at the least; None where they leave all of it."""
    lines = message.text.split("\n")
    keep = [True] * len(lines)
    if quotes:
        seen = [
            f" {' '.join(words(other.text))} "
            for other in others
            if other is not message and other.kind == "message" and (other.public or not message.public)
        ]
        _copies(lines, keep, seen)
    if signatures:
        _signature(lines, keep)
    left = "\n".join(line for line, stays in zip(lines, keep, strict=True) if stays)
    return left if words(left) and not all(keep) else None


def _copies(lines: Sequence[str], keep: list[bool], seen: Sequence[str]) -> None:
    """Take out runs of lines whose words stand elsewhere, and the line over each that says who wrote when."""
    at = 0
    while at < len(lines):
        end, count, marked = at, 0, False
        while end < len(lines):
            said = words(lines[end])
            if said and not any(f" {' '.join(said)} " in other for other in seen):
                break
            count += len(said)
            marked = marked or (bool(said) and lines[end].lstrip().startswith(">"))
            end += 1
        if count and (marked or count >= FEWEST):
            keep[at:end] = [False] * (end - at)
            _over(lines, keep, at)
        at = max(end, at + 1)


def _over(lines: Sequence[str], keep: list[bool], at: int) -> None:
    """Take out the header of a mail, or the line or two that end with a colon, over what was taken out."""
    above = at - 1
    taken = 0
    while above >= 0 and taken < LONGEST:
        line = lines[above].strip()
        if not line:
            above -= 1
            continue
        header = re.match(r"[>*\s]*[^\s:：][^:：]{0,25}[:：]", line) is not None
        ruled = re.fullmatch(r"[-_]{2,}.*[-_]{2,}", line) is not None
        wrapped = (
            taken == 1
            and lines[above + 1].strip()[-1:] in (":", "：")
            and any(sign.isdigit() for sign in line)
        )
        if not (header or ruled or wrapped or line[-1:] in (":", "：")):
            break
        keep[above] = False
        taken += 1
        above -= 1


def _signature(lines: Sequence[str], keep: list[bool]) -> None:
    for at in range(len(lines) - 1, -1, -1):
        if lines[at].strip() == "--":
            taken = 0
            for below in range(at, len(lines)):
                if not keep[below] and words(lines[below]):
                    break
                taken += bool(lines[below].strip())
                if taken > LONGEST + 1:
                    break
                keep[below] = False
            return
    for at in range(len(lines) - 1, -1, -1):
        if keep[at] and lines[at].strip():
            if len(lines[at].strip()) <= 100 and _DEVICE.search(lines[at]):
                keep[at] = False
            return
