"""How the suites compare two records, and say where they differ: by what the core compares by."""

from collections.abc import Mapping
from typing import Any

from ticketferry.schema.records import Record
from ticketferry.schema.vectors import comparable, vector

__all__ = ["differences"]


def differences(wanted: Record, seen: Record | None) -> Mapping[str, tuple[Any, Any]]:
    """Return field -> (wanted, seen) where two records differ, cut short for reading; empty where they are the same."""
    before, after = comparable(wanted), comparable(seen or {})
    hashes = vector(wanted), vector(seen or {})
    return {
        key: (_cut(before.get(key)), _cut(after.get(key)))
        for key in sorted(hashes[0].keys() | hashes[1].keys())
        if hashes[0].get(key) != hashes[1].get(key)
    }


def _cut(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 400 else text[:400] + "…"
