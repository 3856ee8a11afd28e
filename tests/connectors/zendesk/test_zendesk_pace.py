"""How many requests reading takes, how much of the allowed rate it uses, and that no refusal comes that headers foretold.

All on the emulator's clock, with 300 ms of latency: minutes of the desk, no time of the machine.
"""

from collections import Counter

import pytest
from tests.connectors.zendesk.reading import drain, reading, source_on

from ticketferry.sdk.rest.parallel import workers_for
from ticketferry_emulators.kit.clock import ManualClock

SHARED = ("/api/v2/",)
LATENCY = 0.3


def minutes(emulator, part, since=0):
    """Requests by the desk's minute, of those whose path holds `part`; the first and the last minute are cut."""
    counts = Counter(
        int(entry.time // 60)
        for entry in list(emulator.ledger.entries())[since:]
        if part in entry.path and entry.status == 200
    )
    assert len(counts) > 2, counts
    inner = range(min(counts) + 1, max(counts))
    return [counts[minute] for minute in inner]


def refusals(emulator):
    return sum(entry.status == 429 for entry in emulator.ledger.entries())


@pytest.fixture(scope="module")
def audits():
    """A desk of 700 tickets, read ticket by ticket on the smallest plan: 200 requests a minute."""
    with reading(ManualClock(), tickets=700, plan="team", options={"history": "thorough"}) as (
        source,
        emulator,
    ):
        emulator.latency = LATENCY
        with emulator.clock.busy():
            drain(source, "history")
        assert emulator.clock.stalls == 0
        yield emulator


def test_reading_ticket_by_ticket_uses_the_accounts_rate(audits):
    used = minutes(audits, "/api/v2/")
    assert len(used) >= 2
    assert min(used) >= 0.95 * 200
    assert max(used) <= 200


def test_no_refusal_comes_to_many_requests_at_once(audits):
    assert refusals(audits) == 0


@pytest.mark.parametrize("resource", ["tickets", "history"])
def test_exports_use_their_ten_requests_a_minute(resource):
    options = {"history": "events", "page_size": 10, "side_conversations": False}
    with reading(ManualClock(), tickets=300, plan="enterprise", options=options) as (source, emulator):
        emulator.latency = LATENCY
        with emulator.clock.busy():
            drain(source, resource)
        used = minutes(emulator, "/incremental/")
        assert sum(used) >= 0.95 * 10 * len(used)
        assert refusals(emulator) == 0


def test_a_share_of_the_rate_leaves_the_rest_alone():
    with reading(
        ManualClock(), tickets=400, plan="team", share=0.5, options={"history": "thorough", "parallel": 16}
    ) as (source, emulator):
        emulator.latency = LATENCY
        with emulator.clock.busy():
            drain(source, "history")
        used = minutes(emulator, "/api/v2/")
        assert max(used) <= 100
        assert min(used) >= 0.95 * 100


@pytest.mark.parametrize("others", [1, 3])
def test_what_another_program_uses_of_the_account_is_obeyed(others):
    """With every request of ours another program makes some of its own: together they stay below the limit."""
    with reading(ManualClock(), tickets=300, plan="team", options={"history": "thorough"}) as (
        source,
        emulator,
    ):
        emulator.latency = LATENCY
        counted = emulator.limits.check

        def with_others(call, now):
            if call.group != "oauth":
                for _ in range(others):
                    counted(call, now)
            return counted(call, now)

        emulator.limits.check = with_others
        with emulator.clock.busy():
            found, _ = drain(source, "history")
        assert found
        windows = {int(entry.time // 60) for entry in emulator.ledger.entries()}
        # the other's requests fall between our looking at the header and our asking: one flight can be surprised, no more
        assert refusals(emulator) <= len(windows) * workers_for(200)
        ours = list(minutes(emulator, "/api/v2/"))
        assert max(ours) <= 200 // (others + 1)
        assert min(ours) >= 0.9 * 200 // (others + 1)


@pytest.mark.parametrize(
    ("limit", "workers"), [(None, 8), (10, 4), (400, 7), (700, 12), (2_500, 42), (100_000, 64)]
)
def test_as_many_requests_at_once_as_the_rate_needs(limit, workers):
    assert workers_for(limit) == workers


# ---- budget of requests ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported():
    """2,000 tickets read by exports, with the names under which the requests stand in the ledger of a run."""
    notes = []
    with reading(ManualClock(), tickets=2_000, plan=None) as (_, emulator):
        source = source_on(emulator, history="events", note=notes.append)
        read = {stream: drain(source, stream)[0] for stream in ("tickets", "history")}
        yield read, Counter(note.endpoint for note in notes)
        source.close()


def test_tickets_and_events_take_a_request_for_every_nine_hundred(exported):
    read, asked = exported
    assert asked["incremental.tickets"] <= len(read["tickets"]) / 900 + 1
    assert asked["incremental.ticket_events"] <= len(read["history"]) / 900 + 1


def test_what_is_asked_beside_the_exports_is_named_apart(exported):
    _, asked = exported
    plain = {"oauth.token", "incremental.tickets", "incremental.ticket_events", "jira.links"}
    assert {name.split(".")[0] for name in set(asked) - plain} == {"fallback"}


def test_the_way_is_chosen_by_what_it_takes():
    with reading(ManualClock(), tickets=30, plan="team") as (source, _):
        way = source._history.way
        assert way() == "thorough"
        assert way({"at": 5}) == "events"
        assert way({"tickets": "x"}) == "thorough"
    for plan, expected in (("team", "events"), ("enterprise_plus", "thorough")):
        with reading(ManualClock(), tickets=3, plan=plan) as (source, _emulator):
            source.client.count = lambda *_, **__: 9_000
            source.client.limit = {"team": 200, "enterprise_plus": 2_500}[plan]
            assert source._history.way() == expected
