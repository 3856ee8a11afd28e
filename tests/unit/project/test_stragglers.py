"""What arrives in the old desk after a cut-over is found by reading, and told with who did it."""

from pathlib import Path

import pytest
from tests.flow.migrations import MAPPING, SourceDesk, write_desk, write_project

from ticketferry.errors import ConfigError, UsageError
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.cut_over import (
    CutOver,
    CutOverStep,
    cut_over_of,
    cut_overs,
    keep_cut_over,
    owned_phases,
)
from ticketferry.project.stragglers import find_stragglers

REST = Scope("rest")


@pytest.fixture
def desk(tmp_path: Path) -> SourceDesk:
    return write_desk(tmp_path / "source", 6)


@pytest.fixture
def folder(tmp_path: Path, desk: SourceDesk) -> Path:
    del desk
    return write_project(tmp_path / "mig", tmp_path / "source", tmp_path / "target", mapping=MAPPING)


def test_new_words_new_tickets_and_changes_are_told_apart(folder: Path, desk: SourceDesk) -> None:
    with Project.load(folder) as project:
        stages.extract(project)
        with pytest.raises(ConfigError, match="nothing of rest was applied"):
            find_stragglers(project, "rest")
        stages.apply(project, stages.make_plan(project, REST))
        assert find_stragglers(project, "rest").tickets == []
        desk.ticket(1, 6, priority="low", subject="Changed", updated="2024-03-01T00:00:00Z")
        desk.comment(901, 2, "<p>late</p>", author="acme:person:1")
        desk.comment(902, 2, "<p>late too</p>")
        desk.ticket(9, 6)
        desk.ticket(4, 6, subject="of the pilot")
        desk.ticket(6, 6, updated="2024-03-01T00:00:00Z")
        found = find_stragglers(project, "rest")
        assert (found.new, found.commented, found.changed) == (1, 1, 1)
        one, two, nine = found.tickets
        assert (one.ref, one.new, dict(one.parts), one.fields) == (
            "acme:ticket:1",
            False,
            {},
            ("priority", "subject"),
        )
        assert (two.ref, two.comments, two.fields) == ("acme:ticket:2", 2, ())
        assert two.agents == ("Person 1 😀",)
        assert two.by == ("Person 1 😀", "Person 4 😀")
        assert (nine.ref, nine.new) == ("acme:ticket:9", True)
        assert not found.by_cut_over
        with pytest.raises(UsageError, match="no phase 'rset'; did you mean rest"):
            find_stragglers(project, "rset")


def test_what_was_brought_over_since_is_no_straggler_any_more(folder: Path, desk: SourceDesk) -> None:
    with Project.load(folder) as project:
        stages.extract(project)
        stages.apply(project, stages.make_plan(project, REST))
        latest = project.snapshots("source").latest()
        assert latest is not None
        keep_cut_over(
            project, CutOver("rest", "", source_snapshot=latest.number, ended="2026-12-04T20:00:00+00:00")
        )
        desk.comment(901, 2, "<p>late</p>")
        desk.ticket(1, 6, subject="Changed")
        found = find_stragglers(project, "rest")
        assert found.by_cut_over
        assert len(found.tickets) == 2
        plan = stages.make_plan(project, REST)
        written = {row[0] for row in plan.rows("SELECT root FROM change WHERE outcome = 'update'")}
        assert written == {"acme:ticket:2"}, "what else changed stays as the new desk has it"
        stages.apply(project, plan)
        assert find_stragglers(project, "rest", read=False).tickets == []


def test_the_steps_of_a_cut_over_are_kept_with_who_and_when(folder: Path) -> None:
    with Project.load(folder) as project:
        assert cut_overs(project) == {}
        begun = CutOver("rest", "2026-12-04T18:00:00+00:00").knows(seed=7)
        kept = begun.done(CutOverStep("freeze", "2026-12-04T18:01:00+00:00", "M. Ito", "frozen"))
        keep_cut_over(project, kept)
        assert owned_phases(project) == frozenset()
    with Project.load(folder) as project:
        assert cut_over_of(project, "rest") == kept
        assert cut_over_of(project, "pilot") is None
        keep_cut_over(project, CutOver("rest", "", ended="2026-12-04T20:00:00+00:00"))
        assert owned_phases(project) == {"rest"}
        keep_cut_over(
            project,
            CutOver("rest", "", ended="2026-12-04T20:00:00+00:00", fallen_back="2026-12-05T20:00:00+00:00"),
        )
        assert owned_phases(project) == frozenset()
