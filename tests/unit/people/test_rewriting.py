"""Agents who have another address in the target: found by a rule, and by nothing less certain than that."""

import sqlite3

import pytest
from tests.unit.people.test_match import here, mail, there

from ticketferry.people.cluster import cluster
from ticketferry.people.decisions import Decision, Decisions
from ticketferry.people.directory import Directory
from ticketferry.people.match import match
from ticketferry.people.rewriting import AddressRules, faults_of
from ticketferry.store.directory import DirectoryTables

RULES = {"@old.example": "@new.example", "Boss@old.example": "ceo@new.example"}


def agent(id_, email, name="Pat", **more):
    return here(id_, email, name, **{"role": "agent", **more})


def licensed(id_, email, name="Pat", **more):
    return there(id_, email, name, account="agent", **more)


def worked_out(people, accounts, rules=RULES, **more):
    tables = DirectoryTables(sqlite3.connect(":memory:"))
    cluster(people, tables, more.get("decisions"))
    findings = match(people, accounts, tables, rewrite=AddressRules(rules), **more)
    return Directory(tables), findings


def found(people, accounts, rules=RULES, **more):
    directory, _ = worked_out(people, accounts, rules, **more)
    return {person["ref"].rsplit(":", 1)[1]: directory.account(person["ref"]) for person in people}


@pytest.mark.parametrize("address", ["kim@old.example", "KIM@OLD.example", " kim@old.example "])
def test_an_agent_whose_company_has_a_new_domain_is_found_there(address):
    account = found([agent(1, address)], [licensed("a", "Kim@new.example")])["1"]
    assert (account.ref, account.how) == ("site:person:a", "rewrite_email")


def test_the_rule_for_one_address_wins_over_that_for_its_domain():
    accounts = [licensed("a", "boss@new.example"), licensed("b", "ceo@new.example")]
    assert found([agent(1, "boss@old.example")], accounts)["1"].ref == "site:person:b"


def test_customers_of_the_domain_stay_who_they_are():
    assert found([here(1, "kim@old.example")], [licensed("a", "kim@new.example")])["1"] is None


@pytest.mark.parametrize(
    "address", ["kim@sub.old.example", "kim@old.example.com", "kim@older.example", "old.example", "", "@old.example"]
)  # fmt: skip
def test_only_the_domain_itself_is_rewritten(address):
    assert found([agent(1, address)], [licensed("a", "kim@new.example")])["1"] is None


def test_an_account_of_the_old_address_comes_first():
    accounts = [licensed("a", "kim@new.example"), licensed("b", "kim@old.example")]
    account = found([agent(1, "kim@old.example")], accounts)["1"]
    assert (account.ref, account.how) == ("site:person:b", "email")


def test_what_a_rule_gives_is_not_rewritten_again():
    rules = {"@old.example": "@mid.example", "@mid.example": "@new.example"}
    assert found([agent(1, "kim@old.example")], [licensed("a", "kim@new.example")], rules)["1"] is None


def test_two_agents_who_become_one_address_wait_for_a_person():
    people = [agent(1, "kim@old.example", "Kim"), agent(2, "kim@elder.example", "Kimberly")]
    rules = {"@old.example": "@new.example", "@elder.example": "@new.example"}
    directory, findings = worked_out(people, [licensed("a", "kim@new.example")], rules)
    assert directory.account("acme:person:1") is None
    assert directory.account("acme:person:2") is None
    assert [(row.code, row.subject.id) for row in findings] == [("P310", "1"), ("P310", "2")]


def test_whose_own_address_it_is_keeps_the_account_and_the_other_waits():
    people = [agent(1, "kim@old.example", "Kim"), agent(2, "kim@new.example", "Kimberly")]
    directory, findings = worked_out(people, [licensed("a", "kim@new.example")])
    assert directory.account("acme:person:2").ref == "site:person:a"
    assert directory.account("acme:person:1") is None
    assert "acme:person:2 too" in next(row for row in findings if row.subject).message


@pytest.mark.parametrize(
    ("account", "why"),
    [
        (licensed("a", "kim@new.example", state="suspended"), "the account is suspended"),
        (licensed("a", "kim@new.example", identities=mail("kim@new.example", False)), "not verified in the target"),
        (licensed("a", "kim@new.example", external_id="E9"), "other external ids"),
        (licensed("a", "kim@new.example", origin="acme:person:77"), "by our mark"),
    ],
)  # fmt: skip
def test_what_speaks_against_an_account_speaks_against_it_under_a_new_address_as_well(account, why):
    person = agent(1, "kim@old.example", external_id="E1")
    directory, findings = worked_out([person], [account])
    assert directory.account(person["ref"]) is None
    assert why in findings[0].message


def test_two_accounts_of_the_new_address_are_nobodys():
    accounts = [licensed("a", "kim@new.example"), licensed("b", "KIM@new.example")]
    directory, findings = worked_out([agent(1, "kim@old.example")], accounts)
    assert directory.account("acme:person:1") is None
    assert "2 accounts" in findings[0].message


@pytest.mark.parametrize("decision", ["separate", "site:person:b"])
def test_what_somebody_decided_is_not_rewritten(decision):
    decisions = Decisions({"acme:person:1": Decision("acme:person:1", "", "", "", decision, "")})
    accounts = [licensed("a", "kim@new.example"), licensed("b", "z@z.example", "Zoe")]
    account = found([agent(1, "kim@old.example")], accounts, decisions=decisions)["1"]
    assert (account.ref if account else None) == (None if decision == "separate" else decision)


def test_the_order_of_the_people_does_not_matter():
    people = [
        agent(1, "kim@old.example", "Kim"), agent(2, "kim2@old.example", "Kim"), agent(3, "boss@old.example", "Bo"),
    ]  # fmt: skip
    accounts = [
        licensed("a", "kim2@old.example", "Kim"), licensed("b", "kim@new.example", "Kim"), licensed("c", "ceo@new.example"),
    ]  # fmt: skip
    one = Decisions({"acme:person:2": Decision("acme:person:2", "", "", "", "acme:person:1", "")})
    forward = found(people, accounts, decisions=one)
    backward = found(people[::-1], accounts[::-1], decisions=one)
    assert forward == backward
    assert forward["1"].ref == "site:person:a", "their own address finds them before any rule is asked"
    assert forward["3"].ref == "site:person:c"


def test_a_rule_that_finds_nobody_is_told_once_and_says_why():
    rules = {**RULES, "@typo.example": "@new.example"}
    _, findings = worked_out(
        [agent(1, "kim@old.example"), here(2, "x@typo.example", "X")], [licensed("z", "z@new.example")], rules
    )
    told = {row.message.split(":")[0]: row.message for row in findings if row.code == "P325"}
    assert "1 agent of whom" in told["`@old.example` finds nobody"]
    assert "no agent without an account" in told["`@typo.example` finds nobody"]
    assert len(told) == 3


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"old.example": "new.example"}, "neither an address"),
        ({"@old": "@new.example"}, "neither an address"),
        ({"": "@new.example"}, "neither an address"),
        ({"@old.example": "boss@new.example"}, "a domain a domain"),
        ({"a@old.example": "@new.example"}, "a domain a domain"),
        ({"@old.example": "@OLD.example"}, "changes nothing"),
        ({"@bücher.example": "@a.example", "@xn--bcher-kva.example": "@b.example"}, "are one address"),
        ({"a@x.example": "c@x.example", "b@x.example": "C@X.example"}, "an account is one agent's"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(rules, said):
    assert said in next(faults_of(rules))


def test_rules_that_can_be_meant_are_taken():
    rules = {"@a.example": "@b.example", "@b.example": "@a.example", "x@a.example": "y@c.example"}
    assert list(faults_of(rules)) == []
