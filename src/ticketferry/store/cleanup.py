"""Takes away what a process that was killed left half-written in a migration's folder; only while the folder is held."""

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

__all__ = ["sweep"]

_LEFT = (
    "blobs/.part-*", "plans/.plan-*", "people/*.part[0-9]*", "runs/*.part", "imports/*/*.part", "workspace.db.*.part",
    "source.db.*.part", "target.db.*.part", "reports/.*.part",
)  # fmt: skip
_PROCESS = re.compile(r"\.part(\d+)\Z")


def sweep(folder: Path) -> None:
    """Remove half-written files; one that names a process which is alive is left to it."""
    for pattern in _LEFT:
        for path in folder.glob(pattern):
            named = _PROCESS.search(path.name)
            if named is not None and _alive(int(named[1])):
                continue
            with suppress(OSError):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    if os.name == "nt":
        return False  # signal 0 is no question there but Ctrl-C
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
