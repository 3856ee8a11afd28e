"""Rate limits: a minute's allowance dealt out in windows of ten seconds [DOC rate limiting]."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ticketferry_emulators.intercom.exceptions import error_list
from ticketferry_emulators.kit.app import Answer
from ticketferry_emulators.kit.limits import FixedWindow, Limit, LimitVerdict

__all__ = ["SECONDS", "headers_of", "refusal_of", "rules"]

SECONDS = 10
UNCOUNTED = frozenset({"downloads"})


def rules(per_minute: int) -> list[Limit]:
    """Return the limit of an app: 1,000 a minute are 167 in ten seconds."""
    window = -(-per_minute * SECONDS // 60)
    return [
        Limit(
            "app", partial(FixedWindow, window, SECONDS), lambda call: None if call.group in UNCOUNTED else ""
        )
    ]


def headers_of(verdicts: list[LimitVerdict]) -> Iterator[tuple[str, str]]:
    """Yield the headers of an answer; the reset is in unix seconds."""
    for verdict in verdicts[:1]:
        yield "X-RateLimit-Limit", str(verdict.limit)
        yield "X-RateLimit-Remaining", str(verdict.remaining)
        yield "X-RateLimit-Reset", str(int(verdict.reset))


def refusal_of(verdict: LimitVerdict) -> Answer:
    """Answer what comes too often."""
    text = f"Exceeded rate limit of {verdict.limit} in {SECONDS}_seconds"
    return Answer(429, error_list("rate_limit_exceeded", text))
