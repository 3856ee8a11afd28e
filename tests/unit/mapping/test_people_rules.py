"""What becomes of people by the words of `people`: accounts, placeholders, and by which rule."""

import pytest
from tests.unit.mapping.desks import (
    BASE,
    FILES,
    FOLDER,
    JIRA,
    JSM,
    NOW,
    PEOPLE,
    ZENDESK,
    Desks,
    case,
    engine,
    mapping,
)

from ticketferry.errors import MappingError
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.lint import lint
from ticketferry.people.account import Account
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import Feature

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


ANN = next(row for row in PEOPLE if row["ref"] == "acme:person:1")
"""A member of Shared Ltd (by default) and of Private Ltd, whose members do not see each other's tickets."""


def members(several, share="always", person=ANN, features=JSM):
    more = f"organizations: {{share: {share}, several: {several}}}\n"
    return engine(more, features=features).person(person)


@pytest.mark.parametrize(
    ("several", "share", "organizations"),
    [
        ("all", "always", ["acme:organization:1", "acme:organization:2"]),
        ("default_only", "always", ["acme:organization:1"]),
        ("first", "always", ["acme:organization:1"]),
        ("all", "as_source", ["acme:organization:1"]),
    ],
)
def test_somebody_of_several_organizations_gets_those_that_the_mapping_says(several, share, organizations):
    mapped = members(several, share)
    assert mapped.record["organizations"] == organizations
    assert mapped.needs == organizations


def test_the_default_one_alone_is_none_where_it_would_show_more_and_the_first_is_the_next():
    ann = {**ANN, "organizations": ["acme:organization:2", "acme:organization:1"]}
    assert "organizations" not in members("default_only", "as_source", ann).record
    assert members("first", "as_source", ann).record["organizations"] == ["acme:organization:1"]


def test_what_is_left_out_is_kept_beside_by_the_rule():
    mapped = members("default_only")
    fate = mapped.fates["person[1].organizations[1]"]
    assert (fate.action, fate.by[:21]) == ("keep", "organizations.several")
    assert mapped.record["provenance"]["kept"]["person[1].organizations"] == ANN["organizations"]
    assert "person[1].organizations" not in mapped.fates


def test_a_ticket_of_an_organization_that_its_requester_is_no_member_of_any_more_is_told():
    more = "organizations: {share: always, several: default_only}\n"
    sharing = JSM | {Feature.SHARING}
    ticket = engine(more, features=sharing).case(case(organization="acme:organization:2"))
    assert "P314" in {finding.code for finding in ticket.findings}
    assert ticket.record["organization"] == "acme:organization:1", (
        "the desk puts it into the one that is left"
    )
    other = engine(more, features=sharing).case(case(organization="acme:organization:1"))
    assert other.record["organization"] == "acme:organization:1"


@pytest.mark.parametrize(
    "word",
    ["organizations: {several: first}", "people: {unlicensed_assignee: {assign: a@x.example}}", "groups: {Billing: {assign: a@x.example}}"],
)  # fmt: skip
def test_files_refuse_words_that_change_what_they_hold(word):
    base = "version: 1\nsource: zendesk\ntarget: neutral\n"
    (told,) = [row for row in lint(mapping(word + "\n", base), ZENDESK, FOLDER, FILES) if row.code == "S232"]
    assert told.where.startswith("mapping.yaml:4:")
    assert not [row for row in lint(mapping(word + "\n"), ZENDESK, JIRA, JSM) if row.code == "S232"]


def test_the_words_that_came_later_change_no_digest_where_they_are_not_used():
    plain = mapping("groups: {Billing: {component: Invoices}}\n").digest
    assert (
        mapping("groups: {Billing: {component: Invoices}}\norganizations: {several: all}\n").digest == plain
    )
    assert mapping("groups: {Billing: {component: Invoices, assign: a@x.example}}\n").digest != plain
