"""A new plain field is one line in one file: everything else follows from it.

Each connector is copied, one row is put into its table, and all that people do with a field is asked of the copy.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ZENDESK = """    FieldRow("mood", "mood_word", one_of({"calm", "cross"}), code="ZD-VALUE", exact="as it was",
             fits=OnlyWhere("type", "task", "ZD-MOOD", "only a task has a mood", title="A mood of no task"),
             cases={"of a task": {"type": "task", "mood": "calm"}}),
"""
JSM = """    FieldRow("mood", "mood_word", FieldType(write=_day, sample="2024-02-03"), code="JSM-MOOD"),
"""


def seen(tmp_path: Path, connector: str, module: str, row: str) -> dict[str, object]:
    folder = f"ticketferry_{connector}"
    shutil.copytree(ROOT / "connectors" / folder, tmp_path / folder)
    path = tmp_path / folder / f"{module}.py"
    before = path.read_text("utf-8")
    table, end = "TICKET = (\n" if connector == "zendesk" else "ISSUE = (\n", ")  # fmt: skip\n"
    head, _, rest = before.partition(table)
    rows, _, tail = rest.partition(f"\n{end}")
    path.write_text(f"{head}{table}{rows}\n{row}{end}{tail}", "utf-8")
    paths = os.pathsep.join(map(str, (tmp_path, ROOT, ROOT / "src", ROOT / "connectors", ROOT / "emulators")))
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "connectors" / "one_row.py", connector],
        check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.outside
def test_a_field_of_zendesk_tickets_is_one_row(tmp_path):
    assert seen(tmp_path, "zendesk", "ticket_rows", ZENDESK) == {
        "translate": "calm",
        "trace": "ticket[1].mood",
        "shape": [None, {"mood_word": 7}],
        "history": ["mood", "cross", "calm"],
        "create": "calm",
        "expected": "calm",
        "fate": ["carried", "kept_in_provenance"],
        "condition": ["ZD-MOOD"],
        "title": "A mood of no task",
        "misfit": ["ZD-VALUE"],
        "clear": [True, None],
        "cleared": False,
        "undo": "calm",
        "limits": [True, True],
    }


@pytest.mark.outside
def test_a_field_of_issues_is_one_row(tmp_path):
    assert seen(tmp_path, "jsm", "issue_rows", JSM) == {
        "translate": "2024-02-03",
        "trace": "ticket[1].mood",
        "history": ["mood", "2024-01-01", "2024-02-03"],
        "create": "2024-02-03",
        "by file": ["2024-02-03", "mood_word"],
        "expected": "2024-02-03",
        "fate": "carried",
        "misfit": ["JSM-MOOD"],
        "clear": [True, None],
        "cleared": False,
        "undo": "2024-02-03",
        "limits": True,
    }
