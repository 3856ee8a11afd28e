"""Symbolic values: operations as JSON, and the same with their values filled in."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import orjson

from ticketferry.schema.records import canonical
from ticketferry.schema.refs import Json, Ref, parse_ref
from ticketferry.sdk.contract import Blob, From, Join, Template

__all__ = ["decode", "encode", "needs", "resolve", "written"]

_KEY = "$key:"
"""Begins a key of an object that is a From; literal keys with `$` are doubled."""

_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS


def encode(template: Template) -> Json:
    """Turn a template into plain JSON: From, Join and Blob become `$` objects, literal keys with `$` are doubled."""
    if isinstance(template, From):
        return {"$from": [str(template.ref), template.slot, *(["int"] if template.as_int else [])]}
    if isinstance(template, Join):
        return {"$join": [encode(part) for part in template.parts]}
    if isinstance(template, Blob):
        return {"$blob": [template.sha256, template.name, template.media_type]}
    if isinstance(template, dict):
        return {_encoded_key(key): encode(item) for key, item in template.items()}
    if isinstance(template, list):
        return [encode(item) for item in template]
    return template


def decode(value: Json) -> Template:
    """Turn saved JSON back into a template. Raises ValueError for an unknown `$` object."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, item),) = value.items()
        if key.startswith("$") and not key.startswith(("$$", _KEY)):
            return _symbol(key, item)
    return {_decoded_key(key): decode(item) for key, item in value.items()}


def _encoded_key(key: str | From) -> str:
    if isinstance(key, From):
        return f"{_KEY}{key.slot}:{key.ref}"
    return "$" + key if key.startswith("$") else key


def _decoded_key(key: str) -> str:
    if key.startswith(_KEY):
        slot, _, ref = key.removeprefix(_KEY).partition(":")
        return cast("str", From(parse_ref(ref), slot))
    return key[1:] if key.startswith("$$") else key


def _symbol(key: str, item: Any) -> Template:
    if key == "$from":
        return From(parse_ref(item[0]), item[1], as_int=len(item) > 2)
    if key == "$join":
        return Join(tuple(cast("str | From", decode(part)) for part in item))
    if key == "$blob":
        return Blob(*item)
    msg = f"unknown symbolic value {key}"
    raise ValueError(msg)


def needs(template: Template) -> Iterator[From]:
    """Yield every From of a template, in order."""
    stack: list[Template] = [template]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack.extend(reversed(item.values()))
            stack.extend(key for key in reversed(cast("dict[Any, Template]", item)) if isinstance(key, From))
        elif isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, From):
            yield item
        elif isinstance(item, Join):
            stack.extend(reversed(item.parts))


def written(template: Template) -> tuple[bytes, list[From]]:
    """Return the canonical bytes of `encode(template)`, and every From in it, in one walk that orjson does."""
    waits_for: list[From] = []
    symbols = 0

    def symbol(value: Any) -> Json:
        nonlocal symbols
        if isinstance(value, From):
            waits_for.append(value)
        elif not isinstance(value, Join | Blob):
            raise TypeError
        symbols += 1
        # orjson asks again for each part that is symbolic itself.
        return {"$join": cast("list[Json]", list(value.parts))} if isinstance(value, Join) else encode(value)

    try:
        data = orjson.dumps(template, symbol, _CANONICAL)
    except TypeError:
        symbols = -1
    else:
        if data.count(b'"$') == symbols:
            return data, waits_for
    # A literal key (or a text) begins with $, or a value is none that orjson writes as it is.
    return canonical(encode(template)), list(needs(template))


def resolve(template: Template, slot: Callable[[Ref, str], str]) -> Template:
    """Fill in every From and Join by `slot(ref, name)`; Blobs stay. `slot` raises KeyError for what is not there."""
    if isinstance(template, From):
        value = slot(template.ref, template.slot)
        return int(value) if template.as_int else value
    if isinstance(template, Join):
        return "".join(
            part if isinstance(part, str) else slot(part.ref, part.slot) for part in template.parts
        )
    if isinstance(template, Blob):
        return template
    if isinstance(template, dict):
        return {_key(key, slot): resolve(item, slot) for key, item in template.items()}
    if isinstance(template, list):
        return [resolve(item, slot) for item in template]
    return template


def _key(key: str | From, slot: Callable[[Ref, str], str]) -> str:
    return slot(key.ref, key.slot) if isinstance(key, From) else key
