"""An emulator serves, drops, limits and records as it is told."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from ticketferry_emulators.kit.app import Answer, Call, Emulator, NotServed, Refused, Route
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.kit.faults import Fault
from ticketferry_emulators.kit.limits import FixedWindow, Limit, SlidingWindow, TokenBucket
from ticketferry_emulators.kit.messages import Query, Router


class Counter:
    def __init__(self):
        self.lock = threading.RLock()
        self.items = []

    def dump(self):
        return {"items": list(self.items)}


def add(state: Counter, call: Call) -> Answer:
    body = call.json
    if body == "bad":
        raise Refused(Answer(422, {"why": "bad"}))
    state.items.append(body)
    return Answer(201, {"count": len(state.items)})


def other(state, call):
    raise NotServed(f"items of the kind {call.params['kind']}")


def listing(state, call):
    return Answer(200, {"items": state.items, "query": call.query.pairs})


def broken(state, call):
    raise KeyError("oops")


def upload(state, call):
    return Answer(200, {"names": [file.name for file in call.files], "form": dict(call.form)})


def raw(state, call):
    return Answer(200, b"\x00\xff" * 500, {"Content-Type": "image/png"})


ROUTES = [
    Route("POST", "/items", add, "item.create", "item", write=True),
    Route("GET", "/items", listing, "item.list", "item"),
    Route("POST", "/items/search", listing, "item.search", "item"),
    Route("GET", "/items/{id}.json", lambda e, c: Answer(200, dict(c.params)), "item.get", "item"),
    Route("POST", "/items/of/{kind}", other, "item.kind", "item", write=True),
    Route("GET", "/broken", broken, "broken", "broken"),
    Route("POST", "/files", upload, "file.add", "file", write=True),
    Route("GET", "/raw", raw, "raw.get", "raw"),
    Route("GET", "/elsewhere", listing, "elsewhere", "item", origin="media"),
]


class Sample(Emulator):
    name = "sample"
    extra_origins = ("media",)


@pytest.fixture
def emulator():
    sample = Sample(ROUTES, Counter(), ManualClock())
    with sample.serve(control=True):
        yield sample


@pytest.fixture
def client(emulator):
    with httpx.Client(base_url=emulator.base_url, timeout=20) as client:
        yield client


def test_an_unknown_call_is_answered_501_and_kept(emulator, client):
    answer = client.patch("/nothing/here")
    assert answer.status_code == 501
    assert answer.json()["method"] == "PATCH"
    assert answer.json()["path"] == "/nothing/here"
    assert [(entry.method, entry.path) for entry in emulator.unserved] == [("PATCH", "/nothing/here")]


def test_what_a_handler_does_not_serve_is_answered_501_in_the_stand_ins_own_words_and_kept(emulator, client):
    answer = client.post("/items/of/cat", json={})
    assert answer.status_code == 501
    assert answer.json()["error"] == "the emulator sample does not serve items of the kind cat"
    assert [entry.path for entry in emulator.unserved] == ["/items/of/cat"]
    assert [entry.committed for entry in emulator.unserved] == [False]
    assert emulator.crashes == []


def test_a_mistake_of_a_handler_is_a_500_that_a_test_can_see(emulator, client):
    assert client.get("/broken").status_code == 500
    assert "oops" in emulator.crashes[0]


def test_a_body_that_is_no_json_is_refused(emulator, client):
    assert (
        client.post("/items", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    )
    assert emulator.state.items == []


def test_path_parameters_are_decoded_and_suffixes_cut(client):
    assert client.get("/items/%E2%9C%85%2F7.json").json() == {"id": "✅/7"}


def test_a_literal_segment_wins_over_a_parameter_in_any_order_of_declaration():
    routes = [Route("GET", "/a/{x}", listing, "any", "a"), Route("GET", "/a/b", listing, "exact", "a")]
    for order in (routes, routes[::-1]):
        found = Router(order).find("api", "GET", "/a/b")
        assert found is not None
        assert found[0].operation == "exact"


def test_a_query_keeps_repeated_names_in_order():
    query = Query.parse(b"id=1&id=2&empty=&x=%F0%9F%9A%A2")
    assert query.all("id") == ["1", "2"]
    assert (query.get("empty"), query.get("x"), query.get("y")) == ("", "🚢", None)


def test_drop_before_closes_the_connection_and_changes_nothing(emulator, client):
    emulator.faults.add(Fault("drop_before", match="item.create"))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        client.post("/items", json=1)
    assert emulator.state.items == []
    (entry,) = emulator.ledger.writes()
    assert (entry.status, entry.committed, entry.fault) == (None, False, "drop_before")


def test_drop_after_commits_and_closes_the_connection_without_an_answer(emulator, client):
    emulator.faults.add(Fault("drop_after", match="POST /items"))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        client.post("/items", json="🚢")
    assert emulator.state.items == ["🚢"]
    (entry,) = emulator.ledger.writes(committed=True)
    assert (entry.status, entry.committed, entry.fault) == (None, True, "drop_after")
    assert client.post("/items", json=2).json() == {"count": 2}


def test_a_truncated_body_is_seen_as_a_broken_answer(emulator, client):
    emulator.faults.add(Fault("truncate_body", match="raw.get"))
    with pytest.raises(httpx.RemoteProtocolError, match=r"complete message"):
        client.get("/raw")
    assert client.get("/raw").content == b"\x00\xff" * 500


@pytest.mark.parametrize(("kind", "kept"), [("status_before", []), ("status_after", [7])])
def test_a_status_fault_answers_before_or_after_the_commit(emulator, client, kind, kept):
    emulator.faults.add(Fault(kind, match="item.*", status=503, retry_after=11))
    answer = client.post("/items", json=7)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "11")
    assert emulator.state.items == kept


def test_a_fault_begins_at_its_nth_match_and_hits_so_many(emulator, client):
    emulator.faults.add(Fault("status_before", match="item.create", nth=2, times=2, status=500))
    codes = [client.post("/items", json=n).status_code for n in range(5)]
    assert codes == [201, 500, 500, 201, 201]
    assert emulator.faults.fired() == {"status_before": 2}


def test_a_fault_for_writes_leaves_reads_alone(emulator, client):
    emulator.faults.add(Fault("status_before", writes_only=True, times=None))
    assert client.get("/items").status_code == 200
    assert client.post("/items/search", json={}).status_code == 200
    assert client.post("/items", json=1).status_code == 503


def test_an_unknown_kind_of_fault_is_refused():
    with pytest.raises(ValueError, match="no fault of kind"):
        Fault("earthquake")


def test_latency_and_slow_answers_pass_on_the_clock(emulator, client):
    began = emulator.clock.time()
    emulator.latency = 0.3
    emulator.faults.add(Fault("slow", match="item.list", seconds=60))
    client.get("/items")
    assert emulator.clock.time() - began == pytest.approx(60.3)


def test_sixty_four_workers_share_the_latency(emulator):
    emulator.latency = 0.3
    began = emulator.clock.time()

    def work(number):
        with (
            emulator.clock.busy(),
            httpx.Client(base_url=emulator.base_url, timeout=30, verify=False) as client,
        ):
            for _ in range(3):
                assert client.post("/items", json=number).status_code == 201

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(work, range(64)))
    passed = emulator.clock.time() - began
    assert len(emulator.state.items) == 192
    assert 0.9 - 1e-6 <= passed < 192 * 0.3
    assert emulator.clock.stalls == 0


def test_the_ledger_tells_what_came_and_what_became_of_it(emulator, client):
    client.post("/items?a=1&a=2", json={"deep": ["é"]}, headers={"Authorization": "Basic c2VjcmV0"})
    client.post("/items", json="bad")
    client.post("/items/search", json={})
    client.post("/files", files={"file": ("ünï 🚢.txt", b"data", "text/plain")}, data={"public": "true"})
    first, second, third, fourth = emulator.ledger.entries()
    assert first.json == {"deep": ["é"]}
    assert first.query == (("a", "1"), ("a", "2"))
    assert first.committed
    assert "authorization" not in first.headers
    assert (second.status, second.committed) == (422, False)
    assert (third.write, third.committed) == (False, False)
    (note,) = fourth.uploads
    assert (note.field, note.name, note.size) == ("file", "ünï 🚢.txt", 4)
    assert note.sha256 == hashlib.sha256(b"data").hexdigest()
    assert [entry.sequence for entry in emulator.ledger.writes()] == [1, 2, 4]
    assert [entry.sequence for entry in emulator.ledger.writes(committed=True)] == [1, 4]
    assert emulator.ledger.counts()["item.create"] == 2


def test_another_origin_is_another_socket(emulator, client):
    assert client.get("/elsewhere").status_code == 501
    assert httpx.get(emulator.origin_url("media") + "/elsewhere").status_code == 200
    assert emulator.origin_url("media") != emulator.base_url


def test_the_state_outlives_serving_and_the_port_is_free_again():
    sample = Sample(ROUTES, Counter(), ManualClock())
    with sample.serve():
        url = sample.base_url
        httpx.post(url + "/items", json=1)
    with pytest.raises(httpx.ConnectError):
        httpx.get(url + "/items")
    with pytest.raises(RuntimeError, match="not being served"):
        _ = sample.base_url
    with sample.serve(int(url.rpartition(":")[2])):
        assert httpx.get(sample.base_url + "/items").json()["items"] == [1]


def test_control_routes_show_and_steer_a_stand_alone_emulator(emulator, client):
    client.post("/items", json=1)
    assert client.get("/_emulator/state").json() == {"items": [1]}
    assert client.get("/_emulator/ledger").json()["entries"][0]["operation"] == "item.create"
    before = client.get("/_emulator/clock").json()["time"]
    assert client.post("/_emulator/clock", json={"advance": 60}).json()["time"] == before + 60
    assert client.post("/_emulator/clock", json={"advance": -1}).status_code == 400
    fault = {"kind": "status_before", "status": 502}
    assert client.post("/_emulator/faults", json={"faults": [fault]}).status_code == 204
    assert client.get("/items").status_code == 502
    assert client.get("/_emulator/nothing").status_code == 404


def test_without_control_there_are_no_control_routes():
    sample = Sample(ROUTES, Counter(), ManualClock())
    with sample.serve():
        assert httpx.get(sample.base_url + "/_emulator/state").status_code == 501


@pytest.mark.parametrize(
    ("meter", "allowed", "wait"),
    [
        (lambda: TokenBucket(2.0, 5), 5, 0.5),
        (lambda: FixedWindow(3, 60), 3, 60.0),
        (lambda: SlidingWindow(4, 2.0), 4, 2.0),
    ],
)
def test_a_limit_refuses_what_is_too_much_and_says_how_long_to_wait(emulator, client, meter, allowed, wait):
    emulator.clock.advance(60 - emulator.clock.time() % 60)
    emulator.limits.rules = [Limit.of_group("items", meter, "item")]
    codes = [client.get("/items").status_code for _ in range(allowed + 1)]
    assert codes == [200] * allowed + [429]
    (verdict,) = emulator.limits.check(
        Call(0, 0, "GET", "/items", Query([]), {}, b"", ROUTES[1]), emulator.clock.time()
    )
    assert verdict.retry_after == pytest.approx(wait)
    assert client.get("/raw").status_code == 200
    emulator.clock.advance(wait)
    assert client.get("/items").status_code == 200


def test_limits_count_by_key_and_a_refused_request_counts_for_none(emulator, client):
    emulator.limits.rules = [
        Limit("all", lambda: FixedWindow(4, 3600), lambda call: ""),
        Limit("each", lambda: FixedWindow(1, 3600), lambda call: call.params.get("id")),
    ]
    assert client.get("/items/1.json").status_code == 200
    assert client.get("/items/1.json").status_code == 429
    assert client.get("/items/2.json").status_code == 200
    assert client.get("/items").status_code == 200
    assert client.get("/items").status_code == 200
    assert client.get("/items").status_code == 429
