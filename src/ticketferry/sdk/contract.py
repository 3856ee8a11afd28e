"""What a connector provides: pure methods for planning (no network, no clock) and thin methods that talk; the rest is the core's.

The contract is this module with the words of `findings` and the plain data of `operations`, which stand here too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Json, Kind, Ref
from ticketferry.schema.tickets import Attachment
from ticketferry.sdk.features import REST, Feature, Guard, Limits, Way
from ticketferry.sdk.findings import Disposition, Fate, Finding, Outcome, Severity
from ticketferry.sdk.identity import DeskIdentity
from ticketferry.sdk.operations import (
    Blob,
    Change,
    Compiled,
    Endpoint,
    Expected,
    From,
    Job,
    Join,
    Operation,
    Repeat,
    Template,
    WriteResult,
)  # fmt: skip
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

Cursor: TypeAlias = str
"""Opaque to the core, saved with every page."""


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
class KeyedFileTarget(Protocol):
    """A target whose import file says which keys its tickets have (`Feature.KEYS`)."""

    def taken_keys(self, heads: Sequence[Operation]) -> Sequence[str]:
        """Return the keys that operations of a file ask for and that a record has which is none of theirs. Reads only."""
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
