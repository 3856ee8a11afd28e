"""Words for what happens to records and leaves: outcomes, dispositions, and findings that a person should know."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ticketferry.schema.refs import Ref

__all__ = ["Disposition", "Fate", "Finding", "Outcome", "Severity"]


class Severity(StrEnum):
    """How much a finding matters; BLOCKER stops the stage that made it."""

    INFO = "info"
    REPAIR = "repair"
    LOSS = "loss"
    DOUBT = "doubt"
    BLOCKER = "blocker"


class Disposition(StrEnum):
    """What became of a leaf."""

    CARRIED = "carried"
    TRANSFORMED = "transformed"
    KEPT = "kept_in_provenance"
    DROPPED = "dropped_by_rule"
    UNSUPPORTED = "unsupported"


class Outcome(StrEnum):
    """What a plan does with a root record."""

    CREATE = "create"
    UPDATE = "update"
    MATCH = "match"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    SKIP = "skip"
    REJECT = "reject"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Finding:
    """A loss, repair, doubt or blocker; `code` stands in a table of finding codes (`ZD-BODY-001`), `where` is a path or file:line:column."""

    code: str
    severity: Severity
    subject: Ref | None
    where: str
    message: str
    remedy: str = ""
    count: int = 1


class Fate(NamedTuple):
    """Where the leaves that match `path` ([] = any index) went; `by` = rule, target slot or finding code."""

    path: str
    disposition: Disposition
    by: str
