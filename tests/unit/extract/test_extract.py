"""Extraction: page by page, killed and resumed, twice without a change, and files that do not come."""

import shutil
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from ticketferry.errors import FatalError, RejectedError, RetryableError
from ticketferry.extract.ingest import Ingester
from ticketferry.extract.snapshot import _named, estimate, extract, output_version
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Connector, Page, Translated, Wire
from ticketferry.sdk.features import Limits
from ticketferry.sdk.options import Options
from ticketferry.store.blobs import Blobs
from ticketferry.store.snapshots import Snapshots
from ticketferry_emulators.kit.clock import ManualClock

CONNECTOR = Connector(
    "made-up", "A made-up desk", Options, frozenset(), "x:Y", bodies={"comment": frozenset({"body"})}
)
DESK = "acme"


class Desk:
    """A desk in memory: two streams in pages of two, changes since a cursor, and files."""

    def __init__(self) -> None:
        self.limits = Limits(page_size=2, read_rate=4, fetch_batch=2)
        self.log = {"tickets": [], "comments": []}
        self.files: dict[str, list] = {}
        self.read_pages: list[tuple[str, str | None]] = []
        for number in range(1, 6):
            self.put(
                "tickets",
                Kind.TICKET,
                number,
                {"subject": f"t{number} שלום", "more": {"x": number, "none": None}},
            )
        for number in range(10, 17):
            self.put("comments", Kind.COMMENT, number, {"ticket": number % 5 + 1, "body": {"a": [1, 2, 3]}})

    def put(self, stream, kind, number, body, *, gone=False) -> None:
        root = None if kind is Kind.TICKET or body is None else Ref(DESK, Kind.TICKET, str(body["ticket"]))
        self.log[stream].append(Wire(Ref(DESK, kind, str(number)), body, None, gone, root))

    def attach(self, number, *answers, size=None, **more) -> None:
        """Hang a file on ticket 1; `answers` are bytes or errors, one for each time that it is asked for."""
        extra = {} if size is None else {"size": size}
        self.put("comments", Kind.ATTACHMENT, number, {"ticket": 1, "name": f"f{number}", **extra, **more})
        self.files[str(number)] = list(answers)

    def catalog(self):
        return {"desk": DESK, "product": "made-up"}

    def streams(self):
        return list(self.log)

    def count(self, stream):
        return len(self.log[stream]) if stream == "tickets" else None

    def read(self, stream, cursor):
        at, log = int(cursor or 0), self.log[stream]
        while True:
            self.read_pages.append((stream, cursor))
            page = log[at : at + 2]
            at += len(page)
            yield Page(page, str(at), last=at >= len(log))
            if at >= len(log):
                return

    def fetch(self, refs):
        live = {wire.ref: wire for log in self.log.values() for wire in log}
        return [wire for wire in live.values() if not wire.gone and (wire.root or wire.ref) in refs]

    def translate(self, wire, catalog):
        if wire.ref.kind is Kind.TICKET:
            record = {"ref": str(wire.ref), "subject": wire.body["subject"]}
            return Translated([record], {"subject": f"ticket[{wire.ref.id}].subject"})
        record = {"ref": str(wire.ref), "ticket": f"{DESK}:ticket:{wire.body['ticket']}"}
        if wire.ref.kind is Kind.ATTACHMENT:
            record.update({key: wire.body[key] for key in ("name", "size", "state") if key in wire.body})
        return Translated(
            [record],
            {"ticket": f"{wire.ref.kind.value}[{wire.ref.id}].ticket", "name": "=name", "size": "=size"},
        )

    def content(self, attachment):
        answer = self.files[attachment["ref"].rsplit(":", 1)[1]].pop(0)
        if isinstance(answer, Exception):
            raise answer
        yield answer


class World:
    def __init__(self, folder) -> None:
        self.clock = ManualClock()
        self.snapshots = Snapshots(folder / "source.db", DESK)
        self.blobs = Blobs(folder / "blobs")

    def extract(self, desk, **more):
        return extract(desk, CONNECTOR, self.snapshots, self.clock, **more)


@pytest.fixture
def world(tmp_path):
    found = World(tmp_path)
    yield found
    found.snapshots.close()


@pytest.fixture
def whole(tmp_path):
    found = World(tmp_path / "whole")
    digest = found.extract(Desk()).snapshot.digest
    found.snapshots.close()
    return digest


class Killed(BaseException):
    pass


@pytest.mark.parametrize("pages", range(8))
def test_an_extract_killed_after_any_page_goes_on_and_ends_as_an_unbroken_one(world, whole, pages):
    seen = []

    def kill(stream) -> None:
        seen.append(stream)
        if len(seen) > pages:
            raise Killed

    desk = Desk()
    total = 7
    if pages < total:
        with pytest.raises(Killed):
            world.extract(desk, on_page=kill)
        assert world.snapshots.latest() is None
    before = len(desk.read_pages)
    done = world.extract(desk)
    assert (done.snapshot.number, done.snapshot.digest) == (1, whole)
    assert before + len(desk.read_pages[before:]) <= total + 2
    for number in range(1, 6):
        root = Ref(DESK, Kind.TICKET, str(number))
        assert world.snapshots.root(root, 1)


def test_a_second_extract_without_changes_reads_nothing_again_and_has_the_same_digest(world, whole):
    desk = Desk()
    world.extract(desk)
    again = world.extract(desk)
    assert (again.snapshot.number, again.snapshot.digest) == (2, whole)
    assert again.changed == {"tickets": 0, "comments": 0}
    assert list(world.snapshots.changed_roots(Kind.TICKET, 1, 2)) == []


def test_a_delta_touches_what_changed_and_nothing_else(world):
    desk = Desk()
    first = world.extract(desk)
    desk.put("tickets", Kind.TICKET, 2, {"subject": "new words"})
    desk.put("tickets", Kind.TICKET, 3, None, gone=True)
    desk.put("comments", Kind.COMMENT, 99, {"ticket": 5, "body": {"a": 1}})
    second = world.extract(desk)
    assert second.changed == {"tickets": 3, "comments": 1}, "a ticket that is gone takes its comment along"
    assert {ref.id for ref in world.snapshots.changed_roots(Kind.TICKET, 1, 2)} == {"2", "3", "5"}
    assert second.snapshot.digest != first.snapshot.digest
    assert world.snapshots.row(Kind.TICKET, "3", 2) is None
    assert world.snapshots.row(Kind.TICKET, "3", 1) is not None
    assert len(list(world.snapshots.root(Ref(DESK, Kind.TICKET, "3"), 1))) == 2
    assert list(world.snapshots.root(Ref(DESK, Kind.TICKET, "3"), 2)) == []


class WholeDesk(Desk):
    """Lists tickets alone, each with the parts that it has now; `complete` says of a page whether they are all."""

    def __init__(self, *, complete: bool) -> None:
        super().__init__()
        self.complete = complete

    def streams(self):
        return ["tickets"]

    def read(self, stream, cursor):
        for page in super().read(stream, cursor):
            found = self.fetch([wire.ref for wire in page.records])
            yield Page(found, page.cursor, page.last, complete=self.complete)


@pytest.mark.parametrize("complete", [True, False])
def test_a_part_that_is_gone_from_a_ticket_is_gone_in_the_delta(world, complete):
    """A page that does not promise to be complete may leave parts out: nothing is taken for gone by it."""
    desk = WholeDesk(complete=complete)
    world.extract(desk)
    root, other = (Ref(DESK, Kind.TICKET, number) for number in ("1", "2"))
    assert {row.id for row in world.snapshots.root(root, 1)} == {"1", "10", "15"}
    desk.put("comments", Kind.COMMENT, 10, None, gone=True)
    desk.put("comments", Kind.COMMENT, 11, None, gone=True)
    desk.put("tickets", Kind.TICKET, 1, {"subject": "a comment was deleted"})
    world.extract(desk)
    left = {row.id for row in world.snapshots.root(root, 2)}
    assert left == ({"1", "15"} if complete else {"1", "10", "15"})
    assert {row.id for row in world.snapshots.root(root, 1)} == {"1", "10", "15"}, "the older state stays"
    assert {row.id for row in world.snapshots.root(other, 2)} == {"2", "11", "16"}, "it was not read again"


def test_no_leaf_is_lost_and_bodies_are_one(world):
    world.extract(Desk())
    found = world.snapshots.row(Kind.TICKET, "4", 1)
    assert found.records[0]["native"] == {"more.x": 4}
    assert found.leaves == 2
    comment = world.snapshots.row(Kind.COMMENT, "12", 1)
    assert comment.records[0]["native"] == {"body": {"a": [1, 2, 3]}}
    assert comment.leaves == 2


def test_roots_that_no_stream_gave_are_read_by_id(world):
    desk = Desk()
    hidden = desk.log["tickets"].pop(0)
    desk.log["hidden"] = [hidden]
    desk.streams = lambda: ["tickets"]
    refs = [Ref(DESK, Kind.TICKET, n) for n in ("1", "2", "77")]
    done = world.extract(desk, extra=refs)
    assert done.changed["by id"] > 0
    assert [row.kind for row in world.snapshots.root(refs[0], 1)][-1] is Kind.TICKET
    assert world.snapshots.root(refs[2], 1) == []


def test_a_root_read_by_id_ends_what_it_lost(world):
    desk = Desk()
    world.extract(desk)
    desk.put("comments", Kind.COMMENT, 10, None, gone=True)
    number = world.snapshots.begin(datetime.now(UTC), "v")
    root = Ref(DESK, Kind.TICKET, "1")
    ingester = Ingester(desk, CONNECTOR, world.snapshots, number, {}, world.clock)
    assert ingester.refresh([root, Ref(DESK, Kind.TICKET, "99")]) == 1
    assert {row.id for row in world.snapshots.root(root, number)} == {"1", "15"}


def test_files_are_fetched_once_and_empty_ones_too(world):
    desk = Desk()
    desk.attach(50, b"hello", size=5)
    desk.attach(51, b"", size=0)
    desk.attach(52, b"any size")
    desk.attach(53, size=3, state="redacted")
    done = world.extract(desk, blobs=world.blobs)
    assert (done.files, done.file_bytes, done.findings) == (3, 13, 0)
    again = world.extract(desk, blobs=world.blobs)
    assert (again.files, list(world.snapshots.findings.all())) == (0, [])
    shutil.rmtree(world.blobs.folder)
    desk.files.update({"50": [b"hello"], "51": [b""], "52": [b"any size"]})
    assert world.extract(desk, blobs=world.blobs).files == 3


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([RejectedError("it was deleted", status=404)], "it was deleted"),
        ([RetryableError("the line broke")] * 3, "the line broke"),
        ([b"four"], "4 bytes came instead of 5"),
    ],
)
def test_a_file_that_does_not_come_is_a_finding_and_the_next_extract_asks_again(world, answers, words):
    desk = Desk()
    desk.attach(50, *answers, size=5)
    desk.attach(51, b"there", size=5)
    done = world.extract(desk, blobs=world.blobs)
    assert (done.files, done.findings) == (1, 1)
    (finding,) = world.snapshots.findings.all()
    assert finding.subject == Ref(DESK, Kind.ATTACHMENT, "50")
    assert "'f50'" in finding.message
    assert words in finding.message
    assert world.snapshots.content("50") == ("", 0, "missing")
    desk.files["50"] = [b"hello"]
    again = world.extract(desk, blobs=world.blobs)
    assert (again.files, again.findings, list(world.snapshots.findings.all())) == (1, 0, [])


def test_a_file_is_waited_for_while_the_desk_is_busy(world):
    desk = Desk()
    desk.attach(50, RetryableError("busy", retry_after=40), RetryableError("busy"), b"hello", size=5)
    began = world.clock.time()
    assert world.extract(desk, blobs=world.blobs).files == 1
    assert 40 < world.clock.time() - began < 60


def test_a_disk_that_cannot_hold_the_files_is_said_before_any_is_fetched(world, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=10, used=6, free=4))
    desk = Desk()
    desk.attach(50, b"hello", size=5)
    with pytest.raises(FatalError, match="hold 5 bytes and the disk has 4 left") as caught:
        world.extract(desk, blobs=world.blobs)
    assert "--no-files" in caught.value.remedy
    assert desk.files["50"] == [b"hello"]
    assert world.extract(desk).snapshot.number == 1


def test_an_estimate_says_what_reading_costs_and_what_the_desk_cannot_say():
    tickets, comments = estimate(Desk())
    assert (tickets.records, tickets.requests, tickets.seconds) == (5, 3, 0.75)
    assert tickets.disk > 0
    assert (comments.stream, comments.records, comments.requests) == ("comments", None, None)


def test_the_version_of_the_output_names_connector_and_schema():
    assert output_version(CONNECTOR).startswith("made-up:1:")


def test_a_stream_counts_on_the_screen_what_it_is_called_after() -> None:
    """A page of tickets brings their comments and who wrote them; a tombstone may stand for a number that nobody ever used."""
    ticket, comment, person = (Ref("d", kind, "1") for kind in (Kind.TICKET, Kind.COMMENT, Kind.PERSON))
    page = [Wire(ticket, {}, None), Wire(comment, {}, None, root=ticket), Wire(person, {}, None)]
    assert _named("tickets", page) == 1
    assert _named("people", page) == 1
    assert _named("history", [Wire(comment, {}, None, root=ticket)] * 3) == 3
    assert (
        _named("deletions", [Wire(Ref("d", Kind.TICKET, str(n)), None, None, gone=True) for n in range(9)])
        == 0
    )
