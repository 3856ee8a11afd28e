"""Small pieces of translations: references, static tables of paths, values that need no change."""

from collections.abc import Iterable, Mapping
from typing import Any

from ticketferry.sdk import derived
from ticketferry.sdk.codec import ref_text as ref

__all__ = ["SYSTEM", "SYSTEM_REASON", "is_system", "put", "ref", "traced", "worked_out"]

SYSTEM = -1
"""Author of what the product itself does: nobody, and no user record [REC]."""
SYSTEM_REASON = "=done by the desk itself, not by a person"


def is_system(id_: object) -> bool:
    """Tell whether an id is the product's own, as a number or as its digits."""
    return id_ == SYSTEM or str(id_).strip() in ("-1", "-1.0")


def traced(head: str, table: Mapping[str, str]) -> dict[str, str]:
    """Complete a static table of a kind: neutral paths get the record's head, reasons (`=…`) stay."""
    return {path: to if to[0] == "=" else f"{head}.{to}" for path, to in table.items()}


def worked_out(table: Mapping[str, str]) -> dict[str, str]:
    """Return the entries of a trace that name derivations: wire path -> name."""
    return {derived(path): name for path, name in table.items()}


def put(record: dict[str, Any], row: Mapping[str, Any], pairs: Iterable[tuple[str, str]]) -> None:
    """Copy values that need no translation: (wire key, neutral key); absent and null ones are left out."""
    for key, name in pairs:
        value = row.get(key)
        if value is not None:
            record[name] = value
