"""What a whole extract will take, before it begins: requests, bytes, time, files and room on the disk, from a sample."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from ticketferry.errors import RejectedError, RetryableError
from ticketferry.extract.control_totals import ASKED, asked_about
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.schema.tickets import Attachment
from ticketferry.sdk.contract import Source, Wire
from ticketferry.sdk.forecast import Forecast, Forecaster, Measured, Meter, Need, Pace, Probe, Traffic
from ticketferry.sdk.pacing import Clock

__all__ = [
    "BYTES_PER_RECORD",
    "Row",
    "Taken",
    "duration_of",
    "forecast",
]

BYTES_PER_RECORD = 1_500
"""Workspace bytes a record takes: 1,330 of 1,000 realistic tickets, 830 of 5,000; people's texts pack less well than made-up ones."""
TRIED = 10
"""Files that are fetched to see how many requests one takes and how fast its bytes come."""
TRIED_BYTES = 1_000_000
"""A larger one is not fetched for that."""
SETUP, FILES = "set-up", "files"


@dataclass(frozen=True, slots=True)
class Row:
    """What one part of an extract takes: a stream, or a purpose."""

    what: str
    requests: int
    octets: int
    seconds: float
    records: int | None = None


@dataclass(slots=True)
class Taken:
    """What a whole extract of a desk takes, and what it took to find out."""

    rows: list[Row] = field(default_factory=list)
    files: int = 0
    file_octets: int = 0
    disk: int = 0
    """Bytes of the workspace, with files."""
    exact: bool = False
    """Everything was counted, nothing scaled."""
    unread: dict[str, str] = field(default_factory=dict)
    """Stream -> why these credentials do not get it."""
    chosen: str = ""
    spent: Traffic = field(default_factory=Traffic)

    @property
    def requests(self) -> int:
        """Add up requests."""
        return sum(row.requests for row in self.rows)

    @property
    def octets(self) -> int:
        """Add up bytes of answers, files' own among them."""
        return sum(row.octets for row in self.rows)

    @property
    def seconds(self) -> float:
        """Add up the time."""
        return sum(row.seconds for row in self.rows)

    @property
    def records(self) -> int:
        """Add up records."""
        return sum(row.records or 0 for row in self.rows)


def forecast(
    source: Source,
    meter: Meter,
    clock: Clock,
    *,
    files: bool = True,
    totals: bool = True,
    inventory: bool = True,
    workers: int = 1,
) -> Taken:
    """Say what reading a desk whole takes that declares `Feature.FORECAST`. `meter` counts the requests of the source's session, and has
    counted those of opening it. Writes nothing.

    Every command asks which desk it is, and `extract` asks for the counts before it begins and while it reads: what was spent on both here
    comes twice.
    """
    begun = meter.traffic()
    with meter.measured() as counting:
        counts = {stream: _count(source, stream) for stream in source.streams()}
    with meter.measured() as setup:
        catalog = source.catalog()
    probe = Probe(meter, counts, totals, inventory, files, asked_about, ASKED)
    before = clock.time()
    with clock.busy():
        expected = cast("Forecaster", source).forecast(probe)
    needs = [
        *begun.needs(SETUP, scale=2.0, exact=True),
        *counting.needs(SETUP, scale=2.0, exact=True),
        *setup.needs(SETUP),
        *expected.needs,
    ]
    taken = Taken(unread=dict(expected.unread), chosen=expected.chosen)
    if files:
        needs += _files(source, meter, catalog, expected, taken, workers)
    times = duration_of(needs, expected.paces, max(before, clock.time()))
    taken.rows = list(_rows(needs, expected, times))
    taken.exact = all(need.exact for need in needs) and all(one.stands_for == 1.0 for one in expected.sample)
    taken.disk = taken.records * BYTES_PER_RECORD + taken.file_octets
    taken.spent = meter.traffic().all
    return taken


def _count(source: Source, stream: str) -> int | None:
    try:
        return source.count(stream)
    except RejectedError:
        return None  # why the stream is not shown, the forecast tells


def _rows(needs: Sequence[Need], forecast: Forecast, times: dict[str, float]) -> Iterator[Row]:
    for what in dict.fromkeys([*(need.what for need in needs), *forecast.records]):
        mine = [need for need in needs if need.what == what]
        records = forecast.records.get(what)
        yield Row(
            what,
            round(sum(need.requests for need in mine)),
            round(sum(need.octets for need in mine)),
            times.get(what, 0.0),
            None if records is None else round(records),
        )


def _files(
    source: Source, meter: Meter, catalog: Catalog, forecast: Forecast, taken: Taken, workers: int
) -> list[Need]:
    """Count files in what the sample translates to, and fetch a few to see what one takes."""
    count = known = octets = 0.0
    fetchable: list[Record] = []
    for one in forecast.sample:
        for record in _attachments(source, one.wires, catalog):
            count += one.stands_for
            if isinstance(record.get("size"), int):
                known += one.stands_for
                octets += one.stands_for * record["size"]
                if one.stands_for > 0 and record["size"] <= TRIED_BYTES:
                    fetchable.append(record)
    count = max(0.0, count)
    if known > 0:
        octets = max(0.0, octets * count / known)
    taken.files, taken.file_octets = round(count), round(octets)
    if not taken.files:
        return []
    tries = [_try(source, meter, record) for record in _some(fetchable)]
    tried = [one for one in tries if one]
    if tried and not any(measured for _, measured in tried):
        return [Need(FILES, "content", 0, taken.file_octets, exact=True)]  # files of a folder take no request
    return list(_fetching(tried, taken, workers)) or [
        # Nothing could be tried: at least one request a file.
        Need(FILES, "content", taken.files, taken.file_octets, _latency(forecast), "content", workers)
    ]


def _some(records: Sequence[Record]) -> list[Record]:
    """Choose from small to large."""
    by_size = sorted(records, key=lambda record: int(record["size"]))
    if len(by_size) <= TRIED:
        return by_size
    return [by_size[(len(by_size) - 1) * part // (TRIED - 1)] for part in range(TRIED)]


def _try(source: Source, meter: Meter, record: Record) -> tuple[int, Measured] | None:
    came = 0
    with meter.measured() as measured:
        try:
            for chunk in source.content(cast("Attachment", record)):
                came += len(chunk)
        except (RejectedError, RetryableError):
            return None
    return came, measured


def _latency(forecast: Forecast) -> float:
    """Return the seconds of one answer, as the sample was answered."""
    requests = sum(need.requests for need in forecast.needs)
    return sum(need.requests * need.seconds for need in forecast.needs) / requests if requests else 0.0


def _fetching(tried: Sequence[tuple[int, Measured]], taken: Taken, workers: int) -> Iterator[Need]:
    """Say what files take by those that were tried: requests each, what comes beside their bytes, and seconds that grow with their size."""
    if not tried:
        return
    came = sum(size for size, _ in tried)
    summed = Measured()
    for _, measured in tried:
        for endpoint, traffic in measured.items():
            had = summed.get(endpoint, Traffic())
            summed[endpoint] = Traffic(
                had.requests + traffic.requests, had.octets + traffic.octets, had.seconds + traffic.seconds
            )
    (small, quick), (large, slow) = tried[0], tried[-1]
    slope = max(0.0, slow.all.seconds - quick.all.seconds) / (large - small) if large > small else 0.0
    beyond = max(0.0, taken.file_octets / taken.files - came / len(tried)) * slope
    bytes_from = next(reversed(summed))
    for endpoint, traffic in summed.items():
        # What is asked before is an answer of the desk like any other.
        group, octets, own = (
            ("content", taken.file_octets, came) if endpoint == bytes_from else ("read", 0, 0)
        )
        each = traffic.requests / len(tried)
        beside = max(0, traffic.octets - own) / len(tried) * taken.files
        seconds = traffic.seconds / traffic.requests + beyond / each
        exact = len(tried) == taken.files
        yield Need(FILES, endpoint, taken.files * each, octets + beside, seconds, group, workers, exact=exact)


def _attachments(source: Source, wires: Sequence[Wire], catalog: Catalog) -> list[Record]:
    files: dict[str, Record] = {}
    for wire in wires:
        if wire.gone or wire.unread:
            continue
        for record in source.translate(wire, catalog).records:
            ref = str(record.get("ref", ""))
            if ref and parse_ref(ref).kind is Kind.ATTACHMENT:
                files[ref] = record
    return [record for record in files.values() if record.get("state") != "redacted"]


_MOST_STEPS = 200_000
"""Windows that are walked through one by one; beyond, the slowest pace alone tells."""


@dataclass(slots=True)
class _Window:
    pace: Pace
    left: float
    until: float

    def turn(self, now: float) -> None:
        """Begin the window that `now` is in, where the one before has ended."""
        if now >= self.until - 1e-9:
            passed = int((now - self.until + 1e-9) // self.pace.seconds) + 1 if self.until else 0
            self.until = self.until + passed * self.pace.seconds if self.until else now + self.pace.seconds
            self.left = self.pace.requests


def duration_of(needs: Sequence[Need], paces: Sequence[Pace], begin: float) -> dict[str, float]:
    """Return seconds by `Need.what`, begun at `begin` (unix seconds): answers that come one after the other, or `parallel` at once, and
    waits for the next window of every pace that a group draws on.
    """
    windows = [_Window(pace, *_open(pace, begin)) for pace in paces if pace.requests > 0]
    now = begin
    seconds_of: dict[str, float] = {}
    for need in needs:
        before = now
        mine = [window for window in windows if need.group in window.pace.groups]
        now = _send(need, mine, now) + need.pause
        seconds_of[need.what] = seconds_of.get(need.what, 0.0) + now - before
    return seconds_of


def _open(pace: Pace, begin: float) -> tuple[float, float]:
    if pace.left is not None and pace.until > begin:
        return pace.left, pace.until
    return pace.requests, pace.until if pace.left is not None and pace.until else 0.0


def _send(need: Need, windows: Sequence[_Window], now: float) -> float:
    left = need.requests
    each = need.seconds / max(1, min(need.parallel, need.requests or 1))
    binding = [window for window in windows if _may_bind(window, each)]
    for _ in range(_MOST_STEPS):
        if left <= 1e-9:
            return now
        for window in binding:
            window.turn(now)
        part = left
        for window in binding:
            room = window.left / _price(window, need)
            if window.pace.costed:
                # A desk lets a request in while anything is left, and counts its cost afterwards.
                room = max(room, 1.0)
            if each > 0:
                # What comes after the window's end counts in the next one.
                room = min(room, max((window.until - now) / each, min(room, 1.0)))
            part = min(part, room)
        empty = [window for window in binding if window.left < min(1.0, left) - 1e-9]
        if empty:
            now = max(window.until + window.pace.late for window in empty)
            continue
        for window in binding:
            window.left = max(0.0, window.left - part * _price(window, need))
        now += part * each
        left -= part
    return now + max(
        [
            left * each,
            *(left * _price(window, need) / window.pace.requests * window.pace.seconds for window in binding),
        ]
    )


def _price(window: _Window, need: Need) -> float:
    return max(need.units, 1e-9) if window.pace.costed else 1.0


def _may_bind(window: _Window, each: float) -> bool:
    """Tell whether a window could ever be used up: short ones whose requests come slower anyway are not walked through."""
    if window.pace.seconds > 1:
        return True
    return each <= 0 or window.pace.seconds / each > window.pace.requests
