"""The unit tests are the quick round: what starts a process, a server or a browser says so by a marker and is not in it."""

import sys

import pytest

OUTSIDE = {
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.system",
    "socket.bind",
    "subprocess.Popen",
}
"""Audit events of the interpreter [DOC docs.python.org/3/library/audit_events.html]."""

alone = False


def _refuse(event: str, arguments: tuple) -> None:
    if alone and event in OUTSIDE:
        raise RuntimeError(
            f"a test of the quick round may not do this ({event}): mark it `outside`, or test it nearer"
        )


sys.addaudithook(_refuse)


@pytest.fixture(autouse=True)
def _stays_in_this_process(request):
    global alone  # noqa: PLW0603 -- a hook of the interpreter cannot be taken off again
    alone = not (request.node.get_closest_marker("outside") or request.node.get_closest_marker("browser"))
    yield
    alone = False
