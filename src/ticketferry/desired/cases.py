"""Rows of a snapshot put together: one root record with all its parts, folded in time order."""

from collections.abc import Callable, Iterable, Sequence

from ticketferry.history.timeline import fold
from ticketferry.schema.assembly import put_together
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.snapshots import StoredRow

__all__ = ["ContentOf", "assemble", "assemble_records"]

ContentOf = Callable[[str], tuple[str, int, str] | None]
"""Attachment id -> (sha256, size, state), None where its bytes were never asked for."""


def assemble(root: Ref, rows: Sequence[StoredRow], content: ContentOf | None = None) -> Record | None:
    """Build the root record of `rows`; None where its own row is missing (parts whose root was never seen)."""
    return assemble_records(root, (record for row in rows for record in row.records), content)


def assemble_records(root: Ref, records: Iterable[Record], content: ContentOf | None = None) -> Record | None:
    """Build a root record of its neutral records, in the order of their rows; None where its own is missing."""
    head = put_together(root, records)
    if head is None:
        return None
    if content is not None and "attachments" in head:
        head["attachments"] = [_with_content(item, content) for item in head["attachments"]]
    return fold(head) if root.kind is Kind.TICKET else head


def _with_content(attachment: Record, content: ContentOf) -> Record:
    held = content(attachment["ref"].split(":", 2)[2])
    if held is None:
        # What a desk says of a checksum counts once the workspace holds the bytes.
        return {key: value for key, value in attachment.items() if key != "sha256"}
    sha256, size, state = held
    # Where the desk says why there are no bytes, that is the reason: such a file is not even asked for.
    extra: Record = {} if attachment.get("state") in ("malware", "redacted") else {"state": state}
    if state == "stored":
        extra = {"sha256": sha256, "size": size}
    return {**attachment, **extra}
