"""How routes are declared: every path of the API answers with and without `.json`."""

from __future__ import annotations

from collections.abc import Iterator

from ticketferry_emulators.kit.app import Call, Handler, NotServed, Route

__all__ = ["both", "identifier", "identifiers", "writes"]


def both(path: str, handler: Handler, operation: str, group: str) -> Iterator[Route]:
    """Yield the GET route of a path, plain and with `.json`; `operation` is the name in the vendor's document."""
    yield Route("GET", path, handler, operation, group)
    yield Route("GET", f"{path}.json", handler, operation, group)


def writes(method: str, path: str, handler: Handler, operation: str, group: str) -> Iterator[Route]:
    """Yield the route of a writing call, plain and with `.json`."""
    yield Route(method, path, handler, operation, group, write=True)
    yield Route(method, f"{path}.json", handler, operation, group, write=True)


def identifier(call: Call, name: str = "id") -> int:
    """Return an id from the path; raises NotServed for a word, which names another operation than this route's."""
    text = call.params[name].removesuffix(".json")
    if not (text.isascii() and text.isdigit()):
        raise NotServed(f"{call.method} {call.path}")
    return int(text)


def identifiers(call: Call, name: str = "ids") -> list[int]:
    """Return the ids of a show_many call; anything that is no number is left out."""
    parts = (part.strip() for part in (call.query.get(name) or "").split(","))
    return list(dict.fromkeys(int(part) for part in parts if part.isascii() and part.isdigit()))
