"""One writing command a workspace: a lock that dies with its process and names its holder."""

import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ticketferry.errors import WorkspaceError

__all__ = ["hold"]

HEARTBEAT_SECONDS = 5.0


@contextmanager
def hold(folder: Path, command: str) -> Iterator[None]:
    """Hold the workspace for writing. Raises WorkspaceError naming the process, host and age of whoever holds it.

    The kernel lets the lock go when the process ends, however it ends; the text beside it only tells who it was.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceError(
                f"another command is writing to this workspace: {_holder(descriptor)}",
                where=str(path),
                remedy="Wait until it has ended (`ticketferry status` works meanwhile), then run the command again.",
            ) from error
        stop = threading.Event()
        beat = threading.Thread(target=_beat, args=(descriptor, command, stop), daemon=True, name="heartbeat")
        _write(descriptor, command, time.time())
        beat.start()
        try:
            yield
        finally:
            stop.set()
            beat.join()
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _beat(descriptor: int, command: str, stop: threading.Event) -> None:
    began = time.time()
    while not stop.wait(HEARTBEAT_SECONDS):
        _write(descriptor, command, began)


def _write(descriptor: int, command: str, began: float) -> None:
    text = json.dumps(
        {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "command": command,
            "began": began,
            "beat": time.time(),
        }
    ).encode()
    os.pwrite(descriptor, text.ljust(512), 0)


def _holder(descriptor: int) -> str:
    try:
        found = json.loads(os.pread(descriptor, 512, 0))
        age = max(0, int(time.time() - found["beat"]))
        return f"`{found['command']}`, process {found['pid']} on {found['host']}, last seen {age} s ago"
    except (ValueError, KeyError):
        return "a process that has just begun"
