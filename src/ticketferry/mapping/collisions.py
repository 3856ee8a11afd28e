"""Rules of a mapping that stand in each other's way: two that write one place, and one that would carry what another drops."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ticketferry.mapping import expressions
from ticketferry.mapping.apart import apart
from ticketferry.mapping.dropped_values import without_tags
from ticketferry.mapping.work import SYSTEM_TARGETS, Setup
from ticketferry.mapping.yaml_document import Path

__all__ = ["Collision", "collisions", "fields_written"]


_MOST = 50
"""Rules over one place that each further one is compared with."""


_HAS_DUE: Any = {"due": "present"}
_OWN_DUE = {"due", "due_at"}
"""What a rule reads the due date by."""


class Collision(NamedTuple):
    """Two rules of which one is in the way of the other. `sure`: for every ticket that the second one takes, or may be; else `when`
    of both may or may not set them apart, which the tickets themselves tell. `carries`: the second would carry what the first drops.
    """

    path: Path
    message: str
    remedy: str
    sure: bool
    carries: bool
    conditions: tuple[Any, Any]


class _Writer(NamedTuple):
    place: str
    name: str
    path: Path
    when: Any


class _Reader(NamedTuple):
    source: str
    path: Path
    when: Any


def collisions(setup: Setup) -> Iterator[Collision]:
    """Yield every pair, in the order of the file; the later rule is the one that is told."""
    yield from _written_twice(setup)
    yield from _carried_after_all(setup)
    yield from _dropped_tags(setup)


def _written_twice(setup: Setup) -> Iterator[Collision]:
    seen: dict[str, list[_Writer]] = {}
    owned = not any(rule.drop and _OWN_DUE & {*rule.source} for rule in setup.rules.fields)
    for writer in _writers(setup):
        if owned and writer.place == "due" and not apart(_HAS_DUE, writer.when):
            yield from _own_due(setup, writer)
        for before in seen.get(writer.place, [])[:_MOST]:
            if apart(before.when, writer.when):
                continue
            first = f"{_shown(before.path)} ({_line(setup, before.path)})"
            yield Collision(
                writer.path,
                f"`{writer.name}` is written by {first} as well: one of both values would be lost",
                "Join the fields in one rule (`from: [A, B], join`), or set the rules apart with `when`.",
                any(_always(each.when) or each.path[0] != "fields" for each in (before, writer)),
                carries=False,
                conditions=(before.when, writer.when),
            )
        seen.setdefault(writer.place, []).append(writer)


def fields_written(setup: Setup) -> Iterator[str]:
    """Yield the name of every field of the target that a rule writes, as the mapping spells it."""
    for writer in _writers(setup):
        yield writer.name


def _own_due(setup: Setup, writer: _Writer) -> Iterator[Collision]:
    """Yield the rule that writes a ticket's own due date, which is carried by itself; not the one that reads it."""
    if writer.path[0] == "fields" and _OWN_DUE & {*setup.rules.fields[int(writer.path[1])].source}:
        return
    yield Collision(
        writer.path,
        f"`{writer.name}` is the ticket's own due date, which is carried by itself: one of both values would be lost",
        "Name another field, set the rule apart (`when: {due: absent}`), or drop the due date: `{from: due, drop: true}`.",
        writer.path[0] != "fields",
        carries=False,
        conditions=(_HAS_DUE, writer.when),
    )


def _writers(setup: Setup) -> Iterator[_Writer]:
    rules = setup.rules

    def writer(name: str, path: Path, when: Any = None) -> _Writer:
        folded = name.casefold()
        definition = None if setup.any else setup.target_fields.get(folded)
        known = name if setup.any else folded
        place = SYSTEM_TARGETS.get(folded, f"key {definition['key']}" if definition is not None else known)
        return _Writer(place, name, path, when)

    for index, rule in enumerate(rules.fields):
        if rule.to is not None and not setup.makes_tags(rule.to):
            yield writer(rule.to, ("fields", index, "to"), rule.when)
        for name in rule.set:
            if not setup.makes_tags(name):
                yield writer(name, ("fields", index, "set", name), rule.when)
    if rules.channel is not None:
        yield writer(rules.channel.field, ("channel", "field"))
    if rules.people.unlicensed_assignee.field:
        yield writer(
            rules.people.unlicensed_assignee.field,
            ("people", "unlicensed_assignee", "field"),
            {"assignee": "present"},
        )
    dates, provenance = rules.history.date_fields, rules.provenance
    for key, given in (("created", dates.created), ("solved", dates.solved)):
        if given:
            yield writer(given, ("history", "date_fields", key), {key: "present"})
    if provenance.number.field:
        yield writer(provenance.number.field, ("provenance", "number", "field"))
    if rules.text.language is not None:
        yield writer(rules.text.language.field, ("text", "language"))
    if provenance.url is not None:
        yield writer(provenance.url.field, ("provenance", "url", "field"))


def _carried_after_all(setup: Setup) -> Iterator[Collision]:
    """Yield the rules that read what a rule drops."""
    dropped: list[tuple[str, Path, Any]] = [
        (name, ("fields", index), rule.when)
        for index, rule in enumerate(setup.rules.fields)
        if rule.drop
        for name in rule.source
    ]
    if setup.rules.history.changes == "drop":
        dropped.append(("events", ("history", "changes"), None))
    rest = next((index for index, rule in enumerate(setup.rules.fields) if rule.rest == "drop"), None)
    named = {name for rule in setup.rules.fields for name in rule.source}
    for reader in _readers(setup):
        for name, path, when in dropped:
            if _same(name, reader.source) and not apart(when, reader.when):
                yield _carrier(setup, reader, path, name, (when, reader.when))
        if rest is not None and reader.source.startswith("fields.") and reader.source not in named:
            yield _carrier(setup, reader, ("fields", rest), reader.source, (None, reader.when))


def _dropped_tags(setup: Setup) -> Iterator[Collision]:
    """Yield the entries of rules that make values of tags which are dropped before they are read."""
    drops = without_tags(setup)
    for index, rule in enumerate(setup.rules.fields):
        if rule.to is None or "tags" not in rule.source:
            continue
        for tag in rule.values:
            if tag != "*" and drops(tag) is not None:
                yield Collision(
                    ("fields", index, "values", tag),
                    f"`tags.drop` ({_line(setup, ('tags', 'drop'))}) drops the tag `{tag}`, and this rule would make a value of it",
                    "Take it out of `drop`; `tags: {to_fields: drop}` writes tags no more of which a value was made.",
                    sure=True,
                    carries=True,
                    conditions=(None, rule.when),
                )


def _carrier(setup: Setup, reader: _Reader, path: Path, name: str, conditions: tuple[Any, Any]) -> Collision:
    return Collision(
        reader.path,
        f"{_shown(path)} ({_line(setup, path)}) drops `{name}`, and this rule would still carry it",
        "Take one of both out, or set them apart with `when`.",
        _always(conditions[0]) or _always(conditions[1]),
        carries=True,
        conditions=conditions,
    )


def _readers(setup: Setup) -> Iterator[_Reader]:
    rules = setup.rules
    for index, rule in enumerate(rules.fields):
        if rule.to is None:
            continue
        for name in rule.source:
            yield _Reader(name, ("fields", index, "from"), rule.when)
        if rule.expr is not None:
            for name in sorted(expressions.names_in(rule.expr)):
                if name not in rule.source:
                    yield _Reader(name, ("fields", index, "expr"), rule.when)
    if rules.channel is not None:
        yield _Reader("channel", ("channel",), None)
    if rules.history.date_fields.solved:
        yield _Reader("solved", ("history", "date_fields", "solved"), None)
    if rules.provenance.url is not None:
        yield _Reader("url", ("provenance", "url"), None)


def _same(dropped: str, read: str) -> bool:
    aliases = {"due_at": "due"}
    one, other = aliases.get(dropped, dropped), aliases.get(read, read)
    return one == other or (other.startswith(f"{one}.") and not one.startswith("fields."))


def _always(when: Any) -> bool:
    return when is None or when == "always"


def _shown(path: Path) -> str:
    text = ""
    for step in path[:2] if path[:1] == ("fields",) else path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _line(setup: Setup, path: Path) -> str:
    return setup.mapping.at(*path)
