"""Old desks at work, what their people do between two runs, and a new desk: for the tests of what a delta costs and brings."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
from tests.flow.desks import confirm
from tests.flow.test_every_pair import intercom, jsm, zendesk

from ticketferry.mapping.shipped import shipped
from ticketferry.plan.file.reader import PlanFile
from ticketferry.project import Project, stages
from ticketferry_emulators.intercom import IntercomEmulator
from ticketferry_emulators.intercom.models import threads
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk

__all__ = ["WAYS", "DeltaWay"]

WAYS = {"zendesk": "jsm", "jsm": "zendesk", "intercom": "zendesk"}
Made = dict[str, str]


class DeltaWay:
    """A migration from an old desk with so many tickets. `spent` tells how many requests both desks were sent since it was asked last."""

    def __init__(self, stack: ExitStack, base: Path, source: str, tickets: int) -> None:
        self.clock = ManualClock()
        self.source, target = source, WAYS[source]
        self.old: Any = {
            "zendesk": lambda: ZendeskEmulator(self.clock, tickets=tickets, plan=None),
            "jsm": lambda: JsmEmulator(clock=self.clock, tickets=tickets),
            "intercom": lambda: IntercomEmulator(self.clock, tickets=tickets),
        }[source]()
        self.new: Any = (
            JsmEmulator(clock=self.clock)
            if target == "jsm"
            else ZendeskEmulator(self.clock, plan=None, bulk_users=True, data=empty_desk())
        )
        for triggers in [self.new.state.lists["triggers"]] if target == "zendesk" else []:
            for trigger in triggers.values():
                trigger["active"] = False
        for desk in (self.old, self.new):
            stack.enter_context(desk.serve())
            stack.enter_context(mock.patch.dict(os.environ, desk.credentials))
        lines: dict[str, Callable[[Any], str]] = {
            "zendesk": zendesk,
            "jsm": jsm,
            "intercom": lambda desk: intercom(desk, campaigns="true"),
        }
        new = jsm(self.new) if target == "jsm" else f"{zendesk(self.new)}, bulk_users: true"
        self.root = base
        base.mkdir()
        (base / "migration.yaml").write_text(
            f"version: 1\nsource: {{key: acme, {lines[source](self.old)}}}\ntarget: {{key: dest, {new}}}\nmapping: mapping.yaml\nworkers: 2\n"
        )
        (base / "mapping.yaml").write_bytes(shipped()[f"{source}_to_{target}"].read_bytes())
        self._counted = 0
        self.clock.advance(600)

    def spent(self) -> int:
        before, self._counted = self._counted, len(self.old.ledger) + len(self.new.ledger)
        return self._counted - before

    def read(self) -> None:
        with Project.load(self.root, clock=self.clock) as project:
            stages.extract(project, ("source",))

    def plan(self) -> str:
        self.clock.advance(400)
        with Project.load(self.root, clock=self.clock) as project:
            stages.extract(project)
            return stages.make_plan(project).id

    def look(self, plan: str) -> dict[str, str]:
        """What becomes of each ticket and person of a plan."""
        with Project.load(self.root, clock=self.clock) as project:
            return {change.root: change.outcome.value for change in project.plan(plan).changes()}

    def write(self, plan: str) -> None:
        with Project.load(self.root, clock=self.clock) as project:
            opened: PlanFile = project.plan(plan)
            confirm(project, opened)
            assert stages.apply(project, opened, allow_visible=True).failed == 0
            found = stages.verify(project, [plan])
            # Zendesk closes by itself what was solved long ago.
            wrong = [line for line in found.lines if [value.now for value in line.values] != ["closed"]]
            assert not wrong, wrong

    def target_id(self, ref: str) -> str:
        with Project.load(self.root, clock=self.clock) as project:
            return str(project.idmap.get(ref))

    # ---- what the people of the old desk do

    def answer(self, count: int) -> None:
        """Customers write on so many tickets that are open."""
        if self.source == "zendesk":
            open_ = [
                number
                for number, head in sorted(self.old.state.heads.items())
                if head.status not in ("closed", "deleted", "solved")
            ]
            for number in open_[:count]:
                self.old.state.add_comment(number, "<p>It broke again.</p>", public=True)
        elif self.source == "jsm":
            for issue in [one for one in self.old.state.issues.values() if one.resolved is None][:count]:
                path = f"/rest/servicedeskapi/request/{issue.key}/comment"
                self.ask("POST", path, {"body": "It broke again.", "public": True})
        else:
            state = self.old.state
            for talk in list(state.conversations.values())[:count]:
                contact = state.contacts[talk.contacts[0]]
                threads.contact_speaks(state, talk, contact, "<p>It broke again.</p>", [], state.now())

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Ask the old desk as its administrator."""
        who = self.old.credentials
        names = (
            ("ZENDESK_EMAIL", "ZENDESK_TOKEN") if self.source == "zendesk" else ("JIRA_EMAIL", "JIRA_TOKEN")
        )
        email = f"{who[names[0]]}/token" if self.source == "zendesk" else who[names[0]]
        content = {} if body is None else {"json": body}
        with httpx.Client(base_url=self.old.base_url, auth=(email, who[names[1]])) as client:
            answer = client.request(method, path, **content, **more)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None
