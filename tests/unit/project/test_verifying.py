"""In a folder that writes a phase back, `verify` answers for what its own plans wrote: what both desks held before is no promise of theirs."""

import json

import pytest
from tests.flow.migrations import DESK, migrate, write_desk, write_project

from ticketferry.project import Project, stages
from ticketferry.project.cut_over import FALLBACK
from ticketferry.project.fallback_beginning import SEED

OURS, SEEDED = (f"{DESK}:ticket:{number}" for number in (1, 2))


@pytest.fixture
def project(tmp_path):
    """Two tickets by p-01, of which the second counts as written by the beginning of a fallback; the target's people changed both since."""
    write_desk(tmp_path / "src", 2)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    migrate(root)
    with Project.load(root) as project:
        held = project.idmap.applied(SEEDED)
        project.workspace.commit(
            lambda connection: project.idmap.set_applied(
                connection, SEEDED, wanted=held.wanted, seen=held.seen, inputs="", how="adopted", plan=SEED, run="r",
            )
        )  # fmt: skip
        change_subjects(tmp_path / "target" / "ticket.jsonl")
        yield project


def change_subjects(path):
    """Change both by hand, as people of the desk do."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    latest = {line["id"]: line for line in lines if line["record"].get("origin") in (OURS, SEEDED)}
    assert len(latest) == 2
    with path.open("a", encoding="utf-8") as file:
        for line in latest.values():
            changed = {**line, "record": {**line["record"], "subject": "changed by hand"}}
            file.write(json.dumps(changed) + "\n")


def differing(verified):
    return {line.ref for line in verified.lines if line.sign == "*"}


def test_a_fallback_folder_is_held_to_what_its_plans_wrote(project):
    assert differing(stages.verify(project)) == {OURS, SEEDED}, (
        "a migration answers for all that counts as written"
    )
    project.workspace.note(f"{FALLBACK}seeded", "2026-11-30T00:00:00+00:00")
    assert differing(stages.verify(project)) == {OURS}
    project.plans.set_state("p-01", "undone")
    nothing = stages.verify(project)
    assert (nothing.lines, sum(nothing.counts.values())) == ([], 0), "no plan of its own was applied yet"
