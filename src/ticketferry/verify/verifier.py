"""Reads the target back and compares it, field by field, with what the applied plans say should be there."""

from collections import Counter, deque
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from ticketferry.errors import FerryError
from ticketferry.extract.roots import read_roots
from ticketferry.plan.context import PlanContext
from ticketferry.ranges import HERE, Executor, RangeWork
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Connector, Target
from ticketferry.sdk.features import Feature
from ticketferry.sdk.pacing import Clock
from ticketferry.verify.comparing import (
    Compared,
    Comparing,
    FileToRead,
    PartRead,
    Wanted,
    compare_parts,
    shown,
)
from ticketferry.verify.differences import Value
from ticketferry.verify.file_sums import read_sum
from ticketferry.verify.unfinished import Unfinished
from ticketferry.verify.witnessing import Witnessed

__all__ = ["Value", "Verified", "VerifyLine", "Wanted", "verify"]

RANGE_ROOTS = 50
"""Records of one range at the least: what is read of them waits in memory until it is compared."""


class VerifyLine(NamedTuple):
    """One record: `sign` is `=` same, `+` only in the source, `-` only in the target, `*` differs, `!` error."""

    sign: str
    ref: str
    target: str
    fields: tuple[str, ...] = ()
    message: str = ""
    values: tuple[Value, ...] = ()
    """Both values of what differs."""


@dataclass(slots=True)
class Verified:
    """Counts by sign, values compared, and every record that is not the same."""

    counts: Counter[str] = field(default_factory=Counter)
    values: int = 0
    files: int = 0
    lines: list[VerifyLine] = field(default_factory=list)
    witnessed: Witnessed | None = None
    """What the independent witness saw; None: it was not asked."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Records by kind (`ticket`): all that `counts` counts; what hangs on a ticket is compared with it."""
    left: list[VerifyLine] = field(default_factory=list)
    """What people had changed before our last write, where the mapping leaves that to them: told, and no difference."""

    @property
    def same(self) -> bool:
        """Tell whether there is nothing but `=`, and the witness has no error."""
        silent = self.witnessed is None or self.witnessed.silent
        return silent and not any(self.counts[sign] for sign in "+-*!")

    def note(self, line: VerifyLine, keep: Callable[[VerifyLine], None]) -> None:
        """Count a record; keep those that differ."""
        self.counts[line.sign] += 1
        self.kinds[line.ref.split(":", 2)[1] if line.ref.count(":") > 1 else "other"] += 1
        if line.sign != "=":
            self.lines.append(line)
        keep(line)


def verify(
    target: Target,
    connector: Connector,
    planning: PlanContext,
    clock: Clock,
    *,
    plans: Sequence[str] | None = None,
    contents: bool = True,
    unfinished: Unfinished | None = None,
    skipped: Mapping[str, str] = MappingProxyType({}),
    copies: Mapping[str, VerifyLine] = MappingProxyType({}),
    wanted: Wanted | None = None,
    executor: Executor = HERE,
    open_apart: Callable[[], Comparing] | None = None,
    every_line: Callable[[VerifyLine], None] = lambda _: None,
    progress: Callable[[str, int, int | None], None] = lambda *_: None,
) -> Verified:
    """Compare every root that the applied plans made or matched; `contents` also compares attachments byte by byte (checksum).

    `wanted` tells the values that were written where something differs. `unfinished`: what those plans should have made and did not is
    an error, whatever is there, unless a person gave it up (`skipped`: record -> who and why), which is told. `copies`: a line for each ticket of the target that is there once more, by its id. Strangers are tickets with our mark, in
    the target's snapshot, that the id map does not know. Skipped and rejected records are no part of it: the plan lists them.

    The target is asked by this process alone; what it gave is compared by the `executor`, whose processes open with `open_apart` what
    this one has open.
    """
    result = Verified()
    for root, why in unfinished.records() if unfinished is not None else ():
        if root in skipped:
            result.left.append(VerifyLine("~", root, shown(planning, root), (), f"{skipped[root]}; {why}"))
        else:
            result.note(VerifyLine("!", root, shown(planning, root), (), why), every_line)
    for line in copies.values():
        result.note(line, every_line)
    total = sum(1 for _ in planning.idmap.applied_refs(plans))
    files = contents and Feature.CONTENT in connector.features
    comparing = Comparing(connector, planning, wanted, files)
    work = RangeWork(open_apart or (lambda: comparing), compare_parts)
    sizes: deque[int] = deque()

    def read() -> Iterator[list[PartRead]]:
        for parts, size in _ranges(target, planning, plans, unfinished):
            sizes.append(size)
            yield parts

    done = 0
    with clock.busy():
        for compared in executor.run(work, read(), lambda: comparing, total):
            for one in compared:
                result.note(_line(target, one, result, clock), every_line)
                if one.left:
                    result.left.append(_left(one))
            done += sizes.popleft()
            progress("records", done, total)
        if plans is None:
            for line in _strangers(target, connector, planning, copies):
                result.note(line, every_line)
    return result


def _ranges(
    target: Target, planning: PlanContext, plans: Sequence[str] | None, unfinished: Unfinished | None
) -> Iterator[tuple[list[PartRead], int]]:
    """Read the target; yield what it gave in ranges, with the number of records that end with it."""
    parts: list[PartRead] = []
    size = 0
    for refs in _parts(planning.idmap.applied_refs(plans), max(1, target.limits.fetch_batch)):
        begun = tuple(ref for ref in refs if unfinished is None or not unfinished.why(ref))
        asked = {
            Ref(planning.target.desk, parse_ref(ref).kind, id_): ref
            for ref in begun
            if (id_ := planning.idmap.get(ref))
        }
        try:
            parts.append(PartRead(begun, asked, tuple(target.fetch(list(asked))) if asked else ()))
        except FerryError as error:
            parts.append(PartRead(begun, asked, failed=error.message))
        size += len(refs)
        if size >= RANGE_ROOTS:
            yield parts, size
            parts, size = [], 0
    if parts:
        yield parts, size


def _parts(refs: Iterator[str], size: int) -> Iterator[list[str]]:
    part: list[str] = []
    kind = ""
    for ref in refs:
        if part and (len(part) >= size or ref.split(":", 2)[1] != kind):
            yield part
            part = []
        kind = ref.split(":", 2)[1]
        part.append(ref)
    if part:
        yield part


def _left(compared: Compared) -> VerifyLine:
    """Return the line of what is left to people."""
    return VerifyLine(
        "~",
        compared.ref,
        compared.target,
        tuple(one.key for one in compared.left),
        "changed in the new desk before the last write; the mapping leaves it to whoever did",
        tuple(value for one in compared.left for value in one.values),
    )


def _line(target: Target, compared: Compared, result: Verified, clock: Clock) -> VerifyLine:
    """Return the line of a record, now that the bytes of its files are read too."""
    result.values += compared.values
    different = {one.key: one.values for one in compared.different}
    for key in _files(target, compared.files, result, clock):
        different.setdefault(key, (Value(key, "", ""),))
    keys = sorted(different)
    return VerifyLine(
        "*" if keys else compared.sign,
        compared.ref,
        compared.target,
        tuple(keys),
        compared.message,
        tuple(value for key in keys for value in different[key]),
    )


def _files(target: Target, files: Sequence[FileToRead], result: Verified, clock: Clock) -> Iterator[str]:
    """Yield the entries of files whose bytes in the target are not those of the source."""
    for file in files:
        found = read_sum(target, file.attachment, clock)
        result.files += found is not None
        if found != file.sha256:
            yield file.key


def _strangers(
    target: Target, connector: Connector, planning: PlanContext, known: Container[str]
) -> Iterator[VerifyLine]:
    """Yield tickets with our mark that the id map does not know. A snapshot may still hold what was deleted: each is read by id."""
    catalog, desk = planning.read_catalog, planning.target.desk
    size = max(1, target.limits.fetch_batch)
    unknown = (
        Ref(desk, Kind.TICKET, id_)
        for id_ in planning.target.ids(Kind.TICKET, planning.inputs.target_snapshot)
        if id_ not in known and planning.idmap.source_of(Kind.TICKET.value, id_) is None
    )
    while part := list(islice(unknown, size)):
        for ref, record in read_roots(target, connector, part, catalog):
            mark = record.get("origin") if record is not None else None
            if mark:
                yield VerifyLine("-", str(mark), ref.id, (), "it has our mark and no row in the id map")
