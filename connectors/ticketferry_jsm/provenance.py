"""What has no place of its own in Jira: gathered into our mark, packed into properties, never cut."""

from typing import Any

from ticketferry.sdk import Disposition, Fate, Lane, Severity, join_path
from ticketferry.sdk.codec import places

from . import marks
from .head import IssueHead
from .issue_rows import ISSUE

__all__ = ["NATIVE", "seal"]

NATIVE = places(ISSUE) | {
    "ref", "body", "stage", "status", "resolution", "type", "project", "form", "tags", "fields", "followers", "links", "comments",
    "attachments", "worklogs", "provenance",
}  # fmt: skip
"""Keys that have a place in Jira; every other key of a ticket goes into our mark as it is."""


def seal(head: IssueHead, lane: Lane) -> None:
    """Pack the mark into properties. What does not fit is left out, largest first, and told: a value is never cut."""
    properties = marks.pack(head.mark)
    while properties is None:
        found = _largest(head.mark)
        if found is None:
            lane.find(
                "JSM-PROVENANCE",
                Severity.BLOCKER,
                "provenance",
                "the mark does not fit into the issue's properties",
            )
            properties = []
            break
        holder, key, path = found
        size = marks.size_of(holder.pop(key))
        if holder is head.mark.get("record"):
            head.expected.pop(key, None)
        lane.lost(
            path, "JSM-PROVENANCE", f"{size:,} characters do not fit into the issue's properties ({marks.PROVENANCE_CHARACTERS:,})",
            "Drop or map what is large; the snapshot still holds it.",
        )  # fmt: skip
        if path.startswith("provenance.kept"):
            # The mapping files all that it keeps under this one path: the account errs on the side of loss.
            lane.fates.append(Fate("provenance.kept", Disposition.UNSUPPORTED, "JSM-PROVENANCE"))
        properties = marks.pack(head.mark)
    head.properties = properties
    if not head.expected.get("provenance"):
        head.expected.pop("provenance", None)


def _largest(mark: dict[str, Any]) -> tuple[dict[str, Any], str, str] | None:
    """Return the largest value of the provenance (or of what it keeps), else of the record, with its path."""
    candidates: list[tuple[int, dict[str, Any], str, str]] = []
    provenance = mark.get("provenance", {})
    for key, value in provenance.items():
        if isinstance(value, dict) and len(value) > 1:
            base = join_path("provenance", key)
            candidates.extend(
                (marks.size_of(item), value, name, join_path(base, name)) for name, item in value.items()
            )
        elif key != "ref":
            candidates.append((marks.size_of(value), provenance, key, join_path("provenance", key)))
    record = mark.get("record", {})
    candidates.extend((marks.size_of(value), record, key, key) for key, value in record.items())
    if not candidates:
        return None
    _, holder, key, path = max(candidates, key=lambda row: (row[0], row[3]))
    return holder, key, path
