"""Every module of src is tried by a unit test: the quick round alone runs a good part of the body of its functions.

`make test-modules` calls `python -m tests.each_module .coverage`, which reads what the quick round measured and fails with the
modules that only tests of the whole way run. An import runs no function's body, so that a module that is merely imported counts as
not tried.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
LEAST = 0.5
"""Share of the statements in functions."""

EXEMPT: dict[str, str] = {}
"""Module -> why no unit test can try it."""


def body_lines(tree: ast.AST) -> set[int]:
    """Return the lines on which statements of functions begin, docstrings left out."""
    return {
        statement.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for top in function.body
        for statement in ast.walk(top)
        if isinstance(statement, ast.stmt)
        and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
    }


def shares(data_file: str) -> Iterator[tuple[str, float, int]]:
    """Yield (module, share of its functions' statements that ran, how many there are) of modules that have any."""
    measured = Coverage(data_file=data_file, config_file=str(ROOT / "pyproject.toml"))
    measured.load()
    for path in sorted(SOURCE.rglob("*.py")):
        _, statements, _, missing, _ = measured.analysis2(str(path))
        inside = set(statements) & body_lines(ast.parse(path.read_text(encoding="utf-8")))
        if inside:
            name = ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
            yield name, len(inside - set(missing)) / len(inside), len(inside)


def main() -> None:
    """Print the modules that the quick round leaves untried, and exit with 1 where there are any."""
    seen = list(shares(sys.argv[1]))
    short = [(share, name, count) for name, share, count in seen if share < LEAST and name not in EXEMPT]
    idle = [name for name in EXEMPT if {row[0]: row[1] for row in seen}.get(name, 1.0) >= LEAST]
    for share, name, count in sorted(short):
        sys.stdout.write(f"{share:5.0%} of {count} statements of {name} run in `make test-quick`\n")
    for name in idle:
        sys.stdout.write(f"{name} needs no exemption in {Path(__file__).name}\n")
    if short or idle:
        sys.exit(
            f"each module needs a unit test of its own in tests/unit: at least {LEAST:.0%} of its functions"
        )
    sys.stdout.write(f"each of {len(seen)} modules is tried by unit tests\n")


if __name__ == "__main__":
    main()
