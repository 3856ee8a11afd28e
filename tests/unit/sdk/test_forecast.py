"""A sample stands for all there is, and requests are measured to the byte."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.errors import RejectedError
from ticketferry.sdk.forecast import Forecast, Measured, Meter, Traffic, end_of, evenly, spread
from ticketferry.sdk.session import RequestNote


@given(st.lists(st.integers(0, 50).map(float), max_size=400), st.integers(0, 80))
def test_those_chosen_stand_for_all(sizes: list[float], most: int) -> None:
    chosen = spread(sizes, most)
    assert len(chosen) == min(most, len(sizes))
    assert all(stands_for >= 1 for stands_for in chosen.values())
    assert sum(chosen.values()) == (len(sizes) if most else 0)


def test_the_longest_are_all_taken_and_the_others_of_every_age() -> None:
    sizes = [1.0] * 300
    for index in (7, 150, 299):
        sizes[index] = 90.0
    chosen = spread(sizes, 30)
    assert {7, 150, 299} <= chosen.keys()
    assert all(chosen[index] == 1.0 for index in (7, 150, 299))
    thirds = [
        sum(stands_for for index, stands_for in chosen.items() if index // 100 == third) for third in range(3)
    ]
    assert all(80 <= third <= 120 for third in thirds)


def test_a_total_that_grows_with_age_is_told_from_the_sample() -> None:
    sizes = [float(index % 5) for index in range(1_000)]
    grown = [size * 10 + index for index, size in enumerate(sizes)]
    told = sum(grown[index] * stands_for for index, stands_for in spread(sizes, 60).items())
    assert told == pytest.approx(sum(grown), rel=0.1)


def note(endpoint: str, octets: int, seconds: float = 0.5) -> RequestNote:
    return RequestNote("acme", "GET", endpoint, 200, seconds, False, octets=octets)


def test_what_is_asked_inside_is_measured_by_endpoint_whoever_asks() -> None:
    meter = Meter()
    meter.note(note("a", 1))
    with meter.measured() as found:
        threads = [threading.Thread(target=meter.note, args=(note("a", 10),)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        meter.note(note("b", 7))
    assert found == {"a": Traffic(8, 80, 4.0), "b": Traffic(1, 7, 0.5)}
    assert meter.traffic().all == Traffic(10, 88, 5.0)
    needs = found.needs("tickets", scale=3.0)
    assert [(need.requests, need.octets, need.seconds, need.exact) for need in needs] == [
        (24.0, 240.0, 0.5, False),
        (3.0, 21.0, 0.5, False),
    ]
    assert all(need.exact for need in found.needs("tickets"))
    assert Measured().latency == 0.0


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_only_a_stream_that_is_refused_is_left_out(status: int) -> None:
    told = Forecast()

    def refused() -> int:
        raise RejectedError("no", status=status)

    if status in (403, 404):
        assert told.asked("people", refused, 5) == 5
        assert told.unread == {"people": "no"}
        return
    with pytest.raises(RejectedError):
        told.asked("people", refused, 5)


@pytest.mark.parametrize(
    ("rows", "begin", "step", "near"),
    [(1_234, 250, 50, 25), (251, 250, 50, 25), (250, 250, 50, 1), (99_999, 10, 1, 1)],
)
def test_the_end_of_a_list_that_nobody_counts_is_found_by_few_questions(rows, begin, step, near):
    asked = []

    def there(index):
        asked.append(index)
        return index < rows

    found = end_of(there, begin, step, near)
    assert rows <= found <= rows + max(near, step)
    assert len(asked) < 40


def test_some_are_chosen_evenly_and_all_where_they_are_few():
    assert evenly(list("abc"), 5) == list("abc")
    chosen = evenly(list(range(100)), 4)
    assert chosen == [12, 37, 62, 87]
    assert evenly([], 4) == []
