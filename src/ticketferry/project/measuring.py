"""How long a desk's answers take: a few harmless reads, their median and spread kept in the workspace with the date, for the estimates."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import median, quantiles

from ticketferry.project.folder import MigrationFolder
from ticketferry.project.project import Project
from ticketferry.sdk.forecast import Meter
from ticketferry.sdk.session import RequestNote

__all__ = ["READS", "MeasuredAnswers", "ToldLatency", "latency_of", "measure"]

READS = 20
"""Questions that are asked, after one that opens the connection and does not count."""


@dataclass(frozen=True, slots=True)
class MeasuredAnswers:
    """What some reads of a desk took, in seconds: the median, and between which figures the middle half of them lies."""

    at: str
    reads: int
    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return (
            f"measured on {datetime.fromisoformat(self.at):%Y-%m-%d}: {self.reads} reads, half of them"
            f" {self.low * 1000:,.0f} to {self.high * 1000:,.0f} ms"
        )


@dataclass(frozen=True, slots=True)
class ToldLatency:
    """Seconds of an answer of the target, and in words who says so."""

    seconds: float
    words: str


class _Stopwatch(Meter):
    """Notes how long each answered request took."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def note(self, note: RequestNote) -> None:
        """Note one request."""
        super().note(note)
        if note.status and note.status < 400:
            self.times.append(note.seconds)


def measure(project: Project, role: str, reads: int = READS) -> MeasuredAnswers | None:
    """Ask a desk who it is, so many times, and keep what the answers took; None for a desk that answers without requests (files).

    Nothing is written to it. Raises what a desk that does not answer raises.
    """
    watch = _Stopwatch()
    opener = project.open_source if role == "source" else project.open_target
    with opener(watch) as desk:
        desk.identity()
        opened = len(watch.times)
        for _ in range(reads if opened else 0):
            desk.identity()
    times = sorted(watch.times[opened:])
    if not times:
        return None
    low, _, high = quantiles(times, n=4, method="inclusive") if len(times) > 1 else (times * 3)
    found = MeasuredAnswers(project.now().isoformat(), len(times), median(times), low, high)
    project.workspace.note(f"answers:{role}", json.dumps(asdict(found)))
    return found


def latency_of(folder: MigrationFolder) -> ToldLatency | None:
    """Return how long the target's answers take: what the newest apply saw of its writes, or what `check --measure` found since."""
    notes = folder.workspace.notes()
    measured = MeasuredAnswers(**json.loads(notes["answers:target"])) if "answers:target" in notes else None
    if "latency" in notes and (measured is None or measured.at <= notes.get("latency-at", measured.at)):
        return ToldLatency(float(notes["latency"]), "measured")
    return ToldLatency(measured.median, str(measured)) if measured is not None else None
