"""What the core lends to a connector for one desk: its key, the clock, the pace, attachment bytes, and a place to note requests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

from ticketferry.sdk.pacing import Clock, LimitShare, SystemClock
from ticketferry.sdk.secrets import remember

__all__ = ["BlobReader", "RequestNote", "Session", "Transport"]


class BlobReader(Protocol):
    """Attachment bytes of the workspace, by checksum."""

    def open(self, sha256: str) -> BinaryIO:
        """Open for reading; FileNotFoundError where the workspace does not hold it."""
        ...

    def size(self, sha256: str) -> int:
        """Return the size in bytes; FileNotFoundError where the workspace does not hold it."""
        ...


class NoBlobs:
    """A session without a workspace holds no attachment."""

    def open(self, sha256: str) -> BinaryIO:
        """Raise FileNotFoundError."""
        raise FileNotFoundError(sha256)

    def size(self, sha256: str) -> int:
        """Raise FileNotFoundError."""
        raise FileNotFoundError(sha256)


@dataclass(frozen=True, slots=True)
class RequestNote:
    """One request for the run's ledger: never a secret, never a body.

    `seconds`: until the answer was there, with its body. `octets`: bytes of the answer's body as they came over the line (packed where
    the desk packs them).
    """

    desk: str
    method: str
    endpoint: str
    status: int
    seconds: float
    write: bool
    outcome: str = ""
    octets: int = 0


class Transport(Protocol):
    """What an HTTP client sends its requests through (httpx.BaseTransport)."""

    def handle_request(self, request: Any) -> Any:
        """Answer a request."""
        ...


def _ignore(_: RequestNote) -> None:
    return None


def _keep_nothing(_name: str, _value: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Session:
    """Lent to a source or target when it is opened.

    `desk`: key of the desk that is talked to. `origin`: key of the source desk whose records are moved (part of every
    mark, `tf-acme-12345`). `workspace`: identity of the workspace, written into marks so that two migrations never mix.
    `share`: part of the vendor's account-wide limits that may be used.
    """

    desk: str
    origin: str = ""
    workspace: str = ""
    clock: Clock = field(default_factory=SystemClock)
    blobs: BlobReader = field(default_factory=NoBlobs)
    share: float | LimitShare = 1.0
    note: Callable[[RequestNote], None] = _ignore
    keep: Callable[[str, str], bool] = _keep_nothing
    transport: "Transport | None" = None
    """What requests go through in the place of the network: a rehearsal's stand-ins. None: the network."""

    @property
    def day_share(self) -> float:
        """Return the part by day: what forecasts count with."""
        return self.share.day if isinstance(self.share, LimitShare) else self.share

    def keep_secret(self, name: str, value: str) -> bool:
        """Keep a secret that the desk gave in the place of the one in the option `name`, so that the next command has it.

        False where the place that migration.yaml names cannot be written (an environment variable): say so in `check`.
        """
        remember(value)
        return self.keep(name, value)

    def mark(self, number: str) -> str:
        """Return the mark of the source record `number`: `tf-acme-12345`."""
        return f"tf-{self.origin}-{number}"
