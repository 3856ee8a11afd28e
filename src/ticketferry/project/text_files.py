"""Text files of a person replaced whole or not at all."""

import os
from pathlib import Path

from ticketferry.errors import ConfigError

__all__ = ["replace_text"]


def replace_text(path: Path, text: str) -> None:
    """Put another text into a file that is there, with the same rights: a crash leaves the old one or the new one. Raises ConfigError."""
    target = path.resolve()
    part = target.with_name(f".{target.name}.part{os.getpid()}")
    try:
        mode = target.stat().st_mode & 0o777
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        part.chmod(mode)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ConfigError(
            f"{path} cannot be written: {error.strerror or error}",
            where=str(path),
            remedy="Check the path and its rights.",
        ) from error
