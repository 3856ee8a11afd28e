"""HTTP for connectors: what is asked again, what is never sent twice, and where credentials never go."""

import io
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.errors import AuthError, FatalError, RejectedError, RetryableError, UnknownOutcomeError
from ticketferry.sdk.http import READ_TRIES, WRITE_TRIES, HttpClient
from ticketferry.sdk.pacing import Pacer
from ticketferry.sdk.session import Session
from ticketferry_emulators.kit.clock import ManualClock

DESK = "https://desk.example"
START = 1_795_000_000.0
TRANSPORT_ERRORS = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
    httpx.ProxyError,
    httpx.DecodingError,
)
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Desk:
    """A client on a clock that jumps, with everything it noted."""

    def __init__(self, **options) -> None:
        self.clock = ManualClock(START)
        self.notes = []
        self.token = "first"
        self.session = Session("acme", clock=self.clock, note=self.notes.append)
        self.pacer = Pacer(self.clock)
        self.client = HttpClient(
            DESK + "/",
            self.session,
            headers=lambda: {"Authorization": f"Bearer {self.token}"},
            classify=classify,
            pacer=self.pacer,
            **options,
        )

    @property
    def waited(self) -> float:
        return self.clock.time() - START

    def read(self, **more):
        return self.client.read("GET", "/tickets", endpoint="tickets.list", **more)

    def write(self, **more):
        return self.client.write("POST", "/tickets", endpoint="ticket.create", json={"a": 1}, **more)


def classify(response: httpx.Response) -> None:
    if response.status_code == 401:
        raise AuthError("the desk does not accept the token")
    if response.status_code == 409:
        raise RetryableError("the desk says try again", retry_after=3.0)
    if response.status_code >= 400:
        raise RejectedError(f"refused: {response.status_code}", status=response.status_code)


@pytest.fixture
def desk():
    found = Desk()
    yield found
    found.client.close()


@pytest.fixture
def routes():
    with respx.mock(assert_all_called=False, assert_all_mocked=True) as router:
        yield router


# ---- reads --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", TRANSPORT_ERRORS)
def test_a_read_is_asked_again_after_a_transport_error(desk, routes, error):
    routes.get(f"{DESK}/tickets").mock(
        side_effect=[error("broke"), error("broke"), httpx.Response(200, json={"n": 1})]
    )
    assert desk.read().json() == {"n": 1}
    assert desk.waited > 0
    assert [note.status for note in desk.notes] == [0, 0, 200]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 520])
def test_a_read_is_asked_again_after_an_answer_that_the_desk_could_not_serve(desk, routes, status):
    routes.get(f"{DESK}/tickets").mock(side_effect=[httpx.Response(status), httpx.Response(200, json=[])])
    assert desk.read().status_code == 200


def test_a_read_gives_up_after_its_tries_and_says_what_to_look_at(desk, routes):
    route = routes.get(f"{DESK}/tickets").mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(RetryableError, match="did not answer") as caught:
        desk.read()
    assert route.call_count == READ_TRIES
    assert caught.value.where == "GET /tickets"
    assert DESK in caught.value.remedy


def test_retry_after_is_obeyed_to_the_second(desk, routes):
    routes.get(f"{DESK}/tickets").mock(
        side_effect=[httpx.Response(429, headers={"Retry-After": "93"}), httpx.Response(200)]
    )
    desk.read()
    assert desk.waited == pytest.approx(93)


def test_retry_after_as_a_date_is_obeyed(desk, routes):
    date = format_datetime(datetime.fromtimestamp(START + 45, UTC), usegmt=True)
    routes.get(f"{DESK}/tickets").mock(
        side_effect=[httpx.Response(429, headers={"Retry-After": date}), httpx.Response(200)]
    )
    desk.read()
    assert desk.waited == pytest.approx(45, abs=1.0)


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "-5", "Mon, 99 Foo 2026 00:00:00 GMT"])
def test_a_retry_after_that_says_nothing_useful_waits_a_moment_only(desk, routes, text):
    routes.get(f"{DESK}/tickets").mock(
        side_effect=[httpx.Response(429, headers={"Retry-After": text}), httpx.Response(200)]
    )
    desk.read()
    assert 0 < desk.waited < 60


def test_a_429_holds_every_other_request_of_its_group(desk, routes):
    routes.get(f"{DESK}/tickets").mock(
        side_effect=[httpx.Response(429, headers={"Retry-After": "30"}), *[httpx.Response(200)] * 2]
    )
    desk.read()
    desk.pacer.hold("read", 10)
    before = desk.waited
    desk.read()
    assert desk.waited - before == pytest.approx(10)


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_refusal_is_not_asked_again(desk, routes, status):
    route = routes.get(f"{DESK}/tickets").mock(return_value=httpx.Response(status))
    with pytest.raises(RejectedError):
        desk.read()
    assert route.call_count == 1


def test_an_unknown_request_stops_everything(desk, routes):
    routes.route().mock(return_value=httpx.Response(501))
    for ask in (desk.read, desk.write, lambda: list(desk.client.download("/f", endpoint="file"))):
        with pytest.raises(FatalError, match="does not know"):
            ask()
    assert [note.status for note in desk.notes] == [501, 501, 501]


def test_what_the_answer_says_of_the_budget_is_learned(routes):
    learned = []
    desk = Desk(learn=lambda response, group: learned.append((group, response.headers["x-left"])))
    routes.get(f"{DESK}/tickets").mock(return_value=httpx.Response(200, headers={"x-left": "7"}))
    desk.read(group="search")
    assert learned == [("search", "7")]


# ---- writes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", TRANSPORT_ERRORS)
def test_a_write_is_sent_again_only_where_it_never_left(desk, routes, error):
    route = routes.post(f"{DESK}/tickets").mock(side_effect=[error("broke"), httpx.Response(201)])
    if error in NOT_SENT:
        assert desk.write().status_code == 201
        assert route.call_count == 2
    else:
        with pytest.raises(UnknownOutcomeError) as caught:
            desk.write()
        assert caught.value.where == "POST /tickets"
        assert route.call_count == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_to_a_write_is_an_unknown_outcome(desk, routes, status):
    route = routes.post(f"{DESK}/tickets").mock(return_value=httpx.Response(status))
    with pytest.raises(UnknownOutcomeError, match=str(status)):
        desk.write()
    assert route.call_count == 1


def test_a_write_refused_for_its_pace_is_sent_again_and_in_the_end_given_up_as_not_done(desk, routes):
    route = routes.post(f"{DESK}/tickets").mock(
        return_value=httpx.Response(429, headers={"Retry-After": "1"})
    )
    with pytest.raises(RetryableError, match="rate limit"):
        desk.write()
    assert route.call_count == WRITE_TRIES


def test_a_write_is_sent_again_where_the_desk_says_that_nothing_was_done(desk, routes):
    routes.post(f"{DESK}/tickets").mock(side_effect=[httpx.Response(409), httpx.Response(201)])
    desk.write()
    assert desk.waited == pytest.approx(3)


def test_an_expired_token_is_renewed_once_and_the_request_repeated(routes):
    desk = Desk(renew=lambda: bool(setattr(desk, "token", "second")) or True)
    route = routes.post(f"{DESK}/tickets").mock(side_effect=[httpx.Response(401), httpx.Response(201)])
    desk.write()
    assert [call.request.headers["authorization"] for call in route.calls] == [
        "Bearer first",
        "Bearer second",
    ]
    assert desk.waited == 0


def test_a_token_that_cannot_be_renewed_is_an_error_of_credentials(routes):
    desk = Desk(renew=lambda: False)
    route = routes.route().mock(return_value=httpx.Response(401))
    with pytest.raises(AuthError):
        desk.write()
    with pytest.raises(AuthError):
        desk.read()
    assert route.call_count == 2


@pytest.mark.parametrize("make", [io.BytesIO, lambda data: data], ids=["stream", "bytes"])
def test_an_upload_is_sent_whole_again_after_a_429(desk, routes, make):
    data = bytes(range(256)) * 300
    route = routes.post(f"{DESK}/uploads").mock(side_effect=[httpx.Response(429), httpx.Response(201)])
    desk.client.write("POST", "/uploads", endpoint="upload", content=make(data))
    assert [call.request.content for call in route.calls] == [data, data]


def test_a_form_with_a_file_is_sent_whole_again_after_a_429(desk, routes):
    route = routes.post(f"{DESK}/uploads").mock(side_effect=[httpx.Response(429), httpx.Response(201)])
    desk.client.write(
        "POST",
        "/uploads",
        endpoint="upload",
        files={"file": ("a ü.txt", io.BytesIO(b"hello" * 99), "text/plain")},
    )
    assert [call.request.content.count(b"hello") for call in route.calls] == [99, 99]


@given(st.lists(st.sampled_from([429, 409, *NOT_SENT]), max_size=WRITE_TRIES - 1))
def test_however_often_nothing_was_done_a_write_ends_done_exactly_once(faults):
    with respx.mock() as router:
        desk = Desk()
        effects = [fault("x") if isinstance(fault, type) else httpx.Response(fault) for fault in faults]
        route = router.post(f"{DESK}/tickets").mock(side_effect=[*effects, httpx.Response(201)])
        assert desk.write().status_code == 201
        assert route.call_count == len(faults) + 1
        desk.client.close()


# ---- redirects, credentials, notes --------------------------------------------------------------------------------


def test_reads_and_writes_follow_no_redirect_so_credentials_stay_here(desk, routes):
    other = routes.route(host="evil.example").mock(return_value=httpx.Response(200))
    routes.route(host="desk.example").mock(
        return_value=httpx.Response(302, headers={"Location": "https://evil.example/x"})
    )
    desk.read()
    with pytest.raises(FatalError, match=r"https://evil.example/x"):
        desk.write()
    assert desk.client.redirect_of("/tickets", endpoint="t") == "https://evil.example/x"
    assert not other.called


@pytest.mark.parametrize(
    "there",
    [
        "https://cdn.example/f",
        "https://desk.example.evil.example/f",
        "https://desk.example@evil.example/f",
        "https://desk.example:8443/f",
        "http://desk.example/f",
    ],
)
def test_a_download_takes_credentials_to_no_other_place(desk, routes, there):
    answers = [httpx.Response(302, headers={"Location": there}), httpx.Response(200, content=b"bytes")]
    routes.route().mock(side_effect=answers)
    assert b"".join(desk.client.download("/f", endpoint="file")) == b"bytes"
    sent = [call.request.headers.get("authorization", "") for call in routes.calls]
    assert sent[0] == "Bearer first"
    assert "first" not in sent[1]


@pytest.mark.parametrize("there", ["/g", f"{DESK}/g", "https://DESK.example:443/g"])
def test_a_download_keeps_credentials_on_the_desks_own_host(desk, routes, there):
    routes.get(f"{DESK}/f").mock(return_value=httpx.Response(307, headers={"Location": there}))
    routes.get(f"{DESK}/g").mock(return_value=httpx.Response(200, content=b""))
    assert b"".join(desk.client.download("/f", endpoint="file")) == b""
    assert [call.request.headers.get("authorization") for call in routes.calls] == [
        "Bearer first",
        "Bearer first",
    ]


def test_a_download_of_a_foreign_address_carries_no_credentials(desk, routes):
    routes.get("https://cdn.example/f").mock(return_value=httpx.Response(200, content=b"x" * 200_000))
    chunks = list(desk.client.download("https://cdn.example/f", endpoint="file"))
    assert sum(map(len, chunks)) == 200_000
    assert "authorization" not in routes.calls[0].request.headers


@pytest.mark.parametrize("headers", [{}, {"Location": "http://desk.example:port/"}])
def test_a_redirect_to_nowhere_is_no_content(desk, routes, headers):
    routes.get(f"{DESK}/f").mock(return_value=httpx.Response(302, headers=headers, content=b"<html>"))
    with pytest.raises((RejectedError, RetryableError)):
        list(desk.client.download("/f", endpoint="file"))


def test_an_address_that_is_none_is_refused(desk, routes):
    with pytest.raises(RejectedError, match="no address"):
        list(desk.client.download("https://desk.example:port/f", endpoint="file"))


def test_redirects_in_a_circle_end_in_a_refusal(desk, routes):
    routes.get(f"{DESK}/f").mock(return_value=httpx.Response(302, headers={"Location": "/f"}))
    with pytest.raises(RejectedError, match="redirects"):
        list(desk.client.download("/f", endpoint="file"))


class _Breaking(httpx.SyncByteStream):
    def __iter__(self):
        yield b"half"
        raise httpx.ReadError("the line broke")


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(200, stream=_Breaking()), httpx.Response(503), httpx.Response(500), httpx.Response(429)],
)
def test_a_download_that_the_desk_could_not_serve_may_be_asked_again(desk, routes, answer):
    routes.get(f"{DESK}/f").mock(return_value=answer)
    with pytest.raises(RetryableError):
        list(desk.client.download("/f", endpoint="file"))


def test_a_429_to_a_download_holds_its_group(desk, routes):
    routes.get(f"{DESK}/f").mock(
        side_effect=[httpx.Response(429, headers={"Retry-After": "20"}), httpx.Response(200, content=b"x")]
    )
    with pytest.raises(RetryableError):
        list(desk.client.download("/f", endpoint="file"))
    assert list(desk.client.download("/f", endpoint="file")) == [b"x"]
    assert desk.waited == pytest.approx(20)


def test_a_file_that_is_gone_is_refused_at_once(desk, routes):
    routes.get(f"{DESK}/f").mock(return_value=httpx.Response(404))
    with pytest.raises(RejectedError, match="404"):
        list(desk.client.download("/f", endpoint="file"))


def test_a_download_renews_an_expired_token(routes):
    desk = Desk(renew=lambda: bool(setattr(desk, "token", "second")) or True)
    routes.get(f"{DESK}/f").mock(side_effect=[httpx.Response(401), httpx.Response(200, content=b"x")])
    assert list(desk.client.download("/f", endpoint="file")) == [b"x"]
    assert routes.calls.last.request.headers["authorization"] == "Bearer second"


def test_a_download_whose_token_stays_refused_is_an_error_of_credentials(routes):
    desk = Desk(renew=lambda: True)
    route = routes.get(f"{DESK}/f").mock(return_value=httpx.Response(401))
    with pytest.raises(AuthError):
        list(desk.client.download("/f", endpoint="file"))
    assert route.call_count == 2


def test_every_request_is_noted_without_secret_or_body(desk, routes):
    routes.route().mock(return_value=httpx.Response(200, json={"secret": "body"}))
    desk.read(params={"q": "a b&c"}, headers={"X-More": "1"})
    desk.write()
    list(desk.client.download("/f", endpoint="file"))
    assert [(note.desk, note.method, note.endpoint, note.status, note.write) for note in desk.notes] == [
        ("acme", "GET", "tickets.list", 200, False),
        ("acme", "POST", "ticket.create", 200, True),
        ("acme", "GET", "file", 200, False),
    ]
    assert "secret" not in str(desk.notes)
    assert "first" not in str(desk.notes)
    assert routes.calls[0].request.url.params["q"] == "a b&c"
    assert routes.calls[0].request.headers["x-more"] == "1"
