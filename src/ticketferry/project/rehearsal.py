"""What a rehearsal found, as it is kept in the folder: hours, failures, mails, requests. Written by `ticketferry.rehearsal`, read by everybody."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from ticketferry.errors import WorkspaceError
from ticketferry.project.folder import MigrationFolder
from ticketferry.store.database import disk_errors

__all__ = [
    "FOLDER",
    "Rehearsal",
    "RehearsedFailure",
    "RehearsedPhase",
    "RehearsedStep",
    "keep_rehearsal",
    "last_rehearsal",
    "next_rehearsal",
    "rehearsals",
]

FOLDER = "rehearsals"
_VERSION = 1


@dataclass(slots=True)
class RehearsedStep:
    """One command of a rehearsal. `seconds` are those of the simulated clock; `requests`: group of endpoints of a desk (`target/issue`) -> how many."""

    name: str
    seconds: float
    requests: dict[str, int] = field(default_factory=dict)
    estimated: float | None = None
    """Seconds that the estimate of the plan had told before, for an apply."""

    @property
    def hours(self) -> float:
        """Return the time in hours."""
        return self.seconds / 3600

    @property
    def count(self) -> int:
        """Return how many requests it took."""
        return sum(self.requests.values())


@dataclass(slots=True)
class RehearsedFailure:
    """Something that would have gone wrong, by its cause: where it is mended, how often, one record as an example."""

    stage: str
    """`plan`, `preflight`, `apply`, `verify`, `witness`, `delta`, `rollback` or `stand-in`."""
    code: str
    message: str
    count: int
    sample: str = ""
    place: str = ""
    remedy: str = ""


@dataclass(slots=True)
class RehearsedPhase:
    """One phase, or everything where the mapping has none (name empty)."""

    name: str
    tickets: int = 0
    steps: list[RehearsedStep] = field(default_factory=list)
    failures: list[RehearsedFailure] = field(default_factory=list)
    operations: int = 0
    performed: int = 0
    failed: int = 0
    notified: dict[str, int] = field(default_factory=dict)
    """What people would have been told -> mails."""
    newly_visible: int = 0
    dispositions: dict[str, int] = field(default_factory=dict)
    leaves: int = 0
    verified: dict[str, int] = field(default_factory=dict)
    """Sign of `verify` -> records."""
    witnessed: dict[str, int] = field(default_factory=dict)
    """tickets, texts, files, errors, explained."""

    def step(self, name: str) -> RehearsedStep | None:
        """Return a step by its name."""
        return next((step for step in self.steps if step.name == name), None)

    @property
    def seconds(self) -> float:
        """Return the seconds of all steps."""
        return sum(step.seconds for step in self.steps)

    @property
    def mails(self) -> int:
        """Return how many mails would have gone out."""
        return sum(self.notified.values())


@dataclass(slots=True)
class Rehearsal:
    """One rehearsal from begin to end.

    `good`: nothing failed, nobody would have been told, and what the rollback left is what was there before. `sample`: tickets that were
    drawn, None for all; `assumed`: what no snapshot knows and the stand-ins took for granted, a sentence each; `latency`: seconds of an
    answer, `measured` or assumed; `inputs`: digests of snapshots and mapping, by which its age shows.
    """

    id: str
    began: str
    ended: str = ""
    source: str = ""
    target: str = ""
    tickets: int = 0
    sample: int | None = None
    faults: int | None = None
    faults_met: int = 0
    latency: float = 0.0
    measured: bool = False
    inputs: dict[str, str] = field(default_factory=dict)
    extract: list[RehearsedStep] = field(default_factory=list)
    phases: list[RehearsedPhase] = field(default_factory=list)
    delta: RehearsedPhase | None = None
    changes: int = 0
    """Tickets that people of the old desk changed before the delta."""
    rollback: RehearsedPhase | None = None
    as_before: bool | None = None
    """Whether the target held after the rollback what it had held before; None where none was rehearsed."""
    left: list[str] = field(default_factory=list)
    """Parts of the target that were not as before: what people or rules had changed meanwhile is spared."""
    residue: list[str] = field(default_factory=list)
    """What no rollback takes back."""
    parity: dict[str, Any] = field(default_factory=dict)
    """Key figures: `tickets`, `equal` and `causes`, by what the new desk holds."""
    assumed: list[str] = field(default_factory=list)
    end_state: str = ""
    """Digest of what was written and read back by the phases, by source record, without the target's ids: two rehearsals of one snapshot and
    one mapping have the same, with faults or without. What the delta changes bears the simulated time and is not in it.
    """

    @property
    def all_parts(self) -> list[RehearsedPhase]:
        """Return the phases, the delta and the rollback, in their order."""
        return [
            *self.phases,
            *([self.delta] if self.delta else []),
            *([self.rollback] if self.rollback else []),
        ]

    @property
    def failures(self) -> list[RehearsedFailure]:
        """Return all failures in the order in which they came."""
        return [one for part in self.all_parts for one in part.failures]

    @property
    def mails(self) -> int:
        """Return how many mails would have gone out."""
        return sum(part.mails for part in self.all_parts)

    @property
    def newly_visible(self) -> int:
        """Return how many tickets more people would see than today."""
        return sum(part.newly_visible for part in self.phases)

    @property
    def seconds(self) -> float:
        """Return the simulated time of everything."""
        return sum(step.seconds for step in self.extract) + sum(part.seconds for part in self.all_parts)

    @property
    def good(self) -> bool:
        """Tell whether nothing would have gone wrong."""
        return not self.failures and not self.mails and not self.newly_visible and self.as_before is not False

    def phase(self, name: str) -> RehearsedPhase | None:
        """Return a phase by its name."""
        return next((part for part in self.phases if part.name == name), None)


def next_rehearsal(folder: MigrationFolder) -> str:
    """Return a name for a new rehearsal."""
    numbers = [int(path.stem[2:]) for path in (folder.root / FOLDER).glob("r-*") if path.stem[2:].isdigit()]
    return f"r-{max(numbers, default=0) + 1:02d}"


def keep_rehearsal(folder: MigrationFolder, found: Rehearsal) -> Path:
    """Keep a result; return its file."""
    path = folder.root / FOLDER / f"{found.id}.json"
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(".part")
        part.write_bytes(orjson.dumps({"version": _VERSION, **asdict(found)}, option=orjson.OPT_INDENT_2))
        part.replace(path)
    return path


def rehearsals(folder: MigrationFolder) -> list[Rehearsal]:
    """Return all results, oldest first. Raises WorkspaceError for a file that is none."""
    paths = sorted((folder.root / FOLDER).glob("r-*.json"), key=lambda path: (len(path.stem), path.stem))
    return [_read(path) for path in paths]


def last_rehearsal(folder: MigrationFolder) -> Rehearsal | None:
    """Return the newest result; None where nothing was rehearsed."""
    paths = sorted((folder.root / FOLDER).glob("r-*.json"), key=lambda path: (len(path.stem), path.stem))
    return _read(paths[-1]) if paths else None


def _read(path: Path) -> Rehearsal:
    try:
        body = orjson.loads(path.read_bytes())
        if body.pop("version") != _VERSION:
            raise ValueError("another version")
        body["extract"] = [RehearsedStep(**row) for row in body["extract"]]
        body["phases"] = [_phase(row) for row in body["phases"]]
        for name in ("delta", "rollback"):
            body[name] = _phase(body[name]) if body[name] else None
        return Rehearsal(**body)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise WorkspaceError(
            f"{path.name} is no result of a rehearsal",
            where=str(path),
            remedy="Take it away, and rehearse again: `ticketferry rehearse`.",
        ) from error


def _phase(body: Mapping[str, Any]) -> RehearsedPhase:
    return RehearsedPhase(**{
        **body,
        "steps": [RehearsedStep(**row) for row in body["steps"]],
        "failures": [RehearsedFailure(**row) for row in body["failures"]],
    })  # fmt: skip
