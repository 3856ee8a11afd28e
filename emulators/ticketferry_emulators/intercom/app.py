"""The emulated Intercom workspace: API version 2.15, as far as a migration reads and writes it, on local sockets."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from ticketferry_emulators.intercom import limits
from ticketferry_emulators.intercom.exceptions import error_list, refused
from ticketferry_emulators.intercom.models import jobs
from ticketferry_emulators.intercom.models.state import RESIDUE, SampleWorkspace, WorkspaceState
from ticketferry_emulators.intercom.responses import (
    companies,
    company_writes,
    contact_writes,
    contacts,
    conversation_writes,
    conversations,
    downloads,
    messages,
    ticket_writes,
    tickets,
    workspace,
    workspace_writes,
)
from ticketferry_emulators.intercom.seed.sample import generate
from ticketferry_emulators.kit.app import Answer, Call, Emulator, NotServed, Route
from ticketferry_emulators.kit.clock import EmulatorClock, RealClock
from ticketferry_emulators.kit.faults import Fault
from ticketferry_emulators.kit.limits import LimitVerdict

__all__ = ["ROUTES", "UNDOCUMENTED", "IntercomEmulator"]

ROUTES: tuple[Route, ...] = (
    *conversations.ROUTES,
    *tickets.ROUTES,
    *contacts.ROUTES,
    *companies.ROUTES,
    *workspace.ROUTES,
    *downloads.ROUTES,
    *conversation_writes.ROUTES,
    *messages.ROUTES,
    *ticket_writes.ROUTES,
    *contact_writes.ROUTES,
    *company_writes.ROUTES,
    *workspace_writes.ROUTES,
)

UNDOCUMENTED = frozenset({"file.content", "listDeletedConversationIds"})
"""Operations of other hosts than the API's, and of a later version of it."""

ELSEWHERE = "other_region"
"""The origin that plays the API hosts of the regions that the workspace is not in."""
_VERSION = "2.15"
_OTHER_VERSIONS = frozenset({
    "1.0", "1.1", "1.2", "1.3", "1.4", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "2.10", "2.11", "2.12",
    "2.13", "2.14", "2.16", "2.17", "Preview", "Unstable",
})  # fmt: skip
_SERVED = (*ROUTES, *(replace(route, origin=ELSEWHERE) for route in ROUTES if route.origin == "api"))


class IntercomEmulator(Emulator):
    """An Intercom workspace with sample data, or with `data` in its place: :func:`.other.empty_desk` is one to fill.

    `tickets` is how many conversations and tickets the sample has. `per_minute` is what the app may ask (None: no limit). `quiet`: nothing
    runs by itself and no teammate is mailed. What no document settles is in `state.unsettled`, what the workspace does by itself in
    `state.automation`.
    """

    name: ClassVar[str] = "intercom"
    extra_origins: ClassVar[tuple[str, ...]] = (downloads.DOWNLOADS_ORIGIN, ELSEWHERE)
    residue_sections: ClassVar[tuple[str, ...]] = RESIDUE
    """Parts of `dump` that no rollback restores."""
    state: WorkspaceState

    def __init__(
        self,
        clock: EmulatorClock | None = None,
        tickets: int = 120,
        seed: int = 1,
        data: SampleWorkspace | None = None,
        *,
        per_minute: int | None = 10_000,
        quiet: bool = False,
    ) -> None:
        clock = clock if clock is not None else RealClock()
        desk = data if data is not None else generate(tickets, seed)
        super().__init__(_SERVED, WorkspaceState(desk, clock), clock)
        if per_minute is not None:
            self.limits.rules.extend(limits.rules(per_minute))
        if quiet:
            self.state.automation.quiet()

    @property
    def credentials(self) -> dict[str, str]:
        """What a client needs: an access token of the workspace's owner."""
        return {"INTERCOM_TOKEN": self.state.token}

    def authenticate(self, call: Call) -> str | None:
        """Return the id of the token's teammate; raises Refused (401, 400) and NotServed for other versions of the API."""
        state = self.state
        with state.lock:
            state.catch_up()
            jobs.work(state)
            state.extra_lag = call.fault.seconds if call.fault is not None and call.suffers("lag") else 0.0
        kind, _, token = call.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or token != state.token or call.origin == ELSEWHERE:
            raise refused(401, "unauthorized", "Access Token Invalid")
        version = call.headers.get("intercom-version") or state.configured_version
        newer = version == conversations.DELETED_SINCE and call.path == "/conversations/deleted"
        if version in _OTHER_VERSIONS and not newer:
            raise NotServed(f"version {version} of the API")
        if version != _VERSION and not newer:
            raise refused(400, "intercom_version_invalid", "The requested version could not be found")
        return str(next(admin.id for admin in state.admins.values() if admin.active))

    def limit_answer(self, call: Call, refusal: LimitVerdict) -> Answer:  # noqa: ARG002
        """Answer 429 in the vendor's form."""
        return limits.refusal_of(refusal)

    def limit_headers(self, call: Call, verdicts: list[LimitVerdict]) -> Mapping[str, str]:  # noqa: ARG002
        """Return the vendor's rate limit headers."""
        return dict(limits.headers_of(verdicts))

    def fault_answer(self, call: Call, fault: Fault) -> Answer:
        """Answer a fault as the product does: 429 with a reset to wait for, 5xx in the envelope."""
        if fault.kind == "rate_limited":
            reset = call.time + (fault.retry_after if fault.retry_after is not None else limits.SECONDS)
            verdict = LimitVerdict("app", allowed=False, limit=167, remaining=0, reset=reset)
            answer = limits.refusal_of(verdict)
            return Answer(answer.status, answer.body, dict(limits.headers_of([verdict])))
        if call.path == "/companies/scroll":
            text = "Request failed due to an internal network error. Please restart the scroll operation."
            return Answer(500, error_list("internal_network_error", text))
        headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
        return Answer(fault.status, error_list("server_error", "Server error"), headers)

    def malformed(self, call: Call, reason: str) -> Answer:  # noqa: ARG002
        """Answer a body that is not JSON."""
        return Answer(400, error_list("bad_request", f"The request body is not valid JSON: {reason}"))

    def finish(self, call: Call, answer: Answer) -> Answer:
        """Add the request's id, to refusals in their body too, and the version that answered."""
        request = str(uuid.UUID(int=call.sequence, version=4))
        body = answer.body
        if isinstance(body, dict) and body.get("type") == "error.list":
            body = {**body, "request_id": request}
        headers = {"X-Request-Id": request, "Intercom-Version": _VERSION, **answer.headers}
        return Answer(answer.status, body, headers, answer.committed)

    # --- what a test asks

    @property
    def notifications(self) -> int:
        """How many mails the real product would have sent for writes through the API."""
        return self.state.notifications
