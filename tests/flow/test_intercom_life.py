"""Intercom to Jira Service Management while the workspace goes on living: what changed comes as a delta, what vanished is told."""

from contextlib import contextmanager

from tests.flow.desks import confirm
from tests.flow.test_intercom import TEAMMATES, intercom, project_at, served

from ticketferry.project import Project, stages
from ticketferry.store.surveys import Surveys
from ticketferry_emulators.intercom import IntercomEmulator
from ticketferry_emulators.intercom.models.people import merge
from ticketferry_emulators.intercom.models.threads import (
    close,
    contact_speaks,
    teammate_speaks,
)
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock


@contextmanager
def moved(root):
    """A workspace that has been moved: the project, the workspace, and the cases that were made."""
    clock = ManualClock()
    source, target = IntercomEmulator(clock, tickets=24, quiet=True), JsmEmulator(clock)
    with served(source, target):
        account = f"connector: jsm, base_url: '{target.base_url}', email: {target.credentials['JIRA_EMAIL']}, token: env:JIRA_TOKEN"
        project_at(root, intercom(source, campaigns="true"), account, "intercom_to_jsm", TEAMMATES)
        with Project.load(root, clock=clock) as project:
            stages.extract(project)
            plan = stages.make_plan(project)
            confirm(project, plan)
            assert stages.apply(project, plan).failed == 0
            made = {change.root for change in plan.changes("kind = 'ticket' AND outcome = 'create'")}
            yield project, source, made


def delta(project):
    stages.extract(project, ("source",))
    plan = stages.make_plan(project)
    confirm(project, plan)
    return plan


def test_what_goes_on_in_the_workspace_comes_as_a_delta(tmp_path):
    with moved(tmp_path / "mig") as (project, source, made):
        state = source.state
        with state.lock:
            open_ = [
                row for row in state.conversations.values() if row.state == "open" and len(row.parts) < 100
            ]
            answered, noted, closed = open_[:3]
            admin = next(row for row in state.admins.values() if row.id == 3002)
            contact = state.contact(answered.contacts[0])
            contact_speaks(state, answered, contact, "<p>late words of the contact</p>", [], state.now())
            teammate_speaks(state, noted, admin, "note", "<p>late note</p>", at=state.now(), silent=True)
            close(state, closed, admin, "<p>late goodbye</p>")
            ticket = next(
                row
                for row in state.tickets.values()
                if row.state == "open" and row.shared and f"acme:ticket:t{row.id}" in made
            )
            teammate_speaks(
                state, ticket, admin, "comment", "<p>late answer</p>", at=state.now(), silent=True
            )
            state.mails.clear()
        source.clock.advance(3_600)
        plan = delta(project)
        changed = {change.root for change in plan.changes("kind = 'ticket' AND outcome = 'update'")}
        assert changed == {f"acme:ticket:{row.id}" for row in (answered, noted, closed)} | {
            f"acme:ticket:t{ticket.id}"
        }
        assert plan.outcomes()["ticket"].get("create", 0) == 0
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same
        assert delta(project).endpoint_counts() == {}


def test_a_conversation_that_was_deleted_is_missed_in_the_totals(tmp_path):
    """It leaves no trace in any list: what reading on can't show, the workspace's own counts do, and its issue stays as it is."""
    with moved(tmp_path / "mig") as (project, source, made):
        state, surveys = source.state, Surveys(project.snapshots("source"))
        assert {cell.verdict for cell in surveys.cells()} == {"equal"}
        with state.lock:
            gone = next(
                row
                for row in state.conversations.values()
                if row.state == "open" and f"acme:ticket:{row.id}" in made
            )
            del state.conversations[gone.id]
            state.index["conversations"].drop(gone.id)
        source.clock.advance(3_600)
        stages.extract(project, ("source",))
        (cell,) = [cell for cell in surveys.cells() if cell.verdict != "equal"]
        assert (cell.verdict, cell.desk - cell.here) == ("differs", -1)
        assert stages.make_plan(project).endpoint_counts() == {}


def test_a_lead_that_was_merged_takes_nothing_away(tmp_path):
    """Its id leads nowhere from now on; whom it named before keeps the account that was made, and what is new goes to the user."""
    with moved(tmp_path / "mig") as (project, source, made):
        state = source.state
        with state.lock:
            lead = next(
                row for row in state.present() if row.role == "lead" and row.email.startswith("contact")
            )
            user = next(
                row for row in state.present() if row.role == "user" and row.email.startswith("contact")
            )
            talk = next(
                row
                for row in state.conversations.values()
                if f"acme:ticket:{row.id}" in made and lead.id not in row.contacts
            )
            talk.contacts.append(lead.id)
            merge(state, lead, user)
            contact_speaks(state, talk, user, "<p>after the merge</p>", [], state.now())
            state.mails.clear()
        source.clock.advance(3_600)
        plan = delta(project)
        assert {change.root for change in plan.changes("kind = 'ticket' AND outcome = 'update'")} == {
            f"acme:ticket:{talk.id}"
        }
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same
