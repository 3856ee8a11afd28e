"""Signs against a baseline and bounds."""

import pytest

from ticketferry.kpi.health import Baseline, Bound, Judged, judge, parse_bound, shares
from ticketferry.kpi.signs import SignDay


def day(number: int, **values: int) -> SignDay:
    return SignDay(number, **{**dict.fromkeys(SignDay._fields[1:], 0), **values})


BEFORE = Baseline("old", 1, "2026-11-01T00:00:00+00:00", 12, {"reopened": 0.04, "first_response": 3_600.0})


@pytest.mark.parametrize(
    ("name", "text", "most", "times"),
    [
        ("reopened", "1.5x", 1.5, True), ("reopened", "5%", 0.05, False), ("untriaged", " 0% ", 0.0, False), ("stalled", "100%", 1.0, False),
        ("first_response", "4h", 14_400.0, False), ("first_response", "90 min", 5_400.0, False), ("first_response", "2x", 2.0, True),
    ],
)  # fmt: skip
def test_bounds_are_shares_times_or_so_many_times_the_baseline(
    name: str, text: str, most: float, times: bool
) -> None:
    assert parse_bound(name, text) == Bound(most, times, text.strip())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("reopened", "4h"), ("reopened", "101%"), ("first_response", "5%"), ("reopened", "x"), ("reopened", "-1%"),
        ("reopened", "5"), ("reopened", ""), ("first_response", "1.5.2x"),
    ],
)  # fmt: skip
def test_what_is_no_bound_of_a_sign(name: str, text: str) -> None:
    assert parse_bound(name, text) is None


def test_shares_are_of_all_days_together_and_of_nothing_there_is_none() -> None:
    told = shares(
        [day(1, resolved=10, reopened=1, open=5, untriaged=5), day(2, resolved=30, reopened=3, open=15)]
    )
    assert told["reopened"].value == 0.1
    assert told["untriaged"].value == 0.25
    assert told["misrouted"].value is None


def judged(rows: list[SignDay], name: str, baseline: Baseline | None = BEFORE, **bounds: str) -> Judged:
    read = {sign: parse_bound(sign, text) for sign, text in bounds.items()}
    made = judge(
        rows, (5_400.0, 40), baseline, {sign: bound for sign, bound in read.items() if bound is not None}
    )
    return next(item for item in made if item.name == name)


def test_a_bound_is_passed_only_above_it_and_only_where_enough_tickets_say_so() -> None:
    rows = [day(1, resolved=100, reopened=6)]
    assert not judged(rows, "reopened", reopened="1.5x").past, "six of a hundred are 1.5 times four"
    assert judged([day(1, resolved=100, reopened=7)], "reopened", reopened="1.5x").past
    few = judged([day(1, resolved=19, reopened=19)], "reopened", reopened="1.5x")
    assert (few.past, few.few, few.value) == (False, True, 1.0)
    assert judged([day(1, resolved=20, reopened=20)], "reopened", reopened="1.5x").past


def test_without_a_baseline_only_bounds_of_their_own_judge() -> None:
    rows = [day(1, resolved=100, reopened=50)]
    relative = judged(rows, "reopened", None, reopened="1.5x")
    assert (relative.past, relative.most) == (False, None)
    assert judged(rows, "reopened", None, reopened="10%").past
    assert judged(rows, "first_response", None, first_response="1h").past
    assert not judged(rows, "first_response", first_response="2x").past
    assert not judged([], "reopened", reopened="0%").past
