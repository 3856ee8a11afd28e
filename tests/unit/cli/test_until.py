"""When a window ends, as people write it."""

from datetime import datetime, timedelta, timezone

import pytest

from ticketferry.cli.until import moment_of

ZONE = timezone(timedelta(hours=1))
SATURDAY = datetime(2026, 12, 5, 14, 12, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15:00", "2026-12-05T15:00:00+01:00"), ("05:00", "2026-12-06T05:00:00+01:00"), ("14:12", "2026-12-06T14:12:00+01:00"),
        ("5:00", "2026-12-06T05:00:00+01:00"), ("Mon 05:00", "2026-12-07T05:00:00+01:00"), ("sat 15:00", "2026-12-05T15:00:00+01:00"),
        ("Sat 05:00", "2026-12-12T05:00:00+01:00"), ("Saturday  05:00", "2026-12-12T05:00:00+01:00"), ("fri 23:59", "2026-12-11T23:59:00+01:00"),
        ("2026-12-07T05:00", "2026-12-07T05:00:00+01:00"), ("2026-12-07 05:00", "2026-12-07T05:00:00+01:00"),
        ("2026-12-07T05:00Z", "2026-12-07T05:00:00+00:00"),
    ],
)  # fmt: skip
def test_the_next_such_moment(text: str, expected: str) -> None:
    moment = moment_of(text, SATURDAY)
    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "12:60", "Xyz 05:00", "Mon", "5", "05:00 Mon", "2026-13-01T05:00"]
)
def test_what_is_no_moment(text: str) -> None:
    assert moment_of(text, SATURDAY) is None
