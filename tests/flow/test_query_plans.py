"""A large folder is looked at as quickly as a small one: `status`, `plan show` and `explain` go through no table that grows with the tickets."""

import io
from contextlib import redirect_stdout

import pytest
from tests.statements import recorded

from ticketferry.cli import cli
from ticketferry.project import Project
from ticketferry.project.explain import explain
from ticketferry.testing import write_sample

MAPPING = """version: 1
source: neutral
target: neutral
route: [{when: always, project: Support, issue_type: Request}]
status: {"*": open}
people: {match: [external_id, email], customers: {create: portal_only}}
fields: [{rest: keep_in_provenance}]
phases:
  - {name: pilot, where: {number: ["101", "102", "103", "1001", "1002"]}}
  - {name: rest, where: always}
"""
SMALL, LARGE = 40, 160
SCREENS = (
    ["status"],
    ["status", "--json"],
    ["plan", "show"],
    ["plan", "show", "--json"],
    ["explain", "ticket:1001"],
    ["explain", "person:1005"],
    ["plan", "list"],
)


def command(root, *words):
    with redirect_stdout(io.StringIO()) as printed:
        code = cli.main(["-C", str(root), *words], standalone_mode=False)
    assert code in (0, 2), printed.getvalue()
    return printed.getvalue()


def migrated(base, tickets):
    """Bring a desk of files to another one; then a ticket changes, and a plan for it is made."""
    write_sample(base / "src", tickets, desk="acme", hostile=True)
    root = base / "mig"
    root.mkdir()
    (root / "mapping.yaml").write_text(MAPPING)
    (root / "migration.yaml").write_text(
        f"version: 1\nsource: {{connector: neutral, key: acme, folder: '{base / 'src'}'}}\n"
        f"target: {{connector: neutral, key: dest, folder: '{base / 'dst'}'}}\nmapping: mapping.yaml\n"
    )
    command(root, "extract")
    command(root, "plan")
    return root


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return [migrated(tmp_path_factory.mktemp(f"of-{size}"), size) for size in (SMALL, LARGE)]


def looked_at(root, words):
    with recorded() as seen:
        command(root, *words)
    assert seen.texts
    return seen


def test_whom_a_plan_named_is_whom_the_tickets_name(folders, monkeypatch):
    small, _ = folders
    with Project.load(small) as project:
        plan = project.plan("p-01")
        people = [
            row.root
            for row in plan.changes("kind IN ('person', 'organization')")
            if row.outcome.value in ("create", "skip")
        ]
        told = [explain(project, root) for root in people]
        monkeypatch.setattr("ticketferry.project.explain._named_in_plan", lambda *_: None)
        assert told == [explain(project, root) for root in people]
    outcomes = {row.root: row.outcome.value for row in plan.changes()}
    assert [(one.root, one.outcome) for one in told] == [(root, outcomes[root]) for root in people]
    assert "create" in {one.outcome for one in told}


@pytest.mark.parametrize("state", ["planned", "applied"])
def test_a_screen_goes_through_no_table_that_grows_with_the_tickets(folders, state):
    for root in folders:
        if state == "applied":
            command(root, "apply", "p-01", "--yes")
            command(root, "verify")
            command(root, "plan")
    for words in SCREENS:
        small, large = (looked_at(root, words) for root in folders)
        assert small.scans() == large.scans() == [], words
        # What one record has around it differs a little from desk to desk; a table of all of them would show four times as much.
        assert sum(large.steps.values()) < 1.6 * sum(small.steps.values()) + 500, (
            words,
            small.steps,
            large.steps,
        )
