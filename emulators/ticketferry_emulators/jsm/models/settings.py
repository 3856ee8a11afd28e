"""What of the site a test sets: how the importer behaves, and the OAuth tokens that were given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "ALL_SCOPES",
    "FIRST_REFRESH",
    "AutomationRule",
    "Grant",
    "ImportSettings",
    "JiraTokens",
    "SiteAutomation",
]

FIRST_REFRESH = "emulated-refresh-0"
ALL_SCOPES = frozenset({
    "read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-configuration", "read:servicedesk-request",
    "write:servicedesk-request", "manage:servicedesk-customer", "manage:jira-project",
})  # fmt: skip
"""Classic scopes of both APIs [P, S securitySchemes.OAuth2]."""


@dataclass(slots=True)
class AutomationRule:
    """A rule as the Automation API has it. `projects`: ids of those it is for, none: all. `components`: conditions and actions, of which
    none is played: it counts.
    """

    uuid: str
    name: str
    trigger: str
    enabled: bool = True
    projects: tuple[str, ...] = ()
    components: list[dict[str, object]] = field(default_factory=list)


@dataclass(slots=True)
class SiteAutomation:
    """The rules that a test adds, and how often each reacted by its name; presets that are switched on count too."""

    rules: list[AutomationRule] = field(default_factory=list)
    firings: Counter[str] = field(default_factory=Counter)


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
