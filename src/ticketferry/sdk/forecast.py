"""What a whole extract would ask of a desk, told before it begins: measured on a sample, scaled by what the desk counts.

A source that declares `Feature.FORECAST` implements :class:`Forecaster`; others do not have the method. The connector says which
requests there are, what they grow with and how fast the vendor lets them go; the core adds up, counts files and works out the time.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from ticketferry.errors import RejectedError
from ticketferry.sdk.contract import Wire
from ticketferry.sdk.session import RequestNote

__all__ = [
    "Forecast",
    "Forecaster",
    "Measured",
    "Meter",
    "Need",
    "Pace",
    "Probe",
    "Sampled",
    "Traffic",
    "end_of",
    "evenly",
    "spread",
]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Traffic:
    """What requests of one endpoint came to: how many, bytes of their answers, and seconds that each of them took, added up."""

    requests: int = 0
    octets: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Need:
    """Requests of one kind that a whole extract sends.

    `what`: the stream, or the purpose (`totals`, `inventory`) that a person sees them under. `octets`: bytes of all their answers.
    `seconds`: how long one answer takes. `group`: which paces hold them back; `parallel`: how many go at once. `pause`: seconds that
    are waited besides. `units`: what one request costs of a pace that counts cost. `exact`: counted, not scaled.
    """

    what: str
    endpoint: str
    requests: float
    octets: float
    seconds: float = 0.0
    group: str = "read"
    parallel: int = 1
    pause: float = 0.0
    units: float = 1.0
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """A limit of the desk as far as we may use it: `requests` in each window of `seconds`, by these groups together.

    `left` of them may still be sent in the window that is open now and ends at `until` (unix seconds); None: a new one begins. One that is
    used up is waited for `late` seconds longer, where the desk tells its end in round figures. `costed`: it counts `Need.units`, not requests.
    """

    groups: frozenset[str]
    requests: float
    seconds: float
    left: float | None = None
    until: float = 0.0
    late: float = 0.0
    costed: bool = False


@dataclass(frozen=True, slots=True)
class Sampled:
    """Wires of a root, read for the sample, and how many roots of the desk they stand for. Below zero: what is to be taken off, since
    another way of reading showed the same root with other parts.
    """

    wires: Sequence[Wire]
    stands_for: float


@dataclass(slots=True)
class Forecast:
    """What a source says of a whole extract, in the order in which it reads."""

    needs: list[Need] = field(default_factory=list)
    records: dict[str, float] = field(default_factory=dict)
    """Stream -> records."""
    sample: list[Sampled] = field(default_factory=list)
    """Tickets, from which the core counts files: those of the whole desk are the sum of `stands_for`."""
    paces: tuple[Pace, ...] = ()
    unread: dict[str, str] = field(default_factory=dict)
    """Stream -> why these credentials do not get it."""
    chosen: str = ""
    """How the sample was chosen, in words."""

    def asked(self, stream: str, read: Callable[[], _T], otherwise: _T) -> _T:
        """Return what `read` gives; where the desk refuses the stream (403, 404), note why, and return `otherwise`."""
        try:
            return read()
        except RejectedError as error:
            if error.status not in (403, 404):
                raise
            self.unread[stream] = error.message
            return otherwise


class Measured(dict[str, Traffic]):
    """Endpoint -> what was asked while it was measured."""

    def needs(
        self,
        what: str,
        *,
        scale: float = 1.0,
        group: str = "read",
        parallel: int = 1,
        exact: bool | None = None,
        only: Callable[[str], bool] = lambda _: True,
    ) -> list[Need]:
        """Return what was measured as needs, `scale` times as much."""
        known = scale == 1.0 if exact is None else exact
        return [
            Need(
                what,
                endpoint,
                traffic.requests * scale,
                traffic.octets * scale,
                traffic.seconds / traffic.requests,
                group,
                parallel,
                exact=known,
            )
            for endpoint, traffic in self.items()
            if traffic.requests and only(endpoint)
        ]

    @property
    def all(self) -> Traffic:
        """Add up all endpoints."""
        return Traffic(
            sum(traffic.requests for traffic in self.values()),
            sum(traffic.octets for traffic in self.values()),
            sum(traffic.seconds for traffic in self.values()),
        )

    @property
    def latency(self) -> float:
        """Return the seconds of one answer; 0 where nothing was asked."""
        traffic = self.all
        return traffic.seconds / traffic.requests if traffic.requests else 0.0


class Meter:
    """Adds up the requests of a session; give its `note` to the session. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._traffic: dict[str, Traffic] = {}

    def note(self, note: RequestNote) -> None:
        """Count one request."""
        with self._lock:
            had = self._traffic.get(note.endpoint, Traffic())
            self._traffic[note.endpoint] = Traffic(
                had.requests + 1, had.octets + note.octets, had.seconds + note.seconds
            )

    def traffic(self) -> Measured:
        """Return what was counted so far."""
        with self._lock:
            return Measured(self._traffic)

    @contextmanager
    def measured(self) -> Iterator[Measured]:
        """Measure what is asked inside, by whatever thread; the figures are there at the end."""
        before = self.traffic()
        measured_now = Measured()
        try:
            yield measured_now
        finally:
            for endpoint, traffic in self.traffic().items():
                had = before.get(endpoint, Traffic())
                if traffic.requests > had.requests:
                    measured_now[endpoint] = Traffic(
                        traffic.requests - had.requests,
                        traffic.octets - had.octets,
                        traffic.seconds - had.seconds,
                    )


@dataclass(frozen=True, slots=True)
class Probe:
    """What the core lends for a forecast.

    `counts`: stream -> the desk's own count, None where it cannot say. `numbers(used, highest)`: how many numbers between 1 and
    `highest` the extract will ask about when `used` of them have a ticket; `asked`: how many of them at a time.
    """

    meter: Meter
    counts: Mapping[str, int | None]
    totals: bool = True
    inventory: bool = True
    files: bool = True
    numbers: Callable[[int, int], int] = lambda used, highest: max(0, highest - used)
    asked: int = 1_000


class Forecaster(Protocol):
    """Optional part of a source."""

    def forecast(self, probe: Probe) -> Forecast:
        """Ask for a sample, at most some hundred requests whatever the size of the desk, and say what reading all of it will take
        (`Feature.FORECAST`).

        The set-up (`catalog`), the desk's counts and the bytes of files are the core's; all else that an extract asks is told here:
        pages of lists, parts of tickets, fallbacks, control totals, gaps in the numbers, the inventory. A desk that fits into the
        sample is told exactly.
        """
        ...


def evenly(items: Sequence[_T], most: int) -> list[_T]:
    """Choose at most `most` items, evenly out of their order."""
    return [items[index] for index in spread([0.0] * len(items), most, largest=0)]


def end_of(is_there: Callable[[int], bool], begin: int, step: int, near: int) -> int:
    """Return about where a list ends that nobody counts, to `near` rows: steps that double, then halves. `there`: is there a row at an index?"""
    low = begin
    while is_there(low + step):
        low, step = low + step, step * 2
    high = low + step
    while high - low > near:
        middle = (low + high) // 2
        low, high = (middle, high) if is_there(middle) else (low, middle)
    return high


def spread(sizes: Sequence[float], most: int, *, largest: float = 1 / 3) -> dict[int, float]:
    """Choose at most `most` of the items that `sizes` lists in the order of their age: index -> how many items each stands for.

    All where they are few enough. Else the largest are taken, each for itself, and the others evenly: in the order of size and, among
    those of one size, of age, one out of each run of neighbours. So long threads are not missed, nor what desks became like lately.
    """
    count = len(sizes)
    if most <= 0:
        return {}
    if count <= most:
        return dict.fromkeys(range(count), 1.0)
    order = sorted(range(count), key=lambda index: (sizes[index], index))
    alone = min(most - 1, int(most * largest))
    rest = order[: count - alone]
    runs = most - alone
    chosen = dict.fromkeys(order[count - alone :], 1.0)
    for number in range(runs):
        begin, end = number * len(rest) // runs, (number + 1) * len(rest) // runs
        chosen[rest[(begin + end) // 2]] = float(end - begin)
    return chosen
