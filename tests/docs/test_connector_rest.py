"""The connector that `connector new --rest` lays out keeps the contract as it is, and is as short as its page says."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ticketferry.cli import cli

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "connector_rest"
MOST = 250
"""Lines of code of source and target together."""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new(*words):
    return CliRunner().invoke(cli, ["connector", "new", *words])


def lines_of_code(file: Path) -> int:
    """Lines that are neither blank, nor a comment, nor a docstring."""
    text = file.read_text("utf-8")
    told = set()
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            told |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.splitlines(), 1)
    return sum(
        1
        for number, line in lines
        if line.strip() and number not in told and not line.strip().startswith("#")
    )


def test_the_sample_has_no_more_lines_than_its_page_promises():
    files = list((SAMPLE / "src" / "ticketferry_tiny").glob("*.py"))
    assert {"source.py", "target.py"} <= {file.name for file in files}
    assert sum(map(lines_of_code, files)) <= MOST
    assert f"at most {MOST} lines" in (ROOT / "docs" / "connectors.md").read_text("utf-8")


def test_what_is_laid_out_passes_the_contract_suites_of_both_sides(here):
    told = new("acmedesk", "--rest")
    assert told.exit_code == 0, told.output
    root = here / "ticketferry-acmedesk"
    assert [file for file in root.rglob("*") if file.is_file() and "tiny" in (file.name + file.read_text("utf-8")).lower()] == []  # fmt: skip
    search = os.pathsep.join(map(str, (root / "src", root / "tests", ROOT / "src", ROOT / "emulators")))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(root / "tests")],
        cwd=root, env={**os.environ, "PYTHONPATH": search}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4_000:]
    suites = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only", str(root / "tests")],
        cwd=root, env={**os.environ, "PYTHONPATH": search}, capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    assert "TestAcmedeskSource::" in suites
    assert "TestAcmedeskTarget::test_undo_of_an_update_brings_the_former_state_back" in suites
