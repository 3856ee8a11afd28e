"""The emulator of Jira Cloud with Jira Service Management: routes, credentials, rate limits."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, ClassVar

from ticketferry.emulation.app import Answer, Call, Emulator, Refused
from ticketferry.emulation.clock import Clock
from ticketferry.emulation.faults import Fault
from ticketferry.emulation.limits import Limit, SlidingWindow, TokenBucket, Verdict

from . import (
    attachments,
    bulk,
    catalog,
    comments,
    field_catalog,
    issues,
    links,
    people,
    portal,
    properties,
    search,
    seed,
    servicedesk,
    workflows,
    worklogs,
)
from .errors import collection
from .importer import ImportReport, ImportSettings, import_file
from .state import RESIDUE, Indexed, SiteState
from .wire import View

__all__ = ["ROUTES", "JsmEmulator"]

ROUTES = tuple(
    route
    for module in (
        issues,
        comments,
        properties,
        attachments,
        links,
        worklogs,
        search,
        workflows,
        catalog,
        field_catalog,
        people,
        servicedesk,
        portal,
        bulk,
    )
    for route in module.ROUTES
)

_BURST = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
_BURST_OWN = {"issue.get": 150, "attachment.content": 300, "issue.changelog": 200, "desk_customer.list": 5}
_REASONS = {
    "burst": "jira-burst-based",
    "issue": "jira-per-issue-on-write",
    "quota": "jira-quota-tenant-based",
}


class JsmEmulator(Emulator):
    """A Jira Cloud site with service projects.

    `seed` names the site to begin with (see seed.py); `clock` as in the kit. Limits are on; `limits.enabled = False`
    switches them off, `quota(points)` switches the hourly quota on, which Jira has for OAuth apps only [RL].
    """

    residue_sections: ClassVar[tuple[str, ...]] = RESIDUE
    """Parts of `dump` that no rollback restores: used-up numbers and customer accounts."""

    name: ClassVar[str] = "jsm"
    extra_origins: ClassVar[tuple[str, ...]] = ("media",)
    state: SiteState

    def __init__(self, clock: Clock | None = None, seed: str = "support") -> None:
        super().__init__(ROUTES, seed_site(seed), clock)
        self.state.clock = self.clock
        self.search_cache: tuple[Any, list[Indexed]] = (None, [])
        self.importer = ImportSettings()
        self.limits.rules = [*self._bursts(), *self._per_issue()]

    # --- who calls

    @property
    def credentials(self) -> dict[str, str]:
        """E-mail and token of the site's administrator."""
        email, token = next(iter(self.state.tokens.items()))
        return {"JIRA_EMAIL": email, "JIRA_TOKEN": token}

    def authenticate(self, call: Call) -> str | None:
        """Return the account of Basic email:token; 401 otherwise, 403 without a body for a desk call without a licence."""
        scheme, _, value = call.headers.get("authorization", "").partition(" ")
        try:
            email, _, token = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            email, token = "", ""
        email = email.lower()
        if scheme.lower() == "basic" and token and self.state.tokens.get(email) == token:
            for account in self.state.accounts.values():
                if account.email.lower() == email and account.active:
                    if not account.agent and call.path.startswith("/rest/servicedeskapi"):
                        raise Refused(Answer(403))
                    return account.id
        text = "Client must be authenticated to access this resource."
        headers = {"WWW-Authenticate": 'OAuth realm="jira"', "X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
        raise Refused(Answer(401, collection(text), headers))

    def view(self, call: Call) -> View:
        """Return the site as the caller of this request sees it."""
        return View(self.state, self.base_url, self.state.accounts[call.account or ""])

    # --- the importer

    def import_file(self, data: bytes | Mapping[str, Any]) -> ImportReport:
        """Import an External System Import file, as an administrator does in the settings; there is no API for it."""
        return import_file(self, data)

    def _control_answer(self, call: Call) -> Answer:
        if (call.method, call.path) != ("POST", "/_emulator/import"):
            return super()._control_answer(call)
        try:
            return Answer(200, asdict(self.import_file(call.body)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return Answer(400, {"error": f"{type(error).__name__}: {error}"})

    # --- limits [RL]

    def _bursts(self) -> list[Limit]:
        def limit(name: str, per_second: int, *, operation: str = "", method: str = "") -> Limit:
            def key(call: Call) -> str | None:
                if operation:
                    return call.operation if call.operation == operation else None
                if call.method != method or call.operation in _BURST_OWN or call.origin != "api":
                    return None
                return call.operation

            return Limit(f"burst:{name}", lambda: TokenBucket(per_second), key)

        return [
            *(limit(name, rate, operation=name) for name, rate in _BURST_OWN.items()),
            *(limit(name, rate, method=name) for name, rate in _BURST.items()),
        ]

    def _per_issue(self) -> list[Limit]:
        def key(call: Call) -> str | None:
            if call.route is None or not call.route.write or "key" not in call.params:
                return None
            with self.state.lock:
                issue = self.state.issue(call.params["key"])
            return issue.id if issue is not None else None

        return [
            Limit("issue:short", lambda: SlidingWindow(20, 2.0), key),
            Limit("issue:long", lambda: SlidingWindow(100, 30.0), key),
        ]

    def quota(self, points: int) -> None:
        """Limit the points an hour, as for OAuth apps; reset at the top of the hour. One point a request here."""
        from ticketferry.emulation.limits import FixedWindow

        self.limits.rules.append(Limit.of_group("quota", lambda: FixedWindow(points, 3600.0)))

    def limit_headers(self, call: Call, verdicts: list[Verdict]) -> Mapping[str, str]:  # noqa: ARG002
        """Return the X-RateLimit headers of the tightest limit."""
        if not verdicts:
            return {}
        tightest = min(verdicts, key=lambda verdict: (verdict.allowed, verdict.remaining / verdict.limit))
        headers = {
            "X-RateLimit-Limit": str(tightest.limit),
            "X-RateLimit-Remaining": str(tightest.remaining),
        }
        if tightest.remaining < tightest.limit * 0.2:
            headers["X-RateLimit-NearLimit"] = "true"
        return headers

    def limit_answer(self, call: Call, refusal: Verdict) -> Answer:  # noqa: ARG002
        """429 with the reason and the time to wait, whole seconds, rounded up."""
        wait = max(1, -int(-refusal.retry_after // 1))
        reset = datetime.fromtimestamp(self.clock.time() + wait, UTC)
        headers = {
            "Retry-After": str(wait),
            "X-RateLimit-Reset": f"{reset:%Y-%m-%dT%H:%MZ}",
            "RateLimit-Reason": _REASONS[refusal.name.partition(":")[0]],
        }
        return Answer(429, collection("Rate limit exceeded."), headers)

    # --- faults

    def fault_answer(self, call: Call, fault: Fault) -> Answer:  # noqa: ARG002
        """A 429 in Jira's form; a 5xx as the gateway in front of Jira writes it."""
        headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
        if fault.kind == "rate_limited":
            headers.setdefault("Retry-After", "2")
            headers["RateLimit-Reason"] = "jira-burst-based"
            return Answer(429, collection("Rate limit exceeded."), headers)
        page = b"<html><body><h1>Service Unavailable</h1></body></html>"
        return Answer(fault.status, page, headers | {"Content-Type": "text/html"})

    def malformed(self, call: Call, reason: str) -> Answer:  # noqa: ARG002
        """A body that is no JSON."""
        return Answer(
            400, collection("There was an error parsing JSON. Check that your request body is valid.")
        )

    def finish(self, call: Call, answer: Answer) -> Answer:
        """Add the trace header that every answer of Atlassian's edge has."""
        headers = {"Atl-Traceid": f"{call.sequence:032x}", **answer.headers}
        return Answer(answer.status, answer.body, headers, answer.committed)

    # --- what a test asks

    @property
    def notifications(self) -> int:
        """How many mails the real product would have sent."""
        return self.state.notifications


def seed_site(kind: str) -> SiteState:
    """Return a seeded site."""
    return seed.desk(kind)
