"""What is missing in the target is told in tickets, with the page where it is made; what the plan makes is no mistake."""

import copy
from collections import Counter

import pytest
from tests.unit.mapping.desks import JIRA, JSM, ZENDESK, mapping

from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.holding import BY_HAND, held_against
from ticketferry.sdk.contract import Severity
from ticketferry.sdk.features import Feature

ABLE = JSM | {Feature.DEFINITIONS, Feature.COMPONENTS_MADE, Feature.OPTIONS_BY_NAME}
TARGET = {
    **JIRA,
    "admin": {
        "status": "https://jira.example/statuses", "request type": "https://jira.example/{project}/request-types",
        "field": "https://jira.example/fields", "priority": "https://jira.example/priorities",
    },
}  # fmt: skip
USE = UseCounts(
    tickets=100,
    names={
        "status": Counter({"new": 3, "open": 40, "hold": 7, "custom:Parked": 2, "solved": 48}),
        "priority": Counter({"urgent": 5, "": 20, "low": 1_234}),
        "group": Counter({"Billing": 12, "Tier 1": 8}),
        "channel": Counter({"email": 60, "web": 40}),
    },
    fields=Counter({"serial": 33, "outcome": 9}),
    options={"outcome": Counter({"fixed": 4, "wont_fix": 5})},
)


def held(more, target=TARGET, features=ABLE, base=None):
    loaded = mapping(more) if base is None else mapping(more, base)
    return held_against(loaded, ZENDESK, target, features, lambda: USE, {("route", 0, "when"): 77})


def missing(rows):
    return [row for row in rows if row.code in BY_HAND and row.severity is Severity.BLOCKER]


@pytest.mark.parametrize(("more", "told", "page"), [
    ("fields: [{from: fields.serial, to: Nowhere}]", "no field `Nowhere` (33 tickets)", "https://jira.example/fields"),
    ("fields: [{from: fields.outcome, to: CSAT, values: {fixed: Goood, wont_fix: Bad, outcome_duplicate: Bad}}]", "`Goood` (4 tickets)", "target."),
    ("groups: {Billing: {component: Nothing at all}}", "no component `Nothing at all` (12 tickets)", "target."),
    ("groups: {Tier 1: {security: Nobody}}", "no security level `Nobody`", ""),
])  # fmt: skip
def test_a_missing_name_is_told_with_its_tickets_and_its_page(more, told, page):
    (row,) = missing(held(more))
    assert told in row.message
    assert page in row.remedy


def test_statuses_and_priorities_count_the_tickets_of_their_own_keys():
    target = copy.deepcopy(TARGET)
    target["statuses"] = [row for row in target["statuses"] if row["name"] != "Pending vendor"]
    target["priorities"] = [row for row in target["priorities"] if row["name"] != "Low"]
    found = [(row.message.partition(":")[0], row) for row in missing(held("", target))]
    rows = dict(found)
    assert [text for text, _ in found if "status" in text] == [
        f"the target has no status `Pending vendor` ({count} tickets)" for count in (7, 0, 2)
    ]
    (low,) = [text for text in rows if "priority" in text]
    assert low == "the target has no priority `Low` (1,234 tickets)"
    assert rows[low].remedy.endswith("https://jira.example/priorities")


def test_a_request_type_names_the_page_of_its_own_project():
    from tests.unit.mapping.desks import BASE

    base = BASE.replace("issue_type: Service request}", "issue_type: Service request, request_type: Fax}")
    assert base != BASE
    (row,) = missing(held("", base=base))
    assert "no request type in SUP `Fax` (77 tickets)" in row.message
    assert row.remedy.endswith("https://jira.example/SUP/request-types")


def test_what_cannot_be_made_names_its_page_too():
    (row,) = missing(held("catalog: {create: [statuses]}"))
    assert row.code == "S230"
    assert row.remedy.endswith("https://jira.example/statuses")


def test_what_the_plan_makes_is_told_and_is_no_mistake():
    rows = held(
        "catalog: {create: [fields]}\nfields: [{from: fields.serial, to: Nowhere}, {from: fields.city, to: Town}]"
    )
    assert missing(rows) == []
    (told,) = [row for row in rows if row.code == "S231"]
    assert told.severity is Severity.INFO
    assert "lacks 2 fields, which a plan makes where tickets need them: `Nowhere`, `Town`" in told.message
    assert missing(held("fields: [{from: fields.serial, to: Nowhere}]"))
