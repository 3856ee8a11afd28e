"""What a process that was killed left half-written goes with the next command, and is never readable by others."""

import os
from pathlib import Path

from tests.flow.migrations import write_desk, write_project

from ticketferry.project import Project, stages
from ticketferry.store.lock import hold


def test_the_next_command_takes_away_what_a_killed_one_left(tmp_path: Path) -> None:
    gone = [
        "blobs/.part-x1", "plans/.plan-a/ticket-00000", "people/d.part999999999", "imports/p-01/a.json.part",
        "runs/r-001.part", "workspace.db.before-3.part",
    ]  # fmt: skip
    kept = ["blobs/ab/abc", "plans/p-01.plan", f"people/d.part{os.getpid()}", "imports/p-01/a.json"]
    for name in [*gone, *kept]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    with hold(tmp_path, "extract"):
        assert [name for name in gone if (tmp_path / name).exists()] == []
        assert [name for name in kept if not (tmp_path / name).exists()] == []
    assert not (tmp_path / "plans/.plan-a").exists()


def test_no_file_of_a_migration_is_readable_by_others(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_desk(tmp_path / "src", 2)
        root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
        with Project.load(root) as project:
            stages.extract(project)
            stages.apply(project, stages.make_plan(project))
            stages.verify(project)
            written = ("migration.yaml", "mapping.yaml")
            open_ = [
                path.relative_to(root)
                for path in root.rglob("*")
                if path.is_file() and path.name not in written and path.stat().st_mode & 0o077
            ]
    finally:
        os.umask(before)
    assert open_ == []
