"""A plan applied while a fault strikes it, told to go on as a person would, and held against the unbroken run."""

import random
import shutil
import sqlite3
import traceback
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.flow.end_states import EndState
from tests.flow.fault_pairs import FaultPair
from tests.flow.fault_table import FAULTS, Line, RunFault
from tests.flow.promises import Killed

from ticketferry.errors import FerryError
from ticketferry.project import Project, stages

__all__ = ["FaultFigures", "Harness", "chosen"]

TURNS = 4
"""So often a person tells a run to go on."""


@dataclass
class FaultFigures:
    """`pairs`: runs; `idle`: the faults that did nothing; `outcomes` by fault: what stopped the run, before it was told to go on; `wrong`:
    how ends differ from the unbroken run's.
    """

    pairs: int = 0
    idle: Counter[str] = field(default_factory=Counter)
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


class Harness:
    """The unbroken run of a pair, and runs with faults beside it."""

    def __init__(self, pair: FaultPair) -> None:
        self.pair = pair
        self._stumbles: list[str] = []
        self._told = False
        self.unbroken = Line(pair)
        turns, self.expected, wrong = self._run(self.unbroken)
        assert (turns, wrong, self.expected.mails) == ([], [], 0)
        assert self.expected.records
        product = pair.name.rpartition(" ")[2]
        self.cases = [
            (fault, at)
            for fault in FAULTS
            if product in fault.targets
            for at in fault.boundaries(self.unbroken)
        ]

    def run(self, cases: list[tuple[RunFault, int]]) -> FaultFigures:
        """Run each case, and hold its end against the unbroken run's."""
        figures = FaultFigures()
        for fault, at in cases:
            line = Line(self.pair, fault, at)
            turns, state, wrong = self._run(line)
            figures.pairs += 1
            figures.idle[fault.name] += not line.struck
            figures.outcomes.setdefault(fault.name, Counter())[", ".join(turns) or "by itself"] += 1
            differs = state.differs(self.expected)
            if differs and fault.lies and self._told:
                turns, differs = [*turns, "named by verify"], []
            wrong += differs
            if turns and fault.alone:
                wrong.append(f"the run stopped: {turns}")
            if line.struck and fault.stops and not turns:
                wrong.append("the run did not stop")
            if wrong:
                reached: list[Any] = [*(line.points if fault.where == "point" else line.log)]
                where = reached[at] if at < len(reached) else "never reached"
                lines = "\n    ".join(wrong[:6])
                figures.wrong.append(f"{self.pair.name}, {fault.name}, {at} ({where}):\n    {lines}")
        return figures

    def _run(self, line: Line) -> tuple[list[str], EndState, list[str]]:
        pair = self.pair
        pair.fresh()
        root = pair.copy("run")
        turns: list[str] = []
        wrong: list[str] = []
        self._stumbles, self._told = [], False
        try:
            with line:
                failed = self._apply(root, line)
            while failed is not None and len(turns) < TURNS:
                turns.append(failed)
                if pair.target.notifications:
                    wrong.append(f"{pair.target.notifications} mails before the run stopped")
                if line.fault is not None:
                    line.fault.mend(pair)
                failed = self._apply(root, None)
            if failed is not None:
                wrong.append(f"does not end: {failed}")
            with closing(sqlite3.connect(root / "workspace.db")) as database:
                rows = database.execute("SELECT state, count(*) FROM op GROUP BY 1").fetchall()
            if [state for state, _ in rows] != ["done"]:
                wrong.append(f"the journal says {rows}")
            state = pair.end_state()
            if line.fault is not None and line.fault.lies and state.differs(self.expected):
                with Project.load(root, clock=pair.clock) as project:
                    self._told = not stages.verify(project).same
            return turns, state, [*wrong, *self._stumbles, *pair.ailing()]
        finally:
            shutil.rmtree(root)

    def _apply(self, root: Path, line: Line | None) -> str | None:
        pair = self.pair
        try:
            with Project.load(root, clock=pair.clock) as project:
                stages.apply(
                    project,
                    project.plan(pair.plan),
                    workers=1,
                    allow_visible=pair.visible,
                    on_point=line.point if line is not None else None,
                )
        except (FerryError, Killed) as error:
            return type(error).__name__
        except Exception as error:  # noqa: BLE001 -- every stumble is a result, told with all others
            self._stumbles.append("".join(traceback.format_exception(error)[-3:]))
            return type(error).__name__
        return None


def chosen(cases: list[tuple[RunFault, int]], most: int, seed: str) -> list[tuple[RunFault, int]]:
    """So many cases, the same for a seed: of each fault first as many as of every other, then of those that have more boundaries."""
    dice = random.Random(seed)
    heaps: dict[str, list[tuple[RunFault, int]]] = {fault.name: [] for fault, _ in cases}
    for case in dice.sample(cases, len(cases)):
        heaps[case[0].name].append(case)
    order = dice.sample(sorted(heaps), len(heaps))
    found: list[tuple[RunFault, int]] = []
    while len(found) < min(most, len(cases)):
        found += [heaps[name].pop() for name in order if heaps[name]]
    return found[:most]
