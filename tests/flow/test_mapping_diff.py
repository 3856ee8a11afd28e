"""A consultant changes a line of the mapping and asks what that does to the tickets, before any plan."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.flow.desks import Desks, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.project import Project, stages


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(60) as found:
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("diff") / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
    return root


def diff(folder: Path, *edits: tuple[str, str], code: int = 2) -> dict[str, Any]:
    text = (folder / "mapping.yaml").read_text(encoding="utf-8")
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after)
    (folder / "edited.yaml").write_text(text, encoding="utf-8")
    return dict(
        json.loads(
            Terminal(folder)("mapping", "diff", "mapping.yaml", "edited.yaml", "--json", code=code).stdout
        )
    )


def records(folder: Path, **wanted: Any) -> list[dict[str, Any]]:
    from ticketferry.desired.cases import assemble
    from ticketferry.schema.refs import Kind

    with Project.load(folder) as project:
        snapshots = project.snapshots("source")
        latest = snapshots.latest()
        assert latest is not None
        cases = [assemble(ref, rows) for ref, rows in snapshots.roots(Kind.TICKET, latest.number)]
    return [case for case in cases if case and all(case.get(key) == value for key, value in wanted.items())]


def touched(told: dict[str, Any]) -> dict[str, int]:
    return {kind: count for kind, count in told["touched"].items() if count}


def test_the_same_mapping_changes_nothing_wherever_its_lines_stand(folder: Path) -> None:
    told = diff(folder, ("route:", "# one line\n\n# and more\nroute:"), code=0)
    assert (told["changes"], touched(told)) == ([], {})
    assert told["tickets"] == 60


def test_another_status_is_semantic_and_counted_by_its_tickets(folder: Path) -> None:
    pending = records(folder, status="pending")
    told = diff(folder, ("pending: Waiting for customer", "pending: In progress"))
    assert touched(told) == {"semantic": len(pending)} != {"semantic": 0}
    (status,) = [row for row in told["changes"] if row["path"] == "status"]
    assert (status["before"], status["after"], status["records"]) == (
        "Waiting for customer",
        "In progress",
        len(pending),
    )
    assert {*status["samples"]} <= {f"#{case['number']}" for case in pending}


def test_what_is_dropped_now_is_lossy_and_what_comes_back_is_not(folder: Path) -> None:
    asked = [case for case in records(folder) if "refund_reason" in (case.get("fields") or {})]
    rule = '{from: fields.refund_reason, to: Refund reason, values: {broken: Damaged, late: Late, wrong_item: Wrong item, "*": Other}}'
    told = diff(folder, (rule, '{from: fields.refund_reason, drop: true, because: "nobody reads it"}'))
    assert touched(told) == {"lossy": len(asked)} != {"lossy": 0}
    lost = {(row["path"], row["before"], row["after"]) for row in told["changes"] if row["kind"] == "lossy"}
    assert ("fields.refund_reason", "moved", "dropped") in lost
    assert {path.split("[")[0] for path, _, _ in lost} == {"fields.refund_reason", "event"}, (
        "its history goes with it"
    )
    (folder / "other.yaml").write_text((folder / "edited.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    back = json.loads(
        Terminal(folder)("mapping", "diff", "other.yaml", "mapping.yaml", "--json", code=2).stdout
    )
    assert touched(back) == {"semantic": len(asked)}


def test_a_ticket_that_stays_behind_is_lossy(folder: Path) -> None:
    told = diff(
        folder,
        (
            "phases:",
            "clean:\n  - {id: outage, when: {form: Outage}, do: skip, because: moved by hand}\nphases:",
        ),
    )
    (row,) = [row for row in told["changes"] if row["path"] == "outcome"]
    assert (row["kind"], row["before"], row["after"]) == ("lossy", "moved", "left behind: moved by hand")
    assert touched(told) == {"lossy": row["records"]} == {"lossy": len(records(folder, form="Outage"))}


def test_the_number_that_people_search_by_is_no_small_thing(folder: Path) -> None:
    told = diff(folder, ('number: {field: Zendesk ticket, label: "zd-{{ number }}"}, ', ""))
    assert touched(told) == {"semantic": 60}
    assert {row["path"] for row in told["changes"]} == {"fields.Zendesk ticket", "tags[]"}


def test_the_screen_fits_and_a_broken_file_is_told(folder: Path) -> None:
    diff(
        folder, ("pending: Waiting for customer", "pending: In progress"), ("{label: acme}", "{label: ACME}")
    )
    shown = Terminal(folder)("mapping", "diff", "mapping.yaml", "edited.yaml", code=2).stdout
    assert all(width(line) <= 80 for line in shown.splitlines()), shown
    assert "Waiting for customer -> In progress" in shown
    (folder / "broken.yaml").write_text("version: 1\nroute: [\n", encoding="utf-8")
    assert "broken.yaml:" in Terminal(folder)("mapping", "diff", "broken.yaml", code=1).stderr
    assert "does not exist" in Terminal(folder)("mapping", "diff", "nowhere.yaml", code=64).stderr
