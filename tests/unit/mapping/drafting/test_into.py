import random
from typing import Any

import pytest
from tests.unit.mapping.desks import JIRA, JSM, NOW, ZENDESK, field, statuses

from ticketferry.mapping.drafting.document import draft
from ticketferry.mapping.drafting.into import Added, add_into
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import loads
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.work import Setup
from ticketferry.sdk.contract import Severity

MAPPING = """# Acme's mapping, read by three people
version: 1
source: zendesk
target: jsm

route:
  - {when: {brand: Billing}, project: BILL, issue_type: Service request}   # asked on Monday
  - {when: always, project: SUP, issue_type: Service request}

status:
  new:   Waiting for triage      # as Ann said
  open: 'Waiting for support'
  pending: Waiting for customer
  hold: Pending vendor
  "custom:Waiting on vendor": Pending vendor
  "custom:Gone since": Pending vendor
  solved: {to: Resolved, resolution: Done}
  # closed stays closed
  closed: {to: Closed, resolution: Done}

priority: {urgent: Highest, high: High, low: Low}  # normal?
fields:
  - from: fields.refund_reason
    to: Refund reason
    values:
      broken: Damaged
      late: Late   # never

  - {rest: keep_in_provenance}
# the end"""


def added(text: str, source: Any = ZENDESK, target: Any = JIRA) -> Added:
    mapping = loads(text)
    setup = Setup(mapping, source, target, JSM, NoLookups(), NOW)
    return add_into(text, setup, draft(source, target, JSM), lint(mapping, source, target, JSM))


def test_what_is_not_decided_gets_a_line_and_every_line_that_was_there_stays() -> None:
    result = added(MAPPING)
    rules = loads(result.text).rules
    assert rules.status["custom:Parked"].to == "Pending vendor"
    assert "custom:Escalated to engineering" in rules.status
    assert rules.priority["normal"].to == "Medium"
    assert rules.priority["none"].to == "Medium"
    assert rules.fields[0].values["wrong_item"] == "Wrong item"
    assert [
        row for row in lint(loads(result.text), ZENDESK, JIRA, JSM) if row.severity is Severity.BLOCKER
    ] == []  # type: ignore[arg-type]
    left = iter(result.text.splitlines())
    for line in MAPPING.splitlines():
        assert line.startswith("priority:") or line in left, line
    assert "# normal?" in result.text
    assert result.decided == 2 + 2 + 2


def test_what_the_source_does_not_have_any_more_is_marked_where_it_stands() -> None:
    lines = added(MAPPING).text.splitlines()
    place = next(number for number, line in enumerate(lines) if "Gone since" in line and "gone?" not in line)
    assert lines[place - 1] == "  # gone? the source has no status `custom:Gone since`"


def test_fields_and_routes_that_nobody_names_are_proposed_as_comments_and_change_nothing() -> None:
    result = added(MAPPING)
    assert result.proposed
    assert "  # - {from: fields.serial_no" in result.text
    assert len(loads(result.text).rules.fields) == 2
    assert len(loads(result.text).rules.route) == 2


def test_run_again_it_adds_nothing() -> None:
    once = added(MAPPING)
    twice = added(once.text)
    assert (twice.text, twice.decided, twice.proposed, twice.gone) == (once.text, 0, 0, 0)


def test_line_endings_of_windows_stay_and_new_lines_have_them_too() -> None:
    text = added(MAPPING.replace("\n", "\r\n")).text
    assert text.count("\n") == text.count("\r\n")


@pytest.mark.parametrize(
    "values",
    [
        "{broken: Damaged,\n      late: Late,  # a, comma\n    }",
        "{broken: Damaged, late: Late}",
        "{\n      broken: Damaged,  # a, comma\n      late: Late\n    }",
    ],
)
def test_options_are_added_to_a_table_of_any_form(values: str) -> None:
    text = MAPPING.replace("\n      broken: Damaged\n      late: Late   # never\n", f" {values}\n")
    assert loads(added(text).text).rules.fields[0].values["wrong_item"] == "Wrong item"


def test_a_desk_that_grew_in_every_way_is_brought_up_to_date_without_touching_a_line() -> None:
    dice = random.Random(3)
    for _ in range(10):
        names = [f"custom:New {dice.choice('🙂:#{')} {number}" for number in range(3)]
        grown = {
            **ZENDESK, "statuses": [*ZENDESK["statuses"], *statuses(*((name, "on_hold", "hold") for name in names))],
            "fields": [*ZENDESK["fields"], field("more", "text", name="Order id")],
        }  # fmt: skip
        result = added(MAPPING, grown)
        assert set(names) <= set(loads(result.text).rules.status)
        assert "fields.more" in result.text
