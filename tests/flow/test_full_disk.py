"""A disk that is full under any command: a sentence with a next step, and the same command goes on once there is room."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.flow.migrations import write_desk, write_project

from ticketferry.cli import cli

resource = pytest.importorskip("resource")


@contextmanager
def room_for(octets: int) -> Iterator[None]:
    """Let no file grow past `octets`: the system refuses the write as a full disk does (POSIX, RLIMIT_FSIZE).

    Python would keep the compiled module that it imports meanwhile, cut off, and every later process would fail to load it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        sys.dont_write_bytecode = kept


COMMANDS = {
    "extract": ("extract",),
    "plan": ("plan",),
    "apply": ("apply", "p-01", "--yes"),
    "verify": ("verify",),
    "report": ("report", "-o", "report.html"),
    "export": ("export", "idmap", "--kind", "all", "--csv", "-o", "ids.csv"),
}


@pytest.fixture(scope="module")
def steps(tmp_path_factory) -> dict[str, Path]:
    """The folder as it stands before each command, with the new desk."""
    base = tmp_path_factory.mktemp("disk")
    work = base / "work"
    write_desk(work / "src", 30)
    write_project(work / "mig", work / "src", work / "target")
    found = {}
    for name, command in COMMANDS.items():
        found[name] = shutil.copytree(work, base / name, dirs_exist_ok=True)
        if name in ("extract", "plan", "apply", "verify"):
            assert CliRunner().invoke(cli, ["-C", str(work / "mig"), *command]).exit_code == 0
    return found


@pytest.mark.parametrize("octets", [1_000, 60_000, 150_000])
@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_full_disk_is_a_sentence_and_the_same_command_goes_on(steps, tmp_path, name, octets):
    work = steps[name].parent / "work"
    shutil.rmtree(work)
    shutil.copytree(steps[name], work)
    with chdir(tmp_path):
        run = ["-C", str(work / "mig"), *COMMANDS[name]]
        with room_for(octets):
            full = CliRunner().invoke(cli, run)
        assert "did not foresee" not in full.output
        assert full.exception is None or isinstance(full.exception, SystemExit)
        if full.exit_code:
            assert "full" in full.output
            assert "again" in full.output
        assert not list(work.rglob("*.part*")), "nothing half-written stays"
        again = CliRunner().invoke(cli, run)
        assert again.exit_code == 0, again.output
