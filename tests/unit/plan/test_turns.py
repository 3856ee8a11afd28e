"""The order of tickets: by time or number in batches, one by one where it is asked for, and never against what they need."""

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples
from tests.unit.report.plan_files import Draft

from ticketferry.plan.file import batches
from ticketferry.plan.file.sorting import sorted_on_disk
from ticketferry.plan.file.writer import PlanWriter
from ticketferry.plan.show_order import TicketOrder, order_of
from ticketferry.plan.turns import turn_of
from ticketferry.sdk.contract import Endpoint

ENDPOINTS = {
    "person.create": Endpoint("person.create", "POST", "/person", "write", batch=3),
    "ticket.create": Endpoint("ticket.create", "POST", "/ticket", "write", batch=4),
    "ticket.create_closed": Endpoint("ticket.create_closed", "POST", "/ticket", "write", batch=4, last=True),
    "comment.add": Endpoint("comment.add", "POST", "/comment", "write", batch=2),
}


def ordered(records, by):
    return [record["number"] for record in sorted(records, key=lambda record: turn_of(record, by))]


@pytest.mark.parametrize(
    ("by", "values"),
    [
        ("number", ["7", "SUP", "bill-2", "BILL-10", "SUP-9", "sup-010", "SUP-99999999999999999999", ""]),
        (
            "created",
            ["2024-01-01T01:00:00+02:00", "2023-12-31T23:30:00", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000001+00:00", "then"],
        ),
    ],
)  # fmt: skip
def test_numbers_sort_by_value_in_each_project_and_times_by_the_moment(by, values):
    records = [{"number": value, "created": value} for value in values]
    wanted = (
        ["7", "bill-2", "BILL-10", "SUP-9", "sup-010", "SUP-99999999999999999999", "", "SUP"]
        if by == "number"
        else values
    )
    assert ordered(reversed(records), by) == wanted


class Turned:
    """Tickets as (turn, asks for a new account, comments, closed), each of a batch endpoint, put through `form`."""

    def __init__(self, tickets, needs=(), *, one_by_one=False) -> None:
        with TemporaryDirectory() as folder:
            connection = PlanWriter(Path(folder) / "p-01.plan")._connection
            seq, self.creation = 0, {}
            people = {}
            for number, (_, person, _, _) in enumerate(tickets):
                if person:
                    seq += 1
                    people[number] = seq
                    self._add(connection, seq, f"acme:person:{number}", "person.create", None)
            for number, (turn, _, comments, closed) in enumerate(tickets):
                root = f"acme:ticket:{number}"
                connection.execute(
                    "INSERT INTO change VALUES (?, ?, 'ticket', 'create', '', '', '[]', '{}', '', '', '', '', '[]', ?)",
                    (number + 1, root, orjson.dumps({"turn": turn}).decode()),
                )
                endpoint = "ticket.create_closed" if closed else "ticket.create"
                for nth, name in enumerate([endpoint, *["comment.add"] * comments]):
                    seq += 1
                    self._add(connection, seq, root, name, seq - 1 if nth else None)
                    if not nth:
                        self.creation[number] = seq
                if number in people:
                    connection.execute(
                        "INSERT INTO edge VALUES (?, ?)", (self.creation[number], people[number])
                    )
            for one, other in needs:
                connection.execute(
                    "INSERT INTO edge VALUES (?, ?)", (self.creation[one], self.creation[other])
                )
            self.counted = batches.form(connection, ENDPOINTS, in_turn=True, one_by_one=one_by_one)
            self.batch_of = dict(connection.execute("SELECT seq, batch FROM operation"))
            self.batches = [
                number
                for (number,) in connection.execute("SELECT number FROM batch ORDER BY position, number")
            ]
            self.sizes = dict(connection.execute("SELECT number, size FROM batch"))
            self.needs = set(connection.execute("SELECT batch, needs FROM dependency"))
            connection.close()

    @staticmethod
    def _add(connection, seq, root, endpoint, previous) -> None:
        subject = f"{root}/{seq}" if endpoint == "comment.add" else root
        connection.execute(
            "INSERT INTO operation VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, NULL, '', '{}', NULL)",
            (seq, f"k{seq}", root, subject, endpoint, root, previous),
        )

    @property
    def created(self) -> list[int]:
        """The tickets in the order in which their creations are sent; those of one batch by their numbers."""
        place = {number: index for index, number in enumerate(self.batches)}
        return sorted(self.creation, key=lambda number: (place[self.batch_of[self.creation[number]]], number))


TICKETS = st.lists(
    st.tuples(st.sampled_from("abcde"), st.booleans(), st.integers(0, 3), st.booleans()),
    min_size=1,
    max_size=14,
)


@given(TICKETS, st.randoms(use_true_random=False))
@settings(max_examples=examples(120))
def test_one_by_one_every_creation_waits_for_the_one_before_it_whatever_else_waits(tickets, random):
    rank = list(range(len(tickets)))
    random.shuffle(rank)
    pairs = [(random.randrange(len(tickets)), random.randrange(len(tickets))) for _ in range(5)]
    needs = [
        (one, other) if rank[one] > rank[other] else (other, one) for one, other in pairs if one != other
    ]
    formed = Turned(tickets, needs, one_by_one=True)
    batches_of = [formed.batch_of[formed.creation[number]] for number in formed.created]
    assert {formed.sizes[number] for number in batches_of} == {1}
    assert sum(formed.counted.values()) == len(tickets)
    for before, after in itertools.pairwise(batches_of):
        assert (after, before) in formed.needs
    place = {number: index for index, number in enumerate(formed.batches)}
    assert all(place[need] < place[batch] for batch, need in formed.needs)
    for one, other in needs:
        assert formed.created.index(other) < formed.created.index(one)
    if not needs:
        assert formed.created == sorted(
            range(len(tickets)), key=lambda number: (tickets[number][3], tickets[number][0], number)
        )


def test_without_it_creations_travel_together_by_their_turns():
    formed = Turned([(turn, False, 1, False) for turn in "fcabedhg"])
    # a, b, c and d make the first batch, e, f, g and h the second.
    assert {frozenset(formed.created[:4]), frozenset(formed.created[4:])} == {
        frozenset({2, 3, 1, 5}), frozenset({4, 0, 7, 6}),
    }  # fmt: skip
    assert formed.created[0] in {1, 2, 3, 5}
    assert not formed.counted


def test_ids_are_sorted_on_the_disk_and_nothing_is_left_there(tmp_path):
    rows = [("b", "1", "x"), ("a", "2", "y"), ("a", "1", "z")]
    assert list(sorted_on_disk(tmp_path / "turns", iter(rows))) == ["z", "y", "x"]
    assert not list(tmp_path.iterdir())


def test_a_plan_tells_its_order_and_who_comes_behind_it(tmp_path):
    draft = Draft()
    for number in range(3):
        draft.write(draft.ticket(number), "issue.create" if number else "comment.add")
    plan = draft.save(tmp_path / "p-01.plan")
    try:
        last = {"issue.create": Endpoint("issue.create", "POST", "/issue", "write", last=True)}
        assert order_of(plan, last) is None
        plan.header |= {"order": {"by": "created", "serial_keys": True}, "one_by_one": {"comment.add": 1}}
        assert order_of(plan, last) == TicketOrder("created", 1, behind=2)
    finally:
        plan.close()
