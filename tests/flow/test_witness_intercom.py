"""The independent witness on ways from and to Intercom: silent where all went well, and told where translate, compile or the desk is broken."""

from dataclasses import replace

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

import ticketferry_intercom.target as target_module
import ticketferry_intercom.translate as translate_module
from ticketferry.plan.inputs import EVERYTHING, Scope
from ticketferry.project import Project, stages
from ticketferry_emulators.intercom import IntercomEmulator
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator


def apply_all(project, scope=EVERYTHING):
    stages.extract(project)
    plan = stages.make_plan(project, scope)
    confirm(project, plan)
    assert stages.apply(project, plan).failed == 0


def witnessed(project):
    found = stages.verify(project, witness=True, sample=None)
    assert found.witnessed is not None
    assert not found.witnessed.why_not
    return found


def told(found, what):
    return [one for one in found.witnessed.errors if one.what == what]


@pytest.fixture
def out_of(tmp_path):
    """A workspace to move to Jira."""
    clock = ManualClock()
    source, site = IntercomEmulator(clock, tickets=40), JsmEmulator(clock)
    with served(source, site):
        account = f"connector: jsm, base_url: '{site.base_url}', email: {site.credentials['JIRA_EMAIL']}, token: env:JIRA_TOKEN"
        root = project_at(
            tmp_path / "mig", intercom(source, campaigns="true"), account, "intercom_to_jsm", TEAMMATES
        )
        with Project.load(root, clock=clock) as project:
            yield project


@pytest.fixture(params=[40])
def into(tmp_path, request):
    """An account to move to a workspace, some of whose tickets an agent asks for and some of which customers never saw.

    One teammate has no account there: their words stand under the account that migrates.
    """
    clock = ManualClock()
    source = ZendeskEmulator(clock, tickets=request.param, plan=None)
    data = workspace_for(source)
    agents = [row for row in source.state.lists["users"].values() if row["role"] == "agent" and row["active"]]
    data.admins = [row for row in data.admins if row.email != agents[1]["email"]]
    workspace = TaggedWorkspace(clock, data=data, quiet=True)
    waiting = next(
        n for n in source.state.heads if source.state.case(n).ticket["status"] in ("open", "pending")
    )
    source.state.touch_ticket(waiting, requester_id=agents[0]["id"])
    with served(source, workspace):
        account = f"connector: zendesk, base_url: '{source.base_url}', email: {source.credentials['ZENDESK_EMAIL']}, token: env:ZENDESK_TOKEN"
        root = project_at(
            tmp_path / "mig", account, intercom(workspace, stand_in=STAND_IN), "zendesk_to_intercom"
        )
        with Project.load(root, clock=clock) as project:
            yield project, workspace


def test_it_is_silent_on_a_workspace_that_moved_to_jira(out_of):
    apply_all(out_of)
    found = witnessed(out_of)
    assert found.witnessed.errors == []
    assert found.same, found.lines
    assert {one.rule for one in found.witnessed.explained} == {"people.placeholder"}
    assert found.witnessed.texts > 3 * found.witnessed.tickets
    assert found.witnessed.files > 0


def test_a_note_that_translate_takes_for_public_is_a_leak(out_of, monkeypatch):
    monkeypatch.setattr(translate_module, "visible", lambda *_: True)
    apply_all(out_of, Scope(limit=12))
    assert told(witnessed(out_of), "leak")


def test_a_kind_of_part_that_translate_forgets_is_a_loss(out_of, monkeypatch):
    real = translate_module._Case._part

    def forgetful(self, part, at):
        real(self, {**part, "body": None} if part.get("part_type") == "note" else part, at)

    monkeypatch.setattr(translate_module._Case, "_part", forgetful)
    apply_all(out_of, Scope(limit=12))
    lost = told(witnessed(out_of), "text")
    assert lost
    assert all("is in no internal place" in one.message for one in lost)


def test_it_is_silent_on_an_account_that_moved_to_intercom(into):
    project, workspace = into
    apply_all(project)
    found = witnessed(project)
    assert found.witnessed.errors == []
    assert found.same, found.lines
    assert {one.rule for one in found.witnessed.explained} <= {"stand_in", "people.placeholder"}
    assert sum(one.rule == "stand_in" for one in found.witnessed.explained) >= 2, (
        "an agent asks one, another is internal"
    )
    assert found.witnessed.texts > 2 * found.witnessed.tickets
    talks = list(workspace.state.conversations.values())
    noted = next(
        part
        for talk in talks
        for part in talk.parts
        if part.part_type == "note" and "ticketferry" not in part.body
    )
    noted.part_type = "comment"
    gone = next(talk for talk in talks if len(talk.parts) > 4 and noted not in talk.parts)
    gone.parts.remove(next(part for part in gone.parts if part.part_type == "comment" and part.body))
    other = next(
        talk
        for talk in talks
        if talk is not gone and noted not in talk.parts and STAND_IN not in talk.contacts
    )
    other.contacts[:] = [
        next(talk.contacts[0] for talk in talks if talk.contacts[0] not in (*other.contacts, STAND_IN))
    ]
    found = witnessed(project)
    assert {"leak", "text", "requester"} <= {one.what for one in found.witnessed.errors}


def as_public(change):
    comments = [{**one, "public": True} for one in change.desired.get("comments", ())]
    return replace(change, desired={**change.desired, "comments": comments})


def without_files(change):
    return replace(
        change, desired={key: value for key, value in change.desired.items() if key != "attachments"}
    )


FIRST = []


def of_another(change):
    FIRST.append(change.desired["requester"])
    return replace(change, desired={**change.desired, "requester": FIRST[0]})


@pytest.mark.parametrize("into", [20], indirect=True)  # the fewer are wrong, the easier they are missed
@pytest.mark.parametrize(
    ("broken", "what"), [(as_public, "leak"), (without_files, "file"), (of_another, "requester")]
)
def test_what_compile_shows_or_loses_is_told(into, monkeypatch, broken, what):
    project, _ = into
    real = target_module.IntercomTarget.compile

    def wrong(self, change, catalog):
        is_ticket = bool(change.desired) and ":ticket:" in change.desired["ref"]
        return real(self, broken(change) if is_ticket else change, catalog)

    monkeypatch.setattr(target_module.IntercomTarget, "compile", wrong)
    apply_all(project)
    assert told(witnessed(project), what)
