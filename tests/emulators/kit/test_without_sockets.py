"""A request that goes to a stand-in by a call is answered, counted and noted as one that comes over a socket."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import respx
from tests.without_sockets import CONNECTORS, WAY, WHOLE_WAYS, WISHED, over_sockets

from ticketferry_emulators.kit.app import Answer, Emulator, Refused, Route
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.kit.faults import Fault
from ticketferry_emulators.kit.limits import FixedWindow, Limit


class Items:
    def __init__(self):
        self.lock = threading.RLock()
        self.items = []

    def dump(self):
        return {"items": list(self.items)}


def add(state, call):
    if call.json == "bad":
        raise Refused(Answer(422, {"why": "schlecht 😀"}, {"Content-Type": "application/problem+json"}))
    state.items.append(call.json)
    return Answer(201, {"count": len(state.items)}, {"X-Told": "grün"})


def told(state, call):
    return Answer(
        200, {"path": call.path, "query": call.query.pairs, **call.params, "headers": dict(call.headers)}
    )


ROUTES = [
    Route("POST", "/items", add, "item.create", "item", write=True),
    Route("GET", "/items/{id}.json", told, "item.get", "item"),
    Route("HEAD", "/items/{id}.json", told, "item.head", "item"),
    Route("GET", "/files/{at:path}", told, "file.get", "item"),
    Route("DELETE", "/items/{id}", lambda s, c: Answer(204), "item.delete", "item", write=True),
    Route("GET", "/raw", lambda s, c: Answer(200, b"\x00\xff" * 50_000), "raw.get", "raw"),
    Route("GET", "/broken", lambda s, c: 1 / 0, "broken", "raw"),
    Route("GET", "/elsewhere", told, "elsewhere", "item", origin="media"),
    Route("POST", "/form", lambda s, c: Answer(200, dict(c.form)), "form", "item"),
]


class Sample(Emulator):
    name = "sample"
    extra_origins = ("media",)

    def authenticate(self, call):
        if call.headers.get("authorization") == "Bearer wrong":
            raise Refused(Answer(401, {"error": "who are you"}, {"WWW-Authenticate": "Bearer"}))
        return call.headers.get("authorization")

    def limit_headers(self, call, verdicts):
        return {f"X-{verdict.name}": str(verdict.remaining) for verdict in verdicts}


@pytest.fixture
def emulator():
    sample = Sample(ROUTES, Items(), ManualClock())
    sample.limits.rules = [Limit.of_group("raw", lambda: FixedWindow(2, 60), "raw")]
    with sample.serve(control=True):
        yield sample
    WAY.on = False


REQUESTS = {
    "a list of pairs": ("GET", "/items/7%2F8%20%C3%A9.json?a=1&a=&b=%26+x", {}, None),
    "a path of many parts": ("GET", "/files/a/b%3Fc/d?", {"X-Odd": "a, b"}, None),
    "a write": ("POST", "/items", {"Content-Type": "application/json"}, '{"deep": ["é"]}'.encode()),
    "a refusal": ("POST", "/items", {"Content-Type": "application/json"}, b'"bad"'),
    "no JSON": ("POST", "/items", {"Content-Type": "application/json"}, b"{"),
    "no body": ("POST", "/items", {}, None),
    "a head": ("HEAD", "/items/9.json", {}, None),
    "nothing to say": ("DELETE", "/items/9", {}, None),
    "bytes": ("GET", "/raw", {}, None),
    "a mistake of the stand-in": ("GET", "/broken", {}, None),
    "no such route": ("PUT", "/nowhere%20here?x=1", {}, b"abc"),
    "a stranger": ("GET", "/items/1.json", {"Authorization": "Bearer wrong"}, None),
    "an account": ("GET", "/items/1.json", {"Authorization": "Bearer right"}, None),
}


def asked(emulator, on, origin="api"):
    """What the client got of each request, and what the stand-in noted of it."""
    WAY.on, before = on, WAY.calls
    got = {}
    with httpx.Client(base_url=emulator.origin_url(origin)) as client:
        for name, (method, path, headers, body) in REQUESTS.items():
            answer = client.request(method, path, headers=headers, content=body)
            assert (answer.num_bytes_downloaded, answer.http_version) == (len(answer.content), "HTTP/1.1")
            got[name] = (answer.status_code, answer.headers.multi_items(), answer.content)
        for _ in range(3):
            got["over the limit"] = (answer := client.get("/raw")).status_code, answer.headers.multi_items()
    assert WAY.calls - before == (len(REQUESTS) + 3 if on else 0)
    noted = [{**entry.as_dict(), "sequence": 0} for entry in emulator.ledger]
    state = emulator.dump(), len(emulator.unserved), [trace.splitlines()[-1] for trace in emulator.crashes]
    emulator.ledger.clear()
    emulator.unserved.clear()
    emulator.crashes.clear()
    emulator.state.items.clear()
    emulator.limits.clear()
    return got, noted, state


def test_every_eighth_test_of_a_connector_goes_over_sockets_and_another_commit_draws_others():
    tests = [f"tests/connectors/jsm/test_x.py::test_{number}" for number in range(800)]
    drawn, others = ({test for test in tests if over_sockets(test, seed)} for seed in ("a", "b"))
    assert 60 < len(drawn) < 140
    assert len(drawn & others) < 40
    for test in tests[:50]:
        WAY.choose(CONNECTORS / "jsm" / "test_x.py", test)
        assert WAY.on is (WISHED and not over_sockets(test))
        WAY.choose(WHOLE_WAYS / "test_x.py", test)
        assert WAY.on is WISHED
        WAY.choose(CONNECTORS.parent / "contract" / "test_x.py", test)
        assert not WAY.on


@pytest.mark.parametrize("origin", ["api", "media"])
def test_the_client_and_the_ledger_see_no_difference(emulator, origin):
    over_socket, called = asked(emulator, False, origin), asked(emulator, True, origin)
    assert called == over_socket
    if origin == "api":
        statuses = {name: row[0] for name, row in over_socket[0].items()}
        assert set(statuses.values()) == {200, 201, 204, 400, 401, 422, 429, 500, 501}


def under_faults(emulator, on):
    """What a client gets, the state and the ledger where faults change answers: before, after, in the second place, and no more."""
    WAY.on, before = on, WAY.calls
    emulator.clock = ManualClock()  # an answer tells the time
    emulator.faults.add(
        Fault("status_before", match="item.get", nth=2, status=503, retry_after=7),
        Fault("status_after", match="item.create", status=502, times=2, writes_only=True),
        Fault("rate_limited", match="raw.get", retry_after=3),
        Fault("slow", match="file.get", seconds=20.0),
    )
    began = emulator.clock.time()
    with httpx.Client(base_url=emulator.base_url) as client:
        answers = [
            client.request(method, path, json=content)
            for method, path, content in (
                *[("GET", "/items/1.json", None)] * 3,
                *[("POST", "/items", {"a": 1})] * 3,
                *[("GET", "/raw", None)] * 2,
                *[("GET", "/files/a", None)] * 2,
            )
        ]
    got = [(answer.status_code, answer.headers.multi_items(), answer.content) for answer in answers]
    assert WAY.calls - before == (len(answers) if on else 0)
    noted = [{**entry.as_dict(), "sequence": 0, "time": entry.time - began} for entry in emulator.ledger]
    seen = got, noted, emulator.dump(), emulator.faults.fired(), emulator.clock.time() - began
    emulator.faults.clear()
    emulator.ledger.clear()
    emulator.state.items.clear()
    emulator.limits.clear()
    return seen


def test_a_fault_that_changes_an_answer_hits_the_same_requests_either_way(emulator):
    over_socket, called = under_faults(emulator, False), under_faults(emulator, True)
    assert called == over_socket
    assert [status for status, *_ in called[0]] == [200, 503, 200, 502, 502, 201, 429, 200, 200, 200]
    assert called[-1] == 20.0
    assert len(called[2]["items"]) == 3, "two were made although another answer came"


def waited_for(emulator, on, workers):
    """When each of some requests at once began and how the clock went on, with latency."""
    WAY.on, emulator.latency = on, 5.0
    began = emulator.clock.time()

    def ask(number):
        with emulator.clock.busy(), httpx.Client(base_url=emulator.base_url) as client:
            return client.get(f"/items/{number}.json").status_code

    with ThreadPoolExecutor(workers) as pool:
        statuses = list(pool.map(ask, range(2 * workers)))
    times = [entry.time - began for entry in emulator.ledger]
    emulator.ledger.clear()
    emulator.latency = 0.0
    return statuses, times, emulator.clock.time() - began


@pytest.mark.parametrize("workers", [1, 3])
def test_latency_takes_the_same_time_on_the_clock_either_way(emulator, workers):
    over_socket = waited_for(emulator, False, workers)
    assert waited_for(emulator, True, workers) == over_socket
    assert over_socket[-1] >= 10.0
    assert emulator.clock.stalls == 0


def test_a_fault_of_the_connection_that_has_hit_all_its_requests_is_past(emulator):
    WAY.on = True
    emulator.faults.add(Fault("drop_after", match="item.create"), Fault("status_before", match="raw.get"))
    with httpx.Client(base_url=emulator.base_url) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/items", json=1)
        before = WAY.calls
        assert [client.post("/items", json=2).status_code, client.get("/raw").status_code] == [201, 503]
        assert WAY.calls == before + 2
    assert emulator.state.items == [1, 2]


@pytest.mark.parametrize(
    "what", ["a fault", "a form", "an answer that is made up", "control", "a port that was left"]
)
def test_what_only_a_socket_can_show_goes_over_it(emulator, what):
    WAY.on, before = True, WAY.calls
    with httpx.Client(base_url=emulator.base_url) as client:
        if what == "a fault":
            emulator.faults.add(Fault("drop_before", match="item.get"))
            with pytest.raises(httpx.RemoteProtocolError):
                client.get("/items/1.json")
        elif what == "a form":
            assert client.post("/form", data={"a": "ü"}).json() == {"a": "ü"}
            assert client.post("/form", data={"b": "c"}, files={"f": b"x"}).json() == {"b": "c"}
        elif what == "an answer that is made up":
            with respx.mock() as routes:
                routes.get(f"{emulator.base_url}/items/1.json").respond(418)
                assert client.get("/items/1.json").status_code == 418
        elif what == "control":
            assert client.get("/_emulator/clock").json()["time"] == emulator.clock.time()
        else:
            other = Sample(ROUTES, Items(), ManualClock())
            with other.serve():
                gone = other.base_url
            with pytest.raises(httpx.ConnectError):
                httpx.get(gone)
    assert WAY.calls == before
