"""A consultant asks what the mapping makes of one ticket: both desks side by side, with the line that says so."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.flow.desks import Desks, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.project import Project, stages
from ticketferry.project.explain_values import explain_values
from ticketferry.schema.refs import Kind


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(40) as found:
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("explained") / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
    return root


def numbers(folder: Path) -> list[str]:
    with Project.load(folder) as project:
        return list(project.snapshots("source").ids(Kind.TICKET, 1))


def test_every_ticket_is_told_within_eighty_columns_and_each_change_has_its_line(folder: Path) -> None:
    terminal = Terminal(folder)
    for id_ in numbers(folder)[:12]:
        lines = terminal("mapping", "explain", f"ticket:{id_}").stdout.splitlines()
        assert all(width(line) <= 80 or "/" in line for line in lines), [
            line for line in lines if width(line) > 80
        ]
        told = json.loads(terminal("mapping", "explain", f"ticket:{id_}", "--json").stdout)
        for value in told["values"]:
            if value["what"] in ("status", "priority", "project", "type") and value["kind"] in (
                "changed",
                "new",
            ):
                assert re.search(r"mapping\.yaml:\d+:\d+$", value["rule"]), value


def test_the_values_are_those_of_the_plan(folder: Path) -> None:
    """What is told here and what planning desires are worked out apart from one another's code for showing."""
    with Project.load(folder) as project:
        planning = project.planning()
        for id_ in numbers(folder):
            found = explain_values(project, f"ticket:{id_}")
            root = next(ref for ref, _ in planning.source.roots(Kind.TICKET, 1) if ref.id == id_)
            record = planning.source_record(root)
            assert record is not None
            made: dict[str, Any] = planning.case(record).record or {}
            told = {value.what: value for value in found.values}
            if not made:
                assert found.outcome != "moved"
                continue
            for key in ("status", "priority"):
                if key in told:
                    assert told[key].after.rpartition(": ")[2] == made[key]
            assert told["project"].after == made["project"]
            written = set(made.get("fields", {}))
            shown = " ".join(value.after + value.what for value in found.values)
            assert not [name for name in written if name not in shown and f'fields["{name}"]' not in shown]


def test_only_what_changes_is_shown_unless_all_is_asked_for(folder: Path) -> None:
    terminal = Terminal(folder)
    id_ = numbers(folder)[0]
    short = terminal("mapping", "explain", id_ if id_.isdigit() else f"ticket:{id_}").stdout
    whole = terminal("mapping", "explain", f"ticket:{id_}", "--whole").stdout
    assert len(whole.splitlines()) > len(short.splitlines())
    assert "as they are: --whole" in short or "as it is: --whole" in short
    assert "old desk" in short
    assert "new desk" in short


def test_what_is_mapped_with_something_else_says_with_what(folder: Path) -> None:
    with Project.load(folder) as project:
        planning = project.planning()
        comment = next(
            row
            for _, rows in planning.source.roots(Kind.TICKET, 1)
            for row in rows
            if row.kind is Kind.COMMENT or row.kind.value == "event"
        )
        planning.close()
    failed = Terminal(folder).failing("mapping", "explain", f"{comment.kind.value}:{comment.id}")
    assert "mapping explain acme:ticket:" in failed.stderr


def test_a_changed_line_is_the_line_that_is_told(folder: Path) -> None:
    """Move the rule down: the place moves along."""
    kept = (folder / "mapping.yaml").read_bytes()
    before = json.loads(
        Terminal(folder)("mapping", "explain", f"ticket:{numbers(folder)[0]}", "--json").stdout
    )
    try:
        (folder / "mapping.yaml").write_bytes(b"# one\n# two\n" + kept)
        after = json.loads(
            Terminal(folder)("mapping", "explain", f"ticket:{numbers(folder)[0]}", "--json").stdout
        )
    finally:
        (folder / "mapping.yaml").write_bytes(kept)
    rules = [
        next(value["rule"] for value in told["values"] if value["what"] == "project")
        for told in (before, after)
    ]
    lines = [int(rule.rsplit(":", 2)[1]) for rule in rules]
    assert lines[1] == lines[0] + 2
