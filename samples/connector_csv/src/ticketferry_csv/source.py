"""Reads a folder of CSV files, row by row; a cursor is a number of rows."""

import csv
from collections.abc import Iterator, Sequence
from typing import cast

from ticketferry import sdk
from ticketferry.sdk import Kind, Page, Ref, Wire
from ticketferry_csv.options import CsvOptions
from ticketferry_csv.translate import STAGES, person_id, translate

__all__ = ["CsvSource"]

_STREAMS = {"people": Kind.PERSON, "tickets": Kind.TICKET, "comments": Kind.COMMENT}
_FILES = {Kind.TICKET: ("tickets.csv", "number"), Kind.COMMENT: ("comments.csv", "id")}


class CsvSource:
    """A desk of CSV files. Nothing is opened before it is read."""

    def __init__(self, options: CsvOptions, session: sdk.Session) -> None:
        self.options = options
        self.session = session

    @property
    def limits(self) -> sdk.Limits:
        """Files have none."""
        return sdk.Limits(page_size=self.options.page_size)

    def identity(self) -> sdk.DeskIdentity:
        """Return the folder: files have no account whose id could tell more."""
        return sdk.DeskIdentity("", str(self.options.folder.resolve()))

    def check(self) -> Sequence[sdk.Finding]:
        """Say that both files can be read. Raises ConfigError where one is missing or lacks its key column."""
        for kind in _FILES:
            next(self._rows(kind), None)
        where = self.options.where()
        return [sdk.Finding("CSV-DESK", sdk.Severity.INFO, None, where, "both files can be read")]

    def catalog(self) -> sdk.Catalog:
        """Return the statuses, the only thing that such a desk defines."""
        statuses = [{"id": name, "name": name, "stage": stage} for name, stage in STAGES.items()]
        return cast("sdk.Catalog", {"desk": self.session.desk, "product": "csv", "statuses": statuses})

    def streams(self) -> Sequence[str]:
        """People, tickets, comments."""
        return list(_STREAMS)

    def count(self, stream: str) -> int | None:
        """Count records by their ids."""
        return len({wire.ref for wire in self._wires(_STREAMS[stream])})

    def read(self, stream: str, cursor: sdk.Cursor | None) -> Iterator[Page]:
        """Read on after the rows that the cursor counts."""
        at = int(cursor or 0)
        records: list[Wire] = []
        for number, wire in enumerate(self._wires(_STREAMS[stream]), 1):
            if number <= at:
                continue
            if len(records) >= self.options.page_size:
                at += len(records)
                yield Page(records, str(at), last=False)
                records = []
            records.append(wire)
        yield Page(records, str(at + len(records)), last=True)

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read roots and their comments by id, in one pass over the files."""
        wires = (wire for kind in _STREAMS.values() for wire in self._wires(kind))
        return [wire for wire in wires if wire.ref in refs or wire.root in refs]

    def content(self, attachment: sdk.Attachment) -> Iterator[bytes]:
        """Raise UnsupportedError: there are no attachments."""
        raise sdk.UnsupportedError(f"CSV files hold no attachments, not even {attachment['name']!r}")

    def translate(self, wire: Wire, catalog: sdk.Catalog) -> sdk.Translated:  # noqa: ARG002 -- the contract's
        """Turn a row into neutral records. Pure."""
        return translate(wire)

    def close(self) -> None:
        """Nothing is held open between calls."""

    def _wires(self, kind: Kind) -> Iterator[Wire]:
        desk, seen = self.session.desk, set[str]()
        if kind is not Kind.PERSON:
            for row in self._rows(kind):
                root = Ref(desk, Kind.TICKET, row["ticket"]) if kind is Kind.COMMENT else None
                yield Wire(Ref(desk, kind, row[_FILES[kind][1]]), cast("sdk.Json", row), None, root=root)
            return
        for row in (row for kind in _FILES for row in self._rows(kind)):
            id_ = person_id(row.get("email", ""))
            if id_ and id_ not in seen:
                seen.add(id_)
                yield Wire(Ref(desk, Kind.PERSON, id_), {"email": row["email"].strip()}, None)

    def _rows(self, kind: Kind) -> Iterator[dict[str, str]]:
        name, key = _FILES[kind]
        path = self.options.folder / name
        needed = {key, "ticket"} if kind is Kind.COMMENT else {key}
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file, restkey="more columns", restval="")
                if not needed <= set(reader.fieldnames or ()):
                    columns = ", ".join(sorted(needed))
                    raise sdk.ConfigError(f"the first line does not name {columns}", where=f"{path}:1")
                for row in reader:
                    if not all(row[column] for column in needed):
                        raise sdk.ConfigError(f"a row without {key}", where=f"{path}:{reader.line_num}")
                    yield row
        except (OSError, UnicodeDecodeError) as error:
            remedy = "Name the folder as `folder`; save the files as CSV UTF-8."
            raise sdk.ConfigError(f"cannot be read: {error}", where=str(path), remedy=remedy) from error
