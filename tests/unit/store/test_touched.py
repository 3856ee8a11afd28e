"""What changed in workspace.db since a plan: every way of changing it counts, also one that nobody thought of."""

from datetime import UTC, datetime

import pytest

from ticketferry.store.idmap import IdMap
from ticketferry.store.touched import Anchor, Touched
from ticketferry.store.workspace import Workspace

REF = "acme:ticket:7"


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace(tmp_path / "workspace.db", now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    yield workspace
    workspace.close()


def applied(connection, idmap, wanted):
    idmap.set_applied(
        connection, REF, wanted=wanted, seen=wanted, inputs="i", how="created", plan="p-01", run="r-1"
    )


def test_a_slot_touches_its_record_and_whose_the_targets_record_is(workspace):
    idmap, touched = IdMap(workspace), Touched(workspace)
    workspace.commit(
        lambda c: idmap.put(c, REF, {"id": "12", "key": "SUP-1"}, how="created", plan="p-01", run="r-1")
    )
    assert list(touched.since(0)) == [REF, "=ticket:12"] or set(touched.since(0)) == {REF, "=ticket:12"}
    seen = touched.sequence()
    workspace.commit(lambda c: idmap.put(c, REF, {"id": "13"}, how="created", plan="p-01", run="r-1"))
    assert set(touched.since(seen)) == {REF, "=ticket:12", "=ticket:13"}
    seen = touched.sequence()
    workspace.commit(lambda c: idmap.end(c, [REF]))
    assert set(touched.since(seen)) >= {REF, "=ticket:13"}
    seen = touched.sequence()
    workspace.commit(
        lambda c: idmap.put(
            c, "acme:comment:1", {"id": "5"}, how="created", plan="p-01", run="r-1", expires="2027-01-01"
        )
    )
    workspace.commit(
        lambda c: idmap.put(
            c, "acme:comment:1", {"id": "5"}, how="created", plan="p-01", run="r-1", expires=None
        )
    )
    assert set(touched.since(seen)) == {"acme:comment:1", "=comment:5"}


def test_the_last_write_and_the_phase_touch_their_record_each_time(workspace):
    idmap, touched = IdMap(workspace), Touched(workspace)
    for work in (
        lambda c: applied(c, idmap, {"subject": "1"}),
        lambda c: applied(c, idmap, {"subject": "2"}),
        lambda c: idmap.forget_applied(c, REF),
        lambda c: idmap.stick(c, REF, "pilot"),
        lambda c: idmap.unstick(c, REF),
        lambda c: c.execute("INSERT INTO membership VALUES (?, 'rest')", (REF,)),
        lambda c: c.execute("UPDATE membership SET phase = 'pilot'"),
        lambda c: c.execute(
            "INSERT OR IGNORE INTO slot(ref, slot, value, how, plan, run, at) VALUES (?, 'key', 'x', '', '', '', '')",
            (REF,),
        ),
    ):
        seen = touched.sequence()
        workspace.commit(work)
        assert list(touched.since(seen)) == [REF]
    seen = touched.sequence()
    workspace.commit(lambda c: c.execute("UPDATE applied SET verified = 'now'"))
    workspace.commit(lambda c: idmap.stick(c, REF, "other"))
    assert list(touched.since(seen)) == []


def test_what_every_book_has_seen_is_forgotten(workspace):
    idmap, touched = IdMap(workspace), Touched(workspace)
    workspace.commit(lambda c: idmap.stick(c, REF, "pilot"))
    touched.set_anchor("all", Anchor("a", touched.sequence()))
    assert list(touched.since(0)) == []
    workspace.commit(lambda c: idmap.stick(c, "acme:ticket:8", "pilot"))
    touched.set_anchor("phase-1", Anchor("b", touched.sequence()))
    assert list(touched.since(touched.anchor("all").seq)) == ["acme:ticket:8"]
    assert touched.anchor("all") == Anchor("a", 1)
    assert touched.anchor("none") is None
