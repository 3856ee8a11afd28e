"""What becomes of people by the words of `people`: accounts, placeholders, and by which rule."""

import pytest
from tests.unit.mapping.desks import BASE, JIRA, JSM, NOW, PEOPLE, ZENDESK, Desks, case, engine, mapping

from ticketferry.errors import MappingError
from ticketferry.mapping.engine import Engine
from ticketferry.people.account import Account
from ticketferry.sdk.contract import Outcome

OLD = next(row for row in PEOPLE if row["name"] == "Old Agent")


@pytest.mark.parametrize(
    "word",
    [
        'inactive_agents: {as: placeholder, name: "{{ name }} (former agent)"}',
        "deleted: placeholder",
        "suspended: placeholder",
        "contested: placeholder",
        "ai_agents: {as: placeholder}",
        "light_agents: {as: placeholder}",
    ],
)
def test_a_word_that_asks_for_placeholders_needs_no_description_of_them(word):
    placeholder = mapping(f"people: {{{word}}}\n").rules.people.placeholder
    assert placeholder is not None
    assert placeholder.email.endswith("@placeholder.invalid")


def test_without_such_a_word_nobody_gets_a_placeholder():
    assert (
        mapping(
            'people: {light_agents: {as: watcher}, ai_agents: {as: app_account, name: "Ada"}}\n'
        ).rules.people.placeholder
        is None
    )
    assert mapping("").rules.people.placeholder is None


def test_a_former_agent_stands_there_under_a_name_that_says_so_and_an_address_that_is_nobodys():
    mapped = engine(
        'people: {inactive_agents: {as: placeholder, name: "{{ name }} (former agent)"}}\n'
    ).person(OLD)
    assert mapped.outcome is Outcome.CREATE
    assert (mapped.record["name"], mapped.record["email"], mapped.record["account"]) == (
        "Old Agent (former agent)",
        "former-3@placeholder.invalid",
        "placeholder",
    )


def test_two_former_agents_whose_ids_have_colons_get_two_addresses():
    desk = engine("people: {inactive_agents: {as: placeholder}}\n")
    emails = {
        desk.person({**OLD, "ref": f"jira:person:712020:{id_}"}).record["email"]
        for id_ in ("5b1c-1", "5b1c-2")
    }
    assert emails == {"former-712020.5b1c-1@placeholder.invalid", "former-712020.5b1c-2@placeholder.invalid"}


@pytest.mark.parametrize("word", ["always", "portal", "true", "yes", ""])
def test_nobody_is_invited(word):
    with pytest.raises(MappingError) as caught:
        mapping(f"people: {{customers: {{invite: {word or '~'}}}}}\n")
    assert any("notifies nobody" in row for row in caught.value.problems)


def test_never_to_invite_changes_no_plan():
    assert mapping("people: {customers: {invite: never}}\n").digest == mapping("").digest


@pytest.mark.parametrize(
    ("how", "by"),
    [("email", "people.match (email)"), ("rewrite_email", "people.rewrite_email mapping.yaml:")],
)
def test_the_rule_that_found_an_account_is_told(how, by):
    class Found(Desks):
        def account(self, ref):
            return Account("site:person:q", "agent", how) if ref == "acme:person:2" else None

    rules = mapping('people: {rewrite_email: {"@acme.example": "@new.example"}}\n', BASE)
    desk = Engine(rules, ZENDESK, JIRA, JSM, Found(), NOW)
    mapped = desk.person(next(row for row in PEOPLE if row["ref"] == "acme:person:2"))
    assert mapped.because.startswith(by)
    ticket = desk.case(case(assignee="acme:person:2"))
    assert ticket.record["assignee"] == "acme:person:2"
    assert ticket.fates["ticket[12].assignee"].by.startswith(by.partition(" (")[0])
