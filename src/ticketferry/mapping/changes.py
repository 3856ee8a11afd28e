"""What another mapping makes of the same record: which values change, and whether any is lost by it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from ticketferry.mapping.result import MapFate, Mapped, fate_of
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Json
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.trace import leaves, pattern_of

__all__ = ["ChangeKind", "ValueChange", "changes"]

LONGEST = 40
"""Letters of a value that are told; of a longer one only that it differs."""
_TEXT = "…"
_KEPT = "provenance.kept."
_NOTHING: tuple[Json, ...] = (None, "", [], {})
_PLACE = re.compile(r"\S+:\d+:\d+(?=[:;,\s]|$):?")
_PARTS = {
    "comments": "comment",
    "attachments": "attachment",
    "events": "event",
    "worklogs": "worklog",
    "side_conversations": "side_conversation",
}


class ChangeKind(StrEnum):
    """How much a change matters, the gravest first."""

    LOSSY = "lossy"
    """Something that was moved or kept is not any more."""
    SEMANTIC = "semantic"
    """The new desk shows another value."""
    COSMETIC = "cosmetic"
    """The same words in other letters, spaces or order, or only what is kept beside the ticket."""


class ValueChange(NamedTuple):
    """One value. `path`: in the words of the new desk's record (`fields.Serial no.`, `comments[].public`), of the old one's for what is lost."""

    kind: ChangeKind
    path: str
    before: str
    after: str


def changes(record: Record | None, before: Mapped, after: Mapped) -> list[ValueChange]:
    """Compare what two mappings make of one record (as the source has it); each change once, however many items of a list it touches. Pure."""
    if before.outcome is not after.outcome or _reason(before) != _reason(after):
        left = before.outcome is Outcome.CREATE and after.outcome is not Outcome.CREATE
        kind = ChangeKind.LOSSY if left else ChangeKind.SEMANTIC
        return [ValueChange(kind, "outcome", _outcome(before), _outcome(after))]
    if before.outcome is not Outcome.CREATE:
        return []
    found = [
        ValueChange(ChangeKind.SEMANTIC, name, str(old or "none"), str(new or "none"))
        for name, old, new in (("phase", before.phase, after.phase), ("way", before.way, after.way))
        if old != new
    ]
    found += [ValueChange(ChangeKind.SEMANTIC, "seen by more people", "", reason) for reason in after.newly_visible if reason not in before.newly_visible]  # fmt: skip
    found += [ValueChange(ChangeKind.SEMANTIC, "seen by more people", reason, "") for reason in before.newly_visible if reason not in after.newly_visible]  # fmt: skip
    found += _made(before.record or {}, after.record or {})
    if record is not None and _deeds(before.fates) != _deeds(after.fates):
        found += _lost(record, before.fates, after.fates)
    return list(dict.fromkeys(found))


def _made(before: Record, after: Record) -> Iterator[ValueChange]:
    """Yield what differs of two made records. What is kept beside them carries the number of its ticket or part, which is no change of its own."""
    for change in _values("", before, after):
        yield change._replace(path=pattern_of(change.path)) if change.path.startswith(_KEPT) else change


def _outcome(mapped: Mapped) -> str:
    words = {Outcome.CREATE: "moved", Outcome.SKIP: "left behind", Outcome.REJECT: "rejected"}
    word = words.get(mapped.outcome, mapped.outcome.value)
    reason = _reason(mapped)
    return f"{word}: {reason}" if reason else word


def _reason(mapped: Mapped) -> str:
    """Return why, without the line of the file: lines move."""
    return " ".join(_PLACE.sub("", mapped.because).split()).rstrip(" :")


def _deeds(fates: Mapping[str, MapFate]) -> dict[str, tuple[str, str]]:
    return {path: (fate.action, fate.to) for path, fate in fates.items()}


def _lost(record: Record, before: dict[str, MapFate], after: dict[str, MapFate]) -> Iterator[ValueChange]:
    for path in _leaf_paths(record):
        old, new = _living(before, path), _living(after, path)
        shown = pattern_of(path).removeprefix("ticket[].")
        if old is not None and new is None:
            yield ValueChange(ChangeKind.LOSSY, shown, old, _end(after, path))
        elif old is None and new is not None:
            yield ValueChange(ChangeKind.SEMANTIC, shown, _end(before, path), new)


def _living(fates: dict[str, MapFate], path: str) -> str | None:
    """Return in a word where a leaf goes, None where nowhere."""
    fate = fate_of(fates, path)
    if fate is None or fate.action in ("drop", "lost"):
        return None
    return "kept beside" if fate.action == "keep" else "moved"


def _end(fates: dict[str, MapFate], path: str) -> str:
    fate = fate_of(fates, path)
    return "no place in the new desk" if fate is not None and fate.action == "lost" else "dropped"


def _leaf_paths(record: Record) -> Iterator[str]:
    """Yield the neutral path of each leaf of an assembled record: `ticket[12].fields.serial`, `comment[7].body`."""
    kind, id_ = record["ref"].split(":", 2)[1:]
    own = {key: value for key, value in record.items() if key not in _PARTS}
    for leaf in leaves(own):
        if leaf.value not in _NOTHING:
            yield f"{kind}[{id_}].{leaf.path}"
    for name, part_kind in _PARTS.items():
        for part in record.get(name) or ():
            head = f"{part_kind}[{part['ref'].split(':', 2)[2]}]"
            for leaf in leaves(part):
                if leaf.value not in _NOTHING:
                    yield f"{head}.{leaf.path}"


def _values(path: str, before: Json, after: Json) -> Iterator[ValueChange]:
    """Yield what differs between two values at the same place."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in (*before, *(key for key in after if key not in before)):
            yield from _values(f"{path}.{key}" if path else str(key), before.get(key), after.get(key))
        return
    if (
        isinstance(before, Sequence | None)
        and isinstance(after, Sequence | None)
        and not {type(before), type(after)} & {str}
    ):
        yield from _lists(path, list(before or ()), list(after or ()))
        return
    yield ValueChange(_kind(path, before, after), path, _told(before), _told(after))


def _lists(path: str, before: list[Json], after: list[Json]) -> Iterator[ValueChange]:
    plain = all(not isinstance(item, Mapping | list) for item in (*before, *after))
    if not plain and len(before) == len(after):
        for old, new in zip(before, after, strict=True):
            yield from _values(f"{path}[]", old, new)
        return
    if not plain:
        yield ValueChange(
            _kind(path, before, after), f"{path}[]", f"{len(before)} of them", f"{len(after)} of them"
        )
        return
    was, becomes = Counter(map(str, before)), Counter(map(str, after))
    if was == becomes:
        yield ValueChange(ChangeKind.COSMETIC, f"{path}[]", "in one order", "in another")
    gone, come = list((was - becomes).elements()), list((becomes - was).elements())
    for item in gone:
        twin = next((other for other in come if _plain(other) == _plain(item)), None)
        if twin is not None:
            come.remove(twin)
        yield ValueChange(_kind(path, item, twin), f"{path}[]", _told(item), _told(twin))
    for item in come:
        yield ValueChange(_kind(path, None, item), f"{path}[]", "", _told(item))


def _kind(path: str, before: Json, after: Json) -> ChangeKind:
    if path == "provenance" or path.startswith("provenance."):
        return ChangeKind.COSMETIC
    if isinstance(before, str) and isinstance(after, str) and _plain(before) == _plain(after):
        return ChangeKind.COSMETIC
    return ChangeKind.SEMANTIC


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _told(value: Json) -> str:
    if value in _NOTHING:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | list):
        return _TEXT
    text = str(value)
    return _TEXT if len(text) > LONGEST or "\n" in text else text
