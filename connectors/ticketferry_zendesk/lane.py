"""What compiling one root record gathers: operations in order, fates, findings."""

import hashlib
from collections.abc import Mapping
from typing import Any

from ticketferry.sdk import (
    Compiled,
    Disposition,
    Fate,
    Finding,
    Kind,
    Operation,
    Record,
    Ref,
    Severity,
    Template,
)
from ticketferry_zendesk.tracing import join

__all__ = ["Lane", "path_of", "short", "slim"]

path_of = join


class Lane:
    """Operations of one root, strictly in order, and the account of its leaves."""

    def __init__(self, root: Ref) -> None:
        self.root = root
        self.operations: list[Operation] = []
        self.fates: list[Fate] = []
        self.findings: list[Finding] = []

    def add(
        self,
        endpoint: str,
        key: str,
        *,
        params: Mapping[str, Template] | None = None,
        body: Template = None,
        subject: Ref | None = None,
    ) -> None:
        """Append an operation. `subject`: whose slots the answer fills, the root's unless given."""
        self.operations.append(Operation(key, subject or self.root, endpoint, params or {}, body, self.root))

    def edit(
        self,
        endpoint: str,
        key: str,
        *,
        params: Mapping[str, Template],
        body: Template = None,
        subject: Ref | None = None,
    ) -> None:
        """Append an edit: what is written is part of its key, so that each edit has a key of its own."""
        self.add(
            endpoint,
            f"{key}@{short((sorted(params.items()), body))}",
            params=params,
            body=body,
            subject=subject,
        )

    def carried(self, *paths: str, by: str) -> None:
        """Say that paths have a place of their own in Zendesk."""
        self.fates.extend(Fate(path, Disposition.CARRIED, by) for path in paths)

    def transformed(self, path: str, by: str) -> None:
        """Say that a value is written in another form."""
        self.fates.append(Fate(path, Disposition.TRANSFORMED, by))

    def kept(self, *paths: str, by: str) -> None:
        """Say that paths are stored beside."""
        self.fates.extend(Fate(path, Disposition.KEPT, by) for path in paths)

    def lost(self, path: str, code: str, message: str, remedy: str = "", *, count: int = 1) -> None:
        """Say that Zendesk cannot hold a path, with a finding of the same code."""
        self.fates.append(Fate(path, Disposition.UNSUPPORTED, code))
        self.find(code, Severity.LOSS, path, message, remedy, count=count)

    def find(
        self, code: str, severity: Severity, where: str, message: str, remedy: str = "", *, count: int = 1
    ) -> None:
        """Note a finding on this root."""
        self.findings.append(Finding(code, severity, self.root, where, message, remedy, count))

    def part(self, kind: Kind, id_: str) -> Ref:
        """Return the ref of a part of this root's desk."""
        return Ref(self.root.desk, kind, id_)

    def compiled(self, expected: Record | None) -> Compiled:
        """Close the lane."""
        return Compiled(tuple(self.operations), expected, tuple(self.fates), tuple(self.findings))


def short(value: object) -> str:
    """Return eight hex digits of anything that prints the same each time."""
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def slim(record: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what says nothing from a flat record; False and 0 stay."""
    return {key: value for key, value in record.items() if value is not None and value not in ("", [], {})}
