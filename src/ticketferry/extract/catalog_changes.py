"""What a desk defines, from one extract to the next: names that changed, and lists that were there and are not."""

from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry.errors import FatalError
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record, canonical

__all__ = ["LISTS", "names_of", "refuse_lost"]

LISTS = (
    "statuses", "priorities", "resolutions", "types", "fields", "forms", "groups", "brands", "projects", "link_types",
)  # fmt: skip
"""Lists of a catalog by which values of tickets get their names."""


def names_of(catalog: Catalog | Mapping[str, Any]) -> bytes:
    """Return all that a translation can take from a catalog, as bytes to compare."""
    kept = ("url", "workflows", "native", *LISTS)
    return canonical({key: catalog[key] for key in kept if key in catalog})  # type: ignore[literal-required]


def refuse_lost(
    before: Catalog | Mapping[str, Any], now: Catalog | Mapping[str, Any], without: Sequence[str] = ()
) -> None:
    """Raise FatalError where a list that the desk defined at the last extract came empty: every ticket would lose that value.

    `without`: lists of which somebody said that they are gone for good. A connector may count its own lists in `native.lists`.
    """
    old, new = _counts(before), _counts(now)
    lost = [name for name in old if not new.get(name) and name not in without]
    if not lost:
        return
    words = ", ".join(f"{name.replace('_', ' ')} ({old[name]} before)" for name in lost)
    options = " ".join(f"--without {name}" for name in lost)
    raise FatalError(
        f"the desk shows none of its {words}; every ticket would lose that value",
        where=str(now.get("desk", "")),
        remedy="Nothing was read. Run the command again; is a right of the account gone? Where they were deleted for good, say so:"
        f" `ticketferry extract {options}`.",
    )


def _counts(catalog: Catalog | Mapping[str, Any]) -> dict[str, int]:
    body: Record = dict(catalog)
    counts = {name: len(body[name]) for name in LISTS if body.get(name)}
    native = body.get("native")
    own = native.get("lists") if isinstance(native, Mapping) else None
    # A connector's own count says the same in the desk's words: `ticket_forms` are the forms.
    known = {"ticket_forms": "forms", "ticket_fields": "fields"}
    for name, count in own.items() if isinstance(own, Mapping) else ():
        if known.get(name, name) not in counts and isinstance(count, int) and count:
            counts[name] = count
    return counts
