"""What compiling one root record gathers: operations in order, fates, findings."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from ticketferry.sdk import (
    Compiled,
    Disposition,
    Fate,
    Finding,
    From,
    Kind,
    Operation,
    Record,
    Ref,
    Severity,
    Template,
    parse_ref,
)

from .body import Draft

__all__ = ["Lane", "issue_of", "on_desk", "path_of", "slim", "told"]


def path_of(base: str, key: str) -> str:
    """Put a key to a path as traces and mappings write it: `fields.Origin`, `fields["Serial no."]`."""
    if not key or any(sign in key for sign in '.[]"'):
        return base + '["' + key.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\u005d") + '"]'
    return f"{base}.{key}"


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

    def edit(self, endpoint: str, key: str, *, params: Mapping[str, Template], body: Template) -> None:
        """Append an edit: what is written is part of its key, so that each edit has a key of its own."""
        mark = hashlib.blake2b(repr((sorted(params.items()), body)).encode(), digest_size=4).hexdigest()
        self.add(endpoint, f"{key}@{mark}", params=params, body=body)

    def carried(self, *paths: str, by: str) -> None:
        """Say that paths have a place of their own in Jira."""
        self.fates.extend(Fate(path, Disposition.CARRIED, by) for path in paths)

    def transformed(self, path: str, by: str) -> None:
        """Say that a value is written in another form."""
        self.fates.append(Fate(path, Disposition.TRANSFORMED, by))

    def kept(self, *paths: str, by: str) -> None:
        """Say that paths are stored beside, in a property."""
        self.fates.extend(Fate(path, Disposition.KEPT, by) for path in paths)

    def derived(self, path: str, by: str) -> None:
        """Say that Jira's own value stands for a path: nothing is written."""
        self.fates.append(Fate(path, Disposition.DROPPED, by))

    def lost(self, path: str, code: str, message: str, remedy: str = "", *, count: int = 1) -> None:
        """Say that Jira cannot hold a path, with a finding of the same code."""
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

    def compiled(self, expected: Record | None, *, refused: str = "") -> Compiled:
        """Close the lane. `refused`: why Jira must not get the record."""
        return Compiled(tuple(self.operations), expected, tuple(self.fates), tuple(self.findings), refused)


def on_desk(organization: str, desk: str) -> Ref:
    """Return the ref under which an organization's place on a desk is filed.

    A ticket may name an organization only once its desk has it: the slot `on_desk` of this ref makes it wait for that.
    """
    ref = parse_ref(organization)
    return Ref(ref.desk, ref.kind, f"{ref.id}@{desk}")


def issue_of(lane: Lane) -> dict[str, Template]:
    """Return the parameters that name the lane's issue."""
    return {"issue": From(lane.root)}


def slim(record: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what says nothing from a flat record; False and 0 stay."""
    return {key: value for key, value in record.items() if value is not None and value not in ("", [], {})}


def told(lane: Lane, where: str, drafts: Iterable[Draft]) -> None:
    """Make findings of what ADF could not hold, one for each kind of loss."""
    sums: dict[str, tuple[str, int]] = {}
    for draft in drafts:
        for loss in draft.losses:
            message, count = sums.get(loss.code, (loss.message, 0))
            sums[loss.code] = (message, count + loss.count)
    for code, (message, count) in sums.items():
        lane.find(f"JSM-{code}", Severity.LOSS, where, message, count=count)
