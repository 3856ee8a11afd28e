"""Which operations travel together and in which order batches are sent: both fixed when the plan is made.

The level of an operation is one more than the highest level among its predecessor in the lane and the givers of its symbolic
values. Neighbours of one endpoint and one level make a batch: none of them can wait for another, so no two batches can wait for
each other in a circle. Batches are then ordered by the first place at which all they need has been placed.
"""

import sqlite3
from array import array
from collections.abc import Callable, Iterable, Mapping

from ticketferry.errors import FatalError
from ticketferry.plan.file.rows import turn
from ticketferry.sdk.contract import Endpoint

__all__ = ["form"]


def form(
    connection: sqlite3.Connection,
    endpoints: Mapping[str, Endpoint],
    *,
    in_turn: bool = False,
    one_by_one: bool = False,
) -> dict[str, int]:
    """Fill `batch` and `dependency` from `operation` and the temporary table `edge(op, needs)`. Operations are numbered from 1.

    `in_turn`: tickets come in the turns that the facts of their changes tell, instead of by number. `one_by_one`: a ticket is created in a
    request of its own when the creation before it has ended; returned is how many are, by endpoint. Those of files are not among them.
    """
    count = int(connection.execute("SELECT coalesce(max(seq), 0) FROM operation").fetchone()[0])
    levels = _levels(connection, count, frozenset(name for name, item in endpoints.items() if item.file))
    if in_turn:
        connection.execute(_TURNS)
    _find_creations(connection, endpoints if one_by_one else {})
    batch_of, order = _assign(connection, endpoints, levels, count, in_turn=in_turn)
    _depend(connection, batch_of)
    _place(connection, batch_of, order, endpoints)
    if not one_by_one:
        return {}
    _chain(connection)
    return dict(
        connection.execute("SELECT endpoint, count(*) FROM temp.creation GROUP BY endpoint ORDER BY endpoint")
    )


_TURNS = (
    "CREATE TEMP TABLE turn AS SELECT root, row_number() OVER (ORDER BY"
    f" {turn('change')}, seq) AS turn FROM change WHERE kind = 'ticket' AND json_extract(facts, '$.turn') IS NOT NULL"
)
_IN_TURN = (
    "SELECT o.seq, o.endpoint, c.seq IS NOT NULL FROM operation AS o LEFT JOIN temp.turn AS t ON t.root = o.root"
    " LEFT JOIN temp.creation AS c ON c.seq = o.seq ORDER BY coalesce(t.turn, 0), o.seq"
)
_BY_NUMBER = (
    "SELECT o.seq, o.endpoint, c.seq IS NOT NULL FROM operation AS o LEFT JOIN temp.creation AS c ON c.seq = o.seq"
    " ORDER BY o.seq"
)


def _find_creations(connection: sqlite3.Connection, endpoints: Mapping[str, Endpoint]) -> None:
    """Note the operations that create tickets, by endpoints that give an id and are no file."""
    connection.execute("CREATE TEMP TABLE creation(seq INTEGER PRIMARY KEY, endpoint TEXT NOT NULL)")
    for name, item in endpoints.items():
        if "id" in item.gives and not item.file:
            connection.execute(
                "INSERT INTO temp.creation SELECT o.seq, o.endpoint FROM operation AS o JOIN change AS c ON c.root = o.root"
                " WHERE o.endpoint = ? AND o.subject = o.root AND c.kind = 'ticket' AND c.outcome = 'create'",
                (name,),
            )


def _chain(connection: sqlite3.Connection) -> None:
    """Let each creation wait for the one that is placed before it; both orders agree, so that no circle comes of it."""
    connection.execute(
        "INSERT OR IGNORE INTO dependency SELECT number, before FROM (SELECT b.number, lag(b.number) OVER (ORDER BY b.position, b.number)"
        " AS before FROM temp.creation AS c JOIN operation AS o ON o.seq = c.seq JOIN batch AS b ON b.number = o.batch)"
        " WHERE before IS NOT NULL"
    )
    count = int(connection.execute("SELECT count(*) FROM batch").fetchone()[0])
    position = array("q", bytes(8 * (count + 1)))
    for number, place in connection.execute("SELECT number, position FROM batch"):
        position[number] = place
    _put_after_needs(connection, position, count)


_EDGES = "SELECT seq, prev FROM operation WHERE prev IS NOT NULL UNION ALL SELECT op, needs FROM edge"


class _Graph:
    """What waits for what, as arrays of integers: a plan may hold millions of operations."""

    def __init__(self, edges: Callable[[], Iterable[tuple[int, int]]], count: int) -> None:
        """Take pairs (node, what it needs), asked for twice; nodes are numbered from 1 to `count`. Raises FatalError where they wait in
        a circle.
        """
        self._starts = array("i", bytes(4 * (count + 2)))
        waits = array("i", bytes(4 * (count + 1)))
        total = 0
        for node, needs in edges():
            waits[node] += 1
            self._starts[needs + 1] += 1
            total += 1
        for node in range(1, count + 2):
            self._starts[node] += self._starts[node - 1]
        self._followers = array("i", bytes(4 * total))
        places = array("i", self._starts)
        for node, needs in edges():
            self._followers[places[needs]] = node
            places[needs] += 1
        del places
        self._order = array("i", (node for node in range(1, count + 1) if not waits[node]))
        done = 0
        while done < len(self._order):
            for follower in self._after(self._order[done]):
                waits[follower] -= 1
                if not waits[follower]:
                    self._order.append(follower)
            done += 1
        if done < count:
            raise FatalError(_CIRCLE)

    def _after(self, node: int) -> "array[int]":
        return self._followers[self._starts[node] : self._starts[node + 1]]

    def lift(self, values: "array[int]") -> None:
        """Raise each value above those of all that its node needs, in one pass."""
        for node in self._order:
            least = values[node] + 1
            for follower in self._after(node):
                values[follower] = max(values[follower], least)


_CIRCLE = "operations of the plan wait for each other in a circle; this is a fault of the connector"


def _levels(connection: sqlite3.Connection, count: int, files: frozenset[str]) -> "array[int]":
    levels = array("i", bytes(4 * (count + 1)))
    graph = _Graph(lambda: connection.execute(_EDGES), count)
    filed = _filed(connection, files)
    graph.lift(levels)
    while not _even(levels, filed):
        # A file that needs what needs the same file would be lifted for ever.
        if max(levels) > count:
            raise FatalError(_CIRCLE)
        graph.lift(levels)
    return levels


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
    connection: sqlite3.Connection,
    endpoints: Mapping[str, Endpoint],
    levels: "array[int]",
    count: int,
    *,
    in_turn: bool,
) -> tuple["array[int]", "array[int]"]:
    """Return the batch of each operation, and the operations in the order in which they have their turns."""
    batch_of, order = array("i", bytes(4 * (count + 1))), array("i")
    open_batches: dict[tuple[str, int], tuple[int, int]] = {}
    names = {name: place for place, name in enumerate(endpoints)}
    listed = list(endpoints)
    endpoint_of, sizes = array("H"), array("i")
    number = 0
    for seq, name, alone in connection.execute(_IN_TURN if in_turn else _BY_NUMBER):
        order.append(seq)
        most = 1 if alone else endpoints[name].batch
        key = (name, levels[seq])
        current, size = open_batches.get(key, (0, 0))
        if most > 1 and current and size < most:
            open_batches[key] = (current, size + 1)
            sizes[current - 1] = size + 1
            batch_of[seq] = current
            continue
        number += 1
        batch_of[seq] = number
        endpoint_of.append(names[name])
        sizes.append(1)
        if most > 1:
            open_batches[key] = (number, 1)
    connection.executemany(
        "UPDATE operation SET batch = ? WHERE seq = ?", ((batch_of[seq], seq) for seq in range(1, count + 1))
    )
    connection.executemany(
        "INSERT INTO batch(number, position, endpoint, size) VALUES (?, 0, ?, ?)",
        ((n, listed[endpoint_of[n - 1]], sizes[n - 1]) for n in range(1, number + 1)),
    )
    return batch_of, order


def _depend(connection: sqlite3.Connection, batch_of: "array[int]") -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO dependency VALUES (?, ?)",
        (
            (batch_of[op], batch_of[needs])
            for op, needs in connection.execute(_EDGES)
            if batch_of[op] != batch_of[needs]
        ),
    )


def _place(
    connection: sqlite3.Connection,
    batch_of: "array[int]",
    order: "array[int]",
    endpoints: Mapping[str, Endpoint],
) -> None:
    count = int(connection.execute("SELECT count(*) FROM batch").fetchone()[0])
    late = {
        number
        for number, name in connection.execute("SELECT number, endpoint FROM batch")
        if endpoints[name].last
    }
    position = array("q", bytes(8 * (count + 1)))
    for place, seq in enumerate(order, 1):
        if not position[batch_of[seq]]:
            position[batch_of[seq]] = place
    # Doubling leaves room so that a batch stands strictly after all that it needs.
    for number in range(1, count + 1):
        position[number] = (position[number] + (len(batch_of) if number in late else 0)) * 2 * (count + 1)
    _put_after_needs(connection, position, count)


def _put_after_needs(connection: sqlite3.Connection, position: "array[int]", count: int) -> None:
    _Graph(lambda: connection.execute("SELECT batch, needs FROM dependency"), count).lift(position)
    connection.executemany(
        "UPDATE batch SET position = ? WHERE number = ?", ((position[n], n) for n in range(1, count + 1))
    )
