"""`verify` tells what agents put beside what was written: links, and organizations that see a ticket since."""

import pytest
from tests.flow.desks import confirm, desks
from tests.flow.test_agents_work import agent

from ticketferry.project import Project, stages


@pytest.fixture(scope="module")
def pair():
    with desks(60) as found:
        yield found


def moved(pair, root):
    pair.new_jira()
    project = Project.load(pair.project(root), clock=pair.clock)
    stages.extract(project)
    plan = stages.make_plan(project)
    confirm(project, plan)
    assert stages.apply(project, plan).failed == 0
    assert stages.verify(project).same
    return project, plan


def told(pair, project):
    pair.clock.advance(3_600)
    return {
        line.target: [(value.key, value.wanted, value.now) for value in line.values]
        for line in stages.verify(project).lines
    }


def test_links_of_agents_and_links_taken_away_are_told(pair, tmp_path):
    project, plan = moved(pair, tmp_path / "mig")
    with project, agent(pair) as client:
        refs = [row.root for row in plan.changes("kind = 'ticket' AND outcome = 'create'")]
        dump = pair.jira.dump()
        tied = {end for row in dump["links"].values() for end in (row["inward"], row["outward"])}
        one, other = [ref for ref in refs if project.idmap.get(ref) not in tied][:2]
        ends = [project.idmap.get(ref, "key") for ref in (one, other)]
        body = {
            "type": {"name": "Relates"},
            "inwardIssue": {"key": ends[0]},
            "outwardIssue": {"key": ends[1]},
        }
        assert client.post("/rest/api/3/issueLink", json=body).status_code == 201
        id_, gone = next(iter(dump["links"].items()))
        assert client.delete(f"/rest/api/3/issueLink/{id_}").status_code == 204
        found = told(pair, project)
        assert found.pop(ends[0]) == [(f"links[Relates:{other}:0]", "", "there")]
        assert found.pop(ends[1]) == [(f"links[Relates:{one}:1]", "", "there")]
        (lost,) = found.values()
        assert [row[1:] for row in lost] == [("there", "")]
        assert lost[0][0].startswith("links[")
        ends_of_it = {row["key"] for row in dump["issues"].values() if row["id"] in gone.values()}
        assert ends_of_it & set(found)


def test_an_organization_that_an_agent_shares_a_ticket_with_is_told_and_keeps_it(pair, tmp_path):
    project, plan = moved(pair, tmp_path / "mig")
    with project, agent(pair) as client:
        field = next(
            row["id"] for row in client.get("/rest/api/3/field").json() if row["name"] == "Organizations"
        )
        issue = next(row for row in pair.jira.dump()["issues"].values() if row["values"].get(field))
        ours = [int(id_) for id_ in issue["values"][field]]
        made = client.post("/rest/servicedeskapi/organization", json={"name": "Strangers Ltd"})
        assert made.status_code == 201, made.text
        desk = client.get("/rest/servicedeskapi/servicedesk").json()["values"]
        for row in desk:
            client.post(
                f"/rest/servicedeskapi/servicedesk/{row['id']}/organization",
                json={"organizationId": int(made.json()["id"])},
            )
        edit = client.put(
            f"/rest/api/3/issue/{issue['key']}", json={"fields": {field: [*ours, int(made.json()["id"])]}}
        )
        assert edit.status_code == 204, edit.text
        found = told(pair, project)
        key = f"organization[jira:organization:{made.json()['id']}]"
        assert found == {issue["key"]: [(key, "", "there")]}
        undo = stages.plan_rollback(project, plan.id)
        kept = {row.root: row.because for row in undo.changes("outcome = 'skip' AND kind = 'ticket'")}
        assert [why for why in kept.values() if key in why]
