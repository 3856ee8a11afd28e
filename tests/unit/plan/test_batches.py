"""Batches: nothing waits for what is sent later, no two wait for each other, and only what belongs together travels together."""

import sqlite3
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples

from ticketferry.errors import FatalError
from ticketferry.plan.file import batches
from ticketferry.plan.file.writer import PlanWriter
from ticketferry.sdk.contract import Endpoint

ENDPOINTS = {
    "one": Endpoint("one", "POST", "/one", "write"),
    "few": Endpoint("few", "POST", "/few", "write", batch=3),
    "many": Endpoint("many", "POST", "/many", "write", batch=50),
    "last": Endpoint("last", "POST", "/last", "write", batch=2, last=True),
}


class Formed:
    """Operations as (lane, endpoint) with edges (operation, needs), put through `form`."""

    def __init__(self, operations, edges) -> None:
        with TemporaryDirectory() as folder:
            self._form(PlanWriter(Path(folder) / "p-01.plan")._connection, operations, edges)

    def _form(self, connection, operations, edges) -> None:
        previous: dict[str, int] = {}
        for seq, (lane, endpoint) in enumerate(operations, 1):
            root = f"acme:ticket:{lane}"
            connection.execute(
                "INSERT INTO operation VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, NULL, '', '{}', NULL)",
                (seq, f"k{seq}", root, root, endpoint, root, previous.get(root)),
            )
            previous[root] = seq
        connection.executemany("INSERT INTO edge VALUES (?, ?)", edges)
        batches.form(connection, ENDPOINTS)
        self.rows = connection.execute(
            "SELECT seq, lane, endpoint, prev, batch FROM operation ORDER BY seq"
        ).fetchall()
        self.batch_of = {row[0]: row[4] for row in self.rows}
        self.batches = connection.execute(
            "SELECT number, endpoint, size FROM batch ORDER BY position, number"
        ).fetchall()
        self.needs = connection.execute("SELECT batch, needs FROM dependency").fetchall()
        connection.close()

    def holds(self, edges) -> None:
        """Check every rule of a plan's batches."""
        place = {number: index for index, (number, _, _) in enumerate(self.batches)}
        members = defaultdict(list)
        for seq, lane, endpoint, prev, batch in self.rows:
            members[batch].append((seq, lane, endpoint))
            if prev is not None:
                assert place[self.batch_of[prev]] < place[batch]
                assert (batch, self.batch_of[prev]) in self.needs
        assert sorted(members) == sorted(place) == list(range(1, len(members) + 1))
        for op, need in edges:
            assert place[self.batch_of[need]] < place[self.batch_of[op]]
            assert (self.batch_of[op], self.batch_of[need]) in self.needs
        for batch, need in self.needs:
            assert place[need] < place[batch]
        for number, endpoint, size in self.batches:
            inside = members[number]
            assert len(inside) == size <= ENDPOINTS[endpoint].batch
            assert {name for _, _, name in inside} == {endpoint}
            assert len({lane for _, lane, _ in inside}) == size


@st.composite
def plans(draw):
    operations = draw(
        st.lists(st.tuples(st.integers(0, 6), st.sampled_from(sorted(ENDPOINTS))), min_size=1, max_size=40)
    )
    # Needs follow any order of the operations that keeps the lanes in order: also on operations with a later number.
    lanes = defaultdict(list)
    for seq, (lane, _) in enumerate(operations, 1):
        lanes[lane].append(seq)
    rank, time = {}, 0
    random = draw(st.randoms(use_true_random=False))
    queues = {lane: list(seqs) for lane, seqs in lanes.items()}
    while queues:
        lane = random.choice(sorted(queues))
        time += 1
        rank[queues[lane].pop(0)] = time
        if not queues[lane]:
            del queues[lane]
    pairs = draw(
        st.lists(st.tuples(st.sampled_from(sorted(rank)), st.sampled_from(sorted(rank))), max_size=40)
    )
    edges = [(one, two) if rank[one] > rank[two] else (two, one) for one, two in pairs if one != two]
    return operations, edges


@given(plans())
@settings(max_examples=examples(200))
def test_no_batch_waits_for_a_later_one_and_only_equals_travel_together(plan):
    operations, edges = plan
    Formed(operations, edges).holds(edges)


@given(plans())
@settings(max_examples=examples(25))
def test_the_same_operations_make_the_same_batches(plan):
    one, two = Formed(*plan), Formed(*plan)
    assert (one.batches, one.batch_of, one.needs) == (two.batches, two.batch_of, two.needs)


def test_batches_are_filled_across_lanes():
    formed = Formed([(lane, "many") for lane in range(120)], [])
    assert [size for _, _, size in formed.batches] == [50, 50, 20]
    assert Formed([(lane, "one") for lane in range(5)], []).batches == [(n, "one", 1) for n in range(1, 6)]


def test_one_lane_never_travels_with_itself():
    assert [size for _, _, size in Formed([(1, "many")] * 4, []).batches] == [1, 1, 1, 1]


def test_a_long_chain_against_the_numbers_is_ordered():
    edges = [(n, n + 1) for n in range(1, 200)]
    formed = Formed([(lane, "many") for lane in range(200)], edges)
    formed.holds(edges)
    assert len(formed.batches) == 200


def test_a_chain_of_any_length_against_the_numbers_is_ordered_in_linear_time():
    took = {}
    for length in (1_100, 3_000, 30_000):
        edges = [(n, n + 1) for n in range(1, length)]
        began = time.process_time()
        formed = Formed([(lane, "many") for lane in range(length)], edges)
        took[length] = time.process_time() - began
        assert len(formed.batches) == length
        if length == 1_100:
            formed.holds(edges)
    assert took[30_000] < 40 * max(took[3_000], 0.02), took


@pytest.mark.parametrize(
    ("operations", "edges"),
    [
        ([(1, "many"), (2, "many")], [(1, 2), (2, 1)]),
        ([(1, "one"), (1, "one"), (2, "one")], [(1, 3), (3, 2)]),
        ([(lane, "few") for lane in range(9)], [(n, n % 9 + 1) for n in range(1, 10)]),
        ([(1, "one")], [(1, 1)]),
    ],
)
def test_a_circle_is_refused(operations, edges):
    with pytest.raises(FatalError, match="circle"):
        Formed(operations, edges)


def test_nothing_to_do_makes_no_batch():
    formed = Formed([], [])
    assert (formed.batches, formed.needs) == ([], [])


def test_the_temporary_tables_are_not_in_the_file(tmp_path):
    connection = PlanWriter(tmp_path / "plan")._connection
    connection.execute("COMMIT")
    connection.close()
    with sqlite3.connect(tmp_path / "plan") as found:
        names = {row[0] for row in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    found.close()
    assert not {"edge", "want"} & names


def test_what_is_declared_last_goes_after_all_that_does_not_wait_for_it():
    formed = Formed([(1, "last"), (2, "one"), (3, "last"), (4, "few"), (5, "one")], [(5, 1)])
    formed.holds([(5, 1)])
    order = [endpoint for _, endpoint, _ in formed.batches]
    assert order == ["one", "few", "last", "one"]
