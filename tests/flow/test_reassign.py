"""What is decided about people after their tickets were written moves nothing by itself: `people reassign` plans it, in both desks."""

from contextlib import closing

import pytest
from tests.flow.neutral_desks import to_jira, to_zendesk
from tests.flow.promises import Killed, Killer

from ticketferry.errors import ConfigError, UsageError, WaitingError
from ticketferry.project import stages
from ticketferry.project.cut_over import begin_owning
from ticketferry.project.people import review_people
from ticketferry.project.placeholders import written_placeholders
from ticketferry.project.reassigning import moved_fields, plan_reassign, reassignment


def askers(ferry):
    """Subject -> e-mail of who asks in the new desk."""
    state = ferry.target.state
    if hasattr(state, "issues"):
        found = {}
        for issue in state.issues.values():
            reporter = issue.values.get("reporter")
            account = state.accounts[reporter["accountId"] if isinstance(reporter, dict) else reporter]
            found[str(issue.values.get("summary"))] = account.email
        return found
    mails = {row["id"]: row["email"] for row in state.lists["users"].values()}
    return {
        state.case(number).ticket["subject"]: mails[state.case(number).ticket["requester_id"]]
        for number in state.heads
    }


def three(ferry):
    ann = ferry.person(1, "Ann Lee", "ann@one.example")
    anna = ferry.person(2, "Anna Lee", "anna@home.example")
    kim = ferry.person(3, "Kim", "kim@two.example")
    ferry.ticket(1, ann, "Ann's words")
    ferry.ticket(2, anna, "Anna's words")
    ferry.ticket(3, kim, "Kim's words")
    comment = {
        "ticket": "acme:ticket:3", "author": anna, "public": True, "body": {"html": "<p>Anna says</p>"},
        "created": "2024-01-01T05:00:00Z",
    }  # fmt: skip
    ferry.desk.put("comment", 301, comment, ("ticket", 3))


def add_account(ferry, mail):
    """Somebody of the new desk whom the old one does not know."""
    from ticketferry_emulators.jsm.models.records import JiraAccount
    from ticketferry_emulators.zendesk.models.accounts import create

    state = ferry.target.state
    if hasattr(state, "issues"):
        state.accounts["qm:new:1"] = JiraAccount(id="qm:new:1", name="Anna New", email=mail, kind="customer")
        for desk in state.desks.values():
            desk.customers.append("qm:new:1")
        return
    sent = {
        "name": "Anna New",
        "email": mail,
        "role": "end-user",
        "verified": True,
        "skip_verify_email": True,
    }
    create(state, sent, state.clock.time() if hasattr(state, "clock") else 0.0)


APART = {
    "Ann's words": "ann@one.example",
    "Anna's words": "anna@home.example",
    "Kim's words": "kim@two.example",
}
ONE = APART | {"Anna's words": "ann@one.example"}


def silenced(ferry, project, plan):
    """Switch off what would tell people of updates, as the guards ask for it, and confirm what only a person can see."""
    if hasattr(ferry.target.state, "lists"):
        for name in ("triggers", "automations"):
            for rule in ferry.target.state.lists[name].values():
                rule["active"] = False
    for state in stages.preflight(project, plan):
        if not state.proved and state.guard.proof == "person":
            project.workspace.confirm(state.guard.code, "a tester")
    return plan


def codes(plan):
    return {item.code: item for item in plan.findings()}


@pytest.mark.parametrize("desk", [to_jira, to_zendesk])
def test_a_decision_about_people_already_written_moves_tickets_by_reassign_alone(tmp_path, desk):
    with desk(tmp_path) as ferry:
        three(ferry)
        with ferry.project() as project:
            stages.apply(project, ferry.plan(project))
        assert askers(ferry) == APART
        ferry.decide("acme:person:2,,,,acme:person:1,,")
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert plan.endpoint_counts() == {}
            told = codes(plan)["P330"]
            assert "ticketferry people reassign acme:person:2 --to acme:person:1" in told.remedy
            plan = plan_reassign(project, reassignment(project, "anna@home.example", "person:1"))
            moved, stays = moved_fields(plan)
            assert moved["requester"] == 1
            assert sum(stays.values()) == (2 if desk is to_zendesk else 0)
            assert askers(ferry) == APART
            if desk is to_zendesk:
                with pytest.raises(WaitingError, match="could still notify"):
                    stages.apply(project, plan)
            stages.apply(project, silenced(ferry, project, plan))
            assert askers(ferry) == ONE
            assert stages.verify(project).same
            after = ferry.plan(project)
            assert after.endpoint_counts() == {}
            assert "P330" not in codes(after)
            with pytest.raises(UsageError, match="already"):
                reassignment(project, "person:2", "person:1")
            with closing(stages.plan_rollback(project, plan.id)) as back:
                stages.apply(project, back)
            assert askers(ferry) == APART
            assert "P330" in codes(ferry.plan(project))


def test_a_merge_that_was_written_is_undone_by_reassign_and_nothing_is_added_before(tmp_path):
    """The line of a merge is deleted after tickets were written: what more would follow under the wrong account is refused until they are parted."""
    with to_zendesk(tmp_path) as ferry:
        three(ferry)
        ferry.decide("acme:person:2,,,,acme:person:1,,")
        with ferry.project() as project:
            stages.apply(project, ferry.plan(project))
        assert askers(ferry) == ONE
        ferry.decide()
        ferry.ticket(4, "acme:person:2", "Anna's secret")
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert "reassign acme:person:2 --to separate" in codes(plan)["P331"].remedy
            with pytest.raises(ConfigError, match="P331"):
                stages.apply(project, plan)
            plan = plan_reassign(project, reassignment(project, "person:2", "separate"))
            stages.apply(project, silenced(ferry, project, plan))
            assert askers(ferry) == APART
            assert stages.verify(project).same
            after = ferry.plan(project)
            assert "P331" not in codes(after)
            stages.apply(project, after)
        assert askers(ferry) == APART | {"Anna's secret": "anna@home.example"}


@pytest.mark.parametrize("desk", [to_jira, to_zendesk])
def test_a_placeholder_gives_its_tickets_to_an_account_whom_nobody_of_the_old_desk_has(tmp_path, desk):
    """It is killed after its first write, goes on, is verified, and the next plan finds nothing to do; the account is no person of the old desk."""
    with desk(tmp_path) as ferry:
        three(ferry)
        ferry.person(2, "Anna Lee", "anna@home.example", state="deleted")
        with ferry.project() as project:
            stages.apply(project, ferry.plan(project))
            (row,) = written_placeholders(project)
            assert (row.name, row.person, row.asked, row.words) == ("placeholder:2", "Anna Lee", 1, 2)
        before = askers(ferry)
        assert before["Anna's words"].startswith("former-2")
        add_account(ferry, "anna@new.example")
        with ferry.project() as project:
            with pytest.raises(UsageError, match="names no account of the new desk"):
                reassignment(project, "placeholder:2", "account:anna@new.example")
            moved = reassignment(project, "placeholder:2", "account:anna@new.example", offline=False)
            assert moved.new.startswith(("jira:person:", "globex:person:"))
            plan = silenced(ferry, project, plan_reassign(project, moved))
            with pytest.raises(Killed):
                stages.apply(project, plan, workers=1, on_point=Killer(1))
        with ferry.project() as project:
            stages.apply(project, project.plan(plan.id))
            assert askers(ferry) == before | {"Anna's words": "anna@new.example"}
            assert stages.verify(project).same
            assert ferry.plan(project).endpoint_counts() == {}
            (row,) = written_placeholders(project)
            assert row.moved == moved.new
        ferry.ticket(5, "acme:person:2", "Anna again")
        with ferry.project() as project:
            stages.apply(project, ferry.plan(project))
        assert askers(ferry)["Anna again"] == "anna@new.example"


def test_placeholders_are_reassigned_after_the_cut_over_and_nothing_else_comes_along(tmp_path):
    """The new desk owns the tickets: who asks moves, what the old desk changed since stays there, and the list of people names the account."""
    with to_jira(tmp_path) as ferry:
        three(ferry)
        ferry.person(2, "Anna Lee", "anna@home.example", state="deleted")
        with ferry.project() as project:
            stages.apply(project, ferry.plan(project))
            begin_owning(project, "all", project.now().isoformat())
        before = askers(ferry)
        add_account(ferry, "anna@new.example")
        ferry.ticket(2, "acme:person:2", "Anna's words", subject="late", updated="2024-02-02T00:00:00Z")
        with ferry.project() as project:
            stages.apply(project, ferry.plan(project))
            assert askers(ferry) == before
            ferry.clock.advance(120)  # until Jira's search shows what was just edited
            moved = reassignment(project, "placeholder:2", "account:anna@new.example", offline=False)
            plan = plan_reassign(project, moved)
            stages.apply(project, plan)
            assert askers(ferry) == before | {"Anna's words": "anna@new.example"}
            listed = {row.ref: row for row in review_people(project, rows=True).rows}
            assert listed["acme:person:2"].account == moved.new
            assert listed["acme:person:2"].account_email == "anna@new.example"
