"""Rate limits, faults and the ledger of the Zendesk emulator."""

import threading

import httpx
import pytest
from tests.connectors.zendesk.emulated import desk, fresh, served

from ticketferry_emulators.kit.faults import Fault

__all__ = ["desk", "fresh"]


def test_the_export_limit_is_ten_a_minute_and_says_so(fresh):
    emulator, client = fresh
    emulator.clock.advance(60 - emulator.clock.time() % 60)
    path = "/api/v2/incremental/tickets/cursor?start_time=0"
    answers = [client.get(path) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[0].headers["zendesk-ratelimit-incremental-exports"] == "total=10; remaining=9; resets=60"
    assert answers[10].json()["errors"][0]["code"] == "TooManyRequests"
    assert client.get("/api/v2/tickets/count").status_code == 200
    emulator.clock.advance(float(answers[10].headers["retry-after"]))
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(("plan", "limit"), [("team", 200), ("essential", 10)])
def test_the_plan_sets_the_limit_of_the_account(plan, limit):
    with served(tickets=1, plan=plan) as (emulator, client):
        emulator.clock.advance(60 - emulator.clock.time() % 60)
        answers = [client.get("/api/v2/groups/count") for _ in range(limit + 1)]
        assert answers[0].headers["x-rate-limit"] == answers[0].headers["ratelimit-limit"] == str(limit)
        assert answers[-2].headers["x-rate-limit-remaining"] == "0"
        assert (answers[-1].status_code, answers[-1].json()["error"]) == (429, "APIRateLimitExceeded")
        emulator.limits.enabled = False
        assert client.get("/api/v2/groups/count").status_code == 200


def test_the_add_on_gives_thirty_exports():
    with served(tickets=1, high_volume=True) as (_, client):
        answer = client.get("/api/v2/incremental/organizations?start_time=0")
        assert answer.headers["zendesk-ratelimit-incremental-exports"].startswith("total=30;")
        assert answer.headers["x-rate-limit"] == "2500"


def test_faults_answer_in_the_vendors_way(fresh):
    emulator, client = fresh
    emulator.faults.add(
        Fault("status_before", match="CountTickets", retry_after=7.0), Fault("status_before", match="CountTickets", nth=1),
        Fault("rate_limited", match="CountTickets"), Fault("drop_before", match="CountTickets"),
    )  # fmt: skip
    timeout, maintenance, limited = (client.get("/api/v2/tickets/count") for _ in range(3))
    assert (timeout.status_code, timeout.headers["retry-after"]) == (503, "7")
    assert (maintenance.status_code, maintenance.headers["content-type"]) == (503, "text/plain")
    assert "retry-after" not in maintenance.headers
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "30")
    with pytest.raises(httpx.TransportError):
        client.get("/api/v2/tickets/count")
    assert client.get("/api/v2/tickets/count").status_code == 200


def test_a_page_can_repeat_the_border_of_the_one_before(fresh):
    emulator, client = fresh
    one = client.get("/api/v2/incremental/tickets/cursor?start_time=0&per_page=5").json()
    emulator.faults.add(Fault("repeat_page_border", match="IncrementalTicketExportCursor"))
    query = {"cursor": one["after_cursor"], "per_page": 5}
    two = client.get("/api/v2/incremental/tickets/cursor", params=query).json()
    assert two["tickets"][0]["id"] == one["tickets"][-1]["id"]
    listed = client.get("/api/v2/organizations?page[size]=3").json()
    emulator.faults.add(Fault("repeat_page_border", match="ListOrganizations"))
    query = {"page[size]": 3, "page[after]": listed["meta"]["after_cursor"]}
    again = client.get("/api/v2/organizations", params=query).json()
    assert again["organizations"][0] == listed["organizations"][-1]


def test_many_readers_at_once_get_the_same(desk):
    emulator, _ = desk
    auth = ("ana.silva@acme.example/token", emulator.credentials["ZENDESK_TOKEN"])
    found, failed = [], []

    def read():
        try:
            with httpx.Client(base_url=emulator.base_url, auth=auth, timeout=30) as client:
                found.append(
                    [client.get(f"/api/v2/tickets/{number}/comments").json() for number in range(1, 30)]
                )
        except (httpx.HTTPError, ValueError) as error:
            failed.append(error)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert all(one == found[0] for one in found)


def test_the_ledger_knows_every_request_and_no_secret(fresh):
    emulator, client = fresh
    client.get("/api/v2/tickets/3/audits.json")
    entry = emulator.ledger.entries("ListAuditsForTicket")[-1]
    assert (entry.status, entry.account, entry.write) == (200, "ana.silva@acme.example", False)
    assert emulator.credentials["ZENDESK_TOKEN"] not in str(entry.as_dict())
    assert emulator.state.notifications == 0
