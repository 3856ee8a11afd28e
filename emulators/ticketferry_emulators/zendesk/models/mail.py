"""Mails that the real product would have sent: the record of them, kept beside the desk."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ZendeskMail"]


class ZendeskMail(NamedTuple):
    """One mail: why, to whom, about which ticket."""

    time: float
    event: str
    to: str
    ticket: int | None
