"""The time that a plan is said to take is that of its apply on the simulated clock, at several latencies and numbers of workers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.flow.desks import confirm, desks
from tests.flow.service_pair import service_pair
from tests.flow.test_intercom import STAND_IN, TaggedWorkspace, intercom, project_at, served, workspace_for

from ticketferry.project import Project, stages
from ticketferry.project.viewing import view_plan
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator

BOUND = 0.05
"""How far the estimate may be off."""
PAIRS = ("zendesk to jsm", "jsm to zendesk", "zendesk to intercom")
FEW = [(pair, 0.08, 2) for pair in PAIRS[:2]]
RUNS = [*FEW, *((pair, *run) for pair in PAIRS for run in ((0.3, 8), (0.6, 0)))]
"""Seconds of an answer, and workers (0: as many as turn out to help)."""


class Stage(NamedTuple):
    """Two desks on one clock, and a project between them."""

    clock: Any
    target: Any
    project: Callable[[Path], Path]


@contextmanager
def into_jira() -> Iterator[Stage]:
    with desks(24) as pair:
        yield Stage(pair.clock, pair.jira, pair.project)


@contextmanager
def into_zendesk() -> Iterator[Stage]:
    with service_pair() as pair:
        yield Stage(pair.clock, pair.zendesk, pair.project)


@contextmanager
def into_intercom() -> Iterator[Stage]:
    clock = ManualClock()
    source = ZendeskEmulator(clock, tickets=20, plan=None)
    target = TaggedWorkspace(clock, data=workspace_for(source), quiet=True)
    with served(source, target):
        account = f"connector: zendesk, base_url: '{source.base_url}', email: {source.credentials['ZENDESK_EMAIL']}, token: env:ZENDESK_TOKEN"
        described = intercom(target, stand_in=STAND_IN)
        yield Stage(clock, target, lambda root: project_at(root, account, described, "zendesk_to_intercom"))


WAYS = {"zendesk to jsm": into_jira, "jsm to zendesk": into_zendesk, "zendesk to intercom": into_intercom}


@pytest.mark.long(part=3)
@pytest.mark.parametrize(("way", "latency", "workers"), RUNS)
def test_a_plan_takes_the_time_that_it_was_said_to_take(way, latency, workers, tmp_path):
    with WAYS[way]() as stage:
        root = stage.project(tmp_path / "mig")
        text = (root / "migration.yaml").read_text()
        kept = [line for line in text.splitlines() if not line.startswith("workers:")]
        (root / "migration.yaml").write_text("\n".join([*kept, f"workers: {workers or 'auto'}", ""]))
        with Project.load(root, clock=stage.clock) as project:
            stages.extract(project)
            plan = stages.make_plan(project)
            confirm(project, plan)
            project.workspace.note("latency", f"{latency}")
            shown = view_plan(project, plan, played=True)
            assert shown.estimate is not None
            began, stage.target.latency = stage.clock.time(), latency
            figures = stages.apply(project, plan, allow_visible=True)
            took = stage.clock.time() - began
        assert figures.failed == 0
        assert stage.clock.stalls == 0
        assert shown.estimate.seconds == pytest.approx(took, rel=BOUND)
