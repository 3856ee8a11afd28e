"""What is looked at before a plan is applied: items with a result, its evidence and what mends it, and what a connector is given to judge by."""

import base64
import binascii
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol, runtime_checkable

import orjson

from ticketferry.schema.refs import Json, Ref
from ticketferry.sdk.operations import Operation

__all__ = [
    "CHECKS",
    "CredentialEnd",
    "Inspecting",
    "PlannedLane",
    "PlannedWrites",
    "PreflightCheck",
    "PreflightItem",
    "PreflightResult",
    "SignedIn",
    "jwt_end",
]


class PreflightResult(StrEnum):
    """What became of one item."""

    PROVED = "proved"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It could not be read, or nothing was read yet."""
    PERSON = "needs a person"
    """No API shows it: somebody looks."""


class PreflightCheck(NamedTuple):
    """What an item is about. `stage`: what waits for it where it failed: `apply`, or the `cut-over` alone."""

    title: str
    asks: str
    """What is read for it, for the documents."""
    stage: Literal["apply", "cut-over"] = "apply"


CHECKS: Mapping[str, PreflightCheck] = {
    "PF-RIGHTS": PreflightCheck("rights of the account that writes", "the target's `check`: each right that a write of the connector needs"),
    "PF-FIELDS": PreflightCheck("fields and options that the mapping names", "the catalog of the last extract, held against the mapping"),
    "PF-STATUSES": PreflightCheck("statuses, and ways to them", "the catalog of the last extract, held against the mapping"),
    "PF-TYPES": PreflightCheck("projects, types, request types, forms, groups", "the catalog of the last extract, held against the mapping"),
    "PF-SCREENS": PreflightCheck("screens and required fields", "findings of the plan: what a create screen or a step of a workflow asks for and a ticket lacks"),
    "PF-SEATS": PreflightCheck("licences and seats", "licences in use and free (Jira), agents in the target whom the plan may assign to"),
    "PF-LIMITS": PreflightCheck("limits of the target's data", "the target's own limits, held against the largest of the plan's tickets"),
    "PF-RULES": PreflightCheck("triggers and rules, by what they react to", "the target's active triggers or rules; with a plan each is worked out on the planned writes"),
    "PF-TIMED": PreflightCheck("rules that run by the clock", "the target's active automations; with a plan each is held against the tickets as they will stand"),
    "PF-SLA": PreflightCheck("SLA goals at creation", "the target's policies or clocks, held against the age and state of the planned tickets"),
    "PF-REOPEN": PreflightCheck("what reopens on a comment", "rules that react to comments, and what the product does by itself, on the planned comments"),
    "PF-MAIL": PreflightCheck("outgoing mail", "nothing: no API shows it"),
    "PF-ACCESS": PreflightCheck("who may read, before and after, by route", "the plan: tickets by route, those that more people than today would see; both snapshots: how many of the team could read them, before and after"),
    "PF-CREDENTIALS": PreflightCheck("expiry of credentials", "what the desk, or the token itself, tells of its end; both desks"),
    "PF-CHANNELS": PreflightCheck("e-mail channels of both desks", "support addresses of the last extract: forwarding, SPF, proof of the domain", "cut-over"),
    "PF-DNS": PreflightCheck("mail records of the support addresses' domains", "DNS, with `--dns` only: MX, SPF, DKIM, DMARC", "cut-over"),
}  # fmt: skip
"""Every item there is beside the guards, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class PreflightItem:
    """One item: `code` is one of `CHECKS`, or the code of a guard. `page`: where in the product it is mended; `rows`: what it is made of,
    a line each; `figures`: what was counted, by name.
    """

    code: str
    result: PreflightResult
    evidence: str
    remedy: str = ""
    page: str = ""
    rows: tuple[str, ...] = ()
    figures: Mapping[str, int] = field(default_factory=dict)
    title: str = ""
    """Of a guard; an item of `CHECKS` has its own."""


@dataclass(frozen=True, slots=True)
class PlannedLane:
    """The writes for one root, in the order in which they are sent, with symbolic values filled in where they are known by now.

    `wires`: what the target's snapshot holds of the root, verbatim; empty for a root that the plan makes.
    `title`: how people know it. `route`: where it goes, as the plan tells it.
    """

    root: Ref
    operations: tuple[Operation, ...]
    wires: tuple[tuple[Ref, Json], ...] = ()
    title: str = ""
    route: tuple[str, ...] = ()


class PlannedWrites(Protocol):
    """What a plan would write, for a connector to judge what the target does by itself then."""

    @property
    def endpoints(self) -> Mapping[str, int]:
        """Name of an endpoint -> operations."""
        ...

    @property
    def clock(self) -> Callable[[], float]:
        """Return unix seconds: when the plan is taken to be applied."""
        ...

    def lanes(self, endpoints: Collection[str], most: int = 0) -> Iterator[PlannedLane]:
        """Yield the tickets that have a write of some of the endpoints, with all their writes. `most`: of more than so many an even part."""
        ...

    def count(self, endpoints: Collection[str]) -> int:
        """Count the tickets that `lanes` gives without `most`."""
        ...

    def by_project(self) -> Mapping[tuple[str, str], int]:
        """Count the operations of tickets by (endpoint, project): "" where tickets live in none."""
        ...

    def wire(self, ref: Ref) -> Json:
        """Return what the target's snapshot holds of a record of its own, verbatim; None where it holds nothing."""
        ...

    def agents(self) -> Iterator[tuple[str, Ref]]:
        """Yield (name, account in the target) of the source's agents who were matched: the only ones that tickets are assigned to."""
        ...

    def largest(self) -> Mapping[str, int]:
        """Return the most `comments`, `attachments` and `links` that one ticket of the plan has."""
        ...

    def made(self, kind: str) -> int:
        """Count the roots of a kind (`person`, `ticket`) that the plan makes."""
        ...


@runtime_checkable
class Inspecting(Protocol):
    """What a target may offer: the items that only it can judge."""

    def inspect(self, planned: PlannedWrites | None) -> Iterable[PreflightItem]:
        """Read what the items need, a few requests; None: no plan was named, the rules alone are told."""
        ...


class CredentialEnd(NamedTuple):
    """When credentials end. `until` None: nothing tells; `renewed`: a new token is taken by itself before."""

    kind: str
    until: datetime | None = None
    renewed: bool = False
    note: str = ""
    page: str = ""


@runtime_checkable
class SignedIn(Protocol):
    """What a desk may offer: when its credentials end."""

    def credential_end(self) -> CredentialEnd:
        """Ask the desk, or the token itself. At most one request."""
        ...


def jwt_end(token: str) -> datetime | None:
    """Return when a token ends by its own word, None where it is no JWT or does not tell. The signature is not checked (RFC 7519, 4.1.4)."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    until = claims.get("exp") if isinstance(claims, dict) else None
    if not isinstance(until, int | float) or isinstance(until, bool):
        return None
    try:
        return datetime.fromtimestamp(until, UTC)
    except (OverflowError, OSError, ValueError):
        return None
