"""The runbook says what this migration is: its phases, plans, hours and switches, and commands that exist."""

import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from unittest import mock

import click
import pytest
from tests.flow.desks import Desks, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.cli import cli
from ticketferry.project import Project, stages

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "phased"
DAYS = ("2026-12-04", "2026-12-11", "2026-12-18")


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(24) as found, mock.patch("ticketferry.project.folder.SystemClock", return_value=found.clock):
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = pair.project(tmp_path_factory.mktemp("book") / "mig")
    for name in ("mapping.yaml", "acceptance.yaml"):
        shutil.copyfile(SAMPLE / name, root / name)
    with Project.load(root) as project:
        stages.extract(project)
        stages.make_plan(project)
    return root


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    writes = Terminal(folder)("runbook", "--go-live", *DAYS, "--who", "owner=M. <Ito> & Co", "--who", "phone=+49 30 1")
    assert "reports/runbook.html" in writes.stdout
    return (folder / "reports" / "runbook.html").read_text("utf-8")


def test_x(page: str) -> None:
    Path("/tmp/runbook.html").write_text(page)
