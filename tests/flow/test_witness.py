"""The independent witness on whole ways: silent where all went well, and loud wherever something was lost, shown or swapped."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.flow.desks import Desks, confirm, desks

import ticketferry_zendesk.translate_audit as audits
from ticketferry.project import Project, stages
from ticketferry.run.witnessing import Told, Witnessed

TICKETS = 40


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(TICKETS) as found:
        yield found


def moved(pair: Desks, root: Path) -> Project:
    """Everything moved to an empty site."""
    pair.new_jira()
    project = Project.load(pair.project(root), clock=pair.clock)
    stages.extract(project)
    plan = stages.make_plan(project)
    confirm(project, plan)
    stages.apply(project, plan)
    return project


def asked(project: Project) -> Witnessed:
    found = stages.verify(project, witness=True, sample=None)
    assert found.witnessed is not None
    return found.witnessed


def told(seen: Witnessed, what: str) -> list[Told]:
    return [one for one in seen.errors if one.what == what]


@pytest.fixture(scope="module")
def base(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a migration that went well; tests that change the site put it right again."""
    root = tmp_path_factory.mktemp("witness") / "mig"
    moved(pair, root).close()
    return root


@pytest.fixture
def project(pair: Desks, base: Path, tmp_path: Path) -> Iterator[Project]:
    shutil.copytree(base, tmp_path / "mig")
    with Project.load(tmp_path / "mig", clock=pair.clock) as found:
        yield found


def issues(pair: Desks) -> list[Any]:
    return list(pair.jira.state.issues.values())


def test_the_witness_is_silent_where_all_went_well(project: Project) -> None:
    seen = asked(project)
    assert seen.errors == []
    assert seen.tickets == seen.of > TICKETS * 0.8
    assert seen.texts > seen.tickets
    assert seen.files > 0
    assert {one.rule for one in seen.explained} <= {"people.customers", "text.subject"}


def test_an_internal_message_that_somebody_made_public_in_the_new_desk_is_told(
    pair: Desks, project: Project
) -> None:
    issue = next(one for one in issues(pair) if any(comment.internal for comment in one.comments))
    comment = next(one for one in issue.comments if one.internal)
    before = dict(comment.properties)
    comment.properties["sd.public.comment"] = {"internal": False}
    try:
        leaks = told(asked(project), "leak")
    finally:
        comment.properties.clear()
        comment.properties.update(before)
    assert [one.target for one in leaks] == [issue.id]
    assert "internal words stand in public" in leaks[0].message


def test_a_type_of_comment_that_translate_forgot_is_missed(
    pair: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loss before the plan: expectation and target agree, only the wire tells."""
    monkeypatch.setattr(audits, "SPOKEN", frozenset({"Comment"}))
    with moved(pair, tmp_path / "mig") as project:
        found = stages.verify(project, witness=True, sample=None)
        assert not any(found.counts[sign] for sign in "+-*!"), "the plan's own comparison cannot see it"
        assert not found.same
        lost = told(found.witnessed, "text")
        assert lost
        assert all("is in no" in one.message for one in lost)
