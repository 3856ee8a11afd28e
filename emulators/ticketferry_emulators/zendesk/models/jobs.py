"""Background jobs: taken at once, worked on over the clock one item after another, their results forgotten after a day."""

from __future__ import annotations

import hashlib
import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ticketferry_emulators.kit.app import Answer, Refused
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["Item", "JobQueue", "QueuedJob"]

Item = Callable[[float], WireRecord]
"""What one item of a job does at a moment; returns its row of results, raises Refused when it cannot."""

_MOST = 30
_KEPT_SECONDS = 86_400.0


@dataclass(slots=True)
class QueuedJob:
    """One job. `order` is the order in which items are worked on: of tickets it is not that of the request [REC zenpy]."""

    id: str
    kind: str
    doing: str
    items: Sequence[Item]
    order: Sequence[int]
    failed: Callable[[int, Answer], WireRecord]
    start: float
    total: int
    breaks_after: int | None = None
    breaks_with: str = ""
    whole: bool = False
    """Results are one object instead of a list, as of permanent deletions [REC]."""
    status: str = "queued"
    done: int = 0
    ended: float | None = None
    results: dict[int, WireRecord] = field(default_factory=dict)

    def shown(self, host: str, now: float) -> WireRecord:
        """Return the job as its status shows it: no progress while queued, no results before the end [REC]."""
        status = "working" if self.status == "queued" and now >= self.start else self.status
        message, results = None, None
        if status == "working":
            message = f"{self.doing} #{self.done}"
        elif status == "completed" and self.ended is not None:
            message = datetime.fromtimestamp(self.ended, UTC).strftime("Completed at %Y-%m-%d %H:%M:%S +0000")
        elif status == "failed":
            message = self.breaks_with
        rows = [self.results[index] for index in sorted(self.results)]
        if status in ("completed", "failed"):
            results = {"success": all(row.get("success", True) for row in rows)} if self.whole else rows
        return {
            "id": self.id, "job_type": self.kind, "url": f"{host}/api/v2/job_statuses/{self.id}.json",
            "total": self.total, "progress": None if status == "queued" else self.done, "status": status,
            "message": message, "results": results,
        }  # fmt: skip


class JobQueue:
    """All jobs of an account. Not thread-safe: the owner of the desk's lock calls it.

    `delay` is how long a job is queued, `step` how long each item takes, in seconds of the clock. Jobs run beside each
    other; their items are committed in the order in which they fall due, so the same requests at the same times always
    give the same desk.
    """

    def __init__(self, host: str, *, delay: float = 1.0, step: float = 0.05) -> None:
        self.host = host
        self.delay = delay
        self.step = step
        self._jobs: dict[str, QueuedJob] = {}
        self._due: list[tuple[float, int, str]] = []
        self._ended: deque[tuple[float, str]] = deque()
        self._given = 0
        self._break: tuple[int, str] | None = None

    def take(
        self, kind: str, doing: str, items: Sequence[Item], now: float, failed: Callable[[int, Answer], WireRecord], *,
        scattered: bool = False, whole: bool = False,
    ) -> QueuedJob:  # fmt: skip
        """Queue a job; the caller has seen to the limit (:meth:`open`). `scattered`: worked on out of order."""
        self._given += 1
        digest = hashlib.sha256(f"{self.host}:{self._given}".encode()).hexdigest()[:32]
        count = len(items)
        order = [0, *range(count - 1, 0, -1)] if scattered and count else list(range(count))
        job = QueuedJob(
            f"V3-{digest}", kind, doing, items, order, failed, now + self.delay, count, whole=whole
        )
        if self._break is not None:
            job.breaks_after, job.breaks_with = self._break
            self._break = None
        self._jobs[job.id] = job
        heapq.heappush(self._due, (job.start + self.step, self._given, job.id))
        return job

    def break_next(self, after: int = 0, message: str = "The job was stopped") -> None:
        """Let the next job that is taken fail after so many items; what these did stays done."""
        self._break = (after, message)

    def open(self) -> list[str]:
        """Return the ids of jobs that are queued or working."""
        return [job.id for job in self._jobs.values() if job.ended is None]

    def full(self) -> bool:
        """Say whether the account has as many open jobs as it may have [DOC]."""
        return len(self.open()) >= _MOST

    def room(self) -> tuple[int, int]:
        """Return how many jobs may be open, and how many more may be taken now."""
        return _MOST, _MOST - len(self.open())

    def find(self, identifier: str) -> QueuedJob | None:
        """Return a job; None for an unknown or forgotten one."""
        return self._jobs.get(identifier)

    def all(self) -> list[QueuedJob]:
        """Return the jobs that are still known, oldest first."""
        return list(self._jobs.values())

    def work(self, now: float) -> None:
        """Do what is due at `now`, item by item in order of time, and forget jobs that ended a day ago."""
        while self._due and self._due[0][0] <= now:
            moment, turn, identifier = heapq.heappop(self._due)
            job = self._jobs[identifier]
            self._one(job, moment)
            if job.ended is None:
                heapq.heappush(self._due, (moment + self.step, turn, identifier))
            else:
                # what was asked for is not needed any more, and a long run asks for much
                job.items = job.order = ()
                self._ended.append((job.ended, job.id))
        while self._ended and self._ended[0][0] + _KEPT_SECONDS <= now:
            del self._jobs[self._ended.popleft()[1]]

    def _one(self, job: QueuedJob, moment: float) -> None:
        if job.breaks_after is not None and job.done >= job.breaks_after:
            job.status, job.ended = "failed", moment
            return
        if job.done < len(job.order):
            index = job.order[job.done]
            job.status = "working"
            job.done += 1
            try:
                job.results[index] = job.items[index](moment)
            except Refused as refusal:
                job.results[index] = job.failed(index, refusal.answer)
        if job.done >= len(job.order) and (job.breaks_after is None or job.breaks_after > job.done):
            job.status, job.ended = "completed", moment

    def dump(self) -> list[WireRecord]:
        """Return the jobs that are still known, as data."""
        return [job.shown(self.host, job.start) for job in self._jobs.values()]
