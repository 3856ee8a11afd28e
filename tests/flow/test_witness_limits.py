"""What the new desk cannot hold by the vendor's word explains a difference to the witness; everything else is an error as before."""

import pytest
from tests.flow.neutral_desks import TO_JIRA, to_jira, to_zendesk

from ticketferry.project import stages


def witnessed(ferry, codes=()):
    with ferry.project() as project:
        plan = ferry.plan(project)
        assert {item.code for item in plan.findings()} >= set(codes)
        stages.apply(project, plan, allow_visible=True)
        found = stages.verify(project, witness=True, sample=None)
        assert found.same, found.witnessed
        return found.witnessed


def test_a_time_before_1970_is_told_by_the_plan_and_explained_to_the_witness(tmp_path):
    with to_zendesk(tmp_path) as ferry:
        ferry.ticket(1, ferry.person(1, "Ann", "ann@one.example"), "old", created="1969-07-20T20:17:40Z")
        seen = witnessed(ferry, ["ZD-TIME"])
        assert seen.errors == []
        assert [(told.what, told.rule) for told in seen.explained] == [
            ("created", "no time before 1970-01-01 can stand there")
        ]


@pytest.mark.parametrize("way", [to_jira, to_zendesk])
def test_one_word_longer_than_a_comment_is_found_in_its_parts(tmp_path, way):
    word = "".join(f"{number:x}z" for number in range(25_000))
    with way(tmp_path) as ferry:
        ann = ferry.person(1, "Ann", "ann@one.example")
        ferry.ticket(1, ann, "long")
        comment = {
            "ticket": "acme:ticket:1", "author": ann, "public": True, "body": {"html": f"<p>see {word} there</p>"},
            "created": "2024-01-01T01:00:00Z",
        }  # fmt: skip
        ferry.desk.put("comment", 101, comment, ("ticket", 1))
        assert witnessed(ferry).errors == []


@pytest.mark.parametrize("subject", ["word " * 60, "w" * 300, "\U0001f600 " * 100, "x" * 254 + " yz"])
def test_a_subject_that_jira_cuts_is_explained_by_its_limit(tmp_path, subject):
    with to_jira(tmp_path, TO_JIRA) as ferry:
        ferry.ticket(1, ferry.person(1, "Ann", "ann@one.example"), "text", subject=subject)
        seen = witnessed(ferry)
        assert seen.errors == []
        assert [told.what for told in seen.explained] == ["subject"]


def test_a_subject_that_lost_more_than_the_limit_takes_is_an_error(tmp_path):
    with to_jira(tmp_path, TO_JIRA) as ferry:
        ferry.ticket(1, ferry.person(1, "Ann", "ann@one.example"), "text", subject="one two " * 40)
        with ferry.project() as project:
            stages.apply(project, ferry.plan(project))
            (issue,) = ferry.target.state.issues.values()
            issue.values["summary"] = "one two one"
            seen = stages.verify(project, witness=True, sample=None).witnessed
        assert [told.what for told in seen.errors] == ["subject"]
