"""What failed, put together by cause: one line for what one change would mend."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ticketferry.plan.file.writes import roots_of
from ticketferry.project.copies import CODE, Copied, known_copies, remedy_of
from ticketferry.project.project import Project
from ticketferry.sdk.contract import Severity
from ticketferry.store.journal import problem_rows

__all__ = ["BLOCKED", "ProblemCause", "failed_roots", "not_sent", "problems"]

BLOCKED = "TF-BLOCKED"
"""Code of what was not sent since something else failed."""

CHUNK = 500
NAMED = 8
"""Copies that are named; the others are counted, and `verify` names all."""

_OF_A_FILE = re.compile(r"\.ya?ml:\d+")
_VARIABLE = re.compile(
    r"[\w-]+:(ticket|person|organization|group|comment|attachment|worklog):\S+|\b\d+\b|'[^']*'"
)


@dataclass(frozen=True, slots=True)
class ProblemCause:
    """Writes that failed for one cause; `count` counts them. `place`: where it is mended; `message`: that of the first record."""

    plan: str
    code: str
    severity: str
    place: str
    message: str
    remedy: str
    count: int
    records: tuple[str, ...]
    """The root records concerned."""

    @property
    def mended_in(self) -> str:
        """Say where the cause is mended: the mapping where it names a line of it, else the target's set-up or the record in the source."""
        if _OF_A_FILE.search(self.place):
            return "that line of the mapping"
        if self.code == BLOCKED:
            return "what it needs"
        if self.code == "TF-CONFLICT":
            return "the record in the new desk"
        return "the new desk's set-up, or the record in the old one"


def problems(project: Project, plan: str | None = None) -> list[ProblemCause]:
    """Group the problems of a plan, or of all plans that are begun and not finished, the most frequent first.

    Tickets that are there twice come last, of a plan in any state: an applied one has them too.
    """
    rows = problem_rows(project.workspace, plan)
    heaps: dict[tuple[str, str, str, str], list[tuple[Any, ...]]] = {}
    for row in rows:
        heaps.setdefault((row[0], row[2], row[4], _VARIABLE.sub("*", row[5])), []).append(row)
    roots = {name: failed_roots(project, name) for name in {row[0] for row in rows}}
    causes = [
        ProblemCause(
            plan=members[0][0],
            code=members[0][2],
            severity=members[0][3],
            place=members[0][4],
            message=members[0][5],
            remedy=members[0][6],
            count=len(members),
            records=tuple(dict.fromkeys(roots[member[0]].get(member[1], ("", ""))[0] for member in members)),
        )
        for members in heaps.values()
    ]
    ordered = sorted(causes, key=lambda cause: (-cause.count, cause.plan, cause.code, cause.message))
    return [*ordered, *_copies(project, plan)]


def _copies(project: Project, plan: str | None) -> Iterator[ProblemCause]:
    heaps: dict[str, list[Copied]] = {}
    for copy in known_copies(project):
        if plan is None or copy.plan == plan:
            heaps.setdefault(copy.plan, []).append(copy)
    for name, copies in sorted(heaps.items()):
        yield ProblemCause(
            plan=name,
            code=CODE,
            severity=Severity.DOUBT.value,
            place="",
            message=f"{', '.join(str(copy) for copy in copies[:NAMED])}"
            + (f" and {len(copies) - NAMED:,} more" if len(copies) > NAMED else ""),
            remedy=f"{remedy_of(copies[0])}.",
            count=len(copies),
            records=tuple(dict.fromkeys(copy.root for copy in copies)),
        )


def not_sent(project: Project, plans: Iterable[str]) -> int:
    """Count the writes of some plans that wait for one that failed."""
    return sum(project.journal(plan, "").counts().get("blocked", 0) for plan in plans)


def failed_roots(project: Project, plan: str, *, waiting: bool = True) -> dict[int, tuple[str, str]]:
    """Return operation -> (root record, its phase) of everything that failed in a plan; `waiting`: also of what waits for one that did."""
    seqs = project.journal(plan, "").problems("" if waiting else BLOCKED)
    roots: dict[int, tuple[str, str]] = {}
    opened = project.plan(plan)
    for start in range(0, len(seqs), CHUNK):
        roots |= roots_of(opened, seqs[start : start + CHUNK])
    opened.close()
    return roots
