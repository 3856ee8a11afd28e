"""What a target notices right before a create, so that a lost answer never makes a stranger's object ours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from ticketferry.sdk.contract import Endpoint, Finding, Operation, WriteResult

__all__ = ["Attempt", "Sight", "Sighted"]


class Sight(NamedTuple):
    """What stands where a write would make something.

    `note`: the connector's own text, kept with the intent. `taken`: what is there is somebody's, and the write must not be sent.
    """

    note: str = ""
    taken: Finding | None = None


class Attempt(NamedTuple):
    """A write whose outcome nobody knows.

    `sight`: the note that was taken before it was last sent; empty where none was. `began`: when it was meant to leave, by this machine's
    clock; `lost`: when its answer failed to come; None where the process ended before.
    """

    sight: str
    began: datetime
    lost: datetime | None


@runtime_checkable
class Sighted(Protocol):
    """What a target offers whose objects bear no mark of ours from their first moment: names alone tell nobody's from somebody's."""

    @property
    def sighted(self) -> frozenset[str]:
        """Names of the endpoints before which it wants to look."""
        ...

    def sight(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Mapping[str, Sight]:
        """Read what stands there, by operation key, right before the batch is sent; its notes are durable when it is.

        Raises RetryableError and RejectedError as reading does; nothing is sent then.
        """
        ...

    def find_since(
        self, operations: Sequence[Operation], last: Mapping[str, str], attempts: Mapping[str, Attempt]
    ) -> Sequence[WriteResult]:
        """Answer as `Target.find` does; `rejected` where something is there of which nobody can say that the attempt made it."""
        ...
