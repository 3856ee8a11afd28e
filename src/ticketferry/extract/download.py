"""Fetches the bytes of attachments: what they will take is said first, several come at once, none that fails stops the others."""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ticketferry.errors import FatalError, FerryError, InterruptedRunError, RejectedError, RetryableError
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Ref, parse_ref
from ticketferry.sdk.contract import Finding, Severity, Source
from ticketferry.sdk.pacing import Clock, pause
from ticketferry.store.attachments import attachments, attachments_of
from ticketferry.store.blobs import Blobs
from ticketferry.store.snapshots import Snapshots

__all__ = ["LOST", "DownloadForecast", "Fetched", "Selection", "fetch", "forecast"]

Progress = Callable[[str, int, int | None], None]
CONTENT_TRIES = 3
LOST = "TF-FILE-001"
MARGIN = 64_000_000
"""Bytes of the disk that files must leave free: databases and their journals grow beside them."""
MARGIN_SHARE = 0.02
"""Of the files' own size, on top: a file system rounds up, and sizes that desks tell are not always true."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which tickets' files are meant. `roots` None: all tickets; `takes`: of these, the ones that it holds for."""

    roots: tuple[Ref, ...] | None = None
    takes: Callable[[Ref], bool] | None = None

    def tickets(self, snapshots: Snapshots, snapshot: int) -> Iterator[tuple[Ref, list[Record]]]:
        """Stream the chosen tickets that have attachments."""
        chosen = (
            attachments(snapshots, snapshot)
            if self.roots is None
            else attachments_of(snapshots, snapshot, self.roots)
        )
        for root, records in chosen:
            if self.takes is None or self.takes(root):
                yield root, records


@dataclass(slots=True)
class DownloadForecast:
    """What fetching will take. `files` = `here` + `known` + `unknown` + `redacted`."""

    tickets: int = 0
    """Tickets that have files."""
    files: int = 0
    here: int = 0
    """Files whose bytes the workspace holds."""
    known: int = 0
    """Files to fetch whose size the desk tells; `octets` is their sum."""
    octets: int = 0
    unknown: int = 0
    """Files to fetch whose size the desk does not tell."""
    redacted: int = 0
    """Files that somebody took out of the desk: there is nothing to fetch."""
    free: int = 0

    @property
    def wanted(self) -> int:
        """Count the files to fetch."""
        return self.known + self.unknown

    @property
    def guessed(self) -> int:
        """Guess the bytes of files of unknown size: as large as the others on average; 0 where no size is known."""
        return self.unknown * self.octets // self.known if self.known else 0

    @property
    def needed(self) -> int:
        """Say how many bytes must be free before fetching begins."""
        total = self.octets + self.guessed
        return total + MARGIN + int(total * MARGIN_SHARE) if self.wanted else 0

    def refuse(self, blobs: Blobs) -> None:
        """Raise FatalError where the disk cannot hold the files."""
        if self.needed <= self.free:
            return
        raise FatalError(
            f"the attachments hold {self.octets + self.guessed:,} bytes and the disk has {self.free:,} left;"
            f" {self.needed - self.octets - self.guessed:,} are kept free",
            where=str(blobs.folder),
            remedy="Free some space, or fetch the files of one phase only: `ticketferry extract files --phase NAME`;"
            " `ticketferry extract --no-files` reads everything else.",
        )


@dataclass(slots=True)
class Fetched:
    """What came."""

    files: int = 0
    octets: int = 0
    findings: int = 0


def forecast(
    snapshots: Snapshots,
    snapshot: int,
    blobs: Blobs,
    selection: Selection,
    progress: Progress = lambda *_: None,
) -> DownloadForecast:
    """Count what a selection's files will take. Reads the workspace, never the desk."""
    result = DownloadForecast()
    for _, records in selection.tickets(snapshots, snapshot):
        result.tickets += 1
        for record in records:
            result.files += 1
            if _redacted(record):
                result.redacted += 1
            elif _is_here(snapshots, blobs, record):
                result.here += 1
            elif isinstance(record.get("size"), int):
                result.known += 1
                result.octets += record["size"]
            else:
                result.unknown += 1
        if result.tickets % 1_000 == 0:
            progress("files looked at", result.files, None)
    blobs.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    result.free = shutil.disk_usage(blobs.folder).free
    return result


def fetch(
    source: Source,
    snapshots: Snapshots,
    snapshot: int,
    blobs: Blobs,
    clock: Clock,
    selection: Selection,
    *,
    expected: DownloadForecast,
    workers: int = 1,
    progress: Progress = lambda *_: None,
) -> Fetched:
    """Fetch every file of the selection that the workspace lacks, `workers` at a time.

    A missing file is a finding, never a stop; the next call asks for it again. Raises FatalError before the first file
    where the disk cannot hold `expected`. Whatever came is kept when it is interrupted.
    """
    expected.refuse(blobs)
    if not expected.wanted:
        return Fetched()
    blobs.sweep()
    work = _Work(source, snapshots, snapshot, blobs, clock, progress, expected.wanted)
    work.run(
        (
            record
            for _, records in selection.tickets(snapshots, snapshot)
            for record in records
            if not _redacted(record) and not _is_here(snapshots, blobs, record)
        ),
        workers,
    )
    return work.done


def _redacted(record: Record) -> bool:
    return record.get("state") == "redacted"


def _is_here(snapshots: Snapshots, blobs: Blobs, record: Record) -> bool:
    known = snapshots.content(record["ref"].split(":", 2)[2])
    # What was taken out of the folder with somebody who was forgotten is not fetched again.
    return known is not None and (known[2] == "redacted" or (known[2] == "stored" and known[0] in blobs))


class _Stopped(Exception):  # noqa: N818 -- not an error: another worker failed
    """The run ends: this file is left for the next one."""


class _Work:
    """A few threads that take one file after the other from a stream; the pace of the desk is kept by its connector."""

    def __init__(
        self,
        source: Source,
        snapshots: Snapshots,
        snapshot: int,
        blobs: Blobs,
        clock: Clock,
        progress: Progress,
        total: int,
    ) -> None:
        self.done = Fetched()
        self._source = source
        self._snapshots = snapshots
        self._snapshot = snapshot
        self._blobs = blobs
        self._clock = clock
        self._progress = progress
        self._total = total
        self._ended = 0
        self._take = threading.Lock()
        self._count = threading.Lock()
        self._stop = threading.Event()
        self._errors: list[BaseException] = []

    def run(self, files: Iterator[Record], workers: int) -> None:
        threads = [
            threading.Thread(target=self._loop, args=(files,), name=f"files-{number}", daemon=True)
            for number in range(max(1, min(workers, self._total)))
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt as error:
            self._stop.set()
            raise InterruptedRunError(
                "stopped", remedy="What came is kept: the same command goes on."
            ) from error
        if self._errors:
            raise self._errors[0]

    def _loop(self, files: Iterator[Record]) -> None:
        try:
            while not self._stop.is_set():
                with self._take:
                    record = next(files, None)
                if record is None:
                    return
                with self._clock.busy():
                    finding = self._fetch(record)
                if finding is not None:
                    self._snapshots.findings.keep(self._snapshot, [finding])
                with self._count:
                    self._ended += 1
                    self.done.findings += finding is not None
                    self._progress("files", self._ended, self._total)
        except _Stopped:
            return
        except BaseException as error:  # noqa: BLE001 -- raised again by the thread that waits
            self._errors.append(error)
            self._stop.set()

    def _fetch(self, attachment: Record) -> Finding | None:
        ref = parse_ref(attachment["ref"])
        problem: FerryError | None = None
        for number in range(CONTENT_TRIES):
            if isinstance(problem, RetryableError):
                wait = float(2**number) if problem.retry_after is None else problem.retry_after
                pause(self._clock, wait, "then the file is asked for again")
            try:
                checksum, size = self._blobs.put(
                    self._chunks(attachment), size=attachment.get("size"), checksum=attachment.get("sha256")
                )
            except RetryableError as error:
                problem = error
                continue
            except RejectedError as error:
                problem = error
                break
            known = self._snapshots.content(ref.id)
            self._snapshots.store_content(ref.id, checksum, size, "stored")
            if known is not None and known[2] == "missing":
                self._snapshots.findings.forget(LOST, ref)
            with self._count:
                self.done.files += 1
                self.done.octets += size
            return None
        self._snapshots.store_content(ref.id, "", 0, "missing")
        return Finding(
            LOST,
            Severity.LOSS,
            ref,
            attachment.get("ticket", ""),
            f"the file {attachment.get('name', '?')!r} could not be fetched: {problem.message if problem else '?'}",
            "Run `ticketferry extract files` again; if it stays away the desk has lost it.",
        )

    def _chunks(self, attachment: Any) -> Iterator[bytes]:
        for chunk in self._source.content(attachment):
            if self._stop.is_set():
                raise _Stopped
            yield chunk
