"""Nobody is notified, nobody sees more, people's work is spared: on Zendesk to Jira Service Management."""

import shutil

import httpx
import pytest
from tests.flow.desks import Desks, confirm, desks

from ticketferry.errors import MappingError, RunFailed, WaitingError
from ticketferry.plan.inputs import EVERYTHING, Scope
from ticketferry.project import Project, stages
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.jsm.models.records import JiraComment


@pytest.fixture(scope="module")
def pair():
    with desks(40) as found:
        yield found


@pytest.fixture(scope="module")
def extracted(pair, tmp_path_factory):
    """A project that has read both desks; each test works on a copy."""
    root = pair.project(tmp_path_factory.mktemp("safety") / "mig")
    with Project.load(root, clock=pair.clock) as project:
        stages.extract(project)
    return root


@pytest.fixture
def project(pair: Desks, extracted, tmp_path):
    pair.new_jira()
    shutil.copytree(extracted, tmp_path / "mig")
    with Project.load(tmp_path / "mig", clock=pair.clock) as found:
        yield found


def jira_client(pair: Desks) -> httpx.Client:
    credentials = pair.jira.credentials
    return httpx.Client(
        base_url=pair.jira.base_url, auth=(credentials["JIRA_EMAIL"], credentials["JIRA_TOKEN"])
    )


def test_without_a_person_s_word_nothing_is_written(pair, project):
    plan = stages.make_plan(project, Scope(limit=3))
    with pytest.raises(WaitingError, match="JSM-GUARD-CUSTOMERS") as caught:
        stages.apply(project, plan)
    assert caught.value.exit_code == 3
    assert "preflight confirm JSM-GUARD-CUSTOMERS --by NAME" in caught.value.remedy
    assert pair.jira.ledger.writes() == []
    confirm(project, plan)
    assert stages.apply(project, plan).failed == 0
    pair.healthy()


def test_a_confirmation_ends_after_seven_days(pair, project):
    plan = stages.make_plan(project, Scope(limit=2))
    confirm(project, plan)
    assert all(state.proved for state in stages.preflight(project, plan))
    pair.clock.advance(8 * 86_400)
    assert not all(state.proved for state in stages.preflight(project, plan))


def test_a_scheme_that_mails_is_seen_by_reading(pair, project):
    plan = stages.make_plan(project, Scope(limit=2))
    confirm(project, plan)
    fresh = JsmEmulator(clock=pair.clock, seed="fresh")
    pair.jira.state.notification_schemes = fresh.state.notification_schemes
    for item in pair.jira.state.projects.values():
        item.notification_scheme = next(
            key for key, scheme in fresh.state.notification_schemes.items() if scheme.events
        )
    with pytest.raises(WaitingError, match="JSM-GUARD-SCHEME"):
        stages.apply(project, plan)
    assert pair.jira.ledger.writes() == []
    assert pair.jira.notifications == 0


def test_tickets_that_more_people_would_see_are_counted_and_refused(pair, project):
    mapping = project.root / "mapping.yaml"
    text = mapping.read_text()
    mapping.write_text(text.replace("share: as_source", "share: always"))
    plan = stages.make_plan(project)
    count = plan.header["figures"].get("newly visible", 0)
    assert count > 0
    confirm(project, plan)
    with pytest.raises(WaitingError, match=f"{count} tickets would become visible"):
        stages.apply(project, plan)
    assert pair.jira.ledger.writes() == []


def test_what_an_agent_edited_since_is_kept_with_all_that_it_needs(pair, project):
    plan = stages.make_plan(project, Scope(limit=8))
    confirm(project, plan)
    stages.apply(project, plan)
    ref = next(change.root for change in plan.changes("kind = 'ticket' AND outcome = 'create'"))
    key = project.idmap.get(ref, "key")
    with jira_client(pair) as client:
        answer = client.put(f"/rest/api/3/issue/{key}", json={"fields": {"summary": "an agent worked here"}})
        assert answer.status_code == 204
    pair.clock.advance(10)
    undo = stages.plan_rollback(project, plan.id)
    kept = {change.root: change.because for change in undo.changes("outcome = 'skip'")}
    assert kept[ref] == "edited since in the target: subject"
    figures = stages.apply(project, undo)
    assert figures.failed == 0
    issues = pair.jira.dump()["issues"]
    assert list(issues) == [key]
    assert issues[key]["values"]["summary"] == "an agent worked here"
    assert issues[key]["comments"] == [item for item in issues[key]["comments"] if item]


def test_a_note_that_comes_out_public_is_deleted_at_once_and_stops_its_ticket(pair, project, monkeypatch):
    plan = stages.make_plan(project, EVERYTHING)
    confirm(project, plan)
    with_notes = [change.root for change in plan.changes("kind = 'ticket'") if change.facts["internal"]]
    assert with_notes
    monkeypatch.setattr(JiraComment, "internal", property(lambda _: False))
    with pytest.raises(RunFailed):
        stages.apply(project, plan)
    rows = project.workspace.database.rows("SELECT ref, severity FROM problem WHERE code = 'TF-COMPENSATED'")
    assert rows
    assert {severity for _, severity in rows} == {"blocker"}
    monkeypatch.undo()
    for issue in pair.jira.dump()["issues"].values():
        for comment in issue["comments"]:
            assert "sd.public.comment" not in comment["properties"], "the note was taken back"
    deleted = [
        entry for entry in pair.jira.ledger.writes() if entry.method == "DELETE" and "/comment/" in entry.path
    ]
    assert len(deleted) == len(rows)
    refs = [change.root for change in plan.changes("kind = 'ticket'") if change.facts["internal"]]
    for ref in refs:
        key = project.idmap.get(ref, "key")
        request_type = next(
            name for name, field in pair.jira.state.fields.items() if field.name == "Request Type"
        )
        values = pair.jira.dump()["issues"].get(key, {"values": {}})["values"]
        assert not values.get(request_type), "a ticket that stopped has no portal page"


def test_a_target_that_lacks_a_status_is_named_with_its_place(pair, project):
    mapping = project.root / "mapping.yaml"
    mapping.write_text(
        mapping.read_text().replace("pending: Waiting for customer", "pending: Waiting for godot")
    )
    with pytest.raises(MappingError, match=r"mapping\.yaml:\d+:\d+: .*Waiting for godot"):
        stages.make_plan(project)


def test_wrong_credentials_are_one_sentence(pair, project, monkeypatch):
    from ticketferry.errors import AuthError

    monkeypatch.setenv("ZENDESK_TOKEN", "wrong")
    with pytest.raises(AuthError) as caught:
        stages.check(project, ("source",))
    assert "wrong" not in str(caught.value).replace("wrong or", "")
    monkeypatch.setenv("JIRA_TOKEN", "no-such-token")
    with pytest.raises(AuthError) as caught:
        stages.check(project, ("target",))
    assert "no-such-token" not in str(caught.value)
    assert caught.value.remedy


def test_a_desk_that_cannot_be_reached_is_one_sentence_and_nothing_is_lost(pair, project):
    from ticketferry.errors import RetryableError

    path = project.root / "migration.yaml"
    path.write_text(path.read_text().replace(pair.zendesk.base_url, "http://127.0.0.1:9"))
    with (
        Project.load(project.root, clock=pair.clock) as broken,
        pytest.raises(RetryableError, match="did not answer"),
    ):
        stages.check(broken, ("source",))


def test_secrets_reach_no_file(pair, project):
    plan = stages.make_plan(project, Scope(limit=2))
    confirm(project, plan)
    stages.apply(project, plan)
    secrets = [pair.credentials["ZENDESK_TOKEN"].encode(), pair.credentials["JIRA_TOKEN"].encode()]
    for path in project.root.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(secret in data for secret in secrets), path
