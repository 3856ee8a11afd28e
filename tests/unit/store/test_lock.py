"""One writing command a workspace; who holds it is named, and a dead holder holds nothing."""

import json
import os
import socket
import subprocess
import sys
import threading

import pytest

from ticketferry.errors import WorkspaceError
from ticketferry.store import lock
from ticketferry.store.lock import hold


def test_a_second_command_is_told_who_holds_the_workspace(tmp_path):
    with hold(tmp_path / "new", "apply p-07"):
        with pytest.raises(WorkspaceError) as caught, hold(tmp_path / "new", "plan"):
            pass
        text = str(caught.value)
        assert "`apply p-07`" in text
        assert f"process {os.getpid()} on {socket.gethostname()}" in text
        assert "last seen 0 s ago" in text
    assert (tmp_path / "new" / "lock").stat().st_mode & 0o777 == 0o600
    with hold(tmp_path / "new", "plan"):
        pass


def test_an_error_lets_the_workspace_go(tmp_path):
    with pytest.raises(RuntimeError), hold(tmp_path, "plan"):
        raise RuntimeError
    with hold(tmp_path, "plan"):
        pass
    assert (tmp_path / "lock").read_bytes() == b""


@pytest.mark.outside
def test_a_holder_that_was_killed_holds_nothing(tmp_path):
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom ticketferry.store.lock import hold\n"
        "with hold(Path(sys.argv[1]), 'apply p-01'):\n    os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == -9
    assert json.loads((tmp_path / "lock").read_text())["command"] == "apply p-01"
    with hold(tmp_path, "plan"):
        pass


@pytest.mark.parametrize("text", ["", "garbage", "{}"])
def test_a_holder_that_has_not_said_who_it_is_is_still_refused(tmp_path, text):
    with hold(tmp_path, "apply"):
        (tmp_path / "lock").write_text(text)
        with pytest.raises(WorkspaceError, match="just begun"), hold(tmp_path, "plan"):
            pass


def test_a_holder_shows_that_it_lives(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "HEARTBEAT_SECONDS", 0.001)
    with hold(tmp_path, "apply"):
        first = json.loads((tmp_path / "lock").read_text())["beat"]
        while json.loads((tmp_path / "lock").read_text() or "{}").get("beat", first) == first:
            pass


def test_the_steps_of_a_command_go_on_under_its_lock_and_nobody_else_does(tmp_path):
    """An administrator: a rollback in the other window ran while the cut-over waited, and the cut-over died on it."""
    refused = []

    def other():
        try:
            with hold(tmp_path, "workspace purge"):
                pass
        except WorkspaceError as error:
            refused.append(str(error))

    def in_another_thread():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    with hold(tmp_path, "cutover pilot", steps=True):
        with hold(tmp_path, "extract"):
            in_another_thread()
        in_another_thread()
        with pytest.raises(RuntimeError), hold(tmp_path, "apply p-02"):
            raise RuntimeError
        in_another_thread()
    assert len(refused) == 3
    assert all("`cutover pilot`" in words for words in refused), refused
    with hold(tmp_path, "plan"), pytest.raises(WorkspaceError, match="`plan`"), hold(tmp_path, "apply"):
        pass
