"""Every ready mapping on the sample desks: nothing in it is unknown to either side, and a whole move by it ends where it should."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from tests.flow.jsm_life import Life
from tests.flow.migrations import write_desk
from tests.flow.test_intercom import STAND_IN, TaggedWorkspace, workspace_for

from ticketferry.mapping.shipped import shipped
from ticketferry.project import Project, stages
from ticketferry.registry import connectors
from ticketferry.sdk.contract import Severity
from ticketferry_emulators.intercom import IntercomEmulator
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk

DESKS = ("intercom", "jsm", "neutral", "zendesk")
PAIRS = tuple((source, target) for source in DESKS for target in DESKS)
SHOWN = {("neutral", "zendesk"), ("jsm", "intercom")}
"""Ways on which a ticket of the sample desks is seen by more people than before, which somebody has to allow: a member's ticket goes to an
organization whose members see each other's, and an issue behind a security level to a product without any.
"""


def zendesk(emulator: ZendeskEmulator) -> str:
    who = emulator.credentials["ZENDESK_CLIENT_ID"]
    return f"connector: zendesk, base_url: '{emulator.base_url}', client_id: {who}, client_secret: env:ZENDESK_CLIENT_SECRET"


def jsm(emulator: JsmEmulator) -> str:
    who = emulator.credentials["JIRA_EMAIL"]
    return f"connector: jsm, base_url: '{emulator.base_url}', email: {who}, token: env:JIRA_TOKEN"


def intercom(emulator: IntercomEmulator, secret: str = "INTERCOM_TOKEN", **options: str) -> str:
    more = "".join(f", {name}: {value}" for name, value in options.items())
    return f"connector: intercom, base_url: '{emulator.base_url}', token: env:{secret}, file_hosts: [127.0.0.1]{more}"


class Served:
    """Emulators on one clock."""

    def __init__(self, stack: ExitStack, clock: ManualClock) -> None:
        self._stack, self._clock = stack, clock

    def put(self, emulator: Any) -> Any:
        self._stack.enter_context(emulator.serve())
        self._stack.enter_context(mock.patch.dict(os.environ, emulator.credentials))
        return emulator

    def source(self, name: str, base: Path) -> str:
        if name == "neutral":
            write_desk(base / "desk", 6)
            return f"connector: neutral, folder: '{base / 'desk'}'"
        if name == "zendesk":
            return zendesk(self.put(ZendeskEmulator(self._clock, tickets=16, plan=None)))
        if name == "intercom":
            return intercom(self.put(IntercomEmulator(self._clock, tickets=12)), campaigns="true")
        jira = self.put(JsmEmulator(clock=self._clock))
        life = Life(jira).fill(8)
        self._stack.callback(life.close)
        return jsm(jira)

    def target(self, name: str, base: Path) -> tuple[str, Any]:
        if name == "neutral":
            return f"connector: neutral, folder: '{base / 'files'}'", None
        if name == "zendesk":
            made: Any = self.put(ZendeskEmulator(self._clock, plan=None, bulk_users=True, data=empty_desk()))
            return f"{zendesk(made)}, bulk_users: true", made
        if name == "intercom":
            people = ZendeskEmulator(self._clock, tickets=1, plan=None)
            made = TaggedWorkspace(self._clock, data=workspace_for(people), quiet=True)
            self._stack.enter_context(made.serve())
            token = {"NEW_INTERCOM_TOKEN": made.credentials["INTERCOM_TOKEN"]}
            self._stack.enter_context(mock.patch.dict(os.environ, token))
            return intercom(made, "NEW_INTERCOM_TOKEN", stand_in=STAND_IN), made
        made = self.put(JsmEmulator(clock=self._clock))
        return jsm(made), made


@contextmanager
def migration(source: str, target: str, base: Path) -> Iterator[tuple[Project, Any]]:
    with ExitStack() as stack:
        clock = ManualClock()
        served = Served(stack, clock)
        old = served.source(source, base)
        new, emulator = served.target(target, base)
        root = base / "mig"
        root.mkdir()
        (root / "migration.yaml").write_text(
            f"version: 1\nsource: {{key: acme, {old}}}\ntarget: {{key: dest, {new}}}\nmapping: mapping.yaml\nworkers: 4\n"
        )
        (root / "mapping.yaml").write_bytes(shipped()[f"{source}_to_{target}"].read_bytes())
        yield stack.enter_context(Project.load(root, clock=clock)), emulator


def test_there_is_a_ready_mapping_for_every_pair_of_products() -> None:
    assert set(connectors()) == set(DESKS)
    assert shipped().keys() == {f"{source}_to_{target}" for source, target in PAIRS}


@pytest.mark.parametrize(
    ("source", "target"), PAIRS, ids=[f"{source}_to_{target}" for source, target in PAIRS]
)
def test_a_ready_mapping_knows_the_sample_desks_and_moves_everything(
    source: str, target: str, tmp_path: Path
) -> None:
    with migration(source, target, tmp_path) as (project, emulator):
        stages.extract(project)
        said = stages.lint_mapping(project, project.mapping())
        assert [f"{row.where} {row.message}" for row in said if row.severity is Severity.BLOCKER] == []
        plan = stages.make_plan(project)
        rejected = list(plan.rows("SELECT root, because FROM change WHERE outcome IN ('reject', 'conflict')"))
        assert rejected == []
        assert plan.outcomes()["ticket"]["create"] >= 6
        for state in stages.preflight(project, plan):
            if not state.proved and state.guard.proof == "person":
                project.workspace.confirm(state.guard.code, "a tester")
        figures = stages.apply(project, plan, allow_visible=(source, target) in SHOWN)
        assert (figures.failed, figures.left) == (0, 0)
        found = stages.verify(project)
        assert found.same, found.lines
        assert stages.make_plan(project).endpoint_counts() == {}
        if emulator is not None:
            assert not emulator.notifications
            assert not emulator.crashes
            assert not emulator.unserved
