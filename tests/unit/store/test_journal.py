"""The journal: what was meant, sent and answered, each durable before the next step."""

from datetime import UTC, datetime, timedelta

import pytest

from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Finding, Job, Severity, WriteResult
from ticketferry.store.idmap import IdMap
from ticketferry.store.journal import Journal
from ticketferry.store.workspace import Workspace

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
REF = "acme:ticket:1"


@pytest.fixture
def world(tmp_path):
    class World:
        at = BEGAN

    found = World()
    found.workspace = Workspace(tmp_path / "workspace.db", now=lambda: found.at)
    found.idmap = IdMap(found.workspace)
    found.journal = Journal(found.workspace, found.idmap, "p-01", "r-001")
    yield found
    found.workspace.close()


def finding(message="no", severity=Severity.DOUBT):
    return Finding("X-1", severity, Ref("acme", Kind.TICKET, "1"), "fields.x", message, "mend it")


def problems(world):
    return world.workspace.database.rows("SELECT seq, code, message FROM problem ORDER BY seq")


def done(**gives):
    return WriteResult("k", "done", gives)


def test_an_operation_goes_from_intent_to_done_and_its_slots_to_the_id_map(world):
    journal = world.journal
    assert journal.states([1, 2]) == {}
    assert journal.intend([1, 2]) == BEGAN
    assert [state.seq for state in journal.open()] == [1, 2]
    journal.record([(1, REF, done(id="10", key="SD-1"))])
    state = journal.states([1])[1]
    assert (state.state, state.gives, state.attempts) == ("done", {"id": "10", "key": "SD-1"}, 1)
    assert world.idmap.slots(REF) == {"id": "10", "key": "SD-1"}
    assert world.idmap.how(REF) == "created"
    assert [state.seq for state in journal.open()] == [2]
    assert list(journal.done()) == [1]
    assert journal.counts() == {"done": 1, "intent": 1}


def test_a_repeated_intent_is_counted_and_forgets_the_failure_before(world):
    journal = world.journal
    journal.intend([1])
    journal.record([(1, REF, WriteResult("k", "rejected", error=finding()))])
    assert journal.states([1])[1].error == "no"
    world.at += timedelta(seconds=90)
    journal.intend([1])
    state = journal.states([1])[1]
    assert (state.state, state.attempts, state.error, state.sent) == ("intent", 2, None, world.at.isoformat())
    assert problems(world) == [(1, "X-1", "no")]
    journal.record([(1, REF, done(id="10"))], how="adopted")
    assert problems(world) == []
    assert world.idmap.how(REF) == "adopted"


def test_a_refusal_is_listed_and_gives_nothing(world):
    world.journal.record([(1, REF, WriteResult("k", "rejected", {"id": "10"}, error=finding()))])
    assert world.idmap.get(REF) is None
    assert problems(world) == [(1, "X-1", "no")]


def test_what_was_found_twice_is_done_and_listed_as_a_doubt(world):
    world.journal.record(
        [(1, REF, WriteResult("k", "done", {"id": "10"}, error=finding("found twice")))], how="adopted"
    )
    assert world.journal.states([1])[1].state == "done"
    assert world.idmap.get(REF) == "10"
    assert problems(world) == [(1, "X-1", "found twice")]


def test_a_job_is_known_to_the_next_process_until_its_results_are_taken(world):
    journal = world.journal
    journal.intend([1, 2])
    forgotten = BEGAN + timedelta(hours=1)
    journal.take_job(Job("j-7", ("a", "b"), forgotten), [1, 2])
    next_ = Journal(world.workspace, world.idmap, "p-01", "r-002")
    assert next_.jobs() == [("j-7", [1, 2], forgotten)]
    assert {state.job for state in next_.open()} == {"j-7"}
    assert Journal(world.workspace, world.idmap, "p-02", "r-002").jobs() == []
    next_.record([(1, REF, done(id="10")), (2, "acme:ticket:2", done(id="11"))], job="j-7")
    assert next_.jobs() == []
    next_.take_job(Job("j-8", ("a",)), [1])
    assert next_.jobs() == [("j-8", [1], None)]


def test_many_operations_are_marked_with_one_problem(world):
    world.journal.mark([3, 4, 5], "blocked", REF, finding("cause"))
    world.journal.mark([6], "blocked", REF, None)
    assert world.journal.counts() == {"blocked": 4}
    assert problems(world) == [(3, "X-1", "cause")]
    assert world.journal.states([6])[6].error is None


def test_a_lost_answer_is_timed_when_it_was_lost_not_when_it_was_meant(world):
    world.journal.intend([1])
    world.at += timedelta(seconds=200)
    world.journal.mark([1], "unknown", REF, finding())
    assert world.journal.states([1])[1].sent == world.at.isoformat()
    lost = world.at
    world.at += timedelta(seconds=200)
    world.journal.mark([1], "stopped", REF, finding())
    assert world.journal.states([1])[1].sent == lost.isoformat()


def test_more_operations_than_a_statement_holds_are_asked_for_in_parts(world):
    world.journal.intend(range(1, 1_202))
    assert len(world.journal.states(range(1, 1_202))) == 1_201


def test_plans_do_not_see_each_other(world):
    world.journal.intend([1])
    other = Journal(world.workspace, world.idmap, "p-02", "r-001")
    assert other.states([1]) == {}
    assert other.counts() == {}
    assert list(other.open()) == list(other.done()) == []


def test_the_time_at_which_a_slot_dies_is_kept(world):
    expires = BEGAN + timedelta(minutes=3)
    world.journal.record([(1, REF, WriteResult("k", "done", {"token": "t"}, expires=expires))])
    assert world.workspace.database.one("SELECT expires FROM slot WHERE slot = 'token'") == (
        expires.isoformat(),
    )


def test_every_point_at_which_a_crash_matters_is_announced(world):
    names = []
    world.journal.on_point = names.append
    world.journal.intend([1])
    world.journal.take_job(Job("j", ("k",)), [1])
    world.journal.record([(1, REF, done(id="1"))], job="j")
    assert names == [
        "before intent",
        "after intent",
        "before job",
        "after job",
        "before result",
        "after result",
    ]
