"""The independent witness on whole ways: silent where all went well, and loud wherever something was lost, shown or swapped."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.flow.desks import Desks, confirm, desks

from ticketferry.project import Project, stages
from ticketferry.verify.witnessing import Witnessed, WitnessedDifference

TICKETS = 40


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(TICKETS) as found:
        yield found


def moved(pair: Desks, root: Path) -> Project:
    """Everything moved to an empty site."""
    pair.new_jira()
    project = Project.load(pair.project(root), clock=pair.clock)
    apply_all(project)
    return project


def apply_all(project: Project) -> None:
    stages.extract(project)
    plan = stages.make_plan(project)
    confirm(project, plan)
    stages.apply(project, plan)


def asked(project: Project) -> Witnessed:
    found = stages.verify(project, witness=True, sample=None)
    assert found.witnessed is not None
    return found.witnessed


def told(seen: Witnessed, what: str) -> list[WitnessedDifference]:
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


def test_a_file_with_other_bytes_is_told(pair: Desks, project: Project) -> None:
    state = pair.jira.state
    one, other, *_ = {state.blobs[file.media]: file for file in state.attachments.values()}.values()

    def swap() -> None:
        state.blobs[one.media], state.blobs[other.media] = state.blobs[other.media], state.blobs[one.media]

    swap()
    try:
        seen = asked(project)
    finally:
        swap()
    wrong = told(seen, "file")
    assert {line.message for line in wrong} >= {
        f"{one.name} is there with other bytes",
        f"{other.name} is there with other bytes",
    }
    assert any("of another ticket can be seen by customers" in line.message for line in told(seen, "leak"))


def test_a_requester_who_was_changed_in_the_new_desk_is_told(pair: Desks, project: Project) -> None:
    reporters = sorted({issue.values["reporter"] for issue in issues(pair)})
    issue = issues(pair)[0]
    before = issue.values["reporter"]
    issue.values["reporter"] = next(one for one in reporters if one != before)
    try:
        wrong = told(asked(project), "requester")
    finally:
        issue.values["reporter"] = before
    assert [one.target for one in wrong] == [issue.id]
