"""Coverage without a trace function: a probe in front of each statement, set as the statement is reached.

Where TICKETFERRY_COVERAGE names a folder, modules of the project are compiled with the probes, and each process of pytest writes there
which of its probes were set. `python -m tests.probes FOLDER` makes of them the data file that `coverage report` reads. Up to
Python 3.13 coverage.py measures branches by a trace function, which doubles the time of what it looks at; a probe is one store into a list.
"""

import ast
import hashlib
import importlib.util
import json
import marshal
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import pytest

FOLDER = "TICKETFERRY_COVERAGE"
ROOT = Path(__file__).resolve().parent.parent
SOURCES = tuple(ROOT / folder for folder in ("src", "connectors", "emulators"))
PACKAGES = frozenset(path.parent.name for folder in SOURCES for path in folder.glob("*/__init__.py"))
PROBES = "__probes__"
"""The name, in each module, of the list that the probes stand in."""

_probes: dict[str, list[int]] = {}


class Probes:
    """Puts probes into a tree, and knows what each of them tells.

    `lines`: (line, probes): a statement begins there; it was reached where one of the probes is set. `branches`: (line, probes, line of the
    suite, probes): the line of a condition, the probes of its suite, where the suite begins, the probes of not going into it. The line of
    a handler (`except X:`) counts as reached where it, or one below it, takes the exception.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.count = 0
        self.lines: list[tuple[int, list[int]]] = []
        self.branches: list[tuple[int, list[int], int, list[int]]] = []
        self._suite(tree.body, documented=True)
        ast.fix_missing_locations(tree)

    def _probe(self, at: ast.AST) -> tuple[int, ast.stmt]:
        number, self.count = self.count, self.count + 1
        place = ast.Subscript(ast.Name(PROBES, ast.Load()), ast.Constant(number), ast.Store())
        return number, ast.copy_location(ast.Assign([place], ast.Constant(1)), at)

    def _suite(self, body: list[ast.stmt], *, documented: bool = False) -> int:
        """Put a probe in front of each statement; return the first one."""
        probed: list[ast.stmt] = []
        first = self.count
        for at, statement in enumerate(body):
            text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
            if (
                (documented and at == 0 and text)
                or future
                or isinstance(statement, ast.Global | ast.Nonlocal)
            ):
                # These stand first, or are nothing that runs: they are reached with the suite.
                self.lines.append((statement.lineno, [first]))
                probed.append(statement)
                continue
            number, probe = self._probe(statement)
            decorators = getattr(statement, "decorator_list", [])
            self.lines += [(line, [number]) for line in {statement.lineno, *(d.lineno for d in decorators)}]
            self._inside(statement)
            probed += [probe, statement]
        if first == self.count:
            probed.append(self._probe(body[-1])[1])
        body[:] = probed
        return first

    def _inside(self, statement: ast.stmt) -> None:
        """Probe the suites of one statement."""
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._suite(statement.body, documented=True)
            case ast.If() | ast.While():
                self._branch(statement, statement.test)
            case ast.For() | ast.AsyncFor():
                self._branch(statement, statement.iter)
            case ast.With() | ast.AsyncWith():
                self._suite(statement.body)
            case ast.Try() | ast.TryStar():
                self._suite(statement.body)
                reached = [self._suite(handler.body) for handler in statement.handlers]
                self.lines += [(row.lineno, reached[at:]) for at, row in enumerate(statement.handlers)]
                for suite in (statement.orelse, statement.finalbody):
                    if suite:
                        self._suite(suite)
            case ast.Match():
                self._cases(statement)
            case _:
                pass

    def _branch(self, statement: ast.If | ast.While | ast.For | ast.AsyncFor, head: ast.expr) -> None:
        begins = _first_line(statement.body)
        into = self._suite(statement.body)
        if statement.orelse:
            past = self._suite(statement.orelse)
        else:
            past, probe = self._probe(statement)
            statement.orelse = [probe]
        self.branches.append((head.lineno, [into], begins, [past]))

    def _cases(self, statement: ast.Match) -> None:
        heads = [(case.pattern.lineno, _first_line(case.body)) for case in statement.cases]
        last = statement.cases[-1]
        reached = [self._suite(case.body) for case in statement.cases]
        if last.guard is not None or not _takes_all(last.pattern):
            number, probe = self._probe(statement)
            reached.append(number)
            statement.cases.append(ast.match_case(ast.MatchAs(), None, [probe]))
            ast.copy_location(statement.cases[-1].pattern, statement)
        for at, (line, begins) in enumerate(heads):
            self.lines.append((line, reached[at:]))
            self.branches.append((line, [reached[at]], begins, reached[at + 1 :]))


def _first_line(body: Sequence[ast.stmt]) -> int:
    decorators = getattr(body[0], "decorator_list", [])
    return min([body[0].lineno, *(decorator.lineno for decorator in decorators)])


def _takes_all(pattern: ast.pattern) -> bool:
    match pattern:
        case ast.MatchAs():
            return pattern.pattern is None or _takes_all(pattern.pattern)
        case ast.MatchOr():
            return any(_takes_all(part) for part in pattern.patterns)
        case _:
            return False


# ---------------------------------------------------------------- importing


class ProbedLoader(SourceFileLoader):
    """Compiles a module with probes; what it compiled is kept beside Python's own compiled modules."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        source = self.get_data(path)
        key = hashlib.sha256(b"\0".join((sys.version.encode(), _own_source(), source))).digest()
        kept = Path(importlib.util.cache_from_source(path, optimization="probes"))
        with suppress(OSError, ValueError, EOFError, TypeError):
            stored, count, code = marshal.loads(kept.read_bytes())
            if stored == key:
                _probes.setdefault(path, [0] * count)
                return code
        tree = ast.parse(source, path)
        tree_probes = Probes(tree)
        code = compile(tree, path, "exec", dont_inherit=True)
        _probes.setdefault(path, [0] * tree_probes.count)
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                kept.parent.mkdir(parents=True, exist_ok=True)
                written = kept.with_suffix(f".{os.getpid()}")
                written.write_bytes(marshal.dumps((key, tree_probes.count, code)))
                written.replace(kept)
        return code

    def exec_module(self, module: ModuleType) -> None:
        code = self.get_code(module.__name__)
        setattr(module, PROBES, _probes[self.path])
        exec(code, module.__dict__)


class Finder:
    """Finds the modules of the project, and loads them with probes."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        if name.partition(".")[0] not in PACKAGES:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is None or not isinstance(spec.loader, SourceFileLoader) or spec.origin is None:
            return spec
        if any(folder in Path(spec.origin).parents for folder in SOURCES):
            spec.loader = ProbedLoader(name, spec.origin)
        return spec


def _own_source() -> bytes:
    return Path(__file__).read_bytes()


class Coverage:
    """The plugin of a process of pytest: imports with probes from now on, and writes at the end which were set."""

    def __init__(self, folder: Path) -> None:
        early = sorted(PACKAGES & set(sys.modules))
        if early:
            raise RuntimeError(f"imported before the coverage began, and so not counted: {', '.join(early)}")
        self.folder = folder
        sys.meta_path.insert(0, Finder)

    def pytest_collection_finish(self) -> None:
        """Let no process that a test starts think that it belongs to the round."""
        os.environ.pop(FOLDER, None)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write `{file: [numbers of probes that are set]}`."""
        told = {
            str(Path(path).relative_to(ROOT)): [number for number, is_set in enumerate(probes) if is_set]
            for path, probes in _probes.items()
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}-{os.getpid()}.json"
        (self.folder / name).write_text(json.dumps(told), encoding="utf-8")


# ---------------------------------------------------------------- reporting


def arcs_of(file: Path, reached: set[int]) -> set[tuple[int, int]]:
    """Return the arcs from line to line that coverage.py would have seen; a line alone is an arc into it from outside."""
    from coverage.parser import PythonParser
    from coverage.python import get_python_source

    parser = PythonParser(text=get_python_source(str(file)))
    parser.parse_source()
    ways: dict[int, set[int]] = {}
    for line, to in parser.arcs():
        ways.setdefault(line, set()).add(to)
    tree_probes = Probes(ast.parse(file.read_bytes(), str(file)))
    arcs = {
        (-parser.first_line(line), parser.first_line(line))
        for line, probes in tree_probes.lines
        if not reached.isdisjoint(probes)
    }
    for head, into, begins, past in tree_probes.branches:
        line, suite = parser.first_line(head), parser.first_line(begins)
        others = ways.get(line, set()) - {suite}
        if not reached.isdisjoint(into):
            arcs.add((line, suite))
        if not reached.isdisjoint(past):
            arcs |= {(line, to) for to in others}
    return arcs


def write_data(folder: Path, data_file: Path) -> None:
    """Add up what the processes wrote into `folder`, and write it for coverage.py."""
    from coverage import CoverageData

    reached: dict[Path, set[int]] = {file: set() for root in SOURCES for file in sorted(root.rglob("*.py"))}
    for told in sorted(folder.glob("*.json")):
        for name, numbers in json.loads(told.read_text(encoding="utf-8")).items():
            reached[ROOT / name].update(numbers)
    data_file.unlink(missing_ok=True)
    data = CoverageData(str(data_file))
    data.add_arcs({str(file): arcs_of(file, numbers) for file, numbers in reached.items() if numbers})
    data.touch_files([str(file) for file, numbers in reached.items() if not numbers])
    data.write()


if __name__ == "__main__":
    write_data(Path(sys.argv[1]), ROOT / ".coverage")
