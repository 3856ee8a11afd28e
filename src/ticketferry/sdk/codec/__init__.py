"""Fields as rows: one row says how a field of a product becomes a key of a neutral record and back; all else is derived.

A connector declares a table for each kind of record:

    TICKET = (
        FieldRow("subject", "title", text(255), exact="one line of 255 characters"),
        FieldRow("priority", "priority", one_of({"low", "high"}), code="XX-NAME", remedy="Map it to another."),
        FieldRow("requester", "contact_id", link("person"), clears=False),
        FieldRow("brand", "brand_id", named("brands"), code="XX-NAME", unset="brand", clears=False),
        FieldRow("due", "due_at", TIME, exact="whole seconds", fits=OnlyWhere("type", "task", "XX-DUE", "only a task has a due date")),
        FieldRow("created", "created_at", TIME, to=None),
    )

and derives from it

| what | by |
|---|---|
| `translate`: the record's keys and their trace | `read_fields(TICKET, row, ReadContext(desk, tables), "ticket[7]")` |
| the change log: a field's neutral name, a value as the record would hold it | `LoggedFields(TICKET)` |
| `expected`, the body of a create, fates, findings, what is kept beside | `FieldWriter(desired, site, lane, kept_in="…").write(TICKET)` |
| the body of an update and what undoing it writes | `writer.moved(former, change.fields)`; `former` is written from `change.current` |
| reading our own record back | `restore(record, exact, unset)` with what the writer left for the mark |
| custom fields, and what has no place, into the mark | `writer.custom_fields(…)`, `writer.keep_rest(…)` |
| what types the vendor's answers must have, the rest set aside | `fit(body, shape_of(TICKET, {…}), "", odd)` |
| which finding codes there are, and what they mean | `titles(TICKET)` |
| which keys have a place of their own; the table of what reading makes of each | `places(TICKET)`; `traced_by(TICKET)` |
| property tests of each row | `ticketferry.testing.codec_contract.CodecContract` |

A row whose derivation would be wrong is not bent: it takes functions of its own (`FieldType(read, write)`), or the field is written apart
(`writer.put`, `writer.beside`, `writer.lane`) and the others stay declared. Rows are written in their order: one that depends on another
(a due date on the type) stands behind it and looks at what is expected so far.
"""

from ticketferry.sdk.codec.reading import LoggedFields, read_fields, ref_text, restore
from ticketferry.sdk.codec.rows import (
    FieldRow,
    FieldType,
    NoPlaceError,
    OnlyWhere,
    ReadContext,
    Reason,
    Written,
    places,
    titles,
    traced_by,
)
from ticketferry.sdk.codec.types import FLAG, SAME, TIME, WORDS, YES, link, links, named, one_of, text
from ticketferry.sdk.codec.wire_shapes import fit, shape_of
from ticketferry.sdk.codec.writing import FieldWriter

__all__ = [
    "FLAG",
    "SAME",
    "TIME",
    "WORDS",
    "YES",
    "FieldRow",
    "FieldType",
    "FieldWriter",
    "LoggedFields",
    "NoPlaceError",
    "OnlyWhere",
    "ReadContext",
    "Reason",
    "Written",
    "fit",
    "link",
    "links",
    "named",
    "one_of",
    "places",
    "read_fields",
    "ref_text",
    "restore",
    "shape_of",
    "text",
    "titles",
    "traced_by",
]
