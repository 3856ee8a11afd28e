"""Tickets with their audits outside of memory: an unnamed temporary file and the place of each case in it."""

from __future__ import annotations

import tempfile
import weakref
from typing import Any

import orjson

from ticketferry_emulators.zendesk.seed.case import TicketWithAudits

__all__ = ["CaseFile"]


class CaseFile:
    """Cases by ticket number; a new version is appended, the old one is left behind until the file goes.

    Not thread-safe: its owner holds a lock. What :meth:`get` returns is a fresh copy: change it and :meth:`put` it back.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+b", prefix="ticketferry-emulator-")  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._end = 0
        self._places: dict[int, tuple[int, int]] = {}
        self._waiting: dict[int, bytes] = {}
        self._waiting_size = 0

    def put(self, number: int, case: TicketWithAudits) -> None:
        """Keep a case, in place of an earlier version."""
        line = orjson.dumps(tuple(case))
        self._waiting[number] = line
        self._waiting_size += len(line)
        if self._waiting_size > 1 << 20:
            self._flush()

    def get(self, number: int) -> TicketWithAudits:
        """Return a copy of the case; KeyError when there is none."""
        line = self._waiting.get(number)
        if line is None:
            place, size = self._places[number]
            self._file.seek(place)
            line = self._file.read(size)
        parts: list[Any] = orjson.loads(line)
        return TicketWithAudits(*parts)

    def _flush(self) -> None:
        start = self._end
        for number, line in self._waiting.items():
            self._places[number] = (self._end, len(line))
            self._end += len(line)
        self._file.seek(start)
        self._file.write(b"".join(self._waiting.values()))
        self._waiting.clear()
        self._waiting_size = 0
