"""Quoted mails and signatures on whole ways: folded in Jira, left out in Zendesk; the witness agrees, and is loud where an only copy is lost."""

from pathlib import Path
from typing import Any

import pytest
from tests.flow.neutral_desks import Ferry, to_jira, to_zendesk

from ticketferry.errors import MappingError
from ticketferry.project import Project, stages
from ticketferry.schema.body_subset import write_html
from ticketferry.schema.body_text import from_text

WROTE = "On Tue, Nov 3, 2026 at 10:01 AM Ann Smith <ann@one.example> wrote:"
OPENED = "My router burns since Monday morning"
REPLIES = (
    f"Thanks, we look into it.\n\n-- \nBob Agent\n+49 30 1234567\n\n{WROTE}\n\n> {OPENED}",
    f"The only copy is below, of number 4711.\n\n{WROTE}\n\n> It never burnt, says Carla Contoso",
)


def write(ferry: Ferry, rules: str) -> None:
    path = ferry.root / "mapping.yaml"
    text = path.read_text(encoding="utf-8")
    here = "\ntext: {"
    text = text.replace(here, f"{here}{rules}, ") if here in text else f"{text}text: {{{rules}}}\n"
    path.write_text(text, encoding="utf-8")
    ann = ferry.person(1, "Ann Smith", "ann@one.example")
    bob = ferry.person(2, "Bob Agent", "bob@two.example")
    ferry.ticket(1, ann, OPENED)
    for number, reply in enumerate(REPLIES, 1):
        said = {
            "ticket": "acme:ticket:1", "author": bob, "created": f"2024-01-01T0{number}:00:00Z", "public": True,
            "body": {"html": write_html(from_text(reply))},
        }  # fmt: skip
        ferry.desk.put("comment", 100 + number, said, ("ticket", 1))


def brought(ferry: Ferry, project: Project) -> Any:
    plan = ferry.plan(project)
    assert [item.code for item in plan.blockers()] == []
    stages.apply(project, plan)
    return plan


def test_jira_folds_them_and_nothing_is_missing(tmp_path: Path) -> None:
    with to_jira(tmp_path) as ferry:
        write(ferry, "quoted_replies: {collapse: true}, signatures: collapse")
        with ferry.project() as project:
            brought(ferry, project)
            found = stages.verify(project, witness=True, sample=None)
            assert found.same, found.lines
            assert found.witnessed is not None
            assert found.witnessed.errors == []
            assert found.witnessed.explained == []
            assert stages.make_plan(project).endpoint_counts() == {}
        (issue,) = ferry.target.state.issues.values()
        documents = [comment.body for comment in issue.comments]
        folds = [node for body in documents for node in body["content"] if node["type"] == "expand"]
        assert [fold["attrs"]["title"] for fold in folds] == ["…", WROTE, WROTE]


def test_zendesk_gets_them_without_what_stands_above_and_with_what_stands_nowhere_else(
    tmp_path: Path,
) -> None:
    with to_zendesk(tmp_path) as ferry:
        write(ferry, "quoted_replies: drop, signatures: drop, because: read once is enough")
        with ferry.project() as project:
            plan = brought(ferry, project)
            assert {"T503", "T504", "T505"} <= {item.code for item in plan.findings()}
            found = stages.verify(project, witness=True, sample=None)
            assert found.same, found.lines
            assert found.witnessed is not None
            assert found.witnessed.errors == []
            assert {one.rule for one in found.witnessed.explained} == {"text.quoted_replies"}
        (number,) = [item[1] for item in ferry.target.state.tickets.since(0, 1 << 40)]
        events = [event for audit in ferry.target.state.case(number).audits for event in audit["events"]]
        shown = str([event["html_body"] for event in events if event["type"] == "Comment"])
        assert shown.count(OPENED) == 1
        assert "1234567" not in shown
        assert "Carla Contoso" in shown


def test_zendesk_is_not_asked_to_fold(tmp_path: Path) -> None:
    with to_zendesk(tmp_path) as ferry:
        write(ferry, "quoted_replies: collapse")
        refused = pytest.raises(MappingError, match=r"mapping.yaml:\d+:\d+: zendesk cannot fold a text")
        with ferry.project() as project, refused:
            ferry.plan(project)
