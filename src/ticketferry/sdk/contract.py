"""What a connector provides: pure methods for planning (no network, no clock) and thin methods that talk; the rest is the core's."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Json, Kind, Ref
from ticketferry.schema.tickets import Attachment
from ticketferry.sdk.features import REST, Feature, Guard, Limits, Way
from ticketferry.sdk.identity import DeskIdentity
from ticketferry.sdk.options import Options

__all__ = [
    "Attended",
    "Blob",
    "Change",
    "Compiled",
    "Connector",
    "Cursor",
    "Disposition",
    "Endpoint",
    "Expected",
    "Fate",
    "FileTarget",
    "Finding",
    "From",
    "Job",
    "Join",
    "Operation",
    "Outcome",
    "Page",
    "Repeat",
    "Severity",
    "Source",
    "Target",
    "Template",
    "Translated",
    "Wire",
    "WriteResult",
]

Template: TypeAlias = (
    "None | bool | int | float | str | From | Join | Blob | list[Template] | dict[str, Template]"
)
Cursor: TypeAlias = str
"""Opaque to the core, saved with every page."""


class From(NamedTuple):
    """A value known only during apply: `slot` of what the target gave for `ref`. Saved as {"$from": ["acme:person:7", "id"]}.

    `as_int` sends the value as a number where the vendor wants one (Jira organization ids).
    """

    ref: Ref
    slot: str = "id"
    as_int: bool = False


class Join(NamedTuple):
    """Text with symbolic parts. Saved as {"$join": ["see ", {"$from": [...]}]}; a literal key that starts with $ is saved with $$."""

    parts: tuple["str | From", ...]


class Blob(NamedTuple):
    """Bytes of the workspace's attachment store, streamed into the request. Saved as {"$blob": [sha256, name, type]}."""

    sha256: str
    name: str
    media_type: str


class Severity(StrEnum):
    """How much a finding matters; BLOCKER stops the stage that made it."""

    INFO = "info"
    REPAIR = "repair"
    LOSS = "loss"
    DOUBT = "doubt"
    BLOCKER = "blocker"


class Disposition(StrEnum):
    """What became of a leaf."""

    CARRIED = "carried"
    TRANSFORMED = "transformed"
    KEPT = "kept_in_provenance"
    DROPPED = "dropped_by_rule"
    UNSUPPORTED = "unsupported"


class Outcome(StrEnum):
    """What a plan does with a root record."""

    CREATE = "create"
    UPDATE = "update"
    MATCH = "match"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    SKIP = "skip"
    REJECT = "reject"
    GONE = "gone"


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
class Finding:
    """A loss, repair, doubt or blocker; `code` stands in a table of finding codes (`ZD-BODY-001`), `where` is a path or file:line:column."""

    code: str
    severity: Severity
    subject: Ref | None
    where: str
    message: str
    remedy: str = ""
    count: int = 1


class Fate(NamedTuple):
    """Where the leaves that match `path` ([] = any index) went; `by` = rule, target slot or finding code."""

    path: str
    disposition: Disposition
    by: str


@dataclass(frozen=True, slots=True)
class Wire:
    """One verbatim record of the vendor, before any interpretation; `gone` marks a tombstone.

    `root` names the record that it is a part of (the ticket of a comment); None where it stands alone.
    `unread`: why the root, or a part of it, could not be read now although others can; `body` is None then. The core keeps what it
    has of the root, plans nothing for it, names it to people and asks for it again.
    `met`: another record names it; a list that is read whole and does not show it does not end it.
    """

    ref: Ref
    body: Json
    updated: datetime | None
    gone: bool = False
    root: Ref | None = None
    unread: str = ""
    met: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Stored in one transaction with `cursor`. Reading on from `cursor` may repeat records (last wins), never skip one.

    `whole`: set on every page of a reading that began at the start and gives all records of this kind there are (a list without
    a delta): what it did not give by the last page is gone.
    `complete`: each root that stands on the page comes with all its parts there: those that it had before and that the page does
    not show are gone.
    `caught_up`: this is all that the desk lists now; what follows is only what it shows after a while, for which reading waits.
    """

    records: Sequence[Wire]
    cursor: Cursor
    last: bool
    whole: Kind | None = None
    complete: bool = False
    caught_up: bool = False


@dataclass(frozen=True, slots=True)
class Translated:
    """Neutral records of one wire record, and where each leaf went.

    `trace`: wire path -> `kind[id].neutral.path`, or `=rule` for a leaf that repeats or derives from others.
    A path may be a pattern (`[]` any index) or concrete (`[3]`, which wins), and covers all below it. A place holds the value of
    each leaf that is traced to it, or the key `derived(path)` names the derivation that gives what it holds. The SDK puts every
    untraced leaf, and every one that does not stand at its place, into `native` of the first record.
    """

    records: Sequence[Record]
    trace: Mapping[str, str]
    findings: Sequence[Finding] = ()
    shape: Mapping[tuple[str, str], int] | None = field(default=None, compare=False)
    """Filled by the SDK: (pattern, place) -> so many leaves."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A write that exists. `guards`: preflight checks that must hold since it could notify; `gives`: slots it fills.

    `reverts`: name of the endpoint that may compensate it at once (an internal comment that came out public);
    `residue`: what stays for ever after it was undone, in words for the plan ("an issue number is used up");
    `last`: its batches are sent after all others of the plan, but for those that wait for one of them (closed tickets).
    `file`: not sent: the core collects the operations of a batch in a file that a person imports (`FileTarget`); `reads`: reading
    requests that a write of it makes by itself.
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


class Source(Protocol):
    """A desk to read."""

    @property
    def limits(self) -> Limits:
        """Figures of the desk that the core plans with."""
        ...

    def identity(self) -> DeskIdentity:
        """Ask the desk which one it is, at most a request or two: held against what the workspace knows before anything else.

        Raises AuthError where the credentials are not accepted.
        """
        ...

    def check(self) -> Sequence[Finding]:
        """Read identity, rights and guards, and what is invisible. Raises AuthError where nothing can be read."""
        ...

    def catalog(self) -> Catalog:
        """Read what the desk defines."""
        ...

    def streams(self) -> Sequence[str]:
        """Return the names of the streams in reading order."""
        ...

    def count(self, stream: str) -> int | None:
        """Return how many records the stream holds by the desk's own count; None: the vendor cannot say."""
        ...

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Read from the start (None), or what changed since `cursor`. The last page has `last`."""
        ...

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read roots with all their parts by id, never by a search index; absent ones are left out, and only those: one that a second
        witness still shows, and that cannot be read, is a wire with `unread`.
        """
        ...

    def content(self, attachment: Attachment) -> Iterator[bytes]:
        """Stream an attachment's bytes; credentials never go to another host. Raises RejectedError where it is gone.

        Called by several threads at once.
        """
        ...

    def translate(self, wire: Wire, catalog: Catalog) -> Translated:
        """Turn one wire record into neutral records. Pure."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


class Target(Source, Protocol):
    """A desk to write. `read` gives people, organizations, and tickets with our mark."""

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Every write that exists, in dependency order; the core's allow-list."""
        ...

    def expected(self, desired: Record, catalog: Catalog, way: str = REST) -> Expected:
        """Say what reading gives where `desired` was written by `way`; the diff holds it against what is there. Compiles nothing. Pure."""
        ...

    def compile(self, change: Change, catalog: Catalog) -> Compiled:
        """Turn a new record, or what moved of one that is there, into operations. Pure."""
        ...

    def undo(self, done: Sequence[tuple[Operation, WriteResult]], before: Record | None) -> Compiled:
        """Return the inverse operations of one lane, in the order to send them; a finding where nothing can. Pure."""
        ...

    def write(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult] | Job:
        """Send resolved operations (no From or Join left). One bad item never raises; UnknownOutcomeError where no answer came."""
        ...

    def poll(self, job: Job) -> Sequence[WriteResult] | None:
        """Ask for a job's results; None: still working."""
        ...

    def find(self, operations: Sequence[Operation], last: Mapping[str, str]) -> Sequence[WriteResult]:
        """Tell by provenance which operations were done (`done` with slots) and which not (`absent`).

        `last`: slots of our newest record of that endpoint's kind. More than one hit is an `error` finding of severity DOUBT.
        """
        ...


class FileTarget(Target, Protocol):
    """A target that also takes tickets through the vendor's importer (`Feature.IMPORT_FILE`).

    The operations of endpoints with `Endpoint.file` are never given to `write`: the core puts each batch into one file, asks a
    person to import it, and finds out by `find` what is there. `last` then holds `anchor`.
    """

    def anchor(self) -> str:
        """Return where the target's numbers stand now, before a file is handed out: what it makes lies behind."""
        ...

    def assemble(self, heads: Sequence[Operation], body: Callable[[Operation], Template]) -> Iterator[bytes]:
        """Yield the bytes of one file. `heads`: its operations, resolved, without bodies; `body` gives one, resolved, when asked.

        The same operations give the same bytes; nothing of a size that grows with the bodies is held.
        """
        ...

    def import_steps(self, files: Sequence[str]) -> Sequence[str]:
        """Say what the administrator does with the files, one step a text."""
        ...

    def import_limits(self) -> Sequence[str]:
        """Say what the files cannot hold and is written afterwards, one sentence a text."""
        ...


@runtime_checkable
class Attended(Protocol):
    """What a target may offer for long runs, so that watching it costs little; without it `check` and `count` are asked."""

    def ping(self) -> None:
        """Ask one cheap read. Raises RetryableError while the desk does not answer."""
        ...

    def guards(self) -> Sequence[Finding]:
        """Read the guards with `proof` "read", and nothing else: findings by their codes, as in `check`."""
        ...


@dataclass(frozen=True, slots=True)
class Connector:
    """What the entry point names. Import paths, not classes: listing connectors imports no HTTP library.

    `bodies`: wire kind -> paths of texts with structure (ADF) that count as one leaf.
    """

    name: str
    title: str
    options: type[Options]
    features: frozenset[Feature]
    source: str
    """`module:Class`, called with (options, Session)."""
    target: str | None = None
    emulator: str | None = None
    witness: str | None = None
    """Module with the functions of `ticketferry.sdk.witness.Witness`; None: what the desk holds cannot be judged from outside."""
    version: int = 1
    """Raised when translate or compile give other output for the same input."""
    guards: Sequence[Guard] = ()
    bodies: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ways: Sequence[Way] = ()
    """Ways into the target beside `rest`."""
    roles: Sequence[Literal["source", "target"]] = ("source",)
