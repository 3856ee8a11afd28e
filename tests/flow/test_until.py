"""A run that is given the time to Monday morning stops there with whole batches, and goes on in the next window as if it had not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flow.desks import Desks, confirm, desks, site_of
from tests.unit.cli.terminal import Terminal

from ticketferry.errors import WindowOverError
from ticketferry.project import Project, stages


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(16) as found:
        found.zendesk.latency = found.jira.latency = 0.5
        yield found


def whole(pair: Desks, folder: Path) -> dict[str, object]:
    pair.new_jira()
    pair.jira.latency = 0.5
    with Project.load(pair.project(folder), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
    return site_of(pair.jira)


def test_windows_one_after_the_other_come_to_the_same_end(pair: Desks, tmp_path: Path) -> None:
    unbroken = whole(pair, tmp_path / "one")
    pair.new_jira()
    pair.jira.latency = 0.5
    windows, remedies = 0, set[str]()
    with Project.load(pair.project(tmp_path / "two"), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        planned = plan.count()
        while True:
            windows += 1
            end = project.now() + timedelta(
                seconds=75
            )  # a third of it passes before the first write: the set-up of the site is read
            before = project.journal(plan.id, "").counts().get("done", 0)
            try:
                assert stages.apply(project, plan, until=end, workers=2).failed == 0
                break
            except WindowOverError as error:
                remedies.add(error.remedy)
                assert project.now() >= end
                assert project.now() < end + timedelta(seconds=60), (
                    "what is under way ends, nothing new begins"
                )
                states = project.journal(plan.id, "").counts()
                assert before <= states.get("done", 0) < planned
                assert not set(states) - {"done", "intent", "job"}, states
            assert windows < 60
            pair.clock.advance(3_600)
    assert windows > 2
    assert all("Run the same command again" in remedy for remedy in remedies)
    assert site_of(pair.jira) == unbroken
    pair.healthy()


def test_a_time_that_is_over_is_refused_before_anything_is_asked(pair: Desks, tmp_path: Path) -> None:
    root = pair.project(tmp_path / "mig")
    assert (
        "is over" in Terminal(root)("apply", "p-01", "--until", "2020-01-01T05:00", "--yes", code=64).stderr
    )
    assert "is no time" in Terminal(root)("apply", "p-01", "--until", "soon", "--yes", code=64).stderr
