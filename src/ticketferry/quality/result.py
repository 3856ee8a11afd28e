"""What a profile says: counts of one snapshot, and what is wrong in it."""

from dataclasses import asdict, dataclass, field
from typing import Any

from ticketferry.quality.check import QualityFinding

__all__ = ["FieldProfile", "Profile"]


@dataclass(slots=True)
class FieldProfile:
    """A custom field: on how many records it has a value, and which values."""

    key: str
    name: str
    type: str
    filled: int
    share: float
    """Of all records of the kind, 0 to 1."""
    values: dict[str, Any]


@dataclass(slots=True)
class Profile:
    """Counts of one snapshot. Distributions are value -> count; a missing value counts as `(none)`."""

    desk: str
    snapshot: int
    digest: str
    tickets: int = 0
    archived: int = 0
    """Tombstones that the desk still shows: deleted or otherwise gone."""
    by_status: dict[str, Any] = field(default_factory=dict)
    by_stage: dict[str, Any] = field(default_factory=dict)
    by_channel: dict[str, Any] = field(default_factory=dict)
    by_group: dict[str, Any] = field(default_factory=dict)
    by_brand: dict[str, Any] = field(default_factory=dict)
    by_form: dict[str, Any] = field(default_factory=dict)
    by_type: dict[str, Any] = field(default_factory=dict)
    by_priority: dict[str, Any] = field(default_factory=dict)
    created_by_month: dict[str, int] = field(default_factory=dict)
    solved_by_month: dict[str, int] = field(default_factory=dict)
    status_by_month: dict[str, dict[str, int]] = field(default_factory=dict)
    """Month of creation -> stage -> tickets."""
    comments: dict[str, Any] = field(default_factory=dict)
    attachments: dict[str, Any] = field(default_factory=dict)
    events: int = 0
    worklogs: int = 0
    side_conversations: int = 0
    links: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)
    organizations: dict[str, Any] = field(default_factory=dict)
    groups: int = 0
    fields: list[FieldProfile] = field(default_factory=list)
    fields_left_out: int = 0
    tags: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, Any] = field(default_factory=dict)
    """Lowest and highest ticket number, and how many numbers between them no ticket uses."""
    languages: dict[str, int] = field(default_factory=dict)
    """Tickets by language, as far as their first words tell it."""
    quality: list[QualityFinding] = field(default_factory=list)
    """What is wrong in the desk, by code (docs/profile.md)."""
    mapped: bool = False
    """Only what the mapping moves was counted."""
    findings: list[dict[str, Any]] = field(default_factory=list)
    """What was found while the desk was read."""
    without_root: int = 0
    """Rows whose ticket, person or organization the snapshot lacks."""
    leaves: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)
