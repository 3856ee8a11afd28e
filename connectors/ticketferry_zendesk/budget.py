"""Rate limits as Zendesk tells them in its headers: the account's, and those of single endpoints."""

import re

from ticketferry.sdk import Answer, Pacer
from ticketferry.sdk.forecast import Pace
from ticketferry.sdk.rest.budgets import ROUNDED, BudgetHeaders, reserve
from ticketferry.sdk.rest.budgets import paces as told

__all__ = ["ACCOUNT", "CREDENTIAL", "GROUPS", "WINDOW", "WRITES_A_MINUTE", "learn", "paces"]

ACCOUNT = "zendesk-account"
"""Name of the account's limit among budgets."""
WINDOW = 60.0
"""Seconds of the account's window [DOC rate limits]."""
CREDENTIAL = (
    "by the plan of the account, the same for API tokens and OAuth clients: Team 200 a minute, Growth and Professional 400, Enterprise 700,"
    " Enterprise Plus and High Volume 2,500"
)
"""What the limit depends on [DOC rate limits]."""
WRITES_A_MINUTE = 400.0
"""What the plans Growth and Professional allow in a minute; answers tell what an account has [DOC rate limits]."""

GROUPS = ("read", "incremental", "deleted", "side", "write", "content")
"""Groups of requests that are paced apart; all count against the account's limit but `content`."""

_ACCOUNT = tuple(name for name in GROUPS if name != "content")
_LONG = 600.0
"""Seconds that the window of side conversations lasts; those of all others last a minute [DOC]."""
_BUDGET = BudgetHeaders(
    limit=("ratelimit-limit", "x-rate-limit", "rate-limit"),
    remaining=("ratelimit-remaining", "x-rate-limit-remaining", "rate-limit-remaining"),
    reset=("ratelimit-reset", "rate-limit-reset"),
    groups=_ACCOUNT,
)
"""Names vary by era [REC, DOC rate limits]."""
_PAIR = re.compile(r"(total|remaining|resets)\s*=\s*(\d+)")
_OWN = ("zendesk-ratelimit-", "zendesk-rate-limit-")


def learn(pacer: Pacer, response: Answer, group: str) -> int | None:
    """Hold back groups whose budget is used up until it is filled again; `pacer.share` of a budget is ours. Return the account's limit.

    Single endpoints tell theirs as `Zendesk-RateLimit-NAME: total=10; remaining=9; resets=50`, with or without the second hyphen [REC].
    """
    headers = response.headers
    limit = _BUDGET.learn(pacer, headers)
    for key, value in headers.items():
        if key.lower().startswith(_OWN):
            figures = {name: int(figure) for name, figure in _PAIR.findall(value)}
            if "remaining" in figures and "resets" in figures:
                pacer.learn(
                    key.lower(),
                    remaining=figures["remaining"],
                    reset=figures["resets"] + ROUNDED,
                    reserve=reserve(pacer, figures.get("total")),
                    shared=(group,),
                    total=figures.get("total", 0),
                )
    return limit


def paces(pacer: Pacer) -> tuple[Pace, ...]:
    """Return the limits that answers told, as far as they are ours."""
    return told(pacer, {"side-conversation": _LONG})
