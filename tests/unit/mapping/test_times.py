"""A day is a day in somebody's time zone, and a time that no desk takes is told: nothing shifts, and nothing is empty in silence."""

from typing import Any

import pytest
from tests.unit.mapping.desks import JSM, ZENDESK, case, engine

from ticketferry.sdk.features import Feature

ACCOUNT = (JSM - {Feature.DUE_DAY}) | {Feature.TICKET_TIMES, Feature.COMMENT_TIME}
AUCKLAND: dict[str, Any] = {**ZENDESK, "native": {"time_zone": "Pacific/Auckland"}}
LATE = "2026-10-29T23:00:00Z"


def codes(mapped: Any) -> list[str]:
    return [finding.code for finding in mapped.findings]


def test_a_due_time_is_the_day_of_the_old_desks_zone_and_the_zone_is_told():
    mapped = engine(source=AUCKLAND).case(case(due=LATE))
    assert mapped.record["due"] == "2026-10-30T12:00:00+13:00"
    (finding,) = [row for row in mapped.findings if row.code == "F106"]
    assert "Pacific/Auckland" in finding.message


def test_without_a_zone_of_the_desk_utc_is_taken_and_told():
    mapped = engine().case(case(due=LATE))
    assert mapped.record["due"] == LATE
    assert "UTC" in next(row.message for row in mapped.findings if row.code == "F106")


def test_a_zone_that_the_mapping_names_is_no_assumption():
    rule = "fields:\n  - {from: due, to: due, tz: Pacific/Auckland}\n"
    mapped = engine(rule).case(case(due=LATE))
    assert mapped.record["due"][:10] == "2026-10-30"
    assert "F106" not in codes(mapped)


def test_a_day_becomes_noon_of_the_old_desks_zone_for_a_target_with_times():
    mapped = engine(source=AUCKLAND, features=ACCOUNT).case(case(due="2026-10-30"))
    assert mapped.record["due"] == LATE
    assert "F106" in codes(mapped)


def test_a_day_stays_a_day_and_a_time_a_time_where_the_target_has_the_same():
    assert engine(source=AUCKLAND).case(case(due="2026-10-30")).record["due"] == "2026-10-30"
    assert engine(source=AUCKLAND, features=ACCOUNT).case(case(due=LATE)).record["due"] == LATE


@pytest.mark.parametrize("features", [JSM, ACCOUNT])
@pytest.mark.parametrize("due", ["0000-00-00", "2023-02-30", "30/10/2026", "2026-10-30T10:00:00"])
def test_a_due_date_that_is_none_is_told_and_kept_beside(features, due):
    mapped = engine(features=features).case(case(due=due))
    assert "due" not in mapped.record
    assert "F102" in codes(mapped)
    assert due in str(mapped.record["provenance"])


@pytest.mark.parametrize("features", [JSM, ACCOUNT])
@pytest.mark.parametrize(
    ("key", "to", "kind", "value"),
    [
        ("serial", "Refund amount", "integer", "1.000"),
        ("serial", "Refund amount", "integer", "1e3"),
        ("serial", "Refund amount", "integer", "9400111899223100012345"),
        ("serial", "Refund amount", "decimal", "nan"),
        ("serial", "Purchase date", "date", "0000-00-00"),
        ("serial", "Purchase date", "date", "2023-02-30"),
        ("serial", "Purchase date", "date", "30/10/2026"),
        ("serial", "Original created", "datetime", "2026-10-30T10:00:00"),
    ],
)
def test_a_value_that_could_be_read_in_two_ways_is_told_and_kept_beside(features, key, to, kind, value):
    rule = f"fields:\n  - {{from: fields.{key}, to: {to}, as: {kind}}}\n"
    mapped = engine(rule, features=features).case(case(fields={key: value}))
    assert to not in mapped.record.get("fields", {})
    assert "F102" in codes(mapped)
    assert value in str(mapped.record["provenance"])


def test_a_time_that_becomes_a_day_field_takes_the_desks_zone():
    rule = "fields:\n  - {from: solved, to: Purchase date, as: date}\n"
    mapped = engine(rule, source=AUCKLAND).case(case(solved="2025-10-29T23:00:00Z"))
    assert mapped.record["fields"]["Purchase date"] == "2025-10-30"
    assert "F106" in codes(mapped)


@pytest.mark.parametrize("created", ["2099-01-01T00:00:00Z", "2020-01-01T00:00:00"])
def test_a_creation_time_that_no_desk_takes_is_told_and_kept_beside(created):
    mapped = engine(features=ACCOUNT).case(case(created=created))
    assert "created" not in mapped.record
    assert "F107" in codes(mapped)
    assert created in str(mapped.record["provenance"])


def test_a_comment_of_the_future_gets_the_time_of_the_tickets_last_change():
    said = {"ref": "acme:comment:1", "ticket": "acme:ticket:1", "public": True, "body": {"html": "<p>hi</p>"}}
    mapped = engine(features=ACCOUNT - {Feature.DESCRIPTION}).case(
        case(comments=[{**said, "created": "2099-01-01T00:00:00Z"}], updated="2025-06-01T00:00:00Z")
    )
    (comment,) = mapped.record["comments"]
    assert comment["created"] == "2025-06-01T00:00:00Z"
    assert comment["provenance"]["created"] == "2099-01-01T00:00:00Z"
    assert "F107" in codes(mapped)
