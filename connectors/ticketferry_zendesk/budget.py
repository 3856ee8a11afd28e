"""Rate limits as Zendesk tells them in its headers: the account's, and those of single endpoints."""

import re

from ticketferry.sdk import Answer, Pacer
from ticketferry.sdk.forecast import Pace

__all__ = ["GROUPS", "learn", "paces"]

GROUPS = ("read", "incremental", "deleted", "side", "write", "content")
"""Groups of requests that are paced apart; all count against the account's limit but `content`."""

_ACCOUNT = tuple(name for name in GROUPS if name != "content")
_ROUNDED = 1.0
"""Seconds that a reset is later at most than the header says, since it is told in whole seconds."""
_WINDOW, _LONG = 60.0, 600.0
"""Seconds that a limit's window lasts."""
_PAIR = re.compile(r"(total|remaining|resets)\s*=\s*(\d+)")
_OWN = ("zendesk-ratelimit-", "zendesk-rate-limit-")


def learn(pacer: Pacer, response: Answer, group: str) -> int | None:
    """Hold back groups whose budget is used up until it is filled again; `pacer.share` of a budget is ours. Return the account's limit.

    Names of the headers vary by era: `X-Rate-Limit-Remaining`, `ratelimit-remaining`, `rate-limit-remaining`, and for one endpoint
    `Zendesk-RateLimit-NAME: total=10; remaining=9; resets=50` with or without the second hyphen [REC, DOC rate limits].
    """
    headers = response.headers
    limit = _number(
        headers.get("ratelimit-limit") or headers.get("x-rate-limit") or headers.get("rate-limit")
    )
    remaining = _number(
        headers.get("ratelimit-remaining")
        or headers.get("x-rate-limit-remaining")
        or headers.get("rate-limit-remaining")
    )
    reset = _number(headers.get("ratelimit-reset") or headers.get("rate-limit-reset"))
    if remaining is not None and reset is not None:
        pacer.learn(
            "account",
            remaining=remaining,
            reset=reset + _ROUNDED,
            reserve=_reserve(pacer, limit),
            shared=_ACCOUNT,
            total=limit or 0,
        )
    for key, value in headers.items():
        if key.lower().startswith(_OWN):
            told = {name: int(figure) for name, figure in _PAIR.findall(value)}
            if "remaining" in told and "resets" in told:
                reserve = _reserve(pacer, told.get("total"))
                pacer.learn(
                    key.lower(),
                    remaining=told["remaining"],
                    reset=told["resets"] + _ROUNDED,
                    reserve=reserve,
                    shared=(group,),
                    total=told.get("total", 0),
                )
    return limit


def paces(pacer: Pacer) -> tuple[Pace, ...]:
    """Return the limits that answers told, as far as they are ours. Windows last a minute, those of side conversations ten [DOC]."""
    return tuple(
        Pace(
            frozenset(heard.groups),
            heard.total,
            _LONG if "side-conversation" in name else _WINDOW,
            max(0, heard.left),
            heard.until - _ROUNDED,
            _ROUNDED,
        )
        for name, heard in pacer.budgets().items()
        if heard.total > 0
    )


def _reserve(pacer: Pacer, limit: int | None) -> int:
    """Requests of a budget that are left to the live desk."""
    return int((limit or 0) * (1 - pacer.share) + 1e-9)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdigit() else None
