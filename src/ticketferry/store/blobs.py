"""Attachment bytes, by content: each file is stored once under its SHA-256."""

import os
import tempfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from ticketferry.errors import RejectedError
from ticketferry.store.database import disk_errors

__all__ = ["Blobs"]


MOST_BYTES = 5_000_000_000
"""Bytes of a file whose size the desk does not tell; both vendors' own limits are lower."""


class Blobs:
    """A folder of files named by checksum; a file appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, checksum: str) -> Path:
        """Return where the bytes of `checksum` are or would be."""
        return self.folder / checksum[:2] / checksum

    def __contains__(self, checksum: str) -> bool:
        return self.path(checksum).exists()

    def open(self, sha256: str) -> BinaryIO:
        """Open for reading; FileNotFoundError where absent."""
        return self.path(sha256).open("rb")

    def size(self, sha256: str) -> int:
        """Return the size in bytes; FileNotFoundError where absent."""
        return self.path(sha256).stat().st_size

    def sweep(self) -> None:
        """Take away what a process that was killed left half-written; only while nobody else writes."""
        for partial in self.folder.glob(".part-*"):
            partial.unlink(missing_ok=True)

    def put(
        self,
        chunks: Iterable[bytes],
        *,
        size: int | None = None,
        checksum: str | None = None,
        most: int = MOST_BYTES,
    ) -> tuple[str, int]:
        """Store a stream and return (sha256, size). Raises RejectedError where `size` or `checksum` is given and differs, as soon as
        more than `size` bytes came; without a size, more than `most`.

        Safe for several threads, also with the same content: each writes a file of its own, and the last rename wins.
        """
        with disk_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=".part-")
            partial = Path(name)
            try:
                total, sums = 0, sha256()
                with os.fdopen(handle, "wb") as out:
                    for chunk in chunks:
                        out.write(chunk)
                        sums.update(chunk)
                        total += len(chunk)
                        if total > (most if size is None else size):
                            expected = (
                                f"{size}" if size is not None else f"{most:,}, the most that is fetched"
                            )
                            raise RejectedError(f"{total} bytes came instead of {expected}")
                    out.flush()
                    os.fsync(out.fileno())
                if size is not None and total != size:
                    raise RejectedError(f"{total} bytes came instead of {size}")
                came = sums.hexdigest()
                if checksum is not None and came != checksum.lower():
                    raise RejectedError(f"the bytes have the SHA-256 {came} instead of {checksum}")
                final = self.path(came)
                final.parent.mkdir(exist_ok=True, mode=0o700)
                partial.replace(final)
            finally:
                partial.unlink(missing_ok=True)
        return came, total
