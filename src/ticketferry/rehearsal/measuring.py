"""What a step of a rehearsal cost: simulated time, and requests by desk and group of endpoints, as the stand-ins counted them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from ticketferry.project.rehearsal import RehearsedStep
from ticketferry_emulators.kit.app import Emulator
from ticketferry_emulators.kit.clock import EmulatorClock

__all__ = ["Measuring"]


@dataclass
class Measuring:
    """Measures steps on the simulated clock. `stand_ins`: role -> stand-in."""

    clock: EmulatorClock
    stand_ins: Mapping[str, Emulator]

    @contextmanager
    def step(
        self, name: str, into: list[RehearsedStep], estimated: float | None = None
    ) -> Iterator[RehearsedStep]:
        """Measure what goes on meanwhile, and add it to `into`; also where it ends in an error."""
        step = RehearsedStep(name, 0.0, estimated=estimated)
        began = self.clock.time()
        before = {role: len(stand_in.ledger) for role, stand_in in self.stand_ins.items()}
        into.append(step)
        try:
            yield step
        finally:
            step.seconds = round(self.clock.time() - began, 3)
            counts: Counter[str] = Counter()
            for role, stand_in in self.stand_ins.items():
                counts.update(
                    f"{role}/{entry.group or 'other'}" for entry in stand_in.ledger.entries()[before[role] :]
                )
            step.requests = dict(sorted(counts.items()))
