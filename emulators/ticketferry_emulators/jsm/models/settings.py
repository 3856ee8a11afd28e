"""What of the site a test sets: how the importer behaves, and the OAuth tokens that were given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ALL_SCOPES", "FIRST_REFRESH", "Grant", "ImportSettings", "JiraTokens"]

FIRST_REFRESH = "emulated-refresh-0"
ALL_SCOPES = frozenset({
    "read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-configuration", "read:servicedesk-request",
    "write:servicedesk-request", "manage:servicedesk-customer", "manage:jira-project",
})  # fmt: skip
"""Classic scopes of both APIs [P, S securitySchemes.OAuth2]."""


@dataclass
class ImportSettings:
    """How the importer behaves. `drop_first_change`: the first entry of each history is lost, as reports say; `leave_out`: tells of
    an issue (as the file has it) that it is not imported, as when an import breaks off.
    """

    drop_first_change: bool = False
    leave_out: Callable[[Mapping[str, Any]], bool] = lambda _: False


@dataclass(slots=True)
class Grant:
    """Until when an access token is good (epoch seconds), and for what."""

    until: float
    scopes: frozenset[str]


@dataclass
class JiraTokens:
    """Tokens that were given; `scopes` are those of the scoped API token and of new OAuth tokens."""

    scopes: frozenset[str] = ALL_SCOPES
    access: dict[str, Grant] = field(default_factory=dict)
    refresh: set[str] = field(default_factory=lambda: {FIRST_REFRESH})
    given: int = 0
