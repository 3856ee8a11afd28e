"""Holds what a quick way of reading gave against the desk's own counts, and reads again what does not agree."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import cast

from ticketferry.desired.cases import assemble
from ticketferry.schema.counting import counted
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Finding, Severity, Source
from ticketferry.sdk.crosscheck import CrossChecker, Recheck
from ticketferry.store.quarantine import READING
from ticketferry.store.snapshots import Snapshots

__all__ = ["CrossChecked", "comments_of", "cross_check"]

MENDED, DIFFERS, SAMPLED = "TF-CHECK-001", "TF-CHECK-002", "TF-CHECK-003"
NAMED = 10
Refresh = Callable[[Sequence[Ref]], int]
Keep = Callable[[Ref, str, str, str], None]
"""Takes a root into quarantine: (root, stage, cause, remedy)."""
_REMEDY = (
    "Nothing of it is planned. A comment may be hidden from these credentials: look at it in the old desk, then"
    " `ticketferry extract --retry`, or leave it out knowingly: `ticketferry quarantine waive`."
)


@dataclass(slots=True)
class CrossChecked:
    """What a cross-check did."""

    counted: int = 0
    """Cases whose comments the desk counted."""
    again: list[Recheck] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    """Tickets that had other comments when they were read again."""
    differ: list[str] = field(default_factory=list)
    """Tickets whose comments are still not as many as the desk counts."""
    sampled: int = 0
    sampled_wrong: int = 0


def cross_check(
    source: Source,
    snapshots: Snapshots,
    snapshot: int,
    refresh: Refresh,
    keep: Keep = lambda *_: None,
    also: Sequence[Ref] = (),
    alone: bool = False,
    progress: Callable[[str, int, int | None], None] = lambda *_: None,
) -> CrossChecked:
    """Let the source look at every case that changed in `snapshot`; `refresh` reads roots again by id. Findings are kept with counts.

    `also`: cases to look at although they did not change; `alone`: no others. A case that lacks comments even when it is read again goes to quarantine by `keep`: half a conversation is not moved.
    """
    result = CrossChecked()
    checker = cast("CrossChecker", source)
    seen = 0

    def cases() -> Iterator[Record]:
        nonlocal seen
        for case in _changed(snapshots, snapshot, also, alone=alone):
            seen += 1
            progress("cross-check", seen, None)
            yield case

    for recheck in checker.cross_check(cases()):
        result.counted += recheck.expected is not None
        result.sampled += recheck.sampled
        if recheck.again:
            result.again.append(recheck)
    size = max(1, source.limits.fetch_batch)
    for start in range(0, len(result.again), size):
        part = result.again[start : start + size]
        before = {one.ref: comments_of(_case(snapshots, snapshot, one.ref)) for one in part}
        refresh([one.ref for one in part])
        for one in part:
            after = comments_of(_case(snapshots, snapshot, one.ref))
            if after != before[one.ref]:
                result.mended.append(one.ref.id)
                result.sampled_wrong += one.sampled
            if one.expected is not None and len(after) != one.expected:
                result.differ.append(one.ref.id)
                if len(after) < one.expected:
                    cause = f"the desk counts {one.expected} comments and shows {len(after)}"
                    keep(one.ref, READING, cause, _REMEDY)
        progress("read again", min(start + size, len(result.again)), len(result.again))
    for code in (MENDED, DIFFERS, SAMPLED):
        snapshots.findings.forget(code, None)
    snapshots.findings.keep(snapshot, list(_findings(result)))
    return result


def comments_of(case: Record | None) -> frozenset[str]:
    """Return the refs of a case's comments; messages of chats are none to the desk."""
    return frozenset(
        comment["ref"] for comment in (case or {}).get("comments", ()) if comment.get("kind") != "chat"
    )


def _case(snapshots: Snapshots, snapshot: int, ref: Ref) -> Record | None:
    rows = snapshots.root(ref, snapshot)
    return assemble(ref, rows) if rows else None


def _changed(snapshots: Snapshots, snapshot: int, also: Sequence[Ref], *, alone: bool) -> Iterator[Record]:
    """Yield the cases that changed and those of `also`; all of them in one pass where it is the first snapshot."""
    latest = snapshots.latest()
    if latest is None and not alone:
        for root, rows in snapshots.roots(Kind.TICKET, snapshot):
            case = assemble(root, rows)
            if case is not None:
                yield case
        return
    before = latest.number if latest is not None else 0
    changed = () if alone else snapshots.changed_roots(Kind.TICKET, before, snapshot)
    tickets = dict.fromkeys(ref for ref in also if ref.kind is Kind.TICKET)
    for ref in chain(tickets, (ref for ref in changed if ref not in tickets)):
        case = _case(snapshots, snapshot, ref)
        if case is not None:
            yield case


def _findings(result: CrossChecked) -> Iterator[Finding]:
    if result.mended:
        words = f"{len(result.mended):,} tickets had comments that the export had not given; they were read one by one: {_some(result.mended)}"
        yield Finding(MENDED, Severity.REPAIR, None, "comments", words, "", len(result.mended))
    if result.differ:
        words = f"{len(result.differ):,} tickets have another number of comments than the desk counts: {_some(result.differ)}"
        remedy = "Look at them in the old desk: a comment may be hidden from these credentials."
        yield Finding(DIFFERS, Severity.DOUBT, None, "comments", words, remedy, len(result.differ))
    if result.sampled_wrong:
        words = f"{result.sampled_wrong:,} of {counted(result.sampled, 'ticket')} chosen by chance lacked comments: so may others that were not looked at"
        remedy = "Read the history ticket by ticket (Zendesk: `history: thorough`) and extract again."
        yield Finding(SAMPLED, Severity.DOUBT, None, "comments", words, remedy, result.sampled_wrong)


def _some(numbers: Sequence[str]) -> str:
    shown = ", ".join(f"#{number}" for number in numbers[:NAMED])
    return shown if len(numbers) <= NAMED else f"{shown} and {len(numbers) - NAMED:,} more"
