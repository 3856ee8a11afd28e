"""Hooks of `on_event`: each event told once, never in the run's way, without a secret or a person; every mistake in the file with its place."""

import hashlib
import hmac
import json
import os
import select
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.flow.migrations import MAPPING, write_desk, write_project
from tests.unit.cli.terminal import Terminal

from ticketferry.errors import FerryError
from ticketferry.mapping.yaml_document import read
from ticketferry.project import Project, load_config
from ticketferry.project.event_hooks import EVENTS, FACTS, EventHook, read_event_hooks
from ticketferry.project.hook_calls import SIGNATURE, call_hook
from ticketferry.project.telling import EventTeller
from ticketferry.sdk.secrets import REDACTED, remember
from ticketferry.store.event_log import EventLog
from ticketferry.store.workspace import Workspace

FILED = dict.fromkeys(FACTS, "") | {
    "event": "failed",
    "id": "x:1",
    "at": "2026-12-05T14:00:00+00:00",
    "text": "a -> b: $(id); {x}",
}
WRITE = """import os, sys
with open(sys.argv[1], "a") as out:
    out.write(os.environ["TICKETFERRY_EVENT"] + " " + os.environ["TICKETFERRY_EVENT_TEXT"] + "\\n")
"""


def hooks_of(text: str) -> tuple[tuple[EventHook, ...], list[str]]:
    document = read(f"on_event: {text}\n", "migration.yaml")
    assert not document.problems, document.problems
    return read_event_hooks(document.data["on_event"], ("on_event",), document), document.problems


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("{}", "1:1", "`on_event` is written [{on:"),
        ("loud", "1:1", "`on_event` is written"),
        ("[loud]", "1:12", "a hook is written {on: [failed]"),
        ("[{on: faild, run: [a]}]", "1:13", "there is no event `faild`; did you mean `failed`?"),
        ("[{on: [], run: [a]}]", "1:13", "`on` names events"),
        ("[{run: [a]}]", "1:12", "`on` names events"),
        ("[{on: failed}]", "1:12", "it says nothing to call"),
        ("[{on: failed, run: [a], shell: b}]", "1:12", "`run` and `shell` stand together"),
        ("[{on: failed, run: tell.sh now}]", "1:25", "`run` is a list"),
        ("[{on: failed, run: ['']}]", "1:25", "`run` is a list"),
        ("[{on: failed, run: [a, '{txt}']}]", "1:34", "`{txt}` is no fact of an event; did you mean `text`?"),
        ("[{on: failed, run: [a, '{}']}]", "1:34", "`{}` is no fact"),
        ("[{on: failed, post: 'https://hooks.example/T0/s3cret'}]", "1:25", "`post` is a secret"),
        ("[{on: failed, run: [a], sign: 'env:KEY'}]", "1:35", "it goes with `post`"),
        ("[{on: failed, shell: [a]}]", "1:25", "`shell` is one line of text"),
        ("[{on: failed, run: [a], timeout: 2h}]", "1:35", "`timeout` is 1s to 60s"),
        ("[{on: failed, run: [a], timeout: 0}]", "1:35", "`timeout` is 1s to 60s"),
        ("[{on: failed, run: [a], variables: ['A=b']}]", "1:35", "`variables` lists names"),
        ("[{on: failed, rum: [a]}]", "1:25", "unknown key `rum`; did you mean `run`?"),
    ],
)
def test_each_mistake_has_its_place_and_what_is_right(text: str, place: str, words: str) -> None:
    problems = hooks_of(text)[1]
    assert any(line.startswith(f"migration.yaml:{place}") and words in line for line in problems), problems
    assert "s3cret" not in " ".join(problems)


def test_a_hook_is_read_whole_and_all_mistakes_at_once() -> None:
    (one, two), problems = hooks_of(
        "[{on: always, run: [./tell.sh, '{event}: {text}', '{{}}'], variables: [CHANNEL], timeout: 5s}, {on: [failed, paused], post: 'env:HOOK', sign: 'env:KEY'}]"
    )
    assert problems == []
    assert (one.run, one.timeout, one.variables, one.wants("resumed")) == (
        ("./tell.sh", "{event}: {text}", "{{}}"),
        5.0,
        ("CHANNEL",),
        True,
    )
    assert (two.post, two.wants("failed"), two.wants("ended")) == ("env:HOOK", True, False)
    assert len(hooks_of("[{on: faild}, {on: x, rum: y}]")[1]) == 5
    assert hooks_of("{on: failed, shell: 'echo x'}")[0][0].shell == "echo x", "one hook needs no list"


def test_a_timeout_is_read_in_seconds_and_minutes() -> None:
    for written, seconds in (("1s", 1.0), ("45", 45.0), ("1m", 60.0)):
        (hook,), problems = hooks_of(f"[{{on: failed, run: [a], timeout: '{written}'}}]")
        assert (hook.timeout, problems) == (seconds, [])
    assert hooks_of("[{on: failed, run: [a], timeout: 2m}]")[1]


def test_environments_have_hooks_of_their_own(tmp_path: Path) -> None:
    text = (
        "source: {connector: neutral, key: acme, folder: a}\ntarget: {connector: neutral, key: dest, folder: b}\non_event: {on: failed, run: [top]}\n"
        "environments:\n  sandbox: {target: {folder: c}, on_event: []}\n  production: {target: {folder: d}}\n  other: {on_event: [{on: failed, run: [mine]}]}\n"
    )
    (tmp_path / "migration.yaml").write_text(text)
    assert [
        load_config(tmp_path, name).hooks and load_config(tmp_path, name).hooks[0].run
        for name in ("sandbox", "production", "other")
    ] == [(), ("top",), ("mine",)]


@pytest.mark.outside
def test_a_program_gets_the_facts_and_none_of_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZENDESK_TOKEN", "secret-of-the-desk-123")
    monkeypatch.setenv("OPS_CHANNEL", "#ops")
    program = "import json, os, sys; json.dump([dict(os.environ), sys.argv[1:], json.load(sys.stdin)], open('got.json', 'w'))"
    hook = EventHook(
        frozenset(),
        "m:1:1",
        run=(sys.executable, "-c", program, "{text}", "{{{event}}}"),
        variables=("OPS_CHANNEL",),
    )
    assert call_hook(hook, FILED, tmp_path) == ""
    environment, arguments, told = json.loads((tmp_path / "got.json").read_text())
    assert arguments == ["a -> b: $(id); {x}", "{failed}"], "no shell reads what is told"
    assert told == FILED
    assert environment["OPS_CHANNEL"] == "#ops"
    assert environment["TICKETFERRY_EVENT"] == "failed"
    assert "secret-of-the-desk-123" not in str(environment)


@pytest.mark.outside
@pytest.mark.parametrize(
    ("hook", "fault"),
    [
        ({"run": ("no-such-program-here",)}, "cannot be called: No such file"),
        ({"run": (sys.executable, "-c", "import sys; sys.exit('no  such\\nchannel')")}, "ended with exit code 1: no such channel"),
        ({"run": (sys.executable, "-c", "import time; time.sleep(60)"), "timeout": 1.0}, "did not end within 1 s"),
        ({"shell": "sleep 60 & wait", "timeout": 1.0}, "did not end within 1 s"),
        ({"shell": 'test "$TICKETFERRY_EVENT" = failed && exit 7'}, "ended with exit code 7"),
        ({"post": "env:TF_NO_SUCH_HOOK"}, "the environment variable TF_NO_SUCH_HOOK is not set"),
        ({"post": "env:TF_PLAIN"}, "wants an address that begins with https://"),
        ({"post": "env:TF_BAD"}, "cannot be called: InvalidURL"),
        ({"post": "env:TF_CLOSED"}, "cannot be reached (ConnectError)"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_in_words_without_the_address(
    hook: dict, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_PLAIN", "http://hooks.example/T0/s3cret")
    monkeypatch.setenv("TF_BAD", "https://x.example:s3cret")
    monkeypatch.setenv("TF_CLOSED", "http://127.0.0.1:1/s3cret")
    said = call_hook(EventHook(frozenset(), "m:1:1", **hook), FILED, tmp_path)
    assert said.startswith(fault), said
    assert "s3cret" not in said


@pytest.mark.outside
def test_a_secret_that_a_program_complains_of_is_not_told(tmp_path: Path) -> None:
    remember("s3cret-of-the-desk-9876")
    hook = EventHook(frozenset(), "m:1:1", shell="echo no entry for s3cret-of-the-desk-9876 >&2; exit 3")
    assert call_hook(hook, FILED, tmp_path) == f"ended with exit code 3: no entry for {REDACTED}"


@pytest.mark.outside
def test_a_program_that_is_stopped_leaves_none_of_its_own_behind(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "held")
    reader = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    try:
        hook = EventHook(frozenset(), "m:1:1", shell="sleep 60 > held & wait", timeout=1.0)
        assert call_hook(hook, FILED, tmp_path) == "did not end within 1 s, and was stopped"
        watch = select.poll()
        watch.register(reader, 0)
        assert watch.poll(20_000) == [(reader, select.POLLHUP)], "nobody holds the other end any more"
    finally:
        os.close(reader)


@pytest.mark.outside
@pytest.mark.parametrize("status", [204, 302, 500])
def test_a_post_is_signed_and_follows_nobody(
    status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    got = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(
                (self.path, self.headers.get(SIGNATURE), self.rfile.read(int(self.headers["Content-Length"])))
            )
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        monkeypatch.setenv("TF_HOOK", f"http://127.0.0.1:{server.server_port}/T0/s3cret")
        monkeypatch.setenv("TF_KEY", "a-key-that-nobody-knows")
        hook = EventHook(frozenset(), "m:1:1", post="env:TF_HOOK", sign="env:TF_KEY")
        assert call_hook(hook, FILED, tmp_path) == ("" if status == 204 else f"answered {status}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert [path for path, *_ in got] == ["/T0/s3cret"]
    _, signature, body = got[0]
    assert json.loads(body) == FILED
    assert signature == "sha256=" + hmac.new(b"a-key-that-nobody-knows", body, hashlib.sha256).hexdigest()


def teller(folder: Path, call) -> tuple[EventTeller, Workspace]:
    folder.mkdir(exist_ok=True)
    workspace = Workspace(folder / "workspace.db", now=lambda: datetime(2026, 12, 5, tzinfo=UTC))
    hooks = (
        EventHook(frozenset(), "m:2:1", run=("a",), timeout=1.0),
        EventHook(frozenset({"failed"}), "m:3:1", run=("b",), timeout=1.0),
    )
    return EventTeller(hooks, folder, EventLog(workspace), call), workspace


def test_an_event_is_told_once_in_order_and_by_a_second_process_not_again(tmp_path: Path) -> None:
    called: list[tuple[str, str]] = []

    def call(hook: EventHook, facts, _folder: Path) -> str:
        called.append((hook.place, facts["id"]))
        return "broke" if facts["id"] == "2" else ""

    first, workspace = teller(tmp_path, call)
    second, other = teller(tmp_path, call)
    for number, event in (("1", "paused"), ("2", "failed"), ("3", "resumed"), ("2", "failed")):
        first.tell(FILED | {"id": number, "event": event})
    second.tell(FILED | {"id": "2", "event": "failed"})
    assert [fault._replace(place="") for fault in first.close()] == [("", "failed", "broke")] * 2
    assert second.close() == []
    assert [id_ for place, id_ in called if place == "m:2:1"] == ["1", "2", "3"]
    assert [id_ for place, id_ in called if place == "m:3:1"] == ["2"]
    kept = {row["id"]: row.get("hooks") for row in EventLog(workspace).rows()}
    assert kept["1"] == [{"place": "m:2:1", "fault": ""}]
    assert {end["fault"] for end in kept["2"]} == {"broke"}
    workspace.close()
    other.close()


def test_a_hook_that_hangs_keeps_nobody_and_what_it_was_not_told_is_said(tmp_path: Path) -> None:
    free = threading.Event()
    hanging, workspace = teller(tmp_path, lambda *_: "" * free.wait(30))
    for number in range(3):
        hanging.tell(FILED | {"id": str(number), "event": "paused"})
    threading.Timer(0.5, free.set).start()
    assert hanging.close() == [], "all were told within the time"
    free.clear()
    stuck, again = teller(tmp_path / "more", lambda *_: "" * free.wait(30))
    stuck._lines[0].hook = EventHook(frozenset(), "m:2:1", run=("a",), timeout=-1.9)
    for number in range(3):
        stuck.tell(FILED | {"id": str(number), "event": "paused"})
    stuck._lines[0].thread.join(0.1)
    faults = stuck.close()
    free.set()
    assert [fault.words for fault in faults] == ["was not called: earlier events took too long"] * 2
    workspace.close()
    again.close()


@pytest.mark.outside
def test_a_whole_way_tells_what_happened_once_and_hooks_that_fail_change_nothing(tmp_path: Path) -> None:
    write_desk(tmp_path / "source", 4)
    root = write_project(tmp_path / "mig", tmp_path / "source", tmp_path / "target", mapping=MAPPING)
    (root / "tell.py").write_text(WRITE)
    plain = (root / "migration.yaml").read_text()
    terminal = Terminal(root)
    terminal("extract")
    (root / "migration.yaml").write_text(
        f"{plain}on_event:\n  - {{on: always, run: ['{sys.executable}', tell.py, told.txt]}}\n"
        "  - {on: ended, run: [no-such-program-here]}\n  - {on: waiting, shell: 'echo {text} > never.txt'}\n"
    )
    terminal("plan", "--phase", "rest")
    result = terminal("apply", "p-01", "--yes")
    assert "migration.yaml:8:5: the hook for ended cannot be called: No such file" in " ".join(
        result.stderr.split()
    )
    terminal("apply", "p-01", "--yes")
    terminal("verify", "p-01")
    terminal("status")
    events = [line.split(maxsplit=1)[0] for line in (root / "told.txt").read_text().splitlines()]
    assert (
        events.count("phase_planned") == events.count("phase_applied") == events.count("phase_verified") == 1
    ), events
    assert (
        events.index("phase_planned")
        < events.index("began")
        < events.index("phase_applied")
        < events.index("phase_verified")
    )
    assert set(events) <= set(EVENTS)
    assert "Person" not in (root / "told.txt").read_text()
    log = " ".join(terminal("log").stdout.split())
    assert "hook p-01 ended: migration.yaml:7:5 told" in log
    assert "hook p-01 ended: migration.yaml:8:5 cannot be called" in log
    listed = terminal("hooks").stdout
    assert "migration.yaml:8:5: ended" in listed
    assert "the desk takes no writes" in listed
    before = (root / "told.txt").read_text()
    tried = terminal("hooks", "--try", "ended", code=1).stdout
    assert "told" in tried
    assert "cannot be called" in tried
    assert "a try of the hooks" in (root / "told.txt").read_text()[len(before) :]
    assert "there is no event" in terminal("hooks", "--try", "nothing", code=64).stderr


def test_a_run_that_breaks_is_told_without_the_words_of_the_desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_desk(tmp_path / "source", 1)
    root = write_project(tmp_path / "mig", tmp_path / "source", tmp_path / "target")
    with (root / "migration.yaml").open("a") as file:
        file.write("on_event: {on: [stopped, waiting], run: [a]}\n")
    told: list[dict] = []
    with Project.load(root) as project:
        monkeypatch.setattr(
            "ticketferry.project.project.EventTeller",
            lambda *_: type(
                "T", (), {"since": "", "tell": lambda _, facts: told.append(facts), "close": lambda _: []}
            )(),
        )
        with pytest.raises(FerryError), project.run("apply", "p-01"):
            raise FerryError("ann@x.example is unknown here")
        with pytest.raises(KeyboardInterrupt), project.run("extract"):
            raise KeyboardInterrupt
    assert [(row["event"], row["plan"], row["state"]) for row in told] == [
        ("stopped", "p-01", "FerryError"),
        ("stopped", "", "KeyboardInterrupt"),
    ]
    assert "ann@" not in str(told)
    assert told[0]["text"].startswith("acme -> dest: apply p-01 did not come to its end")
