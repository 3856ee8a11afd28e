"""A migration with a sandbox and production: one mapping, a workspace each, and nothing written into production by mistake."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.flow.migrations import DESK, MAPPING, by_origin, write_desk
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.app import ENVIRONMENT_VARIABLE
from ticketferry.cli.layout import width
from ticketferry.errors import ConfigError, UsageError, WaitingError, WorkspaceError
from ticketferry.project import Project, load_config, stages
from ticketferry.project.approving import approve_plan

FILE = """version: 1
source: {{connector: neutral, key: acme, folder: '{folder}/source'}}
target: {{connector: neutral, key: dest, folder: '{folder}/nowhere'}}
workers: 2
environments:
  sandbox:
    target: {{folder: '{folder}/sandbox'}}
    workers: 1
  production:
    target: {{folder: '{folder}/production'}}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migration of which the sandbox is applied and production is planned."""
    folder = tmp_path_factory.mktemp("two")
    write_desk(folder / "source", 4)
    root = folder / "acme"
    root.mkdir()
    (root / "migration.yaml").write_text(FILE.format(folder=folder))
    (root / "mapping.yaml").write_text(MAPPING)
    with Project.load(root, environment="sandbox") as project:
        stages.extract(project)
        assert stages.apply(project, stages.make_plan(project)).failed == 0
        assert stages.verify(project).same
    with Project.load(root, environment="production") as project:
        stages.extract(project)
        stages.make_plan(project).close()
    return root


def problems(text: str, folder: Path) -> list[str]:
    folder.mkdir(exist_ok=True)
    (folder / "migration.yaml").write_text(text)
    with pytest.raises(ConfigError) as refused:
        load_config(folder, "sandbox")
    return [line.strip() for line in refused.value.message.splitlines()[1:]]


def test_each_environment_has_its_own_desk_workers_workspace_and_approval(made: Path) -> None:
    sandbox, production = load_config(made, "sandbox"), load_config(made, "production")
    assert (sandbox.workers, production.workers) == (1, 2)
    assert (sandbox.approval, production.approval) == (False, True)
    assert sandbox.target.where != production.target.where
    assert sandbox.mapping == production.mapping == made / "mapping.yaml"
    assert {path.parent.name for path in made.glob("environments/*/workspace.db")} == {
        "sandbox",
        "production",
    }
    assert not (made / "workspace.db").exists()
    assert by_origin(made.parent / "sandbox")
    assert not (made.parent / "production" / "ticket.jsonl").exists()


def test_no_environment_is_implied(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="which environment"):
        load_config(made)
    with pytest.raises(UsageError, match="there is no environment 'prod'"):
        load_config(made, "prod")
    terminal = Terminal(made)
    assert "--env sandbox" in " ".join(terminal("status", code=64).stderr.split())
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "sandbox")
    said = terminal("status")
    assert said.stderr.startswith("== sandbox ==")
    assert " sandbox " in " ".join(said.stdout.partition("disk")[0].split()) + " "


def test_what_writes_into_production_wants_its_name_typed(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "production")
    terminal = Terminal(made)
    shown = terminal("status")
    assert shown.stderr.startswith("== PRODUCTION ==")
    assert all(width(line) <= 80 for line in (shown.stdout + shown.stderr).splitlines())
    refused = " ".join(terminal("apply", "p-01", "--yes", code=64).stderr.split())
    assert "wants its name typed" in refused
    assert "apply p-01 --env production" in refused
    unsigned = " ".join(terminal("apply", "p-01", "--yes", "--env", "production", code=3).stderr.split())
    assert "p-01 is not approved" in unsigned
    assert json.loads(terminal("status", "--json", "--env", "sandbox").stdout)["environment"] == "sandbox"
    assert not (made.parent / "production" / "ticket.jsonl").exists()


def test_what_changes_the_books_of_production_wants_its_name_typed_before_anything_is_read(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "production")
    terminal = Terminal(made)
    books = made / "environments" / "production"
    before = {path: path.stat().st_size for path in books.glob("runs/*")}
    for words, again in (
        (["cutover", "pilot", "--yes"], "cutover pilot"),
        (["cutover", "pilot", "--confirm", "freeze", "--by", "Ada"], "cutover pilot"),
        (["approve", "p-01", "--by", "Ada"], "approve p-01"),
        (["preflight", "confirm", "ANY", "--by", "Ada"], "preflight confirm ANY"),
        (["phase", "pilot", "cut-over", "--by", "Ada"], "phase pilot cut-over"),
        (["workspace", "purge", "--apply", "--by", "Ada", "--yes"], "workspace purge --apply"),
    ):
        said = " ".join(terminal(*words, code=64).stderr.split())
        assert "wants its name typed" in said, said
        assert f"ticketferry {again} --env production" in said, said
    assert {path: path.stat().st_size for path in books.glob("runs/*")} == before
    assert "p-01" in terminal("plan", "list").stdout


def test_an_environment_is_taken_before_and_behind_every_word_of_a_command(made: Path) -> None:
    terminal = Terminal(made)
    named = ["--env", "sandbox"]
    shown = terminal("preflight", *named).stdout
    assert shown
    planned = terminal("preflight", "p-01", *named).stdout
    for words in (["preflight", *named, "p-01"], [*named, "preflight", "p-01"]):
        assert terminal(*words).stdout == planned
    confirmed = terminal("preflight", *named, "confirm", "X", "--by", "Ada", code=64)
    assert "there is no guard X" in confirmed.stderr
    for group, command in (
        ("plan", "list"),
        ("kpi", "parity"),
        ("workspace", "prune"),
        ("mapping", "check"),
        ("export", "idmap"),
        ("clean", "preview"),
    ):
        ends = [command, *(["--csv"] if group == "export" else [])]
        assert terminal(group, *named, *ends).stdout == terminal(group, *ends, *named).stdout


def test_an_approved_plan_goes_into_production_and_nowhere_else(made: Path) -> None:
    before = by_origin(made.parent / "sandbox")
    with Project.load(made, environment="production") as project:
        plan = project.plan("p-01")
        with pytest.raises(WaitingError, match="not approved"):
            stages.apply(project, plan)
        approve_plan(project, plan, by="Ada")
        assert stages.apply(project, plan).failed == 0
    assert by_origin(made.parent / "production").keys() == before.keys()
    assert by_origin(made.parent / "sandbox") == before


def test_a_workspace_of_one_environment_never_answers_for_another(made: Path, tmp_path: Path) -> None:
    root = tmp_path / "copied"
    shutil.copytree(made, root)
    shutil.rmtree(root / "environments" / "production")
    shutil.copytree(root / "environments" / "sandbox", root / "environments" / "production")
    with (
        Project.load(root, environment="production") as project,
        pytest.raises(
            WorkspaceError, match="this workspace is of the environment sandbox, not of production"
        ),
    ):
        project.plan_rows()


def test_a_workspace_of_before_is_given_to_nobody_by_itself(tmp_path: Path) -> None:
    write_desk(tmp_path / "source", 2)
    root = tmp_path / "acme"
    root.mkdir()
    plain, _, _ = FILE.format(folder=tmp_path).partition("environments:")
    (root / "mapping.yaml").write_text(MAPPING)
    (root / "migration.yaml").write_text(plain)
    with Project.load(root) as project:
        stages.extract(project)
    (root / "migration.yaml").write_text(FILE.format(folder=tmp_path))
    with (
        Project.load(root, environment="sandbox") as project,
        pytest.raises(WorkspaceError, match="a workspace of before it had environments") as refused,
    ):
        project.plan_rows()
    assert "mv " in refused.value.remedy


def test_a_file_that_lost_its_environments_begins_no_workspace_beside_theirs(
    made: Path, tmp_path: Path
) -> None:
    root = tmp_path / "acme"
    shutil.copytree(made, root)
    whole = (root / "migration.yaml").read_text()
    (root / "migration.yaml").write_text(whole.partition("environments:")[0])
    terminal = Terminal(root)
    before = sorted(root.rglob("*"))
    for words in (["status"], ["plan", "list"], ["plan"], ["status", "--env", "production"]):
        said = " ".join(terminal(*words, code=64).stderr.split())
        assert "the folder has environments/ (production, sandbox), but migration.yaml names none" in said
        assert "Leave --env out" not in said
    assert sorted(root.rglob("*")) == before


@pytest.mark.outside
def test_no_advice_moves_one_workspace_onto_another(made: Path, tmp_path: Path) -> None:
    root = tmp_path / "acme"
    shutil.copytree(made, root)
    text = (root / "migration.yaml").read_text()
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "migration.yaml").write_text(text.partition("environments:")[0])
    with Project.load(plain) as project:
        assert project.plan_rows() == []
    shutil.copy(plain / "workspace.db", root / "workspace.db")

    def asked() -> WorkspaceError:
        with (
            Project.load(root, environment="production") as project,
            pytest.raises(WorkspaceError) as refused,
        ):
            project.plan_rows()
        assert "mv -n " in refused.value.remedy
        return refused.value

    kept = (root / "environments/production/workspace.db").read_bytes()
    assert "an empty workspace lies beside migration.yaml" in asked().message
    assert "environments/production/" not in asked().remedy.rpartition("mv ")[2]
    subprocess.run(["sh", "-c", asked().remedy.rpartition("\n")[2]], cwd=root, check=True)
    with Project.load(root, environment="production") as project:
        assert [row["id"] for row in project.plan_rows()] == ["p-01"]
    assert (root / "environments/production/workspace.db").read_bytes()[:100] == kept[:100]

    shutil.copy(root / "environments/sandbox/workspace.db", root / "workspace.db")
    assert "Both hold work" in asked().remedy
    assert "environments/production/" not in asked().remedy.rpartition("mv ")[2]

    shutil.rmtree(root / "environments/production")
    (root / "environments/production").mkdir()
    shutil.copy(plain / "workspace.db", root / "environments/production/workspace.db")
    assert "put the empty one aside first" in asked().remedy
    subprocess.run(["sh", "-c", asked().remedy.rpartition("\n")[2]], cwd=root, check=True)
    assert "environments/production/" in asked().remedy.rpartition("mv ")[2]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("  sandbox: {target: {key: other}}", "`key` is the same in every environment"),
        ("  sandbox: {target: {connector: jsm}}", "`connector` is the same in every environment"),
        ("  sandbox: {mapping: other.yaml}", "`mapping` is the same in every environment"),
        ("  sandbox: {workers: 900}", "`workers` must be `auto` or a whole number"),
        ("  sandbox: {approval: perhaps}", "`perhaps` is not known here"),
        ("  sandbox: {production: perhaps}", "`perhaps` is not known here"),
        ("  sandbox: {pace: {share: 7}}", "`pace.share` must be above 0"),
        ("  Sand Box: {}", "is no name of an environment"),
        ("  sandbox: {}\n  other: {}", "have the same target"),
        ("  sandbox: [1]", "is written"),
    ],
)
def test_what_an_environment_may_not_say_is_refused_where_it_stands(
    tmp_path: Path, written: str, said: str
) -> None:
    head = FILE.format(folder=tmp_path).partition("  sandbox:")[0]
    (found,) = problems(f"{head}{written}\n", tmp_path / "acme")
    assert said in found
    assert found.startswith(("migration.yaml:6:", "migration.yaml:7:")), found


def test_a_secret_of_an_environment_stands_in_no_file(tmp_path: Path) -> None:
    text = """version: 1
source: {connector: neutral, key: acme, folder: a}
target: {connector: zendesk, key: zd, subdomain: acme, email: a@b.example, token: "env:TOKEN"}
environments:
  sandbox: {target: {subdomain: acme-sandbox, token: abcdef}}
"""
    (found,) = problems(text, tmp_path / "acme")
    assert found.startswith("migration.yaml:5:")
    assert "is a secret and must not stand in this file" in found
    assert DESK == "acme"


def test_what_happened_in_the_sandbox_stands_beside_the_plan_for_production(
    made: Path, tmp_path: Path
) -> None:
    terminal = Terminal(made)
    screen = terminal("plan", "show", "p-01", "--env", "production").stdout
    assert all(width(line) <= 80 for line in screen.splitlines()), screen
    words = " ".join(screen.split())
    assert "PRODUCTION" in words
    assert "In sandbox p-01, the same mapping" in words
    assert "failed nothing" in words
    assert "nobody watched it" in words
    told = json.loads(terminal("plan", "show", "p-01", "--env", "production", "--json").stdout)["elsewhere"]
    assert told[0]["environment"] == "sandbox"
    assert told[0]["done"] == told[0]["operations"] > 0
    assert told[0]["counts"]["="] > 0
    report = tmp_path / "report.html"
    terminal("report", "p-01", "--env", "production", "-o", str(report))
    page = report.read_text("utf-8")
    assert "What happened in the other environments" in page
    assert "PRODUCTION" in page
    assert (
        "In production"
        not in terminal("plan", "show", "p-01", "--env", "sandbox").stdout.partition("State")[2]
    )


def test_files_are_named_where_they_are_in_an_environment(made: Path) -> None:
    terminal = Terminal(made)
    for words in (
        ("report",),
        ("runbook", "--go-live", "2030-01-04"),
        ("audit", "sample", "p-01", "--size", "2"),
    ):
        shown = terminal("--env", "sandbox", *words).stdout
        named = [word for word in shown.split() if word.endswith((".html", ".csv"))]
        assert named, shown
        assert all(word.startswith("environments/sandbox/") and (made / word).is_file() for word in named), (
            shown
        )
    assert not (made / "reports").exists()
    assert not (made / "audits").exists()
