"""Where a migration stands, as one object: desks, phases, plans, what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ticketferry.extract.completeness import Completeness
from ticketferry.project.census import Census
from ticketferry.project.desk_drift import DeskDrift
from ticketferry.project.importing import AWAITING
from ticketferry.project.phase_states import PhaseState

__all__ = [
    "DeskStatus",
    "MigrationStatus",
    "NextStep",
    "RehearsalMark",
    "Running",
]


@dataclass(frozen=True, slots=True)
class DeskStatus:
    """One desk: its newest finished snapshot, and whether an extract was interrupted."""

    role: str
    title: str
    key: str
    where: str
    snapshot: int | None
    taken: str
    records: Mapping[str, int]
    unfinished: bool


@dataclass(frozen=True, slots=True)
class Running:
    """The command that writes to the workspace just now."""

    command: str
    process: int
    host: str
    seconds: float


@dataclass(frozen=True, slots=True)
class NextStep:
    """A command to run next, and why."""

    command: str
    why: str


@dataclass(frozen=True, slots=True)
class RehearsalMark:
    """A rehearsal in short. `current`: of the mapping and the source's snapshot that there are now."""

    id: str
    ended: str
    tickets: int
    hours: float
    failures: int
    mails: int
    newly_visible: int
    good: bool
    current: bool


@dataclass(slots=True)
class MigrationStatus:
    """All of it. `tickets` = the sum of `phases`, `left_out`, `unphased` and `unplanned`."""

    root: Path
    desks: tuple[DeskStatus, DeskStatus]
    mapping: str
    mapping_digest: str
    mapping_error: str
    phases: list[PhaseState]
    tickets: int
    left_out: int
    unphased: int
    unplanned: int
    plans: list[dict[str, Any]]
    problems: int
    waiting: int
    """References to tickets that are not in the new desk yet."""
    verified: str
    """When the newest complete verify ended; empty: never."""
    running: Running | None
    used: int
    free: int
    completeness: Completeness | None = None
    """What the old desk told about itself when it was last asked."""
    quarantined: int = 0
    """Records in quarantine that nobody waived."""
    waived: int = 0
    copies: Mapping[str, int] = field(default_factory=dict)
    """Plan -> how many of its tickets stand in the new desk once more."""
    not_moved: int = 0
    """Things of the old desk that somebody rebuilds."""
    census: Census = field(default_factory=Census)
    """The state of every ticket of the source."""
    drift: DeskDrift = field(default_factory=DeskDrift)
    """What both desks define otherwise than in the plan that was agreed on last."""
    rehearsed: "RehearsalMark | None" = None
    """The last rehearsal in short."""
    skipped: int = 0
    """Records that a person gave up after they had failed."""
    window: str = ""
    """Whether writes may happen now, and until or from when; empty where they may at any time."""
    name: str = ""
    """What the migration's folder is called."""
    environment: str = ""
    """The environment, in capitals where it is production; empty where the migration has none."""
    steps: list[NextStep] = field(default_factory=list)

    @property
    def settled(self) -> bool:
        """Tell whether nothing is left to do, and the last verify said that all is as it should be."""
        return not self.steps and self.census.settled and not self.needs_somebody

    @property
    def unexplained(self) -> int:
        """Count the ticket numbers of the old desk that nobody can explain."""
        return self.completeness.numbers.unknown if self.completeness is not None else 0

    @property
    def needs_somebody(self) -> bool:
        """Tell whether something failed or stopped half-way and nobody is at it."""
        if self.running is not None:
            return False
        begun = any(plan["state"] in ("applying", AWAITING) for plan in self.plans)
        return bool(
            self.problems
            or self.unexplained
            or self.quarantined
            or self.copies
            or self.census["conflict"]
            or any(phase.state == "degraded" for phase in self.phases)
            or (self.census["differs"] and not any(phase.cut_over for phase in self.phases))
            or begun
            or self.mapping_error
            or any(desk.unfinished for desk in self.desks)
        )
