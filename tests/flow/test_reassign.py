"""What is decided about people after their tickets were written moves nothing by itself: `people reassign` plans it, in both desks."""

from contextlib import closing

import pytest
from tests.flow.neutral_desks import to_jira, to_zendesk

from ticketferry.errors import ConfigError, UsageError
from ticketferry.project import stages
from ticketferry.project.reassigning import plan_reassign, reassignment


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


APART = {
    "Ann's words": "ann@one.example",
    "Anna's words": "anna@home.example",
    "Kim's words": "kim@two.example",
}
ONE = APART | {"Anna's words": "ann@one.example"}


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
            assert plan.outcomes()["ticket"].get("update") == 2
            assert askers(ferry) == APART
            stages.apply(project, plan)
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
