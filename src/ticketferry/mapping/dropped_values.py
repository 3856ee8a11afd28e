"""Values that a mapping drops: found in a record by their names, and taken out of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from re import Pattern
from re import compile as compile_pattern
from typing import Any, NamedTuple

from ticketferry.mapping.model import OWN, FieldRule
from ticketferry.mapping.result import MapFate
from ticketferry.mapping.tags import tag_namer
from ticketferry.mapping.work import Setup
from ticketferry.schema.counting import counted
from ticketferry.schema.records import Record
from ticketferry.sdk.trace import join_path

__all__ = [
    "Left",
    "_texts",
    "aliased",
    "drop_fate",
    "drop_list",
    "drop_part",
    "keep_events",
    "put_value",
    "sources_of",
    "take_values",
    "without_native",
    "without_tags",
    "words_of",
]


_NOTHING: tuple[Any, ...] = (None, "", [], {})


_PARTS = {
    "comments": "comment", "events": "event", "attachments": "attachment", "worklogs": "worklog",
    "side_conversations": "side_conversation",
}  # fmt: skip


_ALIASES: Mapping[str, tuple[str, ...]] = {
    "due_at": ("due",),
    "satisfaction.score": ("satisfaction", "satisfaction_score"),
    "satisfaction.comment": ("satisfaction", "satisfaction_comment"),
    "satisfaction.reason": ("satisfaction", "satisfaction_reason"),
    "ccs": ("ccs", "collaborators", "participants"),
    "followers": ("followers", "watchers"),
}
"""What a ticket's history calls a thing by beside its own name."""


class Left(NamedTuple):
    """What is left of a record, the fates of what was dropped (by concrete path), and lists of which only a part was."""

    record: Record
    fates: dict[str, MapFate]
    lists: dict[str, list[Any]]


def without_native(setup: Setup, root: Record, kind: str) -> tuple[Record, dict[str, MapFate]]:
    """Return a copy of a record without what `privacy` drops of the words that only its vendor knows, and the fates of those.

    Goes through the record and its parts.
    """
    fates: dict[str, MapFate] = {}
    if not setup.rules.privacy.drop:
        return dict(root), fates
    pattern = any_check(tuple(setup.rules.privacy.drop))
    fate = drop_fate(setup, "privacy.drop", setup.rules.privacy.because, "privacy", "drop")
    out = dict(_less(root, kind, pattern, fate, fates))
    for name, part in _PARTS.items():
        rows = root.get(name)
        if rows:
            out[name] = [_less(row, part, pattern, fate, fates) if row.get("native") else row for row in rows]
    return out, fates


def _less(
    record: Record, kind: str, pattern: Pattern[str], fate: MapFate, fates: dict[str, MapFate]
) -> Record:
    native = record.get("native") or {}
    gone = {key for key in native if _named(key.casefold(), pattern)}
    if not gone:
        return record
    out = dict(record)
    head = f"{kind}[{record['ref'].split(':', 2)[2]}]"
    for key in native:
        if key in gone:
            fates[f"{head}.{join_path('native', key)}"] = fate
    put_value(out, "native", {key: value for key, value in native.items() if key not in gone})
    return out


@lru_cache(maxsize=16_384)
def _named(key: str, pattern: Pattern[str]) -> bool:
    """Tell whether a pattern names a value, where it stands by itself or within an item of a list: what holds of an audit's `metadata`
    holds of `events[0].metadata`.
    """
    if pattern.match(key) is not None:
        return True
    at = key.find("].")
    while at >= 0:
        if pattern.match(key[at + 2 :]) is not None:
            return True
        at = key.find("].", at + 2)
    return False


def take_values(left: Left, whole: Record, head: str, gone: Mapping[str, MapFate]) -> dict[str, MapFate]:
    """Take fields and own keys out; returns the texts that they held: a tag of the same text tells the value."""
    case = left.record
    fates: dict[str, MapFate] = {}
    fields = dict(case.get("fields") or {})
    for name, fate in gone.items():
        if name.startswith("fields."):
            key = name.removeprefix("fields.")
            value = fields.pop(key, None)
            left.fates[f"{head}.{join_path('fields', key)}"] = fate
            for text in _texts(value):
                fates.setdefault(text, fate)
            continue
        steps = OWN[name]
        if len(steps) == 2:
            inner = dict(case.get(steps[0]) or {})
            inner.pop(steps[1], None)
            put_value(case, steps[0], inner)
        else:
            case.pop(steps[0], None)
            if isinstance(whole.get(steps[0]), list):
                drop_list(left, head, steps[0], whole[steps[0]], fate)
        left.fates[f"{head}.{'.'.join(steps)}"] = fate
    if "fields" in case:
        put_value(case, "fields", fields)
    return fates


def aliased(gone: Mapping[str, MapFate]) -> dict[str, MapFate]:
    """Return the rules by every name that an event may give their fields."""
    names: dict[str, MapFate] = {}
    for name, rule in gone.items():
        for alias in (name, *_ALIASES.get(name, ())):
            names.setdefault(alias, rule)
    return names


def _texts(value: Any) -> list[str]:
    """Return the texts of a field's value, which may be a list."""
    return [
        part for part in (value if isinstance(value, list) else [value]) if isinstance(part, str) and part
    ]


def drop_list(left: Left, head: str, key: str, items: Iterable[Any], fate: MapFate) -> None:
    """Note the fate of a list and of each of its entries."""
    left.fates[f"{head}.{key}"] = fate
    for index, _ in enumerate(items):
        left.fates[f"{head}.{key}[{index}]"] = fate


def drop_part(left: Left, kind: str, part: Record, fate: MapFate) -> None:
    """Note the fate of a part and of all that is on it."""
    head = f"{kind}[{part['ref'].split(':', 2)[2]}]"
    left.fates[head] = fate
    left.fates.update({f"{head}.{key}": fate for key in part})


def words_of(value: Any) -> list[str]:
    """Return the words of a text, or of a list, in order."""
    return sorted(value.split() if isinstance(value, str) else map(str, value or ()))


def keep_events(left: Left, events: Sequence[Record]) -> None:
    """Leave the events that are not dropped."""
    dropped = left.fates
    kept = [event for event in events if f"event[{event['ref'].split(':', 2)[2]}]" not in dropped]
    if len(kept) < len(events):
        put_value(left.record, "events", kept)


def put_value(record: Record, key: str, value: Any) -> None:
    """Set a value; an empty one is taken away."""
    if value in _NOTHING:
        record.pop(key, None)
    else:
        record[key] = value


def sources_of(rule: FieldRule) -> tuple[str, ...]:
    """Return the source fields of a rule."""
    return tuple(rule.source)


def drop_fate(setup: Setup, label: str, because: str | None, *path: str | int) -> MapFate:
    """Return the fate of what a rule drops."""
    by = setup.by(label, *path)
    return MapFate("drop", "", False, f"{by}: {because}" if because else by)


@lru_cache(maxsize=64)
def any_check(globs: tuple[str, ...]) -> Pattern[str]:
    """Compile globs into one pattern."""
    return compile_pattern("|".join(f"(?:{translate(glob.casefold())})" for glob in globs))


def without_tags(setup: Setup) -> Callable[[str], MapFate | None]:
    """Compile `tags.drop`."""
    rules = setup.rules.tags
    exact = {tag.casefold() for tag in rules.drop if not any(sign in tag for sign in "*?[")}
    globs = [tag.casefold() for tag in rules.drop if any(sign in tag for sign in "*?[")]
    pattern = any_check(tuple(globs)) if globs else None
    fate = drop_fate(setup, "tags.drop", rules.because, "tags", "drop")

    least, uses = rules.keep_if_used, setup.lookups.tag_uses
    named = tag_namer(rules)
    # A tag of which a rule makes a value is wanted however rare it is.
    wanted = {
        tag.casefold() for rule in setup.rules.fields if "tags" in rule.source for tag in rule.values or ()
    }
    why = f"used on fewer than {counted(least or 0, 'ticket')}"
    rare = drop_fate(setup, "tags.keep_if_used", why, "tags", "keep_if_used")

    def dropped(tag: str) -> MapFate | None:
        folded = tag.casefold()
        if folded in exact or (pattern is not None and pattern.match(folded)):
            return fate
        if least is None or folded in wanted:
            return None
        return rare if uses(named(tag)) < least else None

    return dropped
