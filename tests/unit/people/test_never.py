"""Whom the tool takes for one with nobody, and which addresses tie nobody."""

import sqlite3

import pytest
from tests.unit.people.test_match import here, mail

from ticketferry.people.cluster import cluster
from ticketferry.people.decisions import Decision, Decisions
from ticketferry.people.never import NeverMerge, faults_of_never
from ticketferry.store.directory import DirectoryTables

RULE = NeverMerge(["info@", "Billing@"], ["gmail.com", "@bücher.example"], ["Shared-Mailbox"])


def merged(people, never=RULE, decisions=None):
    tables = DirectoryTables(sqlite3.connect(":memory:"))
    cluster(people, tables, decisions, never)
    survivors = {person["ref"][-1]: tables.survivor(person["ref"])[-1] for person in people}
    return {ref: survivor for ref, survivor in survivors.items() if ref != survivor}, tables.suspected()


@pytest.mark.parametrize(
    "address",
    ["info@firm.example", "INFO@firm.example", "info+de@firm.example", "kim@gmail.com", "kim@GMAIL.com", "kim@xn--bcher-kva.example"],
)  # fmt: skip
def test_two_records_under_such_an_address_stay_two_and_nobody_is_asked(address):
    people = [here(1, address), here(2, address)]
    assert merged(people, NeverMerge())[0] == {"2": "1"}
    assert merged(people) == ({}, [])


@pytest.mark.parametrize(
    "address", ["info.de@firm.example", "myinfo@firm.example", "kim@mail.gmail.com", "kim@gmail.com.example", "kim@b.example"]
)  # fmt: skip
def test_others_are_one_as_before(address):
    assert merged([here(1, address), here(2, address)])[0] == {"2": "1"}


def test_a_further_address_of_that_kind_ties_nobody_and_their_own_still_does():
    shared = {"identities": mail("info@firm.example", True)}
    assert merged([here(1, "a@x.example", **shared), here(2, "b@x.example", **shared)]) == ({}, [])
    assert merged([here(1, "a@x.example", **shared), here(2, "a@x.example", **shared)])[0] == {"2": "1"}


def test_somebody_with_the_tag_is_one_with_nobody_by_no_key():
    people = [
        here(1, "a@x.example", external_id="E1"),
        here(2, "a@x.example", external_id="E1", tags=["shared-mailbox", "x"]),
    ]
    assert merged(people) == ({}, [])


def test_what_the_desk_merged_itself_stays_merged():
    people = [
        here(1, "info@x.example"),
        here(2, "info@x.example", merged_into="acme:person:1", state="merged"),
    ]
    assert merged(people)[0] == {"2": "1"}


@pytest.mark.parametrize(
    ("by", "joined"), [("", {"2": "1"}), ("m.ito", {"2": "1"}), ("ticketferry", {}), ("Ticketferry", {})]
)
def test_a_persons_line_wins_over_the_rule_and_the_tools_does_not(by, joined):
    rows = {"acme:person:2": Decision("acme:person:2", "", "", "acme:person:1", "accept", "", by)}
    people = [here(1, "info@x.example"), here(2, "b@x.example")]
    assert merged(people, decisions=Decisions(rows))[0] == joined


def test_near_matching_sees_neither_them_nor_such_addresses():
    assert RULE.without(here(1, "info@x.example")) is None
    person = here(
        2,
        "a@x.example",
        identities=[
            *mail("a@x.example", True),
            *mail("kim@gmail.com", True),
            {"type": "phone", "value": "+1"},
        ],
    )
    left = RULE.without(person)
    assert [item["value"] for item in left["identities"]] == ["a@x.example", "+1"]
    assert len(person["identities"]) == 3, "the record itself stays as it is"
    assert RULE.without(here(3, "")) is not None


def test_without_a_main_address_the_primary_identity_counts():
    rows = [
        {"type": "email", "value": "a@x.example"},
        {"type": "email", "value": "info@x.example", "primary": True},
    ]
    assert RULE.person(here(1, "", identities=rows))
    assert not RULE.person(here(1, "", identities=rows[:1]))


@pytest.mark.parametrize(
    ("roles", "domains", "tags", "said"),
    [
        ((), (), (), "name `roles`"), (("info",), (), (), "with it (`info@`)"), (("@",), (), (), "no mailbox"),
        (("info@x.example",), (), (), "no mailbox"), (("in fo@",), (), (), "no mailbox"), ((), ("gmail",), (), "no domain"),
        ((), ("a@gmail.com",), (), "no domain"), ((), ("",), (), "no domain"), ((), (), (" ",), "a tag has no name"),
    ],
)  # fmt: skip
def test_lists_that_cannot_be_meant_are_refused(roles, domains, tags, said):
    assert said in next(faults_of_never(roles, domains, tags))


def test_the_words_of_the_vocabulary_are_taken():
    assert not list(
        faults_of_never(["info@", "billing@", "noreply@"], ["gmail.com", "@web.de"], ["shared-mailbox"])
    )
