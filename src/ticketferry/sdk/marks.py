"""Records of ours read back: what a mark keeps is put in its place, with its trace; a mark of another workspace is nobody's to touch."""

import re
from collections.abc import Mapping
from typing import Any

from ticketferry.schema.records import Record
from ticketferry.schema.refs import Ref
from ticketferry.sdk.codec import restore
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.sdk.shapes import object_at

__all__ = ["READ_BACK", "of_other_workspace", "put_back", "read_back"]

READ_BACK = "=read back by our mark"


def put_back(record: Record, mark: Mapping[str, Any], *, unset: bool = True) -> None:
    """Put back into a record of ours what its mark keeps: exact values while nobody changed what we wrote, what has no place, provenance.

    `unset`: also take out what the product filled in by itself.
    """
    restore(record, object_at(mark, "exact"), mark.get("unset") or () if unset else ())
    record.update(object_at(mark, "record"))
    if mark.get("provenance"):
        record["provenance"] = mark["provenance"]


def read_back(trace: Mapping[str, str], at: str, before: Record, after: Record) -> dict[str, str]:
    """Return the trace of a record in which a mark put values into the place of the product's own: those are read back. `at`: `kind[id]`."""
    moved = {key for key in {*before, *after} if before.get(key) != after.get(key)}

    def is_moved(to: str) -> bool:
        return to.startswith(f"{at}.") and re.split(r"[.\[]", to[len(at) + 1 :], maxsplit=1)[0] in moved

    return {path: READ_BACK if is_moved(to) else to for path, to in trace.items()}


def of_other_workspace(
    ref: Ref, code: str, where: str, what: str, theirs: object, ours: str, apart: str
) -> Finding:
    """Return the blocker for a record that another workspace made: it must not be made again.

    `ref`: the source record that the mark names; `what`: the record as people name it; `apart`: how two migrations are kept apart.
    """
    return Finding(
        code, Severity.BLOCKER, ref, where, f"{what} was made by another workspace ({theirs}), this one is {ours}",
        f"Go on in that workspace's folder, or put its workspace.db (or a copy of backups/) into this one; {apart}."
        f" Where that workspace is lost for good: `ticketferry adopt {theirs} --by NAME`.",
    )  # fmt: skip
