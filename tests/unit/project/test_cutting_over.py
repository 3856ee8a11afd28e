"""A cut-over that is killed anywhere goes on, and no step is taken twice or left out."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from tests.flow.migrations import MAPPING, SourceDesk, write_desk, write_project

from ticketferry.errors import UsageError, WorkspaceError
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.cut_over import CutOver, cut_over_of, keep_cut_over
from ticketferry.project.cut_over_steps import steps_of
from ticketferry.project.cutting_over import confirm_step, cut_over_phase, skip_step
from ticketferry.project.frozen import stillness
from ticketferry.project.phase_states import phase_states

REST = Scope("rest")
ACCEPT = "version: 1\ncriteria: {rejected: 0, conflicts: 0, differing: 0}\n"


@pytest.fixture
def desk(tmp_path: Path) -> SourceDesk:
    return write_desk(tmp_path / "source", 6)


@pytest.fixture
def folder(tmp_path: Path, desk: SourceDesk) -> Path:
    root = write_project(tmp_path / "mig", tmp_path / "source", tmp_path / "target", mapping=MAPPING)
    (root / "acceptance.yaml").write_text(ACCEPT)
    with Project.load(root) as project:
        stages.extract(project)
        stages.apply(project, stages.make_plan(project, REST))
    desk.ticket(1, 6, subject="Changed before the freeze")
    return root


class Killed(BaseException):
    pass


def killed_after(count: int) -> Callable[..., None]:
    """Keep so many times, then die as soon as it is on the disk."""
    left = count

    def keep(project: Project, cut_over: CutOver) -> None:
        nonlocal left
        keep_cut_over(project, cut_over)
        left -= 1
        if left < 0:
            raise Killed

    return keep


def test_killed_after_what_it_keeps_it_goes_on(folder: Path) -> None:
    with Project.load(folder) as project:
        confirm_step(project, "rest", "freeze", by="M. Ito")
    deaths, taken = 0, []
    for attempt in range(30):
        with Project.load(folder) as project:
            try:
                with mock.patch("ticketferry.project.cutting_over.keep_cut_over", killed_after(attempt % 3)):
                    waits = cut_over_phase(
                        project, "rest", by="Ada", told=lambda step: taken.append(step.name)
                    )
            except Killed:
                deaths += 1
                continue
            assert waits is not None
            if waits.step in ("channels", "mail-out"):
                skip_step(project, "rest", waits.step, by="Kim", because="no channels")
            elif waits.step == "go":
                confirm_step(project, "rest", "go", by="M. Ito")
                break
            else:
                pytest.fail(waits.reason)
    assert deaths >= 6
    with Project.load(folder) as project:
        assert cut_over_phase(project, "rest") is None
        kept = cut_over_of(project, "rest")
        assert kept is not None
        assert kept.owns
        assert all(step.done is not None for step in steps_of(project, kept))
        assert [one["writes"] > 0 for one in kept.facts["rounds"]] == [True, False, False]
        assert kept.steps["mail-in"].skipped
        assert next(one.state for one in phase_states(project) if one.name == "rest") == "cut-over"
        assert [slot.ref for slot in project.idmap.all("ticket")].count("acme:ticket:1") >= 1
        with pytest.raises(UsageError, match="is cut over since"):
            confirm_step(project, "rest", "freeze", by="M. Ito")


def test_a_delta_that_nobody_accepts_is_not_written_and_the_next_command_is_said(
    folder: Path, desk: SourceDesk
) -> None:
    with Project.load(folder) as project:
        confirm_step(project, "rest", "freeze", by="M. Ito")
        desk.ticket(3, 6, status="on the moon")
        waits = cut_over_phase(project, "rest")
        assert waits is not None
        assert (waits.step, waits.asks) == ("deltas", False)
        assert waits.command.startswith(("ticketferry accept p-", "ticketferry plan show p-"))
        with pytest.raises(UsageError, match="never left out"):
            skip_step(project, "rest", "criteria", by="Kim", because="hurry")
        with pytest.raises(UsageError, match="takes a reason"):
            skip_step(project, "rest", "channels", by="Kim", because=" ")
        with pytest.raises(UsageError, match="no step 'canals'"):
            skip_step(project, "rest", "canals", by="Kim", because="x")


def test_who_changed_what_after_the_freeze_is_told_and_customers_may_go_on(
    folder: Path, desk: SourceDesk
) -> None:
    with Project.load(folder) as project:
        before = project.snapshots("source").latest()
        assert before is not None
        frozen = datetime(2024, 3, 1, tzinfo=UTC)
        late, early = (
            (frozen + timedelta(hours=hours)).isoformat().replace("+00:00", "Z") for hours in (1, -1)
        )
        desk.comment(901, 1, "<p>agent, late</p>", author="acme:person:1", created=late)
        desk.comment(902, 2, "<p>agent, before</p>", author="acme:person:1", created=early)
        desk.comment(903, 3, "<p>customer, late</p>", author="acme:person:2", created=late)
        desk.comment(904, 4, "<p>agent, late, in the pilot</p>", author="acme:person:1", created=late)
        stages.extract(project, ("source",))
        found = stillness(project, "rest", before.number, frozen)
    assert [(one.number, one.who, one.what) for one in found.agents] == [("1", "Person 1 😀", "comment")]
    assert found.others == 2


def test_no_other_command_writes_while_a_cut_over_waits(folder: Path) -> None:
    """An administrator: apply, purge and rollback ran in another window while the cut-over waited for the newest minute."""
    refused: list[str] = []

    def meanwhile(*_: object) -> None:
        def other() -> None:
            with Project.load(folder) as second:
                try:
                    stages.make_plan(second, REST)
                except WorkspaceError as error:
                    refused.append(str(error))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    with Project.load(folder) as project:
        confirm_step(project, "rest", "freeze", by="M. Ito")
        with mock.patch("ticketferry.project.cut_over_deltas.Deltas._wait", meanwhile):
            assert cut_over_phase(project, "rest") is not None
    assert len(refused) == 3
    assert all("`cutover rest`" in words for words in refused), refused


def test_a_freeze_of_a_phase_of_which_nothing_was_applied_says_so(tmp_path: Path, desk: SourceDesk) -> None:
    root = write_project(tmp_path / "new", tmp_path / "source", tmp_path / "other", mapping=MAPPING)
    with Project.load(root) as project:
        stages.extract(project)
        step = confirm_step(project, "rest", "freeze", by="M. Ito")
    assert step is not None
    assert "nothing of rest was applied yet" in step.words
