"""A desk's cookies come back to it, and a request is the one that httpx would make."""

from http.cookiejar import CookieJar

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.sdk.http import HttpClient
from ticketferry.sdk.pacing import Pacer
from ticketferry.sdk.session import Session
from ticketferry_emulators.kit.clock import ManualClock

DESK = "https://desk.example/base"


@pytest.fixture(scope="module")
def client():
    clock = ManualClock()
    found = HttpClient(
        DESK,
        Session("acme", clock=clock, note=lambda _: None),
        headers=lambda: {"Authorization": "Bearer x"},
        classify=lambda _: None,
        pacer=Pacer(clock),
    )
    yield found
    found.close()


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
NAMES = st.sampled_from(
    ["Accept", "accept", "X-Odd", "User-Agent", "Content-Type", "If-Match", "Cookie", "Host"]
)
VALUES = st.one_of(TEXT, st.integers(), st.lists(TEXT, max_size=3))
BODIES = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"json": st.dictionaries(TEXT, VALUES, max_size=2)}),
    st.fixed_dictionaries({"content": st.binary(max_size=8)}),
)


@given(
    st.sampled_from(["GET", "POST", "put", "DELETE"]),
    st.lists(TEXT, max_size=3).map(lambda parts: "/" + "/".join(parts)),
    st.one_of(st.none(), st.dictionaries(TEXT, VALUES, min_size=1, max_size=3)),
    st.dictionaries(NAMES, st.text("ab c;=/0", max_size=6).map(str.strip), max_size=3),
    BODIES,
)
def test_a_request_is_the_one_that_httpx_makes_of_the_same_words(client, method, path, params, headers, body):
    made = client._client.request_of(method, client.base_url + path, params=params, headers=headers, **body)
    theirs = client._client.build_request(
        method, client.base_url + path, params=params, headers=headers, **body
    )
    assert (made.method, made.url, made.url.raw_path) == (theirs.method, theirs.url, theirs.url.raw_path)
    assert made.headers.raw == theirs.headers.raw
    assert (made.content, made.extensions) == (theirs.content, theirs.extensions)


def test_values_that_are_equal_in_python_stay_apart_and_so_do_headers(client):
    def asked(value, who="a"):
        made = client._client.request_of("GET", f"{DESK}/x", params={"v": value}, headers={"X-Who": who})
        return made.url.query.decode(), made.headers["X-Who"]

    assert [asked(value)[0] for value in (1, True, "1", 0, False, [1, True], ["1", 2], "")] == [
        "v=1", "v=true", "v=1", "v=0", "v=false", "v=1&v=true", "v=1&v=2", "v=",
    ]  # fmt: skip
    assert [asked(1, who)[1] for who in ("a", "b")] == ["a", "b"]


@respx.mock
def test_a_cookie_that_a_desk_sets_comes_back_with_what_is_asked_later(client):
    respx.get(f"{DESK}/first").respond(200, headers={"set-cookie": "where=node7; Path=/"})
    second = respx.get(f"{DESK}/second").respond(200)
    for path in ("/second", "/first", "/second"):
        client.read("GET", path, endpoint="x", params={"a": "b c"})
    before, after = (call.request for call in second.calls)
    assert "cookie" not in before.headers
    assert after.headers["cookie"] == "where=node7"
    assert (before.url, before.headers["authorization"]) == (after.url, after.headers["authorization"])
    client._client.cookies.clear()


def test_an_answer_that_sets_none_is_not_looked_through(client, monkeypatch):
    looked = []
    monkeypatch.setattr(CookieJar, "make_cookies", lambda *_: looked.append(1) or [])
    for headers in ({}, {"X-Set": "a=b"}, {"Set-Cookie": "a=b"}):
        answer = httpx.Response(200, headers=headers, request=httpx.Request("GET", DESK))
        client._client.cookies.extract_cookies(answer)
    assert looked == [1]
