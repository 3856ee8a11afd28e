"""Apply on a desk that works in jobs, does other than it was told, or was changed meanwhile; verify and proof see it."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.flow.migrations import DESK, SourceDesk, by_origin, migrate, write_desk, write_project

from ticketferry.demo.proof import prove_writes
from ticketferry.errors import FatalError, RejectedError, RetryableError, RunFailed
from ticketferry.plan.inputs import Inputs
from ticketferry.plan.planner import Planner
from ticketferry.project import Project, stages
from ticketferry.sdk.contract import Blob, Job, WriteResult
from ticketferry.sdk.templates import encode
from ticketferry_neutral.target import NeutralTarget

WRITE = NeutralTarget.write


@pytest.fixture
def root(tmp_path):
    write_desk(tmp_path / "src", 2)
    return write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")


@pytest.fixture
def planned(root):
    with Project.load(root) as project:
        stages.extract(project)
        stages.make_plan(project)
    return root


def problems(project):
    return {tuple(row) for row in project.workspace.database.rows("SELECT code, ref FROM problem")}


def lines(folder, kind):
    return [json.loads(line) for line in (folder / f"{kind}.jsonl").read_text().splitlines()]


class Killed(BaseException):
    pass


class Jobs:
    """A desk that takes every batch as a job and has the results when it is asked for the second time."""

    def __init__(self, monkeypatch, *, forgets="") -> None:
        self.results, self.asked, self.forgets = {}, {}, forgets

        def write(desk, endpoint, batch):
            id_ = f"j-{len(self.results) + 1}"
            self.results[id_] = list(WRITE(desk, endpoint, batch))
            return Job(id_, tuple(item.key for item in batch))

        def poll(_, job):
            self.asked[job.id] = self.asked.get(job.id, 0) + 1
            if self.asked[job.id] > 50:
                raise Killed("asked for without end")
            if self.forgets == "refuses":
                raise RejectedError("no such job", status=404)
            if self.forgets == "tells nothing":
                return [WriteResult(key, "unknown") for key in job.keys]
            return self.results[job.id] if self.asked[job.id] > 1 else None

        monkeypatch.setattr(NeutralTarget, "write", write)
        monkeypatch.setattr(NeutralTarget, "poll", poll, raising=False)


def load(root):
    from ticketferry_emulators.kit.clock import ManualClock

    return Project.load(root, clock=ManualClock())


def test_a_desk_that_works_in_jobs_is_asked_until_it_has_the_results(planned, monkeypatch):
    jobs = Jobs(monkeypatch)
    with load(planned) as project:
        figures = stages.apply(project, project.plan("p-01"))
        assert (figures.failed, figures.repeated, figures.left) == (0, 0, 0)
        assert set(jobs.asked.values()) == {2}
        assert project.workspace.database.rows("SELECT 1 FROM job WHERE done = 0") == []
        assert stages.verify(project).same


@pytest.mark.parametrize(
    "error", [RetryableError("the desk answered 503"), RejectedError("not for you", status=403)]
)
def test_a_job_that_cannot_be_asked_for_is_no_write_that_was_not_done(planned, monkeypatch, error):
    """The desk took the records and works on them: to fail at reading of it may not send them a second time."""
    Jobs(monkeypatch)
    write, poll = NeutralTarget.write, NeutralTarget.poll
    sent, stumbled = [], set()

    def counting(desk, endpoint, batch):
        sent.extend(operation.key for operation in batch)
        return write(desk, endpoint, batch)

    def stumbling(desk, job):
        if job.id not in stumbled:
            stumbled.add(job.id)
            raise error
        return poll(desk, job)

    monkeypatch.setattr(NeutralTarget, "write", counting)
    monkeypatch.setattr(NeutralTarget, "poll", stumbling)
    with load(planned) as project:
        figures = stages.apply(project, project.plan("p-01"))
        assert figures.failed == figures.left == 0
        made = [key for key in sent if key.endswith("/create")]
        assert len(made) == len(set(made)) > 2
        assert stages.verify(project).same


@pytest.mark.parametrize("forgets", ["", "refuses", "tells nothing"])
def test_a_job_taken_by_a_process_that_died_is_asked_for_by_the_next(planned, monkeypatch, tmp_path, forgets):
    jobs = Jobs(monkeypatch)

    def die(point) -> None:
        if point == "after job" and len(jobs.results) == 3:
            raise Killed

    with pytest.raises(Killed), load(planned) as project:
        stages.apply(project, project.plan("p-01"), on_point=die)
    if forgets:
        jobs = Jobs(monkeypatch, forgets=forgets)
        monkeypatch.setattr(NeutralTarget, "write", WRITE)
    with load(planned) as project:
        figures = stages.apply(project, project.plan("p-01"))
        assert (figures.failed, figures.repeated, figures.left) == (0, 0, 0)
        assert bool(figures.adopted) is bool(forgets)
        assert max(jobs.asked.values()) <= 2, "what is forgotten is not asked for again and again"
        assert stages.verify(project).same
    by_origin(tmp_path / "target")


def test_what_was_not_done_as_planned_is_taken_back_at_once_and_fails_its_record(
    planned, monkeypatch, tmp_path
):
    endpoints = NeutralTarget.endpoints

    def reverting(desk):
        found = endpoints.__get__(desk) if hasattr(endpoints, "__get__") else endpoints
        return [
            replace(item, reverts="group.delete") if item.name == "group.create" else item for item in found
        ]

    def write(desk, endpoint, batch):
        return [
            replace(answer, compensate=True) if answer.key == f"{DESK}:group:1/create" else answer
            for answer in WRITE(desk, endpoint, batch)
        ]

    monkeypatch.setattr(NeutralTarget, "endpoints", property(reverting))
    monkeypatch.setattr(NeutralTarget, "write", write)
    with load(planned) as project:
        with pytest.raises(RunFailed):
            stages.apply(project, project.plan("p-01"))
        assert ("TF-COMPENSATED", f"{DESK}:group:1") in problems(project)
        rows = project.workspace.database.rows("SELECT state, count(*) FROM op GROUP BY state")
        assert dict(rows)["rejected"] == 1
    state = by_origin(tmp_path / "target")
    assert f"{DESK}:group:1" not in state
    assert f"{DESK}:person:1" in state


def test_a_desk_that_does_not_serve_stops_the_run_and_the_next_one_goes_on(planned, monkeypatch):
    def write(desk, endpoint, batch):
        if endpoint.name == "ticket.create":
            raise RetryableError("the desk is busy", where="POST /t")
        return WRITE(desk, endpoint, batch)

    monkeypatch.setattr(NeutralTarget, "write", write)
    with load(planned) as project:
        with pytest.raises(FatalError, match=r"no write for 12. minutes: the desk is busy"):
            stages.apply(project, project.plan("p-01"))
        assert {code for code, _ in problems(project)} == {"TF-REFUSED"}
        monkeypatch.setattr(NeutralTarget, "write", WRITE)
        figures = stages.apply(project, project.plan("p-01"))
        assert (figures.failed, figures.left, problems(project)) == (0, 0, set())
        assert stages.verify(project).same


def edit(folder, kind, origin, **changes):
    found = [line for line in lines(folder, kind) if line.get("record", {}).get("origin") == origin][-1]
    found["record"].update(changes)
    with (folder / f"{kind}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(found) + "\n")


def remove(folder, kind, origin):
    found = [line for line in lines(folder, kind) if line.get("record", {}).get("origin") == origin][-1]
    with (folder / f"{kind}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({**found, "gone": True}) + "\n")


@pytest.mark.parametrize("gone", [False, True])
def test_a_record_that_changed_after_the_plan_is_left_alone(root, tmp_path, gone):
    migrate(root)
    desk = SourceDesk(tmp_path / "src")
    desk.ticket(1, 2, subject="new words")
    desk.ticket(2, 2, subject="other words")
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        if gone:
            remove(tmp_path / "target", "ticket", f"{DESK}:ticket:1")
        else:
            edit(tmp_path / "target", "ticket", f"{DESK}:ticket:1", subject="by an agent")
        figures = stages.apply(project, plan, fail=False)
        assert figures.failed == 1
        assert problems(project) == {("TF-CONFLICT", f"{DESK}:ticket:1")}
    state = by_origin(tmp_path / "target")
    assert state[f"{DESK}:ticket:2"]["subject"] == "other words"
    assert gone or state[f"{DESK}:ticket:1"]["subject"] == "by an agent"


def test_verify_tells_what_is_missing_changed_strange_or_holds_other_bytes(root, tmp_path):
    migrate(root)
    target = tmp_path / "target"
    remove(target, "person", f"{DESK}:person:3")
    edit(target, "ticket", f"{DESK}:ticket:1", subject="by an agent")
    stranger = lines(target, "ticket")[0]
    stranger.update(
        id="999",
        record={**stranger["record"], "ref": "dest:ticket:999", "origin": f"{DESK}:ticket:77", "links": []},
    )
    with (target / "ticket.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(stranger) + "\n")
    for path in (target / "files").iterdir():
        if path.stat().st_size:
            path.write_bytes(b"HELLO\r\n\x00")
    with Project.load(root) as project:
        found = stages.verify(project)
        signs = {(line.sign, line.ref): line.fields for line in found.lines}
        assert ("-", f"{DESK}:ticket:77") in signs
        assert "subject" in signs["*", f"{DESK}:ticket:1"]
        assert any(field.endswith(".bytes") for field in signs["*", f"{DESK}:ticket:2"])
        assert ("+", f"{DESK}:person:3") in signs
        assert not found.same
        narrow = stages.verify(project, ["p-01"], contents=False)
        assert narrow.counts["-"] == 0
        assert f"{DESK}:ticket:2" not in {line.ref for line in narrow.lines}


def test_every_write_that_a_desk_saw_is_one_of_the_plan_and_others_are_strange(planned, monkeypatch):
    seen = []

    def write(desk, endpoint, batch):
        for item in batch:
            path = endpoint.path
            for name, value in item.params.items():
                path = path.replace("{" + name + "}", str(value))
            blobs = (
                [value for value in item.body.values() if isinstance(value, Blob)]
                if isinstance(item.body, dict)
                else []
            )
            body = None if blobs else encode(item.body)
            seen.append(
                SimpleNamespace(method=endpoint.method, path=path, json=body, uploads=blobs, status=200)
            )
        return WRITE(desk, endpoint, batch)

    monkeypatch.setattr(NeutralTarget, "write", write)
    with Project.load(planned) as project:
        plan = project.plan("p-01")
        stages.apply(project, plan)
        render = Planner(project.planning(inputs=Inputs.of(plan.header)), plan.id).render
        with project.open_target(offline=True) as target:
            endpoints = target.endpoints
        proof = prove_writes(plan, endpoints, project.idmap, seen, render)
        total = sum(plan.endpoint_counts().values())
        assert (proof.requests, proof.matched, proof.repeated, proof.unplanned, proof.unseen) == (
            total,
            total,
            0,
            0,
            [],
        )
        changed = SimpleNamespace(**{**vars(seen[-1]), "json": {"something": "else"}, "uploads": []})
        elsewhere = SimpleNamespace(**{**vars(seen[0]), "path": "/nowhere"})
        proof = prove_writes(plan, endpoints, project.idmap, [*seen[1:], seen[2], changed, elsewhere], render)
        assert (proof.repeated, proof.unplanned, len(proof.unseen)) == (1, 2, 1)
        put_off = SimpleNamespace(**{**vars(seen[0]), "status": 429})
        proof = prove_writes(plan, endpoints, project.idmap, [put_off, *seen], render)
        assert (proof.refused, proof.repeated, proof.unseen) == (1, 0, []), (
            "what was put off was not done twice"
        )
        proof = prove_writes(plan, endpoints, project.idmap, [put_off, *seen[1:]], render)
        assert (proof.refused, len(proof.unseen)) == (1, 1), "nor was it done once"


def test_an_answer_that_names_nothing_is_looked_up(planned, monkeypatch):
    first = []

    def write(desk, endpoint, batch):
        answers = list(WRITE(desk, endpoint, batch))
        if endpoint.name == "ticket.create" and not first:
            first.append(answers.pop().key)
            answers.append(WriteResult("of somebody else", "done", {"id": "1"}))
        return answers

    monkeypatch.setattr(NeutralTarget, "write", write)
    with Project.load(planned) as project:
        figures = stages.apply(project, project.plan("p-01"))
        assert (figures.adopted, figures.repeated, figures.failed) == (1, 0, 0)
        assert stages.verify(project).same


def test_a_run_in_which_more_is_refused_than_done_stops(planned, monkeypatch):
    from ticketferry.apply import send

    def write(desk, endpoint, batch):
        raise RejectedError("no right to write", where=endpoint.path, status=403)

    monkeypatch.setattr(NeutralTarget, "write", write)
    monkeypatch.setattr(send, "MOST_REFUSED", 1)
    with load(planned) as project:
        with pytest.raises(FatalError, match="writes were refused and 0 were done") as caught:
            stages.apply(project, project.plan("p-01"))
        assert "ticketferry errors p-01" in caught.value.remedy
        monkeypatch.setattr(NeutralTarget, "write", WRITE)
        assert stages.apply(project, project.plan("p-01")).failed == 0
        assert stages.verify(project).same
