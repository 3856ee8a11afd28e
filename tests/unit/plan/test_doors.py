"""The doors of planning: each notes its key, and a way to the databases that has none is shut while a root is planned."""

import inspect
from datetime import UTC, datetime

import pytest
from tests.flow.migrations import DESK, write_desk, write_project

from ticketferry.errors import FatalError
from ticketferry.mapping.result import Lookups
from ticketferry.plan.doors import RecordedIdMap, RecordedLookups, RecordedSnapshots
from ticketferry.project import Project, stages
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.idmap import IdMap
from ticketferry.store.snapshots import Snapshots

TICKET, PERSON = f"{DESK}:ticket:1", f"{DESK}:person:2"


@pytest.fixture
def planning(tmp_path):
    write_desk(tmp_path / "src", 3)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    with Project.load(root) as project:
        stages.extract(project)
        yield project.planning()


def asked(planning, work):
    with planning.recorder.frame() as frame:
        work()
    return frame.keys


def test_every_door_notes_the_key_of_what_it_shows(planning):
    source, idmap = planning.source, planning.idmap
    for work, keys in (
        (lambda: source.root(Ref(DESK, Kind.TICKET, "1"), 1), {TICKET}),
        (lambda: source.row(Kind.TICKET, "1", 1), {TICKET}),
        (lambda: source.content("10"), {"@10"}),
        (lambda: planning.target.root(Ref("dest", Kind.TICKET, "1"), 1), {"dest:ticket:1"}),
        (lambda: idmap.get(TICKET), {TICKET}),
        (lambda: idmap.how(TICKET), {TICKET}),
        (lambda: idmap.slots(TICKET), {TICKET}),
        (lambda: idmap.applied(TICKET), {TICKET}),
        (lambda: idmap.address(PERSON), {PERSON}),
        (lambda: idmap.phase(TICKET), {TICKET}),
        (lambda: idmap.source_of("ticket", "9"), {"=ticket:9"}),
        (lambda: planning.held.get(Ref(DESK, Kind.TICKET, "1")), {TICKET}),
        (lambda: planning.blockers.get(TICKET), {TICKET}),
        (lambda: planning.account(PERSON), {PERSON}),
        (lambda: planning.ticket_of("1"), {"#1"}),
        (lambda: planning.ticket_scope.takes_part(TICKET), {f"?{TICKET}"}),
        (lambda: planning.ticket_scope.takes_part(TICKET), {f"?{TICKET}"}),
        (lambda: planning.source_record(Ref(DESK, Kind.PERSON, f"2{'~unsure'}")), {PERSON}),
    ):
        assert asked(planning, work) == keys


@pytest.mark.parametrize(
    "ask",
    [
        lambda planning: planning.source.numbered("1", 1),
        lambda planning: list(planning.source.roots(Kind.TICKET, 1)),
        lambda planning: planning.source.latest(),
        lambda planning: planning.idmap.waiting(),
        lambda planning: planning.idmap.sequence(),
        lambda planning: planning.idmap.made_by(TICKET),
        lambda planning: planning.idmap.applied_before(TICKET, "p-01"),
        lambda planning: list(planning.held),
        lambda planning: planning.one_with(PERSON),
        lambda planning: planning.drawn_into(PERSON),
    ],
)
def test_what_has_no_door_is_shut_while_a_root_is_planned(planning, ask):
    ask(planning)
    with planning.recorder.frame(), pytest.raises(FatalError, match="without noting it"):
        ask(planning)


def test_no_door_is_wider_than_what_it_stands_in_front_of():
    """A method that is new in the store is shut until it gets a door: it has to be one that asks the database by its own name."""
    for door, inner in ((RecordedSnapshots, Snapshots), (RecordedIdMap, IdMap)):
        own = {name for name, _ in inspect.getmembers(door, inspect.isfunction) if name in vars(door)}
        assert own - {"__init__"} <= {name for name, _ in inspect.getmembers(inner, inspect.isfunction)}
    asked = {name for name, _ in inspect.getmembers(Lookups, inspect.isfunction) if not name.startswith("_")}
    assert asked <= set(vars(RecordedLookups))


def test_the_time_of_a_snapshot_is_noted_where_it_decides(planning):
    lookups = RecordedLookups(None, planning.recorder)  # type: ignore[arg-type]
    with planning.recorder.frame() as frame:
        lookups.holds_until(datetime(2026, 1, 1, tzinfo=UTC))
    assert frame.until == datetime(2026, 1, 1, tzinfo=UTC)
