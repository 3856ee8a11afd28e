"""The durable database: commits in groups, a failing piece of work hurts nobody else, a failed commit stops all."""

import os
import shutil
import sqlite3
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from ticketferry.errors import FatalError, FerryError
from ticketferry.sdk import DeskIdentity
from ticketferry.store.workspace import Workspace, backups


class Times:
    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def times():
    return Times()


@pytest.fixture
def workspace(tmp_path, times):
    found = Workspace(tmp_path / "workspace.db", now=times)
    yield found
    found.close()


def put(key, value="v"):
    return lambda connection: connection.execute("INSERT INTO meta VALUES (?, ?)", (key, value))


def keys(workspace) -> set[str]:
    return {row[0] for row in workspace.database.rows("SELECT key FROM meta WHERE key <> 'id'")}


def test_a_workspace_keeps_its_identity(tmp_path, times):
    first = Workspace(tmp_path / "workspace.db", now=times)
    id_ = first.id
    first.close()
    again = Workspace(tmp_path / "workspace.db", now=times)
    other = Workspace(tmp_path / "other.db", now=times)
    assert again.id == id_ != other.id
    again.close()
    other.close()
    reading = Workspace(tmp_path / "workspace.db", now=times, readonly=True)
    assert reading.id == id_
    reading.close()


def test_what_was_acknowledged_is_there_for_another_process_at_once(workspace):
    assert workspace.commit(lambda connection: connection.execute("SELECT 42").fetchone()) == (42,)
    workspace.commit(put("a"))
    other = sqlite3.connect(workspace.database.path)
    assert other.execute("SELECT value FROM meta WHERE key = 'a'").fetchone() == ("v",)
    other.close()


def _together(workspace, works):
    """Commit all works from threads of their own while the writer is kept waiting, so that they form one group."""
    results: dict[int, object] = {}
    gate = threading.Event()
    started = threading.Barrier(len(works) + 1)

    def run(number, work) -> None:
        started.wait()
        try:
            results[number] = workspace.commit(work)
        except BaseException as error:  # noqa: BLE001 -- the outcome is what is looked at
            results[number] = error

    held = threading.Event()

    def hold(_connection) -> None:
        held.set()
        gate.wait(10)

    blocker = threading.Thread(target=workspace.commit, args=(hold,))
    blocker.start()
    held.wait()  # from here on the writer takes nothing until the gate opens
    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    started.wait()
    while workspace._queue.qsize() < len(works):
        time.sleep(0.001)
    gate.set()
    for thread in [blocker, *threads]:
        thread.join()
    return results


def _counting_commits(workspace):
    seen = []
    workspace.database.connection.set_trace_callback(
        lambda sql: seen.append(sql) if sql.startswith("COMMIT") else None
    )
    return seen


def test_many_threads_share_one_commit(workspace):
    commits = _counting_commits(workspace)
    results = _together(workspace, [put(f"k{n}") for n in range(40)])
    assert not [value for value in results.values() if isinstance(value, BaseException)]
    assert keys(workspace) == {f"k{n}" for n in range(40)}
    assert len(commits) == 2


def test_a_failing_piece_of_work_does_not_spoil_its_neighbours(workspace):
    def half(connection):
        put("half")(connection)
        raise ValueError("mine alone")

    works = [put("a"), half, put("a2"), put("a"), put("b")]
    results = _together(workspace, works)
    errors = {number: value for number, value in results.items() if isinstance(value, BaseException)}
    assert isinstance(errors.pop(1), ValueError)
    (twice,) = errors.values()
    assert isinstance(twice, sqlite3.IntegrityError)
    assert keys(workspace) == {"a", "a2", "b"}
    workspace.commit(put("later"))
    assert "later" in keys(workspace)


def on_the_disk(workspace, tmp_path):
    """Return what a process would find that begins after this one has died."""
    after = tmp_path / "after"
    after.mkdir(exist_ok=True)
    for path in workspace.database.path.parent.glob("workspace.db*"):
        shutil.copy(path, after)
    with closing(sqlite3.connect(after / "workspace.db")) as connection:
        found = {key for (key,) in connection.execute("SELECT key FROM meta")} - {"id"}
    shutil.rmtree(after)
    return found


def test_what_is_noted_soon_is_seen_at_once_and_on_the_disk_with_the_next_commit(
    workspace, tmp_path, monkeypatch
):
    monkeypatch.setattr("ticketferry.store.workspace.SOON_SECONDS", 60.0)
    workspace.note_soon(put("soon"))
    workspace.note_soon(put("soon too"))
    assert keys(workspace) == {"soon", "soon too"}
    assert on_the_disk(workspace, tmp_path) == set()
    workspace.commit(put("now"))
    assert on_the_disk(workspace, tmp_path) == {"soon", "soon too", "now"}
    workspace.note_soon(put("later"))
    with closing(workspace.database.reader()) as reader:
        assert ("later",) in reader.execute("SELECT key FROM meta").fetchall()
    workspace.note_soon(put("last"))
    workspace.close()
    with closing(sqlite3.connect(workspace.database.path)) as connection:
        assert ("last",) in connection.execute("SELECT key FROM meta").fetchall()


def test_what_is_noted_soon_waits_for_no_other_work(workspace, tmp_path):
    workspace.note_soon(put("soon"))
    until = time.monotonic() + 60
    while on_the_disk(workspace, tmp_path) != {"soon"}:
        assert time.monotonic() < until


def test_a_failing_piece_of_work_takes_nothing_with_it_that_was_noted_before(workspace, monkeypatch):
    monkeypatch.setattr("ticketferry.store.workspace.SOON_SECONDS", 60.0)
    workspace.note_soon(put("a"))
    for hand_over in (workspace.note_soon, workspace.commit):
        with pytest.raises(sqlite3.IntegrityError):
            hand_over(put("a"))
    workspace.commit(put("b"))
    assert keys(workspace) == {"a", "b"}


def test_a_failed_commit_stops_everything_that_follows(workspace, monkeypatch):
    workspace.commit(put("before"))
    transaction = workspace.database.transaction

    def broken(**_):
        raise OSError(5, "the disk is gone")

    monkeypatch.setattr(workspace.database, "transaction", broken)
    results = _together_broken(workspace)
    assert all(isinstance(value, FatalError) for value in results), results
    monkeypatch.setattr(workspace.database, "transaction", transaction)
    with pytest.raises(FatalError, match=r"journal could not be written.*disk is gone"):
        workspace.commit(put("after"))
    assert keys(workspace) == {"before"}


def _together_broken(workspace):
    found = []

    def run(n) -> None:
        try:
            found.append(workspace.commit(put(f"x{n}")))
        except FerryError as error:
            found.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_full_disk_within_a_piece_of_work_is_told_as_such(workspace):
    workspace.commit(put("before"))
    pages = workspace.database.one("PRAGMA page_count")[0]
    workspace.database.connection.execute(f"PRAGMA max_page_count={pages}")

    def fill(connection):
        for number in range(3_000):
            connection.execute("INSERT INTO meta VALUES (?, ?)", (f"k{number}", "x" * 500))

    with pytest.raises(FatalError, match="disk is full"):
        workspace.commit(fill)
    assert keys(workspace) == {"before"}


def test_a_confirmation_holds_seven_days_and_the_newest_counts(workspace, times):
    assert workspace.confirmed("G-1") is None
    until = workspace.confirm("G-1", "Ann")
    assert until - times.at == timedelta(days=7)
    times.at += timedelta(days=6, hours=23, microseconds=5)
    assert workspace.confirmed("G-1") == ("Ann", until.isoformat())
    workspace.confirm("G-1", "Bob")
    assert workspace.confirmed("G-1")[0] == "Bob"
    times.at += timedelta(hours=2)
    assert workspace.confirmed("G-1")[0] == "Bob"
    times.at += timedelta(days=7)
    assert workspace.confirmed("G-1") is None
    assert workspace.confirmed("G-2") is None


def test_closing_twice_and_writing_afterwards_do_no_harm(tmp_path, times):
    workspace = Workspace(tmp_path / "w.db", now=times)
    workspace.commit(put("a"))
    workspace.close()
    workspace.close()
    again = Workspace(tmp_path / "w.db", now=times)
    assert keys(again) == {"a"}
    again.close()


def test_facts_that_a_desk_told_are_kept_by_name(workspace):
    workspace.note("budget:jira-cost-based", "300000.0")
    workspace.note("budget:jira-cost-based", "150000.0")
    workspace.note("other", "x")
    assert workspace.notes("budget:") == {"jira-cost-based": "150000.0"}
    assert workspace.notes()["other"] == "x"


def test_a_confirmation_holds_for_the_desk_that_it_was_given_for(workspace, times):
    workspace.keep_identity("target", DeskIdentity("cloud-1", "acme.example"))
    workspace.confirm("G-1", "Ann")
    times.at += timedelta(seconds=1)
    workspace.keep_identity("target", DeskIdentity("cloud-2", "acme.example"))
    assert workspace.confirmed("G-1") is None
    times.at += timedelta(seconds=1)
    workspace.keep_identity("target", DeskIdentity("cloud-1", "renamed.example"))
    assert workspace.confirmed("G-1")[0] == "Ann"


def test_the_newest_ten_copies_are_kept_whole_and_for_the_owner_alone(workspace, tmp_path):
    for number in range(12):
        workspace.commit(put(f"k{number}"))
        copy = workspace.back_up(f"r-{number:03d}-p-01")
        os.utime(copy, (number, number))
    found = backups(tmp_path)
    assert [path.name for path in found] == [f"workspace-r-{number:03d}-p-01.db" for number in range(2, 12)]
    assert not list((tmp_path / "backups").glob("*.part"))
    assert found[-1].stat().st_mode & 0o777 == 0o600
    put_back = Workspace(found[-1], now=workspace.now)
    try:
        put_back.database.check()
        assert put_back.id == workspace.id
        assert keys(put_back) == {f"k{number}" for number in range(12)}
    finally:
        put_back.close()
