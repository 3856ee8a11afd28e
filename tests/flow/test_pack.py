"""What an auditor keeps: checked without ticketferry, without personal data unless asked for, the same bytes twice."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from tests.flow.desks import Desks, confirm, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.desired.cases import assemble
from ticketferry.project import Project, stages
from ticketferry.project.pack import write_pack
from ticketferry.schema.body_subset import parse
from ticketferry.schema.body_text import to_text
from ticketferry.schema.refs import Kind


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(24) as found, mock.patch("ticketferry.project.folder.SystemClock", return_value=found.clock):
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("packed") / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        (root / "acceptance.yaml").write_text("criteria: {rejected: 0, differing: 0}\n")
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
        Terminal(root)("verify", plan.id)
    return root


def check(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The script alone, with no package of ours in sight."""
    return subprocess.run(
        [sys.executable, "-I", "-S", place / "check.py", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def unpacked(pack: Path, to: Path) -> Path:
    with zipfile.ZipFile(pack) as opened:
        opened.extractall(to)
    return to


def test_a_pack_is_checked_without_ticketferry(folder: Path, tmp_path: Path) -> None:
    told = json.loads(Terminal(folder)("pack", "p-01", "-o", str(tmp_path / "a.zip"), "--json").stdout)
    place = unpacked(tmp_path / "a.zip", tmp_path / "a")
    assert {
        "plan/operations.csv",
        "apply/operations.csv",
        "idmap.csv",
        "verify.json",
        "acceptance.yaml",
    } <= told["files"].keys()
    good = check(place)
    assert (good.returncode, good.stdout) == (0, f"{len(told['files'])} files, 0 faults\n"), good
    assert check(place, str(tmp_path / "a.zip")).returncode == 0
    summed = subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=place, capture_output=True, check=False
    )
    assert summed.returncode == 0, summed.stderr

    (place / "idmap.csv").write_text((place / "idmap.csv").read_text() + "x")
    (place / "verify.json").unlink()
    (place / "plan" / "more.csv").write_text("mine")
    bad = check(place)
    assert bad.returncode == 1
    assert bad.stdout.splitlines() == [
        "missing: verify.json", "not of the pack: plan/more.csv", "changed: idmap.csv", f"{len(told['files'])} files, 3 faults",
    ]  # fmt: skip
    assert check(place, str(tmp_path / "nowhere")).returncode == 1


def test_no_word_of_a_ticket_or_a_person_is_in_it_unless_asked_for(folder: Path, tmp_path: Path) -> None:
    with Project.load(folder) as project:
        plan = project.plan("p-01")
        write_pack(project, plan, tmp_path / "plain.zip")
        write_pack(project, plan, tmp_path / "personal.zip", personal_data=True)
        snapshots = project.snapshots("source")
        latest = snapshots.latest()
        assert latest is not None
        words: set[str] = set()
        for kind in (Kind.TICKET, Kind.PERSON):
            for ref, rows in snapshots.roots(kind, latest.number):
                record = assemble(ref, rows) or {}
                words |= {str(record.get(key) or "") for key in ("subject", "name", "email")}
                for comment in record.get("comments") or ():
                    words.add(to_text(parse((comment.get("body") or {}).get("html", "")))[:60])
    words = {word for word in words if len(word) >= 8}
    assert len(words) > 100
    account = "email: "
    with zipfile.ZipFile(tmp_path / "plain.zip") as pack:
        plain = {name: pack.read(name).decode("utf-8", "replace") for name in pack.namelist()}
        assert account in plain.pop("migration.yaml"), "as it was written; the README of the pack says so"
    whole = "\n".join(plain.values())
    assert [word for word in words if word in whole] == []
    with zipfile.ZipFile(tmp_path / "personal.zip") as pack:
        assert {"report.html", "plan/p-01.plan", "plan/findings.csv"} <= set(pack.namelist())
        assert any(word in pack.read("report.html").decode() for word in words)
    assert not list(tmp_path.glob(".*.part"))


def test_the_same_plan_packs_to_the_same_bytes_and_nothing_is_overwritten(
    folder: Path, tmp_path: Path
) -> None:
    with Project.load(folder) as project:
        plan = project.plan("p-01")
        for name in ("one.zip", "two.zip"):
            write_pack(project, plan, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert (tmp_path / "one.zip").stat().st_mode & 0o777 == 0o600
    assert (
        "is there already"
        in Terminal(folder)("pack", "p-01", "-o", str(tmp_path / "one.zip"), code=64).stderr
    )
    assert "there is no plan p-99" in Terminal(folder)("pack", "p-99", code=1).stderr
