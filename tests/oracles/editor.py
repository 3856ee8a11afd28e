"""Atlassian's own parser of Jira wiki markup as a witness: a process of Node.js that turns markup into documents."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv" / "oracles" / "wikimarkup"
"""Where `make oracles` has installed it."""


class Editor:
    """Asks one text after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def document(self, markup: str) -> dict[str, Any]:
        """Return the ADF document that the editor makes of wiki markup."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(markup) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def editor() -> Iterator[Editor]:
    """Start it; skips with a reason where it is not installed."""
    node = which("node")
    if node is None or not (FOLDER / "node_modules").is_dir():
        pytest.skip(
            "Atlassian's parser of wiki markup is not installed: make oracles (needs Node.js and npm)"
        )
    with subprocess.Popen(
        [node, "parse.cjs"],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield Editor(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=30)
