"""The shape that an answer must have before anything is read out of it: checked once, where all answers come in."""

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Fits", "a_list", "an_object", "anything", "holding"]

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


def _named(body: Any) -> str:
    if body is None:
        return "empty"
    return {dict: "an object", list: "a list", str: "a text", bool: "true or false"}.get(
        type(body), "a number"
    )
