"""Values that a desk holds and the next one refuses: told in the plan, kept beside, and the ticket comes all the same."""

import pytest
from tests.flow.neutral_desks import Ferry, to_jira, to_zendesk

from ticketferry.project import Project, stages

ADDRESSES = (
    "a@b@one.example",
    "root@localhost",
    "ann@one..example",
    "ann@one.example.",
    "n\x00l@one.example",
)
BODIES = {
    "<p>of two\nlines\r\n  and\ta tab</p>": "of two lines and a tab",
    "text of <b>no</b> block": "text of no block",
    "<div><p>in a <font>box</font></p></div>": "in a box",
    '<p><a href="">led nowhere</a></p>': "led nowhere",
    "<p>not closed": "not closed",
}


def brought(ferry: Ferry, project: Project):
    plan = ferry.plan(project)
    assert [item.code for item in plan.blockers()] == []
    assert plan.header.get("quarantine") is None
    stages.apply(project, plan)
    found = stages.verify(project, witness=True, sample=None)
    assert found.same, found.lines
    assert found.witnessed is not None
    return plan, found.witnessed


@pytest.mark.parametrize("way", [to_jira, to_zendesk])
@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_no_desk_takes_gets_a_placeholder_and_its_ticket_comes(tmp_path, way, address):
    """The account used to be refused while the plan was applied, and the ticket stayed behind."""
    with way(tmp_path) as ferry:
        ferry.ticket(1, ferry.person(1, "Ann", address), "Ann's words")
        with ferry.project() as project:
            plan, _ = brought(ferry, project)
            assert plan.outcomes()["ticket"] == {"create": 1}


@pytest.mark.parametrize("way", [to_jira, to_zendesk])
def test_texts_that_a_program_wrote_as_any_html_come_whole(tmp_path, way):
    """White space of a file's own lines was refused by Jira with "INVALID_INPUT", other HTML held the ticket in quarantine."""
    with way(tmp_path) as ferry:
        ann = ferry.person(1, "Ann", "ann@one.example")
        ferry.ticket(1, ann, "Ann's words")
        for number, html in enumerate(["", "<p></p>", *BODIES], 1):
            said = {
                "ticket": "acme:ticket:1", "author": ann, "public": True, "body": {"html": html}, "created": f"2024-01-01T00:0{number}:00Z",
            }  # fmt: skip
            ferry.desk.put("comment", 100 + number, said, ("ticket", 1))
        with ferry.project() as project:
            _, witnessed = brought(ferry, project)
            assert witnessed.errors == []
            assert stages.make_plan(project).endpoint_counts() == {}
        if way is to_jira:
            (issue,) = ferry.target.state.issues.values()
            shown = " ".join(str(comment.body) for comment in issue.comments)
        else:
            state = ferry.target.state
            (number,) = state.heads
            shown = " ".join(
                event["plain_body"]
                for audit in state.case(number).audits
                for event in audit["events"]
                if event["type"] == "Comment"
            )
        for words in ("of two lines and a tab", "led nowhere", "not closed"):
            assert words in shown


@pytest.mark.parametrize("way", [to_jira, to_zendesk])
def test_a_file_of_an_odd_kind_or_without_a_name_comes(tmp_path, way):
    """A kind that no header takes made Zendesk's upload an unknown outcome, a file without a name stopped the planning of its ticket."""
    with way(tmp_path) as ferry:
        ferry.ticket(1, ferry.person(1, "Ann", "ann@one.example"), "Ann's words")
        odd = [
            ("a.txt", "text/\u202eplain"),
            ("b.txt", "image"),
            ("c.txt", "text/plain\r\nX-Evil: 1"),
            ("", "text/plain"),
        ]
        for number, (name, kind) in enumerate(odd, 1):
            data = f"bytes {number}".encode()
            record = {
                "ticket": "acme:ticket:1", "name": name, "size": len(data), "sha256": ferry.desk.file(data), "state": "stored", "media_type": kind,
            }  # fmt: skip
            ferry.desk.put("attachment", number, record, ("ticket", 1))
        with ferry.project() as project:
            _, witnessed = brought(ferry, project)
            assert witnessed.files == 4
            assert witnessed.errors == []
