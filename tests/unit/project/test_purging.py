"""What is taken away at the end is gone from every byte of the folder, what is kept works, and what is not ours stays."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.flow.migrations import DESK, migrate, write_desk, write_project

from ticketferry.cli import cli
from ticketferry.errors import UsageError, WaitingError
from ticketferry.project import Project, stages
from ticketferry.project.folder_parts import PARTS, part_files, unknown_files
from ticketferry.project.purged import purges
from ticketferry.project.purging import prunable, prune, purge

CANARIES = (b"globex.example", b"P1@X.example", b"p1@x.example", b"hello 1", b"Person 3", b"Ticket 2")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_desk(tmp_path / "src", 2)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    migrate(root)
    with Project.load(root) as project:
        stages.verify(project)
    return root


def run(root: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["-C", str(root), *words], catch_exceptions=False)


def found(root: Path) -> dict[str, list[bytes]]:
    held = {}
    for path in root.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            words = [canary for canary in CANARIES if canary in data]
            if words:
                held[str(path.relative_to(root))] = words
    return held


def test_after_a_purge_no_byte_of_the_folder_holds_what_customers_wrote(root: Path) -> None:
    (root / "decisions").mkdir(exist_ok=True)
    (root / "decisions" / "people.csv").write_text("P1@X.example\n")
    (root / "notes.txt").write_text("my own: Person 3\n")
    assert set(found(root)) > {"decisions/people.csv", "notes.txt"}
    with Project.load(root) as project:
        project.workspace.database.connection.execute(
            "INSERT INTO before_image(plan, ref, image) VALUES ('p-01', 'acme:ticket:1', 'hello 1')"
        )
    answer = run(root, "workspace", "purge", "--apply", "--by", "M. Ito", "--unfinished", "--yes")
    assert answer.exit_code == 0, answer.output
    assert "notes.txt" in answer.output
    assert found(root) == {"notes.txt": [b"Person 3"]}
    assert (root / "mapping.yaml").exists()
    assert (root / "migration.yaml").exists()


def test_the_id_map_and_the_journal_live_on(root: Path) -> None:
    with Project.load(root) as project:
        slots = project.workspace.database.rows("SELECT ref, slot, value FROM slot ORDER BY seq")
    run(root, "workspace", "purge", "--apply", "--by", "M. Ito", "--unfinished", "--yes")
    with Project.load(root) as project:
        assert project.workspace.database.rows("SELECT ref, slot, value FROM slot ORDER BY seq") == slots
        assert [row["id"] for row in project.plan_rows()] == ["p-01"]
        assert [(entry.by, entry.kept) for entry in purges(project.workspace)] == [
            ("M. Ito", ("idmap", "journal", "report"))
        ]
    assert "M. Ito: took away images, plans" in run(root, "log").output.replace("\n", " ").replace("  ", "")
    exported = run(root, "export", "idmap")
    assert exported.exit_code == 0
    assert f"{DESK}:ticket:1" in exported.output
    assert run(root, "status").exit_code in (0, 2, 3)


def test_a_plan_of_a_purged_folder_says_why_it_is_not_there(root: Path) -> None:
    run(root, "workspace", "purge", "--apply", "--by", "M. Ito", "--unfinished", "--yes")
    for words in (
        ("verify", "p-01"),
        ("rollback", "p-01"),
        ("plan", "show", "p-01"),
        ("apply", "p-01", "--yes"),
    ):
        answer = run(root, *words)
        assert answer.exit_code == 1, words
        assert "M. Ito" in answer.output, answer.output


def test_without_apply_nothing_goes(root: Path) -> None:
    before = sorted(path for path in root.rglob("*"))
    answer = run(root, "workspace", "purge", "--json")
    assert answer.exit_code == 3
    told = json.loads(answer.output)
    assert told["taken_away"] is False
    assert "plans" in {row["part"] for row in told["parts"]}
    assert sorted(path for path in root.rglob("*")) == before


def test_a_purge_needs_a_name_and_parts_that_are_there(root: Path) -> None:
    assert run(root, "workspace", "purge", "--apply").exit_code == 64
    with Project.load(root) as project:
        with pytest.raises(UsageError, match="name"):
            purge(project, (), "  ")
        with pytest.raises(UsageError, match="journals: no part"):
            purge(project, ("journals",), "Ito", unfinished=True)
    assert (root / "source.db").exists()


def test_an_unfinished_plan_forbids_it(root: Path) -> None:
    with Project.load(root) as project:
        project.plans.set_state("p-01", "applying")
        with pytest.raises(WaitingError, match="p-01 is not finished"):
            purge(project, ("idmap",), "Ito", unfinished=True)
    assert (root / "source.db").exists()
    assert (root / "plans" / "p-01.plan").exists()


def test_nothing_behind_a_link_is_taken_away(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "mine.html").write_text("mine")
    (root / "reports").mkdir(exist_ok=True)
    (root / "reports" / "linked").symlink_to(outside)
    with Project.load(root) as project:
        purge(project, (), "Ito", unfinished=True)
    assert (outside / "mine.html").read_text() == "mine"


def test_a_killed_purge_is_ended_by_the_same_call(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ticketferry.project import purging

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, Project.load(root) as project:
        broken.setattr(purging, "empty_tables", killed)
        with pytest.raises(KeyboardInterrupt):
            purge(project, ("idmap",), "Ito", unfinished=True)
    with Project.load(root) as project:
        assert project.plan_rows()
        purge(project, ("idmap",), "Ito", unfinished=True)
        assert not project.plan_rows()
        assert len(purges(project.workspace)) == 2


def test_every_file_of_a_migration_belongs_to_a_part(root: Path) -> None:
    run(root, "report", "p-01", "-o", str(root / "reports" / "p-01.html"))
    run(root, "profile")
    run(root, "status")
    parts = {path for part in PARTS for path in part_files(root, part)}
    ours = {
        "migration.yaml",
        "mapping.yaml",
        "workspace.db",
        "workspace.db-wal",
        "workspace.db-shm",
        "lock",
        "lock.held",
    }
    others = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path not in parts}
    assert others <= ours
    assert list(unknown_files(root)) == []


def test_prune_takes_only_plans_that_nobody_can_need(tmp_path: Path) -> None:
    write_desk(tmp_path / "src", 2)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")
    with Project.load(root) as project:
        stages.extract(project)
        never_begun, approved, begun = (stages.make_plan(project).id for _ in range(3))
    assert run(root, "approve", approved, "--by", "Ada").exit_code == 0
    assert run(root, "apply", begun, "--yes").exit_code == 0
    with Project.load(root) as project:
        newest = stages.make_plan(project).id
        assert prunable(project).plans == (never_begun,)
        assert prune(project).plans == (never_begun,)
        assert prunable(project).plans == ()
        left = sorted(path.stem for path in (root / "plans").glob("*.plan"))
        assert left == sorted([approved, begun, newest])
        assert never_begun in [row["id"] for row in project.plan_rows()]
        assert stages.make_plan(project).id not in (never_begun, approved, begun, newest)
    assert run(root, "rollback", begun).exit_code in (0, 3)
    assert "Nothing was taken away" not in run(root, "workspace", "prune").output


def test_in_the_middle_of_a_migration_nothing_is_taken_away(root: Path) -> None:
    answer = run(root, "workspace", "purge", "--apply", "--by", "Kim", "--yes")
    assert answer.exit_code == 3
    assert "the migration is not over: rest is verified" in answer.output
    assert run(root, "workspace", "purge", "--apply", "--by", "Kim", "--unfinished").exit_code == 64
    assert (root / "source.db").exists()
    for state in ("cut-over", "done"):
        assert run(root, "workspace", "purge", "--apply", "--by", "Kim", "--yes").exit_code == 3
        assert run(root, "phase", "rest", state, "--by", "Kim").exit_code == 0
    assert run(root, "workspace", "purge", "--apply", "--by", "Kim", "--yes").exit_code == 0
    assert not (root / "source.db").exists()


def test_what_was_rehearsed_goes_too(root: Path) -> None:
    (root / "rehearsals" / "r-01").mkdir(parents=True)
    (root / "rehearsals" / "r-01" / "source.db").write_bytes(CANARIES[0])
    (root / "fallback" / "pilot").mkdir(parents=True)
    (root / "fallback" / "pilot.csv").write_bytes(CANARIES[1])
    with Project.load(root) as project:
        purge(project, ("idmap", "journal", "report"), "Ito", unfinished=True)
    assert found(root) == {}
