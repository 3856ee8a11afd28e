"""The parts of a rehearsal: where its requests go, which tickets it draws, what it keeps, what it breaks."""

import random
from types import SimpleNamespace

import httpx
import pytest

from ticketferry.errors import FatalError, MappingError, RejectedError, WorkspaceError
from ticketferry.project import Project, stages
from ticketferry.project.rehearsal import (
    FOLDER,
    Rehearsal,
    RehearsedFailure,
    RehearsedPhase,
    RehearsedStep,
    keep_rehearsal,
    last_rehearsal,
    next_rehearsal,
    rehearsals,
)
from ticketferry.rehearsal import failing, folder
from ticketferry.rehearsal.breaking import arm
from ticketferry.rehearsal.comparing import differences
from ticketferry.rehearsal.measuring import Measuring
from ticketferry.rehearsal.sampling import draw_sample
from ticketferry.rehearsal.told import told_source
from ticketferry.rehearsal.transport import StandInTransport
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.kit.faults import Fault
from ticketferry_emulators.zendesk import ZendeskEmulator

TICKETS = 20


@pytest.fixture(scope="module")
def zendesk():
    """An account that only calls of this process reach."""
    stand_in = ZendeskEmulator(clock=ManualClock(), tickets=TICKETS, account_id=7)
    with stand_in.called("acme.invalid"):
        stand_in.state.account_id = 7
        yield stand_in


@pytest.fixture(scope="module")
def project(zendesk, tmp_path_factory):
    root = tmp_path_factory.mktemp("mig")
    (root / "files").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZENDESK_TOKEN", zendesk.credentials["ZENDESK_TOKEN"])
        (root / "migration.yaml").write_text(
            "version: 1\n"
            "source: {connector: zendesk, key: acme, base_url: 'http://acme.invalid:1', token: env:ZENDESK_TOKEN,"
            f" email: {zendesk.credentials['ZENDESK_EMAIL']}, jira_url: 'https://acme.atlassian.net'}}\n"
            f"target: {{connector: neutral, key: dest, folder: '{root / 'files'}'}}\nmapping: mapping.yaml\n"
        )
        (root / "mapping.yaml").write_text(
            "version: 1\nsource: zendesk\ntarget: neutral\nroute: [{when: always, project: main, issue_type: Case}]\n"
            'status: {"*": fail}\ngolden: [7]\n'
        )
        with Project.load(root, clock=zendesk.clock) as opened:
            opened.transport = StandInTransport({"acme.invalid": zendesk})
            stages.extract(opened, roles=("source",))
            yield opened


def test_requests_go_to_the_stand_in_and_nowhere_else(zendesk):
    with httpx.Client(transport=StandInTransport({"acme.invalid": zendesk})) as client:
        assert client.get("http://acme.invalid:1/api/v2/users/me").json()["user"]["id"] is None
        with pytest.raises(FatalError, match=r"about to ask acme\.zendesk\.com"):
            client.get("https://acme.zendesk.com/api/v2/users/me")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("drop_before", "disconnected"),
        ("drop_after", "disconnected"),
        ("truncate_body", "without sending complete"),
    ],
)
def test_a_cut_connection_looks_as_it_does_over_a_socket(zendesk, kind, said):
    zendesk.faults.add(Fault(kind))
    with (
        httpx.Client(transport=StandInTransport({"acme.invalid": zendesk})) as client,
        pytest.raises(httpx.RemoteProtocolError, match=said),
    ):
        client.get("http://acme.invalid:1/api/v2/users/me")
    zendesk.faults.clear()


def test_a_form_is_read_without_a_socket(zendesk):
    from ticketferry_emulators.kit.wire import form_here

    request = httpx.Request(
        "POST", "http://x.invalid", data={"a": "1"}, files={"file": ("ü.txt", b"\x00\xff")}
    )
    form, files = form_here(dict(request.headers), request.read())
    assert (form, files[0].name, files[0].content) == ({"a": "1"}, "ü.txt", b"\x00\xff")


def test_a_sample_holds_the_golden_ticket_every_kind_and_what_they_link_to(project):
    small, large = draw_sample(project, 1), draw_sample(project, TICKETS)
    assert "7" in small
    assert small < large
    assert len(large) >= TICKETS - 2
    assert draw_sample(project, 1) == small

    def statuses(ids):
        told = told_source(project, ids)
        return {
            row.body["status"] for root in told.roots("ticket") for row in root.rows if row.kind == "ticket"
        }

    assert statuses(small) == statuses(large)


def test_what_the_snapshot_holds_is_told_verbatim_and_a_stand_in_gives_it_again(project, zendesk, tmp_path):
    from ticketferry_emulators.kit.told import Assumed
    from ticketferry_emulators.zendesk.told import rebuilt, work_on

    told = told_source(project)
    assumed = Assumed()
    again, reached = rebuilt(told, zendesk.clock, assumed)
    root = folder.write_folder(
        project,
        "r-99",
        {"source": {**reached, "base_url": "http://again.invalid:1"}, "target": {"folder": str(tmp_path)}},
    )
    with (
        folder.secrets_set(project, {"source": reached, "target": {}}),
        again.called("again.invalid"),
        Project.load(root, clock=zendesk.clock) as own,
    ):
        assert own.config.source.values["jira_url"] == "https://acme.atlassian.net", (
            "options of the desk are kept"
        )
        own.transport = StandInTransport({"again.invalid": again})
        stages.extract(own, roles=("source",))
        assert differences(project, own, None) == []
        head = again.state.case(3).ticket
        head["subject"] = "another"
        again.state.keep(
            again.state.case(3)._replace(ticket={**head, "generated_timestamp": int(zendesk.clock.time())})
        )
        zendesk.clock.advance(120)
        stages.extract(own, roles=("source",))
        (said,) = differences(project, own, None)
        assert "ticket.subject" in said
        assert "3 for one" in said
    assert work_on(again, ["1", "2", "3", "4", "5", "6", "7", "8"], 2) == 2
    folder.clear_earlier(project)
    assert not (project.root / FOLDER / "r-99").exists()


def test_a_step_counts_time_and_requests_also_where_it_fails(zendesk):
    steps: list[RehearsedStep] = []
    measuring = Measuring(zendesk.clock, {"source": zendesk})

    def fail():
        with (
            measuring.step("plan", steps, 5.0),
            httpx.Client(transport=StandInTransport({"acme.invalid": zendesk})) as client,
        ):
            client.get("http://acme.invalid:1/api/v2/users/me")
            zendesk.clock.advance(90)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (steps[0].seconds, steps[0].count, steps[0].estimated) == (90.0, 1, 5.0)
    assert steps[0].hours == 0.025


def test_faults_of_a_seed_are_the_same_each_time_and_others_for_another():
    def armed(seed):
        stand_in = SimpleNamespace(faults=SimpleNamespace(added=[]))
        stand_in.faults.add = stand_in.faults.added.append
        arm({"target": stand_in}, seed)
        return stand_in.faults.added

    assert armed(1) == armed(1) != armed(2)
    assert {fault.kind for fault in armed(1)} > {"drop_after", "status_after", "truncate_body"}
    assert random.Random(1).random() == random.Random(1).random()


def test_what_stops_a_stage_is_told_with_its_place_and_remedy():
    one = failing.of_error("plan", RejectedError("no", where="POST /x", remedy="mend"))
    assert (one.stage, one.code, one.place, one.remedy) == ("plan", "RejectedError", "POST /x", "mend")
    assert failing.of_error("plan", MappingError(["a", "b"])).count == 2


def test_a_result_is_read_back_as_it_was_kept(project):
    assert last_rehearsal(project) is None
    phase = RehearsedPhase(
        "pilot",
        3,
        [RehearsedStep("apply", 7.5, {"target/issue": 4}, 7.0)],
        [RehearsedFailure("apply", "X", "no", 2)],
    )
    phase.notified = {"Issue created": 5}
    found = Rehearsal(next_rehearsal(project), "2026-01-01", phases=[phase], delta=RehearsedPhase("delta"))
    assert found.id == "r-01"
    assert not found.good
    assert (found.mails, found.seconds, len(found.failures)) == (5, 7.5, 1)
    path = keep_rehearsal(project, found)
    assert last_rehearsal(project) == found
    assert next_rehearsal(project) == "r-02"
    assert rehearsals(project) == [found]
    path.write_bytes(b"{}")
    with pytest.raises(WorkspaceError, match="no result"):
        last_rehearsal(project)
    path.unlink()
