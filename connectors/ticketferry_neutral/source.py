"""Reads a folder of neutral files: a stream a file, cursors are byte offsets."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import ClassVar, cast

from pydantic import TypeAdapter, ValidationError

from ticketferry.sdk import (
    Absence,
    Attachment,
    Catalog,
    ConfigError,
    ControlTotal,
    Cursor,
    DeskIdentity,
    Finding,
    Json,
    Kind,
    Limits,
    Page,
    Ref,
    RejectedError,
    Session,
    Translated,
    Wire,
)
from ticketferry.sdk.forecast import Forecast, Probe, Sampled
from ticketferry_neutral.counting import Counting
from ticketferry_neutral.files import Folder
from ticketferry_neutral.lines import PART_OF, RecordLine
from ticketferry_neutral.options import NeutralOptions
from ticketferry_neutral.translate import translate

__all__ = ["NeutralSource"]

_TICKET_PARTS = tuple(kind for kind, root in PART_OF.items() if root is Kind.TICKET)
_STREAMS = (
    Kind.ORGANIZATION, Kind.GROUP, Kind.PERSON, Kind.MEMBERSHIP, Kind.IDENTITY, Kind.TICKET, *_TICKET_PARTS,
)  # fmt: skip
_CHUNK = 1 << 20


class NeutralSource:
    """A desk kept as neutral files. Every line is checked when it is read; a wrong one raises ConfigError with file:line."""

    needs_folder: ClassVar[bool] = True
    keeps_marks: ClassVar[bool] = False

    def __init__(self, options: NeutralOptions, session: Session) -> None:
        self.options = options
        self.session = session
        self.folder = Folder(options.folder)
        self._counting = Counting(self.folder, self._takes_root)

    @property
    def limits(self) -> Limits:
        """Files have hardly any."""
        return Limits(
            page_size=self.options.page_size,
            settle_seconds=self.options.settle,
            fetch_batch=500,
            provenance_characters=1 << 30,
        )

    def identity(self) -> DeskIdentity:
        """Return the id that desk.json holds, with the folder; a desk that is not made yet, or made by others, has the folder only."""
        desk = self._desk() or {}
        return DeskIdentity(str(desk.get("id") or ""), str(self.options.folder.resolve()))

    def check(self) -> Sequence[Finding]:
        """Read desk.json and say what is there. Raises ConfigError where there is no desk."""
        desk = self._desk()
        message = (
            f"a neutral desk, schema version {desk['schema_version']}"
            if desk
            else "no desk yet: the first write makes it"
        )
        return [Finding.info("NF-DESK", str(self.options.folder), message)]

    def catalog(self) -> Catalog:
        """Read the catalog from desk.json. Raises ConfigError where an entry is not what the schema says."""
        body = (self._desk() or {}).get("catalog")
        catalog = {
            **(body if isinstance(body, dict) else {}),
            "desk": self.session.desk,
            "product": "neutral",
        }
        try:
            return _catalogs().validate_python(catalog, strict=True)
        except ValidationError as error:
            faults = "; ".join(
                f"catalog.{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()[:5]
            )
            raise ConfigError(
                faults, where=str(self.options.folder / "desk.json"), remedy="Mend the catalog."
            ) from error

    def streams(self) -> Sequence[str]:
        """One stream a kind, roots before their parts."""
        return [kind.value for kind in _STREAMS]

    def count(self, stream: str) -> int | None:
        """Count the records that live and are read."""
        kind = _kind(stream)
        index = self.folder.index(kind)
        if kind is Kind.TICKET:
            return sum(1 for id_ in index.live if self._takes_root(kind, id_))
        if PART_OF.get(kind) is Kind.TICKET:
            return sum(len(ids) for root, ids in index.parts.items() if self._takes_root(Kind.TICKET, root))
        return len(index.live)

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Read lines from byte `cursor`. A record that has several lines comes several times, the last wins.

        Raises ConfigError with file:line where the last line of a source's file is cut off: a record would be missing. In a target it
        is what a run that was killed left, and the next write cuts it off.
        """
        kind = _kind(stream)
        self._desk()
        if not self.session.origin:
            self.folder.refuse_torn(kind)
        at = _offset(cursor, stream)
        records: list[Wire] = []
        for line in self.folder.lines(kind, at):
            if len(records) >= self.options.page_size:
                yield Page(records, str(at), last=False)
                records = []
            at = line.end
            if self._takes(line):
                records.append(self._wire(line))
        yield Page(records, str(at), last=True)

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read roots with all their parts by id; what is gone or was never there is left out."""
        found: list[Wire] = []
        for ref in refs:
            head = self.folder.get(ref.kind, ref.id, check=True)
            if head is None:
                continue
            found.append(self._wire(head))
            for kind in (part for part, root in PART_OF.items() if root is ref.kind):
                for id_ in self.folder.parts(kind, ref.id):
                    line = self.folder.get(kind, id_, check=True)
                    if line is not None:
                        found.append(self._wire(line))
        return found

    def content(self, attachment: Attachment) -> Iterator[bytes]:
        """Stream the bytes under `files/`. Raises RejectedError where the folder does not hold them."""
        try:
            file = self.folder.open(attachment.get("sha256") or "")
        except FileNotFoundError as error:
            raise RejectedError(
                f"the bytes of {attachment['name']!r} are not in the folder",
                where=str(self.options.folder / "files" / (attachment.get("sha256") or "")),
                remedy="Put the file back, named by its SHA-256, or let the mapping link it.",
                status=404,
            ) from error
        with file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def translate(self, wire: Wire, catalog: Catalog) -> Translated:  # noqa: ARG002 -- the contract's signature
        """Give the record under this desk's key. Pure."""
        return translate(wire, marks=self.keeps_marks)

    def totals(self) -> Iterator[ControlTotal]:
        """Count the tickets that live by stage and month, line by line."""
        self._desk()
        return self._counting.totals()

    def explain_absent(self, numbers: Sequence[str]) -> Mapping[str, Absence]:
        """Tell numbers that were deleted from those that the folder never held."""
        return self._counting.explain_absent(numbers)

    def forecast(self, probe: Probe) -> Forecast:
        """Count what the folder holds: no request is needed to read it."""
        told = Forecast(chosen="every line of the folder")
        told.records = {stream: float(count or 0) for stream, count in probe.counts.items()}
        if probe.files:
            wires = [wire for page in self.read(Kind.ATTACHMENT.value, None) for wire in page.records]
            last = {wire.ref: wire for wire in wires}
            told.sample = [Sampled([wire], 1.0) for wire in last.values() if not wire.gone]
        return told

    def close(self) -> None:
        """Nothing is held open between calls."""

    # ---- what a target narrows -----------------------------------------------------------------------------------

    def _takes_root(self, kind: Kind, id_: str) -> bool:  # noqa: ARG002 -- a target reads only what bears a mark
        return True

    def _takes(self, line: RecordLine) -> bool:
        """Tell whether a line belongs to what is read; tombstones always do."""
        if line.gone or line.kind not in (Kind.TICKET, *_TICKET_PARTS):
            return True
        return self._takes_root(Kind.TICKET, line.id if line.kind is Kind.TICKET else line.root or "")

    def _desk(self) -> dict[str, Json] | None:
        desk = self.folder.desk()
        if desk is None and self.needs_folder:
            raise ConfigError(
                "there is no desk.json: this is no folder of a neutral desk",
                where=str(self.options.folder),
                remedy="Name the folder that holds desk.json as `folder`.",
            )
        return desk

    def _wire(self, line: RecordLine) -> Wire:
        desk = self.session.desk
        root = None if line.root is None else Ref(desk, PART_OF[line.kind], line.root)
        body = None if line.gone else cast("Json", line.record)
        return Wire(Ref(desk, line.kind, line.id), body, line.updated, line.gone, root)


@cache
def _catalogs() -> TypeAdapter[Catalog]:
    """Return what checks a catalog: to build it takes longer than to read a small desk."""
    return TypeAdapter(Catalog)


def _kind(stream: str) -> Kind:
    try:
        return Kind(stream)
    except ValueError as error:
        raise ConfigError(f"a neutral desk has no stream {stream!r}") from error


def _offset(cursor: Cursor | None, stream: str) -> int:
    if cursor is None:
        return 0
    if not cursor.isdecimal():
        raise ConfigError(
            f"{cursor!r} is no place in {stream}.jsonl", remedy="Extract anew in another workspace."
        )
    return int(cursor)
