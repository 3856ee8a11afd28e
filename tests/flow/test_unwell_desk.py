"""A desk that is out, moved, behind a gateway, or chokes on one record: nothing is written twice, lost or claimed, and no run spins."""

import itertools
import math
from collections import Counter

import httpx
import pytest
from tests.flow.desks import confirm, desks
from tests.flow.migrations import DESK, by_origin, write_desk, write_project
from tests.flow.zendesk_pair import account_of
from tests.flow.zendesk_pair import pair as zendesk_pair

from ticketferry.errors import (
    FatalError,
    RejectedError,
    RetryableError,
    RunFailed,
    UnknownOutcomeError,
    WaitingError,
)
from ticketferry.project import Project, applying, stages
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.kit.faults import Fault
from ticketferry_neutral.target import NeutralTarget

WRITE = NeutralTarget.write
FIND = NeutralTarget.find
BAD = f"{DESK}:ticket:5/create"


@pytest.fixture(scope="module")
def pair():
    with desks(10) as found:
        yield found


def planned_on_jira(pair, root):
    """A first plan for an empty site, its guards confirmed (`beginnings`)."""

    def make(kept):
        with Project.load(pair.project(kept), clock=pair.clock) as project:
            stages.extract(project)
            confirm(project, stages.make_plan(project))

    pair.new_jira()
    project = Project.load(pair.beginnings.copied(root, "planned", make), clock=pair.clock)
    return project, project.plan("p-01")


def made(jira):
    """Count the issues of the site by the ticket that they stand for."""
    marks = [issue["properties"].get("ticketferry.source") or {} for issue in jira.dump()["issues"].values()]
    return Counter(str(mark.get("ref")) for mark in marks)


# ---- a gateway answers in the desk's place --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 403, 405, 425, 499, 503])
def test_what_a_gateway_answers_after_a_write_was_done_makes_nothing_twice(pair, tmp_path, status):
    project, plan = planned_on_jira(pair, tmp_path / "mig")
    with project:
        pair.jira.faults.add(
            Fault("status_after", match="POST /rest/api/3/issue/bulk", status=status, times=3)
        )
        pair.jira.faults.add(Fault("status_after", match="POST */comment", status=status, nth=2, times=3))
        figures = stages.apply(project, plan)
        assert pair.jira.faults.fired()["status_after"] >= 3
        assert (figures.failed, figures.left) == (0, 0)
        assert set(made(pair.jira).values()) == {1}
        assert stages.verify(project).same
        pair.healthy()


def test_a_lost_comment_that_may_not_be_looked_up_is_not_written_a_second_time(pair, tmp_path):
    """A security level that an administrator sets meanwhile: to be refused the sight of a comment does not say that it is not there."""
    project, plan = planned_on_jira(pair, tmp_path / "mig")
    with project:
        pair.jira.faults.add(Fault("drop_after", match="POST */comment", nth=2, times=1))
        pair.jira.faults.add(Fault("status_before", match="GET */comment", status=403, times=None))
        with pytest.raises(RunFailed):
            stages.apply(project, plan)
        assert pair.jira.faults.fired()["status_before"]
        pair.healthy()
        pair.jira.faults.clear()
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same
        bodies = [
            (issue["id"], str((comment.get("properties") or {}).get("ticketferry.comment")))
            for issue in pair.jira.dump()["issues"].values()
            for comment in issue["comments"]
        ]
        assert max(Counter(bodies).values()) == 1


@pytest.mark.parametrize("status", [408, 404, 504])
def test_what_a_gateway_answers_in_front_of_zendesk_makes_nothing_twice(tmp_path, status):
    with (
        zendesk_pair(12) as accounts,
        Project.load(accounts.project(tmp_path / "mig"), clock=accounts.clock) as project,
    ):
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        for place in ("imports/tickets/create_many", "users/create_many", "organizations/create_many"):
            accounts.target.faults.add(
                Fault("status_after", match=f"POST /api/v2/{place}", status=status, times=2)
            )
        figures = stages.apply(project, plan)
        assert accounts.target.faults.fired()["status_after"] >= 3
        assert (figures.failed, figures.left) == (0, 0)
        assert account_of(accounts.target)["tickets"], "account_of refuses a ticket that is there twice"
        assert stages.verify(project).same


def redirecting(monkeypatch, host, wanted, status=302):
    """Answer every request that `wanted` names from a sign-in page, as a site does that was renamed or put behind one."""
    send = httpx.Client.send
    hit = []

    def moved(self, request, **options):
        if str(request.url).startswith(host) and wanted(request):
            hit.append(f"{request.method} {request.url.path}")
            headers = {"Location": "https://sso.example/login?token=1"}
            return httpx.Response(status, headers=headers, request=request)
        return send(self, request, **options)

    monkeypatch.setattr(httpx.Client, "send", moved)
    return hit


def test_writes_that_are_sent_to_another_address_stop_the_run_and_none_counts_as_done(
    pair, tmp_path, monkeypatch
):
    project, plan = planned_on_jira(pair, tmp_path / "mig")
    with project:
        with monkeypatch.context() as patch:
            hit = redirecting(patch, pair.jira.base_url, lambda request: request.method == "PUT")
            with pytest.raises(FatalError, match=r"points to https://sso.example/login") as caught:
                stages.apply(project, plan)
            assert hit
            assert "token=1" not in str(caught.value)
        done = project.workspace.database.rows(
            "SELECT seq FROM op WHERE plan = ? AND state = 'done'", (plan.id,)
        )
        puts = {endpoint.name for endpoint in target_endpoints(project) if endpoint.method == "PUT"}
        names = {row.endpoint for row in plan.operations() if (row.seq,) in {tuple(item) for item in done}}
        assert not names & puts
        figures = stages.apply(project, plan)
        assert (figures.failed, figures.left) == (0, 0)
        assert stages.verify(project).same


def target_endpoints(project):
    from ticketferry_jsm.endpoints import ENDPOINTS

    assert project.config.target.connector.name == "jsm"
    return ENDPOINTS


def test_deletions_that_are_sent_to_another_address_are_no_rollback(pair, tmp_path, monkeypatch):
    project, plan = planned_on_jira(pair, tmp_path / "mig")
    with project:
        stages.apply(project, plan)
        undo = stages.plan_rollback(project, plan.id)
        with monkeypatch.context() as patch:
            redirecting(patch, pair.jira.base_url, lambda request: request.method == "DELETE", 301)
            with pytest.raises(FatalError, match="points to"):
                stages.apply(project, undo)
        assert {row["id"]: row["state"] for row in project.plan_rows()}[plan.id] != "undone"
        stages.apply(project, undo)
        assert not pair.jira.dump()["issues"]
        rest = [row["properties"] for row in pair.jira.dump()["organizations"].values()]
        assert not any(rest), "what was deleted after the site was back is gone"


# ---- the desk is out ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("match", ["writes", "all"])
def test_a_desk_that_is_out_for_half_a_minute_is_waited_for_and_asked_little(pair, tmp_path, match):
    project, plan = planned_on_jira(pair, tmp_path / "mig")
    answer, asked, until = pair.jira.fault_answer, [], []

    def goes_out(point):
        if point == "before send" and not until:
            until.append(pair.clock.time() + 40)
            pair.jira.faults.add(Fault("status_before", times=None, writes_only=match == "writes"))

    def counting(call, fault):
        asked.append(call.path)
        if pair.clock.time() >= until[0]:
            pair.jira.faults.clear()
        return answer(call, fault)

    pair.jira.fault_answer = counting
    with project:
        figures = stages.apply(project, plan, on_point=goes_out)
        assert (figures.failed, figures.left) == (0, 0)
        assert pair.clock.time() >= until[0]
        assert len(asked) < 60, "in a rhythm that doubles, not 50 a second"
        assert set(made(pair.jira).values()) == {1}
        assert stages.verify(project).same


def planned(tmp_path, tickets=14):
    write_desk(tmp_path / "src", tickets)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target", workers=4)
    project = Project.load(root, clock=ManualClock())
    stages.extract(project)
    return project, stages.make_plan(project)


@pytest.mark.parametrize("repeat", ["ticket.create", "*"])
def test_a_desk_that_stays_out_ends_the_run_after_the_time_given(tmp_path, monkeypatch, repeat):
    project, plan = planned(tmp_path)
    calls = []

    def out(desk, endpoint, batch):
        if repeat in ("*", endpoint.name):
            calls.append(endpoint.name)
            raise UnknownOutcomeError("the desk answered 503 to a write", status=503)
        return WRITE(desk, endpoint, batch)

    monkeypatch.setattr(NeutralTarget, "write", out)
    with project:
        began = project.clock.time()
        with pytest.raises(FatalError, match="taken no write for") as caught:
            stages.apply(project, plan, give_up_after=600.0)
        assert 600 <= project.clock.time() - began < 1_200
        assert "--give-up-after" in caught.value.remedy
        assert len(calls) < 150
        monkeypatch.setattr(NeutralTarget, "write", WRITE)
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same


def out_until(clock, ends, answer):
    """Let a read fail as an HTTP client does after its own tries, until the desk is back."""

    def read(*given):
        if clock.time() < ends[0]:
            clock.sleep(60.0)
            raise RetryableError("the desk did not answer (ConnectError)", where="GET /identity")
        return answer(*given)

    return read


@pytest.mark.parametrize("first", ["identity", "catalog"])
def test_a_desk_that_is_out_at_the_first_contact_is_waited_for_as_later_on(tmp_path, monkeypatch, first):
    project, plan = planned(tmp_path)
    ends = [math.inf]
    monkeypatch.setattr(NeutralTarget, first, out_until(project.clock, ends, getattr(NeutralTarget, first)))
    with project:
        for stage in (stages.refuse, stages.apply) if first == "identity" else (stages.apply,):
            began = project.clock.time()
            with pytest.raises(FatalError, match=r"has not answered for 1\d minutes") as caught:
                stage(project, plan, give_up_after=600.0)
            assert 600 <= project.clock.time() - began < 900
            assert "--give-up-after" in caught.value.remedy
        assert not by_origin(tmp_path / "target")
        ends[0] = project.clock.time() + 3_600.0
        assert stages.apply(project, plan).failed == 0
        assert project.clock.time() >= ends[0]
        assert stages.verify(project).same


# ---- one record that the desk chokes on -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 503, 0, 418])
def test_one_record_that_never_gets_an_answer_fails_alone_and_the_others_of_its_request_go_on(
    tmp_path, monkeypatch, status
):
    project, plan = planned(tmp_path)
    sizes, tries = [], []

    def choking(desk, endpoint, batch):
        if any(operation.key == BAD for operation in batch):
            sizes.append(len(batch))
            tries.append(1)
            raise UnknownOutcomeError(f"the desk answered {status} to a write", status=status)
        return WRITE(desk, endpoint, batch)

    monkeypatch.setattr(NeutralTarget, "write", choking)
    with project:
        with pytest.raises(RunFailed) as caught:
            stages.apply(project, plan)
        assert sizes[0] > 1
        assert sizes[-1] == 1
        assert sizes == sorted(sizes, reverse=True)
        assert len(tries) <= 30
        state = by_origin(tmp_path / "target")
        tickets = {ref for ref in state if ref.startswith(f"{DESK}:ticket:")}
        assert tickets == {f"{DESK}:ticket:{number}" for number in range(1, 15) if number != 5}
        told = project.workspace.database.rows("SELECT ref, message FROM problem WHERE code = 'TF-REFUSED'")
        assert [(ref, str(status) in message) for ref, message in told] == [(f"{DESK}:ticket:5", True)]
        assert caught.value.failed >= 1
        monkeypatch.setattr(NeutralTarget, "write", WRITE)
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same


def test_a_record_that_was_done_in_spite_of_all_its_errors_is_found_and_not_failed(tmp_path, monkeypatch):
    project, plan = planned(tmp_path)

    def mumbling(desk, endpoint, batch):
        answers = WRITE(desk, endpoint, batch)
        if endpoint.name == "ticket.create":
            raise UnknownOutcomeError("the desk answered 500 to a write", status=500)
        return answers

    monkeypatch.setattr(NeutralTarget, "write", mumbling)
    with project:
        figures = stages.apply(project, plan)
        assert (figures.failed, figures.left) == (0, 0)
        assert figures.adopted == 14
        assert stages.verify(project).same


@pytest.mark.parametrize("done", [False, True])
def test_an_answer_that_nobody_foresaw_fails_its_record_and_not_the_run(tmp_path, monkeypatch, done):
    """A row without its id, a list in the place of an object: the connector stumbles, and all other records are none the worse."""
    project, plan = planned(tmp_path)

    def stumbling(desk, endpoint, batch):
        bad = any(operation.key == BAD for operation in batch)
        answers = WRITE(desk, endpoint, batch) if done or not bad else ()
        if bad:
            raise KeyError("id")
        return answers

    monkeypatch.setattr(NeutralTarget, "write", stumbling)
    with project:
        if done:
            assert stages.apply(project, plan).failed == 0
        else:
            with pytest.raises(RunFailed):
                stages.apply(project, plan)
            told = project.workspace.database.rows(
                "SELECT ref, message FROM problem WHERE code = 'TF-REFUSED'"
            )
            assert [(ref, "KeyError: 'id'" in message) for ref, message in told] == [
                (f"{DESK}:ticket:5", True)
            ]
            state = by_origin(tmp_path / "target")
            assert len([ref for ref in state if ref.startswith(f"{DESK}:ticket:")]) == 13
            monkeypatch.setattr(NeutralTarget, "write", WRITE)
            assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same
        assert len([ref for ref in by_origin(tmp_path / "target") if ref.startswith(f"{DESK}:ticket:")]) == 14


@pytest.mark.parametrize("error", [RejectedError("no right to see it", status=403), TypeError("a list")])
def test_a_lost_write_that_cannot_be_looked_up_stops_its_record_and_not_the_run(tmp_path, monkeypatch, error):
    """An agent closed or hid the record meanwhile, so that the desk refuses the look-up: it is never sent again blindly."""
    project, plan = planned(tmp_path)

    def losing(desk, endpoint, batch):
        answers = WRITE(desk, endpoint, batch)
        if any(operation.key == BAD for operation in batch):
            raise UnknownOutcomeError("the line broke", status=0)
        return answers

    def refusing(desk, operations, last):
        if any(operation.key == BAD for operation in operations):
            raise error
        return FIND(desk, operations, last)

    monkeypatch.setattr(NeutralTarget, "write", losing)
    monkeypatch.setattr(NeutralTarget, "find", refusing)
    with project:
        with pytest.raises(RunFailed):
            stages.apply(project, plan)
        told = project.workspace.database.rows("SELECT ref, message FROM problem WHERE ref LIKE '%:ticket:5'")
        assert any("could not be looked up" in message and str(error) in message for _, message in told)
        tickets = [ref for ref in by_origin(tmp_path / "target") if ref.startswith(f"{DESK}:ticket:")]
        assert len(tickets) == 14
        monkeypatch.setattr(NeutralTarget, "write", WRITE)
        monkeypatch.setattr(NeutralTarget, "find", FIND)
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same
        tickets = [ref for ref in by_origin(tmp_path / "target") if ref.startswith(f"{DESK}:ticket:")]
        assert len(tickets) == 14


# ---- a guard falls while the run goes on ----------------------------------------------------------------------------


def mail_assignees(jira):
    """Give every project a notification scheme that mails people, as an administrator may at any time."""
    loud = next(key for key, scheme in jira.state.notification_schemes.items() if scheme.events)
    for project in jira.state.projects.values():
        project.notification_scheme = loud


def test_a_guard_that_falls_before_a_kind_of_write_begins_stops_the_run_before_it(pair, tmp_path):
    project, plan = planned_on_jira(pair, tmp_path / "mig")
    with project:
        loud = []

        def falls(point):
            begun = any(entry.operation == "issue.create_bulk" for entry in pair.jira.ledger.writes())
            if point == "after result" and begun and not loud:
                loud.append(pair.jira.ledger)
                mail_assignees(pair.jira)

        with pytest.raises(WaitingError, match="JSM-GUARD-SCHEME") as caught:
            stages.apply(project, plan, on_point=falls)
        assert loud
        assert "What was done is kept" in caught.value.remedy
        assert not [entry for entry in pair.jira.ledger.writes() if entry.operation.startswith("comment.")]


def test_a_guard_that_falls_stops_a_long_kind_of_write_within_five_minutes(tmp_path, monkeypatch):
    project, plan = planned(tmp_path, 30)
    proved = []

    def prove(*_, **__):
        proved.append(project.clock.time())
        if project.clock.time() - proved[0] > 700:
            raise WaitingError("a guard has fallen")

    sent = []

    def slow(desk, endpoint, batch):
        project.clock.sleep(100.0)
        sent.append(project.clock.time())
        return WRITE(desk, endpoint, batch)

    monkeypatch.setattr(NeutralTarget, "write", slow)
    monkeypatch.setattr(applying, "_prove", prove)
    with project:
        with pytest.raises(WaitingError):
            stages.apply(project, plan, workers=1)
        assert max(sent) - proved[0] <= 700 + 300 + 100
        assert all(later - earlier <= 300 + 100 for earlier, later in itertools.pairwise(proved))
