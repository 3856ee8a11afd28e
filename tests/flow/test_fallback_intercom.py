"""A fallback with a workspace on either side: what cannot be written back is named, and what can be goes back once."""

from dataclasses import replace
from pathlib import Path
from unittest import mock

import httpx
import pytest
from tests.flow.desks import confirm
from tests.flow.jsm_life import Life
from tests.flow.test_intercom import (
    STAND_IN,
    TEAMMATES,
    TaggedWorkspace,
    intercom,
    project_at,
    served,
    workspace_for,
)
from tests.unit.cli.terminal import Terminal

from ticketferry.plan.inputs import EVERYTHING
from ticketferry.project import Project, stages
from ticketferry.project.cut_over import begin_owning, cut_over_of, keep_cut_over
from ticketferry.project.health import NEW_DESK, read_new_desk
from ticketferry_emulators.intercom import IntercomEmulator, empty_desk
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator


def cut_over(root: Path, clock: ManualClock) -> None:
    """Move everything, and let the new desk own it."""
    mapping = root / "mapping.yaml"
    rules, _, _ = mapping.read_text("utf-8").partition("\nphases:")
    mapping.write_text(f"{rules}\nphases:\n  - {{name: all, where: always}}\n", "utf-8")
    with Project.load(root, clock=clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project, EVERYTHING)
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
        begin_owning(project, "all", project.now().isoformat())
        read_new_desk(project, moved=True)
        kept, old, new = (
            cut_over_of(project, "all"), project.snapshots("source").latest(), project.snapshots(NEW_DESK).latest(),
        )  # fmt: skip
        assert kept is not None
        assert old is not None
        assert new is not None
        keep_cut_over(project, replace(kept, new_desk_snapshot=new.number, source_snapshot=old.number))
    clock.advance(300)


def account_of(desk: JsmEmulator) -> str:
    return f"connector: jsm, base_url: '{desk.base_url}', email: {desk.credentials['JIRA_EMAIL']}, token: env:JIRA_TOKEN"


@pytest.mark.long(part=2)
def test_an_answer_goes_back_into_a_workspace_that_has_the_attribute_of_our_mark(tmp_path: Path) -> None:
    """A user: the way back ended in `Unknown field custom_attributes…`, and asked for a proxy."""
    clock = ManualClock()
    old, new = IntercomEmulator(clock, tickets=12, quiet=True), JsmEmulator(clock)
    with served(old, new), mock.patch("ticketferry.project.folder.SystemClock", return_value=clock):
        root = project_at(tmp_path / "mig", intercom(old), account_of(new), "intercom_to_jsm", TEAMMATES)
        cut_over(root, clock)
        life, issue = Life(new), next(iter(new.state.issues.values()))
        life.comment(issue.key, "An answer from the new desk")
        life.close()
        clock.advance(300)
        refused = Terminal(root)("fallback", "all", code=3).stderr
        assert "no conversation attribute 'ticketferry_origin'" in " ".join(refused.split())
        assert "create attribute 'ticketferry_origin'" in " ".join(refused.split())
        assert not old.ledger.writes()
        old.state.attributes.extend(IntercomEmulator(clock, data=empty_desk()).state.attributes)
        Terminal(root)("fallback", "all")
        back = root / "fallback" / "all"
        before = {talk.id: len(talk.parts) for talk in old.state.conversations.values()}
        with Project.load(back, clock=clock) as project:
            plan = project.plan("p-01")
            assert plan.count(), "the answer"
            confirm(project, plan)
        Terminal(back)("apply", "p-01", "--yes")
        Terminal(back)("verify")
        said = [
            (talk.id, part.part_type)
            for talk in old.state.conversations.values()
            for part in talk.parts[before[talk.id] :]
            if "An answer from the new desk" in str(part.body)
        ]
        assert len(said) == 1
        assert '"operations": 0' in Terminal(root)("fallback", "all", "--json").stdout


@pytest.mark.long(part=2)
def test_an_answer_of_a_workspace_goes_back_into_an_account_without_the_notes_of_the_migration(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    old = ZendeskEmulator(clock, tickets=10, plan=None)
    new = TaggedWorkspace(clock, data=workspace_for(old), quiet=True)
    with served(old, new), mock.patch("ticketferry.project.folder.SystemClock", return_value=clock):
        account = f"connector: zendesk, base_url: '{old.base_url}', email: {old.credentials['ZENDESK_EMAIL']}, token: env:ZENDESK_TOKEN"
        root = project_at(tmp_path / "mig", account, intercom(new, stand_in=STAND_IN), "zendesk_to_intercom")
        cut_over(root, clock)
        talk = next(talk for talk in new.state.conversations.values() if talk.state == "open")
        closed = next(talk for talk in new.state.conversations.values() if talk.state == "closed")
        for one, words in ((talk, "an answer in the new desk"), (closed, "a late answer")):
            sent = {
                "message_type": "comment",
                "type": "admin",
                "admin_id": str(next(iter(new.state.admins))),
                "body": f"<p>{words}</p>",
            }
            head = {
                "Authorization": f"Bearer {new.credentials['INTERCOM_TOKEN']}",
                "Intercom-Version": "2.15",
            }
            assert httpx.post(
                f"{new.base_url}/conversations/{one.id}/reply", json=sent, headers=head
            ).is_success
        new.state.mails.clear()  # what agents say themselves is told to customers
        clock.advance(300)
        shown = " ".join(Terminal(root)("fallback", "all", code=2).stdout.split())
        assert f"not written back: {closed.id} the ticket is closed in Zendesk" in shown
        back = root / "fallback" / "all"
        for name in ("triggers", "automations"):
            for row in old.state.lists[name].values():
                row["active"] = False
        with Project.load(back, clock=clock) as project:
            plan = project.plan("p-01")
            assert plan.endpoint_counts()["comment.add"] == 1, "no note of the migration comes back"
            confirm(project, plan)
        Terminal(back)("apply", "p-01", "--yes")
        Terminal(back)("verify")
