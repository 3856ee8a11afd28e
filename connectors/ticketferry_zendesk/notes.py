"""The last line of an account's notes: our mark where the external id is the source's own, and what has no place in Zendesk."""

from collections.abc import Mapping
from typing import Any

import orjson

from ticketferry_zendesk.provenance import tidy

__all__ = ["NOTES", "bears_mark", "join_notes", "split_notes"]

NOTES = 60_000
"""Bytes that notes may take; Zendesk names no limit, other texts end at 64 kB."""
_BEGIN = "\u2014 imported by ticketferry: "


def join_notes(
    notes: str, ref: str, workspace: str, mark: str, told: Mapping[str, Any], *, always: bool
) -> str:
    """Return notes with our line at their end; without one where there is nothing to tell and not `always`."""
    if not told and not always:
        return notes
    line = f"{_BEGIN}{mark} {tidy({**told, 'ref': ref, 'workspace': workspace})}"
    return f"{notes}\n\n{line}" if notes else line


def split_notes(text: object) -> tuple[str, dict[str, Any] | None]:
    """Return the notes without our line, and what the line says; None where there is none."""
    if not isinstance(text, str):
        return "", None
    at = text.rfind(_BEGIN)
    if at < 0:
        return text, None
    _, _, told = text[at + len(_BEGIN) :].partition(" ")
    try:
        found = orjson.loads(told)
    except orjson.JSONDecodeError:
        return text, None
    if not isinstance(found, dict) or not isinstance(found.get("ref"), str):
        return text, None
    return text[:at].removesuffix("\n").removesuffix("\n") if at else "", found


def bears_mark(row: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Tell whether an account that is there is the one that a request of ours made.

    An external id that is the source's own may be somebody else's in this account: then the line in the notes decides. Who was deleted,
    by a rollback of ours too, is shown for good under the same external id, and is nobody any more.
    """
    if row.get("active") is False:
        return False
    own = str(body.get("external_id") or "").casefold()
    if not own or str(row.get("external_id") or "").casefold() != own:
        return False
    wanted = split_notes(body.get("notes"))[1]
    if wanted is None:
        return True
    there = split_notes(row.get("notes"))[1] or {}
    return (there.get("ref"), there.get("workspace")) == (wanted["ref"], wanted.get("workspace"))
