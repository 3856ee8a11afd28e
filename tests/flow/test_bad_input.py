"""What a tired administrator can do wrong, and what the workspace can suffer: one sentence, nothing half-written, and the next run goes on."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.flow.migrations import DESK, SourceDesk, by_origin, migrate, write_desk, write_project

from ticketferry.errors import (
    ConfigError,
    Exit,
    FatalError,
    MappingError,
    StalePlanError,
    UsageError,
    WorkspaceError,
)
from ticketferry.project import Project, stages


@pytest.fixture
def root(tmp_path):
    write_desk(tmp_path / "src", 3)
    return write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")


def test_a_folder_without_migration_yaml_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match=r"no migration\.yaml") as caught:
        Project.load(tmp_path)
    assert "ticketferry init" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("version: 2\n", "migration.yaml:1:1", "version"),
        ("source: {connector: zendesk, key: Bad Key}\ntarget: {}\n", "migration.yaml:1:", "slug"),
        ("source: {connector: nothere, key: a}\n", "migration.yaml:1:", "no connector"),
        ("a: [\n", "migration.yaml:", ""),
        ("source: {connector: zendesk, key: acme, token: abc123}\n", "migration.yaml:1:", "secret"),
        ("pace: {share: 2}\n", "migration.yaml:1:", "share"),
        ("workers: many\n", "migration.yaml:1:", "workers"),
        ("tarket: {}\n", "migration.yaml:1:1", "did you mean `target`"),
        ("windows: {}\n", "migration.yaml:1:1", "`windows` says when writes may happen"),
        ("\x00\x01", "migration.yaml:", ""),
        ("", "migration.yaml:", ""),
    ],
)
def test_a_wrong_migration_yaml_names_the_place(tmp_path, text, place, words):
    (tmp_path / "migration.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        Project.load(tmp_path)
    assert place in str(caught.value)
    assert words in str(caught.value)
    assert "abc123" not in str(caught.value)


def test_a_wrong_option_of_a_desk_names_its_place(root):
    path = root / "migration.yaml"
    path.write_text(path.read_text().replace("folder:", "folders:"))
    with (
        Project.load(root) as project,
        pytest.raises(ConfigError, match=r"migration.yaml:2:\d+: source.folder"),
    ):
        stages.check(project)


def test_a_wrong_mapping_names_every_place_and_nothing_is_planned(root):
    (root / "mapping.yaml").write_text("version: 1\nstatus: {new: New\nroute: x\n")
    with Project.load(root) as project:
        stages.extract(project)
        with pytest.raises(MappingError, match=r"mapping.yaml:\d+:\d+"):
            stages.make_plan(project)
        assert project.plan_rows() == []


def test_a_missing_mapping_says_so(root):
    (root / "mapping.yaml").unlink()
    with Project.load(root) as project:
        stages.extract(project)
        with pytest.raises(ConfigError, match="no mapping"):
            stages.make_plan(project)


def test_planning_before_extracting_says_what_to_do(root):
    with Project.load(root) as project, pytest.raises(WorkspaceError, match="never extracted") as caught:
        stages.make_plan(project, offline=True)
    assert "ticketferry extract" in caught.value.remedy


def test_a_damaged_workspace_is_refused_and_left_as_it_is(root):
    migrate(root)
    path = root / "workspace.db"
    data = bytearray(path.read_bytes())
    data[:4096] = b"\x00" * 4096
    path.write_bytes(data)
    with (
        Project.load(root) as project,
        pytest.raises(WorkspaceError, match=r"damaged|not a ticketferry") as caught,
    ):
        stages.make_plan(project)
    assert "workspace.db" in str(caught.value)
    assert path.read_bytes() == data


def test_a_damaged_snapshot_can_be_thrown_away(root):
    migrate(root)
    (root / "source.db").write_bytes(b"garbage" * 1000)
    for name in ("source.db-wal", "source.db-shm"):
        (root / name).unlink(missing_ok=True)
    with Project.load(root) as project:
        with pytest.raises(WorkspaceError, match="damaged") as caught:
            stages.extract(project)
        assert "Delete source.db" in caught.value.remedy
    (root / "source.db").unlink()
    with Project.load(root) as project:
        stages.extract(project)
        assert stages.make_plan(project).endpoint_counts() == {}


def test_a_newer_workspace_is_refused(root):
    migrate(root)
    with sqlite3.connect(root / "workspace.db") as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with Project.load(root) as project, pytest.raises(WorkspaceError, match="newer ticketferry"):
        stages.make_plan(project)


def test_a_second_process_is_told_who_writes(root):
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom ticketferry.store.lock import hold\n"
        "with hold(Path(sys.argv[1]), 'apply p-07'):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with Project.load(root) as project, pytest.raises(WorkspaceError, match="apply p-07") as caught:
            stages.extract(project)
        assert str(holder.pid) in str(caught.value)
    finally:
        holder.communicate("")
    with Project.load(root) as project:
        stages.extract(project)


def test_a_full_disk_stops_in_one_sentence_and_the_next_run_goes_on(root, tmp_path):
    desk = SourceDesk(tmp_path / "src")
    for number in range(100, 200):
        desk.ticket(number, 3)
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        pages = project.workspace.database.one("PRAGMA page_count")[0]
        project.workspace.database.connection.execute(f"PRAGMA max_page_count={pages + 1}")
        with pytest.raises(FatalError, match="disk is full") as caught:
            stages.apply(project, plan)
        assert caught.value.exit_code == Exit.ERROR
    with Project.load(root) as project:
        stages.apply(project, project.plan("p-01"))
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}


def test_a_stale_plan_names_the_input_that_changed(root, tmp_path):
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        mapping = root / "mapping.yaml"
        text = mapping.read_text()
        mapping.write_text(text.replace("high: High", "high: Highest"))
        with pytest.raises(StalePlanError, match="the mapping changed"):
            stages.apply(project, plan)
        mapping.write_text(text)
        SourceDesk(tmp_path / "src").ticket(1, 3, subject="changed")
        stages.extract(project, ("source",))
        with pytest.raises(StalePlanError, match="the source snapshot changed"):
            stages.apply(project, plan)
    assert by_origin(tmp_path / "target") == {}


def test_a_plan_that_was_tampered_with_is_refused(root):
    with Project.load(root) as project:
        stages.extract(project)
        path = stages.make_plan(project).path
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE operation SET params = '{}', digest = 'x' WHERE seq = 1")
    connection.close()
    with Project.load(root) as project, pytest.raises(StalePlanError, match="not as it was saved"):
        stages.apply(project, project.plan("p-01"))


def test_caps_and_phases_are_checked_before_anything_is_written(root, tmp_path):
    from ticketferry.plan.inputs import Scope

    with Project.load(root) as project:
        stages.extract(project)
        with pytest.raises(UsageError, match="no phase 'pilto'"):
            stages.make_plan(project, Scope(phase="pilto"))
        plan = stages.make_plan(project)
        with pytest.raises(UsageError, match="--max-creates allows 2"):
            stages.apply(project, plan, caps={"creates": 2})
        with pytest.raises(ConfigError, match="no ticket 99"):
            stages.make_plan(project, Scope(only=("ticket:99",)))
    assert by_origin(tmp_path / "target") == {}


def test_another_desk_under_the_same_folder_is_refused(root):
    migrate(root)
    path = root / "migration.yaml"
    path.write_text(path.read_text().replace(f"key: {DESK}", "key: other"))
    with Project.load(root) as project, pytest.raises(WorkspaceError, match="holds the desk acme"):
        stages.extract(project)


def test_files_of_the_workspace_are_private(root):
    migrate(root)
    for path in Path(root).rglob("*"):
        if path.is_file() and path.suffix in (".db", ".plan", ".jsonl"):
            assert path.stat().st_mode & 0o077 == 0, path


def test_files_that_were_not_fetched_stop_the_apply_before_it_begins(root, tmp_path):
    with Project.load(root) as project:
        stages.extract(project, files=False)
        plan = stages.make_plan(project)
        with pytest.raises(ConfigError, match="not fetched yet") as caught:
            stages.apply(project, plan)
        assert "extract files" in caught.value.remedy
        stages.extract(project, ("source",))
        stages.apply(project, stages.make_plan(project))
        assert stages.verify(project).same
    assert by_origin(tmp_path / "target")


def test_planning_twice_gives_the_same_plan(root):
    with Project.load(root) as project:
        stages.extract(project)
        digests = {stages.make_plan(project).digest for _ in range(3)}
        assert len(digests) == 1


def test_a_newer_connector_translates_what_is_kept_without_asking_the_desk_again(root, tmp_path):
    from dataclasses import replace

    with Project.load(root) as project:
        stages.extract(project)
    with Project.load(root) as project:
        source = project.config.source
        newer = replace(source, connector=replace(source.connector, version=source.connector.version + 1))
        project.config = replace(project.config, source=newer)
        done = stages.extract(project, ("source",))["source"].changed
        assert done["translated anew"] == 0, "the output is the same"
        assert done["ticket"] == 0, "nothing was read again"
        snapshots = project.snapshots("source")
        assert snapshots.version(snapshots.latest().number).startswith(f"neutral:{newer.connector.version}:")
