"""What a plan writes, as plain data: operations with symbolic values, the endpoints they go to, what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple, Self, TypeAlias

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Ref, parse_ref
from ticketferry.sdk.features import REST
from ticketferry.sdk.findings import Fate, Finding, Outcome

__all__ = [
    "Blob", "Change", "Compiled", "Endpoint", "Expected", "From", "Job", "Join", "Operation", "Repeat", "Template", "WriteResult",
]  # fmt: skip

Template: TypeAlias = (
    "None | bool | int | float | str | From | Join | Blob | list[Template] | dict[str, Template]"
)
"""A key of an object may be a From as well, where a vendor names fields by ids that are not there yet (`sdk.definitions.keyed`)."""


class From(NamedTuple):
    """A value known only during apply: `slot` of what the target gave for `ref`. Saved as {"$from": ["acme:person:7", "id"]}.

    `as_int` sends the value as a number where the vendor wants one (Jira organization ids).
    """

    ref: Ref
    slot: str = "id"
    as_int: bool = False

    @classmethod
    def of(cls, ref: str) -> Self:
        """Return the id of the record that a ref names."""
        return cls(parse_ref(ref))


class Join(NamedTuple):
    """Text with symbolic parts. Saved as {"$join": ["see ", {"$from": [...]}]}; a literal key that starts with $ is saved with $$."""

    parts: tuple["str | From", ...]


class Blob(NamedTuple):
    """Bytes of the workspace's attachment store, streamed into the request. Saved as {"$blob": [sha256, name, type]}."""

    sha256: str
    name: str
    media_type: str


class Repeat(StrEnum):
    """What apply may do when the outcome of a write is unknown."""

    SAFE = "safe"
    """Send again: a second time has no second effect (PUT, issue link)."""
    FREE = "free"
    """Send again, also when the result has expired: nothing a person can see (upload token)."""
    FIND = "find"
    """Ask Target.find; send again only when absence is settled (Limits.settle_seconds)."""
    NEVER = "never"
    """Neither: the record stops there and is listed; the plan names such operations."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A write that exists. `guards`: preflight checks that must hold since it could notify; `gives`: slots it fills.

    `reverts`: name of the endpoint that may compensate it at once (an internal comment that came out public);
    `residue`: what stays for ever after it was undone, in words for the plan ("an issue number is used up");
    `last`: its batches are sent after all others of the plan, but for those that wait for one of them (closed tickets).
    `file`: not sent: the core collects the operations of a batch in a file that a person imports (`FileTarget`); `reads`: reading
    requests that a write of it makes by itself. `statuses`: those of its answers that the vendor's document names, below 300 for what was
    done, others for what was refused (`sdk.answers`); none: the usual ones. `needs`: rights that its document asks for, in the vendor's names.
    """

    name: str
    method: str
    path: str
    group: str
    batch: int = 1
    gives: tuple[str, ...] = ("id",)
    job: bool = False
    repeat: Repeat = Repeat.FIND
    guards: tuple[str, ...] = ()
    reverts: str | None = None
    residue: str = ""
    file: bool = False
    reads: int = 0
    last: bool = False
    statuses: tuple[int, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One write for one record, complete but for symbolic values; plain data, saved in the plan and never changed after.

    `expect`: version of the target record that must still hold. The core sets `seen:HASH` on the first operation of an
    update and checks it by reading; any other text is the connector's own and is checked by `write`.
    """

    key: str
    """Unique, stable: `acme:ticket:123/create`, `acme:ticket:123/edit@5f0c2a91`."""
    subject: Ref
    """The source record that the answer's slots are filed under."""
    endpoint: str
    """Endpoint.name; the connector declares endpoints in dependency order."""
    params: Mapping[str, Template]
    """Path and query."""
    body: Template
    lane: Ref
    """One lane (a ticket, a person) is strictly in order; lanes run side by side."""
    expect: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One root record: desired (mapped) and current (target snapshot).

    What our last write left is known by its hash vector only; `fields` names the entries that moved since: a key of the record
    (`subject`), `fields["Serial no."]`, or a part by its source ref (`comments[acme:comment:5]`). References are in source
    terms throughout where the id map knows them.
    `slots`: what the target gave for the records of this case so far (source ref text -> slot -> value).
    `way`: how the ticket gets (or got) into the target, `rest` or the name of one of `Connector.ways`.
    """

    outcome: Outcome
    desired: Record | None
    current: Record | None
    fields: frozenset[str] = frozenset()
    slots: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    way: str = REST


@dataclass(frozen=True, slots=True)
class Expected:
    """What reading the target gives where a desired record stands in it whole, and what becomes of each path of it.

    `record` None: the target cannot hold it. `refused`: why it must not be made, as in `Compiled`.
    """

    record: Record | None
    fates: Sequence[Fate] = ()
    findings: Sequence[Finding] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Compiled:
    """Operations, and in `expected` what reading gives after them: for a new record the same as `Target.expected`, for an edited one
    with what the target cannot change as it stands there. The diff of a later plan compares with it, so that one is empty by construction.
    """

    operations: Sequence[Operation]
    expected: Record | None
    fates: Sequence[Fate] = ()
    findings: Sequence[Finding] = ()
    refused: str = ""
    """Why a new record must not be made: the plan rejects it, saying so."""


@dataclass(frozen=True, slots=True)
class WriteResult:
    """Answer for one operation. `unknown`: no trustworthy answer came; never guess `done`. `expires`: slots die then (upload token).

    `compensate`: the write was done, but not as planned (an internal comment came out public): the core sends the endpoint's
    `reverts` at once, stops the lane and fails the record.
    """

    key: str
    status: Literal["done", "rejected", "unknown", "absent"]
    gives: Mapping[str, str] = field(default_factory=dict)
    version: str | None = None
    expires: datetime | None = None
    error: Finding | None = None
    compensate: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """The vendor took a batch and works on it; journaled before anything else, polled also by the next process."""

    id: str
    keys: tuple[str, ...]
    forgotten_at: datetime | None = None
