"""Nothing that only POSIX has is needed to import ticketferry and to hold a folder."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.outside

ROOT = Path(__file__).resolve().parents[2]

# What CPython leaves out on Windows (library reference, "Availability: Unix"), as far as a program like this one would use it.
BLIND = """
import importlib.abc, os, sys

class Absent(importlib.abc.MetaPathFinder):
    names = {"fcntl", "grp", "pwd", "posix_ipc", "resource", "syslog", "termios", "tty", "pty", "curses", "readline"}

    def find_spec(self, name, path=None, target=None):
        if name in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None

sys.meta_path.insert(0, Absent())
for name in Absent.names:
    sys.modules.pop(name, None)
for name in ("pread", "pwrite", "getuid", "geteuid", "fchown", "fork", "killpg", "setsid", "uname", "getpgid"):
    if hasattr(os, name):
        delattr(os, name)
"""


def _run(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", BLIND + code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_imports_where_there_is_no_posix() -> None:
    modules = [
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for root in (ROOT / "src", ROOT / "connectors", ROOT / "emulators")
        for path in sorted(root.rglob("*.py"))
        if path.name != "__main__.py"
    ]
    assert len(modules) > 400
    assert (
        _run(
            "import importlib\nfor name in sys.argv[1:]:\n    importlib.import_module(name)\nprint('all')",
            *modules,
        )
        == "all\n"
    )


def test_a_folder_is_held_by_one_command_where_there_is_no_posix(tmp_path: Path) -> None:
    code = """
from pathlib import Path
from ticketferry.errors import WorkspaceError
from ticketferry.store.lock import hold
folder = Path(sys.argv[1])
with hold(folder, "apply p-01"):
    try:
        with hold(folder, "plan"):
            print("two at once")
    except WorkspaceError as error:
        print("apply p-01" in str(error))
with hold(folder, "plan"):
    print("free again")
"""
    assert _run(code, str(tmp_path)) == "True\nfree again\n"
