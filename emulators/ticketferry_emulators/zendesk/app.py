"""The emulated Zendesk account: the Support API, as far as a migration reads and writes it, on a local socket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar

from ticketferry_emulators.kit.app import Answer, Call, Emulator, Route
from ticketferry_emulators.kit.clock import EmulatorClock, RealClock
from ticketferry_emulators.kit.faults import Fault
from ticketferry_emulators.kit.limits import LimitVerdict
from ticketferry_emulators.zendesk import oauth
from ticketferry_emulators.zendesk.limits import limit_headers, rules, too_many
from ticketferry_emulators.zendesk.models.life import LiveDesk
from ticketferry_emulators.zendesk.models.state import RESIDUE
from ticketferry_emulators.zendesk.oauth import (
    API_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    OWNER,
    ZendeskAuthenticator,
)
from ticketferry_emulators.zendesk.responses import (
    beside,
    comments,
    conversations,
    exports,
    files,
    imports,
    jobs,
    lookups,
    membership_writes,
    organization_writes,
    owned,
    people,
    removals,
    search,
    setup,
    setup_writes,
    ticket_writes,
    tickets,
    uploads,
    user_writes,
)
from ticketferry_emulators.zendesk.responses.paging import moved
from ticketferry_emulators.zendesk.responses.routing import both
from ticketferry_emulators.zendesk.seed.desk import SampleDesk, generate

__all__ = ["ROUTES", "UNDOCUMENTED", "ZendeskEmulator"]


ROUTES: tuple[Route, ...] = (
    Route("POST", "/oauth/tokens", oauth.give, "CreateTokenForGrantType", "oauth", public=True),
    *both("/api/v2/oauth/tokens/current", oauth.current, "ShowCurrentToken", "oauth_tokens"),
    *exports.ROUTES,
    *beside.ROUTES,
    *conversations.ROUTES,
    *tickets.ROUTES,
    *people.ROUTES,
    *owned.ROUTES,
    *setup.ROUTES,
    *search.ROUTES,
    *files.ROUTES,
    *imports.ROUTES,
    *jobs.ROUTES,
    *ticket_writes.ROUTES,
    *comments.ROUTES,
    *removals.ROUTES,
    *uploads.ROUTES,
    *user_writes.ROUTES,
    *organization_writes.ROUTES,
    *membership_writes.ROUTES,
    *setup_writes.ROUTES,
    *lookups.ROUTES,
)


UNDOCUMENTED = frozenset({
    "AttachmentByToken", "AttachmentContent", "CallRecording", "CreateJiraLink", "DeleteJiraLink", "ListArticles",
    "ListJiraLinks", "ListSideConversationEvents", "ListSideConversations", "RedactedAttachment", "ShowAccount", "ShowJiraLink",
    "ShowSideConversation", "SideConversationEventExport",
})  # fmt: skip
"""Operations that the vendor's document of the Support API does not have; names of our own."""


class ZendeskEmulator(Emulator):
    """A Zendesk account with a sample desk, or with `data` in its place: :func:`.other_desk.empty_desk` is one to fill.

    `plan` names the rate limits (None: none; `limits.enabled` switches them at any time). `api_tokens` False refuses
    basic authentication, as all accounts will from 2027-04-30 on. `state` is a :class:`LiveDesk`: its methods play what
    people do beside a migration. Addresses in answers name another host than the one served, as in recorded answers.
    `bulk_users` is what Zendesk's support enables on request: users in bulk; without it these calls answer 403.
    `account_id` is what tells it from every other account; without one it goes by the port that it is served at, so that two
    accounts are never one, and one that is put back as it was at its port is the same.
    `job_delay` is how long a job is queued and `job_step` how long each of its items takes, `upload_life` how long an
    upload's token is valid, all in seconds of the clock.
    """

    name: ClassVar[str] = "zendesk"
    extra_origins: ClassVar[tuple[str, ...]] = (files.CONTENT_ORIGIN,)
    residue_sections: ClassVar[tuple[str, ...]] = RESIDUE
    """Parts of `dump` that no rollback restores."""
    state: LiveDesk

    def __init__(
        self,
        clock: EmulatorClock | None = None,
        tickets: int = 214,
        seed: int = 1,
        data: SampleDesk | None = None,
        *,
        plan: str | None = "enterprise",
        high_volume: bool = False,
        api_tokens: bool = True,
        bulk_users: bool = False,
        account_id: int | None = None,
        job_delay: float = 1.0,
        job_step: float = 0.05,
        upload_life: float = 3_600.0,
        imports_inherit: bool = False,
    ) -> None:
        clock = clock if clock is not None else RealClock()
        desk = data if data is not None else generate(tickets, seed)
        super().__init__(ROUTES, LiveDesk(desk, clock), clock)
        self.state.oauth.api_tokens = api_tokens
        self.state.bulk_users = bulk_users
        self._account_id = account_id
        self.state.jobs.delay, self.state.jobs.step = job_delay, job_step
        self.state.uploads.life = upload_life
        self.state.imports_inherit = imports_inherit
        if plan is not None:
            self.limits.rules.extend(rules(plan, high_volume=high_volume))

    @property
    def credentials(self) -> dict[str, str]:
        """What a client needs, by environment variable: an admin's API token, and an OAuth client."""
        return {
            "ZENDESK_EMAIL": OWNER,
            "ZENDESK_TOKEN": API_TOKEN,
            "ZENDESK_CLIENT_ID": CLIENT_ID,
            "ZENDESK_CLIENT_SECRET": CLIENT_SECRET,
        }

    @contextmanager
    def serve(self, port: int = 0, *, control: bool = False) -> Iterator[Emulator]:
        """Serve, see :class:`Emulator`; the account has its id then."""
        with super().serve(port, control=control):
            number = int(self.base_url.rpartition(":")[2])
            self.state.account_id = 10_000_000 + number if self._account_id is None else self._account_id
            yield self

    def authenticate(self, call: Call) -> str | None:
        """Return the caller's e-mail; raises Refused (401, 403). Before anybody looks, jobs do what they had time for."""
        with self.state.lock:
            self.state.catch_up()
            return ZendeskAuthenticator(self.state).admit(call)

    def limit_answer(self, call: Call, refusal: LimitVerdict) -> Answer:  # noqa: ARG002
        """Answer 429 in the vendor's form."""
        return too_many(refusal)

    def limit_headers(self, call: Call, verdicts: list[LimitVerdict]) -> Mapping[str, str]:
        """Return the vendor's rate limit headers."""
        return limit_headers(call, verdicts)

    def fault_answer(self, call: Call, fault: Fault) -> Answer:  # noqa: ARG002
        """Answer a fault as the product does: with Retry-After a database timeout, else maintenance in plain text."""
        if fault.kind == "rate_limited":
            wait = fault.retry_after if fault.retry_after is not None else 30.0
            return too_many(
                LimitVerdict("account", allowed=False, limit=0, remaining=0, reset=0.0, retry_after=wait)
            )
        if fault.retry_after is not None:
            body = {"error": "DatabaseTimeout", "description": "The database did not answer in time"}
            return Answer(fault.status, body, {"Retry-After": f"{fault.retry_after:g}"})
        return Answer(fault.status, b"Service Unavailable", {"Content-Type": "text/plain"})

    def malformed(self, call: Call, reason: str) -> Answer:  # noqa: ARG002
        """Answer a body that is not JSON."""
        return Answer(
            400, {"error": "Unprocessable", "description": f"The request body is not JSON: {reason}"}
        )

    def finish(self, call: Call, answer: Answer) -> Answer:
        """Add the headers that every recorded answer has."""
        headers = {"x-zendesk-api-version": "v2", "x-request-id": f"emu-{call.sequence}", **answer.headers}
        return Answer(answer.status, moved(answer.body, self.state.host), headers, answer.committed)

    # --- what a test asks

    @property
    def notifications(self) -> int:
        """How many mails the real product would have sent for writes through the API."""
        return self.state.notifications
