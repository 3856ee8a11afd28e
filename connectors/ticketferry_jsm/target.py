"""Writing a site: what compile plans is sent as it stands, looked up where an answer was lost, and taken back."""

from collections.abc import Mapping, Sequence

from ticketferry.sdk import Catalog, Change, Compiled, Endpoint, Job, Operation, Record, Session, WriteResult

from .compile import compile_change
from .endpoints import ENDPOINTS
from .find import Finder
from .options import JsmOptions
from .send import Sender
from .source import JsmSource
from .undo import undo_lane

__all__ = ["JsmTarget"]


class JsmTarget(JsmSource):
    """A Jira Service Management site to write."""

    def __init__(self, options: JsmOptions, session: Session) -> None:
        super().__init__(options, session)
        self._sender = Sender(self.client, session)

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Return every write that exists."""
        return ENDPOINTS

    def compile(self, change: Change, catalog: Catalog) -> Compiled:
        """Turn a change into operations and what reading will give afterwards. Pure."""
        return compile_change(change, self.site(catalog), self.session)

    def undo(self, done: Sequence[tuple[Operation, WriteResult]], before: Record | None) -> Compiled:
        """Return the inverse operations of one lane. Pure."""
        return undo_lane(done, before)

    def write(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult] | Job:
        """Send resolved operations."""
        return self._sender.send(endpoint, batch)

    def poll(self, job: Job) -> Sequence[WriteResult] | None:
        """Ask for a job's results; None: still working."""
        return self._sender.poll(job)

    def find(self, operations: Sequence[Operation], last: Mapping[str, str]) -> Sequence[WriteResult]:
        """Tell by our marks which operations were done."""
        return Finder(self.client, self._sender, self.session.origin).find(operations, last)
