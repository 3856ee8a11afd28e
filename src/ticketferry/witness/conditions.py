"""A plain reading of the conditions of a mapping, by what the wire tells of a ticket: it holds, it does not, or that is not judged here.

It shares nothing with the language's own compiler. What it does not read for certain (`matches`, times, comparisons, people, numbers
written in two ways) is None: the witness then says that it did not judge, and explains nothing by it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["holds"]

Asked = Mapping[str, Sequence[str]]
"""Word of a condition -> the values on the wire; a word that is missing cannot be judged."""


def holds(condition: Any, asked: Asked) -> bool | None:
    """Return whether a condition as written holds for a ticket; None where this reading cannot tell."""
    if condition in (None, "always"):
        return True
    if not isinstance(condition, Mapping) or not condition:
        return None
    return _all([_entry(str(key), item, asked) for key, item in condition.items()])


def _entry(key: str, item: Any, asked: Asked) -> bool | None:
    if key in ("all", "any"):
        if not isinstance(item, list | tuple) or not item:
            return None
        parts = [holds(part, asked) for part in item]
        return _all(parts) if key == "all" else _not(_all([_not(part) for part in parts]))
    if key == "not":
        return _not(holds(item, asked))
    found = asked.get("tags" if key == "tag" else key)
    return None if found is None else _test(found, item)


def _test(found: Sequence[str], item: Any) -> bool | None:
    if isinstance(item, Mapping):
        if set(item) != {"not"}:
            return None
        return _not(_test(found, item["not"]))
    if isinstance(item, list | tuple):
        return _not(_all([_not(_equal(found, part)) for part in item])) if item else None
    if item == "present":
        return bool(found)
    if item == "absent":
        return not found
    return _equal(found, item)


def _equal(found: Sequence[str], item: Any) -> bool | None:
    if not isinstance(item, str) or not item.strip() or item.strip()[0] in "<>=!":
        return None
    if any(value.casefold() == item.casefold() for value in found):
        return True
    # A number or a day can be written in more than one way.
    return None if item.strip()[0] in "+-.0123456789" else False


def _all(parts: Sequence[bool | None]) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value
