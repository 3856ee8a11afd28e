"""A desk, or a proxy, that answers drop by drop, falsely or with our own secrets: each ends with a sentence, and says none of them."""

import gzip
import json

import httpx
import pytest
import respx
from tests.unit.sdk.test_http import DESK, Desk

from ticketferry.errors import AuthError, FerryError, RetryableError, UnknownOutcomeError
from ticketferry.sdk import http, http_answers
from ticketferry.sdk.oauth import OAuthToken
from ticketferry.sdk.secrets import remember
from ticketferry.sdk.shapes import an_object


@pytest.fixture
def routes():
    with respx.mock(assert_all_called=False) as found:
        yield found


@pytest.fixture
def desk():
    found = Desk()
    yield found
    found.client.close()


class Dripping(httpx.SyncByteStream):
    """One byte a minute, for ever; the minutes pass on `clock`."""

    def __init__(self, clock):
        self._clock = clock

    def __iter__(self):
        while True:
            self._clock[0] += 60
            yield b" "


@pytest.fixture
def drip(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(http_answers, "monotonic", lambda: clock[0])
    return lambda _: httpx.Response(200, stream=Dripping(clock))


def test_an_answer_that_drips_for_ever_ends_and_a_write_is_not_sent_twice(desk, routes, drip):
    asked = routes.get(f"{DESK}/tickets").mock(side_effect=drip)
    with pytest.raises(RetryableError, match="not there whole after 600 seconds") as caught:
        desk.read()
    assert asked.call_count == http.READ_TRIES
    assert caught.value.remedy
    sent = routes.post(f"{DESK}/tickets").mock(side_effect=drip)
    with pytest.raises(UnknownOutcomeError, match="not there whole"):
        desk.write()
    assert sent.call_count == 1


def test_a_file_that_drips_for_ever_ends(desk, routes, drip):
    routes.get(f"{DESK}/file").mock(side_effect=drip)
    with pytest.raises(RetryableError, match="the file trickles"):
        for _ in desk.client.download("/file", endpoint="file"):
            pass


SECRETS = {"client_secret": "s3cret-" + "c" * 20, "refresh_token": "refresh-" + "r" * 20}


@pytest.mark.parametrize("status", [400, 401, 403, 422])
@pytest.mark.parametrize("refresh", ["", SECRETS["refresh_token"]])
def test_the_secrets_of_a_request_for_a_token_are_in_no_error(routes, status, refresh):
    def refuse(response):
        if response.status_code >= 300:
            raise AuthError(f"no token: {response.text}")

    desk = Desk()
    for secret in SECRETS.values():
        remember(secret)
    routes.post(f"{DESK}/oauth/tokens").mock(
        side_effect=lambda request: httpx.Response(status, json={"echo": json.loads(request.content)})
    )
    request = {"client_id": "us", "client_secret": SECRETS["client_secret"]}
    token = OAuthToken(
        desk.session, base_url=DESK, path="/oauth/tokens", request=request, refresh=refresh, refuse=refuse
    )
    with pytest.raises(FerryError) as caught:
        token.current()
    assert "[secret]" in str(caught.value)
    assert not any(secret in str(caught.value) for secret in SECRETS.values())
    token.close()
    desk.client.close()


def test_a_token_that_is_given_once_more_is_taken_as_it_is(routes):
    desk = Desk()
    known = "access-" + "a" * 20
    remember(known)
    routes.post(f"{DESK}/oauth/tokens").respond(200, json={"access_token": known, "refresh_token": known})
    token = OAuthToken(desk.session, base_url=DESK, path="/oauth/tokens", request={}, refuse=lambda _: None)
    assert token.current() == known
    token.close()
    desk.client.close()


ODD = {
    "a list": httpx.Response(200, content=b"[]"),
    "nothing changed": httpx.Response(304),
    "no number to wait": httpx.Response(429, headers={"retry-after": "nan"}),
    "less than nothing": httpx.Response(429, headers={"retry-after": "-5"}),
    "out": httpx.Response(503),
    "too long a length": httpx.RemoteProtocolError(
        "peer closed connection without sending complete message body"
    ),
    "a false packing": httpx.DecodingError("Error -3 while decompressing data"),
}


@pytest.mark.parametrize("how", list(ODD))
def test_whatever_comes_for_ever_ends_in_bounded_attempts_with_a_sentence(desk, routes, how):
    answer = ODD[how]
    asked = routes.get(f"{DESK}/users/me").mock(
        **({"side_effect": answer} if isinstance(answer, Exception) else {"return_value": answer})
    )
    with pytest.raises(FerryError) as caught:
        desk.client.ask("GET", "/users/me", endpoint="users.me", fits=an_object)
    assert asked.call_count <= http.READ_TRIES
    assert desk.waited < 600
    assert caught.value.remedy
    assert caught.value.where == "GET /users/me"


def test_an_answer_that_is_packed_twice_over_is_bounded(desk, routes, monkeypatch):
    monkeypatch.setattr(http_answers, "LARGEST_ANSWER", 100_000)
    bomb = gzip.compress(b" " * 2_000_000)
    asked = routes.get(f"{DESK}/users/me").mock(
        side_effect=lambda _: httpx.Response(
            200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(bomb)
        )
    )
    with pytest.raises(RetryableError, match="unpacked"):
        desk.client.ask("GET", "/users/me", endpoint="users.me", fits=an_object)
    assert asked.call_count <= http.READ_TRIES
