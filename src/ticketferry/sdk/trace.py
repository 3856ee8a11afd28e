"""Leaves of wire records and the trace of where a translation puts them; what a trace claims is held against the records.

A leaf is a scalar that is not null and not an empty text; a body (a declared path, whatever it holds) is one leaf. A path is
written `custom_fields[3].value`; its pattern is `custom_fields[].value`. Keys with `.`, `[` or `"` stand in `["…"]`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from ticketferry.schema.records import Record, compact
from ticketferry.schema.refs import Json
from ticketferry.sdk.contract import Finding, Severity, Translated, Wire
from ticketferry.sdk.places import Places, head_of

__all__ = [
    "Leaf",
    "count_leaves",
    "derivation",
    "derived",
    "finish",
    "join_path",
    "leaves",
    "located",
    "lookup",
    "parents",
    "pattern_of",
    "slim_records",
]

T = TypeVar("T")

_PLAIN = re.compile(r"[^.\[\]\"]+\Z")
_INDEX = re.compile(r"\[[^\]\"]+\]")


class Leaf(NamedTuple):
    """One leaf: its concrete path, its pattern, its value."""

    path: str
    pattern: str
    value: Json


@lru_cache(maxsize=16_384)
def _step(key: str) -> tuple[str, bool]:
    """Write a key as it stands in paths, and say whether a dot goes before it."""
    if _PLAIN.match(key):
        return key, True
    return '["' + key.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\u005d") + '"]', False


def join_path(base: str, key: str) -> str:
    """Put a key to a path; keys with `.`, `[`, `]` or `"` stand in `["…"]`."""
    step, dotted = _step(key)
    return f"{base}.{step}" if base and dotted else base + step


def leaves(body: Json, bodies: frozenset[str] = frozenset()) -> Iterator[Leaf]:
    """Yield every leaf of a wire record, in the record's own order; `bodies` are patterns that count as one leaf."""
    for leaf, _ in located(body, {}, bodies):
        yield leaf


def located(
    body: Json,
    trace: Mapping[str, str],
    bodies: frozenset[str] = frozenset(),
    within: frozenset[str] | None = None,
) -> Iterator[tuple[Leaf, str | None]]:
    """Yield every leaf with what a trace says of it, as `lookup` finds it: its own entry, else that of the nearest above it.

    `within`: the patterns to go into, with all above them; None: all.
    """
    for path, pattern, value, place in _walked(body, trace, bodies, within):
        yield Leaf(path, pattern, value), place


_KIDS: dict[str, dict[str, tuple[str, str]]] = {}
"""Pattern -> key below it -> what the key adds to a path, and the pattern that it gives."""
_MOST_KIDS = 20_000


def _kids(pattern: str) -> dict[str, tuple[str, str]]:
    kids = _KIDS.get(pattern)
    if kids is None:
        if len(_KIDS) > _MOST_KIDS:
            _KIDS.clear()
        kids = _KIDS[pattern] = {}
    return kids


def _kid(kids: dict[str, tuple[str, str]], pattern: str, key: str) -> tuple[str, str]:
    step, dotted = _step(key)
    if dotted and pattern:
        step = f".{step}"
    if len(kids) > _MOST_KIDS:
        kids.clear()
    kid = kids[key] = (step, pattern + step)
    return kid


def _walked(
    body: Json, trace: Mapping[str, str], bodies: frozenset[str], within: frozenset[str] | None
) -> Iterator[tuple[str, str, Json, str | None]]:
    """Yield path, pattern and value of every leaf, and what the trace says of it."""
    stack: list[tuple[str, str, Json, str | None]] = [("", "", body, None)]
    said, put, take = trace.get, stack.append, stack.pop
    while stack:
        path, pattern, value, place = take()
        if value is None or value == "" or (within is not None and pattern and pattern not in within):
            continue
        if path:
            own = said(path)
            if own is None and path is not pattern:
                own = said(pattern)
            if own is not None:
                place = own
        if not isinstance(value, dict | list):
            if path:
                yield path, pattern, value, place
            else:
                yield "$", "$", value, said("$")
        elif not value:
            continue
        elif pattern in bodies and pattern:
            yield path, pattern, value, place
        elif isinstance(value, dict):
            kids = _kids(pattern)
            for key, item in reversed(value.items()):
                if item is not None and item != "":
                    step, kid = kids.get(key) or _kid(kids, pattern, key)
                    put((kid if path is pattern else path + step, kid, item, place))
        else:
            kid = f"{pattern}[]"
            for index in range(len(value) - 1, -1, -1):
                put((f"{path}[{index}]", kid, value[index], place))


def count_leaves(body: Json, bodies: frozenset[str] = frozenset()) -> int:
    """Count the leaves without naming them: the independent control figure taken at extraction."""
    if not bodies:
        return _count(body)
    return sum(1 for _ in leaves(body, bodies))


def _count(value: Json) -> int:
    total = 0
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif item is not None and item != "":
            total += 1
    return total


def pattern_of(path: str) -> str:
    """Replace every index or id in brackets by `[]`: `comment[789].body` gives `comment[].body`."""
    return _INDEX.sub("[]", path)


def _cut(path: str) -> int:
    """Return where the path above `path` ends; 0 or less where there is none."""
    if path[-1:] != "]":
        return path.rfind(".")
    return path.rfind('["', 0, -2) if path[-2:] == '"]' else path.rfind("[")


def parents(path: str) -> Iterator[str]:
    """Yield the paths above `path`, nearest first."""
    while (cut := _cut(path)) > 0:
        path = path[:cut]
        yield path


def lookup(table: Mapping[str, T], path: str, pattern: str | None = None) -> T | None:
    """Find what a table says of a path: itself, its pattern, then the same of everything above it."""
    get = table.get
    place = get(path)
    if place is not None:
        return place
    pattern = pattern_of(path) if pattern is None else pattern
    while True:
        place = get(pattern)
        if place is not None:
            return place
        cut, shape = _cut(path), _cut(pattern)
        if cut <= 0 or shape <= 0:
            return None
        path, pattern = path[:cut], pattern[:shape]
        place = get(path)
        if place is not None:
            return place


def derived(path: str) -> str:
    """Return the key of a trace under which the derivation is named that makes the value at its place out of the leaf at `path`.

    `path` is concrete or a pattern and means that leaf alone, not what is below it. No path of a leaf begins with a dot.
    """
    return f".{path}"


def derivation(trace: Mapping[str, str], leaf: Leaf) -> str | None:
    """Return the name of the derivation by which a leaf reached its place; None where it stands there as it is."""
    return trace.get(f".{leaf.path}") or trace.get(f".{leaf.pattern}")


def finish(translated: Translated, wire: Wire, bodies: frozenset[str] = frozenset()) -> Translated:
    """Complete a translation: canonical records, and every untraced leaf in `native` of the first record.

    The connector cannot forget a leaf: what its trace does not name is kept under its wire path. Nor can it claim one: a leaf
    that does not stand where the trace says is kept in the same way, with a finding (`TF-TRACE`). A translation without any
    record keeps nothing; its trace must then cover every leaf, else ValueError names the first that it does not.
    """
    records = slim_records(translated)
    places = Places(records)
    trace = dict(translated.trace)
    native: dict[str, Json] = {}
    patterns: dict[str, str] = {}
    astray: list[str] = []
    shape: dict[tuple[str, str], int] = {}
    made = {key[1:] for key, name in trace.items() if key[:1] == "." and name}
    stands = places.stands
    for path, pattern, value, to in _walked(wire.body, trace, bodies, None):
        if to is not None and (
            to[:1] == "=" or stands(value, to, derived=path in made or pattern in made or pattern in bodies)
        ):
            shape[pattern, to] = shape.get((pattern, to), 0) + 1
            continue
        native[path] = value
        patterns[path] = pattern
        if to is not None:
            astray.append(f"{path} ({to})")
    findings = translated.findings
    if native:
        if not records:
            msg = f"{wire.ref}: the translation gives no record and no word on {next(iter(native))}"
            raise ValueError(msg)
        first = records[0]
        first["native"] = {**first.get("native", {}), **native}
        head = head_of(first)
        for path, pattern in patterns.items():
            place = trace[path] = f"{head}.{join_path('native', path)}"
            shape[pattern, place] = shape.get((pattern, place), 0) + 1
    if astray:
        findings = [*findings, _astray(wire, astray)]
    return Translated(records, trace, findings, shape)


def _astray(wire: Wire, astray: list[str]) -> Finding:
    return Finding(
        "TF-TRACE",
        Severity.DOUBT,
        wire.root or wire.ref,
        astray[0],
        "the translation does not hold the value where it says; the value is kept as it came",
        "Please report it with the connector's name; nothing is lost.",
        len(astray),
    )


def slim_records(translated: Translated) -> list[Record]:
    """Return the records of a translation without what says nothing; what its trace did not name is not looked for."""
    return [compact(record) for record in translated.records]
