"""What a runbook is made of: facts of one migration – desks, phases, plans, hours, switches, languages – and the page's own parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

__all__ = ["PhaseFacts", "RunbookFacts", "RunbookPart", "RunbookStep", "SwitchFacts"]


@dataclass(frozen=True, slots=True)
class PhaseFacts:
    """A phase on its weekend. `tickets` None: no plan was made yet. `seconds`: of its apply, by the estimate of its plan; None: not known;
    `import_files`: files that a person gives to the vendor's importer; `open`: tickets somebody works on; `rehearsed`: seconds that a
    rehearsal took for the same; `open_causes`: what the plan still says against it; `window`: how it fits into the windows, in words, empty where
    there are none; `applied`: its plans that stand in the new desk, the newest first.
    """

    name: str
    day: date
    where: str
    tickets: int | None = None
    open: int = 0
    plan: str = ""
    state: str = ""
    operations: int = 0
    requests: int = 0
    seconds: float | None = None
    held_by: str = ""
    import_files: int = 0
    approved_by: str = ""
    newly_visible: int = 0
    open_causes: tuple[str, ...] = ()
    rehearsed: float | None = None
    window: str = ""
    applied: tuple[str, ...] = ()

    @property
    def plans(self) -> tuple[str, ...]:
        """Return the plans that a command is about which is for the whole phase, the newest first: those applied, else the one to apply."""
        return self.applied or (self.plan or f"PLAN-OF-{self.name.upper()}",)

    @property
    def undo(self) -> str:
        """Return the commands that take back what was written of it, the newest plan first."""
        return ", then ".join(f"ticketferry rollback {plan} --apply" for plan in self.plans)


@dataclass(frozen=True, slots=True)
class SwitchFacts:
    """Something that keeps the new desk silent. `reads`: the API shows it; `holds`: what is known of it now, in words."""

    code: str
    title: str
    reads: bool
    remedy: str
    holds: str


@dataclass(slots=True)
class RunbookFacts:
    """All of it. `took`: command -> seconds that its last run took here; `languages`: locale of customers -> how many; `channels`: how tickets
    came in -> how many; `stays`: what no rollback takes away -> how many; `criteria`: of acceptance.yaml; `switching`: the phase with
    which the channels are switched; `people`: role -> name, as given; `lag`: what the old desk leaves out because it is too new;
    `environment`: the one that every command of the page names, "" where the migration has none.
    """

    title: str
    source: str
    target: str
    source_where: str
    target_where: str
    made: datetime
    source_read: str
    mapping: str
    digest: str
    phases: Sequence[PhaseFacts]
    switches: Sequence[SwitchFacts]
    switching: str
    tickets: int = 0
    unphased: int = 0
    lag: str = ""
    took: Mapping[str, float] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)
    addresses: Sequence[str] = ()
    not_moved: Mapping[str, int] = field(default_factory=dict)
    stays: Mapping[str, int] = field(default_factory=dict)
    criteria: Sequence[tuple[str, str]] = ()
    golden: Sequence[str] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    approval: bool = False
    rehearsed: str = ""
    preflight: Sequence[tuple[str, str, str]] = ()
    start: str = "18:00"
    commands: frozenset[str] = frozenset()
    environment: str = ""

    def fallback(self, phase: str) -> str:
        """Return the command that falls back with a phase; a dash where this version has none."""
        return f"ticketferry fallback {phase}" if "fallback" in self.commands else "–"

    def phase(self, name: str) -> PhaseFacts | None:
        """Return a phase by its name."""
        return next((phase for phase in self.phases if phase.name == name), None)


@dataclass(frozen=True, slots=True)
class RunbookStep:
    """One step. `at`: day and time as shown; `who`: a role; `gate`: what somebody signs for, empty where nobody does; `back`: the way back."""

    at: str
    who: str
    what: str
    command: str = ""
    expect: str = ""
    gate: str = ""
    back: str = ""


@dataclass(frozen=True, slots=True)
class RunbookPart:
    """Steps that belong together. `lead`: what they are for, with the figures."""

    id: str
    title: str
    lead: str
    steps: Sequence[RunbookStep]
