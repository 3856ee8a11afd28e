"""Where the tests' processor time goes: a line a test into the file that TICKETFERRY_TEST_CPU names.

Processor seconds (user and system, of this process and of the children it waited for) say on a busy machine what wall
time says on a quiet one. `python tests/processor_time.py FILE` adds the lines up by folder and by file.
"""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE = "TICKETFERRY_TEST_CPU"


def spent() -> float:
    """Processor seconds of this process and of its ended children so far."""
    return sum(os.times()[:4])


class ProcessorTime:
    """Appends a JSON line `{"test", "seconds"}` a test, and one for what came before the first test."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def _append(self, test: str, seconds: float) -> None:
        # One short write in append mode, so that the lines of several workers do not mix.
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"test": test, "seconds": round(seconds, 4)}) + "\n")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """The start and the imports of the tests count too: once a worker."""
        self._append("(collecting)", spent())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """A test with its setup and teardown; what a wider fixture takes falls on the first test that asks for it."""
        before = spent()
        result = yield
        self._append(item.nodeid, spent() - before)
        return result


def by_place(lines: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds by folder and by file, the dearest first."""
    folders: dict[str, float] = defaultdict(float)
    files: dict[str, float] = defaultdict(float)
    for line in lines.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        file = row["test"].partition("::")[0]
        files[file] += row["seconds"]
        folders[file.rpartition("/")[0] or file] += row["seconds"]
    return tuple(dict(sorted(sums.items(), key=lambda row: -row[1])) for sums in (folders, files))


def main() -> None:
    """Print the sums: folders, then the files that take more than a second."""
    folders, files = by_place(Path(sys.argv[1]))
    sys.stdout.write(f"{sum(folders.values()):9.1f} s  all\n")
    for sums, least in ((folders, 0.0), (files, 1.0)):
        rows = [f"{seconds:9.1f} s  {name}\n" for name, seconds in sums.items() if seconds >= least]
        sys.stdout.write("\n" + "".join(rows))


if __name__ == "__main__":
    main()
