"""Whoever stands for somebody in doubt, unknown or not named at all: a record of its own, so that nothing is said of whose account is whose."""

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref

__all__ = ["behind", "nobody_of", "stand_in_for", "stand_in_record"]

_MARK = "~unsure"
_NOBODY = "~nobody"
"""Id that no desk gives: of whoever asks where the source names nobody."""


def stand_in_for(ref: str) -> str:
    """Return the ref of a person's stand-in."""
    return ref if behind(ref) is not None else f"{ref}{_MARK}"


def behind(ref: str) -> str | None:
    """Return for whom a stand-in stands; None where the ref is anything else."""
    if not ref.endswith(_MARK) or parse_ref(ref).kind is not Kind.PERSON:
        return None
    return ref.removesuffix(_MARK)


def nobody_of(desk: str) -> str:
    """Return the ref of the stand-in under which a desk's tickets without a requester stand."""
    return stand_in_for(str(Ref(desk, Kind.PERSON, _NOBODY)))


def stand_in_record(ref: str, person: Record | None) -> Record:
    """Return a stand-in's record: the person's name and nothing by which an account could be matched; one that no list shows is called unknown."""
    id_ = parse_ref(ref).id.removesuffix(_MARK)
    unknown = "unknown" if id_ == _NOBODY else f"unknown ({id_})"
    name = unknown if person is None else str(person.get("name") or "")
    return {"ref": ref, "name": name, "role": "end_user", "state": "active"}
