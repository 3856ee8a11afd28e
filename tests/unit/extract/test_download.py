"""Files: the forecast before, several at once, a disk that is too small, a run that is broken off, and phases."""

import shutil
import threading
from hashlib import sha256
from types import SimpleNamespace

import pytest
from tests.unit.extract.made_up import SurveyedDesk, Workspace

from ticketferry.errors import AuthError, FatalError, RejectedError
from ticketferry.extract.download import MARGIN, DownloadForecast, Selection, fetch, forecast
from ticketferry.schema.refs import Kind, Ref
from ticketferry.store import attachments
from ticketferry.store.attachments import attachments as stream

DESK = "acme"
ALL = Selection()


class Files(Workspace):
    def forecast(self, selection=ALL) -> DownloadForecast:
        return forecast(self.snapshots, 1, self.blobs, selection)

    def fetch(self, desk, selection=ALL, *, workers=1, progress=lambda *_: None):
        expected = self.forecast(selection)
        return fetch(
            desk,
            self.snapshots,
            1,
            self.blobs,
            self.clock,
            selection,
            expected=expected,
            workers=workers,
            progress=progress,
        )


@pytest.fixture
def world(tmp_path):
    found = Files(tmp_path)
    yield found
    found.snapshots.close()


def _desk(*, files: int = 12, tickets: int = 6) -> SurveyedDesk:
    desk = SurveyedDesk(tickets)
    for number in range(files):
        desk.attach(100 + number, b"x" * number, ticket=number % tickets + 1, size=number)
    return desk


def test_the_forecast_adds_up_and_counts_unknown_sizes_apart(world):
    desk = _desk(files=5)
    desk.attach(200, b"any", ticket=2)
    desk.attach(201, b"any", ticket=2)
    desk.attach(202, ticket=3, size=9, state="redacted")
    world.extract(desk)
    found = world.forecast()
    assert (found.tickets, found.files, found.here, found.known, found.octets, found.unknown, found.redacted) == (
        5, 8, 0, 5, 10, 2, 1,
    )  # fmt: skip
    assert found.files == found.here + found.known + found.unknown + found.redacted
    assert found.guessed == 4, "files of unknown size are taken to be like the others"
    assert found.needed == 14 + MARGIN
    world.fetch(desk)
    after = world.forecast()
    assert (after.here, after.wanted, after.needed, after.redacted) == (7, 0, 0, 1)


def test_a_disk_that_would_be_full_afterwards_is_refused_before_the_first_file(world, monkeypatch):
    desk = _desk(files=4)
    world.extract(desk)
    free = 6 + MARGIN
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=10 * free, used=0, free=free))
    assert world.fetch(desk).files == 4
    shutil.rmtree(world.blobs.folder)
    desk = _desk(files=4)
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: SimpleNamespace(total=10 * free, used=0, free=free - 1)
    )
    with pytest.raises(FatalError, match="hold 6 bytes") as caught:
        world.fetch(desk)
    assert "--phase" in caught.value.remedy
    assert desk.files["103"] == [b"xxx"], "nothing was asked for"


def test_several_files_come_at_once_and_each_is_asked_for_once(world):
    desk = _desk(files=60)
    world.extract(desk)
    together = threading.Barrier(4)
    first = threading.Semaphore(4)
    content = desk.content

    def meet(attachment):
        if first.acquire(blocking=False):
            together.wait(10)  # four readers are inside at the same time, or this breaks
        return content(attachment)

    desk.content = meet
    seen = []
    done = world.fetch(desk, workers=4, progress=lambda *figures: seen.append(figures))
    assert (done.files, done.octets, done.findings) == (60, sum(range(60)), 0)
    assert [figure[1] for figure in seen] == list(range(1, 61))
    assert {figure[2] for figure in seen} == {60}
    for number in range(60):
        checksum, size, state = world.snapshots.content(str(100 + number))
        assert (checksum, size, state) == (sha256(b"x" * number).hexdigest(), number, "stored")
        assert checksum in world.blobs


def test_readers_that_fetch_the_same_content_at_once_store_it_once(world):
    desk = SurveyedDesk(4)
    for number in range(40):
        desk.attach(100 + number, b"same", ticket=number % 4 + 1, size=4)
    world.extract(desk)
    together = threading.Barrier(8)
    content = desk.content

    def meet(attachment):
        yield from content(attachment)
        together.wait(10)

    desk.content = meet
    assert world.fetch(desk, workers=8).files == 40
    assert [path.name for path in world.blobs.folder.rglob("*") if path.is_file()] == [
        sha256(b"same").hexdigest()
    ]


def test_no_more_readers_than_were_allowed(world):
    desk = _desk(files=40)
    world.extract(desk)
    inside, most, lock = 0, 0, threading.Lock()
    content = desk.content

    def count(attachment):
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        yield from content(attachment)
        with lock:
            inside -= 1

    desk.content = count
    world.fetch(desk, workers=3)
    assert most <= 3


@pytest.mark.parametrize("workers", [1, 4])
def test_a_failure_of_the_whole_desk_stops_all_and_the_next_call_goes_on(world, workers):
    desk = _desk(files=30)
    desk.files["115"] = [AuthError("the token was taken back")]
    world.extract(desk)
    with pytest.raises(AuthError):
        world.fetch(desk, workers=workers)
    came = world.forecast().here
    assert came < 30
    assert not list(world.blobs.folder.glob(".part-*"))
    desk.files = {str(100 + number): [b"x" * number] for number in range(30)}
    assert world.fetch(desk, workers=workers).files == 30 - came


def test_files_that_do_not_come_are_findings_and_the_others_come(world):
    desk = _desk(files=10)
    desk.files["103"] = [RejectedError("it was deleted", status=404)]
    desk.files["104"] = [b"short"]
    desk.attach(300, b"other bytes", size=11, sha256="0" * 64)
    world.extract(desk)
    done = world.fetch(desk, workers=4)
    assert (done.files, done.findings) == (8, 3)
    messages = {finding.subject.id: finding.message for finding in world.snapshots.findings.all()}
    assert "it was deleted" in messages["103"]
    assert "5 bytes came instead of 4" in messages["104"]
    assert "SHA-256" in messages["300"]
    assert sha256(b"other bytes").hexdigest() not in world.blobs
    desk.files |= {"103": [b"xxx"], "104": [b"xxxx"], "300": [RejectedError("still wrong")]}
    assert world.fetch(desk).files == 2
    assert [finding.subject.id for finding in world.snapshots.findings.all()] == ["300"]


def test_only_the_chosen_tickets_files_come(world):
    desk = _desk(files=12)
    world.extract(desk)
    chosen = Selection(takes=lambda root: root.id in ("2", "5"))
    assert (world.forecast(chosen).tickets, world.forecast(chosen).files) == (2, 4)
    assert world.fetch(desk, chosen, workers=2).files == 4
    named = Selection(roots=(Ref(DESK, Kind.TICKET, "2"), Ref(DESK, Kind.TICKET, "3")))
    found = world.forecast(named)
    assert (found.files, found.here, found.wanted) == (4, 2, 2)
    assert world.fetch(desk, named).files == 2


def test_what_a_killed_process_left_half_written_is_swept_away(world):
    desk = _desk(files=3)
    world.extract(desk)
    world.blobs.folder.mkdir(exist_ok=True)
    (world.blobs.folder / ".part-dead").write_bytes(b"half")
    world.fetch(desk)
    assert not list(world.blobs.folder.glob(".part-*"))


@pytest.mark.parametrize("portion", [1, 3, 500])
def test_portions_of_any_size_give_every_ticket_once_and_whole(world, monkeypatch, portion):
    desk = _desk(files=25, tickets=6)
    world.extract(desk)
    monkeypatch.setattr(attachments, "PORTION", portion)
    found = {root.id: [record["ref"] for record in records] for root, records in stream(world.snapshots, 1)}
    assert list(found) == [str(number) for number in range(1, 7)]
    assert sorted(ref for refs in found.values() for ref in refs) == [
        f"acme:attachment:{100 + n}" for n in range(25)
    ]


def test_no_reading_stands_open_while_files_come(world, monkeypatch):
    desk = _desk(files=20)
    world.extract(desk)
    monkeypatch.setattr(attachments, "PORTION", 4)
    open_now, reader = [], world.snapshots.database.reader

    class Counted:
        def __init__(self) -> None:
            self.inner = reader()
            open_now.append(self)

        def execute(self, *arguments):
            return self.inner.execute(*arguments)

        def close(self):
            open_now.remove(self)
            self.inner.close()

    monkeypatch.setattr(world.snapshots.database, "reader", Counted)
    content = desk.content

    def check(attachment):
        assert not open_now, "a reading that stands open keeps the journal from being emptied"
        return content(attachment)

    desk.content = check
    assert world.fetch(desk).files == 20
