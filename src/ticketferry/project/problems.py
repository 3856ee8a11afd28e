"""What failed, put together by cause: one line for what one change would mend."""

import re
from dataclasses import dataclass

from ticketferry.project.opening import Project

__all__ = ["ProblemCause", "problems"]

_VARIABLE = re.compile(
    r"[\w-]+:(ticket|person|organization|group|comment|attachment|worklog):\S+|\b\d+\b|'[^']*'"
)


@dataclass(frozen=True, slots=True)
class ProblemCause:
    """Records that failed for one cause. `place`: where it is mended; `message`: that of the first record."""

    plan: str
    code: str
    severity: str
    place: str
    message: str
    remedy: str
    count: int
    records: tuple[str, ...]
    """All records."""


def problems(project: Project, plan: str | None = None) -> list[ProblemCause]:
    """Group the problems of a plan, or of all plans that are not taken back or superseded, the most frequent first."""
    rows = project.workspace.database.rows(
        "SELECT p.plan, p.code, p.severity, p.place, p.message, p.remedy, p.ref FROM problem AS p JOIN plan AS q ON q.id = p.plan"
        " WHERE (? IS NULL AND q.state = 'applying') OR p.plan = ? ORDER BY p.plan, p.seq",
        (plan, plan),
    )
    heaps: dict[tuple[str, str, str, str], list[tuple[str, ...]]] = {}
    for row in rows:
        heaps.setdefault((row[0], row[1], row[3], _VARIABLE.sub("*", row[4])), []).append(row)
    found = [
        ProblemCause(
            plan=members[0][0],
            code=members[0][1],
            severity=members[0][2],
            place=members[0][3],
            message=members[0][4],
            remedy=members[0][5],
            count=len(members),
            records=tuple(dict.fromkeys(member[6] for member in members)),
        )
        for members in heaps.values()
    ]
    return sorted(found, key=lambda cause: (-cause.count, cause.plan, cause.code, cause.message))
