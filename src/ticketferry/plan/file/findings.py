"""What is lost and what is doubtful: what screens and reports ask of a plan's leaves and findings."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from ticketferry.plan.file.kept import called, kept
from ticketferry.plan.file.reader import PlanFile
from ticketferry.sdk.contract import Disposition, Finding, Severity

__all__ = [
    "CODES",
    "WHOLE",
    "count_findings",
    "count_impossible",
    "findings_of",
    "impossible_leaves",
    "lost_leaves",
    "quarantined_in",
    "root_causes",
    "subjects_in_doubt",
    "tickets_of_findings",
]

WHOLE = "whole records"
"""Field of the sums in which rejected and skipped records count."""
CODES = (
    "WITH RECURSIVE codes(code) AS (SELECT min(code) FROM finding UNION ALL"
    " SELECT (SELECT min(code) FROM finding WHERE code > codes.code) FROM codes WHERE codes.code IS NOT NULL)"
    " SELECT code FROM codes"
)
"""The codes there are, found by leaps: findings are kept in the order of code and subject."""


Row = tuple[Any, ...]


@kept(int, called(), called(of_rejects=True))
def count_impossible(plan: PlanFile, *, of_rejects: bool = False) -> int:
    """Count the leaves that the target cannot hold, or those of rejected records alone."""
    if of_rejects:
        return plan.number(
            "SELECT count(*) FROM impossible AS i JOIN change AS c ON c.root = i.root WHERE c.outcome = 'reject'",
        )
    return plan.number("SELECT count(*) FROM impossible")


def impossible_leaves(plan: PlanFile, *, rejected: bool) -> Iterator[Row]:
    """Stream (root, kind, id, path, reason) of leaves that the target cannot hold; `rejected`: of rejected records too."""
    return plan.rows(
        "SELECT i.root, i.kind, i.id, i.path, i.by FROM impossible AS i LEFT JOIN change AS c ON c.root = i.root"
        " WHERE ? OR c.outcome IS NOT 'reject' ORDER BY c.seq, i.kind, i.id, i.path",
        (rejected,),
    )


def lost_leaves(plan: PlanFile, disposition: Disposition) -> Iterator[Row]:
    """Stream (kind, field, disposition, reason, count); rejected and skipped records are one row a reason, of kind `any`."""
    return plan.rows(
        "WITH aside(disposition, by) AS ("
        " SELECT DISTINCT 'unsupported', because FROM change WHERE outcome = 'reject'"
        " UNION SELECT DISTINCT 'dropped_by_rule', because FROM change WHERE outcome = 'skip')"
        f" SELECT iif(a.by IS NULL, s.kind, 'any'), iif(a.by IS NULL, s.pattern, '{WHOLE}'), s.disposition, s.by, sum(s.count) AS n"
        " FROM sum AS s LEFT JOIN aside AS a ON a.disposition = s.disposition AND a.by = s.by"
        " WHERE s.disposition = ? GROUP BY 1, 2, 3, 4 ORDER BY n DESC, 1, 2, 4",
        (disposition.value,),
    )


def findings_of(plan: PlanFile, root: str) -> Iterator[Finding]:
    """Stream the findings of one root."""
    return plan.findings(f"code IN ({CODES}) AND subject = ?", (root,))


def count_findings(plan: PlanFile) -> dict[tuple[str, str], int]:
    """Count findings by code and severity."""
    rows = plan.rows("SELECT code, severity, sum(count) FROM finding GROUP BY code, severity")
    return {(code, severity): count for code, severity, count in rows}


def root_causes(plan: PlanFile) -> Iterator[Row]:
    """Stream findings (code, severity, subject, place, message, remedy, count) with their root's outcome and reason."""
    return plan.rows(
        "SELECT f.code, f.severity, f.subject, f.place, f.message, f.remedy, f.count, coalesce(c.outcome, ''),"
        " coalesce(c.because, '') FROM finding AS f LEFT JOIN change AS c ON c.root = f.subject"
        " ORDER BY f.code, f.subject, f.place, f.message"
    )


def quarantined_in(plan: PlanFile, code: str) -> Iterator[Row]:
    """Stream (ref, message, remedy) of the records that this plan could not plan; `code`: of such findings."""
    return plan.rows(
        "SELECT subject, message, remedy FROM finding WHERE code = ? AND message LIKE 'in quarantine, planning%'"
        " ORDER BY length(subject), subject",
        (code,),
    )


def subjects_in_doubt(plan: PlanFile) -> Iterator[str]:
    """Stream the records of which a finding tells a loss, a doubt or worse."""
    severities = (Severity.BLOCKER.value, Severity.DOUBT.value, Severity.LOSS.value)
    return plan.column("SELECT DISTINCT subject FROM finding WHERE severity IN (?, ?, ?)", severities)


def tickets_of_findings(plan: PlanFile, outcomes: Sequence[str]) -> Iterator[tuple[str, Iterator[str]]]:
    """Stream (code, tickets of these outcomes that have a finding of it); read the tickets of one before the next."""
    for code in list(plan.column(f"SELECT code FROM ({CODES}) WHERE code IS NOT NULL")):
        yield (
            code,
            plan.column(
                "SELECT DISTINCT f.subject FROM finding AS f JOIN change AS c ON c.root = f.subject"
                " WHERE f.code = ? AND c.kind = 'ticket' AND c.outcome IN (SELECT value FROM json_each(?))",
                (code, orjson.dumps(outcomes).decode()),
            ),
        )
