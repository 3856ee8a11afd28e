"""A request that reads, as data: paginators change it, the client sends it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from ticketferry.schema.refs import Json

__all__ = ["Parameters", "Place", "RestRequest", "value_at"]

Parameters: TypeAlias = Mapping[str, str | int | Sequence[str | int]]
Place: TypeAlias = Json
"""Where a list goes on, as a paginator says it: plain JSON, saved in a cursor. None is its beginning."""


@dataclass(frozen=True, slots=True)
class RestRequest:
    """What is asked: a path below the desk's address, a query, and for a question that is posted its body."""

    path: str
    params: Parameters = field(default_factory=dict)
    json: Any = None
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Return it as error messages name it."""
        return f"{self.method} {self.path}"

    def with_params(self, **params: str | int) -> "RestRequest":
        """Return the request with these parameters in its query."""
        return replace(self, params={**self.params, **params})

    def with_value(self, name: str, value: str | int) -> "RestRequest":
        """Return the request with a value where such values stand in it: in the body of one that has a body (`pagination.cursor` is a
        place in it), else in the query (where the name is taken as it is).
        """
        if self.json is None:
            return replace(self, params={**self.params, name: value})
        return replace(self, json=_put(self.json, name.split("."), value))


def _put(body: Any, steps: Sequence[str], value: Any) -> Any:
    held = dict(body) if isinstance(body, Mapping) else {}
    held[steps[0]] = value if len(steps) == 1 else _put(held.get(steps[0]), steps[1:], value)
    return held


def value_at(body: Any, path: str) -> Any:
    """Return what stands at a dotted path of an answer, None where nothing does; the empty path is the answer itself."""
    for step in path.split(".") if path else ():
        body = body.get(step) if isinstance(body, Mapping) else None
    return body
