"""Declared REST streams, held against desks that lie, break off, go in circles, and change while they are read."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples

from ticketferry.errors import AuthError, FatalError, RejectedError, RetryableError, UnknownOutcomeError
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Severity, Wire
from ticketferry.sdk.credentials import Credentials
from ticketferry.sdk.options import SecretStr
from ticketferry.sdk.rest.client import RestClient, RestList
from ticketferry.sdk.rest.paginators import (
    CursorPages,
    KeysetPages,
    LinkedPages,
    NumberedPages,
    OffsetPages,
    SinglePage,
    TimePages,
)
from ticketferry.sdk.rest.parallel import OrderedMap, workers_for
from ticketferry.sdk.rest.requests import RestRequest, value_at
from ticketferry.sdk.rest.rights import unreadable
from ticketferry.sdk.rest.second_look import SecondLook
from ticketferry.sdk.rest.streams import RestStream, StreamReader, Windows, by_detail, by_row, whole_pages
from ticketferry.sdk.session import Session
from ticketferry_emulators.kit.clock import ManualClock

DESK = "https://desk.example"
START = 1_795_000_000.0
SECRET = SecretStr("s3cret-token")
Answering = Callable[[httpx.Request, int], httpx.Response]


class Hostile:
    """A desk that answers by a function of the request and its number, and a client of it on a clock that jumps."""

    def __init__(self, answering: Answering, **options) -> None:
        self.clock = ManualClock(START)
        self.notes = []
        self.asked: list[httpx.Request] = []
        self._answering = answering
        self.client = RestClient(
            Session("acme", clock=self.clock, note=self.notes.append),
            Credentials(bearer=SECRET),
            lambda: DESK,
            classify=refuse,
            **options,
        )
        self.reader = StreamReader(self.client)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answering(request, len(self.asked) - 1)

    def turn(self, answering: Answering) -> "Hostile":
        """Let the desk answer otherwise from now on: a client for each example would take longer than the examples."""
        self._answering = answering
        self.asked.clear()
        return self

    @property
    def waited(self) -> float:
        return self.clock.time() - START

    def ids(self, listed: RestList) -> list[int]:
        return [row["id"] for row in self.client.rows(listed)]

    def read(self, stream: RestStream, cursor: str | None = None):
        return list(self.reader.read(stream, cursor))


def refuse(response: httpx.Response) -> None:
    if response.status_code == 401:
        raise AuthError("no")
    if response.status_code >= 400:
        raise RejectedError(f"refused: {response.status_code}", status=response.status_code)


AT_HAND = Hostile(lambda *_: httpx.Response(500))


@pytest.fixture
def hostile():
    """Make a desk that answers by a function."""
    with respx.mock(assert_all_called=False) as router:
        made = []

        def make(answering: Answering, **options) -> Hostile:
            desk = Hostile(answering, **options)
            router.route().mock(side_effect=desk.answer)
            made.append(desk)
            return desk

        yield make
        for desk in made:
            desk.client.close()


def rows(*ids: int, **more) -> httpx.Response:
    return httpx.Response(200, json={"rows": [{"id": id_} for id_ in ids], **more})


def query(request: httpx.Request, name: str, default: str = "") -> str:
    return request.url.params.get(name, default)


def listing(pages, **more) -> RestList:
    return RestList(RestRequest("/rows"), "rows", "rows.list", pages, **more)


def wire(row) -> Wire:
    return Wire(Ref("acme", Kind.TICKET, str(row["id"])), row, None)


def shown(pages) -> list[str]:
    return [one.ref.id for page in pages for one in page.records]


CURSOR = CursorPages(cursor="page[after]", at="meta.after", more="meta.more", size_as="page[size]", size=2)
OFFSET = OffsetPages("startAt", "maxResults", 2, at="startAt", last="isLast", total="total")


# ---- each way of going on gives each row once, in order


@given(count=st.integers(0, 23), size=st.integers(1, 5), cut=st.integers(1, 5))
@settings(max_examples=examples(15), deadline=None)
def test_every_kind_of_paging_gives_each_row_once(count, size, cut):
    """A desk of `count` rows that gives at most `cut` a page whatever is asked."""
    most = min(size, cut)

    def by_offset(request, _):
        at = int(query(request, "startAt", "0"))
        return rows(*range(at, min(count, at + most)), startAt=at, total=count)

    def by_number(request, _):
        at = (int(query(request, "page", "1")) - 1) * most
        return rows(*range(at, min(count, at + most)), next="x" if at + most < count else None)

    def by_cursor(request, _):
        at = int(query(request, "after", "c0")[1:])
        return rows(*range(at, min(count, at + most)), after=f"c{at + most}" if at + most < count else None)

    def by_body(request, _):
        asked = json.loads(request.content)
        assert asked["query"] == {"kept": True}
        assert asked["pagination"]["per_page"] == size
        at = int(asked["pagination"].get("starting_after", "0"))
        following = {"next": {"starting_after": str(at + most)}} if at + most < count else {"next": None}
        return rows(*range(at, min(count, at + most)), pages=following)

    def by_link(request, _):
        at = int(query(request, "at", "0"))
        link = f'<https://elsewhere.example/rows?at={at + most}&kind=a&kind=b>; rel="next"'
        return httpx.Response(
            200,
            json={"rows": [{"id": id_} for id_ in range(at, min(count, at + most))]},
            headers={"link": link} if at + most < count else {},
        )

    def by_key(request, _):
        at = int(query(request, "since_id", "-1")) + 1
        return rows(*range(at, min(count, at + most)))

    def by_time(request, _):
        at = int(query(request, "start_time"))
        listed = [id_ for id_ in range(count) if id_ >= at][:most]
        more = bool(listed) and listed[-1] < count - 1
        return rows(*listed, end_time=listed[-1] if listed else at, end_of_stream=not more)

    posted = RestRequest("/search", json={"query": {"kept": True}}, method="POST")
    in_body = CursorPages(
        "pagination.starting_after", "pages.next.starting_after", size_as="pagination.per_page", size=size
    )
    cases = (
        (by_offset, listing(OffsetPages("startAt", "maxResults", size, at="startAt", total="total"))),
        (by_number, listing(NumberedPages(size=size, more="next"))),
        (by_cursor, listing(CursorPages("after", "after"))),
        (by_body, RestList(posted, "rows", "search", in_body)),
        (by_link, listing(LinkedPages())),
        (by_key, listing(KeysetPages("since_id"))),
        (by_time, listing(TimePages("start_time", "end_time", lambda: START, 61, lambda body, *_: body["end_of_stream"]))),
    )  # fmt: skip
    for answering, listed in cases:
        desk = AT_HAND.turn(answering)
        with respx.mock() as router:
            router.route().mock(side_effect=desk.answer)
            found = desk.ids(listed)
        # An export by time gives its border twice, and no row is left out.
        assert (sorted(set(found)) if answering is by_time else found) == list(range(count)), answering
        assert {request.url.host for request in desk.asked} == {"desk.example"}


def test_an_address_in_an_answer_is_asked_of_our_own_host_with_our_token_alone(hostile):
    desk = hostile(lambda request, number: rows(number, next=None if number else "https://evil.example/rows?at=7&at=8"))  # fmt: skip
    assert desk.ids(listing(LinkedPages("next"))) == [0, 1]
    assert [request.url.host for request in desk.asked] == ["desk.example", "desk.example"]
    assert desk.asked[1].url.params.get_list("at") == ["7", "8"]


def test_a_next_page_that_is_no_address_is_an_error(hostile):
    desk = hostile(lambda *_: rows(1, next="rows"))
    with pytest.raises(FatalError, match="no address"):
        desk.ids(listing(LinkedPages("next")))


def test_a_list_may_be_the_answer_itself_or_stand_deep_in_it(hostile):
    desk = hostile(lambda request, _: httpx.Response(200, json=[{"id": 1}] if request.url.path == "/bare" else {"data": {"rows": [{"id": 2}]}}))  # fmt: skip
    assert desk.ids(RestList(RestRequest("/bare"), "", "bare")) == [1]
    assert desk.ids(RestList(RestRequest("/deep"), "data.rows", "deep")) == [2]


def test_a_row_that_a_moving_border_gives_again_comes_once(hostile):
    # a row is made at the top while the list is read: all others move down by one
    desk = hostile(lambda request, _: rows(*((1, 2) if query(request, "startAt") == "0" else (2, 3)), startAt=int(query(request, "startAt")), isLast=query(request, "startAt") != "0"))  # fmt: skip
    assert desk.ids(listing(OFFSET, key=lambda row: str(row["id"]))) == [1, 2, 3]


# ---- lists that never end


@pytest.mark.parametrize(
    ("pages", "answer"),
    [
        (CURSOR, lambda _, number: rows(1, 2, meta={"more": True, "after": f"c{number}"})),
        (OFFSET, lambda *_: rows(1, 2, isLast=False)),
        (NumberedPages(), lambda *_: rows(1, 2)),
        (LinkedPages("next"), lambda _, number: rows(1, 2, next=f"/rows?at={number}")),
        (TimePages("start_time", "end_time", lambda: START, 61, lambda *_: False), lambda _, number: rows(1, 2, end_time=number)),
    ],
)  # fmt: skip
def test_the_first_page_for_ever_is_an_error_and_no_endless_loop(hostile, pages, answer):
    desk = hostile(answer)
    with pytest.raises(FatalError, match="same page again"):
        desk.ids(listing(pages))
    assert len(desk.asked) <= 4


def test_a_cursor_that_does_not_move_is_an_error_at_once(hostile):
    desk = hostile(lambda *_: rows(1, meta={"more": True, "after": "c"}))
    with pytest.raises(FatalError, match="same page again"):
        desk.ids(listing(CURSOR))
    assert len(desk.asked) == 2


def test_cursors_that_go_in_a_circle_are_an_error(hostile):
    circle = {"": ("a", 1), "a": ("b", 2), "b": ("a", 3)}
    desk = hostile(lambda request, _: rows(circle[query(request, "page[after]")][1], meta={"more": True, "after": circle[query(request, "page[after]")][0]}))  # fmt: skip
    with pytest.raises(FatalError, match="same page again"):
        desk.ids(listing(CURSOR))


def test_empty_pages_without_end_are_an_error(hostile):
    desk = hostile(lambda _, number: rows(meta={"more": True, "after": f"c{number}"}))
    with pytest.raises(FatalError, match="empty pages"):
        desk.ids(listing(CURSOR))


def test_a_list_that_goes_on_and_does_not_say_where_is_an_error_that_names_the_request(hostile):
    desk = hostile(lambda *_: rows(1, meta={"more": True}))
    with pytest.raises(FatalError, match="gives no cursor") as caught:
        desk.ids(listing(CURSOR))
    assert caught.value.where == "GET /rows"


def test_a_search_that_does_not_hear_its_cursor_ends_with_an_error(hostile):
    """Intercom ignores a cursor in the query: the first page comes for ever."""
    desk = hostile(lambda _, number: rows(1, 2, pages={"next": {"starting_after": f"{number}"}}))
    posted = RestRequest("/search", json={}, method="POST")
    with pytest.raises(FatalError, match="same page again"):
        desk.ids(RestList(posted, "rows", "search", CursorPages("pagination.starting_after", "pages.next.starting_after")))  # fmt: skip


def test_a_desk_ahead_of_our_clock_does_not_skip_a_second(hostile):
    desk = hostile(lambda *_: rows(1, end_time=int(START) + 100, end_of_stream=False))
    with pytest.raises(FatalError, match="later than this machine's clock"):
        desk.ids(listing(TimePages("start_time", "end_time", lambda: START, 61, lambda body, *_: body["end_of_stream"])))  # fmt: skip


# ---- answers that break


def test_a_cut_off_answer_in_the_middle_of_a_list_is_asked_for_again_and_nothing_is_lost(hostile):
    def answering(request, number):
        if number == 1:
            return httpx.Response(200, content=b'{"rows": [{"id": 3}, {"i')
        at = int(query(request, "startAt"))
        return rows(at, at + 1, startAt=at, isLast=at == 4)

    desk = hostile(answering)
    assert desk.ids(listing(OFFSET)) == [0, 1, 2, 3, 4, 5]
    assert [query(request, "startAt") for request in desk.asked] == ["0", "2", "2", "4"]


def test_an_answer_of_another_shape_for_ever_is_an_error_and_no_empty_list(hostile):
    for body in ({"rows": None}, {"rows": ["a"]}, [], None, {"other": []}):
        desk = hostile(lambda *_, told=body: httpx.Response(200, json=told))
        with pytest.raises(RetryableError):
            desk.ids(listing(OFFSET))


def test_429_in_the_middle_of_a_list_is_waited_for_and_the_same_page_asked_again(hostile):
    def answering(request, number):
        if number in (1, 2):
            return httpx.Response(429, headers={"retry-after": "7"})
        at = int(query(request, "startAt"))
        return rows(at, at + 1, startAt=at, isLast=at == 2)

    desk = hostile(answering)
    assert desk.ids(listing(OFFSET)) == [0, 1, 2, 3]
    assert desk.waited >= 14
    assert [query(request, "startAt") for request in desk.asked] == ["0", "2", "2", "2"]


def test_an_answer_to_a_write_that_is_cut_off_is_an_unknown_outcome(hostile):
    desk = hostile(lambda *_: httpx.Response(201, content=b'{"id": '))
    with pytest.raises(UnknownOutcomeError, match="cut off"):
        desk.client.write("POST", "/rows", endpoint="row.create", group="write", json={})


def test_paths_hang_below_the_api_and_a_whole_path_is_left_as_it_is(hostile):
    desk = hostile(lambda *_: httpx.Response(200, json={}), api="/api/v2")
    desk.client.get("/tickets", endpoint="t")
    desk.client.get("/api/v2/users", endpoint="u")
    assert [request.url.path for request in desk.asked] == ["/api/v2/tickets", "/api/v2/users"]


# ---- streams


def whole_stream(**more) -> RestStream:
    return RestStream("rows", by_row(wire), (listing(CURSOR),), whole=Kind.TICKET, **more)


def cursor_desk(request, _):
    at = int(query(request, "page[after]", "c0")[1:])
    return rows(at, at + 1, meta={"more": at < 4, "after": f"c{at + 2}"})


def test_a_stream_that_is_read_whole_says_so_only_where_it_began_at_the_beginning(hostile):
    desk = hostile(cursor_desk)
    pages = desk.read(whole_stream())
    assert shown(pages) == ["0", "1", "2", "3", "4", "5"]
    assert [page.last for page in pages] == [False, False, True]
    assert {page.whole for page in pages} == {Kind.TICKET}
    resumed = desk.read(whole_stream(), pages[0].cursor)
    assert shown(resumed) == ["2", "3", "4", "5"]
    assert {page.whole for page in resumed} == {None}
    assert shown(desk.read(whole_stream(), pages[-1].cursor)) == shown(pages), "finished: begins anew"


@pytest.mark.parametrize(
    "pages", [OffsetPages("startAt", "maxResults", 2, last="isLast"), NumberedPages(size=2, more="next")]
)
def test_a_row_that_went_between_two_runs_makes_no_list_by_offset_skip_another(hostile, pages):
    standing = [0, 1, 2, 3, 4]

    def answering(request, _):
        at = int(query(request, "startAt", str(2 * (int(query(request, "page", "1")) - 1))))
        more = at + 2 < len(standing)
        return rows(*standing[at : at + 2], isLast=not more, next=more)

    desk = hostile(answering)
    stream = RestStream("rows", by_row(wire), (listing(pages),), whole=Kind.TICKET)
    first = desk.read(stream)[0]
    standing.remove(0)
    later = desk.read(stream, first.cursor)
    assert {*shown([first]), *shown(later)} == {"0", "1", "2", "3", "4"}
    assert {page.whole for page in later} == {Kind.TICKET}, (
        "read from the beginning: what is not shown is gone"
    )


def test_lists_of_one_stream_follow_each_other_and_an_interruption_goes_on_in_the_right_one(hostile):
    def answering(request, _):
        base = 0 if request.url.path == "/a" else 10
        at = int(query(request, "page[after]", "c0")[1:])
        return rows(base + at, meta={"more": at < 2, "after": f"c{at + 1}"})

    lists = tuple(RestList(RestRequest(path), "rows", path, CURSOR) for path in ("/a", "/b"))
    stream = RestStream("both", by_row(wire), lists)
    desk = hostile(answering)
    pages = desk.read(stream)
    assert shown(pages) == ["0", "1", "2", "10", "11", "12"]
    for number, page in enumerate(pages[:-1]):
        assert shown(desk.read(stream, page.cursor)) == shown(pages[number + 1 :])


def test_an_export_goes_on_from_its_end(hostile):
    made = [0, 1, 2]

    def answering(request, _):
        at = int(query(request, "cursor", "0"))
        return rows(*made[at : at + 2], after=str(min(at + 2, len(made))), end=at + 2 >= len(made))

    pages = CursorPages("cursor", "after", end="end", first={"start_time": 0}, onward=True)
    stream = RestStream("export", by_row(wire), (listing(pages),))
    desk = hostile(answering)
    first = desk.read(stream)
    assert shown(first) == ["0", "1", "2"]
    assert query(desk.asked[0], "start_time") == "0"
    assert shown(desk.read(stream, first[-1].cursor)) == []
    made += [3, 4, 5]
    later = desk.read(stream, first[-1].cursor)
    assert shown(later) == ["3", "4", "5"]
    assert all(not query(request, "start_time") for request in desk.asked[1:])


def test_a_place_that_holds_no_longer_begins_the_list_anew_and_a_desk_that_ends_it_each_time_is_an_error(
    hostile,
):
    def answering(request, number):
        if number == 1:
            return httpx.Response(400)
        return cursor_desk(request, number)

    assert shown(hostile(answering).read(whole_stream(anew=(400,)))) == [
        "0",
        "1",
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
    ]
    with pytest.raises(RejectedError):
        hostile(answering).read(whole_stream())
    ended = hostile(
        lambda request, number: httpx.Response(400) if number % 2 else cursor_desk(request, number)
    )
    with pytest.raises(FatalError, match="before it was read to its end"):
        ended.read(whole_stream(anew=(400,)))


def test_a_refusal_of_the_first_page_is_not_a_place_that_ended(hostile):
    with pytest.raises(RejectedError):
        hostile(lambda *_: httpx.Response(400)).read(whole_stream(anew=(400,)))


def test_a_list_that_another_program_reads_is_waited_for_once(hostile):
    """One scroll for all programs [Intercom GET /companies/scroll]: who finds it busy waits until it has ended by itself."""
    refusals = [1]

    def answer(request, number):
        if number < refusals[0]:
            return httpx.Response(400, json={"error": "scroll already exists"})
        return httpx.Response(200, json={"rows": [{"id": 1}]})

    listed = RestList(RestRequest("/scroll"), "rows", "scroll")
    stream = RestStream("s", by_row(wire), (listed,), busy={400: 65.0})
    desk = hostile(answer)
    assert [one.ref.id for page in desk.reader.read(stream, None) for one in page.records] == ["1"]
    assert desk.waited >= 65
    refusals[0] = 9
    desk = hostile(answer)
    with pytest.raises(RejectedError):
        list(desk.reader.read(stream, None))
    assert len(desk.asked) == 2, "waited for once"
    desk = hostile(lambda *_: httpx.Response(422, json={}))
    with pytest.raises(RejectedError):
        list(desk.reader.read(stream, None))
    assert desk.waited < 65, "another refusal is no other reader"


def test_one_record_and_a_count_and_a_list_that_is_not_there(hostile):
    answers = {
        "/one/1": httpx.Response(200, json={"id": 1}),
        "/one/2": httpx.Response(404, json={}),
        "/one/3": httpx.Response(403, json={}),
        "/rows": httpx.Response(200, json={"rows": [{"id": 1}], "meta": {"total": 41}}),
        "/none": httpx.Response(403, json={}),
    }
    client = hostile(lambda request, _: answers[request.url.path]).client
    assert client.show("/one/1", endpoint="one") == {"id": 1}
    assert client.show("/one/2", endpoint="one") is None
    with pytest.raises(RejectedError):
        client.show("/one/3", endpoint="one")
    rows = RestList(RestRequest("/rows"), "rows", "rows")
    assert client.total(rows, "meta.total") == 41
    assert client.total(rows) is None
    none = RestList(RestRequest("/none"), "rows", "none")
    assert list(client.rows(none, absent=(403, 404))) == []
    with pytest.raises(RejectedError):
        list(client.rows(none, absent=(404,)))


def test_a_list_that_is_refused_in_its_middle_is_not_absent(hostile):
    def answer(request, number):
        if number == 0:
            return httpx.Response(200, json={"rows": [{"id": 1}], "next": "b"})
        return httpx.Response(403, json={})

    listed = RestList(RestRequest("/rows"), "rows", "rows", CursorPages("after", "next"))
    with pytest.raises(RejectedError):
        list(hostile(answer).client.rows(listed, absent=(403,)))


def test_what_credentials_may_not_read_is_told_with_the_right_that_lacks(hostile):
    def answer(request, _):
        if request.url.path == "/a":
            return httpx.Response(200, json={"rows": []})
        return httpx.Response(403, json={})

    lists = [(name, RestList(RestRequest(f"/{name}"), "rows", name)) for name in ("a", "b", "c")]
    client = hostile(answer).client
    missing, maybe = unreadable(client, lists, code="X-RIGHT", remedy="Give {right}.", optional={"c"})
    assert (missing.code, missing.severity, missing.remedy) == ("X-RIGHT", Severity.BLOCKER, "Give b.")
    assert (maybe.severity, maybe.remedy) == (Severity.DOUBT, "Give c.")
    assert missing.message.startswith("GET /b: ")


def test_a_scroll_dies_when_nobody_asks_and_is_never_resumed_by_its_old_name(hostile):
    """`GET /companies/scroll`: dead after a minute; then from the start; an empty page ends it [Intercom]."""
    scroll = CursorPages("scroll_param", "scroll_param", empty_ends=True, once=True)
    stream = RestStream("companies", by_row(wire), (RestList(RestRequest("/scroll"), "rows", "scroll", scroll),), whole=Kind.ORGANIZATION, anew=(400, 404))  # fmt: skip
    alive = {"name": "", "number": 0}

    def answering(request, _):
        named = query(request, "scroll_param")
        if named and named != alive["name"]:
            return httpx.Response(404)
        if not named:
            alive.update(name=f"s{len(alive)}{desk.clock.time()}", number=0)
        alive["number"] += 1
        at = 2 * (alive["number"] - 1)
        return rows(*range(at, min(5, at + 2)), scroll_param=alive["name"])

    desk = hostile(answering)
    pages = desk.reader.read(stream, None)
    first = next(pages)
    assert [page.last for page in pages] == [False, False, True]
    alive["name"] = "another"
    assert shown(desk.read(stream, first.cursor)) == ["0", "1", "2", "3", "4"]


def test_a_list_that_the_plan_does_not_have_is_empty_and_one_that_breaks_off_is_not(hostile):
    desk = hostile(lambda *_: httpx.Response(403))
    pages = desk.read(whole_stream(absent=(403,)))
    assert [(list(page.records), page.last) for page in pages] == [([], True)]
    assert pages[0].whole is None, "a right that is lost ends no record"
    broken = hostile(lambda request, number: httpx.Response(403) if number else cursor_desk(request, number))
    with pytest.raises(RejectedError):
        broken.read(whole_stream(absent=(403,)))


def test_each_row_is_asked_for_by_itself_several_at_once_and_they_come_in_order(hostile):
    def answering(request, number):
        if request.url.path == "/rows":
            return cursor_desk(request, number)
        return httpx.Response(200, json={"id": request.url.path.rpartition("/")[2], "parts": [1, 2]})

    desk = hostile(answering)
    several = OrderedMap(desk.clock, lambda: 4)
    fetch = lambda row: [wire(desk.client.get(f"/rows/{row['id']}", endpoint="rows.show"))]  # noqa: E731 -- one line
    stream = RestStream("rows", by_detail(several, fetch), (listing(CURSOR),), complete=True)
    pages = desk.read(stream)
    assert shown(pages) == ["0", "1", "2", "3", "4", "5"]
    assert all(page.complete for page in pages)
    assert len(desk.asked) == 3 + 6


def test_a_list_read_whole_that_a_connector_gives_itself_begins_anew_each_time():
    pages = list(whole_pages(Kind.PERSON, [[wire({"id": 1})], []]))
    assert [(len(page.records), page.last, page.whole, page.cursor) for page in pages] == [
        (1, False, Kind.PERSON, "{}"), (0, False, Kind.PERSON, "{}"), (0, True, Kind.PERSON, "{}"),
    ]  # fmt: skip


# ---- windows of time, on a desk that works on


class Working:
    """A desk whose records move while they are read: each request may touch one, which goes to the end of time."""

    def __init__(self, count: int, size: int = 2) -> None:
        self.changed = {id_: START - 1_000 + 10 * id_ for id_ in range(count)}
        self.size = size
        self.touch: dict[int, int] = {}
        self.desk: Hostile | None = None
        self.frozen = False
        self.seen = dict(self.changed)

    def __call__(self, request, number):
        asked = json.loads(request.content)
        begin, end = asked["begin"], asked["end"]
        after = asked.get("after")
        if after is None or not self.frozen:
            self.seen = dict(self.changed)
        standing = sorted((at, id_) for id_, at in self.seen.items() if begin <= at < end)
        standing = [row for row in standing if after is None or f"{row[0]:.3f}-{row[1]:05d}" > after]
        page = standing[: self.size]
        if number in self.touch:
            assert self.desk is not None
            self.desk.clock.sleep(5)
            self.changed[self.touch[number]] = self.desk.clock.time()
        following = f"{page[-1][0]:.3f}-{page[-1][1]:05d}" if len(standing) > self.size else None
        return httpx.Response(
            200, json={"rows": [{"id": id_, "at": at} for at, id_ in page], "next": following}
        )

    def stream(self, **more) -> RestStream:
        def listed(begin, end):
            body = {"begin": -1 if begin is None else begin, "end": end if end is not None else 1e12}
            return RestList(RestRequest("/search", json=body, method="POST"), "rows", "search", CursorPages("after", "next"))  # fmt: skip

        options = {"overlap": 30.0, "length": 200.0, "begin": START - 2_000, "version": lambda row: f"{row['id']}@{row['at']}"}  # fmt: skip
        return RestStream("moving", by_row(wire), windows=Windows(listed, **{**options, **more}))


def test_a_record_that_moves_between_pages_is_read_in_the_window_that_it_moved_to(hostile):
    working = Working(30)
    # touched by the very request before the one that would have shown it
    working.touch = {3: 5, 9: 29, 20: 17}
    desk = working.desk = hostile(working)
    pages = desk.read(working.stream())
    assert set(shown(pages)) == {str(id_) for id_ in range(30)}
    latest = {one.ref.id: one.body["at"] for page in pages for one in page.records}
    assert latest == {str(id_): at for id_, at in working.changed.items()}, "the newest state of each"
    assert [page.last for page in pages].count(True) == 1
    assert pages[-1].last


@given(touch=st.dictionaries(st.integers(0, 60), st.integers(0, 24), max_size=15), stop=st.integers(0, 40))
@settings(max_examples=examples(25), deadline=None)
def test_whatever_moves_and_wherever_it_is_interrupted_the_newest_state_of_each_record_is_read(touch, stop):
    working = Working(25)
    working.touch = touch
    desk = working.desk = AT_HAND.turn(working)
    with respx.mock() as router:
        router.route().mock(side_effect=desk.answer)
        state, cursor = {}, None
        for number, page in enumerate(desk.reader.read(working.stream(), None)):
            state.update((one.ref.id, one.body["at"]) for one in page.records)
            cursor = page.cursor
            if number == stop:
                break
        for page in desk.reader.read(working.stream(), cursor):
            state.update((one.ref.id, one.body["at"]) for one in page.records)
            cursor = page.cursor
        # What moved while the last page was given is in the next reading.
        working.touch = {}
        for page in desk.reader.read(working.stream(), cursor):
            state.update((one.ref.id, one.body["at"]) for one in page.records)
        assert state == {str(id_): at for id_, at in working.changed.items()}


def test_the_newest_window_is_read_again_until_it_shows_nothing_new(hostile):
    """A search that shows the desk as it was at its first page: what moved meanwhile is only in the next one."""
    working = Working(30)
    working.frozen = True
    working.changed = {id_: START - 100 + id_ for id_ in range(30)}
    working.touch = {20: 29, 27: 3}
    desk = working.desk = hostile(working)
    pages = desk.read(working.stream())
    latest = {one.ref.id: one.body["at"] for page in pages for one in page.records}
    assert latest == {str(id_): at for id_, at in working.changed.items()}
    assert latest["29"] > START


def test_a_desk_that_never_rests_is_read_on_by_the_next_extract(hostile):
    working = Working(5)
    working.touch = dict.fromkeys(range(10_000), 1)
    desk = working.desk = hostile(working)
    pages = desk.read(working.stream(begin=START - 1_000, overlap=1.0))
    assert pages[-1].last
    assert len(desk.asked) < 60
    working.touch = {}
    later = desk.read(working.stream(), pages[-1].cursor)
    assert later[-1].last
    assert {one.ref.id: one.body["at"] for page in [*pages, *later] for one in page.records}["1"] == working.changed[1]  # fmt: skip


def test_what_comes_again_unchanged_is_left_out_and_its_parts_are_not_asked_for(hostile):
    working = Working(40, size=3)
    desk = working.desk = hostile(working)
    pages = desk.read(working.stream())
    assert sorted(shown(pages), key=int) == [str(id_) for id_ in range(40)]


def test_one_window_until_now_is_asked_once_and_the_next_begins_where_this_one_began(hostile):
    working = Working(3)
    desk = working.desk = hostile(working)
    stream = working.stream(length=None, begin=None, overlap=600.0)
    pages = desk.read(stream)
    assert shown(pages) == ["0", "1", "2"]
    assert len(desk.asked) == 2
    assert json.loads(pages[-1].cursor) == {"since": START}
    desk.clock.sleep(1_000)
    working.changed[1] = START - 10  # shown late by a lagging index
    assert shown(desk.read(stream, pages[-1].cursor)) == ["1"]
    assert json.loads(desk.asked[-1].content)["begin"] == START - 600


def test_windows_without_a_version_are_refused():
    with pytest.raises(ValueError, match="version"):
        Windows(lambda *_: listing(SinglePage()), overlap=1.0, length=10.0)


def test_the_end_of_a_window_is_by_the_desks_clock(hostile):
    """A desk whose clock is ahead has records later than our now: they are not left to chance."""
    ahead = datetime.fromtimestamp(START + 3_600, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    working = Working(1)
    working.changed[0] = START + 3_590

    def answering(request, number):
        answer = working(request, number)
        answer.headers["date"] = ahead
        return answer

    desk = working.desk = hostile(answering)
    assert shown(desk.read(working.stream())) == ["0"]


# ---- what stands beside


def test_a_record_that_one_answer_hides_is_gone_by_two_answers_only():
    ref = Ref("acme", Kind.TICKET, "7")
    error = RejectedError("no parts", status=403)

    def missing(*_):
        raise RejectedError("not found", status=404)

    def silent(*_):
        raise RetryableError("no answer")

    gone = SecondLook("acme", missing, lambda: None).after(Kind.TICKET, 7, "its parts", error)
    assert [(one.ref, one.gone, one.unread) for one in gone] == [(ref, True, "")]
    unread = SecondLook("acme", lambda *_: True, lambda: None).after(Kind.TICKET, 7, "its parts", error)
    assert [(one.gone, one.unread) for one in unread] == [(False, "its parts: no parts")]
    alive = SecondLook("acme", silent, lambda: None).after(Kind.TICKET, 7, "its parts", error)
    assert alive[0].unread
    with pytest.raises(RejectedError, match="no parts"):
        SecondLook("acme", silent, silent).after(Kind.TICKET, 7, "its parts", error)


@pytest.mark.parametrize(("limit", "seconds", "workers"), [(None, 60, 8), (1, 60, 4), (700, 60, 12), (167, 10, 17), (10_000, 60, 64)])  # fmt: skip
def test_so_many_requests_go_at_once_as_use_up_the_limit(limit, seconds, workers):
    assert workers_for(limit, seconds) == workers


def test_the_first_error_ends_a_round_and_what_has_not_begun_is_not_done():
    done = []

    def work(item):
        done.append(item)
        if item == 3:
            raise RejectedError("no")
        return item

    with pytest.raises(RejectedError):
        list(OrderedMap(ManualClock(START), lambda: 2).each(work, range(1_000)))
    assert len(done) < 20


def test_a_virtual_clock_takes_as_long_for_a_round_as_its_workers_need_whatever_the_machine_does():
    clock = ManualClock(START)

    def work(item):
        clock.sleep(1.0 if item % 8 else 1.5)
        return item

    for _ in range(10):
        began = clock.time()
        with clock.busy():
            assert list(OrderedMap(clock, lambda: 4).each(work, range(41))) == list(range(41))
        assert clock.time() - began == 12.0, "41 items, 6 of them longer, by 4 workers"

    def failing(item):
        clock.sleep(1.0)
        raise RejectedError("no")

    with clock.busy(), pytest.raises(RejectedError):
        list(OrderedMap(clock, lambda: 4).each(failing, range(20)))
    assert (clock.stalls, clock._busy) == (0, 0)


def test_credentials_that_are_not_there_say_what_to_configure(hostile):
    with pytest.raises(AuthError) as caught:
        Credentials(where=DESK, remedy="Name token.").headers()
    assert (caught.value.where, caught.value.remedy) == (DESK, "Name token.")
    assert Credentials(basic=("ann@x.example/token", SECRET)).headers()["Authorization"] == "Basic YW5uQHguZXhhbXBsZS90b2tlbjpzM2NyZXQtdG9rZW4="  # fmt: skip
    assert Credentials(bearer=SECRET).headers()["Authorization"] == "Bearer s3cret-token"


def test_a_value_is_put_into_a_body_deep_and_the_body_that_was_declared_stays():
    request = RestRequest("/search", json={"query": {"a": 1}, "pagination": {"per_page": 5}}, method="POST")
    asked = request.with_value("pagination.starting_after", "x").with_value("sort.field", "id")
    assert asked.json == {"query": {"a": 1}, "pagination": {"per_page": 5, "starting_after": "x"}, "sort": {"field": "id"}}  # fmt: skip
    assert request.json == {"query": {"a": 1}, "pagination": {"per_page": 5}}
    assert value_at({"a": [1]}, "a.b") is None
