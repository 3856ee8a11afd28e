"""From a record of Tiny to neutral records. Pure."""

from datetime import UTC, datetime
from typing import Any, cast

from ticketferry.sdk import Kind, Record, Ref, Translated, Wire, derived
from ticketferry.sdk.body import from_text, write_html

__all__ = ["STAGES", "body_of", "translate"]

STAGES = {"open": "in_progress", "waiting": "pending_customer", "closed": "closed"}
"""Status -> stage of the neutral schema."""
_SAME = {
    Kind.PERSON: ("name", "email"),
    Kind.TICKET: ("subject", "status", "tags"),
    Kind.COMMENT: ("public",),
}
"""What Tiny and the neutral schema call alike."""


def body_of(text: str) -> dict[str, str]:
    """Return a text of Tiny as a body."""
    return {"html": write_html(from_text(text))}


def translate(wire: Wire, origin: str) -> Translated:
    """Translate one record. `origin`: the source desk whose marks are ours, in a target; what the trace does not name is kept in
    `native` by the SDK.
    """
    ref, row = wire.ref, cast("dict[str, Any]", wire.body)
    head, same = f"{ref.kind.value}[{ref.id}].", _SAME[ref.kind]
    record: Record = {"ref": str(ref), **{key: row[key] for key in same}}
    trace = {"id": "=the record's own name", **{key: head + key for key in same}}
    if ref.kind is Kind.PERSON:
        return Translated([{**record, "role": "end_user", "state": "active"}], trace)
    if ref.kind is Kind.TICKET:
        who, record["stage"] = "requester", STAGES[row["status"]]
    else:
        who, record["ticket"], record["body"] = "author", str(wire.root), body_of(row["text"])
        trace |= {"text": head + "body", derived("text"): "plain text as paragraphs"}
    if origin and str(row["external_id"] or "").startswith(f"{origin}:"):
        return Translated(
            [{**record, "origin": row["external_id"]}], {**trace, "external_id": head + "origin"}
        )
    if row["person_id"]:
        record[who] = str(Ref(ref.desk, Kind.PERSON, row["person_id"]))
        trace |= {"person_id": head + who, derived("person_id"): "the person of this id"}
    record["created"] = datetime.fromtimestamp(int(row["created_at"]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    trace |= {"created_at": head + "created", derived("created_at"): "unix seconds as a time"}
    return Translated([record], trace)
