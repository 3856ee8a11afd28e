"""Two small desks for the tests of faults: a plan that writes every kind of thing, and a target that can be put up anew at the same address."""

import os
import shutil
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from tests.flow.desks import free_port
from tests.flow.end_states import EndState, spread
from tests.flow.jsm_life import Life
from tests.flow.migrations import write_desk
from tests.flow.test_every_pair import SHOWN, intercom, jsm, zendesk
from tests.flow.test_intercom import STAND_IN, workspace_for

from ticketferry.mapping.shipped import shipped
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry_emulators.intercom import IntercomEmulator
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk

__all__ = ["PAIRS", "FaultPair"]

SOURCES = ("zendesk", "jsm", "intercom", "neutral")
TARGETS = ("jsm", "zendesk", "intercom")
PAIRS = tuple(f"{source} to {target}" for source in SOURCES for target in TARGETS)
MOST_OPERATIONS = 60


class FaultPair:
    """A source that stays as it is, the folder of a migration with a plan (`plan`), and `target`: a stand-in that `fresh` puts up anew."""

    def __init__(self, stack: ExitStack, base: Path, name: str) -> None:
        source, _, target = name.partition(" to ")
        self.name = name
        self._stack, self._base, self._kind = stack, base, target
        self._port, self._serving = free_port(), ExitStack()
        stack.callback(self._close)
        self.clock = ManualClock()
        self._people: Any = ZendeskEmulator(self.clock, tickets=1, plan=None)
        self._source: Any = None
        old = self._old_desk(source)
        self.target: Any = None
        self.began = 0.0
        self.fresh()
        root = base / "planned"
        root.mkdir()
        (root / "migration.yaml").write_text(
            f"version: 1\nsource: {{key: acme, {old}}}\ntarget: {{key: dest, {self._new_desk()}}}\nmapping: mapping.yaml\n"
        )
        (root / "mapping.yaml").write_bytes(shipped()[f"{source}_to_{target}"].read_bytes())
        self.visible = (source, target) in SHOWN
        with Project.load(root, clock=self.clock) as project:
            stages.extract(project)
            plan = stages.make_plan(project, Scope(only=_telling(stages.make_plan(project))))
            for state in stages.preflight(project, plan):
                if not state.proved and state.guard.proof == "person":
                    project.workspace.confirm(state.guard.code, "a tester")
            self.plan, self.endpoints = plan.id, plan.endpoint_counts()
        self.root = root
        self.began = self.clock.time()
        self._asked = len(self._source.ledger.writes()) if self._source is not None else 0

    def _close(self) -> None:
        self._serving.close()

    def _old_desk(self, source: str) -> str:
        if source == "neutral":
            write_desk(self._base / "desk", 4)
            return f"connector: neutral, folder: '{self._base / 'desk'}'"
        made: Any = {
            "zendesk": lambda: ZendeskEmulator(self.clock, tickets=10, plan=None),
            "jsm": lambda: JsmEmulator(clock=self.clock),
            "intercom": lambda: IntercomEmulator(self.clock, tickets=12),
        }[source]()
        self._stack.enter_context(made.serve())
        self._source = made
        # A name of the environment for each side: both may be of one product.
        names = {name: f"OLD_{name}" for name in made.credentials}
        self._stack.enter_context(
            mock.patch.dict(os.environ, {names[key]: text for key, text in made.credentials.items()})
        )
        if source == "jsm":
            life = Life(made).fill(6)
            self._stack.callback(life.close)
        line = {
            "zendesk": zendesk,
            "jsm": jsm,
            "intercom": lambda emulator: intercom(emulator, campaigns="true"),
        }
        return str(line[source](made)).replace("env:", "env:OLD_")

    def _new_desk(self) -> str:
        if self._kind == "zendesk":
            return f"{zendesk(self.target)}, bulk_users: true"
        if self._kind == "intercom":
            return intercom(self.target, stand_in=STAND_IN)
        return jsm(self.target)

    def fresh(self) -> Any:
        """Put an empty target up, at the time at which the plan was made."""
        if self.began:
            self.clock = ManualClock(self.began)
            if self._source is not None:
                self._source.clock = self.clock
        self._serving.close()
        self._serving = ExitStack()
        if self._kind == "zendesk":
            self.target = ZendeskEmulator(self.clock, plan=None, bulk_users=True, data=empty_desk())
        elif self._kind == "intercom":
            self.target = IntercomEmulator(self.clock, data=workspace_for(self._people), quiet=True)
        else:
            self.target = JsmEmulator(clock=self.clock)
        spread(self.target)
        self._serving.enter_context(self.target.serve(port=self._port))
        self._serving.enter_context(mock.patch.dict(os.environ, self.target.credentials))
        self._before = self.target.dump()
        return self.target

    def copy(self, name: str) -> Path:
        """A folder with the plan that nothing was done of yet."""
        return Path(shutil.copytree(self.root, self._base / name))

    def end_state(self) -> EndState:
        """What the target holds and was sent now."""
        return EndState(self.target, self._before, self.began or self.clock.time())

    def ailing(self) -> list[str]:
        """What must never be: an unknown request, a stand-in that stumbles, a clock that was held up, a source that was asked to write."""
        return [
            *(f"unserved: {entry.method} {entry.path}" for entry in self.target.unserved),
            *(f"crash: {crash}" for crash in self.target.crashes),
            *(["the clock was held up"] if self.clock.stalls else []),
            *(
                ["the source was written to"]
                if self._source is not None and len(self._source.ledger.writes()) > self._asked
                else []
            ),
        ]


def _telling(plan: PlanFile) -> tuple[str, ...]:
    """Few tickets that have together as many kinds of operations as the desk has."""
    kinds: dict[str, Counter[str]] = {}
    for row in plan.operations():
        kinds.setdefault(row.root, Counter())[row.endpoint] += 1
    tickets = {root: found for root, found in kinds.items() if ":ticket:" in root}
    seen: set[str] = set()
    chosen: list[str] = []
    room = MOST_OPERATIONS
    while left := {root: set(found) - seen for root, found in tickets.items() if found.total() <= room}:
        best = max(sorted(left), key=lambda root: (len(left[root]), -tickets[root].total()))
        if not left[best]:
            break
        chosen.append(best)
        seen |= left[best]
        room -= tickets.pop(best).total()
    return tuple(chosen)
