"""What the search index knows of an issue: the values that searches and orders go by, as they were when it was indexed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ticketferry_emulators.jsm.models.records import Issue, JiraProject

__all__ = ["Indexed", "indexed"]


@dataclass(frozen=True, slots=True)
class Indexed:
    """One issue in the index; times in unix seconds, people by account id, the rest by id; None where there is no value."""

    id: int
    key: tuple[str, int]
    project: str
    type: str
    status: str
    labels: frozenset[str]
    created: float
    updated: float
    moved: float
    """When its status last came into another category."""
    resolved: float | None
    creator: str
    reporter: str | None
    assignee: str | None
    priority: str | None
    resolution: str | None
    due: str | None
    """Date as `yyyy-mm-dd`."""
    components: frozenset[str] = frozenset()
    custom: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Custom field that holds a value -> ids of the options that it holds; of other types an empty text."""


def indexed(project: JiraProject, issue: Issue) -> Indexed:
    """Return what the index is to know of an issue as it is now."""
    values = issue.values
    return Indexed(
        id=int(issue.id), key=(project.key, issue.number), project=issue.project, type=issue.type, status=issue.status,
        labels=frozenset(values.get("labels") or ()), created=issue.created, updated=issue.updated,
        moved=issue.category_changed, resolved=issue.resolved, creator=issue.creator, reporter=values.get("reporter"),
        assignee=values.get("assignee"), priority=values.get("priority"), resolution=values.get("resolution"),
        due=values.get("duedate"), components=frozenset(values.get("components") or ()), custom=dict(_held(values)),
    )  # fmt: skip


def _held(values: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    for name, value in values.items():
        if not name.startswith("customfield_") or value in (None, "", []):
            continue
        cascade = [value.get("parent"), value.get("child")] if isinstance(value, dict) else None
        items = cascade or (value if isinstance(value, list) else [value])
        yield name, frozenset(item if isinstance(item, str) and item.isdigit() else "" for item in items)
