"""What a directory keeps of people and of organizations, each by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.store.directory import DirectoryTables

ANN, BOB, CAROL = "acme:person:1", "acme:person:2", "acme:person:3"
ACME, OTHER = "acme:organization:1", "acme:organization:2"


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[DirectoryTables]:
    tables = DirectoryTables.new(tmp_path / "people.db")
    yield tables
    tables.close()


def test_clusters_of_people_made_anew_leave_those_of_organizations(tables: DirectoryTables) -> None:
    tables.join(ANN, BOB, "same key")
    tables.join(OTHER, ACME, "decision")
    tables.forget_people()
    assert (tables.survivor(ANN), tables.survivor(OTHER)) == (ANN, ACME)
    tables.join(ANN, BOB, "same key")
    tables.forget_organizations()
    assert (tables.survivor(ANN), tables.joined_to(OTHER)) == (BOB, None)


def test_a_chain_ends_at_its_last(tables: DirectoryTables) -> None:
    tables.join(ANN, BOB, "decision")
    tables.join(BOB, CAROL, "decision")
    tables.shorten_chains()
    assert tables.survivor(ANN) == CAROL
    assert sorted(tables.one_with(CAROL)) == [ANN, BOB]
    assert tables.merged() == (2, 1)
    assert list(tables.clusters(10, 1)) == [(CAROL, "decision", [ANN])]


def test_what_is_contested_is_asked_for_by_kind(tables: DirectoryTables) -> None:
    tables.contest(ANN, "first")
    tables.contest(ANN, "second")
    tables.contest(ACME, "of an organization")
    assert tables.all_contested(organizations=False) == [(ANN, "first")]
    tables.forget_accounts(organizations=False)
    assert (tables.contested(ANN), tables.contested(ACME)) == ("", "of an organization")


def test_a_person_draws_nobody_and_an_organization_is_drawn_nowhere(tables: DirectoryTables) -> None:
    tables.draw(ANN, ACME, "Ann <ann@acme.example>")
    assert tables.drawn(ANN) == (ACME,)
    assert tables.drawn(ACME) == ("Ann <ann@acme.example>",)
    assert tables.drawn_into(ACME) == [ANN]


def test_what_was_not_committed_is_in_no_file(tmp_path: Path) -> None:
    for commits in (False, True):
        path = tmp_path / f"{commits}.db"
        tables = DirectoryTables.new(path)
        tables.keep_findings([Finding("P310", Severity.DOUBT, parse_ref(ANN), "people.match", "why", "how")])
        tables.decide([(ANN, "leave")])
        if commits:
            tables.commit()
        tables.close()
        finished = DirectoryTables.finished(path)
        assert finished.decided(ANN) == ("leave" if commits else "")
        if commits:
            assert [(str(one.subject), one.message) for one in finished.findings()] == [(ANN, "why")]
            assert [list(rows) for rows in finished.digested()] == [[], [], [], [], [], [(ANN, "leave")]]
        finished.close()
