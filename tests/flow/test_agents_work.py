"""Agents work in the new desk from its first second on: what they do while a run is dead, or goes on, is theirs and never taken for ours."""

import json

import httpx
import pytest
from tests.flow.desks import confirm, desks
from tests.flow.migrations import DESK, MAPPING, SourceDesk, by_origin, write_desk, write_project
from tests.flow.promises import Killed

from ticketferry.errors import FerryError
from ticketferry.project import Project, stages

ANGRY = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "an agent's own words"}]}],
}


@pytest.fixture(scope="module")
def pair():
    with desks(10) as found:
        yield found


def agent(pair):
    credentials = pair.jira.credentials
    return httpx.Client(
        base_url=pair.jira.base_url, auth=(credentials["JIRA_EMAIL"], credentials["JIRA_TOKEN"])
    )


def killed_at(project, plan, name, count=1):
    """Apply until the point `name` was reached `count` times, and die there."""
    seen = []

    def point(reached):
        seen.extend([1] if reached == name else [])
        if len(seen) >= count:
            raise Killed(reached)

    with pytest.raises(Killed):
        stages.apply(project, plan, on_point=point)


def work_on(pair, key, *, subject=True):
    with agent(pair) as client:
        said = client.post(f"/rest/api/3/issue/{key}/comment", json={"body": ANGRY})
        assert said.status_code == 201
        if subject:
            edit = client.put(
                f"/rest/api/3/issue/{key}", json={"fields": {"summary": "an agent worked here"}}
            )
            assert edit.status_code == 204


def words(pair):
    return [
        str(comment["body"]) for issue in pair.jira.dump()["issues"].values() for comment in issue["comments"]
    ]


@pytest.mark.parametrize("subject", [True, False], ids=["edited", "only commented"])
def test_what_an_agent_does_between_a_kill_and_the_run_that_goes_on_survives_a_rollback(
    pair, tmp_path, subject
):
    pair.new_jira()
    with Project.load(pair.project(tmp_path / "mig"), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        killed_at(project, plan, "before read-back")
        done = [
            change.root
            for change in plan.changes("kind = 'ticket' AND outcome = 'create'")
            if project.idmap.get(change.root, "key")
        ]
        ref = done[-1]
        work_on(pair, project.idmap.get(ref, "key"), subject=subject)
        pair.clock.advance(3_600)
        assert stages.apply(project, plan).failed == 0
        undo = stages.plan_rollback(project, plan.id)
        kept = {change.root: change.because for change in undo.changes("outcome = 'skip'")}
        assert "edited" in kept[ref]
        assert stages.apply(project, undo).failed == 0
        assert any("an agent's own words" in text for text in words(pair))
        assert next(iter(pair.jira.dump()["issues"].values()))["key"] == project.idmap.get(ref, "key")
        assert len(pair.jira.dump()["issues"]) == 1, "all that nobody touched is gone"


def test_what_an_agent_does_on_a_ticket_that_stopped_half_way_survives_a_rollback(pair, tmp_path):
    pair.new_jira()
    with Project.load(pair.project(tmp_path / "mig"), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        names = {row.seq: row for row in plan.operations("endpoint = 'comment.create'")}

        def first_comment(_):
            rows = project.workspace.database.rows(
                "SELECT seq FROM op WHERE plan = ? AND state = 'done'", (plan.id,)
            )
            if any(seq in names for (seq,) in rows):
                raise Killed("half-way")

        with pytest.raises(Killed):
            stages.apply(project, plan, on_point=first_comment)
        done = {seq for (seq,) in project.workspace.database.rows("SELECT seq FROM op WHERE state = 'done'")}
        ref = next(
            row.root for seq, row in names.items() if seq in done and project.idmap.applied(row.root) is None
        )
        work_on(pair, project.idmap.get(ref, "key"), subject=False)
        pair.clock.advance(3_600)
        undo = stages.plan_rollback(project, plan.id)
        kept = {change.root: change.because for change in undo.changes("outcome = 'skip'")}
        assert "half-way" in kept[ref]
        stages.apply(project, undo)
        assert any("an agent's own words" in text for text in words(pair))
        assert len(pair.jira.dump()["issues"]) == 1, "half-made tickets that nobody touched are gone"


@pytest.mark.parametrize("elsewhere", [False, True], ids=["two of ours", "an issue of others"])
def test_a_ticket_that_an_agent_linked_survives_a_rollback_with_its_link(pair, tmp_path, elsewhere):
    pair.new_jira()
    with Project.load(pair.project(tmp_path / "mig"), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
        untouched = stages.plan_rollback(project, plan.id)
        assert not [
            row
            for row in untouched.changes("outcome = 'skip' AND kind = 'ticket'")
            if "edited" in row.because
        ]
        roots = [row.root for row in plan.changes("kind = 'ticket' AND outcome = 'create'")]
        one, other = roots[0], roots[-1]
        ends = [project.idmap.get(one, "key"), project.idmap.get(other, "key")]
        with agent(pair) as client:
            if elsewhere:
                fields = {
                    "project": {"key": "SUP"},
                    "issuetype": {"name": "Task"},
                    "summary": "an agent's own ticket",
                }
                made = client.post("/rest/api/3/issue", json={"fields": fields})
                assert made.status_code == 201, made.text
                ends[1] = made.json()["key"]
            link = {
                "type": {"name": "Relates"},
                "inwardIssue": {"key": ends[0]},
                "outwardIssue": {"key": ends[1]},
            }
            assert client.post("/rest/api/3/issueLink", json=link).status_code == 201
        pair.clock.advance(3_600)
        undo = stages.plan_rollback(project, plan.id)
        kept = {row.root: row.because for row in undo.changes("outcome = 'skip' AND kind = 'ticket'")}
        touched = {one} if elsewhere else {one, other}
        assert {
            ref for ref, why in kept.items() if "edited since in the target: links[Relates" in why
        } == touched
        assert stages.apply(project, undo).failed == 0
        assert set(ends) <= {issue["key"] for issue in pair.jira.dump()["issues"].values()}
        assert any(row["type"] for row in pair.jira.dump()["links"].values())


def append(folder, kind, line):
    with (folder / f"{kind}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def edit(folder, origin, **changes):
    rows = [json.loads(line) for line in (folder / "ticket.jsonl").read_text().splitlines()]
    found = [line for line in rows if line.get("record", {}).get("origin") == origin][-1]
    found["record"].update(changes)
    append(folder, "ticket", found)


def test_a_later_phase_leaves_an_assignee_alone_that_an_agent_set_before_the_first_one_was_read_back(
    tmp_path,
):
    write_desk(tmp_path / "src", 4)
    mapping = MAPPING + "conflicts: {default: target}\n"
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target", mapping=mapping)
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        killed_at(project, plan, "before read-back")
        ref = f"{DESK}:ticket:2"
        assert project.idmap.get(ref)
        assert project.idmap.applied(ref) is None
        edit(tmp_path / "target", ref, assignee="dest:person:77", subject="an agent's subject")
        assert stages.apply(project, plan).failed == 0
        desk = SourceDesk.__new__(SourceDesk)
        desk.folder = tmp_path / "src"
        desk.ticket(2, 4, assignee=f"{DESK}:person:2", subject="changed in the source", tags=["fresh"])
        stages.extract(project)
        delta = stages.make_plan(project)
        change = delta.change(ref)
        assert not {"assignee", "subject"} & set(change.fields)
        try:
            stages.apply(project, delta)
        except FerryError as error:
            pytest.fail(str(error))
        record = by_origin(tmp_path / "target")[ref]
        assert (record["assignee"], record["subject"]) == ("dest:person:77", "an agent's subject")
        assert record["tags"] == ["fresh"]
