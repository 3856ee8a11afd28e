"""What a source with a REST API need not say itself."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar, TypeAlias, cast

from ticketferry.errors import UnsupportedError
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.refs import Ref, parse_ref
from ticketferry.schema.tickets import Attachment
from ticketferry.sdk.contract import Cursor, Page, Source, Wire
from ticketferry.sdk.rest.client import RestClient
from ticketferry.sdk.rest.files import streamed
from ticketferry.sdk.rest.parallel import OrderedMap, workers_for
from ticketferry.sdk.rest.streams import RestStream, StreamReader
from ticketferry.sdk.session import Session

__all__ = ["Reading", "RestSource"]

Reading: TypeAlias = Callable[[Cursor | None], Iterator[Page]]
"""Reads a stream that is more than lists, from the start (None) or from a cursor on."""


class RestSource(ABC):
    """Streams as `declared` names them, in that order; no counts and no files unless a connector has them. `several`: for records that
    are asked for one by one. `files`: what fetching a file is called in the ledger of requests, of a desk that gives their addresses.
    """

    files: ClassVar[str] = ""

    def __init__(self, client: RestClient, session: Session) -> None:
        self.client = client
        self.session = session
        self.several = OrderedMap(session.clock, lambda: workers_for(None))

    @abstractmethod
    def declared(self) -> Mapping[str, RestStream | Reading]:
        """Return the streams by name, in reading order: declared, or as what reads them from a cursor on."""

    def streams(self) -> Sequence[str]:
        """Return their names."""
        return tuple(self.declared())

    def count(self, stream: str) -> int | None:  # noqa: ARG002 -- the contract's
        """Return None: the desk does not count by itself."""
        return None

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Read a stream from the start, or what changed since `cursor`. Raises UnsupportedError for one that is not declared."""
        streams = self.declared()
        if stream not in streams:
            raise UnsupportedError(
                f"there is no stream {stream!r}", remedy=f"Streams are: {', '.join(streams)}."
            )
        declared = streams[stream]
        if isinstance(declared, RestStream):
            return StreamReader(self.client).read(declared, cursor)
        return declared(cursor)

    def fetch_one(self, ref: Ref) -> Sequence[Wire]:
        """Read a root by its id, with all its parts; nothing where there is none. For connectors that have no request for several."""
        raise NotImplementedError(f"{type(self).__name__} reads no root by its id: {ref}")

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read roots by id, several at once, in order."""
        return [wire for wires in self.several.each(self.fetch_one, list(refs)) for wire in wires]

    def content(self, attachment: Attachment) -> Iterator[bytes]:
        """Stream a file from its address, or, where that has ended, from the one that its ticket tells when it is read again.

        Raises RejectedError where the file is gone, UnsupportedError where the desk has no `files`.
        """
        if not self.files:
            raise UnsupportedError(f"the desk holds no files, not even {attachment.get('name')!r}")
        return streamed(attachment, self._download, self._address_now)

    def _download(self, url: str) -> Iterator[bytes]:
        return self.client.download(url, endpoint=self.files)

    def _address_now(self, attachment: Attachment) -> str | None:
        whole, held = cast("Source", self), parse_ref(attachment["ticket"])
        for wire in whole.fetch([Ref(self.session.desk, held.kind, held.id)]):
            for record in whole.translate(wire, cast("Catalog", {"desk": self.session.desk})).records:
                if record["ref"] == attachment["ref"]:
                    return str(record.get("url") or "") or None
        return None

    def close(self) -> None:
        """Give back connections."""
        self.client.close()
