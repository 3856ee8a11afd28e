"""The site's automation rules, read from Atlassian's Automation API, and how often each would react to planned writes.

[DOC developer.atlassian.com/cloud/automation/rest, rule management; generally available since August 2025]: accounts with an API token may ask it at the
site's own address, OAuth apps may not. What starts a rule stands in the rule itself, one request each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from ticketferry.sdk import AuthError, FatalError, RejectedError

from .client import JsmClient
from .options import JsmOptions

__all__ = ["SiteRule", "reactions", "read_rules"]

_EVENT = "jira.issue.event.trigger:"
_WRITES: Mapping[str, tuple[str, ...]] = {
    f"{_EVENT}created": ("issue.create",),
    f"{_EVENT}commented": ("comment.create",),
    f"{_EVENT}transitioned": ("issue.transition",),
    f"{_EVENT}updated": ("issue.edit", "issue.request_type"),
    f"{_EVENT}linked": ("issue.link",),
}
"""Type of a trigger -> the writes that set it off, each once."""
_CLOCK = ("jira.jql.scheduled", "jira.issue.sla", "jira.sla", "jira.scheduled")
_HAND = ("jira.manual", "jira.incoming.webhook", "jira.webhook")
_ANY = (
    "issue.create",
    "issue.edit",
    "issue.request_type",
    "issue.transition",
    "comment.create",
    "issue.link",
    "worklog.add",
    "attachment.add",
)
_DETAILS = 50
"""Rules that are read one by one; of more what starts them is not known."""


@dataclass(frozen=True, slots=True)
class SiteRule:
    """An enabled rule. `trigger`: its type, empty where it was not read; `projects`: ids, none: all of the site; `conditional`: it looks at more
    than its trigger; `moves`: it takes issues through transitions.
    """

    name: str
    trigger: str = ""
    projects: frozenset[str] = frozenset()
    conditional: bool = True
    moves: bool = False

    @property
    def timed(self) -> bool:
        """Tell whether it runs by the clock."""
        return self.trigger.startswith(_CLOCK)

    @property
    def by_hand(self) -> bool:
        """Tell whether somebody, or another system, sets it off."""
        return self.trigger.startswith(_HAND)


def read_rules(client: JsmClient, options: JsmOptions) -> list[SiteRule] | str:
    """Return the enabled rules, or why they cannot be read."""
    if options.way != "classic":
        return "only an account with a classic API token may read automation rules; OAuth apps may not"
    try:
        cloud = client.identity().id
        if not cloud:
            return "the site does not tell its cloud id, which the Automation API wants"
        base = f"/gateway/api/automation/public/jira/{cloud}/rest/v1/rule"
        rows = [row for row in _summaries(client, base) if row.get("state") == "ENABLED"]
        return [_rule(client, base, row, whole=number < _DETAILS) for number, row in enumerate(rows)]
    except (RejectedError, AuthError, FatalError) as error:
        return f"the Automation API refuses: {error.message}"


def _summaries(client: JsmClient, base: str) -> Iterator[Mapping[str, Any]]:
    cursor: str | None = ""
    seen: set[str] = set()
    while cursor is not None and cursor not in seen:
        seen.add(cursor)
        params: dict[str, str | int] = {"limit": 100, **({"cursor": cursor} if cursor else {})}
        page = client.get(f"{base}/summary", endpoint="automation.list", params=params) or {}
        yield from (row for row in page.get("data") or () if isinstance(row, Mapping))
        onward = (page.get("links") or {}).get("next")
        told = parse_qs(str(onward).rpartition("?")[2]).get("cursor") if onward else None
        cursor = told[0] if told else None


def _rule(client: JsmClient, base: str, row: Mapping[str, Any], *, whole: bool) -> SiteRule:
    name = str(row.get("name") or row.get("uuid"))
    projects = frozenset(
        str(scope).rpartition("project/")[2]
        for scope in row.get("ruleScopeARIs") or ()
        if "project/" in str(scope)
    )
    if not whole:
        return SiteRule(name, projects=projects)
    told = (client.get(f"{base}/{row.get('uuid')}", endpoint="automation.get") or {}).get("rule") or {}
    trigger = told.get("trigger") or {}
    parts = [part for part in told.get("components") or () if isinstance(part, Mapping)]
    return SiteRule(
        name,
        str(trigger.get("type") or ""),
        projects,
        any(str(part.get("component")) != "ACTION" for part in parts) or bool(trigger.get("value")),
        any("transition" in str(part.get("type")).casefold() for part in _deep(parts)),
    )


def _deep(parts: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for part in parts:
        yield part
        children = [child for child in part.get("children") or () if isinstance(child, Mapping)]
        yield from _deep(children)


def reactions(
    rule: SiteRule, writes: Mapping[tuple[str, str], int], projects: Mapping[str, str]
) -> tuple[int, int]:
    """Return how often a rule reacts to planned writes, at least and at most.

    `writes`: (endpoint, key of the project) -> operations; `projects`: key -> id. Of a trigger that is not known any write may be it.
    """
    if rule.timed or rule.by_hand:
        return 0, 0
    known = rule.trigger in _WRITES
    names = _WRITES.get(rule.trigger, _ANY)
    most = sum(
        count
        for (endpoint, key), count in writes.items()
        if endpoint in names and (not rule.projects or projects.get(key) in rule.projects)
    )
    return (most if known and not rule.conditional else 0), most
