"""The id map: what is there now, what was there when a plan was made, and who stands for whom."""

from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.rounds import examples

from ticketferry.store.database import Database
from ticketferry.store.idmap import IdMap, LastWrite, Slot, pack, unpack
from ticketferry.store.workspace import _SCRIPTS, Workspace


def now() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def idmap(tmp_path):
    workspace = Workspace(tmp_path / "workspace.db", now=now)
    yield IdMap(workspace)
    workspace.close()


def put(idmap, ref, how="created", plan="p-01", **values):
    idmap._workspace.commit(
        lambda connection: idmap.put(connection, ref, values, how=how, plan=plan, run="r-001")
    )


def end(idmap, *refs):
    idmap._workspace.commit(lambda connection: idmap.end(connection, refs))


def test_slots_are_kept_by_name_and_a_new_value_takes_the_place_of_the_old(idmap):
    assert (idmap.sequence(), idmap.get("acme:ticket:1"), idmap.how("acme:ticket:1")) == (0, None, None)
    put(idmap, "acme:ticket:1", id="10", key="SD-1")
    put(idmap, "acme:ticket:1", id="11")
    assert idmap.slots("acme:ticket:1") == {"id": "11", "key": "SD-1"}
    assert idmap.get("acme:ticket:1", "key") == "SD-1"
    assert idmap.how("acme:ticket:1") == "created"


def test_an_older_state_is_read_as_it_was(idmap):
    put(idmap, "acme:ticket:1", id="10")
    one = idmap.sequence()
    put(idmap, "acme:ticket:1", how="adopted", id="11", key="SD-1")
    two = idmap.sequence()
    end(idmap, "acme:ticket:1")
    three = idmap.sequence()
    put(idmap, "acme:ticket:1", id="12")
    assert one < two < three < idmap.sequence()
    states = [
        (idmap.get("acme:ticket:1", upto=n), idmap.how("acme:ticket:1", n)) for n in (0, one, two, three)
    ]
    assert states == [(None, None), ("10", "created"), ("11", "adopted"), (None, None)]
    assert idmap.slots("acme:ticket:1", one) == {"id": "10"}
    assert idmap.slots("acme:ticket:1", two) == {"id": "11", "key": "SD-1"}
    assert idmap.slots("acme:ticket:1", three) == {}
    assert idmap.source_of("ticket", "11", two) == "acme:ticket:1"
    assert idmap.source_of("ticket", "11", three) is None
    assert idmap.source_of("ticket", "12") == "acme:ticket:1"


def test_what_a_rollback_took_back_is_told_until_somebody_has_it_again(idmap):
    put(idmap, "acme:person:1", id="c1")
    put(idmap, "acme:person:2", id="c2")
    put(idmap, "acme:person:3", id="c3")
    end(idmap, "acme:person:1", "acme:person:2")
    put(idmap, "acme:person:2", id="c2")
    early, late = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    assert [(slot.ref, slot.value) for slot in idmap.taken_back(early)] == [("acme:person:1", "c1")]
    assert list(idmap.taken_back(late)) == []


def test_saying_the_same_again_changes_nothing(idmap):
    put(idmap, "acme:person:1", how="matched", plan="p-01", id="7")
    before = idmap.sequence()
    put(idmap, "acme:person:1", how="created", plan="p-02", id="7")
    assert idmap.sequence() == before
    assert idmap.how("acme:person:1") == "matched"


def test_ending_what_is_not_there_does_nothing(idmap):
    end(idmap, "acme:ticket:9")
    assert idmap.sequence() == 0


def test_the_record_that_was_made_wins_over_those_matched_with_it(idmap):
    put(idmap, "acme:person:1", how="matched", id="7")
    put(idmap, "acme:person:2", how="created", id="7")
    put(idmap, "acme:organization:3", how="created", id="7")
    assert idmap.source_of("person", "7") == "acme:person:2"
    assert idmap.source_of("organization", "7") == "acme:organization:3"
    assert idmap.source_of("ticket", "7") is None


def test_live_slots_are_listed_in_the_order_in_which_they_came(idmap):
    put(idmap, "acme:ticket:2", id="20")
    put(idmap, "acme:person:1", id="7")
    put(idmap, "acme:ticket:1", id="10")
    end(idmap, "acme:ticket:2")
    assert [slot.ref for slot in idmap.all()] == ["acme:person:1", "acme:ticket:1"]
    assert list(idmap.all("ticket")) == [Slot("acme:ticket:1", "id", "10", "created", "p-01")]
    assert idmap.get("acme:ticket:1") == "10"


def test_the_state_after_our_last_write_is_kept_by_root(idmap):
    def set_(ref, plan):
        idmap._workspace.commit(
            lambda connection: idmap.set_applied(
                connection,
                ref,
                wanted={"a": "1"},
                seen={"a": "2"},
                inputs="x",
                how="created",
                plan=plan,
                run="r",
            )
        )

    set_("acme:ticket:2", "p-01")
    set_("acme:ticket:1", "p-01")
    set_("acme:ticket:1", "p-02")
    assert idmap.applied("acme:ticket:1") == LastWrite({"a": "1"}, {"a": "2"}, "x", "created", "p-02")
    assert idmap.applied("acme:ticket:9") is None
    assert list(idmap.applied_refs()) == ["acme:ticket:1", "acme:ticket:2"]
    assert list(idmap.applied_refs(["p-01"])) == ["acme:ticket:2"]
    assert list(idmap.applied_refs([])) == []
    idmap._workspace.commit(lambda connection: idmap.forget_applied(connection, "acme:ticket:1"))
    assert list(idmap.applied_refs()) == ["acme:ticket:2"]


def test_references_that_wait_are_replaced_as_a_whole(idmap):
    def wait(ref, *wants):
        idmap._workspace.commit(lambda connection: idmap.set_waiting(connection, ref, wants))

    wait("acme:ticket:1", "acme:ticket:5", "acme:ticket:6", "acme:ticket:5")
    wait("acme:ticket:2", "acme:ticket:5")
    assert idmap.waiting_for("acme:ticket:5") == ["acme:ticket:1", "acme:ticket:2"]
    wait("acme:ticket:1")
    assert idmap.waiting_for("acme:ticket:5") == ["acme:ticket:2"]
    assert idmap.waiting_for("acme:ticket:6") == []
    assert ("acme:ticket:5", "acme:ticket:2") in idmap.waiting()
    assert len(idmap.waiting()) == len(set(idmap.waiting()))
    assert idmap.phase("acme:ticket:1") is None


def test_a_kept_record_is_read_as_it_was():
    record = {"ref": "acme:ticket:1", "subject": "שלום 😀\r\n" * 5_000, "fields": {"a": [1, None, False]}}
    assert unpack(pack(record)) == record


class Map(RuleBasedStateMachine):
    """Any order of writes and ends: every state that was ever reached can be read again by its number."""

    def __init__(self) -> None:
        import tempfile
        from pathlib import Path

        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.workspace = Workspace(Path(self.folder.name) / "workspace.db", now=now)
        self.idmap = IdMap(self.workspace)
        self.now: dict[str, dict[str, str]] = {}
        self.history: dict[int, dict[str, dict[str, str]]] = {}

    refs = st.sampled_from(["acme:ticket:1", "acme:ticket:2", "acme:person:1"])

    @rule(
        ref=refs, values=st.dictionaries(st.sampled_from(["id", "key"]), st.sampled_from("123"), min_size=1)
    )
    def put(self, ref, values) -> None:
        put(self.idmap, ref, **values)
        self.now = {**self.now, ref: {**self.now.get(ref, {}), **values}}

    @rule(ref=refs)
    def end(self, ref) -> None:
        end(self.idmap, ref)
        self.now = {key: value for key, value in self.now.items() if key != ref}

    @invariant()
    def every_state_can_be_read_again(self) -> None:
        self.history[self.idmap.sequence()] = self.now
        for upto, state in [*self.history.items(), (None, self.now)]:
            for ref in ("acme:ticket:1", "acme:ticket:2", "acme:person:1"):
                assert self.idmap.slots(ref, upto) == state.get(ref, {})
                assert self.idmap.get(ref, upto=upto) == state.get(ref, {}).get("id")

    def teardown(self) -> None:
        self.workspace.close()
        self.folder.cleanup()


TestMap = Map.TestCase
TestMap.settings = settings(max_examples=examples(15), stateful_step_count=12, deadline=None)


def keep_state(idmap, ref, wanted, seen):
    idmap._workspace.commit(
        lambda connection: idmap.set_applied(
            connection, ref, wanted=wanted, seen=seen, inputs="i", how="created", plan="p-01", run="r-001"
        )
    )


def test_what_was_seen_as_it_was_wanted_is_kept_once(idmap):
    keep_state(idmap, "acme:ticket:1", {"a": "01", "b": "02"}, {"b": "02", "a": "01"})
    keep_state(idmap, "acme:ticket:2", {"a": "01"}, {"a": "09"})
    keep_state(idmap, "acme:ticket:3", {"a": "01"}, {})
    assert (
        idmap.applied("acme:ticket:1").seen == idmap.applied("acme:ticket:1").wanted == {"a": "01", "b": "02"}
    )
    assert idmap.applied("acme:ticket:2").seen == {"a": "09"}
    assert idmap.applied("acme:ticket:3").seen == {}
    kept = [row[0] for row in idmap._database.rows("SELECT length(seen) FROM applied ORDER BY ref")]
    assert kept[0] == 0 < kept[2] < kept[1]


def test_states_that_an_older_version_kept_twice_are_read_as_they_were(tmp_path):
    path = tmp_path / "old.db"
    old = Database(path, _SCRIPTS[:4], durable=True)
    old.connection.executemany(
        "INSERT INTO applied VALUES (?, ?, ?, 'i', 'created', 'p-01', 'r-001', '', NULL)",
        [("acme:ticket:1", '{"a":"01"}', '{"a":"01"}'), ("acme:ticket:2", '{"a":"01"}', '{"a":"02"}')],
    )
    old.close()
    workspace = Workspace(path, now=now)
    states = [IdMap(workspace).applied(f"acme:ticket:{n}") for n in (1, 2)]
    assert [(dict(state.wanted), dict(state.seen)) for state in states] == [
        ({"a": "01"}, {"a": "01"}),
        ({"a": "01"}, {"a": "02"}),
    ]
    workspace.close()
