"""OAuth tokens that were given, and whether API tokens are taken beside them; what a repeated request is answered with."""

from __future__ import annotations

from dataclasses import dataclass, field

from ticketferry_emulators.kit.messages import Answer

__all__ = ["IssuedToken", "Remembered", "ZendeskTokens"]


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """Whose token it is, for what, and until when (epoch seconds)."""

    user: int
    scope: str
    until: float
    number: int = 0
    made: float = 0.0


@dataclass
class ZendeskTokens:
    """Tokens by their text. `api_tokens` False refuses basic authentication."""

    api_tokens: bool = True
    access: dict[str, IssuedToken] = field(default_factory=dict)
    refresh: dict[str, IssuedToken] = field(default_factory=dict)
    given: int = 0


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a request with an idempotency key was answered, which body it had, and until when it is remembered (epoch seconds)."""

    digest: str
    answer: Answer
    until: float
