"""The checksum of a file as the new desk gives it: a transfer that breaks off is begun again, since one bad answer says nothing of the bytes."""

from hashlib import sha256
from typing import Any

from ticketferry.errors import FerryError, RetryableError
from ticketferry.sdk.contract import Source, Target
from ticketferry.sdk.pacing import Clock, pause

__all__ = ["read_sum"]

_TRIES = 4


def read_sum(desk: Source | Target, attachment: Any, clock: Clock) -> str | None:
    """Return the SHA-256 of an attachment's bytes, read up to four times; None where the desk does not give them."""
    for number in range(_TRIES):
        total = sha256()
        try:
            for chunk in desk.content(attachment):
                total.update(chunk)
        except RetryableError as error:
            if number < _TRIES - 1:
                wait = float(2**number) if error.retry_after is None else error.retry_after
                pause(clock, wait, "then the file is asked for again")
            continue
        except FerryError:
            return None
        return total.hexdigest()
    return None
