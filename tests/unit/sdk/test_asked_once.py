"""What a desk is asked once: by one of many threads, while a virtual clock goes on."""

import threading
from types import SimpleNamespace

import pytest

from ticketferry.sdk.asked_once import AskedOnce
from ticketferry.sdk.pacing import crew, of_crew
from ticketferry_emulators.kit.clock import ManualClock


class Desk:
    """A desk whose answer takes two seconds."""

    def __init__(self) -> None:
        self.session = SimpleNamespace(clock=ManualClock(stall=2.0))
        self.asked = 0

    @AskedOnce
    def me(self):
        self.asked += 1
        self.session.clock.sleep(2.0)
        return "7"


def test_many_threads_ask_once_and_the_clock_does_not_stand_still():
    desk, met = Desk(), []
    clock = desk.session.clock
    began = clock.time()

    def work():
        with of_crew(clock):
            met.append(desk.me)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(8)]
    crew(clock, desk, len(threads))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    crew(clock, desk, 0)
    assert met == ["7"] * 8
    assert (desk.asked, clock.stalls, clock.time() - began) == (1, 0, 2.0)
    assert isinstance(Desk.me, AskedOnce)


def test_a_question_that_failed_is_asked_again():
    class Shy(Desk):
        @AskedOnce
        def me(self):
            self.asked += 1
            if self.asked == 1:
                raise OSError("no answer")
            return "7"

    desk = Shy()
    with pytest.raises(OSError, match="no answer"):
        _ = desk.me
    assert (desk.me, desk.me, desk.asked) == ("7", "7", 2)
