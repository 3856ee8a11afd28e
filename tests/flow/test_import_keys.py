"""Old numbers as numbers of the new keys, through Jira's import file: they come so, and nothing that has one is written over."""

import json

import pytest
from tests.flow.desks import confirm, desks
from tests.flow.importing import administer, by_file, files_of, until_files

from ticketferry.errors import ConfigError
from ticketferry.project import Project, stages
from ticketferry.project.problems import problems


@pytest.fixture(scope="module")
def pair():
    with desks(6) as found:
        yield found


def planned(pair, root):
    by_file(pair, root, issues=4)
    path = root / "mapping.yaml"
    text = path.read_text()
    assert "\nprovenance: {number: {" in text
    path.write_text(
        text.replace("\nprovenance: {number: {", "\nprovenance: {number: {key: true, ")
        + "order: {by: number}\n"
    )
    project = Project.load(root, clock=pair.clock)
    stages.extract(project)
    plan = stages.make_plan(project)
    confirm(project, plan)
    return project, plan


def test_tickets_come_under_their_old_numbers_and_are_found_again(pair, tmp_path):
    jira = pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        until_files(project, plan)
        files = files_of(project, plan)
        rows = [
            row
            for file in files
            for one in json.loads(file.read_bytes())["projects"]
            for row in one["issues"]
        ]
        numbers = [
            change.facts["number"] for change in plan.changes("outcome = 'create' AND kind = 'ticket'")
        ]
        assert sorted(int(row["key"].rpartition("-")[2]) for row in rows) == sorted(map(int, numbers))
        for file in files:
            for one in json.loads(file.read_bytes())["projects"]:
                keys = [int(row["key"].rpartition("-")[2]) for row in one["issues"]]
                assert keys == sorted(keys), "the order of the mapping holds in a file too"
        administer(pair, files)
        assert sorted(jira.state.keys) == sorted(row["key"] for row in rows)
        figures = stages.apply(project, plan)
        assert (figures.failed, figures.left, figures.imported) == (0, 0, len(rows))
        found = stages.verify(project)
        assert found.same, found.lines
        assert not problems(project)
        again = pair.jira.import_file(files[0].read_bytes())
        assert again.overwritten
        assert len(jira.state.keys) == len(rows), "a second import makes nothing twice"
        assert stages.make_plan(project).endpoint_counts() == {}


def test_a_key_that_something_has_stops_the_run_before_a_file_is_there(pair, tmp_path):
    jira = pair.new_jira()
    project, plan = planned(pair, tmp_path / "mig")
    with project:
        key = next(json.loads(row.params)["key"] for row in plan.operations("endpoint = 'import.issue'"))
        theirs = json.dumps(
            {
                "projects": [
                    {
                        "name": "x",
                        "key": key.rpartition("-")[0],
                        "issues": [
                            {"key": key, "summary": "somebody's own", "issueType": "Task", "externalId": "z"}
                        ],
                    }
                ]
            }
        )
        for kind in ("Task", "Service request", "Incident"):
            pair.jira.import_file(theirs.replace('"Task"', f'"{kind}"').encode())
        assert key in jira.state.keys
        pair.clock.advance(10)
        with pytest.raises(ConfigError, match=key):
            stages.apply(project, plan)
        assert not any(key.encode() in file.read_bytes() for file in files_of(project, plan))
        assert jira.state.issues[jira.state.keys[key]].values["summary"] == "somebody's own"
