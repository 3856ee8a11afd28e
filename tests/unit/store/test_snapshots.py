"""Snapshots: every one can be read again as it was, and its digest depends on what the desk held and on nothing else."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples

from ticketferry.errors import WorkspaceError
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Finding, Severity, Translated, Wire
from ticketferry.store.snapshots import Snapshots, order_key

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DESK = "acme"


def ref(id_, kind=Kind.TICKET) -> Ref:
    return Ref(DESK, kind, str(id_))


def row(id_, body, *, kind=Kind.TICKET, root=None, gone=False, findings=(), trace=None):
    wire = Wire(ref(id_, kind), body, NOW, gone, root)
    records = [] if body is None else [{"ref": str(wire.ref), "subject": repr(sorted(body.items()))}]
    return wire, Translated(records, trace or {"x": f"ticket[{id_}].subject"}, findings), 1


def take(snapshots, *pages, stream="tickets"):
    """Read pages into a new snapshot and finish it."""
    number = snapshots.begin(NOW, "v1")
    for page in pages:
        snapshots.writer.store(number, stream, list(page), "c", last=True)
    return snapshots.finish(number, NOW)


def held(snapshots, number) -> dict[str, object]:
    return {found.id: found.body() for _, rows in snapshots.roots(Kind.TICKET, number) for found in rows}


@pytest.fixture
def snapshots(tmp_path):
    found = Snapshots(tmp_path / "source.db", DESK)
    yield found
    found.close()


ids = st.sampled_from(["1", "2", "10", "x", "ü"])
states = st.dictionaries(ids, st.integers(0, 3), max_size=5)


@settings(max_examples=examples(40))
@given(st.lists(states, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_each_snapshot_shows_what_the_desk_held_and_equal_states_have_equal_digests(history, random):
    with tempfile.TemporaryDirectory() as folder:
        snapshots = Snapshots(Path(folder) / "source.db", DESK)
        digests: list[tuple[dict, str]] = []
        before: dict = {}
        for state in history:
            number = snapshots.begin(NOW, "v1")
            rows = [row(id_, {"v": value}) for id_, value in state.items()]
            rows += [row(id_, None, gone=True) for id_ in before.keys() - state.keys()]
            # What was read twice, or changed while it was read: the last wins.
            rows = [row(id_, {"v": 99}) for id_ in state if random.random() < 0.3] + rows
            middle = rows[: len(rows) // 2]
            snapshots.writer.store(number, "tickets", middle, "a")
            snapshots.writer.store(number, "tickets", rows, "b", last=True)
            digests.append((state, snapshots.finish(number, NOW).digest))
            before = state
        for number, (state, digest) in enumerate(digests, 1):
            assert held(snapshots, number) == {id_: {"v": value} for id_, value in state.items()}
            assert snapshots.count(Kind.TICKET, number) == len(state)
            assert snapshots.leaves([Kind.TICKET], number) == len(state)
            assert sorted(snapshots.ids(Kind.TICKET, number)) == sorted(state)
            assert snapshots.writer.bucket_digest(number) == digest
            for other, another in digests:
                assert (digest == another) is (state == other)
        for after in range(len(history)):
            changed = {found.id for found in snapshots.changed_roots(Kind.TICKET, after, len(history))}
            old = history[after - 1] if after else {}
            assert changed >= {
                id_ for id_ in old.keys() | history[-1].keys() if old.get(id_) != history[-1].get(id_)
            }
        snapshots.close()


@given(st.permutations(range(12)), st.integers(1, 12))
@settings(max_examples=examples(20))
def test_the_order_and_the_pages_of_reading_do_not_matter(order, size):
    with tempfile.TemporaryDirectory() as folder:
        snapshots = Snapshots(Path(folder) / "source.db", DESK)
        rows = [row(id_, {"v": id_, "b": "😀\r\n", "a": 1}) for id_ in order]
        info = take(snapshots, *[rows[start : start + size] for start in range(0, 12, size)])
        snapshots.close()
        straight = Snapshots(Path(folder) / "other.db", "other")
        wires = [row(id_, {"a": 1, "b": "😀\r\n", "v": id_}) for id_ in range(12)]
        assert take(straight, wires).digest == info.digest
        straight.close()


def test_storing_what_is_there_already_changes_nothing(snapshots):
    first = take(snapshots, [row(1, {"v": 1}), row(2, {"v": 2})])
    number = snapshots.begin(NOW, "v1")
    assert snapshots.writer.store(number, "tickets", [row(1, {"v": 1}), row(2, {"v": 3})]) == 1
    assert snapshots.writer.store(number, "tickets", [row(2, {"v": 2})]) == 1
    assert snapshots.finish(number, NOW).digest == first.digest
    assert number == 2


def test_a_part_that_moves_to_another_ticket_is_moved(snapshots):
    take(snapshots, [row(5, {"text": "hello"}, kind=Kind.COMMENT, root=ref(1))])
    before = snapshots.latest()
    take(snapshots, [row(5, {"text": "hello"}, kind=Kind.COMMENT, root=ref(2))])
    assert snapshots.latest().digest != before.digest
    assert [found.id for found in snapshots.root(ref(1), 1)] == ["5"]
    assert snapshots.root(ref(1), 2) == []
    assert [found.id for found in snapshots.root(ref(2), 2)] == ["5"]
    assert {found.id for found in snapshots.changed_roots(Kind.TICKET, 1, 2)} == {"1", "2"}


def test_a_ticket_that_came_back_is_there_again(snapshots):
    one = take(snapshots, [row(1, {"v": 1})])
    take(snapshots, [row(1, None, gone=True), row(9, None, gone=True)])
    three = take(snapshots, [row(1, {"v": 1})])
    assert [held(snapshots, number) for number in (1, 2, 3)] == [{"1": {"v": 1}}, {}, {"1": {"v": 1}}]
    assert one.digest == three.digest


def test_a_deleted_ticket_whose_record_the_desk_still_shows_is_kept_as_gone(snapshots):
    take(snapshots, [row(1, {"v": 1}, gone=True)])
    assert snapshots.row(Kind.TICKET, "1", 1).gone
    assert snapshots.row(Kind.TICKET, "2", 1) is None


def test_a_row_gives_back_its_parts(snapshots):
    finding = Finding("ZD-1", Severity.LOSS, ref(1), "body", "a macro was lost", "none", 3)
    general = Finding("ZD-2", Severity.INFO, None, "", "hello")
    body = {"text": "שלום 😀 \r\n" * 9_000, "n": None}
    take(snapshots, [row(1, body, findings=[finding], trace={"text": "ticket[1].subject"})])
    snapshots.findings.keep(1, [general, general])
    found = snapshots.row(Kind.TICKET, "1", 1)
    assert (found.root, found.leaves, found.updated, found.gone) == (ref(1), 1, NOW.isoformat(), False)
    assert found.body() == body
    assert found.records[0]["subject"] == repr(sorted(body.items()))
    assert snapshots.trace(found) == {"text": "ticket[1].subject"}
    assert snapshots.trace(found._replace(trace=999)) == snapshots.trace(found._replace(trace=None)) == {}
    assert list(snapshots.findings.all()) == [finding, general]
    snapshots.findings.forget("ZD-1", ref(1))
    assert list(snapshots.findings.all()) == [general]


def test_a_page_that_could_not_be_stored_leaves_no_trace_behind(snapshots):
    number = snapshots.begin(NOW, "v1")
    bad = (Wire(ref(2), {"x": object()}, None), Translated([], {}), 0)
    with pytest.raises(TypeError):
        snapshots.writer.store(number, "tickets", [row(1, {"x": 1}, trace={"x": "one"}), bad], "c")
    assert snapshots.cursor("tickets") == (None, False, 0)
    snapshots.writer.store(
        number, "tickets", [row(3, {"x": 1}, trace={"x": "three"}), row(1, {"x": 1}, trace={"x": "one"})]
    )
    traces = {
        found.id: snapshots.trace(found) for _, rows in snapshots.roots(Kind.TICKET, 1) for found in rows
    }
    assert traces == {"1": {"x": "one"}, "3": {"x": "three"}}


def test_an_interrupted_snapshot_is_gone_on_with(tmp_path):
    path = tmp_path / "source.db"
    first = Snapshots(path, DESK)
    number = first.begin(NOW, "v1")
    first.writer.store(number, "tickets", [row(1, {"v": 1})], "at 1")
    first.writer.store(number, "people", [], "end", last=True)
    first.close()
    again = Snapshots(path, DESK)
    assert again.latest() is None
    assert again.unfinished() == number == again.begin(NOW, "v1")
    assert again.cursor("tickets") == ("at 1", False, number)
    assert again.cursor("people") == ("end", True, number)
    again.writer.store(number, "tickets", [row(2, {"v": 2})], "at 2", last=True)
    info = again.finish(number, NOW)
    assert again.unfinished() is None
    assert again.latest() == info
    assert again.version(number) == "v1"
    assert again.begin(NOW, "v2") == number + 1
    again.close()
    whole = Snapshots(tmp_path / "other.db", DESK)
    assert take(whole, [row(2, {"v": 2}), row(1, {"v": 1})]).digest == info.digest
    whole.close()


def test_a_stream_that_is_read_whole_ends_what_it_did_not_show(snapshots):
    take(snapshots, [row(n, {"v": n}) for n in range(5)])
    number = snapshots.begin(NOW, "v1")
    snapshots.writer.note_seen(Kind.TICKET, ["5"], first=True)
    snapshots.writer.note_seen(Kind.TICKET, ["1", "3"], first=True)
    snapshots.writer.note_seen(Kind.TICKET, ["99"])
    assert snapshots.writer.remove_missing(number, Kind.TICKET) == 3
    snapshots.finish(number, NOW)
    assert sorted(held(snapshots, 2)) == ["1", "3"]
    assert len(held(snapshots, 1)) == 5


def test_a_record_that_others_name_stays_though_no_list_shows_it(snapshots):
    wire, done, count = row("met", {"v": 1})
    take(snapshots, [row(1, {"v": 1}), (replace(wire, met=True), done, count)])
    number = snapshots.begin(NOW, "v1")
    snapshots.writer.note_seen(Kind.TICKET, ["1"], first=True)
    assert snapshots.writer.remove_missing(number, Kind.TICKET) == 0
    snapshots.finish(number, NOW)
    assert sorted(held(snapshots, 2)) == ["1", "met"]


def test_a_root_that_was_read_whole_ends_the_parts_it_no_longer_has(snapshots):
    parts = [row(n, {"v": n}, kind=Kind.COMMENT, root=ref(1)) for n in (5, 6)]
    take(snapshots, [row(1, {"v": 1}), *parts, row(7, {"v": 7}, kind=Kind.COMMENT, root=ref(10))])
    number = snapshots.begin(NOW, "v1")
    assert snapshots.writer.remove_root_parts(number, ref(1), {("ticket", "1"), ("comment", "6")}) == 1
    snapshots.finish(number, NOW)
    assert [found.id for found in snapshots.root(ref(1), 2)] == ["6", "1"]
    assert [found.id for found in snapshots.root(ref(1), 1)] == ["5", "6", "1"]
    assert [found.id for found in snapshots.root(ref(10), 2)] == ["7"]


@given(st.sets(st.integers(0, 5_000) | st.text(min_size=1, max_size=3), max_size=30), st.integers(1, 40))
@settings(max_examples=examples(25))
def test_ranges_cover_every_root_exactly_once(roots, parts):
    with tempfile.TemporaryDirectory() as folder:
        snapshots = Snapshots(Path(folder) / "source.db", DESK)
        names = {str(root) for root in roots if str(root).isprintable() and str(root).strip()}
        take(snapshots, [row(name, {"v": 1}) for name in names])
        ranges = snapshots.ranges(Kind.TICKET, 1, parts)
        assert len(ranges) <= parts
        seen = [found.id for low, high in ranges for found, _ in snapshots.roots(Kind.TICKET, 1, low, high)]
        assert sorted(seen) == sorted(names)
        assert seen == [found.id for found, _ in snapshots.roots(Kind.TICKET, 1)]
        snapshots.close()


@given(st.lists(st.integers(0, 10**20).map(str) | st.text(max_size=4), max_size=20))
def test_ids_sort_as_people_expect_numbers_by_value_first(names):
    ordered = sorted(set(names), key=order_key)
    numbers = [int(name) for name in ordered if name.isascii() and name.isdigit() and str(int(name)) == name]
    assert numbers == sorted(numbers)
    assert len({order_key(name) for name in ordered}) == len(ordered)
    kinds = [name.isascii() and name.isdigit() for name in ordered]
    assert kinds == sorted(kinds, reverse=True)


def test_catalogs_are_kept_by_content_and_a_missing_one_is_said(snapshots):
    take(snapshots, [])
    key = snapshots.store_catalog(1, {"desk": DESK, "product": "neutral"})
    assert snapshots.store_catalog(1, {"product": "neutral", "desk": DESK}) == key
    assert snapshots.catalog(key) == {"desk": DESK, "product": "neutral"}
    assert snapshots.info(1).catalog == key
    with pytest.raises(WorkspaceError, match="catalog of acme is missing"):
        snapshots.catalog("nothing")
    with pytest.raises(WorkspaceError, match="no snapshot 9"):
        snapshots.info(9)
    assert snapshots.version(9) == ""


def test_a_file_keeps_its_desk(snapshots):
    snapshots.bind("zendesk", "https://acme.example")
    snapshots.bind("zendesk", "https://moved.example")
    with pytest.raises(WorkspaceError, match=r"holds the desk acme \(zendesk\), not acme \(jsm\)"):
        snapshots.bind("jsm", "")


def test_where_the_bytes_of_an_attachment_are_is_kept(snapshots):
    assert snapshots.content("5") is None
    snapshots.store_content("5", "", 0, "missing")
    snapshots.store_content("5", "ab", 7, "stored")
    assert snapshots.content("5") == ("ab", 7, "stored")


def test_nothing_in_a_desk_gives_nothing(snapshots):
    info = take(snapshots, [])
    assert list(snapshots.roots(Kind.TICKET, 1)) == []
    assert snapshots.ranges(Kind.TICKET, 1, 4) == [(None, None)]
    assert snapshots.leaves([Kind.TICKET, Kind.PERSON], 1) == 0
    assert info.digest == take(snapshots, []).digest


def test_many_traces_are_remembered_right(snapshots, monkeypatch):
    pages = [[row(n, {"v": n}, trace={"x": f"t{n}"})] for n in range(30)]
    take(snapshots, *pages)
    snapshots._trace_tables._known.update({str(n).encode(): n for n in range(50_001)})
    snapshots._trace_tables._traces.update({10_000 + n: {} for n in range(4_001)})
    take(snapshots, [row(99, {"v": 1}, trace={"x": "new"})], *pages)
    found = {rows[0].id: snapshots.trace(rows[0])["x"] for _, rows in snapshots.roots(Kind.TICKET, 2)}
    assert found == {**{str(n): f"t{n}" for n in range(30)}, "99": "new"}


def test_what_was_found_in_a_record_ends_with_that_state_of_it(snapshots):
    """A blocker of an issue that bears a stranger's mark forbids plans as long as the issue does, and no longer."""
    own = Finding("MARK-OTHER", Severity.BLOCKER, Ref("old", Kind.TICKET, "7"), "mark", "a stranger's")
    general = Finding("NO-LIST", Severity.BLOCKER, None, "", "of the whole desk")
    take(snapshots, [row(1, {"a": 1}, findings=[own]), row(2, {"a": 1}, findings=[own])])
    snapshots.findings.keep(1, [general])
    assert {(found.code, wire) for found, wire in snapshots.findings.blockers()} == {
        ("MARK-OTHER", "ticket:2"),
        ("NO-LIST", ""),
    }
    take(snapshots, [row(2, {"a": 2})])
    assert [found.code for found, _ in snapshots.findings.blockers()] == ["NO-LIST"]
    take(snapshots, [row(2, {"a": 3}, findings=[own])])
    take(snapshots, [(Wire(ref(2), None, NOW, gone=True), Translated((), {}), 0)])
    assert [found.code for found, _ in snapshots.findings.blockers()] == ["NO-LIST"]


def test_the_records_that_bear_a_mark_are_found_without_reading_all(snapshots):
    marked = Translated([{"ref": f"{DESK}:ticket:5", "origin": "old:ticket:9"}], {"x": "ticket[5].subject"})
    take(snapshots, [row(1, {"a": 1}), (Wire(ref(5), {"a": 1}, NOW), marked, 1)])
    assert list(snapshots.origins(Kind.TICKET, 1)) == [("5", "old:ticket:9")]


ids_of_any_kind = st.sampled_from(["1", "a.b", "x]y", "[", "é"])
places = st.sampled_from(
    [
        "=a reason",
        "ticket[ID].subject",
        'ticket[ID]["a b"]',
        "ticket[ID].",
        "ticket[other].subject",
        "#0.subject",
        "#0:.x",
        "ticket[ID]5",
        "ticket[ID]:5",
        "##",
        "x",
        "",
    ]
)


@given(
    ids_of_any_kind,
    st.dictionaries(st.sampled_from(["a", ".a", "b[]", "c,", 'd:"', "e:"]), places, max_size=4),
)
def test_a_trace_comes_back_as_it_was_whatever_it_names(id_, trace):
    trace = {path: place.replace("ID", id_) for path, place in trace.items()} or {"a": "=b"}
    with tempfile.TemporaryDirectory() as folder:
        snapshots = Snapshots(Path(folder) / "source.db", DESK)
        take(snapshots, [row(id_, {"v": 1}, trace=trace), row("other one", {"v": 2}, trace=trace)])
        assert snapshots.trace(snapshots.row(Kind.TICKET, id_, 1)) == trace
        assert snapshots.trace(snapshots.row(Kind.TICKET, "other one", 1)) == trace
        wire, done, count = row(id_, {"v": 3}, trace=trace)
        shape = {(path, place): len(path) for path, place in trace.items()}
        take(snapshots, [(wire, replace(done, shape=shape), count)])
        stored = snapshots.row(Kind.TICKET, id_, 2)
        kept = snapshots.shape(stored.shape)
        assert {
            (pattern, (f"ticket[{id_}]" if number == 0 else "") + rest): leaves
            for pattern, number, rest, leaves in kept
        } == shape
        snapshots.close()


def test_records_that_are_alike_share_one_trace(snapshots):
    take(snapshots, [row(n, {"x": n}, trace={"x": f"ticket[{n}].subject"}) for n in range(20)])
    assert len(snapshots.database.rows("SELECT 1 FROM trace")) == 1


def test_the_roots_that_hold_a_text_are_found_in_packed_records(snapshots):
    parts = [row("c1", {"says": "acme:person:7"}, kind=Kind.COMMENT, root=ref(10))]
    take(
        snapshots,
        [row(9, {"v": "acme:person:7"}), row(10, {"v": 1}), *parts, row(11, {"v": "acme:person:70"})],
    )
    take(snapshots, [row(9, {"v": 2})])
    found = [str(root) for root in snapshots.holding(Kind.TICKET, 1, [b"acme:person:7'", b"nothing"])]
    assert found == ["acme:ticket:9", "acme:ticket:10"]
    assert [root.id for root in snapshots.holding(Kind.TICKET, 2, [b"acme:person:7'"])] == ["10"]
    assert list(snapshots.holding(Kind.TICKET, 2, [])) == []
