"""Every benchmark tells its figures where `make bench` and the document expect them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HELPERS = {"realistic", "scale_stages", "yardstick"}
SCRIPTS = sorted(path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py") if path.stem not in HELPERS)


def test_make_bench_runs_all_of_them() -> None:
    (listed,) = re.findall(r"^BENCHMARKS = (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert listed.split() == SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_benchmark_has_its_place_in_the_document(script: str) -> None:
    text, document = (
        (ROOT / "benchmarks" / f"{script}.py").read_text(),
        (ROOT / "docs/benchmarks.md").read_text(),
    )
    (told,) = re.findall(r"_figures\.tell\((.*?),\s", text, re.DOTALL)
    for mark in re.findall(r'"(\w+)"', told):
        assert document.count(f"<!-- {mark} -->\n") == document.count(f"\n<!-- /{mark} -->") == 1, mark
    assert f"benchmarks/{script}.py" in document


def test_figures_replace_those_of_the_run_before(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    document = tmp_path / "docs" / "benchmarks.md"
    document.write_text("before\n<!-- way -->\nold\n<!-- /way -->\nafter\n")
    program = (
        "import _figures, argparse, pathlib, sys\n"
        "_figures.DOCUMENT = pathlib.Path(sys.argv[1])\n"
        "options = argparse.Namespace(json=None, write=True)\n"
        "_figures.tell('way', '| a |', [1], options)\n"
        "_figures.tell('other', '| a |', [1], options)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(document)], cwd=ROOT / "benchmarks", capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode != 0
    assert "has no place for the figures of other" in done.stderr
    assert '"figures": [1]' in done.stdout
    assert document.read_text().startswith("before\n<!-- way -->\n")
    assert document.read_text().endswith("\n\n| a |\n<!-- /way -->\nafter\n")
