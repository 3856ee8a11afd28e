"""Who was forgotten in a folder: the entries that it was done, and the keyed digests by which they are held back. No word of theirs."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from ticketferry.schema.forgotten import Forgotten, digest_of
from ticketferry.store.workspace import Workspace

__all__ = ["Forgetting", "ForgottenList"]

_ENTRY = "forgotten:"
_KEY = "forgotten key"
_FURTHER = f"{_KEY}:"


@dataclass(frozen=True, slots=True)
class Forgetting:
    """One person forgotten: who did it, when, why, what was taken out. `ended` is empty while it is under way.

    `digests`: of the person's words and accounts, and of the tickets that name them; `longest`: words of the longest.
    """

    at: str
    by: str
    because: str
    texts: str
    ended: str = ""
    longest: int = 1
    digests: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """File of the folder -> SHA-256 that it had before."""


class ForgottenList:
    """The entries of a folder, in workspace.db."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def key(self) -> bytes:
        """Return the key of this folder's digests, made at the first call."""
        held = self._workspace.notes(_KEY).get("")
        if held is None:
            held = secrets.token_hex(32)
            self._workspace.note(_KEY, held)
        return bytes.fromhex(held)

    def further_keys(self) -> list[bytes]:
        """Return the keys of other folders, whose entries were taken over into this one, which had a key already."""
        notes = self._workspace.notes(_FURTHER)
        return [bytes.fromhex(notes[number]) for number in sorted(notes, key=int)]

    def entries(self) -> list[Forgetting]:
        """Return all entries, oldest first."""
        notes = sorted(self._workspace.notes(_ENTRY).items())
        return [Forgetting(**orjson.loads(text)) for _, text in notes]

    def keep(self, entry: Forgetting) -> None:
        """Keep an entry, or what it is by now; on the disk when it returns."""
        told: dict[str, Any] = asdict(entry)
        self._workspace.note(f"{_ENTRY}{entry.at}", orjson.dumps(told).decode())

    def unfinished(self) -> Forgetting | None:
        """Return the entry of one that was begun and has not come to its end."""
        return next((entry for entry in self.entries() if not entry.ended), None)

    def at_work(self) -> Forgotten:
        """Return all that is on the list, to hold texts against; empty where nobody was forgotten."""
        entries = self.entries()
        digests: dict[str, str] = {}
        for entry in entries:
            digests.update(entry.digests)
        if not digests:
            return Forgotten(b"", {})
        return self.with_keys(digests, max(entry.longest for entry in entries))

    def with_keys(self, digests: Mapping[str, str], longest: int = 1) -> Forgotten:
        """Return digests of entries at work, with every key by which they may have been made."""
        return Forgotten(self.key(), digests, longest, self.further_keys())

    def add(self, more: Mapping[str, str]) -> None:
        """Put further accounts or tickets on the list: those in which an extract met somebody who is on it."""
        entries = self.entries()
        if entries and more:
            self.keep(replace(entries[-1], digests={**more, **entries[-1].digests}))

    def take(self, other: "ForgottenList") -> None:
        """Take over the entries of another folder, with its keys; what was taken before is taken again. Own entries, and what an extract
        met of those that were taken, stay as they are.
        """
        entries = other.entries()
        if not entries:
            return
        if "" not in self._workspace.notes(_KEY):
            self._workspace.note(_KEY, other.key().hex())
        held = [self.key(), *self.further_keys()]
        for key in (other.key(), *other.further_keys()):
            if key not in held:
                self._workspace.note(f"{_FURTHER}{len(held)}", key.hex())
                held.append(key)
        known = {entry.at: entry.digests for entry in self.entries()}
        for entry in entries:
            self.keep(replace(entry, digests={**known.get(entry.at, {}), **entry.digests}))

    def digest(self, ref: str) -> str:
        """Return the digest of a reference."""
        return digest_of(self.key(), "ref", ref)
