"""Workers that read issues at the same time ask for the site's fields once, and none of them holds a simulated clock up."""

import threading
from types import SimpleNamespace

from ticketferry.sdk.pacing import crew, of_crew
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_jsm.issue_extras import IssueExtras


class SlowSite:
    """A site of one SLA field, whose answer takes two seconds."""

    def __init__(self) -> None:
        self.session = SimpleNamespace(clock=ManualClock(stall=2.0))
        self.asked = 0

    def fields(self):
        self.asked += 1
        self.session.clock.sleep(2.0)
        return [("sd-sla-field", {"id": "customfield_10030"})]


def test_eight_workers_wait_for_one_answer_and_the_clock_goes_on():
    site, left_out = SlowSite(), []
    clock = site.session.clock
    extras = IssueExtras(site, None)
    began = clock.time()

    def work():
        with of_crew(clock):
            left_out.append(extras.unread())

    workers = [threading.Thread(target=work, daemon=True) for _ in range(8)]
    crew(clock, site, len(workers))
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    crew(clock, site, 0)
    assert left_out == [["-customfield_10030"]] * 8
    assert (site.asked, clock.stalls, clock.time() - began) == (1, 0, 2.0)
