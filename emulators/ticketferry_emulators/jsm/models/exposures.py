"""What people got to see of a site: mails that the product would send, and texts that became visible to somebody."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Exposure", "JiraMail"]


@dataclass(frozen=True, slots=True)
class JiraMail:
    """A mail that the real product would send."""

    time: float
    event: str
    to: str
    issue: str | None


@dataclass(frozen=True, slots=True)
class Exposure:
    """At `time`, `accounts` began to see the issue (`comment` None) or one of its comments, with this text."""

    time: float
    issue: str
    comment: str | None
    accounts: tuple[str, ...]
    text: str
