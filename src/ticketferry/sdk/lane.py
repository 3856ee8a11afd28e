"""What compiling one root record gathers: operations in order, fates, findings. For the `compile` of a target."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import (
    Compiled,
    Disposition,
    Expected,
    Fate,
    Finding,
    Operation,
    Severity,
    Template,
)

__all__ = ["Lane", "gathered", "short_hash", "slim"]

_FEW = 3
"""Findings of one kind on one record that are told one by one."""
_PART = re.compile(r"\[[^\]\"]*\]")
"""A part's place: `[7]` of `comments[7].body`; the name of a field (`fields["x"]`) is none."""


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
        expect: str | None = None,
    ) -> None:
        """Append an operation. `subject`: whose slots the answer fills, the root's unless given."""
        self.operations.append(
            Operation(key, subject or self.root, endpoint, params or {}, body, self.root, expect)
        )

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
        mark = short_hash((sorted(params.items()), body))
        self.add(endpoint, f"{key}@{mark}", params=params, body=body, subject=subject)

    def carried(self, *paths: str, by: str) -> None:
        """Say that paths have a place of their own in the target."""
        self.fates.extend(Fate(path, Disposition.CARRIED, by) for path in paths)

    def transformed(self, path: str, by: str) -> None:
        """Say that a value is written in another form."""
        self.fates.append(Fate(path, Disposition.TRANSFORMED, by))

    def kept(self, *paths: str, by: str) -> None:
        """Say that paths are stored beside."""
        self.fates.extend(Fate(path, Disposition.KEPT, by) for path in paths)

    def derived(self, path: str, by: str) -> None:
        """Say that the target's own value stands for a path: nothing is written."""
        self.fates.append(Fate(path, Disposition.DROPPED, by))

    def lost(self, path: str, code: str, message: str, remedy: str = "", *, count: int = 1) -> None:
        """Say that the target cannot hold a path, with a finding of the same code."""
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

    def expected(self, record: Record | None, *, refused: str = "") -> Expected:
        """Close a lane on which nothing is written: what reading will give, with the account of its leaves."""
        return Expected(record, tuple(self.fates), tuple(gathered(self.findings)), refused)

    def compiled(self, expected: Record | None, *, refused: str = "") -> Compiled:
        """Close the lane. `refused`: why the target must not get the record."""
        return Compiled(
            tuple(self.operations), expected, tuple(self.fates), tuple(gathered(self.findings)), refused
        )


def gathered(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings; more than a few of one kind on the parts of a record (`comments[7].body`) as one with a count.

    The first one's message and remedy stand for all, with its place.
    """
    kinds: dict[tuple[str, Severity, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.code, finding.severity, _PART.sub("[]", finding.where)), []).append(finding)
    for (_, _, where), rows in kinds.items():
        if len(rows) <= _FEW or where == rows[0].where:
            yield from rows
            continue
        first = rows[0]
        message = f"{first.message} (the first of them: {first.where})"
        yield replace(first, where=where, message=message, count=sum(row.count for row in rows))


def short_hash(value: object) -> str:
    """Return eight hex digits of anything that prints the same each time."""
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def slim(record: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what says nothing from a flat record; False and 0 stay."""
    return {key: value for key, value in record.items() if value is not None and value not in ("", [], {})}
