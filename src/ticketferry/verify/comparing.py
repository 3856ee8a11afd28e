"""What was read of a range of records, compared with what the id map says was wanted: needs no desk, so several processes can do it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from ticketferry.apply.beside import beside_of_others
from ticketferry.apply.read_back import records_of
from ticketferry.errors import FerryError
from ticketferry.plan.context import PlanContext
from ticketferry.plan.diff import target_wins
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.schema.vectors import PART_LISTS, comparable, vector
from ticketferry.sdk.contract import Connector, Wire
from ticketferry.store.idmap import LastWrite
from ticketferry.verify.differences import Value, told

__all__ = ["Compared", "Comparing", "Different", "FileToRead", "PartRead", "Wanted", "compare_parts", "shown"]


class Wanted(Protocol):
    """Tells what was wanted of a record of which hashes are kept only."""

    def wanted(self, ref: Ref, applied: LastWrite) -> Mapping[str, Any]:
        """Return entry -> value, as far as that can be told."""
        ...

    def secrets(self, ref: Ref) -> Sequence[str]:
        """Return values that may not be shown."""
        ...


@dataclass(frozen=True, slots=True)
class Comparing:
    """What a comparison reads, opened in one process. `files`: also tell whose bytes are to be compared."""

    connector: Connector
    planning: PlanContext
    wanted: Wanted | None = None
    files: bool = True


class PartRead(NamedTuple):
    """Roots that were read together: their refs in the source, whose each root is that the target was `asked` for, and what it gave, or
    why it gave nothing.
    """

    refs: tuple[str, ...]
    asked: Mapping[Ref, str]
    wires: tuple[Wire, ...] = ()
    failed: str = ""


class Different(NamedTuple):
    """An entry that differs, with both values in words."""

    key: str
    values: tuple[Value, ...]


class FileToRead(NamedTuple):
    """A file whose bytes have yet to be compared: its entry, the attachment as the target knows it, and the checksum wanted."""

    key: str
    attachment: Any
    sha256: str


class Compared(NamedTuple):
    """One record: the sign of what the records say, and what has yet to be read of its files. `left`: what differs and is people's by the
    mapping.
    """

    sign: str
    ref: str
    target: str
    message: str = ""
    different: tuple[Different, ...] = ()
    values: int = 0
    files: tuple[FileToRead, ...] = ()
    left: tuple[Different, ...] = ()


def compare_parts(comparing: Comparing, parts: Sequence[PartRead]) -> list[Compared]:
    """Compare the roots of several parts, in their order."""
    return [compared for part in parts for compared in _compare_part(comparing, part)]


def shown(planning: PlanContext, ref: str) -> str:
    """Return what people of the new desk call a record: its key where there is one, else its id."""
    return planning.idmap.get(ref, "key") or planning.idmap.get(ref) or ""


def _compare_part(comparing: Comparing, part: PartRead) -> list[Compared]:
    planning = comparing.planning
    failed = part.failed
    records: dict[str, Record] = {}
    if not failed:
        try:
            records = records_of(planning, comparing.connector, part.asked, part.wires)
        except FerryError as error:
            failed = error.message
    if failed:
        return [Compared("!", ref, shown(planning, ref), failed) for ref in part.refs]
    return [_compare(comparing, parse_ref(ref), records.get(ref)) for ref in part.refs]


def _compare(comparing: Comparing, ref: Ref, record: Record | None) -> Compared:
    planning = comparing.planning
    text = str(ref)
    name = shown(planning, text)
    applied = planning.idmap.applied(text)
    if applied is None:
        return Compared("!", text, name, "it was written, but never read back: run `ticketferry apply` again")
    if record is None:
        return Compared("+", text, name, "it is not in the target")
    beside = (
        dict.fromkeys(beside_of_others(text, record, planning.idmap), "") if applied.how != "matched" else {}
    )
    seen = vector(record) | beside
    wanted = applied.wanted
    compared = wanted.keys() if applied.how == "matched" else wanted.keys() | seen.keys()
    keys = sorted(key for key in compared if wanted.get(key) != seen.get(key))
    different: tuple[Different, ...] = ()
    if keys:
        values, secrets = (
            (comparing.wanted.wanted(ref, applied), comparing.wanted.secrets(ref))
            if comparing.wanted is not None
            else ({}, ())
        )
        now = comparable(record) | beside
        different = tuple(
            Different(key, tuple(told([key], values, now, frozenset(wanted), secrets))) for key in keys
        )
    files = tuple(_files(planning, ref, record)) if comparing.files else ()
    owned = ref.kind is Kind.TICKET and bool(planning.owned) and planning.idmap.phase(text) in planning.owned
    mine = planning.wrote(applied.plan, text) if different else None
    left = tuple(
        one
        for one in different
        if (mine is not None and _is_none_of(mine, one.key, seen))
        or (
            _is_theirs(applied, one.key, seen)
            if owned
            else _left_alone(planning, text, applied, one.key, seen)
        )
    )
    different = tuple(one for one in different if one not in left)
    return Compared("*" if different else "=", text, name, "", different, len(wanted), files, left)


def _is_theirs(applied: LastWrite, key: str, seen: Mapping[str, str]) -> bool:
    """Tell whether a difference of a ticket that the new desk owns since its cut-over is people's: all but what of ours is not there any more."""
    return key not in applied.wanted or key in seen


def _is_none_of(mine: frozenset[str], key: str, seen: Mapping[str, str]) -> bool:
    """Tell whether a difference of a record that a plan has written back to is none of that plan: an entry that it did not write, a message
    that is there (the desk dates it by its coming, and nothing of ours in the ticket says otherwise), what a note of ours holds.
    """
    kind = key.partition("[")[0]
    return key not in mine or kind in ("provenance", "links") or (kind in PART_LISTS and key in seen)


def _left_alone(
    planning: PlanContext, text: str, applied: LastWrite, key: str, seen: Mapping[str, str]
) -> bool:
    """Tell whether people had changed an entry before our last write, which the mapping, or a decision, leaves to them: then it is as it
    should be.

    What we saw after that write is what stood there before their change (`still_theirs`), so it is neither what we wanted nor what is there
    now. An entry that our write did not bring about was seen as it is; one that was changed since was seen as we wanted it. A value that a
    person looked at and left to the new desk is theirs in any case.
    """
    if planning.leaves(text, key, seen.get(key)):
        return True
    before = applied.seen.get(key)
    if before in (applied.wanted.get(key), seen.get(key)):
        return False
    return target_wins(key, planning.winners, planning.conflicts)


def _files(planning: PlanContext, ref: Ref, record: Record) -> list[FileToRead]:
    """Return the attachments of a ticket whose bytes the source knows."""
    if ref.kind is not Kind.TICKET or not record.get("attachments"):
        return []
    source = planning.source_record(ref)
    checksums = {item["ref"]: item.get("sha256") for item in (source or {}).get("attachments", [])}
    return [
        FileToRead(f"attachments[{item['ref']}].bytes", _original(item, planning), wanted)
        for item in record["attachments"]
        if (wanted := checksums.get(item.get("origin") or item["ref"]))
    ]


def _original(item: Any, planning: PlanContext) -> Any:
    """Return the attachment under the target's own name: what was read is in source terms."""
    id_ = planning.idmap.get(item["ref"])
    return {**item, "ref": f"{planning.target.desk}:attachment:{id_}"} if id_ else item
