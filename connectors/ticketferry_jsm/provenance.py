"""What has no place of its own in Jira: gathered into our mark, packed into properties, never cut."""

from collections.abc import Iterator
from typing import Any

from ticketferry.sdk import Disposition, Fate, Lane, Severity, join_path
from ticketferry.sdk.codec import places
from ticketferry.sdk.room import Droppable, kept_values, made_to_fit, told_of

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
    mark = head.mark

    def dropped(row: Droppable, size: int) -> None:
        if row.holder is mark.get("record"):
            head.expected.pop(row.key, None)
        room = f"the issue's properties ({marks.PROVENANCE_CHARACTERS:,})"
        told_of(lane, "JSM-PROVENANCE", room, "Drop or map what is large; the snapshot still holds it.")(
            row, size
        )
        if row.path.startswith("provenance.kept"):
            # The mapping files all that it keeps under this one path: the account errs on the side of loss.
            lane.fates.append(Fate("provenance.kept", Disposition.UNSUPPORTED, "JSM-PROVENANCE"))

    properties = made_to_fit(lambda: marks.pack(mark), lambda: _droppable(mark), marks.size_of, dropped)
    if properties is None:
        lane.find(
            "JSM-PROVENANCE",
            Severity.BLOCKER,
            "provenance",
            "the mark does not fit into the issue's properties",
        )
    head.properties = properties or []
    if not head.expected.get("provenance"):
        head.expected.pop("provenance", None)


def _droppable(mark: dict[str, Any]) -> Iterator[Droppable]:
    """Yield the values of the provenance, or of what it keeps, and of the record."""
    provenance = mark.get("provenance", {})
    for key, value in provenance.items():
        base = join_path("provenance", key)
        if isinstance(value, dict) and len(value) > 1:
            yield from (Droppable(value, name, join_path(base, name)) for name in value)
        elif key != "ref":
            yield Droppable(provenance, key, base)
    yield from kept_values(mark.get("record", {}))
