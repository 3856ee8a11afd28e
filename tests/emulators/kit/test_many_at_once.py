"""As many requests at once as there are threads: none waits for a connection of another, which no clock would know of."""

import threading

from ticketferry.sdk import Pacer, Session
from ticketferry.sdk.http import HttpClient
from ticketferry.sdk.pacing import crew, of_crew
from ticketferry_emulators.kit.app import Answer, Emulator, Route
from ticketferry_emulators.kit.clock import ManualClock

THREADS = 130
LATENCY = 0.3


class Nothing:
    """The state of a desk that holds nothing."""

    def __init__(self) -> None:
        self.lock = threading.RLock()

    def dump(self):
        return {}


def test_a_hundred_and_thirty_requests_take_the_time_of_one():
    clock = ManualClock(stall=3.0)
    emulator = Emulator(
        [Route("GET", "/thing", lambda _state, _call: Answer(200, {}), "thing.get", "read", public=True)],
        Nothing(),
        clock,
    )
    emulator.latency = LATENCY
    with emulator.serve():
        client = HttpClient(
            emulator.base_url,
            Session("acme", clock=clock),
            headers=dict,
            classify=lambda _: None,
            pacer=Pacer(clock),
        )
        began = clock.time()

        def ask():
            with of_crew(clock):
                client.read("GET", "/thing", endpoint="thing.get")

        crew(clock, client, THREADS)
        threads = [threading.Thread(target=ask, daemon=True) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
        crew(clock, client, 0)
        client.close()
    assert clock.stalls == 0
    assert round(clock.time() - began, 6) == LATENCY
    assert len(list(emulator.ledger.entries())) == THREADS
