"""Groups: found by name or by what the mapping calls them, made only where the mapping says so, and never named where they are not."""

import pytest
from tests.unit.mapping.desks import JSM, NOW, ZENDESK, Desks, case, mapping

from ticketferry.mapping.engine import Engine
from ticketferry.people.account import Account
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import Feature

BASE = 'version: 1\nsource: zendesk\ntarget: other\nstatus: {"*": Open}\n'
TARGET = {
    "desk": "new",
    "product": "other",
    "groups": [{"id": "7", "name": "TIER 1"}, {"id": "8", "name": "Payroll"}],
}
FEATURES = JSM - {Feature.PROJECTS} | {Feature.GROUPS}


def engine(more="", ours=()):
    rules = mapping(more, BASE)

    class WithGroups(Desks):
        def account(self, ref):
            if ref in ours:
                return None
            if ref.startswith("acme:group:"):
                from ticketferry.mapping.groups import TargetGroups

                return TargetGroups(rules.rules.groups, TARGET).account(self.record(ref)["name"])
            return super().account(ref)

        def ours(self, ref):
            return ref in ours

    return Engine(rules, ZENDESK, TARGET, FEATURES, WithGroups(), NOW)


TIER = {"ref": "acme:group:1", "name": "Tier 1", "restricted": False}
HR = {"ref": "acme:group:9", "name": "HR-cases", "restricted": True}


def test_a_group_of_the_same_name_is_matched_whatever_its_capitals():
    found = engine().group(TIER)
    assert found.outcome is Outcome.MATCH
    assert found.record == {"ref": "acme:group:1", "name": "Tier 1"}
    mapped = engine().case(case(group="acme:group:1"))
    assert mapped.record["group"] == "acme:group:1"
    assert "acme:group:1" in mapped.needs


def test_the_mapping_may_call_it_another_name():
    more = "groups: {HR-cases: {team: Payroll}}\n"
    assert engine(more).group(HR).outcome is Outcome.MATCH
    assert engine(more).case(case(group="acme:group:9")).record["group"] == "acme:group:9"


def test_a_group_that_the_target_lacks_is_left_out_and_no_ticket_waits_for_it():
    assert engine().group(HR).outcome is Outcome.SKIP
    mapped = engine().case(case(group="acme:group:9"))
    assert "group" not in mapped.record
    assert "acme:group:9" not in mapped.needs
    assert [finding.code for finding in mapped.findings].count("G101") == 1
    assert mapped.record["provenance"]["people"]["acme:group:9"] == "HR-cases"


def test_it_is_made_where_the_mapping_says_so():
    more = "groups: {HR-cases: {team: People ops}}\ncatalog: {create: [groups]}\n"
    found = engine(more).group(HR)
    assert (found.outcome, found.record["name"]) == (Outcome.CREATE, "People ops")
    assert engine(more).case(case(group="acme:group:9")).record["group"] == "acme:group:9"


def test_a_group_that_we_made_stays_ours_also_when_the_mapping_says_nothing_any_more():
    found = engine(ours=("acme:group:9",)).group(HR)
    assert found.outcome is Outcome.CREATE
    assert engine(ours=("acme:group:9",)).case(case(group="acme:group:9")).record["group"] == "acme:group:9"


@pytest.mark.parametrize(
    ("more", "restricted", "shown"),
    [
        ("groups: {HR-cases: {team: Payroll}}\n", True, None),
        ("groups: {HR-cases: {team: Payroll}}\n", False, "the group Payroll, which is not restricted"),
        ("catalog: {create: [groups]}\n", True, None),
        ("", True, "a place without a security level"),
    ],
)
def test_a_restricted_group_shows_no_more_where_the_target_restricts_it_as_well(
    monkeypatch, more, restricted, shown
):
    groups = [{**row, "restricted": restricted} for row in TARGET["groups"]]
    monkeypatch.setitem(TARGET, "groups", groups)
    found = engine(more).case(case(group="acme:group:9")).newly_visible
    assert len(found) == (shown is not None)
    assert shown is None or shown in found[0]


@pytest.mark.parametrize("name", ["tier 1", "Tier 1"])
def test_an_account_says_how_it_was_found(name):
    from ticketferry.mapping.groups import TargetGroups

    rules = mapping("groups: {Old: {team: Payroll}}\n", BASE).rules.groups
    assert TargetGroups(rules, TARGET).account(name) == Account("new:group:7", "group", "name")
    assert TargetGroups(rules, TARGET).account("OLD") == Account("new:group:8", "group", "team")
    assert TargetGroups(rules, TARGET).account("Nobody") is None
