"""What carries our mark is never made again: a folder that was copied, lost its workspace.db, or was put back from a backup."""

import shutil

import pytest
from tests.flow.desks import Desks, confirm, site_of
from tests.flow.desks import desks as service_desks
from tests.flow.zendesk_pair import Pair, account_of
from tests.flow.zendesk_pair import pair as zendesk_pair

from ticketferry.errors import ConfigError, FerryError, StalePlanError, WorkspaceError
from ticketferry.plan.inputs import EVERYTHING, Scope
from ticketferry.project import Project, made_elsewhere, stages
from ticketferry.project.adopt import adopt
from ticketferry.sdk.contract import Page
from ticketferry.store.workspace import backups
from ticketferry_jsm.target import JsmTarget
from ticketferry_zendesk.target import ZendeskTarget


class Way:
    """One pair of desks, and what its target holds by source ref; asserts by itself that no ticket is there twice."""

    def __init__(self, pair: Desks | Pair) -> None:
        self.pair = pair
        self.clock = pair.clock

    def folder(self, root):
        root = self.pair.project(root)
        with self.open(root) as project:
            stages.extract(project)
            stages.make_plan(project)
        return root

    def fresh(self):
        return self.pair.new_jira() if isinstance(self.pair, Desks) else self.pair.new_target()

    def open(self, root):
        return Project.load(root, clock=self.clock)

    def apply(self, root, plan="p-01"):
        with self.open(root) as project:
            opened = project.plan(plan)
            if isinstance(self.pair, Desks):
                confirm(project, opened)
            return stages.apply(project, opened)

    def plan(self, root, scope=EVERYTHING):
        self.clock.advance(120)  # lists of both vendors lag behind
        with self.open(root) as project:
            plan = stages.make_plan(project, scope)
            # People without a mark are matched by their addresses and put on the desk, which is no second account.
            made = plan.one(
                "SELECT count(*) FROM operation AS o JOIN change AS c ON c.root = o.root WHERE c.outcome <> 'match'"
            )
            return plan.id, made, {item.code for item in plan.blockers()}

    def state(self):
        if isinstance(self.pair, Desks):
            return site_of(self.pair.jira)
        return account_of(self.pair.target)

    def writes(self):
        target = self.pair.jira if isinstance(self.pair, Desks) else self.pair.target
        return [entry for entry in target.ledger.writes() if "/oauth/" not in entry.path]


@pytest.fixture(scope="module", params=["zendesk to jsm", "zendesk to zendesk"])
def way(request):
    opened = service_desks(12) if request.param == "zendesk to jsm" else zendesk_pair(12)
    with opened as pair:
        yield Way(pair)


@pytest.fixture(scope="module")
def planned(way, tmp_path_factory):
    return way.folder(tmp_path_factory.mktemp("planned") / "mig")


@pytest.fixture
def folder(way, planned, tmp_path):
    way.fresh()
    return shutil.copytree(planned, tmp_path / "one")


def test_a_copied_folder_that_is_applied_twice_makes_nothing_twice(way, folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "two")
    assert way.apply(folder).failed == 0
    state, count = way.state(), len(way.writes())
    with pytest.raises(StalePlanError, match="carry our mark"):
        way.apply(copy)
    plan, _, blockers = way.plan(copy)
    assert "TF-MARK-LATER" in blockers
    with pytest.raises(ConfigError, match="TF-MARK-LATER") as caught:
        way.apply(copy, plan)
    assert "ticketferry adopt --by NAME" in caught.value.remedy
    assert len(way.writes()) == count
    assert way.state() == state
    with way.open(copy) as project:
        assert adopt(project, "Ann").adopted >= 12
    assert way.plan(copy)[1:] == (0, set())
    assert way.state() == state


def test_marks_that_stand_behind_pages_of_other_people_s_tickets_are_seen(way, folder, tmp_path, monkeypatch):
    """A busy desk: what changed since the snapshot begins with pages on which nothing is ours. No sample helps here."""
    copy = shutil.copytree(folder, tmp_path / "two")
    assert way.apply(folder).failed == 0
    way.clock.advance(120)
    monkeypatch.setattr(made_elsewhere, "_looked_up", lambda *_: [])
    kind = JsmTarget if isinstance(way.pair, Desks) else ZendeskTarget
    read = kind.read

    def busy(desk, stream, cursor):
        if stream == "tickets":
            yield Page((), cursor or "", last=False)
        yield from read(desk, stream, cursor)

    monkeypatch.setattr(kind, "read", busy)
    count = len(way.writes())
    with pytest.raises(StalePlanError, match="carry our mark"):
        way.apply(copy)
    assert len(way.writes()) == count


def test_a_copy_that_goes_on_after_the_other_one_makes_nothing_twice(way, folder, tmp_path):
    """Both know a part of the work; the rest was written by one of them."""
    with way.open(folder) as project:
        first = stages.make_plan(project, Scope(limit=3)).id
    way.apply(folder, first)
    copy = shutil.copytree(folder, tmp_path / "two")
    rest, *_ = way.plan(folder)
    way.apply(folder, rest)
    state, count = way.state(), len(way.writes())
    plan, writes, blockers = way.plan(copy)
    assert writes
    assert blockers == {"TF-MARK-LATER"}
    with pytest.raises(FerryError):
        way.apply(copy, plan)
    assert (way.state(), len(way.writes())) == (state, count)


def test_a_lost_workspace_stops_with_what_to_do(way, folder):
    assert way.apply(folder).failed == 0
    state, count = way.state(), len(way.writes())
    for path in folder.glob("workspace.db*"):
        path.unlink()
    with pytest.raises(WorkspaceError, match=r"workspace\.db is lost") as caught:
        way.plan(folder)
    assert "cp backups/workspace-" in caught.value.remedy
    with way.open(folder) as project, pytest.raises(WorkspaceError):
        stages.verify(project)
    # Somebody begins anew all the same.
    shutil.rmtree(folder / "plans")
    plan, _, blockers = way.plan(folder)
    assert blockers & {"JSM-MARK-OTHER", "ZD-MARK-OTHER"}
    with pytest.raises(ConfigError, match="was made by another workspace"):
        way.apply(folder, plan)
    assert (way.state(), len(way.writes())) == (state, count)


def test_a_workspace_that_is_lost_for_good_is_taken_over_by_its_id(way, folder):
    assert way.apply(folder).failed == 0
    with way.open(folder) as project:
        lost = project.workspace.id
    state = way.state()
    for path in folder.glob("workspace.db*"):
        path.unlink()
    shutil.rmtree(folder / "plans")
    with way.open(folder) as project:
        assert adopt(project, "Ann", lost).adopted >= 12
        assert project.workspace.id == lost
    plan, _, blockers = way.plan(folder)
    assert not blockers
    way.apply(folder, plan)
    assert set(way.state()["tickets"]) == set(state["tickets"])


def test_the_copy_that_was_made_before_an_apply_takes_its_work_over(way, folder):
    assert way.apply(folder).failed == 0
    state, count = way.state(), len(way.writes())
    kept = backups(folder)
    assert len(kept) == 1
    for path in folder.glob("workspace.db*"):
        path.unlink()
    shutil.copy(kept[-1], folder / "workspace.db")
    with pytest.raises(StalePlanError, match="carry our mark"):
        way.apply(folder)
    plan, *found = way.plan(folder)
    assert found == [0, set()]
    assert (way.state(), len(way.writes())) == (state, count)
    assert way.apply(folder, plan).failed == 0
    assert way.state() == state
    with way.open(folder) as project:
        lines = []
        verified = stages.verify(project, every_line=lines.append)
        assert not any(verified.counts[sign] for sign in "+-*!"), [
            line for line in lines if line.sign != "="
        ][:5]


def test_an_older_backup_stops_at_what_came_later(way, folder):
    with way.open(folder) as project:
        first = stages.make_plan(project, Scope(limit=3)).id
    way.apply(folder, first)
    rest, *_ = way.plan(folder)
    way.apply(folder, rest)
    state, count = way.state(), len(way.writes())
    oldest = backups(folder)[0]
    for path in folder.glob("workspace.db*"):
        path.unlink()
    shutil.copy(oldest, folder / "workspace.db")
    plan, writes, blockers = way.plan(folder)
    assert writes
    assert blockers == {"TF-MARK-LATER"}, (
        "what the first plan made is taken over, what came later is not ours to know"
    )
    with pytest.raises(FerryError):
        way.apply(folder, plan)
    assert (way.state(), len(way.writes())) == (state, count)


def test_a_rolled_back_ticket_is_made_again_without_a_word(way, folder):
    """What we took away ourselves is no mark of anybody."""
    assert way.apply(folder).failed == 0
    with way.open(folder) as project:
        undo = stages.plan_rollback(project, "p-01").id
    way.apply(folder, undo)
    plan, writes, blockers = way.plan(folder)
    assert writes
    assert not blockers
    assert way.apply(folder, plan).failed == 0
    assert way.plan(folder)[1:] == (0, set())
