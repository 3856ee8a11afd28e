"""The platform API as version 2 serves it: the same routes, with texts in the place of documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson

from ticketferry_emulators.jsm.models import adf
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["as_version_2"]

_V2, _V3 = "/rest/api/2", "/rest/api/3"
_TEXTS = frozenset({"description", "environment", "body"})
"""Keys whose strings are texts with structure; work logs have theirs under `comment`."""


def as_version_2(routes: Iterable[Route]) -> list[Route]:
    """Return the platform's routes once more under version 2. Wiki markup is taken and given as plain text: no marks are read."""
    return [_second(route) for route in routes if route.path.startswith(_V3)]


def _second(route: Route) -> Route:
    def handler(state: SiteState, call: Call) -> Answer:
        inner = call
        if route.method in ("POST", "PUT") and call.body and not call.files:
            inner = replace(call, body=orjson.dumps(_documents(call.json, route, state)))
        answer = route.handler(state, inner)
        body = answer.body
        return (
            replace(answer, body=_texts(body)) if body is not None and not isinstance(body, bytes) else answer
        )

    return replace(route, path=_V2 + route.path.removeprefix(_V3), handler=handler)


def _documents(value: Any, route: Route, state: SiteState) -> Any:
    """Make documents of the texts of a request."""
    areas = {known.id for known in state.fields.values() if known.custom.endswith(":textarea")} | _TEXTS
    if route.operation.startswith("worklog."):
        areas.add("comment")

    def walk(item: Any) -> Any:
        if isinstance(item, dict):
            return {
                key: adf.paragraph(part) if key in areas and isinstance(part, str) and part else walk(part)
                for key, part in item.items()
            }
        return [walk(part) for part in item] if isinstance(item, list) else item

    if "propert" in route.operation:
        return value
    return walk(value)


def _texts(value: Any) -> Any:
    """Make texts of the documents of an answer; properties are what they are."""
    if isinstance(value, dict):
        if value.get("type") == "doc" and "content" in value:
            return adf.plain_text(value)
        return {key: _part(key, part) for key, part in value.items()}
    return [_texts(part) for part in value] if isinstance(value, list) else value


def _part(key: str, value: Any) -> Any:
    if key == "self" and isinstance(value, str):
        return value.replace(_V3, _V2, 1)
    return value if key == "properties" else _texts(value)
