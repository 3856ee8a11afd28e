"""After the first tickets: whatever the desk's people, or its automations, do to them is seen before the rest is written."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from tests.flow.desks import Desks, confirm, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.cli.until import seconds_of
from ticketferry.plan.file.changes import of_each_class
from ticketferry.project import Project, stages
from ticketferry.project.watching import EVERY, watch


@pytest.fixture
def pair() -> Iterator[Desks]:
    with desks(12) as found, mock.patch("ticketferry.project.folder.SystemClock", return_value=found.clock):
        yield found


@pytest.fixture
def folder(pair: Desks, tmp_path: Path) -> Path:
    root = tmp_path / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
        confirm(project, stages.make_plan(project))
    return root


def during_the_watch(act: Callable[[], Any], look: int = 1) -> Any:
    """Let something happen in the desk before one of the looks but the first."""
    count = 0

    def pause(clock: Any, seconds: float, why: str) -> None:
        nonlocal count
        count += 1
        if count == look:
            act()
        clock.sleep(seconds)

    return mock.patch("ticketferry.project.watching.pause", pause)


def first_issue(pair: Desks) -> str:
    return str(next(iter(pair.jira.state.issues.values())).key)


def agent(pair: Desks, method: str, path: str, body: Any) -> None:
    import httpx

    answer = httpx.request(
        method, f"{pair.jira.base_url}{path}", json=body,
        auth=(pair.jira.credentials["JIRA_EMAIL"], pair.jira.credentials["JIRA_TOKEN"]),
    )  # fmt: skip
    assert answer.is_success, answer.text


def test_a_desk_that_leaves_them_alone_is_watched_to_the_end_and_the_rest_follows(
    folder: Path, pair: Desks
) -> None:
    began = pair.clock.time()
    shown = Terminal(folder)("apply", "p-01", "--canary", "3", "--watch", "10m", "--yes").stdout
    assert "nothing was changed, and every guard holds" in " ".join(shown.split())
    assert "11 looks" in shown
    assert pair.clock.time() - began >= 600
    assert "Next    ticketferry verify p-01" in shown
    Terminal(folder)("apply", "p-01", "--yes")
    assert Terminal(folder)("verify", "p-01").stdout
    assert "differences" not in Terminal(folder)("status").stdout


def test_a_verify_of_the_first_tickets_is_over_with_the_verify_of_all(folder: Path) -> None:
    """A user: verify says that all is the same, and status that the last one found differences."""
    Terminal(folder)("apply", "p-01", "--canary", "3", "--yes")
    assert "not begun" in Terminal(folder)("verify", "p-01", code=2).stdout
    Terminal(folder)("apply", "p-01", "--yes")
    Terminal(folder)("verify", "p-01")
    assert "differences" not in Terminal(folder)("status").stdout


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/rest/api/3/issue/{key}/comment", {"body": {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Thank you for writing to us!"}]}]}}, "comments"),
        ("PUT", "/rest/api/3/issue/{key}", {"fields": {"priority": {"name": "Lowest"}}}, "priority"),
        ("PUT", "/rest/api/3/issue/{key}", {"update": {"labels": [{"add": "sla-breached"}]}}, "tags"),
    ],
    ids=["comment", "priority", "tag"],
)  # fmt: skip
def test_what_an_automation_does_to_them_stops_it_with_field_and_actor(
    folder: Path, pair: Desks, method: str, path: str, body: Any, field: str
) -> None:
    with during_the_watch(lambda: agent(pair, method, path.format(key=first_issue(pair)), body), look=2):
        result = Terminal(folder)(
            "apply", "p-01", "--canary", "3", "--watch", "10m", "--yes", "--json", code=2
        )
    told = json.loads(result.stdout)
    assert told["exit"] == 2
    assert told["watch"]["looks"] == 3
    (change,) = told["watch"]["changes"]
    assert change["target"] == first_issue(pair)
    assert any(str(item["key"]).startswith(field) for item in change["fields"]), change
    if field != "comments":
        assert change["history"], change
        assert change["history"][0]["actor"], change
    performed = told["figures"]["performed"]
    with Project.load(folder, clock=pair.clock) as project:
        journal = project.journal("p-01", "").counts()
    assert journal["done"] == performed, "nothing was written after the watch"


def test_the_first_tickets_are_the_golden_ones_and_some_of_each_kind(folder: Path, pair: Desks) -> None:
    """A user: twenty tickets were watched for ten minutes, all twenty of them closed ones of one kind; the open ones went wrong afterwards."""
    with Project.load(folder, clock=pair.clock) as project:
        plan = project.plan("p-01")
        classes = {
            change.root: change.class_ for change in plan.changes("kind = 'ticket' AND outcome = 'create'")
        }
        sizes = Counter(classes.values())
        last = max(classes, key=lambda root: (int(root.rpartition(":")[2]) % 7, root))
        drawn = [*of_each_class(plan, 5)]
        assert [sizes[classes[root]] for root in drawn] == sorted(
            (sizes[name] for name in {classes[root] for root in drawn}), reverse=True
        )
        assert len({classes[root] for root in drawn}) == min(5, len(sizes)) > 2
        assert [*of_each_class(plan, 5)] == drawn, "the same ones when it is typed again"
        named = [*of_each_class(plan, 3, [last, "acme:ticket:no-such"])]
        assert named[0] == last
        assert named[1:] == [root for root in drawn if root != last][:2]
        assert set(of_each_class(plan, 1_000)) == classes.keys()


def test_a_guard_that_falls_during_the_watch_stops_it(folder: Path, pair: Desks) -> None:
    with Project.load(folder, clock=pair.clock) as project:
        plan = project.plan("p-01")
        assert stages.apply(project, plan, canary=2).failed == 0

        def week_later() -> None:
            pair.clock.sleep(8 * 86_400)  # what a person confirmed holds seven days

        with during_the_watch(week_later):
            seen = watch(project, plan, 600)
    assert seen.fallen
    assert not seen.quiet


def test_the_screen_names_what_was_changed_at_80_columns(folder: Path, pair: Desks) -> None:
    change = ("PUT", "/rest/api/3/issue/{key}", {"fields": {"summary": "[SLA] " + "x" * 150}})
    with during_the_watch(lambda: agent(pair, change[0], change[1].format(key=first_issue(pair)), change[2])):
        shown = Terminal(folder)("apply", "p-01", "--canary", "2", "--watch", "5m", "--yes", code=2).stdout
    assert f"CHANGED   {first_issue(pair)}" in shown
    assert "subject: " in shown
    assert "ticketferry rollback p-01" in shown
    assert all(width(line) <= 80 for line in shown.splitlines()), shown


def test_spans_are_read_strictly() -> None:
    assert [seconds_of(text) for text in ("30s", "10m", "10 min", "2h", "0.5h")] == [30, 600, 600, 7200, 1800]
    assert {seconds_of(text) for text in ("", "10", "-5m", "0m", "2d", "25h", "10m5s", "nan s")} == {None}
    assert EVERY <= 60
