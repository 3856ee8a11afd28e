"""Somebody signs a plan on Thursday; on Saturday the plan that is applied is the same, but for what a desk does in two days."""

import json
from pathlib import Path

import pytest
from tests.flow.migrations import SourceDesk, write_desk, write_project
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.errors import WaitingError
from ticketferry.project import Project, stages

TICKETS = 40


@pytest.fixture
def desk(tmp_path: Path) -> SourceDesk:
    return write_desk(tmp_path / "src", TICKETS)


@pytest.fixture
def folder(desk: SourceDesk, tmp_path: Path) -> Path:
    root = write_project(tmp_path / "mig", desk.folder, tmp_path / "dst")
    path = root / "migration.yaml"
    path.write_text(path.read_text() + "approval: required\n")
    with Project.load(root) as project:
        stages.extract(project)
        stages.make_plan(project).close()
    return root


def planned(folder: Path) -> str:
    with Project.load(folder) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        plan.close()
        return plan.id


def apply(folder: Path, plan: str) -> str:
    """Return why it was refused, "" where it was done."""
    with Project.load(folder) as project:
        try:
            assert stages.apply(project, project.plan(plan)).failed == 0
        except WaitingError as error:
            return error.message
    return ""


def approve(folder: Path, *words: str, code: int = 0) -> str:
    answer = Terminal(folder)("approve", *words, code=code)
    return answer.stdout if not code else " ".join(answer.stderr.split())


def test_no_plan_is_applied_that_nobody_approved(folder: Path) -> None:
    assert "p-01 is not approved" in apply(folder, "p-01")
    assert "--by NAME" in " ".join(Terminal(folder)("plan", "--offline").stdout.split())
    shown = approve(folder, "p-02", "--by", "Ada Byron", "--because", "board of 12 Nov")
    assert "by Ada Byron: board of 12 Nov" in " ".join(shown.split())
    assert all(width(line) <= 80 for line in shown.splitlines())
    assert apply(folder, "p-02") == ""


def test_what_a_desk_does_in_two_days_is_covered_and_more_is_not(folder: Path, desk: SourceDesk) -> None:
    approve(folder, "p-01", "--by", "Ada", "--growth", "10%")
    for number in range(TICKETS + 1, TICKETS + 4):
        desk.ticket(number, TICKETS)
    second = planned(folder)
    screen = " ".join(Terminal(folder)("plan", "--offline").stdout.split())
    assert "approved by Ada on" in screen
    for number in range(TICKETS + 4, TICKETS + 30):
        desk.ticket(number, TICKETS)
    third = planned(folder)
    why = apply(folder, third)
    assert "the approval of p-01 by Ada does not cover it" in why
    assert "69 tickets instead of 40" in why
    assert second != third


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (("Waiting", "Waits"), "the mapping is another one"),
        (None, "findings of a new kind"),
    ],
)
def test_another_mapping_or_another_kind_of_loss_takes_it_away(
    folder: Path, desk: SourceDesk, edit: tuple[str, str] | None, why: str
) -> None:
    approve(folder, "p-01", "--by", "Ada", "--growth", "50%")
    if edit is not None:
        path = folder / "mapping.yaml"
        path.write_text(path.read_text().replace(*edit))
    else:
        twin = {
            "name": "Somebody",
            "role": "end_user",
            "state": "active",
            "email": "p2@x.example",
            "external_id": "x",
        }
        desk.put("person", 6, twin)
        desk.put("person", 7, {**twin, "email": "p3@x.example"})
        desk.ticket(TICKETS + 1, TICKETS, requester="acme:person:6")
    refused = apply(folder, planned(folder))
    assert why in refused, refused


def test_a_phase_is_approved_for_itself_and_an_approval_can_be_taken_back(folder: Path) -> None:
    with Project.load(folder) as project:
        from ticketferry.plan.inputs import Scope

        pilot = stages.make_plan(project, Scope("pilot"), offline=True).id
    approve(folder, pilot, "--by", "Ada")
    whole = planned(folder)
    assert "another phase" in apply(folder, whole)
    assert "revoked" in approve(folder, pilot, "--revoke", "--by", "Grace")
    assert "is not approved" in approve(folder, pilot, "--revoke", "--by", "Grace", code=64)
    assert "p-0" in approve(folder, "--list")
    with Project.load(folder) as project:
        pilot = stages.make_plan(project, Scope("pilot"), offline=True).id
    assert "is not approved" in apply(folder, pilot)


def test_what_cannot_be_approved_is_told(folder: Path) -> None:
    assert "who approves" in approve(folder, "p-01", code=64)
    assert "is no share" in approve(folder, "p-01", "--by", "Ada", "--growth", "much", code=64)
    (folder / "acceptance.yaml").write_text("criteria: {dropped: 0}\n")
    assert "does not hold what acceptance.yaml asks for" in approve(folder, "p-01", "--by", "Ada", code=3)
    (folder / "acceptance.yaml").write_text("criteria: {rejected: 0}\n")
    approve(folder, "p-01", "--by", "Ada")
    (folder / "acceptance.yaml").write_text("criteria: {dropped: 0}\n")
    assert "does not hold" in apply(folder, "p-01")
    told = json.loads(Terminal(folder)("approve", "--list", "--json").stdout)
    assert [(row["plan"], row["by"], row["tickets"]) for row in told["approvals"]] == [
        ("p-01", "Ada", TICKETS)
    ]
