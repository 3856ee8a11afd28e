"""Reads a desk into its snapshot: page by page with the cursor, so that an interrupted extract goes on where it stopped."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ticketferry.desired.cases import assemble
from ticketferry.errors import FatalError, FerryError, RejectedError, RetryableError
from ticketferry.run.crosscheck import CrossChecked, cross_check
from ticketferry.schema.records import SCHEMA_VERSION
from ticketferry.schema.refs import ROOTS, Kind, Ref, parse_ref
from ticketferry.sdk.contract import Connector, Finding, Severity, Source, Translated, Wire
from ticketferry.sdk.features import Feature
from ticketferry.sdk.pacing import Clock
from ticketferry.sdk.trace import count_leaves, finish
from ticketferry.store.blobs import Blobs
from ticketferry.store.snapshots import SnapshotInfo, Snapshots

__all__ = ["Estimate", "Extracted", "estimate", "extract", "fetch_contents", "output_version", "translate"]

Progress = Callable[[str, int, int | None], None]
BYTES_PER_RECORD = 2_600
"""Workspace bytes a record takes, measured on the sample desk; used for the estimate before an extract."""
CONTENT_TRIES = 3
LOST = "TF-FILE-001"


@dataclass(frozen=True, slots=True)
class Estimate:
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
    files: int = 0
    file_bytes: int = 0
    findings: int = 0
    cross_check: CrossChecked | None = None
    """None: the connector does not read by a way that needs it."""


def output_version(connector: Connector) -> str:
    """Return which output a connector's translation and compilation have: part of every plan's inputs."""
    return f"{connector.name}:{connector.version}:{SCHEMA_VERSION}"


def estimate(source: Source) -> list[Estimate]:
    """Ask the desk for its counts and say what reading costs at full share."""
    result = []
    limits = source.limits
    for stream in source.streams():
        records = source.count(stream)
        if records is None:
            result.append(Estimate(stream, None, None, None, None))
            continue
        requests = max(1, -(-records // max(1, limits.page_size)))
        seconds = requests / limits.read_rate if limits.read_rate else None
        result.append(Estimate(stream, records, requests, seconds, records * BYTES_PER_RECORD))
    return result


def translate(source: Source, connector: Connector, wire: Wire, catalog: Any) -> tuple[Wire, Translated, int]:
    """Translate one wire record and complete it: leaves that the connector did not name are kept, leaves are counted."""
    bodies = connector.bodies.get(wire.ref.kind.value, frozenset())
    if wire.gone and wire.body is None:
        return wire, Translated((), {}), 0
    done = finish(source.translate(wire, catalog), wire, bodies)
    return wire, done, count_leaves(wire.body, bodies)


def extract(
    source: Source,
    connector: Connector,
    snapshots: Snapshots,
    clock: Clock,
    *,
    url: str = "",
    blobs: Blobs | None = None,
    extra: Sequence[Ref] = (),
    progress: Progress = lambda *_: None,
    on_page: Callable[[str], None] = lambda _: None,
) -> Extracted:
    """Read all streams into a new snapshot, or go on with the one that was interrupted.

    `blobs`: also fetch attachments' bytes. `extra`: roots that must be there (records in the target that the id map
    names); those that no stream gave, since a search index lags, are read by id. The snapshot's digest stays the same where nothing changed.
    """
    snapshots.bind(connector.name, url)
    snapshot = snapshots.begin(_now(clock), output_version(connector))
    result: dict[str, int] = {}
    catalog = source.catalog()
    latest = snapshots.latest()
    if latest is not None and snapshots.version(latest.number) != output_version(connector):
        result["translated anew"] = translate_again(
            source, connector, snapshots, snapshot, latest.number, progress
        )
    for stream in source.streams():
        result[stream] = _read_stream(
            source, connector, snapshots, snapshot, stream, catalog, clock, progress, on_page
        )
    checked = None
    if Feature.CROSS_CHECK in connector.features:

        def read_again(refs: Sequence[Ref]) -> int:
            return refresh(source, connector, snapshots, snapshot, refs, catalog)

        checked = cross_check(source, snapshots, snapshot, read_again, progress)
    missing = [ref for ref in extra if snapshots.row(ref.kind, ref.id, snapshot) is None]
    if missing:
        result["by id"] = refresh(source, connector, snapshots, snapshot, missing, catalog, progress)
    snapshots.store_catalog(snapshot, catalog)
    done = Extracted(SnapshotInfo(snapshot, _now(clock), "", ""), result, cross_check=checked)
    if blobs is not None:
        fetch_contents(source, snapshots, snapshot, blobs, clock, progress, done)
    done.snapshot = snapshots.finish(snapshot, _now(clock))
    return done


def translate_again(
    source: Source, connector: Connector, snapshots: Snapshots, snapshot: int, before: int, progress: Progress
) -> int:
    """Translate the kept wire records with this version of the connector: no request is needed for what did not change."""
    catalog = snapshots.catalog(snapshots.info(before).catalog)
    changed = done = 0
    for kind in ROOTS:
        for root, rows in snapshots.roots(kind, before):
            page = []
            for row in rows:
                ref = Ref(root.desk, row.kind, row.id)
                updated = datetime.fromisoformat(row.updated) if row.updated else None
                wire = Wire(ref, row.body(), updated, gone=row.gone, root=None if ref == root else root)
                page.append(translate(source, connector, wire, catalog))
            changed += snapshots.store(snapshot, None, page)
            done += 1
            progress("translated anew", done, None)
    return changed


def _now(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.time(), UTC)


def _read_stream(
    source: Source,
    connector: Connector,
    snapshots: Snapshots,
    snapshot: int,
    stream: str,
    catalog: Any,
    clock: Clock,
    progress: Progress,
    on_page: Callable[[str], None],
) -> int:
    cursor, finished, last_snapshot = snapshots.cursor(stream)
    if finished and last_snapshot == snapshot:
        return 0
    total = source.count(stream)
    changed = read = 0
    noted: Kind | None = None
    with clock.busy():
        for page in source.read(stream, cursor):
            rows = [translate(source, connector, wire, catalog) for wire in page.records]
            if page.whole is not None:
                ids = [wire.ref.id for wire in page.records if wire.ref.kind is page.whole and not wire.gone]
                snapshots.note_seen(page.whole, ids, first=noted is None)
                noted = page.whole
                if page.last:
                    changed += snapshots.remove_missing(snapshot, noted)
            changed += snapshots.store(snapshot, stream, rows, page.cursor, last=page.last)
            read += len(rows)
            on_page(stream)
            progress(stream, read, total)
    return changed


def refresh(
    source: Source,
    connector: Connector,
    snapshots: Snapshots,
    snapshot: int,
    refs: Sequence[Ref],
    catalog: Any,
    progress: Progress = lambda *_: None,
) -> int:
    """Read roots with all their parts by id and put them into a snapshot; what is gone ends there."""
    changed = 0
    size = max(1, source.limits.fetch_batch)
    for start in range(0, len(refs), size):
        part = refs[start : start + size]
        for root, wires in by_root(source.fetch(part), part).items():
            rows = [translate(source, connector, wire, catalog) for wire in wires]
            changed += snapshots.store(snapshot, None, rows)
            changed += snapshots.remove_root_parts(
                snapshot, root, {(w.ref.kind.value, w.ref.id) for w in wires}
            )
        progress("by id", min(start + size, len(refs)), len(refs))
    return changed


def by_root(wires: Sequence[Wire], asked: Sequence[Ref]) -> dict[Ref, list[Wire]]:
    """Group wires under the roots that were asked for; one that did not come has an empty list."""
    found: dict[Ref, list[Wire]] = {ref: [] for ref in asked}
    for wire in wires:
        found.setdefault(wire.root or wire.ref, []).append(wire)
    return found


def read_roots(
    source: Source, connector: Connector, refs: Sequence[Ref], catalog: Any
) -> Iterator[tuple[Ref, Mapping[str, Any] | None]]:
    """Fetch roots by id and yield each assembled record, None where it is gone."""
    from ticketferry.store.snapshots import Row

    for root, wires in by_root(source.fetch(refs), refs).items():
        rows = []
        for wire in wires:
            _, done, count = translate(source, connector, wire, catalog)
            rows.append(
                Row(
                    wire.ref.kind, wire.ref.id, root, wire.gone, count, b"", "", b"", list(done.records), None
                )
            )
        yield root, (assemble(root, rows) if rows else None)


def fetch_contents(
    source: Source,
    snapshots: Snapshots,
    snapshot: int,
    blobs: Blobs,
    clock: Clock,
    progress: Progress,
    done: Extracted,
) -> None:
    """Fetch the bytes of every attachment that the workspace lacks. A missing file is a finding, never a stop; the next extract asks for it again."""
    count = total = 0
    for item in _wanted(snapshots, snapshot, blobs):
        count += 1
        total += int(item.get("size", 0))
    blobs.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    free = shutil.disk_usage(blobs.folder).free
    if total > free:
        raise FatalError(
            f"the attachments hold {total:,} bytes and the disk has {free:,} left",
            where=str(blobs.folder),
            remedy="Free some space, or run `ticketferry extract --no-files` and fetch the files later.",
        )
    for number, attachment in enumerate(_wanted(snapshots, snapshot, blobs), 1):
        finding = _fetch_one(source, snapshots, blobs, clock, attachment, done)
        if finding is not None:
            snapshots.store_findings(snapshot, [finding])
            done.findings += 1
        progress("files", number, count)


def _wanted(snapshots: Snapshots, snapshot: int, blobs: Blobs) -> Iterator[Any]:
    for _, rows in snapshots.roots(Kind.TICKET, snapshot):
        for row in rows:
            for record in row.records:
                if ":attachment:" not in record["ref"] or record.get("state") == "redacted":
                    continue
                known = snapshots.content(record["ref"].split(":", 2)[2])
                if known is not None and known[2] == "stored" and known[0] in blobs:
                    continue
                yield record


def _fetch_one(
    source: Source, snapshots: Snapshots, blobs: Blobs, clock: Clock, attachment: Any, done: Extracted
) -> Finding | None:
    ref = parse_ref(attachment["ref"])
    problem: FerryError | None = None
    for number in range(CONTENT_TRIES):
        if isinstance(problem, RetryableError):
            clock.sleep(float(2**number) if problem.retry_after is None else problem.retry_after)
        try:
            checksum, size = blobs.put(source.content(attachment), size=attachment.get("size"))
        except RetryableError as error:
            problem = error
            continue
        except RejectedError as error:
            problem = error
            break
        known = snapshots.content(ref.id)
        snapshots.store_content(ref.id, checksum, size, "stored")
        if known is not None and known[2] == "missing":
            snapshots.forget_finding(LOST, ref)
        done.files += 1
        done.file_bytes += size
        return None
    snapshots.store_content(ref.id, "", 0, "missing")
    return Finding(
        LOST,
        Severity.LOSS,
        ref,
        attachment.get("ticket", ""),
        f"the file {attachment.get('name', '?')!r} could not be fetched: {problem.message if problem else '?'}",
        "Run `ticketferry extract` again; if it stays away the desk has lost it.",
    )
