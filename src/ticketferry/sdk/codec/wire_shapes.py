"""Shapes of wire values that translations rely on; what arrives in another one is set aside and kept as it came.

A shape is a tuple of types (exact: a bool is no number), a list of one shape, or a dict of shapes by key; keys that it does not
name may hold anything, and null fits everywhere.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from ticketferry.sdk.codec.rows import FieldRow
from ticketferry.sdk.trace import join_path

__all__ = ["ID", "Or", "Shape", "fit", "shape_of"]

ID = (int, str)
"""A number or its digits; programs in between write it with a decimal point, which is taken for the number."""


class Or(NamedTuple):
    """One of some types, or else a shape."""

    types: tuple[type, ...]
    shape: "Shape"


Shape: TypeAlias = "tuple[type, ...] | list[Any] | dict[str, Any] | Or"


def shape_of(rows: Iterable[FieldRow], apart: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shape of a wire record: what its rows read, and `apart`, what is read by other functions."""
    shape = dict(apart)
    for row in rows:
        inner, (*path, last) = shape, row.wire.split(".")
        for key in path:
            inner[key] = dict(inner.get(key, {}))
            inner = inner[key]
        inner.setdefault(last, row.type.shape)
    return shape


def fit(value: Any, shape: Shape, path: str, odd: list[str]) -> Any:
    """Return the value with None (in lists of objects: an empty object) for what does not fit, naming its path in `odd`.

    A value that fits is returned as it is. A list of plain values that holds an odd one is odd as a whole.
    """
    if value is None:
        return None
    if isinstance(shape, Or):
        if type(value) in shape.types:
            return value
        shape = shape.shape
    if isinstance(shape, tuple):
        if type(value) in shape:
            return value
        if shape is ID and _is_whole(value):
            return int(value)
    elif isinstance(shape, dict):
        if isinstance(value, dict):
            return _fit_object(value, shape, path, odd)
    elif isinstance(value, list):
        return _fit_list(value, shape[0], path, odd)
    odd.append(path)
    return None


def _is_whole(value: Any) -> bool:
    """Tell whether a number is whole with a decimal point: programs in between write ids so."""
    return isinstance(value, float) and value.is_integer()


def _fit_object(value: dict[str, Any], shape: dict[str, Any], path: str, odd: list[str]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for key, item in value.items():
        wanted = shape.get(key)
        if wanted is None or item is None or (type(wanted) is tuple and type(item) in wanted):
            continue
        fitted = fit(item, wanted, join_path(path, key) if path else key, odd)
        if fitted is not item:
            changed[key] = fitted
    return {**value, **changed} if changed else value


def _fit_list(value: list[Any], shape: Shape, path: str, odd: list[str]) -> list[Any] | None:
    if isinstance(shape, tuple):
        if all(type(item) in shape for item in value):
            return value
        if shape is ID and all(type(item) in shape or _is_whole(item) for item in value):
            return [int(item) if isinstance(item, float) else item for item in value]
        odd.append(path)
        return None
    fitted = [fit(item, shape, f"{path}[{index}]", odd) for index, item in enumerate(value)]
    if all(one is other for one, other in zip(fitted, value, strict=True)) and None not in fitted:
        return value
    return [{} if item is None else item for item in fitted]
