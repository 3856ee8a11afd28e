"""The compiled head of a ticket: an issue's fields, our mark, and the way to its status."""

from dataclasses import dataclass, field
from typing import Any

from ticketferry.sdk import ProjectDef, Record, Template, TypeDef

from .body import DocumentDraft
from .paths import Hop

__all__ = ["IssueHead"]


@dataclass(slots=True)
class IssueHead:
    """An issue's fields, the mark, and the way to its status.

    `fields`: field id -> template for issue.create; `of`: entry of the record's hash vector -> field ids; `cleared`: field id -> what
    empties it; `late`: fields that the create screen does not take and an edit does; `hop_fields`: transition -> fields that only its screen
    takes.
    """

    project: ProjectDef
    type: TypeDef
    expected: Record
    mark: dict[str, Any]
    fields: dict[str, Template] = field(default_factory=dict)
    of: dict[str, list[str]] = field(default_factory=dict)
    cleared: dict[str, Template] = field(default_factory=dict)
    late: dict[str, Template] = field(default_factory=dict)
    description: list[DocumentDraft] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    """Files that stand below the description's text."""
    hops: list[Hop] = field(default_factory=list)
    hop_resolution: dict[str, str] = field(default_factory=dict)
    hop_fields: dict[str, dict[str, Template]] = field(default_factory=dict)
    resolution: str | None = None
    form: str | None = None
    properties: list[dict[str, Any]] = field(default_factory=list)

    @property
    def says(self) -> bool:
        """Tell whether the description has a text of its own."""
        return any(part.tree for part in self.description)
