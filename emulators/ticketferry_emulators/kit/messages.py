"""What a handler gets and gives: routes, calls, answers, refusals."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote

import orjson

from ticketferry_emulators.kit.fault import Fault

__all__ = [
    "Answer",
    "Call",
    "Handler",
    "Json",
    "MalformedBodyError",
    "NotServed",
    "Query",
    "Refused",
    "Route",
    "Router",
    "Upload",
]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class MalformedBodyError(ValueError):
    """The body is not the JSON that its route wants."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with JSON, raw bytes or nothing.

    `committed` tells the ledger whether the state has changed; None: a write route with a status below 400 has.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    committed: bool | None = None

    def encoded(self) -> tuple[bytes, str | None]:
        """Return the bytes to send and their content type (None where the headers name it or there is no body)."""
        named = any(name.lower() == "content-type" for name in self.headers)
        if self.body is None:
            return b"", None
        if isinstance(self.body, bytes):
            return self.body, None if named else "application/octet-stream"
        return orjson.dumps(self.body), None if named else "application/json;charset=UTF-8"


class Refused(Exception):  # noqa: N818 - an answer that a handler raises, not a fault of the program
    """Raised inside a handler, before anything has changed: `answer` is sent."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"status {answer.status}")
        self.answer = answer


class NotServed(Exception):  # noqa: N818 - an answer that a handler raises, not a fault of the program
    """Raised inside a handler, before anything has changed, for what the product answers and this stand-in does not.

    `what` says in words what it is; it is answered 501 in the stand-in's own words, never in the vendor's: a client that
    reads "not found" or "invalid" would take it for the product's answer.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Query:
    """The query string as a multi-dict, order kept."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs: list[tuple[str, str]] = list(pairs)

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the first value of `name`."""
        return next((value for key, value in self.pairs if key == name), default)

    def all(self, name: str) -> list[str]:
        """Return every value of `name`, in order."""
        return [value for key, value in self.pairs if key == name]

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self.pairs)

    @classmethod
    def parse(cls, raw: bytes) -> Query:
        """Parse the raw query string of a request."""
        return cls(parse_qsl(raw.decode("latin-1"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart body."""

    field: str
    name: str
    media_type: str
    content: bytes


Handler: TypeAlias = "Callable[[Any, Call], Answer]"


@dataclass(frozen=True, slots=True)
class Route:
    """One served call. `group`: what limits count by; `write`: it changes the desk (a search by POST does not).

    `path` has `{name}` for one segment or a part of it (`{id}.json`) and `{name:path}` for the rest. `public`: no
    credentials are asked for. `origin`: which of the emulator's origins serves it.
    """

    method: str
    path: str
    handler: Handler
    operation: str
    group: str
    write: bool = False
    public: bool = False
    origin: str = "api"


@dataclass(slots=True)
class Call:
    """One request as a handler sees it; header names are lower case."""

    sequence: int
    time: float
    method: str
    path: str
    query: Query
    headers: Mapping[str, str]
    body: bytes
    route: Route | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[Upload] = ()
    origin: str = "api"
    fault: Fault | None = None
    account: str | None = None

    @property
    def operation(self) -> str:
        """The operation's name, empty for an unknown route."""
        return self.route.operation if self.route else ""

    @property
    def group(self) -> str:
        """The route's group, empty for an unknown route."""
        return self.route.group if self.route else ""

    @property
    def json(self) -> Any:
        """The parsed body; None for an empty one. Raises MalformedBodyError."""
        if not self.body:
            return None
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise MalformedBodyError(str(error)) from error

    def suffers(self, kind: str) -> bool:
        """Say whether a fault of this kind was chosen for the call (for kinds that only a handler can play)."""
        return self.fault is not None and self.fault.kind == kind

    def matches(self, pattern: str) -> bool:
        """Match a shell pattern against the operation, the group, the path or `METHOD path`."""
        names = (self.operation, self.group, self.path, f"{self.method} {self.path}")
        return any(fnmatch.fnmatchcase(name, pattern) for name in names)


_PARAM = re.compile(r"\{(\w+)(:path)?\}")


class Router:
    """Finds the route of a request; a literal segment wins over a parameter, whatever the order of declaration."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[tuple[str, str, str], Route] = {}
        self._patterns: dict[tuple[str, str, int], list[tuple[re.Pattern[str], Route]]] = {}
        self._open: dict[tuple[str, str], list[tuple[re.Pattern[str], Route]]] = {}
        for route in sorted(routes, key=lambda route: _looseness(route.path)):
            method = route.method.upper()
            if "{" not in route.path:
                self._exact.setdefault((route.origin, method, route.path), route)
                continue
            pattern = _compile(route.path)
            if ":path}" in route.path:
                self._open.setdefault((route.origin, method), []).append((pattern, route))
            else:
                key = (route.origin, method, route.path.count("/"))
                self._patterns.setdefault(key, []).append((pattern, route))

    def find(self, origin: str, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Return the route and its decoded path parameters; `path` is the raw, still percent-encoded one."""
        exact = self._exact.get((origin, method, path))
        if exact is not None:
            return exact, {}
        candidates = [
            *self._patterns.get((origin, method, path.count("/")), ()),
            *self._open.get((origin, method), ()),
        ]
        for pattern, route in candidates:
            found = pattern.fullmatch(path)
            if found:
                return route, {name: unquote(value) for name, value in found.groupdict().items()}
        return None


@cache
def _looseness(path: str) -> tuple[bool, list[bool], int]:
    """Sort key: fewer and later parameters first; of two with a parameter, the longer literal part."""
    segments = path.split("/")
    return ":path}" in path, ["{" in segment for segment in segments], -len(_PARAM.sub("", path))


@cache
def _compile(path: str) -> re.Pattern[str]:
    parts: list[str] = []
    at = 0
    for found in _PARAM.finditer(path):
        parts.append(re.escape(path[at : found.start()]))
        parts.append(f"(?P<{found[1]}>{'.*' if found[2] else '[^/]+'})")
        at = found.end()
    parts.append(re.escape(path[at:]))
    return re.compile("".join(parts))
