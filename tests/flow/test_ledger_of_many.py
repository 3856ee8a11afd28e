"""The sums of a plan's ledger are what every leaf of every ticket adds up to, counted one by one: realistic tickets, drawn by a seed.

`benchmarks/scale.py --ledger --tickets 100000` asks the same of as many as that.
"""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.rounds import WHOLE, drawn

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
TICKETS = 400 if WHOLE else 40
PROGRAM = """
import json, os, sys
from pathlib import Path
import scale_stages as stages
from ticketferry.project import Project
os.environ.update(stages.SECRETS)
root, first, tickets = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
if __name__ == "__main__":
    if first >= 0:
        stages.set_up(root, 0)
        with Project.load(root) as project:
            stages.add_tickets(project, [0, *range(first, first + tickets)], 1_000)
        stages.run_stage(root, "plan", tickets, 1)
    print(json.dumps(stages.run_stage(root, "ledger", tickets, 2)))
"""


def told(root, first, tickets):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(root), str(first), str(tickets)],
        cwd=BENCHMARKS, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_every_leaf_counts_once_where_the_plan_says(tmp_path):
    (first,) = drawn(range(1, 900, 7), 1, "ledger of many")[:1]
    done = told(tmp_path, first, TICKETS)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["leaves"] > 400 * TICKETS
    (plan,) = (tmp_path / "plans").glob("*.plan")
    with closing(sqlite3.connect(plan)) as connection:
        connection.execute(
            "UPDATE sum SET count = count + 1 WHERE kind = 'ticket' AND pattern = (SELECT min(pattern) FROM sum WHERE kind = 'ticket')"
        )
        connection.commit()
    done = told(tmp_path, -1, TICKETS)
    assert "sums differ" in done.stderr
