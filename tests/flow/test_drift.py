"""Somebody adds and renames names in the desks after a plan was made: `status` tells it first, with the tickets affected."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.desks import Desks, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.project import Project, stages
from ticketferry.project.desk_drift import desk_drift


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(24) as found:
        yield found


@pytest.fixture
def folder(pair: Desks, tmp_path: Path) -> Path:
    root = tmp_path / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
        stages.make_plan(project).close()
    return root


def change(folder: Path, pair: Desks, role: str, **lists: Any) -> None:
    """Read the desk once more, with another set-up and the same tickets."""
    with Project.load(folder, clock=pair.clock) as project:
        snapshots = project.snapshots(role)
        latest = snapshots.latest()
        assert latest is not None
        catalog = {**snapshots.catalog(latest.catalog)}
        for key, edit in lists.items():
            catalog[key] = edit(catalog[key])  # type: ignore[literal-required]
        number = snapshots.begin(latest.began + timedelta(hours=1), snapshots.version(latest.number))
        snapshots.store_catalog(number, catalog)  # type: ignore[arg-type]
        snapshots.finish(number, latest.began + timedelta(hours=1))


def renamed(old: str, new: str) -> Any:
    return lambda rows: [{**row, "name": new} if row["name"] == old else row for row in rows]


def test_nothing_is_told_before_anything_changed(folder: Path) -> None:
    shown = Terminal(folder)("status").stdout
    assert "Changed in the desks" not in shown
    assert json.loads(Terminal(folder)("status", "--json").stdout)["drift"]["source"] == []


def test_what_changed_in_either_desk_comes_first_with_its_tickets_and_what_to_do(
    folder: Path, pair: Desks
) -> None:
    change(
        folder,
        pair,
        "source",
        brands=renamed("Globex", "Globex Inc"),
        statuses=lambda rows: [
            *rows,
            {"id": "999", "name": "custom:Parts", "stage": "on_hold", "category": "hold", "active": True},
        ],
    )
    change(folder, pair, "target", statuses=renamed("Waiting for customer", "Waiting for reply"))
    told = json.loads(Terminal(folder).any("status", "--json").stdout)["drift"]
    assert told["plan"] == "p-01"
    found = {(row["change"], row["what"], row["before"], row["after"]) for row in told["source"]}
    assert found == {("renamed", "brand", "Globex", "Globex Inc"), ("new", "status", "", "custom:Parts")}
    assert [(row["change"], row["before"]) for row in told["target"]] == [("renamed", "Waiting for customer")]
    with Project.load(folder, clock=pair.clock) as project:
        tickets = [row.record for row in stages_tickets(project)]
    brand = next(row for row in told["source"] if row["what"] == "brand")
    assert brand["tickets"] == sum(ticket.get("brand") == "Globex" for ticket in tickets)
    pending = told["target"][0]["tickets"]
    assert pending == sum(ticket.get("status") == "pending" for ticket in tickets)
    lines = Terminal(folder).any("status").stdout.splitlines()
    first = next(
        number
        for number, line in enumerate(lines)
        if line.startswith("Changed in the desks since p-01 was planned")
    )
    assert first < next(number for number, line in enumerate(lines) if line.startswith("old desk"))
    assert any("mapping draft --into mapping.yaml" in line for line in lines)


def test_names_of_the_target_that_no_rule_writes_are_nobodys_business(folder: Path, pair: Desks) -> None:
    change(
        folder,
        pair,
        "target",
        link_types=renamed("Cloners", "Copies"),
        statuses=lambda rows: [*rows, {"id": "7777", "name": "Brand new", "stage": "new"}],
    )
    with Project.load(folder, clock=pair.clock) as project:
        assert not desk_drift(project)


def stages_tickets(project: Project) -> list[Any]:
    from ticketferry.store.ticket_records import ticket_records

    return [row for row in ticket_records(project.snapshots("source"), 1) if not row.gone]
