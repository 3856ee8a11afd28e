"""What a folder keeps of the cut-over of each phase: its steps with who and when, and from which readings of both desks on the new one owns its tickets."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from ticketferry.project.folder import MigrationFolder

__all__ = [
    "FALLBACK",
    "CutOver",
    "CutOverStep",
    "begin_owning",
    "cut_over_of",
    "cut_overs",
    "end_cut_over",
    "keep_cut_over",
    "owned_phases",
    "writes_back",
]

_NOTE = "cut-over:"
FALLBACK = "fallback:"
"""Notes of a folder that writes a phase back: `seeded`, since when what both desks held counts as written."""


@dataclass(frozen=True, slots=True)
class CutOverStep:
    """A step that was taken. `by`: the person who confirmed or left it out, empty where it was done by reading; `words`: what was seen."""

    name: str
    at: str
    by: str = ""
    words: str = ""
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class CutOver:
    """The cut-over of a phase. Times are ISO 8601 in UTC.

    `source_snapshot`: what the old desk held when the last delta was empty; `new_desk_snapshot`: what the new one held before its channels
    were switched to it (number in new-desk.db); 0: not read yet. `ended`: since then the new desk owns the phase's tickets; `fallen_back`:
    since then the old one does again. `facts`: what steps keep for later ones.
    """

    phase: str
    began: str
    steps: Mapping[str, CutOverStep] = field(default_factory=dict)
    source_snapshot: int = 0
    new_desk_snapshot: int = 0
    ended: str = ""
    fallen_back: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def owns(self) -> bool:
        """Tell whether the new desk owns the phase's tickets."""
        return bool(self.ended) and not self.fallen_back

    def done(self, step: CutOverStep) -> "CutOver":
        """Return the cut-over with one more step taken."""
        return replace(self, steps={**self.steps, step.name: step})

    def knows(self, **facts: Any) -> "CutOver":
        """Return the cut-over with more facts."""
        return replace(self, facts={**self.facts, **facts})


def cut_over_of(folder: MigrationFolder, phase: str) -> CutOver | None:
    """Return what is kept of a phase's cut-over; None where none was begun."""
    return cut_overs(folder).get(phase)


def cut_overs(folder: MigrationFolder) -> dict[str, CutOver]:
    """Return what is kept of all cut-overs, by phase."""
    if not (folder.root / "workspace.db").exists():
        return {}
    return {phase: _read(text) for phase, text in folder.workspace.notes(_NOTE).items()}


def writes_back(folder: MigrationFolder) -> bool:
    """Tell whether a folder is that of a fallback: most of what counts as written there was written by no plan of its own."""
    return (folder.root / "workspace.db").exists() and "seeded" in folder.workspace.notes(FALLBACK)


def keep_cut_over(folder: MigrationFolder, cut_over: CutOver) -> None:
    """Keep it; on the disk when this returns."""
    folder.workspace.note(f"{_NOTE}{cut_over.phase}", orjson.dumps(asdict(cut_over)).decode())


def owned_phases(folder: MigrationFolder) -> frozenset[str]:
    """Return the phases whose tickets the new desk owns: a later plan adds to them what came late, and overwrites nothing.

    None where the mapping says that the old one wins all the same (`conflicts: {after_cut_over: source}`).
    """
    owned = frozenset(phase for phase, cut_over in cut_overs(folder).items() if cut_over.owns)
    if owned and folder.mapping().rules.conflicts.after_cut_over == "source":
        return frozenset()
    return owned


def begin_owning(folder: MigrationFolder, phase: str, at: str) -> None:
    """Keep that since `at` (ISO 8601) the new desk owns a phase's tickets; steps of its cut-over that were taken stay as they are."""
    here = cut_over_of(folder, phase) or CutOver(phase, at)
    if not here.owns:
        keep_cut_over(folder, replace(here, ended=at, fallen_back=""))


def end_cut_over(folder: MigrationFolder, phase: str, at: str) -> None:
    """Keep that since `at` (ISO 8601) the old desk owns a phase's tickets again; nothing where the new one does not."""
    here = cut_over_of(folder, phase)
    if here is not None and here.owns:
        keep_cut_over(folder, replace(here, fallen_back=at))


def _read(text: str) -> CutOver:
    row = orjson.loads(text)
    steps = {name: CutOverStep(**step) for name, step in row.pop("steps").items()}
    return CutOver(steps=steps, **row)
