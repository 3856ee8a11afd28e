"""One fault: what happens to a request that it hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

__all__ = ["Fault", "FaultKind"]

FaultKind: TypeAlias = Literal[
    "drop_before",
    "drop_after",
    "status_before",
    "status_after",
    "rate_limited",
    "slow",
    "truncate_body",
    "repeat_page_border",
    "lag",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    `drop_before`/`drop_after`: the connection is closed without an answer, before or after the commit ·
    `status_before`/`status_after`: `status` (500, 502, 503) instead of the answer, with `retry_after` where given ·
    `rate_limited`: 429 in the vendor's form · `slow`: the answer takes `seconds` · `truncate_body`: headers and a part of
    the body, then closed · `repeat_page_border`: a page begins with the last record of the page before · `lag`: what this
    write changed shows in the search index `seconds` later than usual (the last two are played by the connector's
    handlers).

    `match` is a shell pattern over operation, group, path or `METHOD path`. The fault begins at the `nth` matching
    request (from 1, counted from when the fault was added) and hits `times` of them; None: all from there on.
    """

    kind: FaultKind
    match: str = "*"
    nth: int = 1
    times: int | None = 1
    status: int = 503
    seconds: float = 0.0
    retry_after: float | None = None
    writes_only: bool = False

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise ValueError(f"no fault of kind {self.kind!r}; there are {', '.join(get_args(FaultKind))}")
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError("nth and times count from 1")
