"""Which operations of a vendor's API document an emulator serves: the tables of docs/emulators.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ticketferry_emulators.kit.messages import Route

__all__ = ["Served", "served", "table"]

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_CALL = re.compile(
    r"^(?:GET|POST|PUT|DELETE)(?: and (?:GET|POST|PUT|DELETE))? /\S*?(?:[:;] |\.$|$| (?=of |on ))"
)
"""How a handler's docstring may begin: with the call itself, after which the operation's words stand for it."""
_VERBS = {
    "list": "List",
    "get": "Show",
    "add": "Add",
    "create": "Create",
    "edit": "Change",
    "update": "Change",
    "put": "Set",
    "delete": "Delete",
    "remove": "Remove",
}


class Served(NamedTuple):
    """One operation that an emulator serves, and what its handler says of it."""

    operation: str
    method: str
    path: str
    what: str


def served(routes: Iterable[Route]) -> Iterator[Served]:
    """Yield the operations in order of path and method; a path with `.json` at its end is not one of its own."""
    rows = {
        (route.path, route.method): Served(route.operation, route.method, route.path, _what(route))
        for route in routes
        if not route.path.endswith(".json")
    }
    yield from (rows[key] for key in sorted(rows))


def table(routes: Iterable[Route], *, only: Iterable[str] = (), but: Iterable[str] = ()) -> str:
    """Return the operations as a Markdown table: those named `only`, or all `but` these."""
    wanted, left_out = frozenset(only), frozenset(but)
    lines = ["| operation | method | path | what |", "|---|---|---|---|"]
    lines += [
        f"| {row.operation} | {row.method} | `{row.path}` | {row.what.replace('|', '&#124;')} |"
        for row in served(routes)
        if (row.operation in wanted if wanted else row.operation not in left_out)
    ]
    return "\n".join(lines) + "\n"


def _what(route: Route) -> str:
    """Return the first sentence of the handler's docstring, without its sources; without one, the operation's words."""
    text = (route.handler.__doc__ or "").strip().split("\n\n")[0].split("\n")[0]
    text = re.sub(r"\s*\[[^\]]*\]", "", text).strip()
    call = _CALL.match(text)
    if call is None:
        return text.rstrip(".") or _said(route.operation)
    more = text[call.end() :].rstrip(".")
    return f"{_said(route.operation)}: {more}" if more else _said(route.operation)


def _said(operation: str) -> str:
    """Return the words of an operation: `ListBrands` -> "List brands", `comment.list` -> "List comments"."""
    noun, dot, verb = operation.replace("_", " ").rpartition(".")
    if not dot or verb not in _VERBS:
        return " ".join(word.lower() for word in _WORDS.findall(operation)).capitalize()
    if verb == "list":
        return f"List {_plural(noun)}"
    return f"{_VERBS[verb]} {'an' if noun[0] in 'aeio' else 'a'} {noun}"


def _plural(noun: str) -> str:
    if noun.endswith("y"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"
