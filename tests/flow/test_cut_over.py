"""The last hour of a phase and the weeks after it: what arrives late is added, what people of the new desk did stays, and every step is kept."""

import json
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from tests.flow.desks import Desks, confirm, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.cut_over import CutOver, keep_cut_over

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "phased"
PILOT = Scope("pilot")


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(24) as found, mock.patch("ticketferry.project.folder.SystemClock", return_value=found.clock):
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pilot is applied."""
    root = pair.project(tmp_path_factory.mktemp("cut") / "mig")
    rules, _, _ = (SAMPLE / "mapping.yaml").read_text("utf-8").partition("phases:")
    open_ = "[new, assigned, in_progress, pending_customer, on_hold]"
    phases = (
        f"phases:\n  - {{name: pilot, where: {{stage: {open_}}}}}\n  - {{name: history, where: always}}\n"
    )
    (root / "mapping.yaml").write_text(rules + phases, "utf-8")
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project, PILOT)
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
    return root


@pytest.fixture(scope="module")
def people(pair: Desks, folder: Path) -> Callable[..., None]:
    """What the people of both desks do, as in the sample."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OLD_DESK", pair.zendesk.base_url)
        patch.setenv("NEW_DESK", pair.jira.base_url)
        patch.setenv("ZENDESK_TOKEN", pair.credentials["ZENDESK_TOKEN"])
        patch.setenv("JIRA_TOKEN", pair.credentials["JIRA_TOKEN"])
        main = runpy.run_path(str(SAMPLE / "people.py"))["main"]

    def act(*words: str) -> None:
        pair.clock.sleep(60)
        main(*words)
        pair.clock.sleep(180)

    return act


def moved(folder: Path) -> list[str]:
    with Project.load(folder) as project:
        return [slot.ref.rpartition(":")[2] for slot in project.idmap.all("ticket") if slot.slot == "id"]


def cut_over(folder: Path, phase: str = "pilot") -> None:
    """Let the new desk own a phase, as the last step of its cut-over does."""
    with Project.load(folder) as project:
        latest = project.snapshots("source").latest()
        assert latest is not None
        keep_cut_over(
            project, CutOver(phase, "", source_snapshot=latest.number, ended="2026-12-04T20:00:00+00:00")
        )


def issue_of(pair: Desks, ticket: str) -> Any:
    return next(
        one for one in pair.jira.state.issues.values() if f"zd-{ticket}" in one.values.get("labels", ())
    )


def test_what_arrives_late_is_found_and_added_and_overwrites_nothing(
    pair: Desks, folder: Path, people: Any
) -> None:
    """A user: agents of the new desk had closed it, and the next delta opened it again because a customer wrote to the old address."""
    commented, changed, *_ = moved(folder)
    with Project.load(folder) as project:
        before = stages.make_plan(project, PILOT).id
    writes = len(pair.jira.ledger.writes())
    assert "Nothing arrives" in Terminal(folder)("stragglers", "pilot").stdout
    cut_over(folder)
    people("customer-answers", commented)
    people("old-priority", changed)
    status, priority = issue_of(pair, commented).status, issue_of(pair, changed).values["priority"]
    said = len(issue_of(pair, commented).comments)

    told = json.loads(Terminal(folder)("stragglers", "pilot", "--json", code=2).stdout)
    assert (told["new"], told["commented"], told["changed"]) == (0, 1, 1)
    assert {row["ref"]: row["parts"] for row in told["tickets"]} == {
        f"acme:ticket:{commented}": {"comments": 1}, f"acme:ticket:{changed}": {},
    }  # fmt: skip
    assert told["command"] == "ticketferry plan --phase pilot"
    assert len(pair.jira.ledger.writes()) == writes, "to look writes nothing"
    shown = Terminal(folder)("stragglers", "pilot", "--no-read", code=2).stdout
    assert "priority – Ana Silva" in shown
    assert all(width(line) <= 80 for line in shown.splitlines()), shown

    refused = Terminal(folder)("apply", before, "--yes", code=1).stderr
    assert "make a new plan" in refused.casefold()
    with Project.load(folder) as project:
        plan = stages.make_plan(project, PILOT)
        late = {
            row[0]: row[1] for row in plan.rows("SELECT subject, place FROM finding WHERE code = 'TF-LATE'")
        }
        assert "status" in late[f"acme:ticket:{commented}"]
        assert late[f"acme:ticket:{changed}"] == "priority"
        assert stages.apply(project, plan).failed == 0
        again = stages.make_plan(project, PILOT)
        assert again.count() == 0
        verified = stages.verify(project, [plan.id], witness=True)
        assert verified.same, verified.lines
        assert verified.witnessed is not None
        assert not verified.witnessed.errors
    assert len(issue_of(pair, commented).comments) == said + 1
    assert issue_of(pair, commented).status == status
    assert issue_of(pair, changed).values["priority"] == priority
    assert "Nothing arrives" in Terminal(folder)("stragglers", "pilot").stdout
