"""What a run asked a desk, by purpose: so that the cost of reading can be told apart from that of checking and of files."""

from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = ["PURPOSES", "EndpointCount", "RequestLog", "ledger", "purpose_of"]

PURPOSES = ("reading", "cross-check", "fallbacks", "set-up", "files", "totals", "inventory")
"""In the order in which they are shown."""
_BY_PREFIX = {
    "setup": "set-up",
    "oauth": "set-up",
    "check": "cross-check",
    "fallback": "fallbacks",
    "content": "files",
    "file": "files",
    "total": "totals",
    "absent": "totals",
    "inventory": "inventory",
}
"""First part of an endpoint's name in the run's log -> purpose."""
_BY_SUFFIX = {"content": "files"}
READING = "reading"


@dataclass(frozen=True, slots=True)
class EndpointCount:
    """One endpoint: how often it was asked, and how many of the answers refused for the pace (429)."""

    endpoint: str
    purpose: str
    requests: int
    refused: int


@dataclass(frozen=True, slots=True)
class RequestLog:
    """Requests to one desk. `requests` is the sum of `purposes`, and that of `endpoints`."""

    requests: int = 0
    refused: int = 0
    purposes: dict[str, int] = field(default_factory=dict)
    endpoints: tuple[EndpointCount, ...] = ()


def purpose_of(endpoint: str, doing: str) -> str:
    """Tell what a request was for: by what the core was doing, or more exactly by the endpoint's name where it says so."""
    if doing not in ("", READING):
        return doing
    first, _, rest = endpoint.partition(".")
    return _BY_PREFIX.get(first) or _BY_SUFFIX.get(rest.rpartition(".")[2]) or READING


def ledger(rows: Iterable[tuple[str, str, int, int]]) -> RequestLog:
    """Add up rows of (endpoint, what the core was doing, status, count)."""
    counts: dict[tuple[str, str], list[int]] = {}
    for endpoint, doing, status, count in rows:
        entry = counts.setdefault((purpose_of(endpoint, doing), endpoint), [0, 0])
        entry[0] += count
        entry[1] += count if status == 429 else 0
    entries = tuple(
        EndpointCount(endpoint, purpose, requests, refused)
        for (purpose, endpoint), (requests, refused) in sorted(
            counts.items(), key=lambda item: (PURPOSES.index(item[0][0]), -item[1][0], item[0][1])
        )
    )
    purposes = {
        name: sum(entry.requests for entry in entries if entry.purpose == name)
        for name in PURPOSES
        if any(entry.purpose == name for entry in entries)
    }
    return RequestLog(
        sum(entry.requests for entry in entries),
        sum(entry.refused for entry in entries),
        purposes,
        entries,
    )
