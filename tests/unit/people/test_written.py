"""Who was written stays who they are until a plan moves them: clusters that change afterwards, in any order, are put back."""

import random
import sqlite3

import pytest

from ticketferry.people.cluster import cluster
from ticketferry.people.decisions import Decision, Decisions
from ticketferry.people.written import SEPARATE, EarlierWrites, hold_written
from ticketferry.sdk.contract import Severity
from ticketferry.store.directory import DirectoryTables

A, B, C, D = (f"acme:person:{number}" for number in (1, 2, 3, 4))


@pytest.fixture
def tables():
    tables = DirectoryTables(sqlite3.connect(":memory:"))
    yield tables
    tables.close()


def people(*ids, mail="x@a.example", **more):
    return [{"ref": f"acme:person:{id_}", "name": "Pat", "email": mail, **more} for id_ in ids]


def held(tables, records, *, accounts=(), decisions=(), named=None, **written):
    rows = Decisions({row.ref: row for row in decisions})
    cluster(records, tables, rows)
    have = dict(accounts)
    asked = set() if named is None else set(named)
    found = hold_written(
        tables,
        rows,
        EarlierWrites(
            account=have.get, named=lambda refs: set(refs) if named is None else asked & set(refs), **written
        ),
        target="site",
    )
    return found, {ref: tables.survivor(ref) for ref in (A, B, C, D)}


def test_nobody_who_was_not_written_is_held(tables):
    found, one = held(tables, people(1, 2, 3))
    assert found == []
    assert (one[B], one[C]) == (A, A)


def test_whoever_has_an_account_stands_for_the_others_whoever_is_better_known_now(tables):
    """Somebody got a second identity since, or was activated again: the tickets stay where they are, and nobody is asked."""
    rich = [{"type": "email", "value": f"{number}@a.example"} for number in range(3)]
    records = [*people(1, identities=rich), *people(2, 3)]
    found, one = held(tables, records, accounts=[(C, "7")])
    assert found == []
    assert (one[A], one[B], one[C]) == (C, C, C)


def test_two_who_were_written_apart_stay_apart_and_the_third_goes_with_the_survivor(tables):
    found, one = held(tables, people(1, 2, 3), accounts=[(A, "7"), (B, "8")])
    assert [(item.code, item.severity, str(item.subject)) for item in found] == [("P330", Severity.DOUBT, B)]
    assert f"people reassign {B} --to {A}" in found[0].remedy
    assert (one[A], one[B], one[C]) == (A, B, A)


def test_two_accounts_that_no_ticket_names_hold_nobody(tables):
    """People were written days before the tickets: a decision made in between counts at once."""
    found, one = held(tables, people(1, 2), accounts=[(A, "7"), (B, "8")], named=())
    assert (found, one[B]) == ([], A)


def test_one_account_of_both_is_no_conflict(tables):
    found, one = held(tables, people(1, 2), accounts=[(A, "7"), (B, "7")])
    assert (found, one[B]) == ([], A)


def test_whoever_stood_under_another_stays_there_and_the_plan_stops(tables):
    found, one = held(
        tables, people(1) + people(2, mail="other@a.example"), accounts=[(A, "7")], standing={B: A}
    )
    assert [(item.code, item.severity) for item in found] == [("P331", Severity.BLOCKER)]
    assert f"people reassign {B} --to {SEPARATE}" in found[0].remedy
    assert one[B] == A


def test_whoever_stood_under_an_account_that_was_taken_back_is_free(tables):
    found, one = held(tables, people(1) + people(2, mail="other@a.example"), standing={B: A})
    assert (found, one[B]) == ([], B)


def test_a_decision_turned_round_moves_nobody(tables):
    """A stood for B; now somebody says that A is one with B: they are one still, and A has the account."""
    records = people(1) + people(2, mail="other@a.example")
    found, one = held(
        tables, records, accounts=[(A, "7")], standing={B: A}, decisions=[Decision(A, decision=B)]
    )
    assert found == []
    assert (one[A], one[B]) == (A, A)


def test_a_reassigned_person_stands_for_nobody_and_the_other_way_round_wins_when_it_comes_later(tables):
    apart = people(1) + people(2, mail="other@a.example")
    _, one = held(tables, apart, accounts=[(A, "7"), (B, "8")], reassigned={B: A}, standing={B: A})
    assert (one[A], one[B]) == (A, A)
    _, one = held(tables, apart, accounts=[(A, "7"), (B, "8")], reassigned={B: A, A: B}, standing={})
    assert (one[A], one[B]) == (B, B)


def test_an_account_of_the_target_takes_whom_somebody_stood_for_along(tables):
    found, one = held(
        tables, people(1, 2), accounts=[(A, "7")], reassigned={A: "site:person:9"}, standing={B: A}
    )
    assert found == []
    assert (one[A], one[B]) == ("site:person:9", "site:person:9")


def test_another_account_by_decision_is_told_once_tickets_stand_under_the_first(tables):
    said = [Decision(A, decision="site:person:9")]
    found, _ = held(tables, people(1), accounts=[(A, "7")], decisions=said)
    assert [item.code for item in found] == ["P330"]
    assert held(tables, people(1), accounts=[(A, "9")], decisions=said)[0] == []
    assert held(tables, people(1), accounts=[(A, "7")], decisions=said, named=())[0] == []


def test_whoever_was_reassigned_to_themselves_is_not_held_where_they_stood(tables):
    apart = people(1) + people(2, mail="other@a.example")
    found, one = held(tables, apart, accounts=[(A, "7")], reassigned={B: SEPARATE}, standing={B: A})
    assert (found, one[B]) == ([], B)


def test_of_several_accounts_the_older_person_s_stands_for_who_has_none(tables):
    found, one = held(tables, people(1, 2, 3), accounts=[(C, "8"), (B, "9")])
    assert [(item.code, str(item.subject)) for item in found] == [("P330", C)]
    assert (one[A], one[B], one[C]) == (B, B, C)


def test_who_stood_under_another_before_the_first_ticket_stays_there_with_an_account_of_their_own(tables):
    """Both were written, then became one before any ticket named them: the tickets of both stand under the one now."""
    found, one = held(tables, people(1, 2), accounts=[(A, "7"), (B, "8")], standing={B: A})
    assert (found, one[B]) == ([], A)


def test_another_organization_by_decision_is_not_offered_a_way_that_does_not_exist(tables):
    ours = "acme:organization:5"
    said = [Decision(ours, decision="site:organization:9")]
    assert held(tables, people(1), accounts=[(ours, "7")], decisions=said)[0] == []


def test_who_has_an_account_does_not_follow_their_double_to_an_account_of_the_target(tables):
    """A was moved to an account that is there. B is like A, and has tickets under an account of their own: nobody moved B."""
    found, one = held(tables, people(1, 2, 3), accounts=[(A, "7"), (B, "8")], reassigned={A: "site:person:9"})
    assert [(item.code, str(item.subject)) for item in found] == [("P330", B)]
    assert f"people reassign {B} --to site:person:9" in found[0].remedy
    assert (one[A], one[B], one[C]) == ("site:person:9", B, "site:person:9")


def test_who_stood_under_another_goes_along_to_an_account_of_the_target_with_an_account_of_their_own(tables):
    both = [(A, "7"), (B, "8")]
    for before in (A, "site:person:9"):
        moved = {A: "site:person:9"}
        found, one = held(tables, people(1, 2), accounts=both, reassigned=moved, standing={B: before})
        assert (found, one[B]) == ([], "site:person:9")


def test_the_order_of_people_accounts_and_rows_changes_nothing(tables):
    records = [
        person
        for group in range(30)
        for person in people(*(f"{group}0{number}" for number in range(5)), mail=f"{group}@a.example")
    ]
    accounts = [(person["ref"], str(number // 2)) for number, person in enumerate(records) if number % 3]
    standing = [(records[number]["ref"], records[number - 1]["ref"]) for number in range(1, len(records), 4)]
    told = set()
    for seed in range(6):
        for rows in (records, accounts, standing):
            random.Random(seed).shuffle(rows)
        found, _ = held(tables, records, accounts=accounts, standing=dict(standing))
        told.add((tuple((item.code, item.message) for item in found), tuple(tables.all_joined())))
    assert len(told) == 1
