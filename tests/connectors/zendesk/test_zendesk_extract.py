"""A Zendesk desk through the real extract: checked against its own counts, killed at any page, read again later."""

from contextlib import contextmanager

import pytest
from tests.connectors.zendesk.reading import DESK, reading, source_on
from tests.rounds import boundaries

from ticketferry.desired.cases import assemble
from ticketferry.extract.snapshot import extract
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store.snapshots import Snapshots
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_zendesk import CONNECTOR
from ticketferry_zendesk.cross_check import oddity, sampled


class KilledError(Exception):
    """The process was killed."""


@contextmanager
def workspace(folder):
    folder.mkdir(parents=True, exist_ok=True)
    snapshots = Snapshots(folder / "source.db", DESK)
    try:
        yield snapshots
    finally:
        snapshots.close()


def extracted(emulator, folder, *, on_page=lambda _: None, **options):
    """Extract with a source of its own, as each command has one."""
    source = source_on(emulator, **{"history": "events", "page_size": 40, **options})
    try:
        with workspace(folder) as snapshots:
            return extract(source, CONNECTOR, snapshots, emulator.clock, crosscheck=True, on_page=on_page)
    finally:
        source.close()


def cases(folder, number):
    with workspace(folder) as snapshots:
        return {
            root.id: assemble(root, rows) for root, rows in snapshots.roots(Kind.TICKET, number)
        }  # fmt: skip


def findings(folder):
    with workspace(folder) as snapshots:
        return {finding.code: finding for finding in snapshots.findings.all()}


@pytest.fixture
def small():
    """A desk for what is done once for each of its pages."""
    with reading(ManualClock(), tickets=20, plan=None) as (_, emulator):
        yield emulator


@pytest.fixture
def emulator():
    with reading(ManualClock(), tickets=60, plan=None) as (_, emulator):
        yield emulator


def comment_audits(emulator, count):
    """Audits with a comment that is not the first, one a ticket."""
    found = {}
    for number in emulator.state.heads:
        if emulator.state.live(number):
            for row in emulator.state.case(number).audits[1:]:
                if any(event["type"] == "Comment" for event in row["events"]):
                    found.setdefault(number, row["id"])
    return dict(list(found.items())[:count])


@pytest.mark.parametrize("counted", [True, False])
def test_comments_that_the_export_left_out_are_found_and_read(emulator, tmp_path, counted, monkeypatch):
    """By the desk's own counts all of them; without, those of the sample and those that leave a hole."""
    monkeypatch.setattr("ticketferry_zendesk.cross_check._SHARE", 5)  # a sample of 60 tickets
    emulator.state.comment_counts = counted
    whole = cases(tmp_path / "a", extracted(emulator, tmp_path / "a").snapshot.number)
    lost = comment_audits(emulator, 60)
    emulator.state.unexported = set(lost.values())
    done = extracted(emulator, tmp_path / "b").cross_check
    read = cases(tmp_path / "b", 1)
    wanted = set(lost) if counted else {number for number in lost if sampled(str(number))}
    assert wanted
    reread = {20, 34}  # something was hidden there: they are read one by one in any case
    assert {int(number) for number in done.mended} >= wanted - reread
    for number in map(str, wanted):
        assert [one["ref"] for one in read[number]["comments"]] == [
            one["ref"] for one in whole[number]["comments"]
        ]
    finding = findings(tmp_path / "b")["TF-CHECK-001"]
    assert finding.count == len(done.mended)
    assert done.differ == []
    if not counted:
        assert findings(tmp_path / "b")["TF-CHECK-003"].count == done.sampled_wrong > 0


def test_a_desk_that_agrees_is_counted_and_nothing_is_read_again(emulator, tmp_path):
    done = extracted(emulator, tmp_path)
    assert done.cross_check.counted == sum(emulator.state.live(number) for number in emulator.state.heads)
    assert [one.why for one in done.cross_check.again] == []
    assert "TF-CHECK-001" not in findings(tmp_path)


def test_what_still_differs_after_reading_again_is_told(emulator, tmp_path):
    from ticketferry_emulators.zendesk.responses import sideloads

    original = sideloads.with_metric_sets

    def one_more(state, call, tickets):
        return [
            {**row, "comment_count": row["comment_count"] + 1}
            if row["id"] == 3 and "comment_count" in row
            else row
            for row in original(state, call, tickets)
        ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ticketferry_emulators.zendesk.responses.exports.with_metric_sets", one_more)
        done = extracted(emulator, tmp_path)
    assert done.cross_check.differ == ["3"]
    assert "#3" in findings(tmp_path)["TF-CHECK-002"].message


def test_reading_ticket_by_ticket_is_held_against_the_counts_that_tickets_bring_without_a_request_more(
    emulator, tmp_path
):
    done = extracted(emulator, tmp_path, history="thorough")
    assert done.cross_check.counted > 50
    assert done.cross_check.again == []
    assert not [entry for entry in emulator.ledger.entries() if "comments/count" in entry.path]


@pytest.mark.parametrize(("case", "said"), [
    ({"comments": []}, "no comments"),
    ({"comments": [{"ref": "a"}]}, "no opening message"),
    ({"comments": [{"ref": "a", "opening": True}], "events": [{"type": "privacy", "comment": "b"}]}, "hidden later is missing"),
    ({"comments": [{"ref": "a", "opening": True}], "status": "open", "events": [{"field": "status", "after": "new"}]}, "ends with the status new"),
    ({"comments": [{"ref": "a", "opening": True}], "status": "new", "events": [{"field": "status", "after": "new"}]}, ""),
])  # fmt: skip
def test_what_does_not_fit_in_a_case_is_named(case, said):
    assert said in oddity(case)
    assert bool(oddity(case)) is bool(said)


def test_the_sample_is_one_in_a_hundred_and_always_the_same():
    chosen = [number for number in map(str, range(1, 20_001)) if sampled(number)]
    assert 150 <= len(chosen) <= 250
    assert chosen == [number for number in map(str, range(1, 20_001)) if sampled(number)]


@pytest.mark.seeded
@pytest.mark.parametrize("way", ["events", "thorough"])
def test_killed_after_any_page_and_begun_again_the_snapshot_is_the_same(small, tmp_path, way):
    ways = {"history": way, "page_size": 12}
    pages = []
    whole = extracted(small, tmp_path / "whole", on_page=pages.append, **ways)
    assert len(pages) > 10
    assert all(pages.count(stream) > 1 for stream in ("people", "memberships", "tickets", "history"))
    for victim in boundaries(len(pages) + 1, 10, f"kills of an extract from Zendesk, {way}", first=1):
        folder = tmp_path / str(victim)
        seen = []

        def die(stream, seen=seen, victim=victim):
            seen.append(stream)
            if len(seen) == victim:
                raise KilledError

        with pytest.raises(KilledError):
            extracted(small, folder, on_page=die, **ways)
        again = extracted(small, folder, **ways)
        assert again.snapshot.digest == whole.snapshot.digest, pages[victim - 1]


@pytest.mark.parametrize("way", ["events", "thorough"])
def test_a_second_extract_takes_what_changed_deletions_and_merges_as_well(emulator, tmp_path, way):
    state, clock = emulator.state, emulator.clock
    first = extracted(emulator, tmp_path / "a", history=way)
    assert extracted(emulator, tmp_path / "a", history=way).snapshot.digest == first.snapshot.digest
    open_ones = [number for number, head in state.heads.items() if head.status in ("open", "pending", "hold")]
    deleted, loser, winner, hidden = open_ones[:4]
    clock.advance(100)
    comment = state.add_comment(hidden, "<p>hidden soon</p>")
    state.delete_ticket(deleted)
    state.merge([loser], winner)
    state.start_aside(winner, "Aside", "<p>x</p>")
    clock.advance(100)
    state.make_private(hidden, comment)
    clock.advance(100)
    second = extracted(emulator, tmp_path / "a", history=way)
    fresh = extracted(emulator, tmp_path / "b", history=way)
    delta, anew = cases(tmp_path / "a", second.snapshot.number), cases(tmp_path / "b", fresh.snapshot.number)
    assert delta[str(deleted)]["stage"] == "deleted"
    assert delta[str(loser)]["merged_into"] == str(Ref(DESK, Kind.TICKET, str(winner)))
    assert delta[str(winner)]["side_conversations"]
    assert (
        next(one for one in delta[str(hidden)]["comments"] if one["ref"].endswith(str(comment)))["public"]
        is False
    )
    assert delta.keys() == anew.keys()
    for number, case in anew.items():
        if number != str(deleted):  # its comments were read before it went
            told = {key: value for key, value in delta[number].items() if key != "native"}
            assert _bare(told) == _bare(case), number
    assert {one["ref"] for one in delta[str(deleted)].get("comments", ())} >= {
        one["ref"] for one in anew[str(deleted)].get("comments", ())
    }


def _bare(case):
    """A case without what depends on which of two answers told it."""
    if isinstance(case, dict):
        return {key: _bare(value) for key, value in case.items() if key not in ("native", "channel")}
    return [_bare(item) for item in case] if isinstance(case, list) else case
