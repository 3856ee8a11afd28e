"""What becomes of roots: what screens, reports and stages ask of a plan's changes."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import orjson

from ticketferry.plan.file.findings import CODES
from ticketferry.plan.file.kept import called, kept, rows
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import turn
from ticketferry.sdk.contract import Outcome

__all__ = [
    "MOST_CLASSES",
    "classes_of_change",
    "count_changes",
    "count_classes",
    "count_tickets_written",
    "first_of_each_class",
    "has",
    "kinds_to_probe",
    "looking_first",
    "members_of_class",
    "moves_by",
    "newly_visible",
    "of_each_class",
    "part_sums",
    "people_by_role",
    "probe_tickets",
    "reasons",
    "root_states",
    "roots_by_number",
    "set_aside_rows",
    "skipped_because",
    "tickets_by_phase",
    "tickets_by_stage",
    "tickets_by_way",
    "tickets_planned",
    "tickets_to_make",
    "tickets_written",
]

MOST_CLASSES = 200
"""Classes that an overview lists; the rest is counted."""
_TO_WRITE = "kind = 'ticket' AND outcome IN ('create', 'update')"
_WRITTEN = "('create', 'update', 'match', 'unchanged', 'conflict')"

Row = tuple[Any, ...]


def has(plan: PlanFile, root: str) -> bool:
    """Tell whether the plan says anything of a root."""
    return plan.one("SELECT 1 FROM change WHERE root = ?", (root,)) is not None


@kept(int)
def count_changes(plan: PlanFile, where: str = "1", parameters: Sequence[Any] = ()) -> int:
    """Count the roots of a condition."""
    return plan.number(f"SELECT count(*) FROM change WHERE {where}", parameters)


def tickets_to_make(plan: PlanFile) -> Iterator[str]:
    """Stream the tickets that the plan makes."""
    return plan.column("SELECT root FROM change WHERE kind = 'ticket' AND outcome = 'create'")


def tickets_written(plan: PlanFile) -> Iterator[str]:
    """Stream the tickets that the plan makes or changes."""
    return plan.column(f"SELECT root FROM change WHERE {_TO_WRITE}")


def count_tickets_written(plan: PlanFile) -> int:
    """Count the tickets that the plan makes or changes."""
    return count_changes(plan, _TO_WRITE)


def looking_first(plan: PlanFile, most: int) -> Iterator[str]:
    """Stream the first tickets that are written, in the order of sending."""
    return plan.column(
        f"SELECT root FROM change AS c WHERE {_TO_WRITE} ORDER BY {turn('c')}, seq LIMIT ?", (most,)
    )


def of_each_class(plan: PlanFile, most: int, golden: Collection[str] = ()) -> Iterator[str]:
    """Stream `most` of the tickets that are written: those of `golden` first, then one of each class of equal change, the most frequent class
    first, then a second of each; within a class in the order of sending.
    """
    marks = ",".join("?" * len(golden))
    return plan.column(
        f"WITH placed AS (SELECT root, root IN ({marks}) AS named, row_number() OVER (PARTITION BY class ORDER BY {turn('c')}, seq) AS n,"
        f" count(*) OVER (PARTITION BY class) AS size, class FROM change AS c WHERE {_TO_WRITE})"
        " SELECT root FROM placed ORDER BY named DESC, n, size DESC, class LIMIT ?",
        (*golden, most),
    )


def tickets_planned(plan: PlanFile, roots: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
    """Stream (root, outcome, phase, stage of its life) of those of some tickets that the plan says anything of."""
    for root, outcome, phase, stage in plan.rows(
        "SELECT root, outcome, phase, coalesce(json_extract(facts, '$.stage'), '') FROM change"
        f" WHERE root IN ({','.join('?' * len(roots))}) AND kind = 'ticket'",
        roots,
    ):
        yield root, outcome, phase, str(stage)


@kept(lambda told: [(phase, count) for phase, count in told])
def tickets_by_phase(plan: PlanFile) -> list[tuple[str, int]]:
    """Count tickets by phase, "" for those in none."""
    return [
        (str(phase or ""), int(count))
        for phase, count in plan.rows(
            "SELECT phase, count(*) FROM change WHERE kind = 'ticket' GROUP BY phase"
        )
    ]


@kept(lambda told: [(stage, count) for stage, count in told])
def tickets_by_stage(plan: PlanFile) -> list[tuple[str, int]]:
    """Count the tickets of the plan's own phase (of all, in a plan of everything) by stage, "" for those that say none."""
    phase = str(plan.header.get("phase", ""))
    return [
        (str(stage), int(count))
        for stage, count in plan.rows(
            "SELECT coalesce(json_extract(facts, '$.stage'), ''), count(*) FROM change"
            " WHERE kind = 'ticket' AND (? = '' OR phase = ?) GROUP BY 1",
            (phase, phase),
        )
    ]


@kept(dict)
def tickets_by_way(plan: PlanFile) -> dict[str, int]:
    """Count the tickets that the plan makes by a way of their own."""
    found = plan.rows(
        "SELECT json_extract(facts, '$.way'), count(*) FROM change"
        " WHERE kind = 'ticket' AND outcome = 'create' GROUP BY 1"
    )
    return {str(name): int(count) for name, count in found if name is not None}


@kept(rows, called("status"), called("route"))
def moves_by(plan: PlanFile, fact: str) -> Iterator[Row]:
    """Count written tickets by `status` (before, after, count) or by `route` (JSON, count)."""
    columns = {
        "status": "coalesce(json_extract(facts, '$.status[0]'), ''), coalesce(json_extract(facts, '$.status[1]'), '')",
        "route": "json_extract(facts, '$.route')",
    }[fact]
    groups = "1, 2" if fact == "status" else "1"
    return plan.rows(
        f"SELECT {columns}, count(*) FROM change WHERE kind = 'ticket' AND outcome IN {_WRITTEN} GROUP BY {groups}"
    )


@kept(lambda told: [(outcome, sums) for outcome, sums in told])
def part_sums(plan: PlanFile) -> list[tuple[str, list[int]]]:
    """Return for each outcome of tickets: how many there are, comments before and after, internal ones, attachments before and after,
    events, links, comments that the plan makes.
    """
    columns = ", ".join(
        f"sum(json_extract(facts, '$.{fact}'))"
        for fact in (
            "comments[0]", "comments[1]", "internal", "attachments[0]", "attachments[1]", "events", "links",
            "made",
        )
    )  # fmt: skip
    found = plan.rows(
        f"SELECT outcome, count(*), {columns} FROM change WHERE kind = 'ticket' GROUP BY outcome ORDER BY outcome"
    )
    return [(str(outcome), [int(value or 0) for value in sums]) for outcome, *sums in found]


def newly_visible(plan: PlanFile) -> Iterator[tuple[str, str, Any]]:
    """Stream (root, title, why) of the written tickets that more people than today see."""
    for root, title, why in plan.rows(
        "SELECT root, title, json_extract(facts, '$.newly_visible') FROM change"
        " WHERE kind = 'ticket' AND outcome IN ('create', 'update')"
        " AND json_extract(facts, '$.newly_visible') IS NOT NULL ORDER BY seq"
    ):
        yield root, title, orjson.loads(why)


def people_by_role(plan: PlanFile) -> Iterator[Row]:
    """Stream (role, outcome, count, one of them), the most frequent first."""
    return plan.rows(
        "SELECT json_extract(facts, '$.role'), outcome, count(*), min(root) FROM change WHERE kind = 'person'"
        " GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2"
    )


@kept(rows, called(MOST_CLASSES))
def classes_of_change(plan: PlanFile, most: int = -1) -> Iterator[Row]:
    """Stream (kind, outcome, class, count, one root) of the classes of equal change, the most frequent of each kind first."""
    return plan.rows(
        "SELECT kind, outcome, class, count(*) AS n, min(root) FROM change GROUP BY kind, outcome, class"
        " ORDER BY kind <> 'ticket', kind, n DESC, outcome, class LIMIT ?",
        (most,),
    )


@kept(int)
def count_classes(plan: PlanFile) -> int:
    """Count the classes of equal change."""
    return plan.number("SELECT count(*) FROM (SELECT 1 FROM change GROUP BY kind, outcome, class)")


def members_of_class(plan: PlanFile, kind: str, outcome: str, name: str) -> Iterator[str]:
    """Stream the roots of a class."""
    return plan.column(
        "SELECT root FROM change WHERE kind = ? AND outcome = ? AND class = ?",
        (kind, outcome, name),
    )


def first_of_each_class(plan: PlanFile, most: int) -> Iterator[Row]:
    """Stream (root, title, kind, outcome, class, target id) of the first `most` of each class."""
    return plan.rows(
        "SELECT root, title, kind, outcome, class, target FROM (SELECT *, row_number() OVER"
        " (PARTITION BY kind, outcome, class ORDER BY seq) AS place FROM change)"
        " WHERE place <= ? ORDER BY kind <> 'ticket', kind, seq",
        (most,),
    )


def set_aside_rows(plan: PlanFile, outcomes: Sequence[str]) -> Iterator[Row]:
    """Stream (root, title, outcome, reason, codes with places) of the roots of some outcomes, in plan order."""
    return plan.rows(
        "SELECT c.root, c.title, c.outcome, c.because,"
        " (SELECT group_concat(f.code || CASE WHEN f.place = '' THEN '' ELSE ' ' || f.place END, '; ')"
        f"  FROM finding AS f WHERE f.subject = c.root AND f.code IN ({CODES} WHERE code IS NOT NULL))"
        " FROM change AS c WHERE c.outcome IN (SELECT value FROM json_each(?)) ORDER BY c.seq",
        (orjson.dumps(outcomes).decode(),),
    )


def reasons(plan: PlanFile, outcome: Outcome) -> Iterator[Row]:
    """Stream (reason, count, one root) of an outcome, the most frequent first."""
    return plan.rows(
        "SELECT because, count(*) AS n, min(root) FROM change WHERE outcome = ? GROUP BY because ORDER BY n DESC, because",
        (outcome.value,),
    )


def skipped_because(plan: PlanFile, start: str) -> Iterator[tuple[str, str]]:
    """Stream (root, reason) of the tickets that are left behind for a reason that begins so, in plan order."""
    yield from plan.rows(
        "SELECT root, because FROM change WHERE kind = 'ticket' AND outcome = 'skip' AND substr(because, 1, ?) = ? ORDER BY seq",
        (len(start), start),
    )


def root_states(plan: PlanFile) -> Iterator[Row]:
    """Stream (root, outcome, kind and class) in the order of the roots."""
    return plan.rows("SELECT root, outcome, kind || ' ' || class FROM change ORDER BY root")


def roots_by_number(plan: PlanFile, number: str, most: int) -> list[str]:
    """Return the first roots that people know by a number, or of which it is the id."""
    like = "%:" + re.sub(r"([%_\\])", r"\\\1", number)
    return list(
        plan.column(
            "SELECT root FROM change WHERE json_extract(facts, '$.number') = ? OR root LIKE ? ESCAPE '\\' ORDER BY seq LIMIT ?",
            (number, like, most),
        )
    )


def kinds_to_probe(plan: PlanFile) -> list[Row]:
    """Count the tickets that the plan makes by project, type and way."""
    return list(
        plan.rows(
            "SELECT json_extract(facts, '$.route[0]'), json_extract(facts, '$.route[1]'), json_extract(facts, '$.way'), count(*)"
            " FROM change WHERE kind = 'ticket' AND outcome = 'create' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
    )


def probe_tickets(plan: PlanFile, project: str | None, type_: str | None, most: int) -> list[str]:
    """Return the first tickets of a project and type that the plan makes by no way of its own."""
    return list(
        plan.column(
            "SELECT root FROM change WHERE kind = 'ticket' AND outcome = 'create' AND"
            " (json_extract(facts, '$.route[0]'), json_extract(facts, '$.route[1]'), json_extract(facts, '$.way')) IS (?, ?, NULL)"
            " ORDER BY seq LIMIT ?",
            (project, type_, most),
        )
    )
