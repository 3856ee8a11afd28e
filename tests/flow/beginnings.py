"""Folders of migrations that several tests begin with: made once by the tests of one pair of desks, then copied.

Only where both desks are then as they were when the folder was made: nobody works in the old one, and the new one is empty, at the
same address. A test of what happens on the way there reads and plans for itself.
"""

import hashlib
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory


class Beginnings:
    """The folders of one pair of desks."""

    def __init__(self, stack: ExitStack) -> None:
        self._folder = Path(stack.enter_context(TemporaryDirectory()))

    def copied(self, root: Path, name: object, make: Callable[[Path], None]) -> Path:
        """Return `root`, a copy of the folder of that name, which `make` fills where it is not there yet."""
        kept = self._folder / hashlib.sha256(repr(name).encode()).hexdigest()
        if not kept.exists():
            make(kept)
        return Path(shutil.copytree(kept, root))
