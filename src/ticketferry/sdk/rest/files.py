"""Files whose addresses end: the one that was noted is tried, and a new one asked for where it holds no longer."""

from collections.abc import Callable, Iterator

from ticketferry.errors import RejectedError
from ticketferry.schema.tickets import Attachment

__all__ = ["streamed"]


def streamed(
    attachment: Attachment,
    download: Callable[[str], Iterator[bytes]],
    renewed: Callable[[Attachment], str | None],
) -> Iterator[bytes]:
    """Stream a file from its address, or from the one that `renewed` reads then. Raises RejectedError where it is gone."""
    url = attachment.get("url")
    if attachment.get("state") in ("missing", "redacted", "malware") or not url:
        raise RejectedError(f"the bytes of {attachment['name']!r} are gone", status=404)
    try:
        stream = download(url)
        first = next(stream, b"")
    except RejectedError:
        fresh = renewed(attachment)
        if not fresh or fresh == url:
            raise
        stream = download(fresh)
        first = next(stream, b"")
    yield first
    yield from stream
