"""Which operations travel together and in which order batches are sent: both fixed when the plan is made.

The level of an operation is one more than the highest level among its predecessor in the lane and the givers of its symbolic
values. Neighbours of one endpoint and one level make a batch: none of them can wait for another, so no two batches can wait for
each other in a circle. Batches are then ordered by the first place at which all they need has been placed.
"""

import sqlite3
from array import array
from collections.abc import Mapping

from ticketferry.errors import FatalError
from ticketferry.sdk.contract import Endpoint

__all__ = ["form"]


def form(connection: sqlite3.Connection, endpoints: Mapping[str, Endpoint]) -> None:
    """Fill `batch` and `dependency` from `operation` and the temporary table `edge(op, needs)`. Operations are numbered from 1."""
    count = int(connection.execute("SELECT coalesce(max(seq), 0) FROM operation").fetchone()[0])
    levels = _levels(connection, count, frozenset(name for name, item in endpoints.items() if item.file))
    batch_of = _assign(connection, endpoints, levels, count)
    _depend(connection, batch_of)
    _place(connection, batch_of, endpoints)


MOST_PASSES = 1_000
"""A pass settles every chain that runs with the order of the plan; each reference against it costs one more."""
_EDGES = "SELECT seq, prev FROM operation WHERE prev IS NOT NULL UNION ALL SELECT op, needs FROM edge ORDER BY 1, 2"


def _levels(connection: sqlite3.Connection, count: int, files: frozenset[str]) -> "array[int]":
    levels = array("i", bytes(4 * (count + 1)))
    filed = _filed(connection, files)
    for _ in range(MOST_PASSES):
        moved = False
        for op, needs in connection.execute(_EDGES):
            if levels[op] <= levels[needs]:
                levels[op] = levels[needs] + 1
                moved = True
        if not moved and _even(levels, filed):
            return levels
        if max(levels) > count:
            break
    raise FatalError(
        "operations of the plan wait for each other in a circle; this is a fault of the connector"
    )


def _filed(connection: sqlite3.Connection, files: frozenset[str]) -> list["array[int]"]:
    """Return the operations of each endpoint whose batches are files."""
    return [
        array(
            "i",
            (row[0] for row in connection.execute("SELECT seq FROM operation WHERE endpoint = ?", (name,))),
        )
        for name in sorted(files)
    ]


def _even(levels: "array[int]", filed: list["array[int]"]) -> bool:
    """Bring the operations of a file endpoint to one level, so that the files are full; tell whether they were already."""
    even = True
    for seqs in filed:
        top = max((levels[seq] for seq in seqs), default=0)
        for seq in seqs:
            if levels[seq] != top:
                levels[seq] = top
                even = False
    return even


def _assign(
    connection: sqlite3.Connection, endpoints: Mapping[str, Endpoint], levels: "array[int]", count: int
) -> "array[int]":
    batch_of = array("i", bytes(4 * (count + 1)))
    open_batches: dict[tuple[str, int], tuple[int, int]] = {}
    sizes: list[tuple[int, str, int]] = []
    number = 0
    for seq, name in connection.execute("SELECT seq, endpoint FROM operation ORDER BY seq").fetchall():
        most = endpoints[name].batch
        key = (name, levels[seq])
        current, size = open_batches.get(key, (0, 0))
        if most > 1 and current and size < most:
            open_batches[key] = (current, size + 1)
            sizes[current - 1] = (current, name, size + 1)
            batch_of[seq] = current
            continue
        number += 1
        batch_of[seq] = number
        sizes.append((number, name, 1))
        if most > 1:
            open_batches[key] = (number, 1)
    connection.executemany(
        "UPDATE operation SET batch = ? WHERE seq = ?", ((batch_of[seq], seq) for seq in range(1, count + 1))
    )
    connection.executemany("INSERT INTO batch(number, position, endpoint, size) VALUES (?, 0, ?, ?)", sizes)
    return batch_of


def _depend(connection: sqlite3.Connection, batch_of: "array[int]") -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO dependency VALUES (?, ?)",
        (
            (batch_of[op], batch_of[needs])
            for op, needs in connection.execute(_EDGES).fetchall()
            if batch_of[op] != batch_of[needs]
        ),
    )


def _place(connection: sqlite3.Connection, batch_of: "array[int]", endpoints: Mapping[str, Endpoint]) -> None:
    count = int(connection.execute("SELECT count(*) FROM batch").fetchone()[0])
    late = {
        number
        for number, name in connection.execute("SELECT number, endpoint FROM batch")
        if endpoints[name].last
    }
    position = array("q", bytes(8 * (count + 1)))
    first = array("q", bytes(8 * (count + 1)))
    for seq in range(1, len(batch_of)):
        batch = batch_of[seq]
        if not first[batch]:
            first[batch] = seq
        position[batch] = max(position[batch], first[batch])
    edges = connection.execute("SELECT batch, needs FROM dependency ORDER BY batch, needs").fetchall()
    # Doubling leaves room so that a batch stands strictly after all that it needs.
    for number in range(1, count + 1):
        position[number] = (position[number] + (len(batch_of) if number in late else 0)) * 2 * (count + 1)
    for _ in range(count + 2):
        moved = False
        for batch, needs in edges:
            if position[batch] <= position[needs]:
                position[batch] = position[needs] + 1
                moved = True
        if not moved:
            break
    connection.executemany(
        "UPDATE batch SET position = ? WHERE number = ?", ((position[n], n) for n in range(1, count + 1))
    )
