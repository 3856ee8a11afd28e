"""Entries of a target's catalog that the plan itself makes: their ids are known only when they are there.

In the catalog that `compile` is given such an entry stands with an id of the form `new:acme:definition:field-serial`; a
connector writes :func:`id_template` wherever it would write the id.
"""

from collections.abc import Mapping
from typing import cast

from ticketferry.schema.refs import Ref, parse_ref
from ticketferry.sdk.contract import From, Template

__all__ = ["id_template", "keyed", "planned_id", "planned_ref"]

_NEW = "new:"


def planned_id(ref: str) -> str:
    """Return the id under which an entry that a plan makes stands in the catalog."""
    return f"{_NEW}{ref}"


def planned_ref(id_: str) -> Ref | None:
    """Return the definition that makes a catalog entry; None where the entry is there already."""
    return parse_ref(id_.removeprefix(_NEW)) if id_.startswith(_NEW) else None


def id_template(id_: str, *, slot: str = "id", as_int: bool = False) -> Template:
    """Return an entry's id as an operation names it: the id itself, or a symbolic value where the plan makes the entry."""
    ref = planned_ref(id_)
    if ref is not None:
        return From(ref, slot, as_int)
    return int(id_) if as_int else id_


def keyed(values: Mapping[str, Template], *, slot: str) -> dict[str, Template]:
    """Return an object whose keys are ids of entries, those that the plan makes as symbolic values."""
    return {cast("str", id_template(id_, slot=slot)): value for id_, value in values.items()}
