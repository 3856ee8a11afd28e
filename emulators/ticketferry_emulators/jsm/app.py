"""The emulator of Jira Cloud with Jira Service Management: routes, credentials, rate limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from ticketferry_emulators.jsm import limits, oauth
from ticketferry_emulators.jsm.exceptions import collection
from ticketferry_emulators.jsm.models.importer import ImportReport, import_file
from ticketferry_emulators.jsm.models.settings import ImportSettings
from ticketferry_emulators.jsm.models.state import RESIDUE, SiteState
from ticketferry_emulators.jsm.responses import (
    archive,
    attachments,
    automation_rules,
    bulk,
    catalog,
    comments,
    components,
    facts,
    field_catalog,
    field_writes,
    issues,
    links,
    people,
    permissions,
    portal,
    portal_files,
    portal_requests,
    properties,
    queues,
    removed,
    rights,
    search,
    servicedesk,
    watchers,
    workflows,
    worklogs,
)
from ticketferry_emulators.jsm.responses.platform2 import as_version_2
from ticketferry_emulators.jsm.seed import sample, sites
from ticketferry_emulators.kit.app import Answer, Call, Emulator
from ticketferry_emulators.kit.clock import EmulatorClock
from ticketferry_emulators.kit.faults import Fault
from ticketferry_emulators.kit.limits import LimitVerdict

__all__ = ["ROUTES", "UNDOCUMENTED", "JsmEmulator"]

ROUTES = tuple(
    route
    for module in (
        archive,
        automation_rules,
        issues,
        watchers,
        comments,
        properties,
        attachments,
        links,
        worklogs,
        search,
        workflows,
        catalog,
        components,
        field_catalog,
        field_writes,
        people,
        permissions,
        servicedesk,
        portal,
        portal_files,
        portal_requests,
        facts,
        queues,
        bulk,
        removed,
    )
    for route in module.ROUTES
)

UNDOCUMENTED = frozenset(
    {"automation.get", "automation.list", "media.get", "oauth.token", "oauth.resources", "tenant_info"}
)
"""Operations of other hosts, of Atlassian's edge and of the Automation API, which Atlassian's two API documents do not have."""

_SITE = (*ROUTES, *catalog.NOT_SERVED, *as_version_2((*ROUTES, *catalog.NOT_SERVED)))
_SERVED = (*_SITE, *oauth.through_gateway(_SITE), *oauth.ROUTES)


class JsmEmulator(Emulator):
    """A Jira Cloud site with service projects.

    `seed` names the site to begin with (see sites.py), `tickets` how many made-up requests it has (see sample.py); `site` is one to have in their place; `clock` as in the kit. Limits are on; `limits.enabled = False`
    switches them off. `cloud_id` is the site's own id; without one it goes by the address that it is served at. The hourly quota of points counts for OAuth apps only [RL]; `quota` sets another one.
    """

    residue_sections: ClassVar[tuple[str, ...]] = RESIDUE
    """Parts of `dump` that no rollback restores: used-up numbers and customer accounts."""

    name: ClassVar[str] = "jsm"
    extra_origins: ClassVar[tuple[str, ...]] = ("media", "gateway", "auth")
    state: SiteState

    def __init__(
        self,
        clock: EmulatorClock | None = None,
        seed: str = "support",
        tickets: int = 0,
        *,
        cloud_id: str = "",
        site: SiteState | None = None,
    ) -> None:
        super().__init__(_SERVED, site if site is not None else seed_site(seed), clock)
        self.state.cloud_id = cloud_id
        self.points: dict[str, limits.Points] = {}
        self.limits.rules = [*limits.bursts(), *limits.per_issue(self.state)]
        self.quota(limits.QUOTA)
        if tickets:
            sample.fill(self.state, tickets)

    # --- who calls

    @property
    def credentials(self) -> dict[str, str]:
        """E-mail and token of the site's administrator."""
        email, token = next(iter(self.state.tokens.items()))
        return {"JIRA_EMAIL": email, "JIRA_TOKEN": token}

    def authenticate(self, call: Call) -> str | None:
        """Return the account of the credentials, admitted to what it asks for; see oauth.py, rights.py."""
        account = self.doorkeeper.account(call)[0]
        rights.admit(self.state, call, account)
        return account

    @property
    def doorkeeper(self) -> oauth.JiraAuthenticator:
        """Who checks credentials and gives OAuth tokens."""
        return oauth.JiraAuthenticator(self.state)

    @property
    def importer(self) -> ImportSettings:
        """How the importer behaves."""
        return self.state.importer

    # --- the importer

    def import_file(self, data: bytes | Mapping[str, Any]) -> ImportReport:
        """Import an External System Import file, as an administrator does in the settings; there is no API for it."""
        return import_file(self.state, data)

    def _control_answer(self, call: Call) -> Answer:
        if (call.method, call.path) != ("POST", "/_emulator/import"):
            return super()._control_answer(call)
        try:
            return Answer(200, asdict(self.import_file(call.body)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return Answer(400, {"error": f"{type(error).__name__}: {error}"})

    # --- limits [RL]

    def quota(self, points: int, name: str = "quota") -> None:
        """Set the points an hour of OAuth apps, `tenant`: of this site alone. API tokens are not limited by it."""
        self.limits.rules = [rule for rule in self.limits.rules if rule.name != name]
        self.points[name] = limits.Points(points)
        self.limits.rules.append(limits.quota_of(self.points[name], name))

    def cost(self, units: int) -> None:
        """Let API tokens spend `units` an hour, as sites do that count cost; without this call they have no such budget."""
        self.limits.rules = [rule for rule in self.limits.rules if rule.name != "cost"]
        self.points["cost"] = limits.Points(units)
        self.limits.rules.append(limits.cost_limit(self.points["cost"]))

    def limit_headers(self, call: Call, verdicts: list[LimitVerdict]) -> Mapping[str, str]:  # noqa: ARG002
        """Return the headers that tell of the limits."""
        return limits.headers_of(verdicts)

    def limit_answer(self, call: Call, refusal: LimitVerdict) -> Answer:  # noqa: ARG002
        """429 with the reason and the time to wait."""
        return limits.refusal_of(refusal, self.clock.time())

    # --- faults

    def fault_answer(self, call: Call, fault: Fault) -> Answer:  # noqa: ARG002
        """A 4xx in Jira's form; a 5xx as the gateway in front of Jira writes it."""
        headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
        if fault.kind == "rate_limited":
            headers.setdefault("Retry-After", "2")
            headers["RateLimit-Reason"] = "jira-burst-based"
            return Answer(429, collection("Rate limit exceeded."), headers)
        if fault.status < 500:
            return Answer(fault.status, collection(f"Refused by order ({fault.status})."), headers)
        page = b"<html><body><h1>Service Unavailable</h1></body></html>"
        return Answer(fault.status, page, headers | {"Content-Type": "text/html"})

    def malformed(self, call: Call, reason: str) -> Answer:  # noqa: ARG002
        """A body that is no JSON."""
        return Answer(
            400, collection("There was an error parsing JSON. Check that your request body is valid.")
        )

    def finish(self, call: Call, answer: Answer) -> Answer:
        """Add the trace header that every answer of Atlassian's edge has."""
        if answer.status < 400 and call.headers.get("authorization", "").lower().startswith("bearer"):
            for name, points in self.points.items():
                points.used += limits.cost_of(call, answer.body) if name != "cost" else 0
        elif answer.status < 400 and "cost" in self.points:
            self.points["cost"].used += limits.units_of(call, answer.body)
        headers = {"Atl-Traceid": f"{call.sequence:032x}", **answer.headers}
        return Answer(answer.status, answer.body, headers, answer.committed)

    # --- what a test asks

    @property
    def notifications(self) -> int:
        """How many mails the real product would have sent."""
        return self.state.notifications


def seed_site(kind: str) -> SiteState:
    """Return a seeded site."""
    return sites.desk(kind)
