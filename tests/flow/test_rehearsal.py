"""A rehearsal tells before what the apply shows afterwards: hours, failures, mails; and it asks no desk."""

import re
import signal
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from tests.flow.desks import Desks, confirm, desks
from tests.flow.service_pair import ServicePair

from ticketferry.errors import ConfigError, InterruptedRunError, WorkspaceError
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.rehearsal import last_rehearsal
from ticketferry.rehearsal import rehearse
from ticketferry.store.lock import hold

TICKETS = 12
LATENCY = 0.3


@pytest.fixture(scope="module")
def pair():
    with desks(TICKETS) as found:
        yield found


def read(pair: Desks, root: Path) -> Project:
    """One worker: several take turns otherwise each time, and how long both take would differ with what else the machine does."""
    project = Project.load(pair.project(root, workers=1), clock=pair.clock)
    stages.extract(project)
    confirm(project, None)
    return project


@pytest.fixture(scope="module")
def told(pair, tmp_path_factory):
    """A project that was read, and the rehearsal of its three phases."""
    root = tmp_path_factory.mktemp("rehearsed") / "mig"
    with read(pair, root) as project:
        before = (root / "workspace.db").stat().st_mtime_ns
        asked = len(pair.zendesk.ledger), len(pair.jira.ledger)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(httpx.HTTPTransport, "handle_request", _refuse)
            result = rehearse(project, latency=LATENCY)
        assert (len(pair.zendesk.ledger), len(pair.jira.ledger)) == asked, "a desk was asked"
        assert (root / "workspace.db").stat().st_mtime_ns == before, "the project's own workspace was written"
        assert project.idmap.sequence() == 0
        yield project, result


def _refuse(_transport, request):
    raise AssertionError(f"a rehearsal opened a connection: {request.url}")


def test_nothing_fails_on_the_sample_and_the_rollback_leaves_it_as_it_was(told):
    _, result = told
    assert not result.failures, result.failures
    assert (result.mails, result.newly_visible, result.as_before, result.left) == (0, 0, True, [])
    assert [part.name for part in result.phases] == ["pilot", "open", "history"]
    assert result.good
    assert not [text for text in result.assumed if "differ from what was read" in text], result.assumed
    for part in result.phases:
        assert part.verified.keys() == {"="}, part
        assert part.witnessed["errors"] == 0
        assert sum(part.dispositions.values()) == part.leaves
    for part in result.phases:
        step = part.step("apply")
        assert step.estimated == pytest.approx(step.seconds, rel=0.15), part.name
    assert result.changes == result.delta.tickets == 1
    assert result.residue


def test_the_apply_that_follows_takes_as_long_and_does_the_same(pair, told):
    project, result = told
    pair.jira.latency = LATENCY
    try:
        for part in result.phases:
            plan = stages.make_plan(project, Scope(phase=part.name))
            confirm(project, plan)
            began, asked, mails = pair.clock.time(), len(pair.jira.ledger), pair.jira.notifications
            figures = stages.apply(project, plan, fail=False)
            step = part.step("apply")
            assert (figures.performed, figures.failed) == (part.performed, part.failed)
            assert pair.jira.notifications - mails == part.mails
            groups = Counter(f"target/{entry.group}" for entry in pair.jira.ledger.entries()[asked:])
            assert dict(groups) == step.requests
            assert pair.clock.time() - began == pytest.approx(step.seconds, rel=0.001)
    finally:
        pair.jira.latency = 0.0


def test_the_result_is_kept_and_read_back(told):
    project, result = told
    assert last_rehearsal(project) == result


def test_a_rehearsal_goes_nowhere_else(told):
    from ticketferry.errors import FatalError
    from ticketferry.rehearsal.transport import StandInTransport

    with (
        httpx.Client(transport=StandInTransport({})) as client,
        pytest.raises(FatalError, match=re.escape("about to ask acme.zendesk.com")),
    ):
        client.get("https://acme.zendesk.com/api/v2/users/me")


def test_ctrl_c_leaves_nothing_behind_and_the_next_one_begins_anew(pair, told):
    project, _ = told
    kept = last_rehearsal(project)
    struck = []

    def strike(what, done, _of):
        if what == "operations" and done >= 20 and not struck:
            struck.append(done)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(InterruptedRunError) as stopped:
        rehearse(project, latency=LATENCY, delta=False, rollback=False, progress=strike)
    assert struck
    assert "no result" in stopped.value.message
    assert "Neither desk nor the workspace was touched" in stopped.value.remedy
    assert not [path for path in (project.root / "rehearsals").glob("r-*") if path.is_dir()]
    assert last_rehearsal(project) == kept

    with hold(project.root / "rehearsals", "rehearse"), pytest.raises(WorkspaceError, match="rehearse"):
        rehearse(project)

    pair.clock.advance(2 * 86_400)
    again = rehearse(project, latency=LATENCY, sample=10_000, phases=("pilot",), delta=False, rollback=False)
    assert (again.tickets, again.sample) == (kept.tickets, kept.tickets), (
        "a sample larger than the desk is all"
    )
    assert [(part.name, part.tickets) for part in again.phases] == [("pilot", kept.phases[0].tickets)]
    assert (again.delta, again.rollback, again.failures) == (None, None, [])
    assert [text for text in again.assumed if text.startswith("source: it was read 2 days ago")]


def test_what_is_no_sample_and_what_was_never_read_is_refused_by_name(pair, told, tmp_path):
    project, _ = told
    before = sorted((project.root / "rehearsals").iterdir())
    with pytest.raises(ConfigError, match="one ticket at least"):
        rehearse(project, sample=0)
    with pytest.raises(ConfigError, match="no phase 'pilto'"):
        rehearse(project, phases=("pilto",))
    assert sorted((project.root / "rehearsals").iterdir()) == before
    with Project.load(pair.project(tmp_path / "mig"), clock=pair.clock) as half:
        with pytest.raises(WorkspaceError, match="source"):
            rehearse(half)
        stages.extract(half, roles=("source",))
        with pytest.raises(WorkspaceError, match="target"):
            rehearse(half)


@pytest.mark.long(part=1)
@pytest.mark.parametrize("seed", range(1, 5))
def test_requests_that_fail_change_nothing_of_the_end(pair, told, seed):
    project, unbroken = told
    broken = rehearse(project, latency=LATENCY, faults=seed, delta=False, rollback=False)
    assert broken.faults_met > 20
    assert not broken.failures, broken.failures
    assert (broken.end_state, broken.mails) == (unbroken.end_state, 0)
    assert broken.seconds > unbroken.phases[0].seconds


def test_a_service_site_is_rehearsed_as_the_old_desk(tmp_path):
    with ExitStack() as stack:
        pair = ServicePair(stack, requests=2)
        root = pair.project(tmp_path / "mig")
        with Project.load(root, clock=pair.clock) as project:
            stages.extract(project)
            confirm(project, None)
            stages.preflight(project)
            asked = len(pair.jira.ledger), len(pair.zendesk.ledger)
            result = rehearse(project, latency=LATENCY, sample=4, delta=False)
            assert (len(pair.jira.ledger), len(pair.zendesk.ledger)) == asked
            assert result.tickets == result.sample
            assert result.as_before is True
            assert not [text for text in result.assumed if "differ from what was read" in text], (
                result.assumed
            )
            assert {part.name: part.failed for part in result.phases} == {"open": 0, "history": 0}
            assert all(part.verified.keys() == {"="} for part in result.phases)
    pair.healthy()
