"""What is sent: what screens, reports and stages ask of a plan's operations and batches."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from ticketferry.plan.file.kept import kept
from ticketferry.plan.file.reader import PlanFile

__all__ = [
    "batches_of_endpoint",
    "count_expecting",
    "expecting_by_batch",
    "further_parts",
    "givers",
    "has_operations",
    "last_batch",
    "load_of_endpoints",
    "longest_lane",
    "operation_digests",
    "operations_by_root",
    "operations_of_roots",
    "roots_of",
    "roots_written",
    "undone_parts",
]

Row = tuple[Any, ...]


def has_operations(plan: PlanFile, root: str) -> bool:
    """Tell whether anything is written for a root."""
    return plan.one("SELECT 1 FROM operation WHERE root = ? LIMIT 1", (root,)) is not None


def givers(plan: PlanFile, subject: str) -> list[str]:
    """Return the roots with a write for `subject`."""
    return list(plan.column("SELECT DISTINCT root FROM operation WHERE subject = ?", (subject,)))


def operations_by_root(plan: PlanFile) -> Iterator[tuple[int, str]]:
    """Stream (number, root) of all operations."""
    return cast("Iterator[tuple[int, str]]", plan.rows("SELECT seq, root FROM operation"))


def operations_of_roots(plan: PlanFile, roots: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Stream (number, root) of the operations of some roots."""
    marks = ",".join("?" * len(roots))
    rows = plan.rows(f"SELECT seq, root FROM operation WHERE root IN ({marks})", roots)
    return cast("Iterator[tuple[int, str]]", rows)


def operation_digests(plan: PlanFile) -> Iterator[Row]:
    """Stream (root, key, digest) of all operations, root by root."""
    return plan.rows("SELECT root, key, digest FROM operation ORDER BY root, seq")


def roots_of(plan: PlanFile, seqs: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return operation -> (root, its phase)."""
    rows = plan.rows(
        "SELECT o.seq, o.root, coalesce(c.phase, '') FROM operation AS o LEFT JOIN change AS c ON c.root = o.root"
        f" WHERE o.seq IN ({','.join('?' * len(seqs))})",
        seqs,
    )
    return {seq: (root, phase) for seq, root, phase in rows}


def undone_parts(plan: PlanFile, root: str) -> list[str]:
    """Return the parts that the plan that is taken back had made on a root."""
    return list(plan.column("SELECT ref FROM undone WHERE root = ?", (root,)))


def last_batch(plan: PlanFile) -> int:
    """Return the highest number of a batch."""
    return plan.number("SELECT coalesce(max(number), 0) FROM batch")


def batches_of_endpoint(plan: PlanFile, endpoint: str, upto: int) -> int:
    """Count the batches of an endpoint up to a number."""
    return plan.number("SELECT count(*) FROM batch WHERE endpoint = ? AND number <= ?", (endpoint, upto))


@kept(lambda told: {name: (load[0], load[1]) for name, load in told.items()})
def load_of_endpoints(plan: PlanFile) -> dict[str, tuple[int, int]]:
    """Return endpoint -> (operations, requests)."""
    rows = plan.rows("SELECT endpoint, sum(size), count(*) FROM batch GROUP BY endpoint ORDER BY endpoint")
    return {str(name): (int(operations), int(requests)) for name, operations, requests in rows}


@kept(int)
def count_expecting(plan: PlanFile) -> int:
    """Count the operations before which their record is read once more."""
    return plan.number("SELECT count(*) FROM operation WHERE expect LIKE 'seen:%'")


def expecting_by_batch(plan: PlanFile) -> dict[int, int]:
    """Return batch -> operations before which their record is read once more, where there are any."""
    rows = plan.rows("SELECT batch, count(*) FROM operation WHERE expect LIKE 'seen:%' GROUP BY batch")
    return {int(batch): int(count) for batch, count in rows}


@kept(int)
def longest_lane(plan: PlanFile) -> int:
    """Return the most operations that stand one after the other."""
    return plan.number("SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM operation GROUP BY lane)")


@kept(dict)
def roots_written(plan: PlanFile) -> dict[str, int]:
    """Count the roots that are written, by kind."""
    rows = plan.rows(
        "SELECT c.kind, count(DISTINCT o.root) FROM operation AS o JOIN change AS c ON c.root = o.root GROUP BY c.kind"
    )
    return {str(kind): int(count) for kind, count in rows}


@kept(dict)
def further_parts(plan: PlanFile) -> dict[str, int]:
    """Count by endpoint what writes the second and later parts of a text.

    Its subject is `REF/2`, and REF has a write of its own, or the key is of the whole text. An id that ends so has neither.
    """
    number = "rtrim(o.subject, '0123456789')"
    rows = plan.rows(
        "SELECT o.endpoint, count(*) FROM operation AS o WHERE o.subject GLOB '*:comment:*/[0-9]*'"
        f" AND substr({number}, -1) = '/' AND (substr(o.key, 1, length(o.subject) + 1) <> o.subject || '/'"
        f" OR EXISTS (SELECT 1 FROM operation AS whole WHERE whole.subject = substr({number}, 1, length({number}) - 1)"
        " AND whole.endpoint = o.endpoint)) GROUP BY o.endpoint"
    )
    return {str(name): int(count) for name, count in rows}
