"""What a sceptic tries on Zendesk to Jira Service Management: second thoughts in the source, kills, work of others in between."""

import shutil

import httpx
import pytest
from tests.flow.desks import Desks, confirm, desks, site_of
from tests.flow.promises import Killed, Killer
from tests.rounds import boundaries

from ticketferry.errors import ConfigError
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.sdk.contract import Disposition
from ticketferry_emulators.zendesk.models.life import AGENTS


@pytest.fixture(scope="module")
def pair():
    with desks(30) as found:
        yield found


def _open_tickets(pair: Desks, count: int) -> list[int]:
    heads = pair.zendesk.state.heads
    return [number for number, head in heads.items() if head.status in ("new", "open", "pending")][:count]


def _comments(pair: Desks, project: Project, number: int) -> list[dict]:
    key = project.idmap.get(f"acme:ticket:{number}", "key")
    return next(issue for issue in pair.jira.dump()["issues"].values() if issue["key"] == key)["comments"]


def _internal(comments: list[dict], comment: int) -> list[bool]:
    """Return for each part of a comment whether it is internal."""
    return [
        (item["properties"].get("sd.public.comment") or {}).get("internal") is True
        for item in comments
        if (item["properties"].get("ticketferry.comment") or {}).get("ref") == f"acme:comment:{comment}"
    ]


def _redact_file(builder, comment) -> None:
    file = comment["attachments"][0]
    builder.event("AttachmentRedactionEvent", comment_id=comment["id"], attachment_id=file["id"])
    file["file_name"] = "redacted.txt"


def _delete_file(pair: Desks, project: Project, number: int, name: str) -> None:
    """Delete a file of a ticket's issue, as a person does in Jira."""
    issue = pair.jira.state.issue(project.idmap.get(f"acme:ticket:{number}", "key"))
    (own,) = (id_ for id_ in issue.attachments if pair.jira.state.attachments[id_].name == name)
    credentials = pair.jira.credentials
    with httpx.Client(
        base_url=pair.jira.base_url, auth=(credentials["JIRA_EMAIL"], credentials["JIRA_TOKEN"])
    ) as person:
        assert person.delete(f"/rest/api/3/attachment/{own}").status_code == 204


def test_second_thoughts_in_the_source_reach_the_target_or_are_named(pair, tmp_path):
    pair.new_jira()
    life = pair.zendesk.state
    short, long, filed, deleted = _open_tickets(pair, 4)
    hidden = life.add_comment(short, "<p>a secret</p>")
    parts = life.add_comment(long, "<p>" + "a long secret. " * 5_000 + "</p>")
    file = life.add_comment(filed, "<p>see the file</p>", files=[("png", "a.png")])
    pair.clock.advance(120)
    scope = Scope(only=tuple(f"ticket:{number}" for number in (short, long, filed, deleted)))
    with Project.load(pair.project(tmp_path / "mig"), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project, scope)
        confirm(project, plan)
        stages.apply(project, plan)
        assert _internal(_comments(pair, project, long), parts) == [False] * 3
        before = site_of(pair.jira)
        life.make_private(short, hidden)
        life.make_private(long, parts)
        life.amend(filed, file, AGENTS[0], _redact_file)
        life.delete_ticket(deleted)
        pair.clock.advance(120)
        stages.extract(project, ("source",))
        late = stages.make_plan(project, scope)
        named = {(code, ref) for code, ref in late.rows("SELECT code, subject FROM finding")}
        assert ("TF-STAYS", f"acme:ticket:{deleted}") in named
        assert ("JSM-FIXED", f"acme:ticket:{filed}") in named
        with pytest.raises(ConfigError, match=r"'a\.png' cannot be had"):
            stages.apply(project, late)
        _delete_file(pair, project, filed, "a.png")
        pair.clock.advance(120)
        stages.extract(project)
        late = stages.make_plan(project, scope)
        assert late.blockers() == []
        assert stages.apply(project, late).failed == 0
        assert _internal(_comments(pair, project, short), hidden) == [True]
        assert _internal(_comments(pair, project, long), parts) == [True] * 3
        assert stages.verify(project).same
        again = stages.make_plan(project, scope)
        assert again.endpoint_counts() == {}
        assert again.blockers() == []
        assert late.dispositions()[Disposition.UNSUPPORTED] == again.dispositions()[Disposition.UNSUPPORTED]
        stages.apply(project, stages.plan_rollback(project, late.id))
        assert site_of(pair.jira)["tickets"].keys() == before["tickets"].keys()
        assert _internal(_comments(pair, project, long), parts) == [False] * 3
        (gone,) = stages.verify(project).lines
        assert gone.ref == f"acme:ticket:{filed}", "what a person deleted is listed"
        assert [name.partition("[")[0] for name in gone.fields] == ["attachments"]
    assert pair.jira.notifications == 0


def test_a_long_comment_that_is_hidden_and_cut_short_stops_the_plan(pair, tmp_path):
    pair.new_jira()
    life = pair.zendesk.state
    number = _open_tickets(pair, 5)[-1]
    parts = life.add_comment(number, "<p>" + "a long secret. " * 5_000 + "</p>")
    pair.clock.advance(120)
    scope = Scope(only=(f"ticket:{number}",))

    def cut(builder, comment) -> None:
        comment["html_body"], comment["public"] = "<p>short now</p>", False
        builder.event("CommentPrivacyChange", comment_id=parts, public=False)

    with Project.load(pair.project(tmp_path / "mig"), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project, scope)
        confirm(project, plan)
        stages.apply(project, plan)
        life.amend(number, parts, AGENTS[0], cut)
        pair.clock.advance(120)
        stages.extract(project, ("source",))
        blockers = stages.make_plan(project, scope).blockers()
        assert [item.code for item in blockers] == ["JSM-FIXED"]
        assert "it would stay public" in blockers[0].message


def test_what_an_agent_edits_after_a_rollback_was_planned_is_spared(pair, tmp_path):
    pair.new_jira()
    with Project.load(pair.project(tmp_path / "mig"), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project, Scope(limit=6))
        confirm(project, plan)
        stages.apply(project, plan)
        undo = stages.plan_rollback(project, plan.id)
        ref = next(change.root for change in undo.changes("kind = 'ticket' AND outcome = 'gone'"))
        key = project.idmap.get(ref, "key")
        credentials = pair.jira.credentials
        login = (credentials["JIRA_EMAIL"], credentials["JIRA_TOKEN"])
        with httpx.Client(base_url=pair.jira.base_url, auth=login) as client:
            body = {"fields": {"summary": "an agent worked here"}}
            assert client.put(f"/rest/api/3/issue/{key}", json=body).status_code == 204
        figures = stages.apply(project, undo, fail=False)
        assert figures.problems["conflict"] == 1
        assert [issue["key"] for issue in pair.jira.dump()["issues"].values()] == [key]


@pytest.mark.long
def test_after_a_kill_a_new_plan_or_a_rollback_goes_on_from_what_is_there(pair, tmp_path):
    pair.new_jira()
    scope = Scope(only=tuple(f"ticket:{number}" for number in _open_tickets(pair, 2)))
    with Project.load(pair.project(tmp_path / "base"), clock=pair.clock) as project:
        stages.extract(project)
        confirm(project, stages.make_plan(project, scope))
    untouched = pair.jira.dump()
    shutil.copytree(tmp_path / "base", tmp_path / "whole")
    killer = Killer()
    with Project.load(tmp_path / "whole", clock=pair.clock) as project:
        stages.apply(project, project.plan("p-01"), workers=1, on_point=killer)
    expected = site_of(pair.jira)
    points = len(killer.points)
    for number, at in enumerate(boundaries(points, 6, "a new plan or a rollback after a kill", first=5)):
        pair.new_jira()
        root = tmp_path / f"kill-{at}"
        shutil.copytree(tmp_path / "base", root)
        with pytest.raises(Killed), Project.load(root, clock=pair.clock) as project:
            stages.apply(project, project.plan("p-01"), workers=1, on_point=Killer(at))
        with Project.load(root, clock=pair.clock) as project:
            if number % 2:
                stages.apply(project, stages.plan_rollback(project, "p-01"))
                after = pair.jira.dump()
                for section in untouched.keys() - set(pair.jira.residue_sections):
                    assert after[section] == untouched[section], f"killed at {at}: {section}"
            stages.apply(project, stages.make_plan(project, scope))
            assert site_of(pair.jira) == expected, f"killed at {at}, {killer.points[at]}"
            assert stages.verify(project).same
            assert stages.make_plan(project, scope).endpoint_counts() == {}
    assert pair.jira.notifications == 0
