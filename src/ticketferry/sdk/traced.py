"""Neutral records put together with the trace of where each value came from: a translation says both in one line."""

from collections.abc import Mapping
from typing import Any

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Finding, Translated
from ticketferry.sdk.trace import derived, join_path
from ticketferry.sdk.values import nobody

__all__ = ["TracedRecords"]


class TracedRecords:
    """Records of one wire, made one after another, and their trace. `head`: how places of the record being made begin (`comment[7].`)."""

    def __init__(self, desk: str, record: Record) -> None:
        self.desk = desk
        self.trace: dict[str, str] = {}
        self.records: list[Record] = []
        self.findings: list[Finding] = []
        self.begin(record)

    def begin(self, record: Record) -> Record:
        """Begin another record; what is put from now on is its own."""
        self.resume(record)
        self.records.append(record)
        return record

    def resume(self, record: Record) -> None:
        """Go on with a record that was begun before."""
        self.record = record
        self.head = "{1}[{2}].".format(*record["ref"].split(":", 2))

    def ref(self, kind: Kind, id_: object) -> str:
        """Name a record of this desk."""
        return str(Ref(self.desk, kind, str(id_)))

    def at(self, path: str, key: str, by: str = "") -> None:
        """Say that the leaf at `path` stands at `key` of this record; `by`: the derivation that makes the value out of it."""
        self.trace[path] = self.head + key
        if by:
            self.trace[derived(path)] = by

    def put(self, key: str, value: Any, path: str, by: str = "") -> None:
        """Set a value where there is one, and say where it came from."""
        if value not in (None, "", []):
            self.record[key] = value
            self.at(path, key, by)

    def link(self, key: str, kind: Kind, id_: object, path: str) -> None:
        """Set a reference to another record, where an id names one."""
        if not nobody(id_):
            self.put(key, self.ref(kind, id_), path)

    def copy(self, table: Mapping[str, str], row: Mapping[str, Any], at: str = "") -> None:
        """Set texts as they are: name in the wire -> key."""
        for name, key in table.items():
            if isinstance(row.get(name), str):
                self.put(key, row[name], at + name)

    def fields(self, values: object, at: str) -> None:
        """Set custom fields under their names in the wire."""
        for name, value in (values if isinstance(values, Mapping) else {}).items():
            if value not in (None, "", [], {}):
                self.record.setdefault("fields", {})[name] = value
                self.trace[join_path(at, name)] = self.head + join_path("fields", name)

    def dropped(self, reason: str, *paths: str) -> None:
        """Say that leaves repeat or derive from others; what is traced already stays."""
        for path in paths:
            self.trace.setdefault(path, f"={reason}")

    def done(self) -> Translated:
        """Return what was put together."""
        return Translated(self.records, self.trace, self.findings)
