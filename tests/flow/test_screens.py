"""Screens of a migration between the sample desks: names for whoever writes a mapping, and widths."""

import io
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.flow.desks import Desks, confirm, desks
from tests.flow.service_pair import into_zendesk, service_pair
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.cli.progress import Progress
from ticketferry.demo import _comments
from ticketferry.project import Project, stages


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(20) as found:
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything moved, and verified."""
    root = tmp_path_factory.mktemp("screens") / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        stages.apply(project, plan)
        stages.verify(project)
    return root


def test_whoever_writes_a_mapping_is_told_the_names_of_the_new_desk(folder: Path) -> None:
    """All names that a mapping may use stand in one list, from what was read; nothing has to be looked up in the desk."""
    told = json.loads(Terminal(folder)("catalog", "--json").stdout)
    assert (told["role"], told["product"]) == ("target", "jsm")
    names = {kind: {row["name"] for row in rows} for kind, rows in told["names"].items()}
    with Project.load(folder) as project:
        snapshots = project.snapshots("target")
        latest = snapshots.latest()
        assert latest is not None
        catalog = snapshots.catalog(latest.catalog)
    for kind in ("statuses", "priorities", "types", "fields", "groups", "projects", "forms", "link_types"):
        known = {row["name"] for row in catalog.get(kind, ())}  # type: ignore[attr-defined]
        assert names.get(kind, set()) == known, kind
    options = {row["key"]: row["options"] for row in told["names"]["fields"] if row["options"]}
    assert options
    shown = Terminal(folder)("catalog", "--what", "fields").stdout
    for rows in options.values():
        assert all(row["name"] in " ".join(shown.split()) for row in rows)
    assert "statuses" not in shown
    source = json.loads(Terminal(folder)("catalog", "source", "--json").stdout)["names"]
    assert {row["name"] for row in source["brands"]}


def test_a_kind_of_names_that_there_is_none_of_is_told_with_those_there_are(folder: Path) -> None:
    refused = Terminal(folder).failing("catalog", "--what", "status")
    assert "statuses" in refused.stderr


SCREENS = (
    "--help", "catalog", "catalog source", "catalog --what fields", "check --help", "status", "profile", "people", "plan list",
    "plan show p-01", "plan show p-01 --classes", "plan show p-01 --operations", "plan show p-01 --findings",
    "plan show p-01 --changes", "plan losses p-01", "errors", "quarantine", "inventory", "explain ticket:1", "explain person:1",
    "mapping check", "mapping list", "connectors", "connectors zendesk", "connectors jsm", "rollback p-01", "report p-01",
)  # fmt: skip


@pytest.mark.parametrize("command", SCREENS)
def test_no_line_of_a_screen_of_the_sample_desks_is_wider_than_80_columns(folder: Path, command: str) -> None:
    """Only a single word (a path, an address) may go over the edge: words are never cut."""
    result = Terminal(folder).any(*command.split())
    assert "Traceback" not in result.output
    wide = [line for line in result.output.splitlines() if width(line) > 80 and " " in line.strip()]
    assert wide == []


def test_counts_of_one_thing_agree_on_all_screens(folder: Path) -> None:
    """Messages are all texts that people wrote, comments those of them that stand as comments; each screen says which it counts."""
    terminal = Terminal(folder)
    profile = json.loads(terminal("profile", "--json").stdout)["comments"]
    messages = profile["total"]
    assert f"messages  {messages} = " in " ".join(terminal("profile").stdout.split("\n")).replace(",", "")
    shown = " ".join(terminal("plan", "show", "p-01").stdout.split()).replace(",", "")
    told = re.search(
        r"(\d+) of the (\d+) comments are internal.* the old desk has (\d+) messages: (\d+) open", shown
    )
    assert told is not None
    internal, comments, source, opening = map(int, told.groups())
    assert (internal, source) == (profile["internal"], messages)
    assert comments + opening == messages
    with Project.load(folder) as project:
        snapshots = project.snapshots("source")
        latest = snapshots.latest()
        assert latest is not None
        assert _comments(project, latest.number) == messages


def test_verify_says_what_it_counted(pair: Desks, folder: Path) -> None:
    with Project.load(folder, clock=pair.clock) as project:
        found = stages.verify(project)
        assert sum(found.kinds.values()) == sum(found.counts.values())
        made = Counter(ref.split(":")[1] for ref in project.idmap.applied_refs(None))
    assert found.kinds == made


def _words(text: str) -> str:
    return " ".join(text.split()).replace(",", "")


def _group(pattern: str, text: str) -> tuple[int, ...]:
    found = re.search(pattern, text)
    assert found is not None, (pattern, text)
    return tuple(int(value) for value in found.groups())


@pytest.fixture(scope="module")
def desk() -> Iterator[Desks]:
    """Large enough for scrubbed tickets, a file that was taken out, a recording of untold size, a text too long for one place."""
    with desks(90) as found:
        yield found


@pytest.fixture(scope="module")
def told(desk: Desks, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """What each command says, in one line of words without separators of thousands."""
    root = tmp_path_factory.mktemp("counts") / "mig"
    desk.project(root)
    terminal = Terminal(root)
    said = {"extract": _words(terminal("extract").stdout)}
    with Project.load(root, clock=desk.clock) as project:
        stages.make_plan(project)

    def run(*command: str) -> str:
        line = " ".join(command)
        if line not in said:
            said[line] = _words(terminal(*command).stdout)
        return said[line]

    return run


def test_files_and_their_bytes_are_the_same_figures_after_extract_and_in_the_profile(
    told: Callable[..., str],
) -> None:
    """A file that is in the desk and cannot be had is told apart; a recording, whose size no desk tells, counts as it came."""
    fetched = re.search(r"(\d+) files fetched ([\d.]+ \w+)", told("extract"))
    held = re.search(r"files (\d+) = (\d+) here ([\d.]+ \w+) \+ (\d+) taken out of the desk", told("profile"))
    assert fetched is not None
    assert held is not None
    assert fetched.groups() == (held[2], held[3])
    assert int(held[1]) == int(held[2]) + int(held[4])


def test_check_says_that_its_list_of_deleted_tickets_is_not_all_that_an_extract_counts(
    told: Callable[..., str], desk: Desks
) -> None:
    (listed,) = _group(r"(\d+) deleted tickets stand in the desk's list of the last 30 days; an extract counts older ones too", told("check", "source"))  # fmt: skip
    (deleted,) = _group(r"\+ (\d+) deleted \+", told("extract"))
    with desk.zendesk.state.lock:
        state = desk.zendesk.state
        scrubbed = sum(
            1
            for number in state.heads
            if state.case(number).ticket["status"] == "deleted" and number not in state.deletions
        )
    assert scrubbed
    assert deleted == listed + scrubbed


def test_a_plan_says_why_it_writes_more_comments_than_there_are(told: Callable[..., str]) -> None:
    shown = told("plan", "show", "p-01")
    (comments,) = _group(r"comments (\d+) = ", shown)
    (writes,) = _group(r"(\d+) comment\.create", shown)
    (further,) = _group(
        r"(\d+) comment\.create of these goe?s? on with a text that is too long for one comment", shown
    )
    assert further
    assert writes == comments + further


def test_a_plan_into_a_desk_without_descriptions_says_which_comments_were_no_messages(
    tmp_path: Path,
) -> None:
    """Zendesk holds the words that open a ticket as its first comment, and files that only agents see on an internal one."""
    with service_pair() as pair:
        root = into_zendesk(tmp_path / "mig", pair.jira, pair.zendesk)
        with Project.load(root, clock=pair.clock) as project:
            stages.extract(project)
            stages.make_plan(project)
        terminal = Terminal(root)
        (messages,) = _group(r"messages (\d+) = ", _words(terminal("profile").stdout))
        shown = _words(terminal("plan", "show", "p-01").stdout)
        (comments,) = _group(r"comments (\d+) = ", shown)
        source, made = _group(
            r"the old desk has (\d+) messages: (\d+) comments more are descriptions of tickets or hold files that only agents see",
            shown,
        )
        assert source == messages
        assert comments == messages + made


def test_the_last_figure_of_a_running_extract_is_the_one_at_its_end(desk: Desks, tmp_path: Path) -> None:
    """What runs without a known end says `so far`, so that nobody takes a figure on the way for the sum."""
    seen: dict[str, int] = {}
    screen = Progress(io.StringIO(), live=False)

    def progress(name: str, done: int, total: int | None) -> None:
        seen[name] = done
        screen(name, done, total)
        if name == "history":
            assert screen.text(time.monotonic()).startswith(f"history  {done:,} so far")

    with Project.load(desk.project(tmp_path / "mig"), clock=desk.clock) as project:
        found = stages.extract(project, ("source",), progress=progress)["source"]
    assert seen["history"] == found.read["history"] == found.changed["history"] > 100
