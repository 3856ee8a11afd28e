"""HTTP on an unwell or hostile desk: answers without bounds, waits without end, and addresses inside of our own network."""

import gzip
import json
import threading

import httpx
import pytest
import respx
from tests.unit.sdk.test_http import DESK, Desk

from ticketferry.errors import FatalError, RejectedError, RetryableError, UnknownOutcomeError
from ticketferry.sdk import http_answers
from ticketferry.sdk.pacing import ask_before_long_waits, pause
from ticketferry.sdk.paging import MOST_EMPTY, PagesSeen
from ticketferry.sdk.shapes import a_list, about, an_object, anything, holding, within


@pytest.fixture
def routes():
    with respx.mock(assert_all_called=False) as found:
        yield found


@pytest.fixture
def desk():
    found = Desk()
    yield found
    found.client.close()


def packed(octets):
    """An answer that is small on the wire."""
    return lambda _: httpx.Response(
        200,
        headers={"content-encoding": "gzip"},
        stream=httpx.ByteStream(gzip.compress(b"[" + b" " * octets + b"]")),
    )


@pytest.mark.slow
def test_an_answer_that_unpacks_without_end_is_cut_off(desk, routes, monkeypatch):
    monkeypatch.setattr(http_answers, "LARGEST_ANSWER", 1_000_000)
    routes.get(f"{DESK}/tickets").mock(side_effect=packed(50_000_000))
    with pytest.raises(RetryableError, match="larger than 1 MB unpacked"):
        desk.read()
    posted = routes.post(f"{DESK}/tickets").mock(side_effect=packed(50_000_000))
    with pytest.raises(UnknownOutcomeError, match="larger than"):
        desk.write()
    assert posted.call_count == 1, "what may have been done is not sent twice"


def test_a_packed_answer_is_read_as_ever(desk, routes):
    routes.get(f"{DESK}/tickets").mock(side_effect=packed(100_000))
    assert desk.read().json() == []


@pytest.mark.parametrize("told", ["1e12", "99999999999", "3700", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_past_an_hour_ends_with_a_sentence_and_no_waiting(desk, routes, told):
    routes.get(f"{DESK}/tickets").respond(429, headers={"retry-after": told})
    with pytest.raises(FatalError, match="wants us to wait") as caught:
        desk.read()
    assert desk.waited == 0
    assert "run the same command later" in caught.value.remedy


@pytest.fixture
def person():
    """Somebody who is asked before a long wait and says what `answers` holds."""
    asked, answers = [], [True]

    def ask(seconds, why):
        asked.append((seconds, why))
        return answers[0]

    ask_before_long_waits(ask)
    yield asked, answers
    ask_before_long_waits(None)


def later(told):
    return [httpx.Response(429, headers={"retry-after": told}), httpx.Response(200, json={})]


def test_a_wait_past_an_hour_is_waited_when_somebody_agrees_to_it(desk, routes, person):
    routes.get(f"{DESK}/tickets").mock(side_effect=later("9000"))
    assert desk.read().status_code == 200
    assert desk.waited >= 9000
    ((seconds, why),) = person[0]
    assert seconds == pytest.approx(9000, abs=60)
    assert why


def test_a_wait_past_an_hour_that_somebody_declines_ends_with_the_sentence(desk, routes, person):
    person[1][0] = False
    routes.get(f"{DESK}/tickets").mock(side_effect=later("9000"))
    with pytest.raises(FatalError, match="wants us to wait"):
        desk.read()
    assert desk.waited == 0


@pytest.mark.parametrize("told", ["1e12", "90000"])
def test_nobody_is_asked_to_wait_for_more_than_a_day(desk, routes, person, told):
    routes.get(f"{DESK}/tickets").mock(side_effect=later(told))
    with pytest.raises(FatalError, match="wants us to wait"):
        desk.read()
    assert person[0] == []


def test_threads_that_wait_for_one_moment_ask_once(person):
    class Still:
        def time(self):
            return 0.0

        def sleep(self, seconds):
            assert seconds > 3_660

    threads = [
        threading.Thread(target=pause, args=(Still(), 9_000.0 + number, "busy")) for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(person[0]) == 1


def test_a_wait_of_an_hour_is_kept(desk, routes):
    routes.get(f"{DESK}/tickets").mock(
        side_effect=[httpx.Response(429, headers={"retry-after": "3600"}), httpx.Response(200, json={})]
    )
    assert desk.read().status_code == 200
    assert desk.waited >= 3600


INSIDE = [
    "http://127.0.0.1/f", "http://127.1/f", "http://2130706433/f", "http://0x7f000001/f", "http://[::1]/f",
    "http://[::ffff:127.0.0.1]/f", "http://localhost:8080/f", "http://LOCALHOST./f", "http://db.internal/f",
    "http://printer.local/f", "http://10.0.0.5/f", "http://192.168.1.1/f", "http://172.16.0.1/f",
    "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/f", "http://[fd00::1]/f", "http://0.0.0.0/f",
    "http://100.64.0.1/f", "file:///etc/passwd", "ftp://files.example/f", "gopher://x/f",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_a_file_is_never_fetched_from_inside_of_our_own_network(desk, routes, address):
    anywhere = routes.get(url__regex=r".*").mock(return_value=httpx.Response(200, content=b"secret"))
    with pytest.raises(RejectedError):
        list(desk.client.download(address, endpoint="file"))
    assert anywhere.call_count == 0
    routes.clear()
    routes.get(f"{DESK}/f").respond(302, headers={"location": address})
    fallback = routes.get(url__regex=r".*").mock(return_value=httpx.Response(200, content=b"secret"))
    with pytest.raises(RejectedError):
        list(desk.client.download("/f", endpoint="file"))
    assert fallback.call_count == 0


def test_a_host_that_somebody_named_and_the_public_ones_are_allowed(routes):
    desk = Desk(file_hosts=["files.internal"])
    for address in ("http://files.internal/f", "https://8.8.8.8/f", "https://cdn.example/f"):
        routes.get(address).respond(200, content=b"bytes")
        assert b"".join(desk.client.download(address, endpoint="file")) == b"bytes"
    with pytest.raises(RejectedError, match=r"file_hosts: \[10.0.0.5\]") as caught:
        list(desk.client.download("http://10.0.0.5/f", endpoint="file"))
    assert "10.0.0.5" in caught.value.message or caught.value.remedy
    desk.client.close()


def test_a_name_that_leads_inside_is_refused_before_a_byte_is_read(desk, routes):
    class Stream:
        def get_extra_info(self, name):
            return ("10.1.2.3", 443) if name == "server_addr" else None

    def answer(_):
        return httpx.Response(200, content=b"secret", extensions={"network_stream": Stream()})

    desk.client._hosts._direct = True
    routes.get("https://rebound.example/f").mock(side_effect=answer)
    with pytest.raises(RejectedError, match=r"rebound\.example \(10\.1\.2\.3\)"):
        list(desk.client.download("https://rebound.example/f", endpoint="file"))


# ---- shapes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"", b"null", b"[]", b"<html>", b'{"rows": 1}', b'{"rows": [1]}', b'{"ro']
)
def test_an_answer_of_another_shape_is_asked_for_again(desk, routes, content):
    good = httpx.Response(200, json={"rows": [{"id": 1}]})
    asked = routes.get(f"{DESK}/rows").mock(side_effect=[httpx.Response(200, content=content), good])
    ask = {"endpoint": "rows", "fits": holding("rows")}
    assert desk.client.ask("GET", "/rows", **ask) == {"rows": [{"id": 1}]}
    assert asked.call_count == 2
    routes.get(f"{DESK}/rows").mock(side_effect=None, return_value=httpx.Response(200, content=content))
    with pytest.raises(RetryableError, match="the answer") as caught:
        desk.client.ask("GET", "/rows", **ask)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("fits", "good", "bad"),
    [
        (an_object, {}, [[], None, 1, "a", True]),
        (a_list, [{}], [{}, None, [1], [[]]]),
        (holding("a", "b"), {"a": [], "b": [{}]}, [{"a": []}, {"a": [], "b": None}, []]),
        (within(holding("a"), "a", "id", ["1", "2"]), {"a": [{"id": 1}, {}]}, [{"a": [{"id": 3}]}, None]),
        (about(7, "ticket", "id"), {"ticket": {"id": 7}}, [{"ticket": {"id": 8}}, []]),
        (anything, None, []),
    ],
)
def test_shapes_say_what_is_wrong(fits, good, bad):
    assert fits(json.loads(json.dumps(good))) == ""
    for body in bad:
        assert fits(body), body


def test_a_list_ends_where_a_page_comes_again_or_nothing_comes_for_long():
    seen = PagesSeen("GET /x")
    seen.see([{"id": 1}])
    seen.see([{"id": 2}])
    with pytest.raises(FatalError, match="same page again and again"):
        seen.see([{"id": 1}])
    border = PagesSeen("GET /x", repeats=1)
    border.see([{"id": 1}])
    border.see([{"id": 1}])
    with pytest.raises(FatalError):
        border.see([{"id": 1}])
    empty = PagesSeen("GET /x")
    for _ in range(MOST_EMPTY):
        empty.see([])
    with pytest.raises(FatalError, match="empty pages"):
        empty.see([])
