"""The shape that an answer must have before anything is read out of it: checked once, where all answers come in."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

__all__ = ["Fits", "a_list", "about", "an_object", "anything", "holding", "object_at", "objects_at", "within"]

Fits = Callable[[Any], str]
"""Says what is wrong with a parsed answer; empty where it has the shape that was asked for."""


def an_object(body: Any) -> str:
    """Want an object."""
    return "" if isinstance(body, dict) else f"the answer is {_named(body)}, not an object"


def a_list(body: Any) -> str:
    """Want a list of objects."""
    if not isinstance(body, list):
        return f"the answer is {_named(body)}, not a list"
    return "" if all(isinstance(row, Mapping) for row in body) else "the answer lists what are no objects"


def anything(_: Any) -> str:
    """Take any JSON, also none."""
    return ""


def holding(*keys: str) -> Fits:
    """Want an object in which each of `keys` is a list of objects."""

    def fits(body: Any) -> str:
        wrong = an_object(body)
        if wrong:
            return wrong
        for key in keys:
            rows = body.get(key)
            if not isinstance(rows, list):
                return f"the answer holds no {key}"
            if not all(isinstance(row, Mapping) for row in rows):
                return f"the answer's {key} are no objects"
        return ""

    return fits


def within(fits: Fits, rows: str, key: str, names: Collection[str]) -> Fits:
    """Want `fits`, and of the rows of the list `rows` only such whose `key`, where they have one, was asked for."""
    known = frozenset(names)

    def check(body: Any) -> str:
        wrong = fits(body)
        if wrong:
            return wrong
        for row in body[rows]:
            if row.get(key) is not None and str(row[key]) not in known:
                return f"the answer tells of {row[key]}, which was not asked for"
        return ""

    return check


def about(wanted: object, *path: str) -> Fits:
    """Want an object in which the value at `path`, where there is one, is `asked`: the answer to this request and no other."""

    def check(body: Any) -> str:
        wrong = an_object(body)
        if wrong:
            return wrong
        value: Any = body
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is None or str(value) == str(wanted):
            return ""
        return f"the answer tells of {value}, and {wanted} was asked for"

    return check


def _named(body: Any) -> str:
    if body is None:
        return "empty"
    return {dict: "an object", list: "a list", str: "a text", bool: "true or false"}.get(
        type(body), "a number"
    )


def object_at(body: Any, path: str = "") -> dict[str, Any]:
    """Return the object at a dotted path, the body itself for none; an empty one for anything else that stands there."""
    for step in path.split(".") if path else ():
        body = body.get(step) if isinstance(body, dict) else None
    return body if isinstance(body, dict) else {}


def objects_at(body: Any, path: str) -> list[dict[str, Any]]:
    """Return the objects of the list at a dotted path, an empty one for each entry that is none; no list gives none."""
    outer, _, name = path.rpartition(".")
    rows = object_at(body, outer).get(name)
    return [object_at(row) for row in rows] if isinstance(rows, list) else []
