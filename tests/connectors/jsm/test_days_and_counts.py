"""Days, digits and many parts on their way into Jira: no day shifts, no digit is lost, and a thousand troubles are one finding."""

from collections.abc import Iterator

import pytest
from tests.connectors.jsm.migrating import CUSTOMER, Migration, comment, migration, ticket

from ticketferry.sdk import Outcome
from ticketferry_jsm.marks import PIECE


@pytest.fixture
def site() -> Iterator[Migration]:
    with migration() as found:
        found.people()
        yield found


def test_a_due_time_in_the_old_desks_zone_is_its_day_there_and_comes_back_as_it_was(site: Migration) -> None:
    compiled, _ = site.create(ticket(1, due="2026-10-30T12:00:00+13:00"))
    assert site.issue("acme:ticket:1").values["duedate"] == "2026-10-30"
    assert site.check(compiled, "acme:ticket:1")["due"] == "2026-10-30T12:00:00+13:00"


@pytest.mark.parametrize("due", ["0000-00-00", "2023-02-30", "30/10/2026"])
def test_a_due_date_that_is_none_is_told_and_refused_by_nobody(site: Migration, due: str) -> None:
    compiled, _ = site.create(ticket(1, due=due))
    assert "JSM-VALUE" in {finding.code for finding in compiled.findings}
    assert site.check(compiled, "acme:ticket:1")["provenance"]["unplaced"]["due"] == due


def test_a_due_date_that_the_source_has_no_longer_goes_away_and_comes_back_when_that_is_undone(
    site: Migration,
):
    site.create(ticket(1, requester=CUSTOMER, due="2024-02-03T10:00:00Z"))
    before = site.driver.read("acme:ticket:1")
    compiled = site.driver.compile(Outcome.UPDATE, ticket(1, requester=CUSTOMER), before, ["due"])
    done = site.driver.apply(compiled.operations)
    assert site.issue("acme:ticket:1").values.get("duedate") is None
    assert "due" not in site.check(compiled, "acme:ticket:1")
    site.driver.apply(site.target.undo(done, before).operations)
    assert site.issue("acme:ticket:1").values["duedate"] == "2024-02-03"
    assert site.driver.read("acme:ticket:1")["due"] == "2024-02-03T10:00:00Z"


@pytest.mark.parametrize("value", ["1e3", "nan", "9400111899223100012345"])
def test_a_number_that_jira_would_change_is_told_and_kept_beside(site: Migration, value: str) -> None:
    compiled, _ = site.create(ticket(1, fields={"Refund amount": value}))
    assert "JSM-VALUE" in {finding.code for finding in compiled.findings}
    kept = site.check(compiled, "acme:ticket:1")["provenance"]["unplaced"]
    assert kept == {"fields.Refund amount": value}


def test_comments_with_a_few_characters_too_many_are_one_finding_with_a_count(site: Migration) -> None:
    said = [comment(number, "<p>x</p>", provenance={"long": "y" * (PIECE + 5)}) for number in range(100, 140)]
    compiled = site.driver.compile(Outcome.CREATE, ticket(1, comments=said))
    found = [row for row in compiled.findings if row.code == "JSM-PROVENANCE"]
    assert [(row.where, row.count) for row in found] == [("comments[].provenance", 40)]
