"""The independent witness is silent on every way that went well: by import file, into Zendesk, between two accounts, on files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.flow.desks import confirm, desks
from tests.flow.importing import administer, files_of, plan_all, until_files
from tests.flow.migrations import migrate, write_desk
from tests.flow.migrations import write_project as write_files
from tests.flow.service_pair import into_zendesk, service_pair
from tests.flow.zendesk_pair import pair

from ticketferry.project import Project, stages


def apply_all(project: Project) -> None:
    stages.extract(project)
    plan = stages.make_plan(project)
    confirm(project, plan)
    stages.apply(project, plan)


@contextmanager
def by_import_file(root: Path) -> Iterator[Project]:
    with desks(40) as two:
        project, plan = plan_all(two, root)
        with project:
            until_files(project, plan)
            administer(two, files_of(project, plan))
            stages.apply(project, plan)
            yield project


@contextmanager
def between_accounts(root: Path) -> Iterator[Project]:
    with pair(60) as two, Project.load(two.project(root), clock=two.clock) as project:
        apply_all(project)
        yield project


@contextmanager
def out_of_jira(root: Path) -> Iterator[Project]:
    with (
        service_pair() as two,
        Project.load(into_zendesk(root, two.jira, two.zendesk), clock=two.clock) as project,
    ):
        apply_all(project)
        yield project


@contextmanager
def on_files(root: Path) -> Iterator[Project]:
    write_desk(root / "source", 20)
    write_files(root / "mig", root / "source", root / "target")
    migrate(root / "mig")
    with Project.load(root / "mig") as project:
        yield project


@pytest.mark.parametrize(
    ("way", "explained"),
    [
        (by_import_file, {"people.customers"}),
        (between_accounts, set()),
        (out_of_jira, {"people.placeholder"}),
        (on_files, set()),
    ],
)
def test_the_witness_is_silent_where_all_went_well(way: Any, explained: set[str], tmp_path: Path) -> None:
    with way(tmp_path / "mig") as project:
        found = stages.verify(project, witness=True, sample=None)
        seen = found.witnessed
        assert seen is not None
        assert seen.errors == []
        assert found.same, found.lines
        assert {one.rule for one in seen.explained} == explained
        assert seen.tickets > 15
        assert seen.texts > 3 * seen.tickets
        assert seen.files > 0
