"""Jira's three rate-limit systems: a burst limit for each endpoint, a limit on the writes of one issue, an hourly quota of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ticketferry_emulators.jsm.exceptions import collection
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.kit.app import Answer, Call
from ticketferry_emulators.kit.limits import Limit, LimitVerdict, SlidingWindow, TokenBucket

__all__ = [
    "QUOTA",
    "Points",
    "bursts",
    "cost_limit",
    "cost_of",
    "headers_of",
    "per_issue",
    "quota_of",
    "refusal_of",
    "units_of",
]

QUOTA = 65_000
"""Points an hour of an OAuth app in its first tier, shared by its tenants [RL]."""
_HOUR = 3_600.0
_BURST = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
_BURST_OWN = {"issue.get": 150, "attachment.content": 300, "issue.changelog": 200, "desk_customer.list": 5}
_REASONS = {
    "burst": "jira-burst-based",
    "issue": "jira-per-issue-on-write",
    "tenant": "jira-quota-tenant-based",
    "quota": "jira-quota-global-based",
    "cost": "jira-cost-based",
}
_IDENTITIES = ("user.", "users.", "mypermissions", "desk_customer.", "organization_user.")


class Points:
    """Points used since the top of the hour; a request may be let in while there is one left, and costs what it turns out to cost."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._hour = -1

    def _turn(self, now: float) -> None:
        hour = int(now // _HOUR)
        if hour != self._hour:
            self._hour, self.used = hour, 0

    def look(self, now: float) -> tuple[bool, int, int, float, float]:
        """See ticketferry_emulators.kit.limits.LimitMeter.look."""
        self._turn(now)
        reset = (now // _HOUR + 1) * _HOUR
        allowed = self.used < self.limit
        return allowed, self.limit, max(0, self.limit - self.used), reset, 0.0 if allowed else reset - now

    def take(self, now: float) -> None:
        """Count the base point of a request; `cost_of` its answer comes on top."""
        self._turn(now)
        self.used += 1


def cost_of(call: Call, body: Any) -> int:
    """Return what an answer costs beside its base point: one for each object, two for each identity; nothing for a write [RL]."""
    if call.route is None or call.route.write:
        return 0
    rows: Any = body
    if isinstance(body, Mapping):
        rows = next(
            (
                body[name]
                for name in ("issues", "values", "comments", "worklogs", "issueChangeLogs")
                if isinstance(body.get(name), list)
            ),
            [body],
        )
    count = len(rows) if isinstance(rows, Sequence) and not isinstance(rows, bytes | str) else 0
    return count * (2 if call.operation.startswith(_IDENTITIES) else 1)


def bursts() -> list[Limit]:
    """Return the burst limits: for each endpoint by its method, and the endpoints with values of their own."""

    def limit(name: str, per_second: int, *, operation: str = "", method: str = "") -> Limit:
        def key(call: Call) -> str | None:
            if operation:
                return call.operation if call.operation == operation else None
            served = call.origin in ("api", "gateway")
            if call.method != method or call.operation in _BURST_OWN or not served:
                return None
            return call.operation

        return Limit(f"burst:{name}", lambda: TokenBucket(per_second), key)

    return [
        *(limit(name, rate, operation=name) for name, rate in _BURST_OWN.items()),
        *(limit(name, rate, method=name) for name, rate in _BURST.items()),
    ]


def per_issue(state: SiteState) -> list[Limit]:
    """Return the limits on the writes of one issue: 20 in 2 seconds and 100 in 30."""

    def key(call: Call) -> str | None:
        if call.route is None or not call.route.write or "key" not in call.params:
            return None
        with state.lock:
            issue = state.issue(call.params["key"])
        return issue.id if issue is not None else None

    return [
        Limit("issue:short", lambda: SlidingWindow(20, 2.0), key),
        Limit("issue:long", lambda: SlidingWindow(100, 30.0), key),
    ]


def quota_of(points: Points, name: str = "quota") -> Limit:
    """Return the hourly quota of OAuth apps; API tokens have none. `name`: `quota` for the app, `tenant` for the site."""

    def key(call: Call) -> str | None:
        bearer = call.headers.get("authorization", "").lower().startswith("bearer")
        return "" if bearer and call.origin == "gateway" else None

    return Limit(name, lambda: points, key)


def units_of(call: Call, body: Any) -> int:
    """Return what an answer costs an API token beside its base unit: 149 for each issue that was created [field notes]."""
    if call.operation not in ("issue.create", "issue.create_bulk") or not isinstance(body, Mapping):
        return 0
    made = body.get("issues") if call.operation == "issue.create_bulk" else [body]
    return 149 * len(made) if isinstance(made, list) else 0


def cost_limit(points: Points) -> Limit:
    """Return the hourly budget of API tokens on a site that counts cost; Atlassian does not document it [field notes]."""

    def key(call: Call) -> str | None:
        basic = call.headers.get("authorization", "").lower().startswith("basic")
        return "" if basic and call.origin in ("api", "gateway") else None

    return Limit("cost", lambda: points, key)


def headers_of(verdicts: list[LimitVerdict]) -> dict[str, str]:
    """Return the X-RateLimit headers of the tightest limit, and the structured ones of the quota where it applies."""
    if not verdicts:
        return {}
    costs = [verdict for verdict in verdicts if verdict.name == "cost"]
    # A site that counts cost tells that budget, whatever the limit for a second is [field notes].
    tightest = (
        costs[0]
        if costs
        else min(verdicts, key=lambda verdict: (verdict.allowed, verdict.remaining / verdict.limit))
    )
    headers = {
        "X-RateLimit-Limit": str(tightest.limit),
        "X-RateLimit-Remaining": str(tightest.remaining),
    }
    if tightest.remaining < tightest.limit * 0.2:
        headers["X-RateLimit-NearLimit"] = "true"
    for verdict in verdicts:
        if verdict.name in ("quota", "tenant"):
            policy = '"global-app-quota"' if verdict.name == "quota" else '"tenant-quota"'
            headers["Beta-RateLimit-Policy"] = f"{policy};q={verdict.limit};w=3600"
            headers["Beta-RateLimit"] = f"{policy};r={verdict.remaining}"
    return headers


def refusal_of(refusal: LimitVerdict, now: float) -> Answer:
    """429 with the reason and the time to wait, whole seconds, rounded up."""
    wait = max(1, -int(-refusal.retry_after // 1))
    reset = datetime.fromtimestamp(now + wait, UTC)
    headers = {
        "Retry-After": str(wait),
        "X-RateLimit-Reset": f"{reset:%Y-%m-%dT%H:%MZ}",
        "RateLimit-Reason": _REASONS[refusal.name.partition(":")[0]],
    }
    return Answer(429, collection("Rate limit exceeded."), headers)
