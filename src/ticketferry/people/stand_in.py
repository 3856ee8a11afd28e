"""Whoever stands under the words of somebody in doubt: a record of its own, so that nothing is said of whose account is whose."""

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref

__all__ = ["behind", "stand_in_for", "stand_in_record"]

_MARK = "~unsure"


def stand_in_for(ref: str) -> str:
    """Return the ref of a person's stand-in."""
    return ref if behind(ref) is not None else f"{ref}{_MARK}"


def behind(ref: str) -> str | None:
    """Return for whom a stand-in stands; None where the ref is anything else."""
    if not ref.endswith(_MARK) or parse_ref(ref).kind is not Kind.PERSON:
        return None
    return ref.removesuffix(_MARK)


def stand_in_record(ref: str, person: Record | None) -> Record | None:
    """Return a stand-in's record: the person's name and nothing by which an account could be matched."""
    if person is None:
        return None
    return {"ref": ref, "name": str(person.get("name") or ""), "role": "end_user", "state": "active"}
