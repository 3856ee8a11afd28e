"""The steps of a cut-over in their order, and what each wants: read by us, or confirmed by a person by name."""

from dataclasses import dataclass

from ticketferry.project.cut_over import CutOver, CutOverStep
from ticketferry.project.folder import MigrationFolder
from ticketferry.sdk.features import Guard

__all__ = [
    "BASELINE", "CHANNELS", "CRITERIA", "DELTAS", "FREEZE", "GO", "MAIL_IN", "MAIL_OUT", "VERIFY", "WITNESS", "CutOverWaits", "StepToDo",
    "steps_of", "switches_of",
]  # fmt: skip

FREEZE, DELTAS, VERIFY, WITNESS, CRITERIA, BASELINE = (
    "freeze", "deltas", "verify", "witness", "criteria", "baseline",
)  # fmt: skip
CHANNELS, MAIL_IN, MAIL_OUT, GO = "channels", "mail-in", "mail-out", "go"


@dataclass(frozen=True, slots=True)
class StepToDo:
    """A step, and what became of it. `by_person`: somebody confirms it by name; `may_skip`: somebody may leave it out, by name and reason."""

    name: str
    title: str
    by_person: bool
    may_skip: bool
    done: CutOverStep | None
    guard: Guard | None = None


@dataclass(frozen=True, slots=True)
class CutOverWaits:
    """Why a cut-over stands still. `asks`: it waits for a person at a gate, nothing failed; `command`: what comes next;
    `otherwise`: when another one does, and which.
    """

    step: str
    reason: str
    command: str
    asks: bool = False
    details: tuple[str, ...] = ()
    otherwise: tuple[str, str] | None = None


def switches_of(folder: MigrationFolder) -> list[Guard]:
    """Return what was switched off to keep the new desk silent, in the order in which it is switched on again: the last one first."""
    return [guard for guard in reversed(folder.config.target.connector.guards) if guard.switch]


def steps_of(folder: MigrationFolder, cut_over: CutOver) -> list[StepToDo]:
    """Return all steps in their order."""
    rows: list[tuple[str, str, bool, bool, Guard | None]] = [
        (FREEZE, "the old desk is frozen: no agent changes the phase's tickets", True, False, None),
        (DELTAS, "deltas until two are empty", False, False, None),
        (VERIFY, "all of the phase read back, field by field", False, False, None),
        (WITNESS, "the witness has no error", False, False, None),
        (CRITERIA, "the criteria of acceptance.yaml are met", False, True, None),
        (BASELINE, "the new desk read as it is now: what a fallback starts from", False, True, None),
        (CHANNELS, "mail, web form and chat lead to the new desk", True, True, None),
        (MAIL_IN, "a test mail arrives in the new desk", False, True, None),
        (MAIL_OUT, "its answer arrives at the sender", True, True, None),
        *(
            (guard.code, f"switched on again: {guard.title}", guard.proof == "person", True, guard)
            for guard in switches_of(folder)
        ),
        (GO, "go", True, False, None),
    ]
    return [
        StepToDo(name, title, person, skip, cut_over.steps.get(name), guard)
        for name, title, person, skip, guard in rows
    ]
