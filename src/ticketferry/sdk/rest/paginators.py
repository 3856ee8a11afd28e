"""How a list goes on: by a cursor, a link, an offset, a page number, the last id, or the time up to which it was given.

A paginator is pure. `ask` turns the request for a list and a place in it into the request for the page there; `follow` reads off an
answer where the next page begins. What all lists can do wrong (the same page for ever, a place that does not move, empty pages
without end) is held by the client, not here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qsl, urlsplit

from ticketferry.errors import FatalError
from ticketferry.sdk.rest.requests import Parameters, Place, RestRequest, value_at

__all__ = [
    "CursorPages",
    "Following",
    "KeysetPages",
    "LinkedPages",
    "NumberedPages",
    "OffsetPages",
    "Paginator",
    "SinglePage",
    "TimePages",
]


class Following(NamedTuple):
    """`place`: where reading goes on; `last`: nothing follows now (a list that is resumed later goes on from `place` all the same)."""

    place: Place
    last: bool


class Paginator(Protocol):
    """One way in which lists go on."""

    @property
    def repeats(self) -> int:
        """How often a page may come once more before it counts as a circle."""
        ...

    @property
    def once(self) -> bool:
        """Whether places are worth nothing later (a scroll, which may keep one name throughout; an offset, which counts rows that may
        have gone): an interrupted reading begins anew.
        """
        ...

    def ask(self, request: RestRequest, place: Place) -> RestRequest:
        """Return the request for the page at `place`."""
        ...

    def follow(self, place: Place, body: Any, rows: Sequence[Any], link: str) -> Following:
        """Say what follows the page at `place`, by its answer. `link`: the address that a header `Link` with rel="next" gives.

        Raises FatalError for an answer that says that it goes on and not where.
        """
        ...


@dataclass(frozen=True, slots=True)
class SinglePage:
    """A list that one answer holds whole."""

    repeats: int = 0
    once: bool = False

    def ask(self, request: RestRequest, place: Place) -> RestRequest:  # noqa: ARG002 -- there is one place
        """Return the request itself."""
        return request

    def follow(self, place: Place, body: Any, rows: Sequence[Any], link: str) -> Following:  # noqa: ARG002 -- as above
        """Say that nothing follows."""
        return Following(None, last=True)


@dataclass(frozen=True, slots=True)
class CursorPages:
    """The answer holds a cursor that the next request names: in its query, or in the body where it has one.

    `cursor`: where the request names it (`page[after]`; `pagination.starting_after` in a body). `at`: where the answer has it.
    `more`: a flag of the answer without which nothing follows; `end`: one with which nothing does; with neither, the list ends where
    the answer has no cursor. `size_as`, `size`: how a page's size is asked for. `first`: what only the first request says.
    `empty_ends`: an empty page is the last one, whatever cursor it has (scrolls). `onward`: the cursor of the last page is where the next
    reading goes on (exports). `once`: a cursor lives for moments only (scrolls): a reading that was interrupted begins anew.
    """

    cursor: str
    at: str
    more: str = ""
    end: str = ""
    size_as: str = ""
    size: int = 100
    first: Mapping[str, str | int] | None = None
    empty_ends: bool = False
    onward: bool = False
    once: bool = False
    repeats: int = 0

    def ask(self, request: RestRequest, place: Place) -> RestRequest:
        """Name the cursor and the size."""
        if self.size_as:
            request = request.with_value(self.size_as, self.size)
        if place is not None:
            return request.with_value(self.cursor, str(place))
        for name, value in (self.first or {}).items():
            request = request.with_value(name, value)
        return request

    def follow(self, place: Place, body: Any, rows: Sequence[Any], link: str) -> Following:  # noqa: ARG002 -- no link here
        """Read the answer's cursor."""
        given = value_at(body, self.at)
        cursor = str(given) if isinstance(given, str | int) and given != "" else None
        if self.more:
            last = not value_at(body, self.more)
        elif self.end:
            last = bool(value_at(body, self.end)) or (cursor is None and not self.onward)
        else:
            last = cursor is None
        last = last or (self.empty_ends and not rows)
        if last:
            return Following((cursor or place) if self.onward else None, last=True)
        if cursor is None and not self.onward:
            raise FatalError("the desk says that the list goes on, and gives no cursor")
        return Following(cursor if cursor is not None else place, last=False)


@dataclass(frozen=True, slots=True)
class OffsetPages:
    """The request names the number of its first row (`startAt`, `offset`), and the answer may tell where it really began.

    The desk may give fewer rows than asked: the next page begins behind those that came. `last`: the answer's flag of its end, and
    what it says while more follows (`goes_on`: a flag that lacks ends the list too); `total`: how many rows there are, which counts
    where no flag stands. An empty page is the last one. Without both only an empty page is.

    A row that went away since moves all others up: an interrupted reading begins anew, else one would be skipped.
    """

    start: str
    size_as: str
    size: int = 100
    at: str = ""
    last: str = ""
    goes_on: bool = False
    total: str = ""
    repeats: int = 0
    once: bool = True

    def ask(self, request: RestRequest, place: Place) -> RestRequest:
        """Name the first row and the size."""
        return request.with_value(self.start, _number(place)).with_value(self.size_as, self.size)

    def follow(self, place: Place, body: Any, rows: Sequence[Any], link: str) -> Following:  # noqa: ARG002 -- no link here
        """Count on from where the answer began."""
        began = value_at(body, self.at) if self.at else None
        following = (began if isinstance(began, int) and began else _number(place)) + len(rows)
        flag = value_at(body, self.last) if self.last else None
        total = value_at(body, self.total) if self.total else None
        ended = (
            not rows
            or flag is True
            or (self.goes_on and flag is not False)
            or (flag is None and isinstance(total, int) and following >= total)
        )
        return Following(None if ended else following, ended)


@dataclass(frozen=True, slots=True)
class NumberedPages:
    """The request names the number of a page. `more`: where the answer says that another follows (its address, a flag, a number);
    `pages`: where it says how many there are. With neither, an empty page is the last one. An interrupted reading begins anew, as with offsets.
    """

    page: str = "page"
    size_as: str = "per_page"
    size: int = 100
    more: str = ""
    pages: str = ""
    repeats: int = 0
    once: bool = True

    def ask(self, request: RestRequest, place: Place) -> RestRequest:
        """Name page and size."""
        return request.with_value(self.page, _number(place) or 1).with_value(self.size_as, self.size)

    def follow(self, place: Place, body: Any, rows: Sequence[Any], link: str) -> Following:  # noqa: ARG002 -- no link here
        """Count on by one."""
        number = _number(place) or 1
        pages = value_at(body, self.pages) if self.pages else None
        last = not rows or (bool(self.more) and not value_at(body, self.more))
        last = last or (isinstance(pages, int) and number >= pages)
        return Following(None if last else number + 1, last)


@dataclass(frozen=True, slots=True)
class LinkedPages:
    """The answer holds the whole address of the next page, at `at`, or in the header `Link` where `at` is empty.

    Path and query are taken from it and asked of our own host: addresses in answers may name others, and credentials go to ours only.
    """

    at: str = ""
    repeats: int = 0
    once: bool = False

    def ask(self, request: RestRequest, place: Place) -> RestRequest:
        """Return the request that the address is."""
        if place is None:
            return request
        parts = urlsplit(str(place))
        given: dict[str, list[str]] = {}
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            given.setdefault(name, []).append(value)
        params: Parameters = {
            name: values[0] if len(values) == 1 else values for name, values in given.items()
        }
        return RestRequest(parts.path, params, request.json, request.method, request.headers)

    def follow(self, place: Place, body: Any, rows: Sequence[Any], link: str) -> Following:  # noqa: ARG002 -- an address says all
        """Read the address."""
        address = value_at(body, self.at) if self.at else link
        if not isinstance(address, str) or not address:
            return Following(None, last=True)
        parts = urlsplit(address)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if not target.startswith("/"):
            raise FatalError(f"the desk's next page is no address: {address[:200]!r}")
        return Following(target, last=False)


@dataclass(frozen=True, slots=True)
class KeysetPages:
    """The request names the key of the last row that it had (`since_id`); an empty page is the last one."""

    since: str
    key: str = "id"
    repeats: int = 0
    once: bool = False

    def ask(self, request: RestRequest, place: Place) -> RestRequest:
        """Name the key."""
        return request if place is None else request.with_value(self.since, str(place))

    def follow(self, place: Place, body: Any, rows: Sequence[Any], link: str) -> Following:  # noqa: ARG002 -- rows say all
        """Read the key of the last row; one that does not move, or is not there, ends the list."""
        key = value_at(rows[-1], self.key) if rows else None
        last = key is None or str(key) == str(place)
        return Following(place if last else str(key), last)


@dataclass(frozen=True, slots=True)
class TimePages:
    """An export by time: the request names whole unix seconds to begin with, the answer those up to which it told.

    The second at the border comes twice, and a second with more records than a page comes whole. `now`: the desk's time; `newest`: how
    many seconds before it the desk begins to tell nothing. `last`: says of an answer, its rows and whether its time moved, whether
    nothing follows. The end of one reading is where the next begins.
    """

    start: str
    end: str
    now: Callable[[], float]
    newest: int
    last: Callable[[Any, Sequence[Any], bool], bool]
    repeats: int = 1
    once: bool = False

    def ask(self, request: RestRequest, place: Place) -> RestRequest:
        """Name the time to begin with: never one that the desk does not tell of yet."""
        return request.with_value(self.start, self._begin(place))

    def follow(self, place: Place, body: Any, rows: Sequence[Any], link: str) -> Following:  # noqa: ARG002 -- no link here
        """Read the time up to which the answer told. Raises FatalError where the desk is ahead of this machine's clock."""
        begin, end = self._begin(place), value_at(body, self.end)
        position = max(end, begin) if isinstance(end, int) else begin
        last = self.last(body, rows, position > begin)
        if not last and begin < _number(place):
            raise FatalError(
                "the desk's newest records are later than this machine's clock",
                remedy="Set the clock of this machine, then run the command again.",
            )
        if not last and position == begin:
            position += 1
        return Following(position, last)

    def _begin(self, place: Place) -> int:
        return max(0, min(_number(place), int(self.now()) - self.newest))


def _number(place: Place) -> int:
    return place if isinstance(place, int) else 0
