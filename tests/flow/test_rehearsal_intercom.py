"""A workspace of Intercom rehearsed as the old desk and as the new one: what the apply on the served stand-ins does, it said before."""

from contextlib import contextmanager

import pytest
from tests.flow.desks import confirm
from tests.flow.test_intercom import (
    STAND_IN,
    TEAMMATES,
    TaggedWorkspace,
    intercom,
    project_at,
    served,
    workspace_for,
)

from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.rehearsal import rehearse
from ticketferry_emulators.intercom import IntercomEmulator
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator

LATENCY = 0.2


@contextmanager
def pair(root, way):
    """The served target of a project that was read, and the project."""
    clock = ManualClock()
    if way == "out of it":
        source, target = IntercomEmulator(clock, tickets=8), JsmEmulator(clock)
    else:
        source = ZendeskEmulator(clock, tickets=8, plan=None)
        target = TaggedWorkspace(clock, data=workspace_for(source), quiet=True)
    with served(source, target):
        if way == "out of it":
            account = f"connector: jsm, base_url: '{target.base_url}', email: {target.credentials['JIRA_EMAIL']}, token: env:JIRA_TOKEN"
            project_at(root, intercom(source, campaigns="true"), account, "intercom_to_jsm", TEAMMATES)
        else:
            account = f"connector: zendesk, base_url: '{source.base_url}', email: {source.credentials['ZENDESK_EMAIL']}, token: env:ZENDESK_TOKEN"
            project_at(root, account, intercom(target, stand_in=STAND_IN), "zendesk_to_intercom")
        # one worker: several that become free in the same instant take turns otherwise each time
        settings = root / "migration.yaml"
        settings.write_text(settings.read_text().replace("workers: 4", "workers: 1"))
        with Project.load(root, clock=clock) as project:
            stages.extract(project)
            confirm(project, None)
            asked = len(source.ledger), len(target.ledger)
            yield clock, target, project
            assert len(source.ledger) == asked[0]


@pytest.mark.parametrize("way", ["out of it", "into it"])
def test_a_rehearsal_says_what_the_apply_on_the_served_desks_does(tmp_path, way):
    with pair(tmp_path / "mig", way) as (clock, target, project):
        before = len(target.ledger)
        told = rehearse(project, latency=LATENCY)
        assert len(target.ledger) == before, "a desk was asked"
        assert not told.failures, told.failures
        assert (told.good, told.as_before, told.left, told.newly_visible) == (True, True, [], 0)
        assert not [text for text in told.assumed if "differ from what was read" in text], told.assumed
        assert told.delta.tickets == told.changes == 1
        target.latency = LATENCY
        for part in told.phases:
            plan = stages.make_plan(project, Scope(phase=part.name))
            confirm(project, plan)
            began, mails = clock.time(), target.notifications
            figures = stages.apply(project, plan, fail=False)
            assert (figures.performed, figures.failed) == (part.performed, part.failed)
            assert target.notifications - mails == part.mails == 0
            assert clock.time() - began == pytest.approx(part.step("apply").seconds, rel=0.01)


def test_what_nobody_has_switched_off_is_told_as_mails(tmp_path):
    with pair(tmp_path / "mig", "into it") as (_, target, project):
        for guard in project.config.target.connector.guards:
            project.workspace.end_confirmations(guard.code)
        told = rehearse(project, latency=LATENCY, delta=False, rollback=False)
        assert told.mails > 0
        assert not told.good
        assert any("a workflow greets" in text for text in told.assumed)
        assert target.notifications == 0
