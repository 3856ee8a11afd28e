"""What a desk gives for a time only (an upload's token) is made anew before it is used too late, and only if nobody can see it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.flow.migrations import DESK, by_origin, write_desk, write_project

from ticketferry.apply.resolve_symbols import EXPIRY_SECONDS
from ticketferry.errors import RunFailed
from ticketferry.project import Project, stages
from ticketferry.sdk.contract import Repeat
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_neutral.endpoints import ENDPOINTS
from ticketferry_neutral.target import NeutralTarget

WRITE = NeutralTarget.write
LIFE = EXPIRY_SECONDS + 60


class Killed(BaseException):
    pass


class Uploads:
    """A desk whose files are given for `LIFE` seconds; a later upload of one gives the same again. What shows a file comes too late."""

    def __init__(self, monkeypatch, clock, repeat=Repeat.FREE) -> None:
        self.given, self.times, self.clock = {}, [], clock
        endpoints = tuple(
            replace(item, repeat=repeat) if item.name == "attachment.add" else item for item in ENDPOINTS
        )
        monkeypatch.setattr(NeutralTarget, "endpoints", property(lambda _: endpoints))

        def write(desk, endpoint, batch):
            return self.write(desk, endpoint, batch)

        monkeypatch.setattr(NeutralTarget, "write", write)

    def write(self, desk, endpoint, batch):
        if endpoint.name != "attachment.add":
            return WRITE(desk, endpoint, batch)
        found = []
        for operation in batch:
            first = operation.key not in self.given
            if first:
                [self.given[operation.key]] = WRITE(desk, endpoint, [operation])
            self.times.append(operation.key)
            until = datetime.fromtimestamp(self.clock.time(), UTC) + timedelta(seconds=LIFE)
            found.append(replace(self.given[operation.key], expires=until))
            if first:
                self.clock.sleep(LIFE)
        return found


@pytest.fixture
def root(tmp_path):
    desk = write_desk(tmp_path / "src", 2)
    for ticket in (1, 2):
        html = f'<p>see <img data-ref="{DESK}:attachment:{ticket}0" alt="a"></p>'
        desk.comment(900 + ticket, ticket, html)
    return write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")


def planned(project):
    stages.extract(project)
    plan = stages.make_plan(project)
    return plan, sum(plan.endpoint_counts().values())


def test_what_has_expired_is_given_anew_and_counted_as_repeated(root, monkeypatch, tmp_path):
    clock = ManualClock()
    desk = Uploads(monkeypatch, clock)
    with Project.load(root, clock=clock) as project:
        plan, total = planned(project)
        figures = stages.apply(project, plan)
        assert (figures.performed, figures.failed, figures.left) == (total, 0, 0)
        assert figures.repeated == len(desk.times) - len(desk.given) == 2
        assert {key for key in desk.times if desk.times.count(key) == 2} == {
            f"{DESK}:attachment:10/create",
            f"{DESK}:attachment:20/create",
        }
        assert stages.verify(project).same
    by_origin(tmp_path / "target")


def test_what_cannot_be_given_anew_unseen_stops_its_record_and_says_so(root, monkeypatch):
    clock = ManualClock()
    desk = Uploads(monkeypatch, clock, repeat=Repeat.SAFE)
    with Project.load(root, clock=clock) as project:
        plan, _ = planned(project)
        with pytest.raises(RunFailed):
            stages.apply(project, plan)
        assert len(desk.times) == len(desk.given)
        messages = [row[0] for row in project.workspace.database.rows("SELECT message FROM problem")]
        assert any("has expired" in message and f"{DESK}:attachment:10" in message for message in messages)


@pytest.mark.parametrize("nth", range(4))
@pytest.mark.parametrize("where", ["after intent", "before send", "after send", "before result"])
def test_a_run_that_dies_while_it_gives_anew_goes_on(root, monkeypatch, tmp_path, where, nth):
    clock = ManualClock()
    desk = Uploads(monkeypatch, clock)
    points = []

    def die(point) -> None:
        if len(desk.given) > nth and point == where:
            points.append(point)
            raise Killed

    with Project.load(root, clock=clock) as project:
        plan, total = planned(project)
        with pytest.raises(Killed):
            stages.apply(project, plan, on_point=die)
    with Project.load(root, clock=clock) as project:
        figures = stages.apply(project, project.plan(plan.id))
        assert (figures.failed, figures.left) == (0, 0)
        assert figures.performed + figures.already == total
        assert stages.verify(project).same
    by_origin(tmp_path / "target")
