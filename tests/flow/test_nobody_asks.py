"""A ticket whose requester the source does not name, does not show, or who has no account: never the importing account's own."""

from pathlib import Path

import pytest
from tests.flow.importing import files_of, until_files
from tests.flow.neutral_desks import TO_JIRA, to_jira, to_zendesk
from tests.flow.test_words_in_doubt import said

from ticketferry.mapping.shipped import shipped
from ticketferry.project import stages

WHO = {
    None: ("unknown", "unknown (former)"),
    "acme:person:404": ("unknown (404)", "unknown (404) (former)"),
    "acme:person:7": ("Sam", "Sam (former)"),
}


def ask(ferry, requester):
    ferry.person(7, "Sam", "sam@desk.example", role="agent")
    if requester is not None:
        ferry.ticket(1, requester, "somebody's words")
    else:
        head = {
            "number": "1",
            "subject": "somebody's words",
            "status": "open",
            "stage": "in_progress",
            "public": True,
        }
        ferry.desk.put(
            "ticket", 1, {**head, "created": "2024-01-01T00:00:00Z", "updated": "2024-01-02T00:00:00Z"}
        )
        opening = {
            "ticket": "acme:ticket:1",
            "public": True,
            "opening": True,
            "body": {"html": "<p>somebody's words</p>"},
        }
        ferry.desk.put("comment", 100, {**opening, "created": "2024-01-01T00:00:00Z"}, ("ticket", 1))


def carry(ferry):
    with ferry.project() as project:
        plan = ferry.plan(project)
        assert "P323" in {item.code for item in plan.findings()}
        stages.apply(project, plan)
        found = stages.verify(project, witness=True, sample=None)
        assert found.same
        assert found.witnessed is not None
        assert found.witnessed.errors == [], found.witnessed
        assert ferry.plan(project).endpoint_counts() == {}


def undo(ferry):
    with ferry.project() as project:
        for row in reversed(project.plan_rows()):
            if row["kind"] == "apply" and row["state"] == "applied":
                stages.apply(project, stages.plan_rollback(project, row["id"]))


def without_other_agents(name):
    lines = Path(shipped()[name]).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.strip().startswith("other_agents:"))


@pytest.mark.parametrize("requester", WHO)
def test_in_zendesk_a_placeholder_asks(tmp_path, requester):
    with to_zendesk(tmp_path, without_other_agents("neutral_to_zendesk")) as ferry:
        before = ferry.target.dump()["users"]
        ask(ferry, requester)
        carry(ferry)
        state = ferry.target.state
        (number,) = state.heads
        asked = state.lists["users"][state.case(number).ticket["requester_id"]]
        assert asked["name"] == WHO[requester][1]
        assert asked["email"].endswith("~unsure@placeholder.invalid")
        if requester is not None:
            assert said(state)["somebody's words"] == (asked["name"], asked["email"])
        undo(ferry)
        assert ferry.target.dump()["users"].keys() == before.keys()


@pytest.mark.parametrize("requester", WHO)
def test_in_jira_a_placeholder_reports(tmp_path, requester):
    with to_jira(tmp_path, TO_JIRA) as ferry:
        ask(ferry, requester)
        carry(ferry)
        (issue,) = ferry.target.state.issues.values()
        reporter = ferry.target.state.accounts[issue.values["reporter"]]
        assert reporter.name == WHO[requester][1]
        assert "~unsure@" in reporter.email


@pytest.mark.parametrize("requester", WHO)
def test_in_an_import_file_a_placeholder_reports_and_writes(tmp_path, requester):
    mapping = f"{TO_JIRA}way: import-file\n"
    with to_jira(tmp_path, mapping) as ferry:
        ask(ferry, requester)
        with ferry.project() as project:
            plan = ferry.plan(project)
            until_files(project, plan)
            for path in files_of(project, plan):
                report = ferry.target.import_file(path.read_bytes())
                assert (report.made, report.strangers, report.refused) == ([], [], [])
            ferry.clock.advance(120)
            stages.apply(project, plan)
            found = stages.verify(project, witness=True, sample=None)
            assert found.same, found
        (issue,) = ferry.target.state.issues.values()
        reporter = ferry.target.state.accounts[issue.values["reporter"]]
        assert reporter.name == WHO[requester][1]
        (opening,) = [comment for comment in issue.comments if "somebody" in str(comment.body)] or [None]
        assert opening is None or opening.author == reporter.id
