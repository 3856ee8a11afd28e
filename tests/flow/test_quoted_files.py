"""A text that quotes another message's image shows the migrated one, in both products, and planning again finds nothing to do."""

import json
from typing import Any

from tests.flow.desks import confirm, desks
from tests.flow.zendesk_pair import pair

from ticketferry.project import Project, stages


def _quote(life: Any) -> tuple[int, str]:
    """Add a message with a picture to an open ticket, and an answer that shows that picture; return the number and its address."""
    number = next(
        number
        for number, head in sorted(life.heads.items())
        if head.status in ("new", "open", "pending", "hold")
    )
    with_file = life.add_comment(number, "<p>see the picture</p>", files=[("png", "plan.png")])
    case = life.case(number)
    (file,) = next(
        event["attachments"]
        for audit in case.audits
        for event in audit["events"]
        if event["type"] == "Comment" and event["id"] == with_file
    )
    life.add_comment(
        number,
        f'<blockquote><p><img src="{file["content_url"]}" alt="plan"></p></blockquote><p>this one?</p>',
    )
    return number, file["content_url"]


def _migrate(both: Any, root: Any) -> Project:
    project = Project.load(both.project(root), clock=both.clock)
    stages.extract(project)
    plan = stages.make_plan(project)
    confirm(project, plan)
    figures = stages.apply(project, plan)
    assert (figures.failed, figures.left) == (0, 0)
    found = stages.verify(project)
    assert found.same, found.lines
    assert stages.make_plan(project).endpoint_counts() == {}
    return project


def test_a_quoted_picture_is_shown_in_jira(tmp_path):
    with desks(24) as both:
        number, address = _quote(both.zendesk.state)
        both.clock.advance(120)
        with _migrate(both, tmp_path / "mig") as project:
            key = project.idmap.get(f"acme:ticket:{number}", "key")
            comments = [json.dumps(one.body) for one in both.jira.state.issue(key).comments]
            quoting = next(text for text in comments if "this one?" in text)
            assert '"media"' in quoting
            assert address not in "".join(comments)
        both.healthy()


def test_a_quoted_picture_is_shown_in_the_other_zendesk_account(tmp_path):
    with pair(24) as both:
        number, address = _quote(both.source.state)
        both.clock.advance(120)
        with _migrate(both, tmp_path / "mig") as project:
            there = int(project.idmap.get(f"acme:ticket:{number}") or 0)
            texts = [
                event["html_body"]
                for audit in both.target.state.case(there).audits
                for event in audit["events"]
                if event["type"] == "Comment"
            ]
            quoting = next(text for text in texts if "this one?" in text)
            assert "<img" in quoting
            assert "https://globex.zendesk.example/attachments/token/" in quoting
            assert address not in "".join(texts[:-1]), "the last one is our own, with what is kept beside"
        both.healthy()
