"""What may lie in the old desk's archive: never called deleted, asked of a person before the last step, read again when it is put back."""

import json

import httpx
import pytest
from click.testing import CliRunner
from tests.flow.desks import confirm
from tests.flow.service_pair import service_pair

from ticketferry.cli import cli
from ticketferry.errors import WaitingError
from ticketferry.extract.completeness import Completeness
from ticketferry.project import Project, stages
from ticketferry.project.archive import ARCHIVE


@pytest.fixture(scope="module")
def pair():
    with service_pair() as found:
        yield found


def archive(pair, key, *, back=False):
    answer = httpx.put(
        f"{pair.jira.base_url}/rest/api/3/issue/{'un' if back else ''}archive",
        json={"issueIdsOrKeys": [key]},
        auth=tuple(pair.jira.credentials.values())[:2],
    )
    assert answer.status_code == 200, answer.text


def preflight(root, *more):
    return CliRunner().invoke(cli, ["-C", str(root), "preflight", *more], catch_exceptions=False)


def test_the_last_step_waits_until_somebody_has_looked_into_the_archive(pair, tmp_path):
    root = pair.project(tmp_path / "mig")
    key = pair.life.keys[3]
    with Project.load(root, clock=pair.clock) as project:
        stages.extract(project)
        confirm(project, stages.make_plan(project))
        archive(pair, key)
        pair.clock.advance(600)
        stages.extract(project)
        numbers = Completeness.read(project.snapshots("source")).numbers
        before = numbers.classes.get("purged_or_archived", 0)
        assert before >= 1
        assert "purged" not in numbers.classes
        assert "deleted" not in numbers.classes
        plan = stages.make_plan(project)
        assert plan.outcomes()["ticket"] == {"create": len(pair.life.keys) - 1}
        with pytest.raises(WaitingError) as caught:
            stages.apply(project, plan)
        assert "archive" in caught.value.message
        assert f"preflight confirm {ARCHIVE.code} --by NAME" in caught.value.remedy
    asked = preflight(root, "--json")
    assert asked.exit_code == 3
    state = next(one for one in json.loads(asked.output)["guards"] if one["code"] == ARCHIVE.code)
    assert (state["proved"], state["proof"]) == (False, "person")
    assert "deleted for good, or archived" in state["evidence"]
    assert preflight(root, "confirm", ARCHIVE.code, "--by", "M. Ito").exit_code == 0
    with Project.load(root, clock=pair.clock) as project:
        assert "M. Ito" in next(
            one.evidence for one in stages.preflight(project) if one.guard is ARCHIVE and one.proved
        )
        assert stages.apply(project, plan).failed == 0
        archive(pair, key, back=True)
        stages.extract(project)
        plan = stages.make_plan(project)
        assert plan.outcomes()["ticket"].get("create") == 1, "it was put back, and its `updated` is as it was"
        archive(pair, pair.life.keys[4])
        archive(pair, pair.life.keys[5])
        pair.clock.advance(600)
        stages.extract(project)
        with pytest.raises(WaitingError, match="archive"):
            stages.apply(project, stages.make_plan(project))  # more is open than somebody looked at
