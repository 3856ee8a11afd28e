"""From rows to neutral records: translate with its trace, values of the change log, and our own records read back."""

import re
from collections.abc import Container, Iterable, Mapping
from typing import Any

from ticketferry.schema.records import Record
from ticketferry.sdk.codec.rows import FieldRow, ReadContext, Reason
from ticketferry.sdk.trace import derived

__all__ = ["LoggedFields", "read_fields", "ref_text", "restore"]

_WHOLE = re.compile(r"(-?[0-9]+)\.0+")


def ref_text(desk: str, kind: str, id_: object) -> str:
    """Write a reference as it stands in records; ids are whole numbers, also where a program in between made `51039.0` of one."""
    text = f"{int(id_)}" if isinstance(id_, float) and id_.is_integer() else f"{id_}"
    whole = _WHOLE.fullmatch(text)
    return f"{desk}:{kind}:{whole[1] if whole else text}"


def read_fields(
    rows: Iterable[FieldRow], wire: Mapping[str, Any], context: ReadContext, head: str, at: str = ""
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the keys of the record and the trace; what cannot be read is in neither, so that it stays with what is native.

    `head`: the record's own place in a trace (`ticket[7]`, `person[7].identities[0]`); `at`: where `wire` stands (`identities[3].`).
    """
    record: dict[str, Any] = {}
    trace: dict[str, str] = {}
    for row in rows:
        if row.type.derivation:
            trace[derived(f"{at}{row.wire}")] = row.type.derivation
        value = _at(wire, row.wire)
        if value is None:
            continue
        read = row.type.read(value, context)
        if isinstance(read, Reason):
            trace[f"{at}{row.wire}"] = f"={read}"
        elif read is not None:
            record[row.neutral] = read
            path, place = f"{at}{row.wire}", f"{head}.{row.neutral}"
            trace |= {path: place} if row.type.trace is None else row.type.trace(value, path, place)
    return record, trace


def _at(wire: Mapping[str, Any], path: str) -> Any:
    value: Any = wire
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


class LoggedFields:
    """The change log in terms of the record: rows by the names that the log has for them."""

    def __init__(self, rows: Iterable[FieldRow]) -> None:
        self._rows = {row.wire: row for row in rows if row.logged}

    def row(self, field: str) -> FieldRow | None:
        """Return the row of a field; None where no row has it."""
        return self._rows.get(field)

    def name(self, field: str) -> str:
        """Return a field's neutral name, its own where no row has it."""
        row = self._rows.get(field)
        return row.neutral if row is not None else field

    def value(self, field: str, value: Any, context: ReadContext) -> Any:
        """Return a value as the record would hold it; as it came where it cannot be read so."""
        row = self._rows.get(field)
        if row is None or value is None:
            return value
        read = (row.type.logged or row.type.read)(value, context)
        return value if read is None or isinstance(read, Reason) else read

    def is_derived(self, field: str) -> bool:
        """Tell whether the record holds another value than the log."""
        row = self._rows.get(field)
        return row is not None and (row.type.differs_in_log or bool(row.type.derivation))


def restore(record: Record, exact: Mapping[str, Any], unset: Container[str] = ()) -> None:
    """Put back into a record of ours what its mark keeps.

    `exact`: key -> [as reading gives what was written, as the record said it], given back while nobody changed it;
    `unset`: keys that the product filled in by itself.
    """
    for key, (shown, value) in exact.items():
        if record.get(key) == shown:
            record[key] = value
    for key in [key for key in record if key in unset]:
        del record[key]
