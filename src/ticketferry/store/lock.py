"""One writing command a workspace: a lock that dies with its process and names its holder."""

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ticketferry.errors import WorkspaceError
from ticketferry.store.cleanup import sweep
from ticketferry.store.database import disk_errors

__all__ = ["hold"]

HEARTBEAT_SECONDS = 5.0
_WIDTH = 512
"""Bytes of the words about the holder, blanks at the end: written over in place, so that a reader never meets an empty file."""


_OF_STEPS: dict[Path, tuple[int, int]] = {}
"""Workspace -> process and thread of the command that holds it for all of its steps."""


@contextmanager
def hold(folder: Path, command: str, *, steps: bool = False) -> Iterator[None]:
    """Hold the workspace for writing. Raises WorkspaceError naming the process, host and age of whoever holds it.

    With `steps`, what its own thread calls meanwhile and holds the workspace too is a step of it: it goes on under the same lock, and others
    are told this command. Without, a second hold is refused, in the same process too.

    The system lets the lock (`lock.held`) go when the process ends, however it ends; `lock` beside it only tells who it was. They
    are two files since Windows lets nobody read a file that is locked.
    """
    key, me = folder.resolve(), (os.getpid(), threading.get_ident())
    if _OF_STEPS.get(key) == me:
        yield
        return
    words = folder / "lock"
    guard = FileLock(folder / "lock.held", mode=0o600, thread_local=False)
    try:
        with disk_errors(words):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            guard.acquire(blocking=False)
    except Timeout as error:
        raise WorkspaceError(
            f"another command is writing to this workspace: {_holder(words)}",
            where=str(words),
            remedy="Wait until it has ended (`ticketferry status` works meanwhile), then run the command again.",
        ) from error
    try:
        words.touch(mode=0o600)
        sweep(folder)
        stop = threading.Event()
        beat = threading.Thread(target=_beat, args=(words, command, stop), daemon=True, name="heartbeat")
        _write(words, command, time.time())
        beat.start()
        if steps:
            _OF_STEPS[key] = me
        try:
            yield
        finally:
            if steps:
                del _OF_STEPS[key]
            stop.set()
            beat.join()
            words.write_bytes(b"")
    finally:
        guard.release()


def _beat(words: Path, command: str, stop: threading.Event) -> None:
    began = time.time()
    while not stop.wait(HEARTBEAT_SECONDS):
        _write(words, command, began)


def _write(words: Path, command: str, began: float) -> None:
    text = json.dumps(
        {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "command": command,
            "began": began,
            "beat": time.time(),
        }
    ).encode()
    with words.open("r+b") as file:
        file.write(text.ljust(_WIDTH))


def _holder(words: Path) -> str:
    try:
        holder = json.loads(words.read_bytes()[:_WIDTH])
        age = max(0, int(time.time() - holder["beat"]))
        return f"`{holder['command']}`, process {holder['pid']} on {holder['host']}, last seen {age} s ago"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that has just begun"
