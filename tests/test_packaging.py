"""The distribution holds what a user needs and nothing else, and what modules publish can be imported and is documented."""

import configparser
import importlib
import importlib.util
import inspect
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOTS = (ROOT / "src", ROOT / "connectors", ROOT / "emulators")
OWN = (
    "ticketferry",
    "ticketferry_emulators",
    "ticketferry_intercom",
    "ticketferry_jsm",
    "ticketferry_neutral",
    "ticketferry_zendesk",
)
SAMPLE = "ticketferry/_connector_rest/"
ABSENT = object()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def modules() -> Iterator[str]:
    """Dotted names of all modules in both source roots, found without importing any."""
    for root in ROOTS:
        for file in sorted(root.rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            if parts[-1] == "__init__":
                yield ".".join(parts[:-1])
            elif parts[-1] != "__main__":
                yield ".".join(parts)


MODULES = list(modules())
PACKAGES = [
    name
    for name in MODULES
    if name.count(".") < 2
    and any((root / name.replace(".", "/") / "__init__.py").is_file() for root in ROOTS)
]


# ---------------------------------------------------------------- the distributions


def built(kind: str, pattern: str, folder: Path) -> Path:
    """The file of that kind: taken from the folder TICKETFERRY_DIST where it is set, else built now."""
    given = os.environ.get("TICKETFERRY_DIST")
    if given is None:
        if importlib.util.find_spec("hatchling") is None:
            pytest.skip("hatchling, which builds the distributions, is not installed")
        command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(folder)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    (file,) = Path(given or folder).glob(pattern)
    return file


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(built("wheel", "ticketferry-*.whl", tmp_path_factory.mktemp("wheel"))) as archive:
        yield archive


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Paths in the sdist, without the folder that holds them all."""
    with tarfile.open(built("sdist", "ticketferry-*.tar.gz", tmp_path_factory.mktemp("sdist"))) as archive:
        return {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}


def metadata(wheel: zipfile.ZipFile, name: str) -> str:
    (path,) = (entry for entry in wheel.namelist() if entry.endswith(f".dist-info/{name}"))
    return wheel.read(path).decode()


@pytest.mark.slow
def test_the_wheel_holds_every_source_file_at_its_import_path(wheel: zipfile.ZipFile) -> None:
    expected = {
        file.relative_to(root).as_posix()
        for root in ROOTS
        for file in root.rglob("*")
        if file.is_file() and file.parent != root and not {"__pycache__", ".DS_Store"} & set(file.parts)
    }
    assert expected - set(wheel.namelist()) == set()
    assert {"ticketferry/py.typed", *(f"{name}/__init__.py" for name in OWN)} <= set(wheel.namelist())


@pytest.mark.slow
def test_the_wheel_holds_nothing_but_the_packages_and_its_metadata(wheel: zipfile.ZipFile) -> None:
    tops = {PurePosixPath(entry).parts[0] for entry in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(OWN)
    leftovers = re.compile(
        r"(^|/)(tests?|conftest\.py|test_[^/]*\.py|__pycache__)(/|$)|\.(pyc|db|db-wal|db-shm)$"
    )
    own = [entry for entry in wheel.namelist() if not entry.startswith(SAMPLE)]
    assert [entry for entry in own if leftovers.search(entry)] == []


@pytest.mark.slow
def test_the_wheel_ships_the_sample_that_connectors_are_laid_out_from(wheel: zipfile.ZipFile) -> None:
    folder = ROOT / "samples" / "connector_rest"
    kept = {
        SAMPLE + file.relative_to(folder).as_posix()
        for part in ("src", "tests")
        for file in (folder / part).rglob("*.*")
        if not {"__pycache__", ".ruff_cache"} & set(file.parts)
    }
    shipped = {entry for entry in wheel.namelist() if entry.startswith(SAMPLE)}
    assert {*kept, SAMPLE + "pyproject.toml"} <= shipped
    assert not [entry for entry in shipped if "cache" in entry]


@pytest.mark.slow
def test_the_wheel_ships_the_mapping_files_inside_the_package(wheel: zipfile.ZipFile) -> None:
    ready = {file.relative_to(ROOT / "mappings").as_posix() for file in (ROOT / "mappings").rglob("*.yaml")}
    assert ready, "the folder mappings/ holds no mapping file"
    shipped = {entry for entry in wheel.namelist() if entry.startswith("ticketferry/_mappings/")}
    assert {f"ticketferry/_mappings/{name}" for name in ready} <= shipped
    assert not [entry for entry in shipped if entry.endswith(".md")]


@pytest.mark.slow
def test_the_wheel_ships_the_templates_of_the_report(wheel: zipfile.ZipFile) -> None:
    assert [entry for entry in wheel.namelist() if entry.startswith("ticketferry/report/templates/")]


@pytest.mark.slow
def test_the_wheel_names_the_command_the_connectors_and_the_licence(wheel: zipfile.ZipFile) -> None:
    parser = configparser.ConfigParser()
    parser.read_string(metadata(wheel, "entry_points.txt"))
    assert dict(parser["console_scripts"]) == {"ticketferry": "ticketferry.cli:main"}
    assert dict(parser["ticketferry.connectors"]) == {
        "intercom": "ticketferry_intercom:CONNECTOR",
        "jsm": "ticketferry_jsm:CONNECTOR",
        "neutral": "ticketferry_neutral:CONNECTOR",
        "zendesk": "ticketferry_zendesk:CONNECTOR",
    }
    facts = metadata(wheel, "METADATA")
    version = importlib.import_module("ticketferry").__version__
    assert f"\nVersion: {version}\n" in facts
    assert "\nLicense-Expression: Apache-2.0\n" in facts
    assert "\n\n# ticketferry\n" in facts, (
        'the README is the long description: readme = "README.md" in pyproject.toml'
    )
    assert "Apache License" in metadata(wheel, "licenses/LICENSE")


@pytest.mark.slow
def test_the_sdist_holds_what_a_packager_needs_to_build_and_test(sdist: set[str]) -> None:
    wanted = {
        "pyproject.toml",
        "LICENSE",
        "README.md",
        "Makefile",
        "requirements/run.txt",
        "tests/conftest.py",
    }
    assert wanted - sdist == set()
    assert not [
        path for path in sdist if path.startswith((".venv/", "ferry-demo/", "dist/")) or path.endswith(".db")
    ]


# ---------------------------------------------------------------- the pins


def test_every_runtime_dependency_is_pinned_with_hashes_and_names_no_host() -> None:
    names = {re.split(r"[^\w.-]", line, maxsplit=1)[0].lower() for line in PROJECT["dependencies"]}
    for file in sorted((ROOT / "requirements").glob("*.txt")):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"https?://|^--?(index|extra-index|find-links|trusted)", text, re.MULTILINE), (
            file.name
        )
        pins = re.findall(r"^([\w.-]+)==\S+ \\\n(?=    --hash=sha256:)", text, re.MULTILINE)
        lines = [line for line in text.splitlines() if line and line[0] not in " #"]
        assert len(pins) == len(lines), f"{file.name} has a line that is no pin with hashes"
        if file.name == "run.txt":
            assert names <= {pin.lower() for pin in pins}


# ---------------------------------------------------------------- what modules publish


FIRST = """
import json, os, sys, traceback
for name in {shared!r}:
    __import__(name)
refused = {{}}
for name in {packages!r}:
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            __import__(name)
        except BaseException:
            os.write(write, traceback.format_exc()[-4000:].encode())
        os._exit(0)
    os.close(write)
    with open(read, encoding="utf-8") as told:
        text = told.read()
    if os.waitpid(child, 0)[1] or text:
        refused[name] = text
print(json.dumps(refused))
"""
"""Imports each package into a copy of an interpreter that has others' libraries, and nothing of ours: a copy costs no start."""
SHARED = ("pydantic", "httpx", "jinja2", "lxml.html", "yaml", "click", "rich.console", "starlette", "uvicorn")


def refused(packages: list[str], search: str) -> dict[str, str]:
    """Return what each of some packages says that cannot be the first one to be imported."""
    command = [sys.executable, "-c", FIRST.format(shared=SHARED, packages=packages)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": search}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="copies of a process")
def test_every_package_can_be_the_first_that_a_program_imports(tmp_path: Path) -> None:
    search = os.pathsep.join(map(str, (*ROOTS, tmp_path)))
    assert len(PACKAGES) > 20
    assert refused(PACKAGES, search) == {}
    (tmp_path / "circle_a.py").write_text("from circle_b import b\na = 1\n")
    (tmp_path / "circle_b.py").write_text("from circle_a import a\nb = 2\n")
    (tmp_path / "hanging.py").write_text("import os\nos._exit(3)\n")
    told = refused(["circle_a", "hanging", "ticketferry"], search)
    assert told.keys() == {"circle_a", "hanging"}
    assert "circular import" in told["circle_a"]


@pytest.mark.parametrize("package", PACKAGES)
def test_all_that_modules_publish_exists_and_is_documented(package: str) -> None:
    """The modules of a package and what is below it, but for packages that have a case of their own."""
    within = [name for name in MODULES if f"{name}.".startswith(f"{package}.") and home(name) == package]
    assert package in within
    assert {name: found for name in within if (found := faults(name))} == {}


def home(name: str) -> str:
    """Return the nearest package with a case of its own that a module is in."""
    return max((package for package in PACKAGES if f"{name}.".startswith(f"{package}.")), key=len)


def faults(name: str) -> list[str]:
    """Return what is wrong with what a module publishes."""
    module = importlib.import_module(name)
    published = getattr(module, "__all__", ())
    found = [] if (module.__doc__ or "").strip() else ["it does not say its idea"]
    if len(set(published)) != len(published):
        found.append("__all__ names something twice")
    for entry in published:
        value = getattr(module, entry, ABSENT)
        if value is ABSENT:
            found.append(f"__all__ names {entry}, which is not there")
        elif is_ours(value) and not documented(value):
            found.append(f"{entry} has no docstring")
    return found


def test_faults_of_a_module_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """And every module is in one case."""
    assert sorted(MODULES) == sorted(name for name in MODULES if home(name) in PACKAGES)
    odd = ModuleType("odd")
    odd.__dict__["__all__"] = ["told", "told", "gone", "Mute"]
    odd.__dict__["told"] = 1
    odd.__dict__["Mute"] = type("Mute", (), {"__module__": "ticketferry.odd"})
    monkeypatch.setitem(sys.modules, "odd", odd)
    assert faults("odd") == [
        "it does not say its idea",
        "__all__ names something twice",
        "__all__ names gone, which is not there",
        "Mute has no docstring",
    ]


def is_ours(value: object) -> bool:
    """Whether it is a class or a function that this project defines (constants and aliases carry no docstring)."""
    kinds = inspect.isclass(value) or inspect.isroutine(value)
    return kinds and str(getattr(value, "__module__", "")).partition(".")[0] in OWN


def documented(value: object) -> bool:
    """Whether somebody wrote its docstring; what dataclasses and named tuples make up themselves does not count."""
    text = (vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__) or ""
    return bool(text.strip()) and not text.startswith(f"{getattr(value, '__name__', '')}(")
