"""A copy of a folder on a medium for reading: what only reads works there, what writes says in a sentence that it cannot."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.flow.migrations import DESK, migrate, write_desk, write_project

from ticketferry.cli import cli
from ticketferry.project import Project, stages
from ticketferry.store.database import Database

NOBODY = 65534
READING = (
    ("status",),
    ("plan", "show", "p-01"),
    ("plan", "losses", "p-01"),
    ("explain", f"{DESK}:ticket:1"),
    ("errors",),
    ("inventory",),
    ("people",),
    ("profile",),
    ("mapping", "check"),
    ("verify", "--witness"),
)


@contextmanager
def without_rights() -> Iterator[None]:
    """Be nobody: who may write everywhere would not notice that a folder is for reading only."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    # Not below pytest's own folder, which nobody but its owner may enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_desk(folder / "src", 2)
        root = write_project(folder / "mig", folder / "src", folder / "target")
        migrate(root)
        with Project.load(root) as project:
            stages.verify(project)
        yield folder
        open_up(folder)


def open_up(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.fixture
def copy(base: Path) -> Iterator[Path]:
    """A copy that can be read by everybody and written by nobody."""
    root = base / "copy"
    shutil.copytree(base / "mig", root)
    open_up(base)
    for path in root.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    root.chmod(0o555)
    try:
        yield root
    finally:
        open_up(root)
        shutil.rmtree(root)


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_what_only_reads_works_on_a_copy_for_reading(copy: Path, command: tuple[str, ...]) -> None:
    before = contents(copy)
    # Nobody may not read somebody else's interpreter: what a command loads late is there before.
    CliRunner().invoke(cli, ["-C", str(copy.parent / "mig"), *command])
    with without_rights():
        told = CliRunner().invoke(cli, ["-C", str(copy), *command])
    assert told.exit_code in (0, 2), told.output
    assert told.exception is None or isinstance(told.exception, SystemExit)
    if command[0] == "verify":
        assert told.exit_code == 0, told.output
        assert "Witness: 2 of 2 tickets" in told.stdout
    assert contents(copy) == before


def test_a_report_is_written_where_one_may_write(copy: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        path = Path(name) / "report.html"
        with without_rights():
            told = CliRunner().invoke(cli, ["-C", str(copy), "report", "p-01", "-o", str(path)])
        assert told.exit_code == 0, told.output
        assert "What reading back shows" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "command", [("plan",), ("extract",), ("apply", "p-01", "--yes"), ("report",)], ids=" ".join
)
def test_what_writes_says_in_a_sentence_that_it_cannot(
    copy: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copy)
    with without_rights():
        told = CliRunner().invoke(cli, ["-C", str(copy), *command])
    assert told.exit_code == 1, told.output
    assert "cannot be written" in told.output
    assert "Traceback" not in told.output


def test_a_copy_made_of_a_living_file_is_read_with_all_that_its_journal_holds(base: Path) -> None:
    """Who copies a folder while a command writes to it gets a file with a journal beside."""
    with tempfile.TemporaryDirectory() as name:
        living, still = Path(name) / "living.db", Path(name) / "still"
        still.mkdir()
        database = Database(living, ("CREATE TABLE t(a)",), durable=True)
        with database.transaction() as connection:
            connection.execute("INSERT INTO t VALUES (1)")
        for path in Path(name).glob("living.db*"):
            shutil.copyfile(path, still / path.name)
        database.close()
        (still / "living.db-shm").unlink(missing_ok=True)
        open_up(Path(name))
        still.chmod(0o555)
        with without_rights():
            found = Database(still / "living.db", ("CREATE TABLE t(a)",), durable=True)
            assert found.rows("SELECT a FROM t") == [(1,)]
            with pytest.raises(Exception, match="cannot be written"), found.transaction() as connection:
                connection.execute("INSERT INTO t VALUES (2)")
            found.close()
        assert sqlite3.connect(living).execute("SELECT count(*) FROM t").fetchone() == (1,)
        still.chmod(0o755)


def test_a_full_disk_ends_verify_with_a_sentence(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def full(path: object, *args: object, **named: object) -> int:
        if str(path).endswith(".verify.part"):
            raise OSError(28, "No space left on device")
        return real(path, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", full)
    told = CliRunner().invoke(cli, ["-C", str(base / "mig"), "verify", "--no-witness"])
    assert told.exit_code == 1, told.output
    assert "the disk is full" in told.output
    assert "Traceback" not in told.output
