"""Files of a Zendesk account fetched later and by phase, over loopback."""

import json
import shutil
import threading
from typing import Any

import pytest
from tests.flow.desks import Desks, confirm, desks

from ticketferry.errors import FatalError, RetryableError
from ticketferry.mapping.shipped import shipped
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.files import fetch_files, want_files
from ticketferry.sdk.contract import Severity
from ticketferry_emulators.kit.faults import Fault


@pytest.fixture(scope="module")
def pair():
    with desks(160) as found:
        yield found


@pytest.fixture
def project(pair: Desks, tmp_path):
    """A migration that read everything but files; the shipped mapping has the phases pilot, open and history."""
    pair.new_jira()
    with Project.load(pair.project(tmp_path / "mig"), clock=pair.clock) as found:
        stages.extract(found, files=False, totals=False)
        yield found
    pair.zendesk.faults.clear()


def blockers(plan: Any) -> set[str]:
    return {item.code for item in plan.findings() if item.severity is Severity.BLOCKER}


def test_a_phase_is_planned_and_applied_with_its_own_files_only(pair, project):
    assert "TF-FILE-002" in blockers(stages.make_plan(project, Scope("pilot")))
    wanted = want_files(project, phase="pilot")
    everything = want_files(project)
    assert 0 < wanted.forecast.wanted < everything.forecast.wanted
    seen = len(pair.zendesk.ledger.entries())
    came = fetch_files(project, wanted)
    assert came.fetched.files + came.fetched.findings == wanted.forecast.wanted
    assert came.ledger.purposes.get("files", 0) == came.ledger.requests - 1 > 0, "one asks whose desk it is"
    assert len(pair.zendesk.ledger.entries()) > seen
    assert want_files(project).forecast.here == came.fetched.files
    plan = stages.make_plan(project, Scope("pilot"))
    assert "TF-FILE-002" not in blockers(plan)
    confirm(project, plan)
    figures = stages.apply(project, plan)
    assert (figures.failed, figures.left) == (0, 0)
    assert "TF-FILE-002" in blockers(stages.make_plan(project, Scope("history")))
    fetch_files(project, want_files(project, phase="history"))
    assert "TF-FILE-002" not in blockers(stages.make_plan(project, Scope("history")))
    left = want_files(project).forecast.wanted
    assert left == want_files(project, phase="open").forecast.wanted > 0, "no other phase's file was fetched"
    pair.healthy()


def test_a_file_that_was_taken_out_of_the_old_desk_is_not_waited_for(pair, tmp_path):
    root, folder = pair.project(tmp_path / "mig"), tmp_path / "files"
    (root / "migration.yaml").write_text(
        (root / "migration.yaml").read_text().partition("target:")[0]
        + f"target: {{connector: neutral, key: files, folder: '{folder}'}}\nmapping: mapping.yaml\n"
    )
    shutil.copyfile(shipped()["zendesk_to_neutral"], root / "mapping.yaml")
    with Project.load(root, clock=pair.clock) as through:
        stages.extract(through, totals=False)
        everything = want_files(through).forecast
        assert (everything.redacted, everything.wanted) == (1, 0)
        plan = stages.make_plan(through)
        assert not blockers(plan)
        figures = stages.apply(through, plan)
        assert (figures.failed, figures.left) == (0, 0)
        assert "side_conversation.add" in plan.endpoint_counts()
        assert stages.verify(through).same
    lines = (folder / "attachment.jsonl").read_text("utf-8").splitlines()
    states = [json.loads(line)["record"].get("state") for line in lines]
    assert states.count("redacted") == 1


def test_fetching_that_breaks_off_goes_on_and_fetches_nothing_twice(pair, project):
    wanted = want_files(project)
    snapshots = project.snapshots("source")
    store, stored = snapshots.store_content, []
    enough = threading.Event()

    def break_off(attachment, *rest):
        store(attachment, *rest)
        stored.append(attachment)
        if len(stored) == 3:
            enough.set()
            raise RetryableError("the process was asked to end")

    snapshots.store_content = break_off
    with pytest.raises(RetryableError):
        fetch_files(project, wanted)
    snapshots.store_content = store
    assert enough.is_set()
    here = want_files(project).forecast.here
    assert 0 < here < wanted.forecast.wanted
    again = want_files(project)
    came = fetch_files(project, again)
    assert came.fetched.files + came.fetched.findings + here == wanted.forecast.wanted
    pair.healthy()


def test_a_file_that_the_account_has_lost_is_a_finding_and_no_stop(pair, project):
    wanted = want_files(project)
    pair.zendesk.faults.add(Fault("status_before", match="*/attachments/*", nth=2, status=404))
    came = fetch_files(project, wanted)
    assert pair.zendesk.faults.fired() == {"status_before": 1}
    assert came.fetched.findings == 1
    assert came.fetched.files == wanted.forecast.wanted - 1
    lost = [item for item in project.snapshots("source").findings.all() if item.code == "TF-FILE-001"]
    assert len(lost) == 1
    assert want_files(project).forecast.wanted == 1
    assert fetch_files(project, want_files(project)).fetched.files == 1


def test_a_disk_that_cannot_hold_the_files_is_said_before_anything_is_asked(pair, project, monkeypatch):
    usage = shutil.disk_usage(project.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
    before = len(pair.zendesk.ledger.entries())
    with pytest.raises(FatalError, match="the disk has 10 left"):
        fetch_files(project, want_files(project))
    assert len(pair.zendesk.ledger.entries()) == before
