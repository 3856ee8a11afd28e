"""Memory does not grow with the number of tickets: every stage in a process of its own, at two sizes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ticketferry.testing import write_sample

WAY = Path(__file__).resolve().parents[2] / "benchmarks" / "way.py"
SMALL, LARGE = 60, 600
MOST_MORE = 60_000_000
"""Bytes that ten times the tickets may take more: caches fill up, nothing is held by ticket."""


@pytest.mark.slow
def test_ten_times_the_tickets_take_no_more_memory(tmp_path):
    peaks = {}
    for tickets in (SMALL, LARGE):
        root = tmp_path / str(tickets)
        root.mkdir()
        write_sample(root / "src", tickets, desk="acme", hostile=False)
        (root / "mapping.yaml").write_text(
            "version: 1\nsource: neutral\ntarget: neutral\nphases: [{name: all, where: always}]\n"
            "exits: {deleted: skip, spam: skip, suspended: skip}\n"
        )
        (root / "migration.yaml").write_text(
            f"version: 1\nsource: {{connector: neutral, key: acme, folder: '{root / 'src'}'}}\n"
            f"target: {{connector: neutral, key: dest, folder: '{root / 'dst'}'}}\nmapping: mapping.yaml\n"
        )
        for stage in ("extract", "plan", "apply", "verify"):
            done = subprocess.run(
                [sys.executable, str(WAY), "--stage", stage, "--root", str(root)],
                capture_output=True,
                text=True,
                check=True,
            )
            peaks[stage, tickets] = json.loads(done.stdout.splitlines()[-1])["peak"]
    for stage in ("extract", "plan", "apply", "verify"):
        assert peaks[stage, LARGE] < peaks[stage, SMALL] + MOST_MORE, (stage, peaks)
