"""Where ranges of records are worked on, as a person says it: `local`, `local:4`."""

import os

from ticketferry.errors import UsageError
from ticketferry.ranges import Executor, Processes

__all__ = ["open_executor"]

MOST = 1_024


def open_executor(where: str) -> Executor:
    """Return who works on ranges of records: `local` is a process for each processor, `local:N` are N. Raises UsageError for other words."""
    kind, _, rest = where.partition(":")
    if kind == "local":
        if not rest and where == kind:
            return Processes(os.cpu_count() or 1)
        if rest.isascii() and rest.isdecimal() and 1 <= int(rest) <= MOST:
            return Processes(int(rest))
    raise UsageError(
        f"{where!r} does not say who works on ranges of records",
        where="--executor",
        remedy=f"Write local, or local:N with N processes (1 to {MOST}).",
    )
