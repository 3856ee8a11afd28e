"""What is said when something is wrong: one sentence, the place, the next step, the right exit code."""

import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.unit.cli.terminal import MAPPING, Terminal, make_terminal, plain_environment

from ticketferry.cli import cli
from ticketferry.cli.console import Console
from ticketferry.cli.progress import Progress
from ticketferry.schema.counting import counted
from ticketferry.store.lock import hold


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return make_terminal(tmp_path)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    made = make_terminal(tmp_path_factory.mktemp("planned"))
    made("-q", "extract")
    made("-q", "plan")
    return made


def run(folder: Path, *args: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ticketferry", *args],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        **{"env": plain_environment(), "stdin": subprocess.DEVNULL, **options},
    )  # fmt: skip


@pytest.mark.parametrize(
    "command",
    ["check", "extract", "profile", "people", "plan", "plan list", "apply p-01", "verify", "rollback p-01", "status",
     "errors", "explain 1", "export idmap", "preflight", "report", "mapping check"],
)  # fmt: skip
def test_a_folder_without_a_migration_is_told_with_the_way_to_one(tmp_path: Path, command: str) -> None:
    result = Terminal(tmp_path).failing(*command.split())
    assert result.exit_code == 1
    assert "there is no migration.yaml" in result.stderr
    assert "ticketferry init" in result.stderr
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["profile", "people", "plan --offline", "explain 1"])
def test_what_needs_an_extract_says_so(terminal: Terminal, command: str) -> None:
    assert "ticketferry extract" in terminal.failing(*command.split()).stderr


@pytest.mark.parametrize(
    "command",
    [
        "apply p-99",
        "verify p-99",
        "rollback p-99",
        "errors p-99",
        "plan show p-99",
        "report p-99",
        "preflight p-99",
    ],
)
def test_an_unknown_plan_is_told_with_those_there_are(planned: Terminal, command: str) -> None:
    result = planned.failing(*command.split())
    assert result.exit_code == 1
    assert "there is no plan p-99" in result.stderr
    assert "p-01" in result.stderr


def test_a_plan_file_of_another_folder_is_refused(planned: Terminal, tmp_path: Path) -> None:
    other = make_terminal(tmp_path)
    other("-q", "extract")
    (other.folder / "plans").mkdir()
    shutil.copy(planned.folder / "plans" / "p-01.plan", other.folder / "plans" / "p-07.plan")
    assert "p-07 was not made in this folder" in other.failing("apply", "p-07", "--yes").stderr
    assert not (tmp_path / "target" / "ticket.jsonl").exists()


@pytest.mark.parametrize(
    ("record", "said"),
    [("ticket:999", "there is no ticket 999"), ("mail:1", "there is no kind 'mail'"), ("ticket:", "its id is empty"),
     ("dest:ticket:1", "no record of the old desk")],
)  # fmt: skip
def test_a_record_that_is_not_there_is_told_with_how_to_name_one(
    planned: Terminal, record: str, said: str
) -> None:
    result = planned.failing("explain", record)
    assert result.exit_code == 64
    assert said in " ".join(result.stderr.split())
    assert "next:" in result.stderr


def test_every_problem_of_a_mapping_is_listed_at_once(terminal: Terminal) -> None:
    terminal("-q", "extract")
    broken = MAPPING.replace("exits:", "exist:").replace("{name: pilot", "{nam: pilot")
    (terminal.folder / "mapping.yaml").write_text(broken, encoding="utf-8")
    result = terminal.failing("plan")
    assert result.exit_code == 1
    assert result.stderr.count("mapping.yaml:") >= 2
    checked = terminal("mapping", "check", "--json", code=1)
    assert len(json.loads(checked.stdout)["problems"]) >= 2
    assert "mapping check" in terminal("status", code=2).stdout


def test_a_secret_that_is_not_set_is_named_for_both_desks_with_its_place(tmp_path: Path) -> None:
    home = Terminal(tmp_path)
    home("init", "m", "--source", "zendesk", "--target", "jsm", "--set", "source.subdomain=acme",
         "--set", "target.base_url=https://acme.atlassian.net", "--set", "target.email=me@acme.example")  # fmt: skip
    result = home("-C", "m", "check", code=1)
    assert "ZENDESK_CLIENT_SECRET is not set" in result.stdout
    assert "JIRA_TOKEN is not set" in result.stdout
    assert "migration.yaml:" in result.stdout
    assert result.stdout.count("BLOCKER") >= 2


def test_a_second_process_is_refused_and_told_who_is_at_work(planned: Terminal) -> None:
    with hold(planned.folder, "apply p-01"):
        result = planned.failing("extract")
        assert result.exit_code == 1
        assert "`apply p-01`" in result.stderr
        running = json.loads(planned("status", "--json").stdout)["running"]
        assert running["command"] == "apply p-01"
        assert running["process"] == os.getpid()


@pytest.mark.outside
def test_a_killed_command_is_not_said_to_be_at_work(planned: Terminal) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    words = {
        "pid": gone.pid,
        "host": socket.gethostname(),
        "command": "apply p-01",
        "began": time.time(),
        "beat": time.time(),
    }
    lock = planned.folder / "lock"
    lock.write_text(json.dumps(words))
    assert json.loads(planned("status", "--json").stdout)["running"] is None
    lock.write_text(json.dumps({**words, "host": "another"}))
    assert json.loads(planned("status", "--json").stdout)["running"]["host"] == "another"
    lock.write_text("")


def test_a_plan_that_apply_would_refuse_does_not_offer_to_apply_it(tmp_path: Path) -> None:
    terminal = make_terminal(tmp_path, mapping=MAPPING.replace("open: Open, ", ""))
    terminal("-q", "extract")
    shown = terminal("-q", "plan", code=1).stdout
    assert "mend what is rejected above, then: ticketferry plan" in shown
    assert "ticketferry apply" not in shown
    assert "Look at these first" in shown
    assert "ticketferry apply" not in terminal("status").stdout
    said = " ".join(terminal.failing("apply", "p-01", "--yes").stderr.split())
    assert "forbid an apply of p-01" in said
    assert "Then make a new plan: `ticketferry plan`" in said


def test_a_verify_that_had_nothing_to_compare_is_no_proof(planned: Terminal) -> None:
    assert "Nothing to compare: no plan was applied" in planned("-q", "verify").stdout
    assert "Nothing to compare: p-01: not applied" in planned("-q", "verify", "p-01", code=3).stdout
    assert "Verified never" in planned("status").stdout


def test_a_plan_without_a_source_does_not_read_the_target_first(terminal: Terminal) -> None:
    assert "the source desk was never extracted" in terminal.failing("plan").stderr
    assert not (terminal.folder / "target.db").exists()


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_a_folder_that_takes_no_writing_is_told_by_name(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), str(path))

    monkeypatch.setattr("ticketferry.project.folder.Path.mkdir", refuse)
    monkeypatch.setattr("ticketferry.store.lock.Path.mkdir", refuse)
    said = " ".join(terminal.failing("extract").stderr.split())
    assert "did not foresee" not in said
    assert os.strerror(code) in said
    assert "folder that you may write to" in said


def test_a_plan_that_is_applied_or_taken_back_is_not_offered_again(tmp_path: Path) -> None:
    terminal = make_terminal(tmp_path)
    terminal("-q", "extract")
    terminal("-q", "plan")
    assert "ticketferry apply p-01" in terminal("plan", "show", "p-01").stdout
    terminal("-q", "apply", "p-01", "--yes")
    shown = terminal("plan", "show", "p-01").stdout
    assert "ticketferry apply" not in shown
    assert "ticketferry verify p-01" in shown
    terminal("-q", "rollback", "p-01", "--apply", "--yes")
    assert "ticketferry apply" not in terminal("plan", "show", "p-01").stdout
    assert "p-01 was taken back already" in terminal("rollback", "p-01").stdout
    plans = terminal("plan", "list").stdout
    assert "p-02" in plans
    assert "p-03" not in plans, "what was taken back uses up no further number"


def test_what_is_refused_before_the_first_write_is_refused_before_the_table_of_writes(tmp_path: Path) -> None:
    terminal = make_terminal(tmp_path)
    terminal("-q", "extract")
    terminal("-q", "plan")
    refused = terminal("apply", "p-01", "--max-creates", 1, "--yes", code=64)
    assert "--max-creates allows 1" in refused.stderr
    assert refused.stdout == ""


def test_a_fault_of_an_option_is_told_in_plain_words(terminal: Terminal) -> None:
    path = terminal.folder / "migration.yaml"
    path.write_text(path.read_text().replace("key: dest, folder:", "key: dest, foldr:"))
    said = " ".join(terminal("check", code=1).stdout.split())
    assert "target.foldr: there is no such option; did you mean `folder`?" in said
    assert "target.folder: is wanted and not there" in said


def test_an_error_in_json_mode_is_one_object_on_stdout_and_a_sentence_on_stderr(planned: Terminal) -> None:
    result = planned("explain", "ticket:999", "--json", code=64)
    told = json.loads(result.stdout)
    assert told["exit"] == 64
    assert told["error"]["message"] in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("args", "said"),
    [(["chekc"], "did you mean `check`"), (["plan", "--nope"], "plan --help"), (["apply"], "PLAN"),
     (["status", "-C", "x"], "stands before the command"), (["-C", "nowhere", "status"], "no folder nowhere"),
     (["plan", "--limit", "0"], "--limit"), (["init", "x", "--set", "nonsense"], "source.OPTION=VALUE")],
)  # fmt: skip
def test_wrong_usage_ends_with_64_and_a_hint(planned: Terminal, args: list[str], said: str) -> None:
    result = planned.failing(*args)
    assert result.exit_code == 64
    assert said in result.stderr


def test_an_unforeseen_error_is_a_sentence_and_its_details_are_kept(
    planned: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("ticketferry.project.stages.make_plan", broken)
    result = planned.failing("plan")
    assert result.exit_code == 1
    assert "RuntimeError: boom" in result.stderr
    (kept,) = (planned.folder / "runs").glob("error-*.log")
    assert "Traceback" in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o077 == 0
    monkeypatch.chdir(planned.folder)
    verbose = CliRunner().invoke(cli, ["--verbose", "plan"])
    assert "Traceback" in verbose.stderr


def test_a_refused_plan_is_refused_before_it_is_read_out(planned: Terminal, tmp_path: Path) -> None:
    result = planned.failing("apply", "p-01", "--max-creates", "1", "--yes")
    assert result.exit_code == 64
    assert "Nothing was written" in result.stderr
    refused = planned.failing("apply", "p-01", "--allow-notify", "no.such")
    assert refused.exit_code == 64
    assert "no.such" in refused.stderr
    assert refused.stdout == ""


@pytest.mark.outside
def test_a_reader_that_goes_away_is_no_error(planned: Terminal) -> None:
    command = f"{sys.executable} -m ticketferry plan export p-01 --jsonl --operations | head -c 100"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=planned.folder, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode == 0


def test_ctrl_c_ends_with_130_and_the_same_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Impatient(Progress):
        pressed = False

        def __call__(self, name: str, done: int, total: int | None) -> None:
            if name == "operations" and done >= 20 and not self.pressed:
                self.pressed = True
                os.kill(os.getpid(), signal.SIGINT)

    terminal = make_terminal(tmp_path, tickets=40)
    terminal("-q", "extract")
    terminal("-q", "plan", "--offline")
    with monkeypatch.context() as patched:
        patched.setattr(Console, "progress", lambda _: Impatient(sys.stderr, live=False))
        stopped = terminal.failing("apply", "p-01", "--yes")
    assert stopped.exit_code == 130
    assert "goes on" in stopped.stderr
    status = json.loads(terminal("status", "--json", code=2).stdout)
    assert status["steps"][0]["command"] == "ticketferry apply p-01"
    rest = json.loads(terminal("apply", "p-01", "--yes", "--json").stdout)["figures"]
    assert rest["already"] >= 20
    assert rest["left"] == 0


def test_failures_are_listed_by_cause_with_the_place_and_the_records(tmp_path: Path) -> None:
    terminal = make_terminal(tmp_path)
    terminal("-q", "extract")
    terminal("-q", "plan")
    shutil.rmtree(terminal.folder / "blobs")
    applied = terminal("apply", "p-01", "--yes", code=4)
    assert "ticketferry errors p-01" in applied.stderr
    shown = terminal("errors").stdout
    assert "acme:ticket:1" in shown
    assert "ticketferry apply p-01" in shown
    found = json.loads(terminal("errors", "p-01", "--json").stdout)
    own = [cause for cause in found["causes"] if cause["code"] != "TF-BLOCKED"]
    assert found["failed"] == sum(cause["count"] for cause in own) > 0
    assert len(own) <= found["failed"]
    assert f"{found['failed']} writes of 6 records failed in p-01" in " ".join(applied.stderr.split())
    assert f"{found['failed']} writes of 6 records failed" in shown
    assert found["records"] == 6
    assert all(cause["message"] and cause["code"] for cause in found["causes"])
    status = terminal("status", "--json", code=2)
    assert json.loads(status.stdout)["problems"] == 6
    assert "errors p-01" in json.loads(status.stdout)["steps"][0]["command"]
    assert "6 records failed" in terminal("status", code=2).stdout


@pytest.mark.outside
def test_output_is_plain_where_it_is_not_a_terminal(planned: Terminal) -> None:
    done = run(planned.folder, "plan", "show", "p-01", env={**plain_environment(), "FORCE_COLOR": "1"})
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.outside
def test_a_terminal_without_utf8_gets_the_words_all_the_same(planned: Terminal) -> None:
    environment = {**plain_environment(), "PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = run(planned.folder, "explain", "ticket:1", env=environment)
    assert done.returncode == 0, done.stderr
    told = run(planned.folder, "explain", "ticket:1", "--json", env=environment)
    assert "😀" in json.loads(told.stdout)["title"]


def test_a_tab_in_migration_yaml_is_called_a_tab(terminal: Terminal) -> None:
    path = terminal.folder / "migration.yaml"
    whole = path.read_text()
    for line in ("\tworkers: 2\n", "pace:\n\tshare: 1\n"):
        path.write_text(whole + line)
        said = " ".join(terminal.failing("status").stderr.split())
        assert "a tab where a value or an indent begins" in said
        assert "token" not in said


def test_a_folder_above_the_migration_names_the_one_below(tmp_path: Path) -> None:
    make_terminal(tmp_path)
    said = " ".join(Terminal(tmp_path).failing("status").stderr.split())
    assert "There is one in mig" in said
    assert "ticketferry -C mig" in said


def test_a_misspelt_option_gets_one_proposal_and_never_help(terminal: Terminal) -> None:
    said = " ".join(terminal.failing("plan", "--phse", "x").stderr.split())
    assert "there is no option --phse; did you mean --phase?" in said
    assert "'--help'" not in said


def test_words_of_the_screen_are_those_of_a_user(terminal: Terminal) -> None:
    shown = terminal("connectors", "jsm").stdout + terminal("connectors", "zendesk").stdout
    assert "[DOC" not in shown
    assert "features" not in shown


@pytest.mark.parametrize(
    ("count", "kind", "words"),
    [
        (1, "ticket", "1 ticket"),
        (0, "ticket", "0 tickets"),
        (1200, "person", "1,200 people"),
        (1, "reply", "1 reply"),
        (2, "reply", "2 replies"),
        (2, "key", "2 keys"),
    ],
)
def test_one_thing_is_never_told_as_several(count: int, kind: str, words: str) -> None:
    assert counted(count, kind) == words


@pytest.mark.parametrize("command", ["check", "test", "doc", "sheet export"])
def test_a_mapping_that_is_named_without_definitions_is_not_passed_over(
    command: str, planned: Terminal
) -> None:
    """`mapping check -m other.yaml` said of the folder's own mapping that it was good."""
    words = ["mapping", *command.split()]
    refused = planned.failing(*words, "-m", "nosuch.yaml")
    assert refused.exit_code == 64
    assert "without --catalog the mapping of this folder is read, mapping.yaml" in " ".join(
        refused.stderr.split()
    )
    assert "--catalog catalogs.json -m nosuch.yaml" in " ".join(refused.stderr.split())
    if command != "sheet export":
        assert planned(*words, "-m", planned.folder / "mapping.yaml").stdout == planned(*words).stdout


def test_a_folder_in_place_of_the_mapping_is_told_as_one(tmp_path: Path) -> None:
    terminal = make_terminal(tmp_path)
    (terminal.folder / "mapping.yaml").unlink()
    (terminal.folder / "mapping.yaml").mkdir()
    told = terminal.failing("mapping", "check")
    assert told.exit_code == 1
    assert "the mapping cannot be read: Is a directory" in " ".join(told.stderr.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("doc", "-o", "x.pdf"), "written as HTML or Markdown, not as `.pdf`"),
        (("sheet", "export", "-o", "acme.ods"), "one .xlsx workbook or as a folder of CSV files"),
    ],
)
def test_an_ending_that_nothing_is_written_as_is_refused(
    words: tuple[str, ...], said: str, planned: Terminal
) -> None:
    refused = planned.failing("mapping", *words)
    assert refused.exit_code == 64
    assert said in " ".join(refused.stderr.split())
    assert not (planned.folder / words[-1]).exists()
