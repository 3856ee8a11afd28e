"""Every command: its help, its example, completion; and what stands beside the way (init, connectors, schema, emulator)."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import chdir
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from tests.unit.cli.terminal import Terminal, plain_environment

from ticketferry.cli import COMMANDS, cli
from ticketferry.cli.app import App, OutputFile
from ticketferry.cli.console import Console
from ticketferry.project import load_config


def every() -> Iterator[tuple[str, click.Command]]:
    for group in COMMANDS.values():
        for name in group:
            command = cli.get_command(click.Context(cli, obj=App()), name)
            assert command is not None
            yield name, command
            for below, sub in getattr(command, "commands", {}).items():
                yield f"{name} {below}", sub


EVERY = dict(every())


def test_the_agreed_commands_are_there() -> None:
    agreed = (
        "init check extract profile people plan apply verify rollback status errors explain export schema connectors"
        " connector emulator demo preflight report mapping completion inventory quarantine adopt catalog kpi clean health"
        " accept approve audit pack log hooks stragglers phase rehearse runbook cutover workspace fallback forget"
    )
    assert {name for name in EVERY if " " not in name} == set(agreed.split())


@pytest.mark.parametrize("name", EVERY)
def test_the_help_of_every_command_has_an_example_and_words_for_each_option(name: str) -> None:
    result = CliRunner().invoke(cli, [*name.split(), "--help"])
    assert result.exit_code == 0
    assert re.search(rf"Examples:\n.*ticketferry {name.split(maxsplit=1)[0]}", result.stdout, re.DOTALL)
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    for option in EVERY[name].params:
        if isinstance(option, click.Option) and not option.hidden:
            assert option.help, f"{name}: {option.name}"


@pytest.mark.parametrize("name", [name for name in EVERY if getattr(EVERY[name], "commands", None)])
def test_the_list_of_commands_is_told_whole(name: str) -> None:
    listed = CliRunner().invoke(cli, [*name.split(), "--help"]).stdout.partition("Commands:")[2]
    assert listed
    assert "..." not in listed


@pytest.mark.parametrize("name", EVERY)
def test_the_examples_of_every_command_are_commands_and_options_that_exist(name: str) -> None:
    epilog = (EVERY[name].epilog or "").replace("\\\n", " ")
    for line in re.findall(r"ticketferry ([^\n]*)", epilog):
        words = [word for word in line.split() if word.startswith("--")]
        known = {flag for command in EVERY.values() for option in command.params for flag in option.opts}
        assert {word.split("=")[0].rstrip(")\"'") for word in words} <= known | {"--help"}, line


@pytest.mark.outside
def test_the_start_imports_nothing_heavy() -> None:
    code = "import sys; from ticketferry.cli import cli; cli.main(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "COV_"))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=plain)
    loaded = done.stdout.rsplit("\n", 2)[-2]
    for heavy in (
        "pydantic",
        "httpx",
        "rich",
        "sqlite3",
        "lxml",
        "yaml",
        "jinja2",
        "orjson",
        "ticketferry.project",
    ):
        assert f"'{heavy}'" not in loaded


@pytest.mark.outside
def test_listing_connectors_imports_no_http_library() -> None:
    code = "import sys; from ticketferry.cli import cli; cli.main(['connectors'], standalone_mode=False); print('httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str) -> None:
    assert "_TICKETFERRY_COMPLETE" in CliRunner().invoke(cli, ["completion", shell]).stdout


@pytest.mark.outside
def test_commands_options_and_plans_are_completed(tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "p-07.plan").touch()

    def complete(*words: str) -> str:
        environment = {
            **os.environ, "_TICKETFERRY_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(("ticketferry", *words)), "COMP_CWORD": str(len(words)),
        }  # fmt: skip
        code = "import sys; sys.argv[0] = 'ticketferry'; from ticketferry.cli import main; sys.exit(main())"
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    assert complete("pro") == "plain,profile\n"
    assert "plain,--canary\n" in complete("apply", "--ca")
    assert "plain,p-07\n" in complete("apply", "p")


def test_init_writes_a_folder_that_can_be_read_and_holds_no_secret(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    made = terminal(
        "init", "acme", "--source", "zendesk", "--target", "jsm", "--set", "source.subdomain=acme",
        "--set", "target.base_url=https://acme.atlassian.net", "--set", "target.email=me@acme.example", "--json",
    )  # fmt: skip
    facts = json.loads(made.stdout)
    assert facts["mapping"] == "zendesk_to_jsm"
    assert {name for name, _ in facts["secrets"]} == {"ZENDESK_CLIENT_SECRET", "JIRA_TOKEN"}
    text = (tmp_path / "acme" / "migration.yaml").read_text(encoding="utf-8")
    assert "client_secret: env:ZENDESK_CLIENT_SECRET" in text
    config = load_config(tmp_path / "acme")
    assert config.source.where == "https://acme.zendesk.com"
    assert "workspace.db" not in text
    assert "*.db" in (tmp_path / "acme" / ".gitignore").read_text(encoding="utf-8")
    assert (tmp_path / "acme").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "value", ["https://x.example/a b", "a: b # c", 'say "so"', "{x}", "ünï😀", "", "- x", "yes: no"]
)
def test_init_writes_any_value_so_that_it_is_read_back(tmp_path: Path, value: str) -> None:
    Terminal(tmp_path)(
        "init", "m", "--source", "neutral", "--target", "neutral", "--set", f"source.folder={value}"
    )
    assert load_config(tmp_path / "m").source.values["folder"] == value


def test_init_never_overwrites(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "mapping.yaml").write_text("mine", encoding="utf-8")
    assert "kept   mapping.yaml" in terminal("init", "m", "--source", "neutral", "--target", "neutral").stdout
    assert (tmp_path / "m" / "mapping.yaml").read_text(encoding="utf-8") == "mine"
    before = (tmp_path / "m" / "migration.yaml").read_bytes()
    assert terminal.failing("init", "m", "--source", "zendesk", "--target", "jsm").exit_code == 1
    assert (tmp_path / "m" / "migration.yaml").read_bytes() == before


def test_two_accounts_of_one_product_never_share_a_secret(tmp_path: Path) -> None:
    said = Terminal(tmp_path)("init", "m", "--source", "zendesk", "--target", "zendesk").stdout
    text = (tmp_path / "m" / "migration.yaml").read_text()
    assert "client_secret: env:OLD_ZENDESK_CLIENT_SECRET" in text
    old, new = text.split("target:\n")
    assert "# delta: append" not in old, "how the new desk is written is no choice of the old one"
    assert "# delta: append" in new
    assert "client_secret: env:NEW_ZENDESK_CLIENT_SECRET" in text
    assert "export OLD_ZENDESK_CLIENT_SECRET" in said
    assert "export NEW_ZENDESK_CLIENT_SECRET" in said


@pytest.mark.parametrize(
    ("args", "said"),
    [(["--target", "jsm"], "--source"), (["--source", "zendex", "--target", "jsm"], "no connector 'zendex'"),
     (["--source", "zendesk", "--target", "jsm", "--set", "target.token=abc"], "must not stand in a file"),
     (["--source", "zendesk", "--target", "jsm", "--set", "target.tokn=abc"], "no option 'tokn'"),
     (["--source", "neutral", "--target", "neutral", "--source-key", "A B"], "--source-key")],
)  # fmt: skip
def test_init_refuses_what_cannot_work_and_writes_nothing(tmp_path: Path, args: list[str], said: str) -> None:
    assert said in Terminal(tmp_path).failing("init", "m", *args).stderr
    assert not (tmp_path / "m").exists()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Somebody sits at a terminal and types the answers to `init`."""
    monkeypatch.setattr(Console, "asks", property(lambda self: not self.json))

    def type_(*answers: str) -> Result:
        with chdir(tmp_path):
            return CliRunner().invoke(cli, ["init", "m"], input="".join(f"{answer}\n" for answer in answers))

    return type_


def test_init_asks_for_the_way_of_signing_in_that_the_vendor_offers(
    typed: Callable[..., Result], tmp_path: Path
) -> None:
    """What one way needs is asked for and written as a line; what other ways need stays a comment; secrets are never asked for."""
    told = typed(
        "zendesk", "jsm", "https://acme.zendesk.com/agent", "oauth", "ferry", "acme.atlassian.net", "token", "me@acme.example"
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "none can be created since 2026-10-27" in " ".join(told.stderr.split())
    config = load_config(tmp_path / "m")
    assert (config.source.where, config.target.where) == (
        "https://acme.zendesk.com",
        "https://acme.atlassian.net",
    )
    assert config.source.values["client_id"] == "ferry"
    text = (tmp_path / "m" / "migration.yaml").read_text()
    assert "\n  client_secret: env:ZENDESK_CLIENT_SECRET" in text
    assert "\n  # token: env:ZENDESK_TOKEN" in text
    assert "\n  token: env:JIRA_TOKEN" in text
    assert "\n  # client_secret: env:JIRA_CLIENT_SECRET" in text
    assert "Fill in" not in told.stdout, "everything was asked for"
    assert all(len(line) <= 80 for line in told.output.splitlines())


def test_init_asks_again_for_what_the_connector_does_not_take(
    typed: Callable[..., Result], tmp_path: Path
) -> None:
    told = typed(
        "zendesk", "jsm", "acme inc", "http://", "acme", "token", "me", "me@acme.example",
        "https://", "acme", "token", "me@acme.example/ you", "me@acme.example",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "such as me@acme.com" in told.stderr
    config = load_config(tmp_path / "m")
    assert config.source.values["subdomain"] == "acme"
    assert config.source.values["email"] == "me@acme.example"
    assert config.target.values["base_url"] == "https://acme.atlassian.net"


def test_init_takes_the_address_that_an_emulator_prints(typed: Callable[..., Result], tmp_path: Path) -> None:
    """A stand-in on this machine is its own gateway, so that each way of signing in reaches it and nothing else."""
    here = "http://127.0.0.1:8801"
    told = typed("zendesk", "jsm", f"{here}/", "oauth", "ferry", "http://127.0.0.1:8802", "oauth", "ferry")
    assert told.exit_code == 0, told.output
    config = load_config(tmp_path / "m")
    assert config.source.where == here
    assert {config.target.values[name] for name in ("base_url", "gateway", "auth_url")} == {
        "http://127.0.0.1:8802"
    }


def test_init_without_a_terminal_takes_the_way_of_signing_in_as_an_option(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    args = ("init", "m", "--source", "zendesk", "--target", "jsm")
    made = terminal(
        *args, "--sign-in", "source=token", "--set", "source.subdomain=acme", "--sign-in", "target=refresh",
        "--set", "target.projects=SUP, BILL", "--json",
    )  # fmt: skip
    names = {name for name, _ in json.loads(made.stdout)["secrets"]}
    assert names == {"ZENDESK_TOKEN", "JIRA_CLIENT_SECRET", "JIRA_REFRESH_TOKEN"}
    assert load_config(tmp_path / "m").target.values["projects"] == ["SUP", "BILL"]
    refused = terminal.failing("init", "n", *args[2:], "--sign-in", "target=password")
    assert "token, scoped, oauth, refresh, bearer" in " ".join(refused.stderr.split())
    refused = terminal.failing("init", "n", *args[2:], "--set", "source.subdomain=acme.zendesk.com")
    assert "first part of the address only" in " ".join(refused.stderr.split())
    assert not (tmp_path / "n").exists()


def test_init_signs_in_by_the_way_that_the_given_options_belong_to(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    made = terminal(
        "init", "m", "--source", "zendesk", "--target", "jsm", "--set", "source.base_url=http://127.0.0.1:8801",
        "--set", "source.email=me@acme.example", "--set", "target.bearer=env:SITE_BEARER", "--json",
    )  # fmt: skip
    assert {name for name, _ in json.loads(made.stdout)["secrets"]} == {"ZENDESK_TOKEN", "SITE_BEARER"}
    values = load_config(tmp_path / "m").source.values
    assert values["email"] == "me@acme.example"
    assert "client_secret" not in values


def test_what_init_leaves_as_a_comment_can_be_taken_in_as_it_stands(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal("init", "m", "--source", "zendesk", "--target", "jsm", "--set", "source.subdomain=acme")
    path = tmp_path / "m" / "migration.yaml"
    text = path.read_text(encoding="utf-8")
    assert "# file_hosts: []" in text
    path.write_text(
        text.replace("# file_hosts: []", "file_hosts: []").replace("# without: []", "without: []"),
        encoding="utf-8",
    )
    assert load_config(tmp_path / "m").source.values["file_hosts"] == []
    ignored = (tmp_path / "m" / ".gitignore").read_text(encoding="utf-8").split()
    assert {"imports/", "backups/", "blobs/", "plans/"} <= {*ignored}
    shown = " ".join(terminal("connectors", "zendesk").stdout.split())
    assert "(else ())" not in shown
    assert "files (else true)" in shown


def test_connectors_are_a_list_and_a_broken_plug_in_does_not_hide_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ticketferry import registry

    real = registry.entry_points(group=registry.GROUP)
    broken = EntryPoint("broken", "no_such_module:CONNECTOR", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda **_: [*real, broken])
    rows = {row["name"]: row for row in json.loads(CliRunner().invoke(cli, ["connectors", "--json"]).stdout)}
    assert {"zendesk", "jsm", "neutral", "broken"} <= set(rows)
    assert "no_such_module" in rows["broken"]["error"]
    assert set(rows["jsm"]) >= {"name", "title", "roles", "features", "options"}
    assert next(option for option in rows["jsm"]["options"] if option["name"] == "token")["secret"] is True
    assert "no_such_module" in CliRunner().invoke(cli, ["connectors"]).stdout


@pytest.mark.parametrize("kind", ["", "ticket", "person", "catalog", "mapping"])
def test_schemas_are_json_schemas(kind: str) -> None:
    import jsonschema

    schema = json.loads(CliRunner().invoke(cli, ["schema", *([kind] if kind else [])]).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert CliRunner().invoke(cli, ["schema", "nonsense"]).exit_code == 64


@pytest.mark.outside
@pytest.mark.parametrize("name", ["zendesk", "jsm"])
def test_an_emulator_serves_until_it_is_interrupted_and_prints_how_to_reach_it(name: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ticketferry", "emulator", name, "--clock", "manual"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=plain_environment(),
    )  # fmt: skip
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.fullmatch(r"export \w+_URL=(http://127\.0\.0\.1:\d+)\n", first)
        assert found is not None, first
        assert process.stdout.readline().startswith("export ")
        with urllib.request.urlopen(f"{found[1]}/_emulator/clock", timeout=20) as answer:
            assert "time" in json.load(answer)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_an_empty_account_to_move_into_has_a_set_up_and_no_tickets() -> None:
    from ticketferry.cli.emulator import _make

    made = _make("zendesk", None, None, "manual", empty=True)
    assert len(made.state.heads) == 0
    assert len(made.state.lists["ticket_fields"]) > 10
    assert {row["role"] for row in made.state.lists["users"].values()} == {"agent", "admin"}


def test_a_guard_that_does_not_hold_is_told_and_stops_no_check() -> None:
    """It stands in the way of plans that need it; the first import of a desk needs none."""
    from ticketferry.cli.check import _print
    from ticketferry.cli.console import Console
    from ticketferry.project.desks import DeskCheck
    from ticketferry.sdk.contract import Finding, Severity

    loud = Finding("G-1", Severity.BLOCKER, None, "here", "5 triggers tell people", "Switch them off.", 5)
    bad = Finding("X-1", Severity.BLOCKER, None, "here", "no right to read")
    desk = DeskCheck("target", "zendesk", "Zendesk", "new", "here", [loud], guards=frozenset({"G-1"}))
    assert (desk.blockers, desk.open_guards) == (0, 1)
    desk.findings.append(bad)
    assert (desk.blockers, desk.open_guards) == (1, 1)
    told: list[str] = []
    console = Console()
    console.out = lambda *lines: told.extend(lines)  # type: ignore[method-assign]
    desk.findings.remove(bad)
    _print(console, [desk], 0)
    said = "\n".join(told)
    assert "guard    5 triggers tell people [G-1]" in said
    assert "preflight" in said
    assert "Next" in said


def test_an_emulator_says_what_it_cannot_take(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    assert "no emulator" in terminal.failing("emulator", "neutral").stderr
    assert "takes no --empty" in terminal.failing("emulator", "jsm", "--empty").stderr
    assert "a desk of its own" in terminal.failing("emulator", "zendesk", "--empty", "--tickets", "3").stderr
    (tmp_path / "empty").mkdir()
    assert "holds no saved desk" in terminal.failing("emulator", "zendesk", "--data", "empty").stderr


def test_the_demo_prints_its_figures_and_passes_its_errors_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ticketferry import demo
    from ticketferry.errors import FatalError

    monkeypatch.setattr(
        demo,
        "run",
        lambda folder, **options: {
            "folder": str(folder),
            **{k: v for k, v in options.items() if k != "progress"},
        },
    )
    monkeypatch.setattr(demo, "screen", lambda result: f"{result['tickets']} tickets")
    monkeypatch.setattr(demo, "cleaning_screen", lambda _: "people, faults, figures")
    terminal = Terminal(tmp_path)
    assert terminal("demo").stdout == "214 tickets\n\npeople, faults, figures\n"
    assert json.loads(terminal("demo", "--tickets", 5, "--folder", "d", "--json").stdout) == {
        "folder": "d",
        "tickets": 5,
        "seed": 1,
    }

    def fails(*_: object, **__: object) -> None:
        raise FatalError("the demo's desks are not ready", remedy="Say so.")

    monkeypatch.setattr(demo, "run", fails)
    assert "not ready" in terminal.failing("demo").stderr


def test_a_demo_that_breaks_a_promise_ends_with_1_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ticketferry import demo

    result = {
        "unplanned_writes": 1,
        "verify": {"same": 5, "differs": 2},
        "rollback": {"errored": 0, "target_equals_before": False},
    }
    monkeypatch.setattr(demo, "run", lambda *_, **__: result)
    monkeypatch.setattr(demo, "screen", lambda _: "screen")
    monkeypatch.setattr(demo, "cleaning_screen", lambda _: "people, faults, figures")
    said = Terminal(tmp_path)("demo", code=1).stderr
    for words in ("unplanned writes", "verify differs", "the desk is not as before"):
        assert words in " ".join(said.split())


WRITING_BY_RULES_OF_THEIR_OWN = {"mapping draft", "mapping sheet export"}
"""They overwrite nothing at all."""


@pytest.mark.parametrize("name", EVERY)
def test_no_output_of_a_command_takes_the_place_of_what_the_migration_is_made_of(name: str) -> None:
    for parameter in EVERY[name].params:
        if "--output" in parameter.opts and name not in WRITING_BY_RULES_OF_THEIR_OWN:
            assert isinstance(parameter.type, OutputFile), f"{name} -o would write over a database"
