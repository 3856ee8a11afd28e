"""The request ledger: every request that reached an emulator, and what became of it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ticketferry_emulators.kit.messages import MalformedBodyError

if TYPE_CHECKING:
    from ticketferry_emulators.kit.messages import Call

__all__ = ["SAFE_HEADERS", "Entry", "Ledger", "UploadNote"]

SAFE_HEADERS = frozenset(
    {
        "accept",
        "content-type",
        "content-length",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "range",
        "user-agent",
        "x-atlassian-token",
        "x-experimentalapi",
    }
)


@dataclass(frozen=True, slots=True)
class UploadNote:
    """A file that was sent, without its bytes."""

    field: str
    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(slots=True)
class Entry:
    """One request. `status` None: the connection was closed without an answer. `committed`: the state has changed. `octets`: bytes of
    the answer's body.
    """

    sequence: int
    time: float
    method: str
    path: str
    operation: str
    group: str
    write: bool
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    digest: str | None
    json: Any
    uploads: tuple[UploadNote, ...] = ()
    account: str | None = None
    status: int | None = None
    committed: bool = False
    fault: str | None = None
    octets: int = 0

    def note_octets(self, count: int) -> None:
        """Note the bytes of the answer's body."""
        self.octets = count

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as JSON-able data."""
        data = {name: getattr(self, name) for name in self.__slots__}
        data["query"] = [list(pair) for pair in self.query]
        data["uploads"] = [{name: getattr(note, name) for name in note.__slots__} for note in self.uploads]
        return data


class Ledger:
    """All requests in the order of their arrival; thread-safe. `keep_bodies` False leaves out parsed JSON (long runs)."""

    def __init__(self, *, keep_bodies: bool = True) -> None:
        self.keep_bodies = keep_bodies
        self._entries: list[Entry] = []
        self._sequence = 0
        self._lock = threading.Lock()

    def number(self) -> int:
        """Return the next sequence number, from 1."""
        with self._lock:
            self._sequence += 1
            return self._sequence

    def open(self, call: Call) -> Entry:
        """Enter a request, before anything is done with it."""
        entry = Entry(
            sequence=call.sequence,
            time=call.time,
            method=call.method,
            path=call.path,
            operation=call.operation,
            group=call.group,
            write=bool(call.route and call.route.write),
            query=tuple(call.query.pairs),
            headers={name: value for name, value in call.headers.items() if name in SAFE_HEADERS},
            digest=hashlib.sha256(call.body).hexdigest() if call.body else None,
            json=self._parsed(call),
            uploads=tuple(
                UploadNote(
                    upload.field,
                    upload.name,
                    upload.media_type,
                    len(upload.content),
                    hashlib.sha256(upload.content).hexdigest(),
                )
                for upload in call.files
            ),
            account=call.account,
            fault=call.fault.kind if call.fault else None,
        )
        with self._lock:
            self._entries.append(entry)
        return entry

    def _parsed(self, call: Call) -> Any:
        if not self.keep_bodies or "json" not in call.headers.get("content-type", ""):
            return None
        try:
            return call.json
        except MalformedBodyError:
            return None

    def entries(self, operation: str | None = None) -> list[Entry]:
        """Return the requests so far, or those of one operation, by sequence number."""
        with self._lock:
            found = [entry for entry in self._entries if operation is None or entry.operation == operation]
        return sorted(found, key=lambda entry: entry.sequence)

    def writes(self, *, committed: bool | None = None) -> list[Entry]:
        """Return the calls of routes declared as writes, attempted or committed; `committed` narrows it to one sort."""
        return [
            entry
            for entry in self.entries()
            if entry.write and (committed is None or entry.committed == committed)
        ]

    def counts(self) -> dict[str, int]:
        """Return the number of requests by operation."""
        counts: dict[str, int] = {}
        for entry in self.entries():
            counts[entry.operation] = counts.get(entry.operation, 0) + 1
        return counts

    def clear(self) -> None:
        """Forget the requests so far; sequence numbers go on."""
        with self._lock:
            self._entries.clear()

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries())
