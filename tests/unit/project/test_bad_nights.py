"""A night in which the line is lost for an hour, a clock is set, or a token ends: the run pauses and says so, or stops and goes on; nothing comes twice."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.flow.migrations import by_origin, write_desk, write_project

from ticketferry.errors import AuthError, RetryableError, UnknownOutcomeError
from ticketferry.project import Project, stages
from ticketferry.sdk import pacing
from ticketferry.sdk.pacing import SystemClock
from ticketferry_neutral.target import NeutralTarget

WRITE, COUNT = NeutralTarget.write, NeutralTarget.count
TICKETS = 12


class SetClock(SystemClock):
    """Goes on by what is slept, and can be set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 12, 4, 18, tzinfo=UTC).timestamp()
        self.slept = 0.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(0.0, seconds)
        self.slept += max(0.0, seconds)


def night(tmp_path: Path, name: str, clock: SetClock) -> tuple[Path, Project, Any]:
    if not (tmp_path / "src").exists():
        write_desk(tmp_path / "src", TICKETS)
    root = write_project(tmp_path / name, tmp_path / "src", tmp_path / f"{name}-target")
    project = Project.load(root, clock=clock)
    stages.extract(project)
    return tmp_path / f"{name}-target", project, stages.make_plan(project)


def striking(at: int, strike: Callable[[], None]) -> Callable[..., Any]:
    """Return a write that calls `strike` before the write of a number."""
    count = iter(range(10_000))

    def write(desk: NeutralTarget, endpoint: Any, batch: Sequence[Any]) -> Any:
        if next(count) == at:
            strike()
        return WRITE(desk, endpoint, batch)

    return write


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    target, project, plan = night(tmp_path_factory.mktemp("good"), "good", SetClock())
    with project:
        assert stages.apply(project, plan).failed == 0
    return by_origin(target)


def test_a_line_that_is_lost_for_an_hour_is_waited_for_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: dict[str, Any]
) -> None:
    clock = SetClock()
    target, project, plan = night(tmp_path, "hour", clock)
    back, calls, why = [0.0], [0], set()

    def write(desk: NeutralTarget, endpoint: Any, batch: Sequence[Any]) -> Any:
        calls[0] += 1
        if calls[0] == 5:
            back[0] = clock.time() + 3600
        if clock.time() < back[0]:
            raise UnknownOutcomeError("the line is gone", status=0)
        return WRITE(desk, endpoint, batch)

    def count(desk: NeutralTarget, *args: Any) -> Any:
        if clock.time() < back[0]:
            raise RetryableError("the line is gone")
        return COUNT(desk, *args)

    said = pacing.pause

    def pause(given: Any, seconds: float, reason: str, *rest: Any) -> None:
        why.add(reason)
        said(given, seconds, reason, *rest)

    monkeypatch.setattr(NeutralTarget, "write", write)
    monkeypatch.setattr(NeutralTarget, "count", count)
    monkeypatch.setattr("ticketferry.apply.outage.pause", pause)
    with project:
        figures = stages.apply(project, plan)
        assert (figures.failed, figures.left) == (0, 0)
        assert 3600 <= clock.slept < 3600 + 600
        assert any("the desk takes no writes (the line is gone)" in reason for reason in why)
        assert by_origin(target) == unbroken
        assert stages.verify(project).same


@pytest.mark.parametrize("seconds", [-3600, -86_400, 3 * 3600])
def test_a_clock_that_is_set_during_a_run_changes_nothing_but_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: dict[str, Any], seconds: int
) -> None:
    clock = SetClock()
    target, project, plan = night(tmp_path, "set", clock)

    def strike() -> None:
        clock.now += seconds

    monkeypatch.setattr(NeutralTarget, "write", striking(6, strike))
    with project:
        figures = stages.apply(project, plan)
        assert (figures.failed, figures.left) == (0, 0)
        assert clock.slept < 600, "nobody waits for the time that was set back to come again"
        assert by_origin(target) == unbroken
        assert stages.verify(project).same


def test_a_clock_that_is_set_back_while_the_desk_is_out_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: dict[str, Any]
) -> None:
    clock = SetClock()
    target, project, plan = night(tmp_path, "out", clock)
    calls, turned = [0], list[bool]()

    def write(desk: NeutralTarget, endpoint: Any, batch: Sequence[Any]) -> Any:
        calls[0] += 1
        if 5 <= calls[0] < 9:
            raise RetryableError("the desk is busy")
        return WRITE(desk, endpoint, batch)

    said = pacing.pause

    def pause(given: Any, seconds: float, reason: str, *rest: Any) -> None:
        if "no writes" in reason and not turned:
            turned.append(True)
            clock.now -= 3600
        said(given, seconds, reason, *rest)

    monkeypatch.setattr(NeutralTarget, "write", write)
    monkeypatch.setattr("ticketferry.apply.outage.pause", pause)
    with project:
        assert stages.apply(project, plan).failed == 0
        assert clock.slept < 1200, "minutes, not the hours that the clock was set back"
        assert by_origin(target) == unbroken


def test_a_token_that_ends_stops_the_run_with_the_next_step_and_the_same_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbroken: dict[str, Any]
) -> None:
    target, project, plan = night(tmp_path, "token", SetClock())

    def strike() -> None:
        raise AuthError("the desk refuses the credentials (401)", remedy="Renew the token.")

    monkeypatch.setattr(NeutralTarget, "write", striking(7, strike))
    with project:
        with pytest.raises(AuthError, match="401"):
            stages.apply(project, plan)
        done = project.journal(plan.id, "").counts()
        assert 0 < done["done"] < plan.count()
        assert "rejected" not in done, "a token that ends is no fault of a record"
        monkeypatch.setattr(NeutralTarget, "write", WRITE)
        assert stages.apply(project, plan).failed == 0
        assert by_origin(target) == unbroken
        assert stages.verify(project).same
