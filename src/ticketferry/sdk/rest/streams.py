"""Streams of a source, declared: which lists they read, what a record's time is, how rows become wires, and what an interruption costs.

A stream is a table row; :class:`StreamReader` reads it. Three kinds:

- **lists** (`lists`): read whole, one after another, each time from the beginning; an interrupted reading goes on where it was. With
  `whole` the core ends what no list showed: set only where the reading began at the beginning.
- **an export** (one list whose paginator goes `onward`, or by time): the place at its end is where the next reading goes on.
- **windows of time** (`windows`): a list that is asked for by the time of the last change. A record that changes while the list is read
  moves to a later window: windows overlap, what comes again unchanged is left out, and the newest window is read again until it shows
  nothing new.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import orjson

from ticketferry.errors import FatalError, NotServedError, RejectedError
from ticketferry.schema.refs import Kind
from ticketferry.sdk.contract import Cursor, Page, Wire
from ticketferry.sdk.pacing import pause
from ticketferry.sdk.rest.client import RestClient, RestList, RestPage
from ticketferry.sdk.rest.parallel import OrderedMap
from ticketferry.sdk.rest.requests import Place

__all__ = [
    "NOT_SERVED",
    "RestStream",
    "StreamReader",
    "Windows",
    "by_detail",
    "by_row",
    "saved",
    "state_of",
    "version_of",
    "whole_pages",
]

_ANEW = 3
"""Times that a list may begin anew within one reading before that is an error."""
_ROUNDS = 20
"""Windows at the end that may each show something new: a desk so busy is read on by the next extract."""

NOT_SERVED = 501
"""The status by which a product says that it does not know a request: another edition of the API."""

Windowed: TypeAlias = Callable[[float | None, float | None], RestList]
"""Makes the list of what changed from a time (unix seconds; None: ever) until before another (None: whenever)."""
_Stated: TypeAlias = tuple[Page, Mapping[str, Any]]
ToWires = Callable[[RestPage], Iterable[Wire]]


@dataclass(frozen=True, slots=True)
class Windows:
    """How a list by the time of the last change is cut. The list goes on by a cursor: an offset would skip where a record moves away.

    `listed`: see `Windowed`. `overlap`: seconds that a window reaches back into the one before: as long as the desk's index may lag,
    clocks may differ and pages may take. `length`: seconds of a window, None: one window until now, which is not read again. `begin`: unix
    seconds before which the desk has nothing. `version`: what a row is with the state it has: one that came with the same state is
    left out.
    """

    listed: Windowed
    overlap: float
    length: float | None = None
    begin: float | None = None
    version: Callable[[Any], str] | None = None

    def __post_init__(self) -> None:
        """Refuse windows whose end could not be seen: what overlaps would look new for ever."""
        if self.length is not None and self.version is None:
            raise ValueError("windows with a length need the version of a row")


@dataclass(frozen=True, slots=True)
class RestStream:
    """A stream of a source.

    `wires`: wires of a page of rows, see `by_row` and `by_detail`. `whole`: the kind of which this stream gives all that there are.
    `complete`: each root comes with all its parts. `anew`: statuses by which the desk says that a place in the list holds no longer (a
    token or a scroll that ended): the list is begun again. `absent`: statuses by which it says, at the very beginning, that it has no such
    list (not in the plan, no right): the stream is empty then, and ends no record. `busy`: statuses by which it says there that another
    program reads the list, and the seconds after which that reading has ended: they are waited for once.
    """

    name: str
    wires: ToWires
    lists: tuple[RestList, ...] = ()
    windows: Windows | None = None
    whole: Kind | None = None
    complete: bool = False
    anew: Collection[int] = ()
    absent: Collection[int] = ()
    busy: Mapping[int, float] = field(default_factory=dict)


def version_of(*keys: str) -> Callable[[Any], str]:
    """Return what a row is with the state it has, by keys of it: its id and the time of its last change."""
    return lambda row: " ".join(str(row.get(key)) for key in keys)


def by_row(wire: Callable[[Any], Wire]) -> ToWires:
    """Make one wire of each row, by itself."""
    return lambda page: [wire(row) for row in page.rows]


def by_detail(several: OrderedMap, fetch: Callable[[Any], Iterable[Wire]]) -> ToWires:
    """Ask for each row by itself, several at once, since the list leaves parts out; wires come in the order of the rows."""
    return lambda page: [wire for wires in several.each(fetch, page.rows) for wire in wires]


def saved(state: Mapping[str, Any]) -> Cursor:
    """Return a state as the core saves it."""
    return orjson.dumps(dict(state), option=orjson.OPT_SORT_KEYS).decode()


def state_of(cursor: Cursor | None) -> dict[str, Any]:
    """Return what a cursor saved; nothing for the start."""
    state: dict[str, Any] = orjson.loads(cursor) if cursor else {}
    return state


def whole_pages(kind: Kind, pages: Iterable[Iterable[Wire]]) -> Iterator[Page]:
    """Give wires of a list that is always read whole, as pages; an interrupted reading begins anew."""
    for wires in pages:
        yield Page(list(wires), "{}", last=False, whole=kind)
    yield Page((), "{}", last=True, whole=kind)


class StreamReader:
    """Reads streams of one desk. Requests are those of the lists and of `wires`, and no other."""

    def __init__(self, client: RestClient) -> None:
        self._client = client

    def read(
        self, stream: RestStream, cursor: Cursor | None, beside: Mapping[str, Any] | None = None
    ) -> Iterator[Page]:
        """Read a stream from the start (None), or what changed since `cursor`; the last page has `last`. `beside`: what the connector
        keeps in every cursor besides (not `at`, `list`, `since`, `until`, `began`).
        """
        state = state_of(cursor)
        pages = (
            self._in_windows(stream, stream.windows, state)
            if stream.windows is not None
            else self._lists(stream, state)
        )
        for page, following in pages:
            changed = {name: value for name, value in following.items() if value is not None}
            yield replace(page, cursor=saved({**(beside or {}), **changed}))

    def _lists(self, stream: RestStream, state: Mapping[str, Any]) -> Iterator[_Stated]:
        """Read lists one after another. A finished state begins anew, but for an export, whose place is kept."""
        number, place = int(state.get("list", 0)), state.get("at")
        if number >= len(stream.lists):
            number, place = 0, None
        whole = stream.whole if (number, place) == (0, None) else None
        while number < len(stream.lists):
            listed = stream.lists[number]
            final = number + 1 == len(stream.lists)
            for page in self._pages(stream, listed, place):
                following: dict[str, Any]
                if not page.last:
                    following = {"list": number, "at": None if listed.pages.once else page.following}
                elif final:
                    following = {"at": page.following} if page.following is not None else {}
                else:
                    following = {"list": number + 1}
                if page.body is None:
                    whole = None  # a list that was refused shows nothing, which ends no record
                last = page.last and final
                yield Page(list(stream.wires(page)), "", last, whole, stream.complete), following
            number, place = number + 1, None

    def _pages(self, stream: RestStream, listed: RestList, place: Place) -> Iterator[RestPage]:
        """Read a list; begin it anew where its place holds no longer. Nothing where the desk has no such list."""
        waits = dict(stream.busy)
        for _ in range(_ANEW + 1):
            asked_at = place
            try:
                for page in self._client.pages(listed, place):
                    yield page
                    asked_at = page.following
            except (RejectedError, NotServedError) as error:
                status = error.status if isinstance(error, RejectedError) else NOT_SERVED
                if asked_at is None and status in stream.absent:
                    yield RestPage(listed, [], None, None, True, None)
                    return
                seconds = waits.pop(status, 0.0) if asked_at is None else 0.0
                if seconds:
                    why = f"another program reads this list, and has to end first: {error.message}"
                    pause(self._client.session.clock, seconds, why)
                elif asked_at is None or status not in stream.anew:
                    raise
                place = None
            else:
                return
        raise FatalError(
            f"the desk ended the list {_ANEW + 1} times before it was read to its end",
            where=listed.request.where,
            remedy="Does another program read the same list? Stop it, then run the command again.",
        )

    def _in_windows(
        self, stream: RestStream, windows: Windows, state: Mapping[str, Any]
    ) -> Iterator[_Stated]:
        """Read window by window. `since`: up to where all is read; `until`, `at`: the window that is open and the place in it."""
        saved_since = state.get("since")
        # A place that was saved in another way than this is none: reading begins anew.
        since: float | None = saved_since if isinstance(saved_since, int | float) else windows.begin
        until: float | None = state.get("until")
        began = float(state.get("began", self._now()))
        place: Place = state.get("at")
        known: set[str] = set()
        rounds = 0
        while True:
            if until is None:
                until = self._end_of(windows, since)
            newest = windows.length is None or until >= began
            begin = None if since is None else since - windows.overlap
            # The newest window is open: the desk's clock may be ahead of what its answers told.
            listed = windows.listed(begin, None if newest else until)
            shown: set[str] = set()
            fresh = 0
            for page in self._pages(stream, listed, place):
                rows = page.rows
                if windows.version is not None:
                    rows = [row for row in rows if windows.version(row) not in known]
                    shown |= {windows.version(row) for row in page.rows}
                fresh += len(rows)
                inside = {"since": since, "until": until, "began": began, "at": page.following}
                done = {"since": began if windows.length is None else until}
                rounds += page.last and newest
                last = page.last and newest and (windows.length is None or not fresh or rounds > _ROUNDS)
                after = done if last else {**done, "began": began} if page.last else inside
                wires = list(stream.wires(page._replace(rows=rows)))
                yield Page(wires, "", last, None, stream.complete), after
                if last:
                    return
            since, until, place, known = until, None, None, shown

    def _end_of(self, windows: Windows, since: float | None) -> float:
        now = self._now()
        if windows.length is None or since is None:
            return now
        return min(now, since + windows.length)

    def _now(self) -> float:
        """Return the desk's time: the times of its records are its own."""
        return self._client.session.clock.time() + self._client.clock.ahead
