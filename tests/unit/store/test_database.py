"""One SQLite file: upgraded whole or not at all, refused where it is damaged, foreign or newer, never half-written."""

import errno
import sqlite3
import threading
from contextlib import closing

import pytest

from ticketferry.errors import FatalError, WorkspaceError
from ticketferry.store.database import Database, disk_errors

ONE = "CREATE TABLE a(x INTEGER); INSERT INTO a VALUES (1)"
TWO = "ALTER TABLE a ADD COLUMN y TEXT DEFAULT 'new'"
BROKEN = "UPDATE a SET x = 99; CREATE TABLE a(x)"


def opened(path, *scripts, **options):
    return Database(path, scripts or (ONE,), durable=True, **options)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "work space #1?%.db"


def test_a_new_file_is_private_and_durable(path):
    database = opened(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert database.one("PRAGMA journal_mode") == ("wal",)
    assert database.one("PRAGMA synchronous") == (2,)
    assert database.rows("SELECT x FROM a") == [(1,)]
    assert database.one("SELECT x FROM a WHERE x = 7") is None
    database.close()


def test_an_older_file_is_upgraded_and_a_copy_of_it_kept(path):
    opened(path).close()
    database = opened(path, ONE, TWO)
    assert database.rows("SELECT x, y FROM a") == [(1, "new")]
    assert database.one("PRAGMA user_version") == (2,)
    database.close()
    copy = path.with_name(path.name + ".before-2")
    assert copy.stat().st_mode & 0o777 == 0o600
    old = opened(copy)
    assert old.rows("SELECT * FROM a") == [(1,)]
    old.close()
    assert sorted(
        item.name for item in path.parent.iterdir() if "before" in item.name and "-wal" not in item.name
    ) == [copy.name]


def test_what_an_interrupted_copy_left_does_not_stop_an_upgrade(path):
    opened(path).close()
    path.with_name(path.name + ".before-2.part").write_bytes(b"torn" * 5_000)
    database = opened(path, ONE, TWO)
    assert database.one("SELECT y FROM a") == ("new",)
    database.close()


def test_a_script_that_fails_leaves_the_file_as_it_was(path):
    opened(path).close()
    with pytest.raises((WorkspaceError, sqlite3.Error)):
        opened(path, ONE, BROKEN)
    database = opened(path)
    assert database.rows("SELECT * FROM a") == [(1,)]
    assert database.one("PRAGMA user_version") == (1,)
    database.close()


@pytest.mark.parametrize("old", [(), (ONE,)], ids=["new", "old"])
def test_two_commands_that_open_a_file_at_once_upgrade_it_once(path, old, monkeypatch):
    if old:
        opened(path, *old).close()
    meeting = threading.Barrier(2)
    upgrade = Database._upgrade

    def met(database: Database) -> None:
        meeting.wait(30)
        upgrade(database)

    monkeypatch.setattr(Database, "_upgrade", met)
    databases, errors = [], []

    def command() -> None:
        try:
            databases.append(opened(path, ONE, TWO))
        except Exception as error:  # noqa: BLE001
            meeting.abort()
            errors.append(error)

    threads = [threading.Thread(target=command) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for database in databases:
        assert database.rows("SELECT x, y FROM a") == [(1, "new")]
        assert database.one("PRAGMA user_version") == (2,)
        database.close()
    assert len(databases) == 2
    copy = path.with_name(path.name + ".before-2")
    assert copy.exists() == bool(old)
    if old:
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("SELECT * FROM a").fetchall() == [(1,)]


def test_a_file_that_a_newer_version_upgraded_meanwhile_is_left_to_it(path, monkeypatch):
    opened(path).close()
    upgrade = Database._upgrade

    def overtaken(database: Database) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version=3")
        upgrade(database)

    monkeypatch.setattr(Database, "_upgrade", overtaken)
    with pytest.raises(WorkspaceError, match=r"newer ticketferry .format 3, this one knows 2"):
        opened(path, ONE, TWO)
    assert not path.with_name(path.name + ".before-2").exists()


def test_a_newer_file_is_refused_and_not_touched(path):
    opened(path, ONE, TWO).close()
    before = path.read_bytes()
    with pytest.raises(WorkspaceError, match=r"newer ticketferry .format 2, this one knows 1"):
        opened(path)
    assert path.read_bytes() == before


def test_a_file_of_another_program_is_refused(path):
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE photos(x)")
    connection.close()
    with pytest.raises(WorkspaceError, match="not a ticketferry file"):
        opened(path)


def test_a_file_that_is_no_database_is_called_damaged_and_left(path):
    path.parent.mkdir()
    path.write_bytes(b"\x00garbage" * 999)
    before = path.read_bytes()
    with pytest.raises(WorkspaceError, match="damaged") as caught:
        opened(path)
    assert f"Delete {path.name}" in caught.value.remedy
    assert path.read_bytes() == before


def test_a_damaged_workspace_is_told_which_copy_is_the_newest(tmp_path):
    path = tmp_path / "workspace.db"
    path.write_bytes(b"\x00garbage" * 999)
    for number in (2, 3):
        (tmp_path / f"workspace.db.before-{number}").touch()
    with pytest.raises(WorkspaceError) as caught:
        opened(path)
    assert "workspace.db.before-3" in caught.value.remedy
    assert "cannot be made again" in caught.value.remedy


def test_damage_in_the_middle_is_found_by_a_check(path):
    database = opened(path, "CREATE TABLE a(x TEXT); CREATE INDEX b ON a(x)")
    database.check()
    with database.transaction() as connection:
        connection.executemany("INSERT INTO a VALUES (?)", [(f"{n:0100}",) for n in range(2_000)])
    database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 9_000] = b"\xff" * 9_000
    path.write_bytes(data)
    database = opened(path, "CREATE TABLE a(x TEXT)")
    with pytest.raises(WorkspaceError, match="damaged"):
        database.check()
    database.close()


def test_a_folder_in_the_place_of_the_file_is_not_called_damage(tmp_path):
    (tmp_path / "source.db").mkdir()
    with pytest.raises(WorkspaceError, match="cannot be opened") as caught:
        opened(tmp_path / "source.db")
    assert "Delete" not in caught.value.remedy


def test_reading_only_needs_a_file_and_writes_nothing(path):
    with pytest.raises(WorkspaceError, match="there is no"):
        opened(path, readonly=True)
    opened(path).close()
    database = opened(path, readonly=True)
    assert database.rows("SELECT x FROM a") == [(1,)]
    with pytest.raises(WorkspaceError, match="cannot be written"), database.transaction() as connection:
        connection.execute("DELETE FROM a")
    database.close()


def test_a_transaction_is_all_or_nothing(path):
    database = opened(path)

    def half() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO a VALUES (2)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert database.rows("SELECT x FROM a") == [(1,)]
    with database.transaction() as connection:
        connection.execute("INSERT INTO a VALUES (3)")
    assert database.rows("SELECT x FROM a") == [(1,), (3,)]
    database.close()


def test_readers_see_what_was_committed_while_somebody_writes(path):
    database = opened(path)
    with database.transaction() as connection:
        connection.execute("INSERT INTO a VALUES (2)")
        reader = database.reader()
        assert reader.execute("SELECT count(*) FROM a").fetchone() == (1,)
        with pytest.raises(sqlite3.OperationalError):
            reader.execute("DELETE FROM a")
        reader.close()
    database.close()


def test_a_full_disk_is_one_sentence_and_keeps_nothing_half_written(path):
    database = opened(path)
    pages = database.one("PRAGMA page_count")[0]
    database.connection.execute(f"PRAGMA max_page_count={pages}")

    def fill() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO a VALUES (2)")
            connection.execute("CREATE TABLE big(x)")

    with pytest.raises(FatalError, match="disk is full") as caught:
        fill()
    assert "run the same command again" in caught.value.remedy
    assert database.rows("SELECT x FROM a") == [(1,)]
    database.close()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_the_disks_own_words_are_turned_into_the_same_sentence(path, number):
    with pytest.raises(FatalError, match="disk is full"), disk_errors(path):
        raise OSError(number, "no")
    with pytest.raises(WorkspaceError, match="cannot be written"), disk_errors(path):
        raise PermissionError(errno.EACCES, "no")
    with pytest.raises(IsADirectoryError), disk_errors(path):
        raise IsADirectoryError(errno.EISDIR, "no")


def test_a_file_that_another_process_holds_is_named(path, monkeypatch):
    monkeypatch.setattr("ticketferry.store.database.BUSY_SECONDS", 0.01)
    database, other = opened(path), opened(path)
    with other.transaction() as connection:
        connection.execute("DELETE FROM a")
        with pytest.raises(WorkspaceError, match="in use by another process"), database.transaction():
            pass
    database.close()
    other.close()


def test_wrong_values_stay_the_errors_they_are(path):
    database = opened(path, "CREATE TABLE a(x INTEGER PRIMARY KEY)")
    with pytest.raises(sqlite3.IntegrityError), database.transaction() as connection:
        connection.executemany("INSERT INTO a VALUES (?)", [(1,), (1,)])
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        database.rows("SELECT * FROM missing")
    database.close()


def test_threads_take_turns_at_the_one_writing_connection(path):
    database = opened(path)

    def work() -> None:
        for _ in range(25):
            with database.transaction() as connection:
                (count,) = connection.execute("SELECT max(x) FROM a").fetchone()
                connection.execute("INSERT INTO a VALUES (?)", (count + 1,))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.one("SELECT count(DISTINCT x), max(x) FROM a") == (101, 101)
    database.close()


@pytest.mark.parametrize("settled", [True, False])
def test_a_file_that_somebody_else_holds_is_read_as_it_is_and_left_alone(path, settled):
    holder = opened(path)
    with holder.transaction() as connection:
        connection.execute("INSERT INTO a VALUES (2)")
    if settled:
        holder.settle()
        assert path.with_name(f"{path.name}-wal").stat().st_size == 0
    before = {one.name: one.read_bytes() for one in path.parent.iterdir()}
    other = opened(path, frozen=True)
    assert other.readonly
    assert other.rows("SELECT x FROM a ORDER BY x") == [(1,), (2,)]
    with closing(other.reader()) as reader:
        assert reader.execute("SELECT count(*) FROM a").fetchone() == (2,)
    with pytest.raises(WorkspaceError, match="cannot be written"), other.transaction() as connection:
        connection.execute("INSERT INTO a VALUES (3)")
    other.settle()
    other.close()
    assert {one.name: one.read_bytes() for one in path.parent.iterdir()} == before
    holder.close()
