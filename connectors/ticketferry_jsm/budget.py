"""What an account may spend in an hour: Jira counts the cost of requests, of API tokens by an undocumented limit, of OAuth apps by points."""

from collections.abc import Mapping
from typing import Final

from ticketferry.sdk import Budget
from ticketferry.sdk.forecast import Pace

from .options import JsmOptions
from .pace import BURST_RATES

__all__ = ["COST", "CREATED", "POINTS", "budgets", "credential_words", "paces", "points_of", "told_units"]

COST: Final = "jira-cost-based"
"""`RateLimit-Reason` of the limit; Atlassian documents neither it nor its costs. Loads met 300,000 and 600,000 units an hour on
production sites and 150,000 on a sandbox, each account with a budget of its own, and about 150 units for a created issue [field notes]."""
CREATED: Final = 150.0
POINTS: Final = 65_000
"""Points an hour that all tenants of an OAuth app share, reset at the top of the hour [rate-limiting page, since 2026-03-02]."""
_HOURLY: Final = 10_000
"""An `X-RateLimit-Limit` of at least this many is a budget for an hour; limits for a second are a hundredth of it."""
_IDENTITIES = ("user.", "desk_customer.", "organization_user.", "mypermissions")
_OAUTH = ("client", "refresh", "bearer")


def budgets(options: JsmOptions, units: int) -> tuple[Budget, ...]:
    """Return the budget of the kind of credentials; `units`: what the desk's answers told of that of API tokens, 0 for none."""
    if options.way in _OAUTH:
        return (Budget("jira-quota", float(POINTS)),)
    return (Budget(COST, float(units), per_operation={"issue.create": CREATED}),)


def credential_words(options: JsmOptions) -> str:
    """Return what the kind of credentials has to do with the limits [rate-limiting page]."""
    if options.way in _OAUTH:
        return f"OAuth app: {POINTS:,} points an hour beside the limits of a second, shared by all its sites; a write costs 1, a read 1 and 1 an object"
    return "API token: no points are counted; the limits of a second by endpoint, 50 to 100 writes, and a cost an hour where the site tells one"


def paces(options: JsmOptions, units: int, share: float, now: float) -> tuple[Pace, ...]:
    """Return what holds reading back: the burst limit of each group of endpoints, and what may be spent in an hour."""
    bursts = [Pace(frozenset({group}), rate * share, 1.0) for group, rate in BURST_RATES.items()]
    every = frozenset(BURST_RATES)
    hourly = [
        # What others spend of it is not told, and nothing of ours holds it back before it is used up.
        Pace(every, budget.units, budget.seconds, budget.units, _top_of_hour(now), costed=budget.name != COST)
        for budget in budgets(options, units)
        if budget.units
    ]
    return (*bursts, *hourly)


def _top_of_hour(now: float) -> float:
    return (now // 3_600 + 1) * 3_600


def points_of(endpoint: str, objects: float) -> float:
    """Return what one request of reading costs in points: one, one more for each object, two for each identity [rate-limiting page]."""
    return 1.0 + objects * (2 if endpoint.startswith(_IDENTITIES) else 1)


def told_units(headers: Mapping[str, str]) -> int:
    """Return the units an hour that an answer's headers tell; 0 where they tell none, or only a limit for a second."""
    text = headers.get("x-ratelimit-limit", "").strip()
    return int(text) if text.isdigit() and int(text) >= _HOURLY else 0
