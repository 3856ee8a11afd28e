"""Words for what happens to records and leaves: outcomes, dispositions, and findings that a person should know."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Self

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

    @classmethod
    def info(cls, code: str, where: str, message: str, remedy: str = "", count: int = 1) -> Self:
        """Make a finding about a desk, of no record, that is good to know; the three others are of their weight."""
        return cls(code, Severity.INFO, None, where, message, remedy, count)

    @classmethod
    def doubt(cls, code: str, where: str, message: str, remedy: str = "", count: int = 1) -> Self:
        """Make one of what is not certain."""
        return cls(code, Severity.DOUBT, None, where, message, remedy, count)

    @classmethod
    def loss(cls, code: str, where: str, message: str, remedy: str = "", count: int = 1) -> Self:
        """Make one of what will be missing."""
        return cls(code, Severity.LOSS, None, where, message, remedy, count)

    @classmethod
    def blocker(cls, code: str, where: str, message: str, remedy: str = "", count: int = 1) -> Self:
        """Make one that stops the stage."""
        return cls(code, Severity.BLOCKER, None, where, message, remedy, count)


class Fate(NamedTuple):
    """Where the leaves that match `path` ([] = any index) went; `by` = rule, target slot or finding code."""

    path: str
    disposition: Disposition
    by: str
