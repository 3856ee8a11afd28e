"""A desk that is out is told from one record's trouble; waits double, are capped and are asked by one worker only."""

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.apply.attempts import MOST_TRIES, Attempts
from ticketferry.apply.outage import LONGEST_WAIT, Outage, backoff
from ticketferry.errors import FatalError, RetryableError, UnknownOutcomeError
from ticketferry.plan.file.rows import OpRow
from ticketferry_emulators.kit.clock import ManualClock

GONE = UnknownOutcomeError("the desk answered 503 to a write", status=503)
CHOKES = UnknownOutcomeError("the desk answered 500 to a write", status=500)


def outage(clock=None, ask=lambda: None, **options):
    return Outage(clock or ManualClock(), ask, **options)


@given(st.integers(1, 10_000), st.integers())
def test_waits_double_are_spread_and_never_longer_than_the_cap(tries, seed):
    waited = backoff(tries, random.Random(seed))
    assert 0.7 * min(LONGEST_WAIT, 2.0 ** min(tries, 20) / 2) <= waited <= 1.3 * LONGEST_WAIT


def test_a_failure_while_others_are_served_is_the_records_own():
    found = outage()
    assert not found.failed(1, GONE)
    found.served(2)
    assert found.failed(1, GONE)


def test_a_status_that_speaks_of_no_outage_counts_at_once_where_nothing_else_fails():
    found = outage()
    assert found.failed(1, CHOKES)
    assert not found.failed(2, CHOKES), "two batches and nothing done between: it is the desk"
    found.served(3)
    assert found.failed(1, CHOKES)


def test_a_run_holds_until_a_cheap_read_is_answered_and_one_worker_asks():
    clock, asked = ManualClock(), []

    def ask():
        asked.append(clock.time())
        if len(asked) < 4:
            raise RetryableError("out")

    found = outage(clock, ask)
    began = clock.time()
    found.failed(1, GONE)
    threads = [threading.Thread(target=found.hold) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert len(asked) == 4
    assert clock.time() - began > 0.7 * (1 + 2 + 4 + 8)


def test_a_desk_that_never_answers_ends_the_run_in_the_time_given():
    clock = ManualClock()

    def ask():
        raise RetryableError("the desk answered 503")

    found = outage(clock, ask, give_up_after=120.0)
    began = clock.time()
    found.failed(1, GONE)
    with pytest.raises(FatalError, match=r"no write for 2 minutes|no write for 3 minutes"):
        found.hold()
    assert 120 <= clock.time() - began < 120 + 1.3 * LONGEST_WAIT


def rows(count):
    return [
        (OpRow(n, str(n), "", "", "", "", None, False, 1, None, "", "{}", None), None) for n in range(count)
    ]


@given(st.integers(1, 200), st.data())
def test_a_request_is_halved_until_its_bad_records_are_alone_and_nothing_is_left_out(count, data):
    bad = set(data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=4)))
    attempts, left, done, sent = Attempts(), rows(count), set(), 0
    while left:
        remaining = []
        for request in attempts.requests(left):
            sent += 1
            assert request, "an empty request"
            if {row.seq for row, _ in request} & bad:
                attempts.failed(request, counts=True)
                remaining += [item for item in request if not attempts.over(item[0])]
                if attempts.over(request[0][0]):
                    assert len(request) == 1
            else:
                done |= {row.seq for row, _ in request}
        left = remaining
    assert done == set(range(count)) - bad
    assert sent <= len(bad) * (2 * count.bit_length() + MOST_TRIES) * 2 + 4


def test_a_long_pause_is_told_once_with_its_end_and_a_hiccup_is_not():
    clock, told = ManualClock(), []
    found = outage(clock, paused=told.append)
    found.failed(1, GONE)
    clock.advance(5)
    found.served(1)
    assert told == [], "a few seconds are not worth a message"
    for _ in range(8):
        found.failed(1, GONE)
        clock.advance(40)
    assert told == [True]
    found.served(1)
    found.served(2)
    assert told == [True, False]
