"""Small pieces of translations: references, static tables of paths, values that need no change."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ticketferry.sdk import derived

__all__ = ["AS_TEXT", "SYSTEM", "SYSTEM_REASON", "is_system", "put", "ref", "traced", "worked_out"]

SYSTEM = -1
"""Author of what the product itself does: nobody, and no user record [REC]."""
SYSTEM_REASON = "=done by the desk itself, not by a person"


AS_TEXT = "the text in the neutral subset"
"""Derivation of a body out of a vendor's text."""


_WHOLE = re.compile(r"(-?[0-9]+)\.0+")


def ref(desk: str, kind: str, id_: object) -> str:
    """Write a reference as it stands in records; ids are whole numbers, also where a program in between made `51039.0` of one."""
    text = f"{int(id_)}" if isinstance(id_, float) and id_.is_integer() else f"{id_}"
    whole = _WHOLE.fullmatch(text)
    return f"{desk}:{kind}:{whole[1] if whole else text}"


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
