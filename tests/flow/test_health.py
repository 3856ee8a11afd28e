"""The new desk after the cut-over: what its people did there is told to the ticket, and what the migration did is not held against it."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.flow.desks import Desks, confirm, desks
from tests.flow.jsm_life import Life, doc
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.kpi.health import Health
from ticketferry.project import Project, stages
from ticketferry.project.health import desk_health, read_new_desk

DAY = 86_400
NAMES = {"Waiting for triage": "10100", "Waiting for customer": "10103"}
DONE = ("10105", "10106", "10107")


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(30) as found:
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything moved, a baseline kept before."""
    root = tmp_path_factory.mktemp("health") / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
    return root


def health(folder: Path, pair: Desks) -> Health:
    with Project.load(folder, clock=pair.clock) as project:
        read_new_desk(project)
        return desk_health(project)


def sums(told: Health) -> tuple[int, int, int, int]:
    return (
        sum(day.created for day in told.days), sum(day.resolved for day in told.days),
        sum(day.reopened for day in told.days), sum(day.misrouted for day in told.days),
    )  # fmt: skip


def test_the_weeks_after_a_cut_over(folder: Path, pair: Desks) -> None:
    shown = Terminal(folder)("kpi", "baseline", "--weeks", "260").stdout
    assert "reopened" in shown
    again = Terminal(folder)("kpi", "baseline", code=64)
    assert "--replace" in again.stderr

    pair.clock.advance(3_600)
    quiet = health(folder, pair)
    assert quiet.moved > 20
    assert (quiet.own, sums(quiet)) == (0, (0, 0, 0, 0))
    migrated_open = quiet.days[-1].open

    writes = len(pair.jira.ledger.writes())
    with closing(Life(pair.jira)) as life:
        born = [
            life.issue(
                "SUP",
                "Service request",
                "Portal request",
                summary=f"Ticket {number}",
                description=doc("Help"),
            )
            for number in range(6)
        ]
        pair.clock.advance(DAY)
        for key in born[:4]:
            life.comment(key, "An answer")
            life.move(key, (("11", None), ("61", "Done")))
        pair.clock.advance(DAY)
        life.move(born[0], ((_reopen(pair, life, born[0]), None),))
        moved = next(
            issue
            for issue in pair.jira.dump()["issues"].values()
            if issue["key"] not in born and issue["status"] in DONE
        )
        life.move(moved["key"], ((_reopen(pair, life, moved["key"]), None),))
        pair.clock.advance(600)
    made = len(pair.jira.ledger.writes()) - writes

    told = health(folder, pair)
    assert (told.own, told.moved) == (6, quiet.moved)
    assert sums(told) == (6, 4, 2, 0)
    statuses = Counter(issue["status"] for issue in pair.jira.dump()["issues"].values())
    last = told.days[-1]
    assert (last.untriaged, last.open) == (
        statuses[NAMES["Waiting for triage"]],
        sum(count for status, count in statuses.items() if status not in DONE),
    )
    assert last.open == migrated_open + 2 + 2
    assert last.stalled == 0
    pair.clock.advance(8 * DAY)
    pending = statuses[NAMES["Waiting for customer"]]
    assert health(folder, pair).days[-1].stalled == pending > 0
    assert len(pair.jira.ledger.writes()) - writes == made, "health writes nothing"
    assert not pair.zendesk.ledger.writes()
    pair.healthy()


def _reopen(pair: Desks, life: Life, key: str) -> str:
    del pair
    rows = life.call("GET", f"issue/{key}/transitions", by="ana.silva")["transitions"]
    return str(next(row["id"] for row in rows if row["to"]["statusCategory"]["key"] != "done"))


def test_the_screen_fits_and_bounds_decide_the_exit_code(folder: Path, pair: Desks) -> None:
    health(folder, pair)
    path = folder / "migration.yaml"
    written = path.read_text(encoding="utf-8")
    quiet = Terminal(folder)("health", "--no-read")
    assert "none is set" in quiet.stdout
    try:
        path.write_text(
            f"{written}health: {{bounds: {{untriaged: 100%, stalled: 0%, first_response: 2x}}}}\n",
            encoding="utf-8",
        )
        answer = Terminal(folder)("health", "--no-read", "--days", "30", code=2)
        told = json.loads(Terminal(folder)("health", "--no-read", "--days", "30", "--json", code=2).stdout)
        path.write_text(
            f"{written}health: {{bound: {{}}, since: soon, bounds: {{stalled: 4h, reopend: 1x}}}}\n",
            encoding="utf-8",
        )
        wrong = Terminal(folder)("health", "--no-read", code=1).stderr
    finally:
        path.write_text(written, encoding="utf-8")
    assert all(width(line) <= 80 for line in answer.stdout.splitlines()), answer.stdout
    assert "past the bound" in answer.stdout
    assert "within" in answer.stdout
    assert {item["sign"] for item in told["signs"] if item["past"]} == {"stalled"}
    for words in (
        "did you mean `bounds`",
        "`soon` is no day",
        "`4h` is no bound of `stalled`",
        "did you mean `reopened`",
    ):
        assert words in wrong, wrong


def test_before_anything_is_known_it_says_what_to_do(pair: Desks, tmp_path: Path) -> None:
    root = pair.project(tmp_path / "mig")
    unread = Terminal(root)("health", "--no-read", code=1).stderr
    assert "never" in unread
    assert "ticketferry" in unread
    with Project.load(root, clock=pair.clock) as project:
        read_new_desk(project)
    assert "--since" in Terminal(root)("health", "--no-read", code=64).stderr
    late = Terminal(root)("health", "--no-read", "--since", "2099-01-01", code=64).stderr
    assert "later than the last reading" in late
