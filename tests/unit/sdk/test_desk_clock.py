"""How far a desk's clock is ahead is told by the dates of its answers, and by which of ours they came."""

from datetime import UTC, datetime, timedelta

import pytest

from ticketferry.sdk.desk_clock import DeskClock
from ticketferry.sdk.sighting import Attempt
from ticketferry_emulators.kit.clock import ManualClock

NINE = "Mon, 30 Nov 2026 09:00:00 GMT"


@pytest.fixture
def clock():
    found = ManualClock()
    found.advance(datetime(2026, 11, 30, 9, tzinfo=UTC).timestamp() - found.time())
    return found


def test_the_same_date_says_something_else_at_another_time_of_ours(clock):
    desk = DeskClock(clock)
    desk.learn({"date": NINE})
    assert desk.ahead == 0
    late = DeskClock(clock)
    clock.advance(40)
    late.learn({"date": NINE})
    assert late.ahead == -40


@pytest.mark.parametrize("text", ["", "soon", "Mon, 99 Nov 2026", "Mon, 30 Foo 2026 09:00:00 GMT"])
def test_a_date_that_cannot_be_read_says_nothing(clock, text):
    desk = DeskClock(clock)
    desk.learn({"date": text})
    desk.learn({})
    assert desk.ahead == 0


def test_a_date_without_a_zone_is_utc_and_the_largest_counts(clock):
    desk = DeskClock(clock)
    for date in ("Mon, 30 Nov 2026 09:00:07 -0000", NINE, "Mon, 30 Nov 2026 10:00:05 +0100"):
        desk.learn({"date": date})
    assert desk.ahead == 7


def test_what_a_desk_made_is_an_attempts_only_between_its_begin_and_its_loss(clock):
    desk = DeskClock(clock)
    desk.learn({"date": "Mon, 30 Nov 2026 09:10:00 GMT"})
    began = datetime(2026, 11, 30, 9, tzinfo=UTC)
    attempt = Attempt("", began, began + timedelta(seconds=30))
    by_the_desk = began + timedelta(minutes=10)
    assert desk.within(by_the_desk, attempt)
    assert desk.within(by_the_desk + timedelta(seconds=33), attempt)
    assert not desk.within(by_the_desk + timedelta(seconds=34), attempt)
    assert desk.within(by_the_desk + timedelta(hours=1), attempt, open_end=True)
    assert not desk.within(by_the_desk - timedelta(seconds=4), attempt)
    assert not desk.within(None, attempt)


def test_what_a_process_that_died_had_begun_may_have_been_made_within_a_quarter_of_an_hour(clock):
    desk = DeskClock(clock)
    desk.learn({"date": NINE})
    began = datetime(2026, 11, 30, 9, tzinfo=UTC)
    attempt = Attempt("", began, None)
    assert desk.within(began + timedelta(minutes=15, seconds=3), attempt)
    assert not desk.within(began + timedelta(minutes=15, seconds=4), attempt)
