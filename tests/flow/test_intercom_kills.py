"""Zendesk to Intercom on bad days: killed at any point, answers lost at any write, searches that lag, a workspace that behaves the other way."""

import os
from contextlib import ExitStack, contextmanager
from unittest import mock

import pytest
from tests.flow.desks import confirm, free_port
from tests.flow.promises import apply_through_faults, check_kills
from tests.flow.test_intercom import STAND_IN, intercom, project_at, served, workspace_for
from tests.rounds import drawn

from ticketferry.errors import FatalError
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry_emulators.intercom import IntercomEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.kit.faults import Fault
from ticketferry_emulators.zendesk import ZendeskEmulator

SCOPE = Scope(limit=5)
KILL_PARTS = 2


class Pair:
    """An account and the workspace that it moves to, on one clock; the workspace can be made anew at the same address."""

    def __init__(self, stack):
        self.clock = ManualClock()
        self.source = ZendeskEmulator(self.clock, tickets=20, plan=None)
        stack.enter_context(served(self.source))
        self._port, self._serving = free_port(), ExitStack()
        stack.callback(self.close)
        self.target = None
        self.fresh()
        stack.enter_context(mock.patch.dict(os.environ, self.target.credentials))

    def close(self):
        self._serving.close()

    def fresh(self):
        self._serving.close()
        self._serving = ExitStack()
        self.target = IntercomEmulator(self.clock, data=workspace_for(self.source), quiet=True)
        self._serving.enter_context(self.target.serve(port=self._port))
        return self.target

    def healthy(self):
        assert self.clock.stalls == 0
        assert not [f"{entry.method} {entry.path}" for entry in self.target.unserved]
        assert not self.target.crashes, self.target.crashes
        assert not self.target.notifications, self.target.state.mails

    def project(self, root):
        """A project whose plan p-01 is made and confirmed."""
        account = (
            f"connector: zendesk, base_url: '{self.source.base_url}', email: {self.source.credentials['ZENDESK_EMAIL']}, "
            "token: env:ZENDESK_TOKEN"
        )
        project_at(root, account, intercom(self.target, stand_in=STAND_IN), "zendesk_to_intercom")
        project = Project.load(root, clock=self.clock)
        stages.extract(project)
        confirm(project, stages.make_plan(project, SCOPE))
        return project

    def seen(self):
        """What the workspace holds, by our marks and keys, without ids and the time of what is always of now."""
        state = self.target.state
        with state.lock:
            people = {row.id: row.external_id or row.email for row in state.contacts.values()}
            talks = {}
            for row in state.conversations.values():
                mark = row.custom_attributes.get("ticketferry_origin")
                assert mark not in talks, f"{mark} is there twice"
                talks[mark] = (
                    row.created_at, row.title, row.state, row.priority, row.admin, row.team, row.source.body, row.custom_attributes,
                    [people.get(one) for one in row.contacts], sorted(state.tags[each.tag].name for each in row.tags),
                    [_words(part) for part in row.parts if part.part_type in ("comment", "note")],
                    # to assign again, when the answer was lost, changes nothing and shows as a part all the same
                    {part.part_type for part in row.parts} & {"close", "assignment", "snoozed"},
                )  # fmt: skip
            companies = sorted((row.company_id, row.name) for row in state.companies.values())
            return talks, sorted(filter(None, people.values())), companies


def _words(part):
    """A message; our own note at the end names ids and the folder, and is of now."""
    files = [(file.name, file.size) for file in part.files]
    if '{"ticketferry":1' in part.body.replace("&quot;", '"'):
        return (part.part_type, part.author.name, "ours", files)
    return (part.part_type, part.author.name, part.created_at, part.body, files)


@pytest.fixture(scope="module")
def pair():
    with ExitStack() as stack:
        yield Pair(stack)


@contextmanager
def going(pair, root):
    pair.fresh()
    with pair.project(root) as project:
        yield project


@pytest.mark.slow
@pytest.mark.long(part=1)
@pytest.mark.parametrize("part", range(KILL_PARTS))
def test_a_run_killed_at_any_point_ends_as_an_unbroken_one(pair, tmp_path, part):
    pair.fresh()
    pair.project(tmp_path / "base").close()
    check_kills(
        tmp_path, pair, pair.fresh, pair.seen,
        lambda count: drawn(range(part, count, KILL_PARTS), 6, "kills from Zendesk to Intercom"),
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.long(part=1)
@pytest.mark.parametrize("turn", range(4))
def test_lost_answers_of_every_kind_leave_the_same_workspace(pair, tmp_path, turn):
    """Each write in turn is lost before or after it was done, while searches lag for minutes."""
    with going(pair, tmp_path / "whole") as project:
        stages.apply(project, project.plan("p-01"))
    expected = pair.seen()
    with going(pair, tmp_path / "mig") as project:
        pair.target.state.unsettled.search_lag = 240.0
        for nth in range(2, 60, 3):
            kind = ("drop_after", "drop_before", "status_after", "status_before")[(nth + turn) % 4]
            pair.target.faults.add(Fault(kind, nth=nth, writes_only=True))
        assert apply_through_faults(project, project.plan("p-01")) > 0
        assert stages.verify(project).same
        assert stages.make_plan(project, SCOPE).endpoint_counts() == {}
    talks, *others = pair.seen()
    assert talks.keys() == expected[0].keys()
    for mark, talk in talks.items():
        assert talk == expected[0][mark], mark
    assert others == list(expected[1:])
    pair.healthy()


OTHER_WAYS = {
    "oversized_pages": "refused", "early_dates": "clamped", "teammates_named": "teammates", "company_found_as": "record",
    "archived_contacts_listed": True, "parts_by_date": True, "attributes_make_parts": False, "attributes_touch": False,
    "conversation_attributes_listed": True, "admin_reply_reopens": False, "search_lag": 600.0, "contact_search_lag": 900.0,
}  # fmt: skip
"""Each is the other way than the stand-in's own: what no document settles."""


def test_a_workspace_that_behaves_the_other_way_is_filled_alike_and_emptied(pair, tmp_path):
    with going(pair, tmp_path / "whole") as project:
        stages.apply(project, project.plan("p-01"))
    expected = pair.seen()
    pair.fresh()
    for name, value in OTHER_WAYS.items():
        assert getattr(pair.target.state.unsettled, name) != value
        setattr(pair.target.state.unsettled, name, value)
    before = pair.target.dump()
    with pair.project(tmp_path / "mig") as project:
        plan = project.plan("p-01")
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same
        assert stages.make_plan(project, SCOPE).endpoint_counts() == {}
        talks, *others = pair.seen()
        assert talks.keys() == expected[0].keys()
        for mark, talk in talks.items():
            assert talk == expected[0][mark], mark
        assert others == list(expected[1:])
        stages.apply(project, stages.plan_rollback(project, plan.id))
    after = pair.target.dump()
    for section in before.keys() - {*pair.target.residue_sections, "tags"}:
        assert after[section] == before[section], section
    pair.healthy()


def test_what_a_workspace_says_by_itself_stops_the_run_and_is_named_and_kept(pair, tmp_path):
    """A person said that nothing runs by itself, and was wrong: verify names each word of a bot, and a rollback takes none away."""
    with going(pair, tmp_path / "mig") as project:
        pair.target.state.automation.welcome_workflow = True
        plan = project.plan("p-01")
        with pytest.raises(FatalError, match="a bot answered"):
            stages.apply(project, plan)
        pair.target.state.automation.welcome_workflow = False
        pair.clock.sleep(180)
        assert stages.apply(project, plan).failed == 0
        talks = list(pair.target.state.conversations.values())
        spoken = {talk.id: {part.id for part in talk.parts if part.author.type == "bot"} for talk in talks}
        answered = {id_: parts for id_, parts in spoken.items() if parts}
        assert answered
        seen = {line.target: line for line in stages.verify(project).lines}
        assert {id_ for id_, line in seen.items() if line.sign == "*"} == answered.keys()
        for id_, parts in answered.items():
            assert {field.rpartition(":")[2].rstrip("]") for field in seen[id_].fields} == parts
        stages.apply(project, stages.plan_rollback(project, plan.id))
        assert pair.target.state.conversations.keys() == answered.keys()
    pair.healthy()
