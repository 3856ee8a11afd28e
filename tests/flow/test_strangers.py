"""Somebody makes the very thing between plan and apply, or while an answer is lost: nothing is bound to it, and nothing of the record shows."""

import pytest
from tests.flow.neutral_desks import to_jira
from tests.flow.test_definitions import planned_on
from tests.flow.zendesk_pair import pair

from ticketferry.errors import RunFailed
from ticketferry.project import stages
from ticketferry_emulators.jsm.models.records import JiraAccount, JiraOrganization
from ticketferry_emulators.kit.faults import Fault
from ticketferry_emulators.zendesk import bare_desk
from ticketferry_emulators.zendesk.models import organizations as companies
from ticketferry_emulators.zendesk.models import setup as setups
from ticketferry_zendesk.sightings import Sightings


@pytest.fixture(scope="module")
def desks():
    with pair(40) as found:
        yield found


def make_status(target, name, category="hold"):
    sent = {"agent_label": name, "status_category": category, "active": True}
    return setups.create_status(target.state, sent, target.clock.time())["id"]


def make_field(target, name, kind="text"):
    sent = {"title": name, "type": kind, "active": True}
    return setups.create_field(target.state, "ticket_fields", sent, target.clock.time(), 1)["id"]


def make_group(target, name, description=None):
    sent = {"name": name, "description": description}
    return companies.create_group(target.state, sent, target.clock.time())["id"]


OTHER = {"status": {"category": "new"}, "field": {"kind": "integer"}, "group": {"description": "theirs"}}
"""In what a stranger's entry of our name is not what we asked for."""


KINDS = {
    "status": ("custom_statuses", "agent_label", make_status),
    "field": ("ticket_fields", "title", make_field),
    "group": ("groups", "name", make_group),
}


def planned(plan, kind):
    """A name that the plan makes, and the record's ref."""
    where = "kind = 'group' AND outcome = 'create'" if kind == "group" else "kind = 'definition'"
    for change in plan.changes(where):
        if kind == "group" or f":definition:{kind}-" in str(change.root):
            return change.title.removeprefix("custom:"), str(change.root)
    raise AssertionError(f"the plan makes no {kind}")


def problems(project):
    """The first problem of each record: what follows from it comes after."""
    found = {}
    for ref, code, message, remedy in project.workspace.database.rows(
        "SELECT ref, code, message, remedy FROM problem ORDER BY seq"
    ):
        found.setdefault(ref, (code, message, remedy))
    return found


def held(target, kind, number):
    """Tickets that show the entry."""
    state = target.state
    for ticket in (state.case(key).ticket for key in state.heads):
        if kind == "status" and ticket.get("custom_status_id") == number:
            yield ticket
        if kind == "group" and ticket["group_id"] == number:
            yield ticket
        if kind == "field" and any(
            row["id"] == number and row["value"] not in (None, "", False, [])
            for row in ticket["custom_fields"]
        ):
            yield ticket


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_made_since_the_plan_fails_the_record_and_shows_nothing(desks, tmp_path, monkeypatch, kind):
    table, key, make = KINDS[kind]
    target = desks.new_target(data=bare_desk())
    with planned_on(desks, tmp_path / "mig") as project:
        plan = project.plan("p-01")
        name, ref = planned(plan, kind)
        numbers = []
        before = Sightings.before

        def busy(self, batch):
            if not numbers:
                numbers.append(make(target, name))
                desks.clock.advance(600)
            return before(self, batch)

        # A set-up that moved since the plan is told when the run begins; this one moves after that.
        monkeypatch.setattr(Sightings, "before", busy)
        with pytest.raises(RunFailed):
            stages.apply(project, plan)
        (number,) = numbers
        theirs = dict(target.state.lists[table][number])
        code, message, remedy = problems(project)[ref]
        assert code == "ZD-TAKEN"
        assert str(number) in message
        assert "plan anew" in remedy
        assert [row[key] for row in target.state.lists[table].values()].count(name) == 1
        assert target.state.lists[table][number] == theirs
        assert list(held(target, kind, number)) == []
        # Taken back, what is theirs stays.
        stages.apply(project, stages.plan_rollback(project, plan.id))
        assert target.state.lists[table][number] == theirs
    desks.healthy()


@pytest.mark.parametrize("kind", ["drop_after", "status_after"])
def test_lost_answers_to_the_set_up_are_found_and_nothing_is_there_twice(desks, tmp_path, kind):
    target = desks.new_target(data=bare_desk())
    with planned_on(desks, tmp_path / "mig") as project:
        plan = project.plan("p-01")
        for path in ("ticket_fields", "custom_statuses", "groups", "ticket_fields/*/options"):
            target.faults.add(Fault(kind, match=f"POST /api/v2/{path}", nth=1, times=2))
        figures = stages.apply(project, plan)
        assert (figures.failed, figures.left) == (0, 0)
        assert figures.adopted == target.faults.fired()[kind] >= 5
        for table, key, _ in KINDS.values():
            names = [row[key] for row in target.state.lists[table].values()]
            assert len(names) == len(set(names)), table
        assert stages.verify(project).same
        assert stages.make_plan(project).endpoint_counts() == {}
    desks.healthy()


@pytest.mark.parametrize("kind", KINDS)
def test_a_stranger_in_the_gap_of_a_lost_request_gets_nothing_of_ours(desks, tmp_path, monkeypatch, kind):
    """Our request never came; when we look, an entry of that name is there, which is not what was asked for."""
    table, key, make = KINDS[kind]
    target = desks.new_target(data=bare_desk())
    with planned_on(desks, tmp_path / "mig") as project:
        plan = project.plan("p-01")
        made = {}
        since = Sightings.since

        def busy(self, operation, attempt):
            if not made:
                (body,) = operation.body.values()
                made.update(ref=str(operation.subject), name=body[key])
                made["number"] = make(target, body[key], **OTHER[kind])
            return since(self, operation, attempt)

        monkeypatch.setattr(Sightings, "since", busy)
        target.faults.add(Fault("drop_before", match=f"POST /api/v2/{table}"))
        with pytest.raises(RunFailed):
            stages.apply(project, plan)
        assert made, "it was never looked up"
        assert problems(project)[made["ref"]][0] == "ZD-TAKEN"
        assert list(held(target, kind, made["number"])) == []
        target.state.lists[table].pop(made["number"])
        assert stages.apply(project, plan).failed == 0, (
            "the remedy is told truly: it is taken away, and the same command goes on"
        )
        assert stages.verify(project).same
        assert [row[key] for row in target.state.lists[table].values()].count(made["name"]) == 1
    desks.healthy()


def two_customers(ferry):
    acme = ferry.organization(1, "Acme", shared_tickets=True)
    ann = ferry.person(1, "Ann", "ann@one.example", organizations=[acme])
    kim = ferry.person(2, "Kim", "kim@two.example")
    ferry.ticket(1, ann, "Ann's words", organization=acme)
    ferry.ticket(2, kim, "Kim's words")


def test_a_customer_whom_somebody_made_since_the_plan_gets_nothing_of_ours(tmp_path):
    with to_jira(tmp_path) as ferry:
        two_customers(ferry)
        with ferry.project() as project:
            plan = ferry.plan(project)
            state = ferry.target.state
            state.accounts["qm:theirs:1"] = JiraAccount(
                id="qm:theirs:1", name="Ann", email="ann@one.example", kind="customer"
            )
            with pytest.raises(RunFailed):
                stages.apply(project, plan)
            code, message, _ = problems(project)["acme:person:1"]
            assert code == "JSM-TAKEN"
            assert "qm:theirs:1" in message
            assert all("qm:theirs:1" not in desk.customers for desk in state.desks.values())
            assert all("qm:theirs:1" not in row.members for row in state.organizations.values())
            assert [str(issue.values["summary"]) for issue in state.issues.values()] == ["Kim's words"]
            posts = [entry for entry in ferry.target.ledger.writes() if entry.path.endswith("/customer")]
            assert (
                len([entry for entry in posts if entry.method == "POST" and "servicedesk/" not in entry.path])
                == 1
            )
            stages.apply(project, stages.plan_rollback(project, plan.id))
            assert "qm:theirs:1" in state.accounts


def test_an_organization_that_somebody_made_since_the_plan_gets_nothing_of_ours(tmp_path):
    with to_jira(tmp_path) as ferry:
        two_customers(ferry)
        with ferry.project() as project:
            plan = ferry.plan(project)
            state = ferry.target.state
            state.organizations["77"] = JiraOrganization("77", "uuid-77", "ACME", state.now())
            ferry.clock.advance(600)
            with pytest.raises(RunFailed):
                stages.apply(project, plan)
            code, message, _ = problems(project)["acme:organization:1"]
            assert code == "JSM-TAKEN"
            assert "77" in message
            theirs = state.organizations["77"]
            assert (theirs.members, theirs.properties) == ([], {})
            assert all("77" not in desk.organizations for desk in state.desks.values())
            assert "Ann's words" not in [str(issue.values["summary"]) for issue in state.issues.values()]
            stages.apply(project, stages.plan_rollback(project, plan.id))
            assert "77" in state.organizations


@pytest.mark.parametrize("kind", ["drop_after", "status_after"])
def test_lost_answers_to_people_and_organizations_are_found(tmp_path, kind):
    with to_jira(tmp_path) as ferry:
        two_customers(ferry)
        with ferry.project() as project:
            plan = ferry.plan(project)
            for path in ("customer", "organization"):
                ferry.target.faults.add(
                    Fault(kind, match=f"POST /rest/servicedeskapi/{path}", nth=1, times=2)
                )
            figures = stages.apply(project, plan)
            assert (figures.failed, figures.left) == (0, 0)
            assert figures.adopted >= 3
            assert stages.verify(project).same
        state = ferry.target.state
        mails = [row.email for row in state.accounts.values() if row.kind == "customer"]
        assert len(mails) == len(set(mails))
        assert [row.name for row in state.organizations.values()] == ["Acme"]


@pytest.mark.parametrize("by_somebody", [True, False])
def test_a_member_whom_somebody_added_since_the_plan_stays_one_after_a_rollback(tmp_path, by_somebody):
    with to_jira(tmp_path) as ferry:
        acme = ferry.organization(1, "Acme", shared_tickets=True)
        ferry.ticket(
            1, ferry.person(1, "Ann", "ann@one.example", organizations=[acme]), "first", organization=acme
        )
        state = ferry.target.state
        kim = "qm:theirs:1"
        state.accounts[kim] = JiraAccount(id=kim, name="Kim", email="kim@two.example", kind="customer")
        with ferry.project() as project:
            stages.apply(project, ferry.plan(project), allow_visible=True)
        (there,) = state.organizations.values()
        before = list(there.members)
        ferry.ticket(
            2, ferry.person(2, "Kim", "kim@two.example", organizations=[acme]), "second", organization=acme
        )
        ferry.clock.advance(3600)
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert plan.endpoint_counts()["organization.add_user"] == 1
            if by_somebody:
                there.members.append(kim)
            stages.apply(project, plan, allow_visible=True)
            assert there.members == [*before, kim]
            stages.apply(project, stages.plan_rollback(project, plan.id))
        assert there.members == ([*before, kim] if by_somebody else before)
