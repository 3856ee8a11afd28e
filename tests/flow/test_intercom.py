"""Intercom to Jira Service Management, and Zendesk to Intercom, whole on sample desks: plan, apply, verify, nothing left to do, all taken back."""

import os
import shutil
from contextlib import ExitStack, contextmanager
from unittest import mock

import pytest
from tests.flow.desks import confirm
from tests.flow.promises import apply_through_faults, check_whole_way

from ticketferry.mapping.shipped import shipped
from ticketferry.plan.inputs import EVERYTHING, Scope
from ticketferry.project import Project, stages
from ticketferry.project.explain import find_record
from ticketferry_emulators.intercom import IntercomEmulator, empty_desk
from ticketferry_emulators.intercom.models.records import AdminAccount, Contact, InboxTeam
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.kit.faults import Fault
from ticketferry_emulators.zendesk import ZendeskEmulator

STAND_IN = "6501cccccccccccccccccccc"
TEAMMATES = {
    "joe@acme.example": "bruno@acme.example", "zoe@acme.example": "chiara@acme.example", "bob@acme.example": "dmitri@acme.example",
    "acme:person:3001": "fionn@acme.example",
}  # fmt: skip


@contextmanager
def served(*emulators):
    with ExitStack() as stack:
        for emulator in emulators:
            stack.enter_context(emulator.serve())
        stack.enter_context(
            mock.patch.dict(
                os.environ, {key: value for one in emulators for key, value in one.credentials.items()}
            )
        )
        yield
        for emulator in emulators:
            assert not [f"{entry.method} {entry.path}" for entry in emulator.unserved]
            assert not emulator.crashes, emulator.crashes
            assert not emulator.notifications


def project_at(root, source, target, mapping, people=None):
    root.mkdir()
    (root / "migration.yaml").write_text(
        f"version: 1\nsource: {{key: acme, {source}}}\ntarget: {{key: dest, {target}}}\nmapping: mapping.yaml\nworkers: 4\n"
    )
    shutil.copyfile(shipped()[mapping], root / "mapping.yaml")
    if people:
        rows = "".join(f"{was},{now}\n" for was, now in people.items())
        (root / "agents.csv").write_text(f"source,target\n{rows}")
        text = (root / "mapping.yaml").read_text()
        (root / "mapping.yaml").write_text(
            text.replace("  match: [email]\n", "  match: [email]\n  agents: agents.csv\n")
        )
    return root


def intercom(emulator, **options):
    more = "".join(f", {name}: {value}" for name, value in options.items())
    return f"connector: intercom, base_url: '{emulator.base_url}', token: env:INTERCOM_TOKEN, file_hosts: [127.0.0.1]{more}"


def test_a_workspace_moves_to_jira(tmp_path):
    clock = ManualClock()
    source = IntercomEmulator(clock, tickets=24)
    target = JsmEmulator(clock)
    with served(source, target):
        account = f"connector: jsm, base_url: '{target.base_url}', email: {target.credentials['JIRA_EMAIL']}, token: env:JIRA_TOKEN"
        root = project_at(
            tmp_path / "mig", intercom(source, campaigns="true"), account, "intercom_to_jsm", TEAMMATES
        )
        with Project.load(root, clock=clock) as project:
            stages.extract(project)
            ticket = next(iter(source.state.tickets.values()))
            assert str(find_record(project, f"#{ticket.number}")[0]) == f"acme:ticket:t{ticket.id}"
            talk = next(iter(source.state.conversations))
            assert str(find_record(project, f"#{talk}")[0]) == f"acme:ticket:{talk}"
            before = target.dump()
            plan = stages.make_plan(project, EVERYTHING)
            confirm(project, plan)
            check_whole_way(project, plan, target, before, ())
        assert not source.ledger.writes()


def workspace_for(zendesk):
    """An empty workspace with the teammates and teams of an account, the attribute of our mark, and a contact for teammates who ask."""
    data = empty_desk()
    users = [
        row for row in zendesk.state.lists["users"].values() if row["role"] != "end-user" and row["active"]
    ]
    data.admins += [
        AdminAccount(60_000 + place, row["name"], row["email"])
        for place, row in enumerate(users)
        if row["email"]
    ]
    groups = zendesk.state.lists["groups"].values()
    data.teams += [InboxTeam(90_000 + place, row["name"], []) for place, row in enumerate(groups)]
    data.contacts.append(
        Contact(
            STAND_IN,
            "user",
            "desk@new.example",
            "The desk",
            created_at=1_600_000_000,
            updated_at=1_600_000_000,
        )
    )
    return data


class TaggedWorkspace(IntercomEmulator):
    """Tags that a plan made stay, as it says beforehand: other conversations may have been given them since."""

    residue_sections = (*IntercomEmulator.residue_sections, "tags")


@pytest.fixture(scope="module")
def moved():
    """A Zendesk account and the workspace that it moves to."""
    clock = ManualClock()
    source = ZendeskEmulator(clock, tickets=20, plan=None)
    target = TaggedWorkspace(clock, data=workspace_for(source), quiet=True)
    with served(source, target):
        yield clock, source, target


def test_an_account_moves_to_intercom(moved, tmp_path):
    clock, source, target = moved
    account = f"connector: zendesk, base_url: '{source.base_url}', email: {source.credentials['ZENDESK_EMAIL']}, token: env:ZENDESK_TOKEN"
    root = project_at(tmp_path / "mig", account, intercom(target, stand_in=STAND_IN), "zendesk_to_intercom")
    with Project.load(root, clock=clock) as project:
        stages.extract(project)
        before = target.dump()
        plan = stages.make_plan(project, EVERYTHING)
        confirm(project, plan)
        check_whole_way(project, plan, target, before, (), asked=True)


def test_what_changes_later_comes_and_is_taken_back(moved, tmp_path):
    """Late words and a late solution are written as the plan says, read back the same, and a rollback of them leaves the first plan's state."""
    clock, source, target = moved
    account = f"connector: zendesk, base_url: '{source.base_url}', email: {source.credentials['ZENDESK_EMAIL']}, token: env:ZENDESK_TOKEN"
    root = project_at(tmp_path / "mig", account, intercom(target, stand_in=STAND_IN), "zendesk_to_intercom")
    with Project.load(root, clock=clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project, EVERYTHING)
        confirm(project, plan)
        stages.apply(project, plan)
        waiting = [
            int(change.facts["number"])
            for change in plan.changes("kind = 'ticket' AND outcome = 'create'")
            if change.facts["stage"] not in ("closed", "merged")
        ]
        source.state.add_comment(waiting[0], "<p>late secret</p>", public=False)
        source.state.add_comment(waiting[0], "<p>late <b>public</b> words</p>", public=True)
        source.state.touch_ticket(waiting[1], subject="another subject", status="solved")
        clock.advance(120)
        stages.extract(project, ("source",))
        late = stages.make_plan(project)
        assert late.outcomes()["ticket"]["update"] == 2
        confirm(project, late)
        assert stages.apply(project, late).failed == 0
        words = {
            part.part_type: part.body
            for talk in target.state.conversations.values()
            for part in talk.parts
            if part.body and "late" in part.body and "ticketferry" not in part.body
        }
        assert words["note"] == "<p>late secret</p>"
        assert any("public" in body for kind, body in words.items() if kind != "note")
        found = stages.verify(project)
        assert found.same, found.lines
        assert stages.make_plan(project).endpoint_counts() == {}
        assert stages.apply(project, stages.plan_rollback(project, late.id)).failed == 0
        assert stages.verify(project).same
        assert not [
            part
            for talk in target.state.conversations.values()
            for part in talk.parts
            if "late secret" in (part.body or "")
        ]
        stages.apply(project, stages.plan_rollback(project, plan.id))
    assert not target.state.conversations


@pytest.mark.long(part=1)
@pytest.mark.parametrize("turn", range(4))
def test_lost_answers_of_every_kind_make_nothing_twice(moved, tmp_path, turn):
    """Conversations are found by who said what in which second, behind a search that lags; messages in their conversation."""
    clock, source, target = moved
    account = f"connector: zendesk, base_url: '{source.base_url}', email: {source.credentials['ZENDESK_EMAIL']}, token: env:ZENDESK_TOKEN"
    root = project_at(tmp_path / "mig", account, intercom(target, stand_in=STAND_IN), "zendesk_to_intercom")
    scope = Scope(limit=8)
    with Project.load(root, clock=clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project, scope)
        confirm(project, plan)
        for nth in range(2, 100, 3):
            kind = ("drop_after", "truncate_body", "status_after", "drop_before")[(nth + turn) % 4]
            target.faults.add(Fault(kind, nth=nth, writes_only=True))
        assert apply_through_faults(project, plan) > 0
        target.faults.clear()
        assert len(target.state.conversations) == plan.outcomes()["ticket"]["create"]
        for talk in target.state.conversations.values():
            spoken = [(part.author, part.created_at, part.body) for part in talk.parts if part.body]
            assert len(spoken) == len(set(spoken)), talk.id
        assert stages.verify(project).same
        assert stages.make_plan(project, scope).endpoint_counts() == {}
        stages.apply(project, stages.plan_rollback(project, plan.id))
    assert not target.state.conversations


def test_what_was_made_a_moment_ago_is_not_taken_for_gone(moved, tmp_path):
    """A search for contacts shows new ones after minutes: those that we know are asked for by their ids."""
    clock, source, target = moved
    account = f"connector: zendesk, base_url: '{source.base_url}', email: {source.credentials['ZENDESK_EMAIL']}, token: env:ZENDESK_TOKEN"
    root = project_at(tmp_path / "mig", account, intercom(target, stand_in=STAND_IN), "zendesk_to_intercom")
    with Project.load(root, clock=clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project, Scope(limit=4))
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
        again = stages.make_plan(project, Scope(limit=4))
        assert again.endpoint_counts() == {}
        assert not again.outcomes()["person"].get("gone")
        assert again.outcomes()["person"]["unchanged"] >= 3
        stages.apply(project, stages.plan_rollback(project, plan.id))
        anew = stages.make_plan(project, Scope(limit=4))
        assert not anew.outcomes()["person"].get("match"), (
            "no list tells of deleted contacts: they are not there all the same"
        )
        assert anew.outcomes()["person"]["create"] == plan.outcomes()["person"]["create"]
    assert not target.state.conversations
