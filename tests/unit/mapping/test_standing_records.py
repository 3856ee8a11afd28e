"""What the account of several people has of each, and what is told of it."""

import pytest
from tests.unit.mapping.desks import (
    BASE,
    FILES,
    FOLDER,
    JIRA,
    JSM,
    NOW,
    ORGANIZATIONS,
    ZENDESK,
    Desks,
    case,
    mapping,
)

from ticketferry.mapping.engine import Engine
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import Feature

ONE = {
    "ref": "acme:person:31", "name": "A. Berg", "email": "ann@x.example", "role": "end_user", "state": "active",
    "fields": {"city": "Bonn"}, "updated": "2020-01-01T00:00:00Z",
}  # fmt: skip
OTHER = {
    "ref": "acme:person:32", "name": "Ann Margareta Berg", "email": "berg@y.example", "role": "end_user", "state": "active",
    "fields": {"city": "Köln", "plan": "gold"}, "updated": "2024-01-01T00:00:00Z",
    "identities": [{"ref": "acme:identity:7", "type": "phone", "value": "+49301", "person": "acme:person:32"}],
}  # fmt: skip
RULE = "people: {survivor: {name: longest, phone: verified, fields: most_recent, emails: all}}\norganizations: {survivor: {name: longest}}\n"


class Two(Desks):
    def __init__(self):
        super().__init__()
        self.rows |= {row["ref"]: row for row in (ONE, OTHER)}

    def survivor(self, ref):
        return {"acme:person:32": "acme:person:31", "acme:organization:2": "acme:organization:1"}.get(
            ref, ref
        )

    def one_with(self, ref):
        return {"acme:person:31": ["acme:person:32"], "acme:organization:1": ["acme:organization:2"]}.get(
            ref, []
        )


def engine(more=RULE, features=JSM, target=JIRA, base=BASE):
    return Engine(mapping(more, base), ZENDESK, target, features, Two(), NOW)


def codes(mapped):
    return {finding.code: finding.message for finding in mapped.findings}


def test_without_the_word_the_record_is_the_survivors_own():
    mapped = engine("").person(ONE)
    assert mapped.record["name"] == "A. Berg"
    assert not {"P327", "P328"} & set(codes(mapped))


def test_the_account_has_what_the_mapping_chose_and_says_whose_it_is():
    mapped = engine().person(ONE)
    assert mapped.outcome is Outcome.CREATE
    assert (mapped.record["name"], mapped.record["email"]) == ("Ann Margareta Berg", "ann@x.example")
    assert "name of acme:person:32" in codes(mapped)["P328"]
    assert mapped.fates["person[31].name"].by.startswith("people.survivor mapping.yaml:")
    assert mapped.record["provenance"]["kept"]["person[31].name"] == "A. Berg"


def test_what_a_target_without_profiles_cannot_hold_is_kept_beside_and_told():
    mapped = engine().person(ONE)
    assert "1 e-mail and 1 other identity" in codes(mapped)["P327"]
    kept = str(mapped.record["provenance"]["kept"])
    assert "berg@y.example" in kept
    assert "+49301" in kept


def test_a_target_with_profiles_gets_all_of_them():
    mapped = engine(features=JSM | {Feature.PROFILES}).person(ONE)
    assert [item["value"] for item in mapped.record["identities"]] == ["berg@y.example", "+49301"]
    assert mapped.record["fields"] == {"city": "Köln", "plan": "gold"}
    assert mapped.record["provenance"]["kept"]["person[31].fields.city"] == "Bonn"
    assert "P327" not in codes(mapped)


def test_files_get_all_of_them_as_well():
    base = "version: 1\nsource: zendesk\ntarget: neutral\n"
    mapped = engine(features=FILES, target=FOLDER, base=base).person(ONE)
    assert mapped.record["name"] == "Ann Margareta Berg"
    assert len(mapped.record["identities"]) == 2
    organization = engine(features=FILES, target=FOLDER, base=base).organization(ORGANIZATIONS[0])
    assert organization.record["name"] == "Private Ltd"


def test_a_survivor_without_an_address_is_created_with_that_of_another_and_not_as_a_placeholder():
    bare = {key: value for key, value in ONE.items() if key != "email"}
    desks = Two()
    desks.rows[bare["ref"]] = bare
    maps = Engine(mapping(RULE, BASE), ZENDESK, JIRA, JSM, desks, NOW)
    assert maps.person(bare).record["email"] == "berg@y.example"
    assert maps.case(case(requester=bare["ref"])).record["requester"] == bare["ref"]


def test_the_others_say_with_whom_they_are_one():
    assert engine().person(OTHER).because == "one with acme:person:31"


def test_a_dropped_field_of_another_is_dropped_too():
    more = RULE.replace(
        "people: {", 'people: {fields: [{from: fields.plan, drop: true, because: "secret"}], '
    )
    mapped = engine(more, JSM | {Feature.PROFILES}).person(ONE)
    assert "gold" not in str(mapped.record)


@pytest.mark.parametrize(
    ("decided", "name"), [("", "Private Ltd"), ("number", "Shared Ltd (1)"), ("name:Acme", "Acme")]
)
def test_an_organization_gets_the_name_that_was_decided_else_the_one_that_was_chosen(decided, name):
    from ticketferry.people.account import MatchState

    desks = Two()
    desks.match_states["acme:organization:1"] = MatchState("", (), decided)
    more = RULE.replace("organizations: {", "organizations: {share: always, ")
    mapped = Engine(mapping(more, BASE), ZENDESK, JIRA, JSM, desks, NOW).organization(ORGANIZATIONS[0])
    assert mapped.record["name"] == name
    assert mapped.fates["organization[].name"].transformed
