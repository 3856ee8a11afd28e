"""Values are read as they were meant, or refused with a reason: nothing is guessed, rounded or shifted in silence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.sdk.values import (
    MisfitError,
    at_noon,
    day_of,
    decimal_number,
    fits_pattern,
    in_zone,
    media_type,
    moment_of,
    whole_number,
)


@pytest.mark.parametrize(
    "text",
    [
        "1.000",
        "1e3",
        "9400111899223100012345",
        "1_000",
        "1,000",
        "٣",
        "",
        " ",
        "0x10",
        "--1",
        True,
        None,
        [1],
        1.5,
    ],
)
def test_what_is_no_whole_number_without_doubt_is_refused(text):
    with pytest.raises(MisfitError):
        whole_number(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [("007", 7), (" 12 ", 12), ("-3", -3), (5.0, 5), (999_999_999_999_999, 999_999_999_999_999)],
)
def test_whole_numbers_are_read(text, number):
    assert whole_number(text) == number
    assert isinstance(whole_number(text), int)


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-Infinity", "1e3", "1,5", "0.12345678901234567", "9" * 22, float("nan"), 1e300]
)
def test_what_a_decimal_field_would_change_is_refused(text):
    with pytest.raises(MisfitError):
        decimal_number(text)


@given(st.integers(-(10**12), 10**12), st.integers(0, 99))
def test_an_amount_of_money_is_kept_to_the_cent(whole, cents):
    text = f"{whole}.{cents:02d}"
    assert float(decimal_number(text)) == float(text)


@pytest.mark.parametrize(
    "text",
    [
        "0000-00-00",
        "2023-02-30",
        "30/10/2026",
        "2026-10-30T10:00:00",
        "20261030",
        "2026-1-3",
        "",
        None,
        20261030,
    ],
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(MisfitError):
        day_of(text)


def test_the_day_of_a_moment_is_that_of_the_zone():
    late = "2026-10-29T23:00:00Z"
    assert day_of(late) == "2026-10-29"
    assert day_of(late, "Pacific/Auckland") == "2026-10-30"
    assert in_zone(late, "Pacific/Auckland") == "2026-10-30T12:00:00+13:00"
    assert day_of("2026-10-30T02:00:00+13:00") == "2026-10-29"


def test_a_day_becomes_its_noon_in_the_zone():
    assert at_noon("2026-10-30", "Pacific/Auckland") == "2026-10-29T23:00:00Z"
    assert day_of(at_noon("2026-10-30", "Pacific/Auckland"), "Pacific/Auckland") == "2026-10-30"


@given(
    st.dates(),
    st.sampled_from(["Pacific/Auckland", "America/Los_Angeles", "Europe/Berlin", "UTC", "Asia/Kolkata"]),
)
def test_a_day_that_goes_there_and_back_is_the_same_day(day, zone):
    try:
        there = at_noon(day.isoformat(), zone)
    except MisfitError:
        assert day.year in (1, 9999)
        return
    if day.year in (1, 9999):
        return  # beyond the calendar on one side of the world
    assert day_of(there, zone) == day.isoformat()


@pytest.mark.parametrize(
    "text", ["2026-10-30T10:00:00", "2026-10-30", "10:00", "yesterday", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_moment_without_doubt_is_refused(text):
    with pytest.raises(MisfitError):
        moment_of(text)


@pytest.mark.parametrize(
    ("told", "sent"),
    [
        ("text/plain", "text/plain"),
        (" image/svg+xml ", "image/svg+xml"),
        ("text/html; charset=utf-8", "text/html; charset=utf-8"),
        ("", "application/octet-stream"),
        (None, "application/octet-stream"),
        ("image", "application/octet-stream"),
        ("text/\u202eplain", "application/octet-stream"),
        ("text/plain\r\nX-Evil: 1", "application/octet-stream"),
        ("text/plain; name=\u00e4.txt", "application/octet-stream"),
    ],
)
def test_a_kind_of_file_is_one_that_a_header_takes(told, sent):
    assert media_type(told) == sent


def test_a_text_is_held_against_a_desks_own_pattern():
    assert fits_pattern(r"\ASN-\d{6}\z", "SN-000123")
    assert not fits_pattern(r"\ASN-\d{6}\z", "SN-123")
    assert not fits_pattern(r"\ASN-\d{6}\z", "SN-000123\n")
    assert fits_pattern("", "anything")
    assert fits_pattern(r"(?<=x)1", "which nobody here can judge")
