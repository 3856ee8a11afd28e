"""Leaves of wire records and the trace of where a translation puts them.

A leaf is a scalar that is not null and not an empty text; a body (a declared path, whatever it holds) is one leaf. A path is
written `custom_fields[3].value`; its pattern is `custom_fields[].value`. Keys with `.`, `[` or `"` stand in `["…"]`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from ticketferry.schema.records import Record, compact
from ticketferry.schema.refs import Json
from ticketferry.sdk.contract import Translated, Wire

__all__ = ["Leaf", "count_leaves", "finish", "join_path", "leaves", "lookup", "parents", "pattern_of"]

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
    stack: list[tuple[str, str, Json]] = [("", "", body)]
    while stack:
        path, pattern, value = stack.pop()
        if value is None or value in ("", [], {}):
            continue
        if pattern in bodies and pattern:
            yield Leaf(path, pattern, value)
        elif isinstance(value, dict):
            for key, item in reversed(value.items()):
                if item is not None and item != "":
                    step, dotted = _step(key)
                    if dotted and path:
                        stack.append((f"{path}.{step}", f"{pattern}.{step}", item))
                    else:
                        stack.append((path + step, pattern + step, item))
        elif isinstance(value, list):
            stack.extend(
                (f"{path}[{index}]", f"{pattern}[]", item) for index, item in reversed(list(enumerate(value)))
            )
        else:
            yield Leaf(path or "$", pattern or "$", value)


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


def parents(path: str) -> Iterator[str]:
    """Yield the paths above `path`, nearest first."""
    while True:
        if path.endswith('"]'):
            cut = path.rfind('["', 0, -2)
        elif path.endswith("]"):
            cut = path.rfind("[")
        else:
            cut = path.rfind(".")
        if cut <= 0:
            return
        path = path[:cut]
        yield path


def lookup(table: Mapping[str, T], path: str, pattern: str | None = None) -> T | None:
    """Find what a table says of a path: itself, its pattern, then the same of everything above it."""
    pattern = pattern_of(path) if pattern is None else pattern
    found = table.get(path)
    if found is None:
        found = table.get(pattern)
    if found is not None:
        return found
    for above, shape in zip(parents(path), parents(pattern), strict=False):
        found = table.get(above)
        if found is None:
            found = table.get(shape)
        if found is not None:
            return found
    return None


def finish(translated: Translated, wire: Wire, bodies: frozenset[str] = frozenset()) -> Translated:
    """Complete a translation: canonical records, and every untraced leaf in `native` of the first record.

    The connector cannot forget a leaf: what its trace does not name is kept under its wire path. A translation without any
    record keeps nothing; its trace must then cover every leaf, else ValueError names the first that it does not.
    """
    records = [_slim(record) for record in translated.records]
    trace = dict(translated.trace)
    native: dict[str, Json] = {}
    for leaf in leaves(wire.body, bodies):
        if lookup(trace, leaf.path, leaf.pattern) is None:
            native[leaf.path] = leaf.value
    if native:
        if not records:
            msg = f"{wire.ref}: the translation gives no record and no word on {next(iter(native))}"
            raise ValueError(msg)
        first = records[0]
        first["native"] = {**first.get("native", {}), **native}
        _, kind, id_ = str(first["ref"]).split(":", 2)
        for path in native:
            trace[path] = f"{kind}[{id_}].{join_path('native', path)}"
    return Translated(records, trace, translated.findings)


def _slim(record: Record) -> Record:
    slim: Record = compact(record)
    return slim
