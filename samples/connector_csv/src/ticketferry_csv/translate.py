"""From a CSV row to neutral records. Pure: no network, no clock, and every column has a place."""

from html import escape
from typing import cast

from ticketferry.sdk import Kind, Record, Ref, Translated, Wire, derived

__all__ = ["STAGES", "person_id", "translate"]

STAGES = {"new": "new", "open": "in_progress", "waiting": "pending_customer", "done": "closed"}
"""Status of a row -> stage of the neutral schema."""


def person_id(email: str) -> str:
    """Return the id of a person: these files know people by their address alone, in whatever case."""
    return email.strip().casefold()


def translate(wire: Wire) -> Translated:
    """Translate one row. A column that the trace does not name is kept in `native` by the SDK."""
    ref, row = wire.ref, cast("dict[str, str]", wire.body)
    head = f"{ref.kind.value}[{ref.id}]."
    if ref.kind is Kind.PERSON:
        person = {"ref": str(ref), "email": row["email"], "role": "end_user", "state": "active"}
        return Translated([person], {"email": head + "email"})
    same = ("number", "subject", "status", "created") if ref.kind is Kind.TICKET else ("created",)
    record: Record = {"ref": str(ref)} | {key: row.get(key) for key in same}
    trace = {key: head + key for key in same}
    if ref.kind is Kind.TICKET:
        record |= {
            "stage": STAGES.get(row.get("status", ""), "in_progress"),
            "tags": row.get("tags", "").split(";"),
        }
        trace |= {"tags": head + "tags", derived("tags"): "cut at semicolons"}
    else:
        lines = escape(row.get("text", ""), quote=False).splitlines()
        body = {"html": f"<p>{'<br>'.join(lines)}</p>", "format": "text", "original": row.get("text")}
        ticket = str(Ref(ref.desk, Kind.TICKET, row["ticket"]))
        record |= {"ticket": ticket, "public": row.get("public") == "yes", "body": body}
        trace |= {"text": head + "body", derived("text"): "plain text as paragraphs"}
        trace |= {"public": head + "public", derived("public"): "yes or no"}
        trace |= {"id": "=the comment's own name", "ticket": "=the ticket that it hangs on"}
    if row.get("email", "").strip():
        key = "requester" if ref.kind is Kind.TICKET else "author"
        record[key] = str(Ref(ref.desk, Kind.PERSON, person_id(row["email"])))
        trace |= {"email": head + key, derived("email"): "the id of the person with this address"}
    return Translated([record], trace)
