"""Migrations by way of Jira's import file: a project that takes it, and the administrator who imports what was handed out."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.flow.desks import Desks, confirm

from ticketferry.errors import WaitingError
from ticketferry.plan.inputs import EVERYTHING, Scope
from ticketferry.project import Project, stages

SHARD = 8


def by_file(pair: Desks, root: Path, *, issues: int = SHARD, way: str = "import-file") -> Path:
    """A project folder whose tickets go by file, so many in each."""
    pair.project(root)
    mapping = root / "mapping.yaml"
    mapping.write_text(mapping.read_text() + f"\nway: {way}\n")
    config = root / "migration.yaml"
    config.write_text(
        config.read_text().replace("token: env:JIRA_TOKEN", f"token: env:JIRA_TOKEN, import_issues: {issues}")
    )
    return root


def extracted(pair: Desks, root: Path, **how: Any) -> Path:
    """A project folder with both desks read, the site being empty (`beginnings`)."""

    def make(kept: Path) -> None:
        with Project.load(by_file(pair, kept), clock=pair.clock) as project:
            stages.extract(project)

    assert not pair.jira.state.issues
    return by_file(pair, pair.beginnings.copied(root, "both desks read", make), **how)


def plan_all(pair: Desks, root: Path, scope: Scope = EVERYTHING, **how: Any) -> tuple[Project, Any]:
    project = Project.load(by_file(pair, root, **how), clock=pair.clock)
    stages.extract(project)
    return project, _plan(project, scope)


def planned(pair: Desks, root: Path, scope: Scope = EVERYTHING, **how: Any) -> tuple[Project, Any]:
    """The same of what `extracted` gives, with the first plan."""

    def make(kept: Path) -> None:
        with Project.load(extracted(pair, kept, **how), clock=pair.clock) as project:
            _plan(project, scope)

    assert not pair.jira.state.issues
    project = Project.load(pair.beginnings.copied(root, (scope, how), make), clock=pair.clock)
    return project, project.plan("p-01")


def _plan(project: Project, scope: Scope) -> Any:
    plan = stages.make_plan(project, scope)
    confirm(project, plan)
    return plan


def until_files(project: Project, plan: Any, **how: Any) -> WaitingError:
    with pytest.raises(WaitingError) as caught:
        stages.apply(project, plan, **how)
    return caught.value


def files_of(project: Project, plan: Any) -> list[Path]:
    return sorted((project.root / "imports" / plan.id).glob("import-*.json"))


def administer(pair: Desks, files: list[Path]) -> list[Any]:
    """Import files as an administrator does; nothing may be made, nobody may be a stranger, nobody may see anything."""
    reports = [pair.jira.import_file(path.read_bytes()) for path in files]
    for report in reports:
        assert (report.made, report.strangers, report.refused) == ([], [], [])
    pair.clock.advance(10)
    return reports


def manifest_of(project: Project, plan: Any) -> dict[str, Any]:
    return json.loads((project.root / "imports" / plan.id / "manifest.json").read_bytes())


def portal_of(pair: Desks) -> dict[str, dict[str, list[str]]]:
    """What every account sees on the portal now."""
    state = pair.jira.state
    return {id_: seen for id_ in list(state.accounts) if (seen := state.portal_view(id_))}
