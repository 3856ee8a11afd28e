"""The public Python client `jira` uses the emulator as it uses a site: no option but address and login, no special case."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from jira import JIRA, JIRAError

from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.jsm.oauth import CLOUD_ID
from ticketferry_emulators.kit.clock import ManualClock


@pytest.fixture
def emulator() -> Iterator[JsmEmulator]:
    found = JsmEmulator(ManualClock())
    found.state.fresh_seconds = -0.01  # the client reads what it has just made, and does not ask twice
    with found.serve():
        yield found
    assert found.unserved == []
    assert found.crashes == []


@pytest.fixture
def client(emulator: JsmEmulator) -> Iterator[JIRA]:
    who = emulator.credentials
    made = JIRA(emulator.base_url, basic_auth=(who["JIRA_EMAIL"], who["JIRA_TOKEN"]), max_retries=0)
    yield made
    made.close()


def make(client: JIRA, emulator: JsmEmulator, number: int = 1) -> list[str]:
    keys = []
    for count in range(number):
        fields = {
            "project": {"key": "SUP"}, "issuetype": {"name": "Service request"}, "summary": f"Broken {count}",
            "description": "It *burns*", "labels": ["vip"],
        }  # fmt: skip
        keys.append(client.create_issue(fields=fields).key)
    emulator.clock.advance(60)
    return keys


def test_it_signs_in_and_reads_the_site(client: JIRA) -> None:
    assert client.myself()["displayName"] == "Migration Bot"
    assert client.server_info()["deploymentType"] == "Cloud"
    assert {project.key for project in client.projects()} == {"SUP", "BILL", "HR"}
    assert "Zendesk ticket" in {field["name"] for field in client.fields()}
    assert client.priorities()[0].name == "Highest"


def test_it_searches_over_several_pages(client: JIRA, emulator: JsmEmulator) -> None:
    keys = make(client, emulator, 7)
    found = client.search_issues('project = SUP AND labels = "vip" ORDER BY created ASC', maxResults=5)
    assert [issue.key for issue in found] == keys[:5]
    every = client.search_issues("project = SUP ORDER BY created ASC", maxResults=0)
    assert [issue.key for issue in every] == keys
    with pytest.raises(JIRAError, match="does not exist or you do not have permission"):
        client.search_issues("nosuchfield = 1")


def test_it_reads_writes_comments_and_transitions(client: JIRA, emulator: JsmEmulator) -> None:
    (key,) = make(client, emulator)
    issue = client.issue(key)
    assert (issue.fields.summary, issue.fields.description) == ("Broken 0", "It *burns*")
    comment = client.add_comment(key, "first words", is_internal=True)
    client.add_comment(key, "said aloud")
    assert [row.body for row in client.comments(key)] == ["first words", "said aloud"]
    written = emulator.state.issue(key)
    assert written is not None
    assert [row.internal for row in written.comments] == [True, False]
    client.comment(key, comment.id).update(body="other words")
    assert client.comment(key, comment.id).body == "other words"
    names = {row["name"]: row["id"] for row in client.transitions(key)}
    client.transition_issue(key, names["Accept"])
    client.transition_issue(key, "Start work")
    assert client.issue(key).fields.status.name == "In progress"
    issue.update(fields={"summary": "Mended", "labels": ["a", "b"]})
    assert client.issue(key).fields.labels == ["a", "b"]


def test_it_attaches_links_and_deletes(client: JIRA, emulator: JsmEmulator) -> None:
    one, two = make(client, emulator, 2)
    file = client.add_attachment(issue=one, attachment=BytesIO(b"bytes"), filename="a.txt")
    assert file.size == 5
    client.create_issue_link("Blocks", one, two)
    links = client.issue(one).fields.issuelinks
    assert [link.outwardIssue.key for link in links] == [two]
    client.add_worklog(one, timeSpentSeconds=120, comment="looked")
    assert client.worklogs(one)[0].timeSpentSeconds == 120
    client.issue(two).delete()
    with pytest.raises(JIRAError) as error:
        client.issue(two)
    assert error.value.status_code == 404


def test_it_goes_through_the_gateway_with_a_scoped_token(emulator: JsmEmulator) -> None:
    token = emulator.doorkeeper.credentials["JIRA_SCOPED_TOKEN"]
    address = f"{emulator.origin_url('gateway')}/ex/jira/{CLOUD_ID}"
    client = JIRA(address, basic_auth=(emulator.credentials["JIRA_EMAIL"], token), max_retries=0)
    assert client.myself()["displayName"] == "Migration Bot"
    client.close()
