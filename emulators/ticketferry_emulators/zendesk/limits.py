"""What each plan allows in a minute, and what single endpoints allow whatever the plan [DOC rate limits]."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from ticketferry_emulators.kit.app import Answer, Call
from ticketferry_emulators.kit.limits import FixedWindow, Limit, LimitVerdict
from ticketferry_emulators.zendesk.write_limits import write_rules

__all__ = ["PLANS", "limit_headers", "rules", "too_many"]

PLANS: Mapping[str, int] = {
    "team": 200, "growth": 400, "professional": 400, "enterprise": 700, "enterprise_plus": 2_500, "essential": 10,
}  # fmt: skip
_ACCOUNT = "account"


class _Endpoint(NamedTuple):
    """A limit of its own: name in the header, requests, seconds, and the route groups it counts together."""

    name: str
    limit: int
    seconds: int
    groups: tuple[str, ...]


_ENDPOINTS = (
    _Endpoint("incremental-exports", 10, 60, ("incremental",)),
    _Endpoint("incremental-exports-sample", 10, 1_200, ("incremental-sample",)),
    _Endpoint("tickets-index", 100, 60, ("tickets-index",)),
    _Endpoint("deleted-tickets-index", 10, 60, ("deleted_tickets",)),
    _Endpoint("side-conversation-events", 600, 600, ("side_conversations",)),
    _Endpoint("search-export-index", 100, 60, ("search_export",)),
    _Endpoint("attachments-content", 2_500, 60, ("attachments",)),
    _Endpoint("tickets-update", 100, 60, ("tickets-update",)),
    _Endpoint("tickets-destroy", 400, 60, ("tickets-delete",)),
    # the name is recorded, the number is not known: that of the list of deleted tickets
    _Endpoint("deleted-tickets-destroy", 10, 60, ("deleted-tickets-destroy",)),
    _Endpoint("ticket-field-options", 100, 60, ("field-options",)),
    _Endpoint("users-update", 1, 1, ("users-update",)),
)
_HIGH_VOLUME = {"incremental-exports": 30, "tickets-index": 300, "tickets-update": 300}
_UNCOUNTED = frozenset({"content", "oauth"})


def rules(plan: str, *, high_volume: bool = False) -> list[Limit]:
    """Return the limits of a plan; `high_volume` is the add-on. KeyError for an unknown plan."""
    total = max(PLANS[plan], 2_500) if high_volume else PLANS[plan]
    limits = [
        Limit(
            _ACCOUNT, partial(FixedWindow, total, 60), lambda call: None if call.group in _UNCOUNTED else ""
        )
    ]
    for name, limit, seconds, groups in _ENDPOINTS:
        allowed = _HIGH_VOLUME.get(name, limit) if high_volume else limit
        limits.append(Limit.of_group(name, partial(FixedWindow, allowed, seconds), *groups))
    return [*limits, *write_rules()]


def limit_headers(call: Call, verdicts: list[LimitVerdict]) -> dict[str, str]:
    """Return the headers of both eras [REC] and one for each endpoint limit [PROBE, DOC]; resets in seconds."""
    headers: dict[str, str] = {}
    for verdict in verdicts:
        resets = max(0, round(verdict.reset - call.time))
        if verdict.name == _ACCOUNT:
            headers |= {
                "X-Rate-Limit": str(verdict.limit), "X-Rate-Limit-Remaining": str(verdict.remaining),
                "ratelimit-limit": str(verdict.limit), "ratelimit-remaining": str(verdict.remaining),
                "ratelimit-reset": str(resets),
            }  # fmt: skip
        else:
            text = f"total={verdict.limit}; remaining={verdict.remaining}; resets={resets}"
            headers[f"Zendesk-RateLimit-{verdict.name}"] = text
    return headers


def too_many(refusal: LimitVerdict) -> Answer:
    """Answer what comes too often: the account's limit in one envelope, an endpoint's in another."""
    headers = {"Retry-After": str(max(1, round(refusal.retry_after)))}
    if refusal.name == _ACCOUNT:
        description = "You have exceeded the API rate limit. Please wait before making further requests."
        return Answer(429, {"error": "APIRateLimitExceeded", "description": description}, headers)
    detail = f"Number of allowed API requests per minute exceeded ({refusal.name})"
    return Answer(
        429,
        {"errors": [{"code": "TooManyRequests", "title": "Too Many Requests", "detail": detail}]},
        headers,
    )
