"""Reads a desk into its snapshot: page by page with the cursor, so that an interrupted extract goes on where it stopped."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from ticketferry.errors import UsageError
from ticketferry.extract.catalog_changes import names_of, refuse_lost
from ticketferry.extract.completeness import Completeness
from ticketferry.extract.control_totals import check_numbers, check_totals
from ticketferry.extract.cross_check import CrossChecked, cross_check
from ticketferry.extract.download import Selection, fetch, forecast
from ticketferry.extract.forecast import BYTES_PER_RECORD
from ticketferry.extract.holding_back import HeldBack
from ticketferry.extract.ingest import Ingester, by_root
from ticketferry.extract.roots import without_parts_gone
from ticketferry.schema.counting import plural
from ticketferry.schema.records import SCHEMA_VERSION
from ticketferry.schema.refs import ROOTS, Kind, Ref
from ticketferry.sdk.contract import Connector, Source, Wire
from ticketferry.sdk.features import Feature
from ticketferry.sdk.pacing import Clock, pause
from ticketferry.sdk.survey import NotMoved, Survey
from ticketferry.store.blobs import Blobs
from ticketferry.store.quarantine import QuarantinedRoot
from ticketferry.store.request_log import RequestLog
from ticketferry.store.rewriting import forget_files
from ticketferry.store.snapshots import SnapshotInfo, Snapshots
from ticketferry.store.surveys import Surveys

__all__ = [
    "ExtractEstimate",
    "Extracted",
    "estimate",
    "extract",
    "output_version",
]

Progress = Callable[[str, int, int | None], None]
Purpose = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class ExtractEstimate:
    """What an extract will take, from the desk's own counts. `records` None: the desk cannot say."""

    stream: str
    records: int | None
    requests: int | None
    seconds: float | None
    disk: int | None


@dataclass(slots=True)
class Extracted:
    """What an extract did."""

    snapshot: SnapshotInfo
    changed: dict[str, int] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    """Stream -> records that the desk gave, changed or not."""
    files: int = 0
    file_bytes: int = 0
    findings: int = 0
    completeness: Completeness | None = None
    """None: the desk cannot tell, or was not asked."""
    inventory: int | None = None
    """Things that are not moved; None: the desk does not list them."""
    ledger: RequestLog | None = None
    cross_check: CrossChecked | None = None
    """None: the connector does not read by a way that needs it."""
    held_back: tuple[int, int] = (0, 0)
    """Accounts of people who were forgotten, and records that mention them, which the desk still has."""
    quarantine: list[QuarantinedRoot] = field(default_factory=list)
    """Roots that could not be read or translated, with cause and remedy."""


def output_version(connector: Connector) -> str:
    """Return which output a connector's translation and compilation have: part of every plan's inputs."""
    return f"{connector.name}:{connector.version}:{SCHEMA_VERSION}"


def estimate(source: Source) -> list[ExtractEstimate]:
    """Ask the desk for its counts and say what reading costs at full share."""
    result = []
    limits = source.limits
    for stream in source.streams():
        records = source.count(stream)
        if records is None:
            result.append(ExtractEstimate(stream, None, None, None, None))
            continue
        requests = max(1, -(-records // max(1, limits.page_size)))
        seconds = requests / limits.read_rate if limits.read_rate else None
        result.append(ExtractEstimate(stream, records, requests, seconds, records * BYTES_PER_RECORD))
    return result


def extract(
    source: Source,
    connector: Connector,
    snapshots: Snapshots,
    clock: Clock,
    *,
    url: str = "",
    blobs: Blobs | None = None,
    extra: Sequence[Ref] = (),
    taken_back: Sequence[Ref] = (),
    workers: int = 1,
    crosscheck: bool = False,
    totals: bool = False,
    inventory: bool = False,
    retry: bool = False,
    without: Sequence[str] | None = (),
    held_back: HeldBack | None = None,
    purpose: Purpose = lambda _: nullcontext(),
    progress: Progress = lambda *_: None,
    on_page: Callable[[str], None] = lambda _: None,
) -> Extracted:
    """Read all streams into a new snapshot, or go on with the one that was interrupted.

    `blobs`: also fetch attachments' bytes, `workers` files at a time. `extra`: roots that must be there (records in the target that the id map
    names); those that no stream gave, since a search index lags, are read by id.
    `taken_back`: roots that a rollback took away: where a stream showed them before, they are read by id too. The snapshot's digest stays the same where nothing changed.
    `crosscheck`: hold the comments that a quick way of reading gave against the desk's own counts. `totals` and
    `inventory`: also ask for control totals and gaps, and for what is not moved, where the connector declares that.
    `held_back`: who was forgotten here; what the desk gives of them is not stored.
    `purpose` is told what requests are for. `retry`: read only what is in quarantine. `without`: lists of the set-up that may be
    empty although they were not (`brands`); None: any may, as in a target, of whose set-up a rollback takes away what a plan made.

    A record that cannot be read or translated is kept apart, named in `Extracted.quarantine`, and tried again by the next extract.
    Raises FatalError where a list of the set-up that was there before is not.
    """
    snapshots.bind(connector.name, url)
    if retry:
        _refuse_retry(snapshots)
    latest = snapshots.latest()
    snapshot = snapshots.begin(_now(clock), output_version(connector))
    result: dict[str, int] = {}
    given: dict[str, int] = {}
    with purpose("set-up"):
        catalog = source.catalog()
    if latest is not None and latest.catalog and without is not None:
        refuse_lost(snapshots.catalog(latest.catalog), catalog, without)
    ingester = Ingester(source, connector, snapshots, snapshot, catalog, clock, held_back)
    result |= _translated_anew(ingester, latest, progress)
    held_before = ingester.waiting

    def read_streams(*, again: bool = False) -> None:
        for stream in source.streams():
            with purpose("set-up"):
                total = None if again else source.count(stream)
            with purpose("totals" if again else "reading"):
                changed, read = _read_stream(ingester, stream, progress, on_page, total=total, again=again)
            result[stream] = result.get(stream, 0) + changed
            given[stream] = given.get(stream, 0) + read

    def read_doubtful(refs: Sequence[Ref]) -> int:
        with purpose("fallbacks"):
            return ingester.refresh(refs)

    if not retry:
        read_streams()
    waiting = held_before if retry else ingester.waiting
    if waiting:
        # A fault that came once is none: what was refused a moment ago is asked for again before it is called unreadable.
        with purpose("fallbacks"):
            result["from quarantine"] = ingester.refresh(waiting, progress)
    checked: CrossChecked | None = None
    if crosscheck and Feature.CROSS_CHECK in connector.features:

        def keep(ref: Ref, stage: str, cause: str, remedy: str) -> None:
            if ref not in ingester.held:
                ingester.note(ref, stage, cause, remedy)

        with purpose("cross-check"):
            checked = cross_check(
                source, snapshots, snapshot, read_doubtful, keep, waiting, alone=retry, progress=progress
            )
    doubtful = {ref: snapshots.row(ref.kind, ref.id, snapshot) for ref in (*extra, *taken_back)}
    asked = [ref for ref in extra if doubtful[ref] is None]
    asked += [ref for ref in taken_back if (row := doubtful[ref]) is not None and not row.gone]
    if asked and not retry:
        result["by id"] = ingester.refresh(asked, progress)
    snapshots.store_catalog(snapshot, catalog)
    done = Extracted(SnapshotInfo(snapshot, _now(clock), "", ""), result, given, cross_check=checked)
    if totals and not retry and Feature.TOTALS in connector.features:

        def read_again() -> None:
            pause(clock, source.limits.settle_seconds, "what the desk was just told shows up a little later")
            read_streams(again=True)

        held: set[str] = set()

        def read_numbers(numbers: Sequence[str]) -> set[str]:
            with purpose("fallbacks"):
                came, changed = _read_numbers(ingester, numbers, held)
            if changed:
                result["by number"] = result.get("by number", 0) + changed
            return came

        done.completeness = _complete(
            cast("Survey", source),
            snapshots,
            snapshot,
            clock,
            again=read_again if Feature.DELTA in connector.features else None,
            read=read_numbers,
            held=held,
            lag=source.limits.lag,
            purpose=purpose,
            progress=progress,
        )
    if inventory and not retry and Feature.INVENTORY in connector.features:
        with purpose("inventory"):
            done.inventory = Surveys(snapshots).store_inventory(
                snapshot, _counted(cast("Survey", source).inventory(), progress)
            )
    if held_back is not None:
        done.held_back = (len(held_back.accounts), held_back.records)
        forget_files(snapshots, held_back.files)
    if blobs is not None:
        expected = forecast(snapshots, snapshot, blobs, Selection(), progress)
        with purpose("files"):
            came = fetch(
                source,
                snapshots,
                snapshot,
                blobs,
                clock,
                Selection(),
                expected=expected,
                workers=workers,
                progress=progress,
            )
        done.files, done.file_bytes, done.findings = came.files, came.octets, came.findings
    done.snapshot = snapshots.finish(snapshot, _now(clock))
    done.quarantine = ingester.quarantine.held(snapshot)
    return done


def _refuse_retry(snapshots: Snapshots) -> None:
    if snapshots.latest() is None or snapshots.unfinished() is not None:
        raise UsageError(
            "--retry reads only what is in quarantine, and this desk was not read to the end yet",
            remedy="Run `ticketferry extract`: it goes on, and tries those again as well.",
        )


def _translated_anew(ingester: Ingester, latest: SnapshotInfo | None, progress: Progress) -> dict[str, int]:
    """Translate the kept wire records again where this version or the names that the desk defines are not those they were
    translated with: no request is needed for what did not change. Afterwards the snapshot is marked with both.
    """
    snapshots, snapshot = ingester.snapshots, ingester.snapshot
    begun = snapshots.info(snapshot)
    before = begun if begun.catalog else latest
    done: dict[str, int] = {}
    version = output_version(ingester.connector)
    if before is not None and before.catalog:
        same = names_of(snapshots.catalog(before.catalog)) == names_of(ingester.catalog)
        if not same or snapshots.version(before.number) != version:
            done["translated anew"] = _translate_again(ingester, progress)
    snapshots.mark(snapshot, version)
    snapshots.store_catalog(snapshot, ingester.catalog)
    return done


def _translate_again(ingester: Ingester, progress: Progress) -> int:
    changed = done = 0
    for kind in ROOTS:
        for root, rows in ingester.snapshots.roots(kind, ingester.snapshot):
            page = []
            for row in rows:
                ref = Ref(root.desk, row.kind, row.id)
                updated = datetime.fromisoformat(row.updated) if row.updated else None
                page.append(Wire(ref, row.body(), updated, gone=row.gone, root=None if ref == root else root))
            changed += ingester.store(None, page)
            done += 1
            progress("translated anew", done, None)
    return changed


def _now(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.time(), UTC)


def _read_stream(
    ingester: Ingester,
    stream: str,
    progress: Progress,
    on_page: Callable[[str], None],
    *,
    total: int | None,
    again: bool,
) -> tuple[int, int]:
    snapshots, snapshot = ingester.snapshots, ingester.snapshot
    cursor, finished, last_snapshot = snapshots.cursor(stream)
    if finished and last_snapshot == snapshot and not again:
        return 0, 0
    changed = read = named = 0
    noted: Kind | None = None
    with ingester.clock.busy():
        for page in ingester.source.read(stream, cursor):
            if page.whole is not None:
                ids = [wire.ref.id for wire in page.records if wire.ref.kind is page.whole and not wire.gone]
                snapshots.writer.note_seen(page.whole, ids, first=noted is None)
                noted = page.whole
                if page.last:
                    changed += snapshots.writer.remove_missing(snapshot, noted)
            if cursor is not None:
                changed += without_parts_gone(ingester, page)
            changed += ingester.store(stream, page.records, page.cursor, last=page.last)
            read += len(page.records)
            named += _named(stream, page.records)
            on_page(stream)
            progress(stream, named, total)
    return changed, read


def _named(stream: str, wires: Sequence[Wire]) -> int:
    """Count of a page what its stream is called after: tickets without their comments, people without those who are only met, and
    none that is gone, since a tombstone may stand for a number that nobody ever used.
    """
    present = [wire for wire in wires if not wire.gone and not wire.met]
    kind = next((kind for kind in ROOTS if plural(kind.value, 2) == stream), None)
    return sum(1 for wire in present if wire.ref.kind is kind) if kind is not None else len(present)


def _complete(
    survey: Survey,
    snapshots: Snapshots,
    snapshot: int,
    clock: Clock,
    *,
    again: Callable[[], None] | None,
    read: Callable[[Sequence[str]], set[str]],
    held: set[str],
    purpose: Purpose,
    lag: str,
    progress: Progress,
) -> Completeness:
    """Hold the desk's own figures against the snapshot and keep what came out."""
    with purpose("totals"):
        counted = check_totals(
            survey,
            snapshots,
            snapshot,
            snapshots.info(snapshot).began,
            again=again,
            lag=lag,
            progress=progress,
        )
        numbers = check_numbers(survey, snapshots, snapshot, read=read, held=held, progress=progress)
    completeness = Completeness(snapshot, _now(clock).isoformat(), numbers, counted)
    completeness.keep(snapshots)
    return completeness


def _counted(things: Iterator[NotMoved], progress: Progress) -> Iterator[NotMoved]:
    for count, item in enumerate(things, 1):
        progress("what is not moved", count, None)
        yield item


def _read_numbers(ingester: Ingester, numbers: Sequence[str], held: set[str]) -> tuple[set[str], int]:
    """Read tickets that no stream gave, taking the number for the id; what comes counts only where it has that number.

    `held` is given the numbers of tickets that are there and cannot be read: they are in quarantine, and no gap.
    """
    came: set[str] = set()
    changed = 0
    size = max(1, ingester.source.limits.fetch_batch)
    for start in range(0, len(numbers), size):
        part = numbers[start : start + size]
        wires = ingester.fetched([Ref(ingester.snapshots.desk, Kind.TICKET, number) for number in part])
        for root, parts in by_root(wires, []).items():
            names = set() if any(wire.unread for wire in parts) else ingester.numbers_in(root, parts)
            if names & set(numbers):
                came |= names & set(numbers)
                changed += ingester.store(None, parts)
        if any(wire.unread for wire in wires):
            for number in part:
                if number not in came and _hold(ingester, number, wires if len(part) == 1 else None):
                    held.add(number)
    return came, changed


def _hold(ingester: Ingester, number: str, wires: Sequence[Wire] | None) -> bool:
    """Note the ticket of a number as unread where it is; an unread one tells its id and not its number, so each is asked for alone."""
    if wires is None:
        wires = ingester.fetched([Ref(ingester.snapshots.desk, Kind.TICKET, number)])
    unread = [wire for wire in wires if wire.unread]
    ingester.store(None, unread)
    return bool(unread)
