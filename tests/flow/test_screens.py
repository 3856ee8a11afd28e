"""Screens of a migration between the sample desks: names for whoever writes a mapping, and widths."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.desks import Desks, confirm, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.demo import _comments
from ticketferry.project import Project, stages


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(20) as found:
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything moved, and verified."""
    root = tmp_path_factory.mktemp("screens") / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        stages.apply(project, plan)
        stages.verify(project)
    return root


def test_whoever_writes_a_mapping_is_told_the_names_of_the_new_desk(folder: Path) -> None:
    """All names that a mapping may use stand in one list, from what was read; nothing has to be looked up in the desk."""
    told = json.loads(Terminal(folder)("catalog", "--json").stdout)
    assert (told["role"], told["product"]) == ("target", "jsm")
    names = {kind: {row["name"] for row in rows} for kind, rows in told["names"].items()}
    with Project.load(folder) as project:
        snapshots = project.snapshots("target")
        latest = snapshots.latest()
        assert latest is not None
        catalog = snapshots.catalog(latest.catalog)
    for kind in ("statuses", "priorities", "types", "fields", "groups", "projects", "forms", "link_types"):
        known = {row["name"] for row in catalog.get(kind, ())}  # type: ignore[attr-defined]
        assert names.get(kind, set()) == known, kind
    options = {row["key"]: row["options"] for row in told["names"]["fields"] if row["options"]}
    assert options
    shown = Terminal(folder)("catalog", "--what", "fields").stdout
    for rows in options.values():
        assert all(row["name"] in " ".join(shown.split()) for row in rows)
    assert "statuses" not in shown
    source = json.loads(Terminal(folder)("catalog", "source", "--json").stdout)["names"]
    assert {row["name"] for row in source["brands"]}


def test_a_kind_of_names_that_there_is_none_of_is_told_with_those_there_are(folder: Path) -> None:
    refused = Terminal(folder).failing("catalog", "--what", "status")
    assert "statuses" in refused.stderr


SCREENS = (
    "--help", "catalog", "catalog source", "catalog --what fields", "check --help", "status", "profile", "people", "plan list",
    "plan show p-01", "plan show p-01 --classes", "plan show p-01 --operations", "plan show p-01 --findings",
    "plan show p-01 --changes", "plan losses p-01", "errors", "quarantine", "inventory", "explain ticket:1", "explain person:1",
    "mapping check", "mapping list", "connectors", "connectors zendesk", "connectors jsm", "rollback p-01", "report p-01",
)  # fmt: skip


@pytest.mark.parametrize("command", SCREENS)
def test_no_line_of_a_screen_of_the_sample_desks_is_wider_than_80_columns(folder: Path, command: str) -> None:
    """Only a single word (a path, an address) may go over the edge: words are never cut."""
    result = Terminal(folder).any(*command.split())
    assert "Traceback" not in result.output
    wide = [line for line in result.output.splitlines() if width(line) > 80 and " " in line.strip()]
    assert wide == []


def test_counts_of_one_thing_agree_on_all_screens(folder: Path) -> None:
    """Messages are all texts that people wrote, comments those of them that stand as comments; each screen says which it counts."""
    terminal = Terminal(folder)
    profile = json.loads(terminal("profile", "--json").stdout)["comments"]
    messages = profile["total"]
    assert f"messages  {messages} = " in " ".join(terminal("profile").stdout.split("\n")).replace(",", "")
    shown = " ".join(terminal("plan", "show", "p-01").stdout.split()).replace(",", "")
    told = re.search(
        r"(\d+) of the (\d+) comments are internal.* the old desk has (\d+) messages: (\d+) open", shown
    )
    assert told is not None
    internal, comments, source, opening = map(int, told.groups())
    assert (internal, source) == (profile["internal"], messages)
    assert comments + opening == messages
    with Project.load(folder) as project:
        snapshots = project.snapshots("source")
        latest = snapshots.latest()
        assert latest is not None
        assert _comments(project, latest.number) == messages


def test_verify_says_what_it_counted(pair: Desks, folder: Path) -> None:
    with Project.load(folder, clock=pair.clock) as project:
        found = stages.verify(project)
        assert sum(found.kinds.values()) == sum(found.counts.values())
        made = Counter(ref.split(":")[1] for ref in project.idmap.applied_refs(None))
    assert found.kinds == made
