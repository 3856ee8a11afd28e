"""Business hours count what lies inside of them, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.errors import ConfigError
from ticketferry.kpi.hours import DAYS, BusinessHours, parse_hours

WORK = {day: [(540, 1020)] for day in DAYS[:5]}


def at(text: str, zone: str = "Europe/Berlin") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def test_a_night_and_a_weekend_do_not_count() -> None:
    hours = BusinessHours("Europe/Berlin", WORK)
    assert hours.between(at("2026-01-09T16:00"), at("2026-01-12T10:00")) == 2 * 3600


def test_a_holiday_does_not_count() -> None:
    hours = BusinessHours("Europe/Berlin", WORK, [date(2026, 1, 12)])
    assert hours.between(at("2026-01-09T16:00"), at("2026-01-13T10:00")) == 2 * 3600


def test_a_night_shift_loses_the_hour_that_the_clocks_skip() -> None:
    hours = BusinessHours("Europe/Berlin", {"sun": [(0, 360)]})
    assert hours.between(at("2026-03-29T00:00"), at("2026-03-29T12:00")) == 5 * 3600
    assert hours.between(at("2026-10-25T00:00"), at("2026-10-25T12:00")) == 7 * 3600


def test_moments_past_the_table_are_counted_too() -> None:
    hours = BusinessHours("UTC", WORK, until=date(1991, 1, 1))
    assert hours.between(at("2039-01-03T08:00", "UTC"), at("2039-01-04T00:00", "UTC")) == 8 * 3600


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ConfigError, match="no time zone"):
        BusinessHours("Europe/Atlantis", WORK)


@given(
    st.integers(1_500_000_000, 1_900_000_000), st.integers(0, 3_000_000), st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"])
)  # fmt: skip
def test_equal_to_counting_minute_by_minute(start: int, span: int, zone: str) -> None:
    start -= start % 60
    span = span % 20_000 * 60
    hours = BusinessHours(zone, WORK)
    here, counted = datetime.fromtimestamp(start, UTC), 0
    for minute in range(0, span, 60):
        local = (here + timedelta(seconds=minute)).astimezone(ZoneInfo(zone))
        counted += 60 * (local.weekday() < 5 and 9 <= local.hour < 17)
    assert hours.between(start, start + span) == counted


def read(data: Any) -> tuple[BusinessHours | None, list[str]]:
    said: list[str] = []
    return parse_hours(data, lambda place, text: said.append(f"{'.'.join(map(str, place))}: {text}")), said


def test_hours_are_read_as_people_write_them() -> None:
    found, said = read(
        {"zone": "Europe/Berlin", "mon-thu": "9:00-17:00", "fri": ["9:00-12:00", "13:00-15:00"], "holidays": ["2026-12-25"]}
    )  # fmt: skip
    assert found is not None
    assert not said
    assert found.between(at("2026-12-24T00:00"), at("2026-12-26T00:00")) == 8 * 3600
    assert found.between(at("2026-12-18T00:00"), at("2026-12-19T00:00")) == 5 * 3600


def test_a_span_of_days_may_pass_the_end_of_the_week() -> None:
    found, _ = read({"sat-mon": "10:00-11:00"})
    assert found is not None
    assert found.between(at("2026-01-09T00:00", "UTC"), at("2026-01-13T00:00", "UTC")) == 3 * 3600


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("9-17", "hours are written"),
        ({}, "no day has hours"),
        ({"mon": "17:00-9:00"}, "no interval"),
        ({"mon": "9-17"}, "no interval"),
        ({"mon": "9:00-25:00"}, "no interval"),
        ({"mon": ["9:00-12:00", "11:00-15:00"]}, "no interval"),
        ({"montag": "9:00-17:00"}, "no day"),
        ({"mon-fri": "9:00-17:00", "wed": "9:00-12:00"}, "wed has hours already"),
        ({"mon": "9:00-17:00", "holidays": ["25.12.2026"]}, "no day, as in"),
        ({"mon": "9:00-17:00", "zone": "CET/Nowhere"}, "no time zone"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(data: Any, told: str) -> None:
    found, said = read(data)
    assert found is None
    assert any(told in line for line in said), said
