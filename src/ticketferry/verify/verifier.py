"""Reads the target back and compares it, field by field, with what the applied plans say should be there."""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from ticketferry.apply.beside import beside_of_others
from ticketferry.apply.read_back import read_current
from ticketferry.errors import FerryError
from ticketferry.extract.roots import read_roots
from ticketferry.plan.context import PlanContext
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.schema.vectors import comparable, vector
from ticketferry.sdk.contract import Connector, Target
from ticketferry.sdk.features import Feature
from ticketferry.sdk.pacing import Clock
from ticketferry.store.idmap import LastWrite
from ticketferry.verify.differences import Value, told
from ticketferry.verify.unfinished import Unfinished
from ticketferry.verify.witnessing import Witnessed

__all__ = ["Value", "Verified", "VerifyLine", "Wanted", "verify"]


class VerifyLine(NamedTuple):
    """One record: `sign` is `=` same, `+` only in the source, `-` only in the target, `*` differs, `!` error."""

    sign: str
    ref: str
    target: str
    fields: tuple[str, ...] = ()
    message: str = ""
    values: tuple[Value, ...] = ()
    """Both values of what differs."""


class Wanted(Protocol):
    """Tells what was wanted of a record of which hashes are kept only."""

    def wanted(self, ref: Ref, applied: LastWrite) -> Mapping[str, Any]:
        """Return entry -> value, as far as that can be told."""
        ...

    def secrets(self, ref: Ref) -> Sequence[str]:
        """Return values that may not be shown."""
        ...


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
    copies: Mapping[str, VerifyLine] = MappingProxyType({}),
    wanted: Wanted | None = None,
    every_line: Callable[[VerifyLine], None] = lambda _: None,
    progress: Callable[[str, int, int | None], None] = lambda *_: None,
) -> Verified:
    """Compare every root that the applied plans made or matched; `contents` also compares attachments byte by byte (checksum).

    `wanted` tells the values that were written where something differs. `unfinished`: what those plans should have made and did not is
    an error, whatever is there. `copies`: a line for each ticket of the target that is there once more, by its id. Strangers are tickets with our mark, in
    the target's snapshot, that the id map does not know. Skipped and rejected records are no part of it: the plan lists them.
    """
    result = Verified()
    for root, why in unfinished.records() if unfinished is not None else ():
        result.note(VerifyLine("!", root, _shown(planning, root), (), why), every_line)
    for line in copies.values():
        result.note(line, every_line)
    total = sum(1 for _ in planning.idmap.applied_refs(plans))
    done = 0
    with clock.busy():
        for part in _parts(planning.idmap.applied_refs(plans), max(1, target.limits.fetch_batch)):
            pairs = [
                (parse_ref(text), planning.idmap.get(text) or "")
                for text in part
                if unfinished is None or not unfinished.why(text)
            ]
            try:
                current = read_current(
                    target, connector, planning, [pair for pair in pairs if pair[1]], clock, expected=False
                )
            except FerryError as error:
                for ref, _ in pairs:
                    line = VerifyLine("!", str(ref), _shown(planning, str(ref)), (), error.message)
                    result.note(line, every_line)
                continue
            for ref, _ in pairs:
                result.note(
                    _compare(
                        target,
                        connector,
                        planning,
                        ref,
                        current.get(ref),
                        result,
                        wanted,
                        contents=contents,
                    ),
                    every_line,
                )
            done += len(part)
            progress("records", done, total)
        if plans is None:
            for line in _strangers(target, connector, planning, copies):
                result.note(line, every_line)
    return result


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


def _compare(
    target: Target,
    connector: Connector,
    planning: PlanContext,
    ref: Ref,
    record: Record | None,
    result: Verified,
    values: Wanted | None,
    *,
    contents: bool,
) -> VerifyLine:
    text = str(ref)
    shown = _shown(planning, text)
    applied = planning.idmap.applied(text)
    if applied is None:
        return VerifyLine(
            "!", text, shown, (), "it was written, but never read back: run `ticketferry apply` again"
        )
    if record is None:
        return VerifyLine("+", text, shown, (), "it is not in the target")
    beside = (
        dict.fromkeys(beside_of_others(text, record, planning.idmap), "") if applied.how != "matched" else {}
    )
    seen = vector(record) | beside
    wanted = applied.wanted
    compared = wanted.keys() if applied.how == "matched" else wanted.keys() | seen.keys()
    result.values += len(wanted)
    different = {key for key in compared if wanted.get(key) != seen.get(key)}
    if contents and Feature.CONTENT in connector.features:
        different |= _files(target, planning, ref, record, result)
    if different:
        keys = sorted(different)
        here, secrets = (values.wanted(ref, applied), values.secrets(ref)) if values is not None else ({}, ())
        both = tuple(told(keys, here, comparable(record) | beside, frozenset(wanted), secrets))
        return VerifyLine("*", text, shown, tuple(keys), values=both)
    return VerifyLine("=", text, shown)


def _shown(planning: PlanContext, ref: str) -> str:
    """Return what people of the new desk call a record: its key where there is one, else its id."""
    return planning.idmap.get(ref, "key") or planning.idmap.get(ref) or ""


def _files(target: Target, planning: PlanContext, ref: Ref, record: Record, result: Verified) -> set[str]:
    """Return the attachments whose bytes in the target are not those of the source."""
    if ref.kind is not Kind.TICKET or not record.get("attachments"):
        return set()
    source = planning.source_record(ref)
    checksums = {item["ref"]: item.get("sha256") for item in (source or {}).get("attachments", [])}
    different = set()
    for item in record["attachments"]:
        wanted = checksums.get(item.get("origin") or item["ref"])
        if not wanted:
            continue
        total = sha256()
        original = _original(item, planning)
        try:
            for chunk in target.content(original):
                total.update(chunk)
        except FerryError:
            different.add(f"attachments[{item['ref']}].bytes")
            continue
        result.files += 1
        if total.hexdigest() != wanted:
            different.add(f"attachments[{item['ref']}].bytes")
    return different


def _original(item: Any, planning: PlanContext) -> Any:
    """Return the attachment under the target's own name: what was read is in source terms."""
    id_ = planning.idmap.get(item["ref"])
    return {**item, "ref": f"{planning.target.desk}:attachment:{id_}"} if id_ else item


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
