"""Whether a value stands where a trace says that it does.

A value stands at a place of a record when the place holds it: as it is, or in one of the forms that every reader knows (a number as
text and back, white space run together, an id within a reference, a moment at another offset or counted in seconds). A place that is a list
or an object holds what stands in it. Any other way from a value to its place is a *derivation*, which the translation names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from typing import Any

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Json

__all__ = ["Places", "head_of"]

_STEP = re.compile(r'\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\.?([^.\[\]"]+)', re.DOTALL)
_ESCAPE = re.compile(r"\\(u005d|.)", re.DOTALL)
_REF = re.compile(r"[^:\s]+:([a-z_]+):(.+)", re.DOTALL)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d")
_EPOCH = range(100_000_000, 100_000_000_000_000)
"""Numbers that may be a moment: seconds from 1973 on, or milliseconds."""
_MILLISECONDS = 100_000_000_000
_SHORT = 64
"""Longer texts are neither numbers nor moments."""
_EMPTY: tuple[object, ...] = (None, "", [], {})


def head_of(record: Mapping[str, Any]) -> str:
    """Return how places of a record begin: `kind[id]`."""
    _, kind, id_ = str(record["ref"]).split(":", 2)
    return f"{kind}[{id_}]"


@lru_cache(maxsize=32_768)
def _steps(path: str) -> tuple[str | int, ...]:
    """Take a path apart: `.fields["a b"][0]` gives `fields`, `a b`, 0."""
    steps: list[str | int] = []
    for index, quoted, plain in _STEP.findall(path):
        if index:
            steps.append(int(index))
        elif plain:
            steps.append(plain)
        else:
            steps.append(_ESCAPE.sub(_unescaped, quoted) if "\\" in quoted else quoted)
    return tuple(steps)


def _unescaped(sign: re.Match[str]) -> str:
    return "]" if sign[1] == "u005d" else sign[1]


class Places:
    """The places of the records that a translation made, or that were stored of it."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = {head_of(record): record for record in records}
        self._held: dict[str, frozenset[object]] = {}

    def value(self, place: str) -> Json:
        """Return what stands at `kind[id].path`; None where there is nothing."""
        cut = place.find("].") + 1
        record = self._records.get(place[:cut]) if cut else None
        if record is None:
            for head, other in self._records.items():
                if place.startswith((head + ".", head + "[")):
                    cut, record = len(head), other
                    break
            else:
                return None
        held: Any = record
        for step in _steps(place[cut:]):
            if isinstance(held, dict):
                held = held.get(step if isinstance(step, str) else str(step))
            elif isinstance(held, list) and isinstance(step, int) and step < len(held):
                held = held[step]
            else:
                return None
        return held  # type: ignore[no-any-return]

    def stands(self, value: Json, place: str, *, derived: bool = False) -> bool:
        """Tell whether a value stands at a place. `derived`: by a derivation that the translation names; then the place holds something."""
        present = self.value(place)
        if present is None or present in _EMPTY:
            return False
        if derived or (present == value and type(present) is type(value)):
            return True
        if isinstance(value, dict | list):
            return False
        if isinstance(present, str) and isinstance(value, int | str) and present.endswith(f":{value}"):
            return True
        held = self._held.get(place)
        if held is None:
            held = self._held[place] = frozenset(_forms_within(present))
        return not held.isdisjoint(_forms(value))


def _forms_within(whole: Json) -> Iterator[object]:
    """Yield the forms of every scalar in a value."""
    stack = [whole]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif item is not None:
            yield from _forms(item)
            if isinstance(item, str) and (ref := _REF.fullmatch(item)):
                yield " ".join(ref[2].split())


def _forms(value: Json) -> Iterator[object]:
    """Yield the forms in which a scalar may stand: text, number and moment are told apart by their types."""
    if isinstance(value, bool):
        yield "true" if value else "false"
        return
    if isinstance(value, int | float):
        if not isfinite(value):
            return
        yield str(int(value)) if isinstance(value, int) or value.is_integer() else str(value)
        if int(value) in _EPOCH:
            yield from _moment(value / 1000 if value > _MILLISECONDS else value)
        return
    text = str(value)
    plain = " ".join(text.split())
    yield plain
    if len(text) > _SHORT:
        return
    if _TIME.match(text):
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return
        yield _rounded(at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC))
    elif ref := _REF.fullmatch(text):
        yield (ref[1], ref[2])
    else:
        try:
            number = float(plain)
        except ValueError:
            return
        if number.is_integer() and abs(number) < 1e15:
            yield str(int(number))
        else:
            yield str(number)


def _moment(seconds: float) -> Iterator[object]:
    try:
        yield _rounded(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, OSError, ValueError):
        return


def _rounded(at: datetime) -> int:
    """Return a moment in milliseconds."""
    return round(at.timestamp() * 1000)
