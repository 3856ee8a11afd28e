"""What counts as a value that nobody knew, and what becomes of its tickets."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime

from tests.unit.mapping.desks import JIRA, JSM, NOW, ZENDESK, Desks, case, mapping

from ticketferry.mapping.engine import Engine
from ticketferry.mapping.new_values import unnamed_values
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.work import Setup
from ticketferry.sdk.contract import Outcome

RULES = """groups: {Tier 1: {component: Website}, "*": {component: Hardware}}
fields:
  - {from: fields.refund_reason, to: Refund reason, values: {broken: Damaged, late: Late, "*": Other}}
  - {from: fields.outcome, to: Serial no.}
"""


def grown():
    source = deepcopy(ZENDESK)
    source["statuses"] += [{"id": "x", "name": "custom:With Lab", "stage": "on_hold", "category": "hold"},
                           {"id": "y", "name": "custom:Parked", "stage": "on_hold", "category": "hold"}]  # fmt: skip
    source["priorities"] += [{"id": "9", "name": "Critical"}]
    source["groups"] += [{"id": "77", "name": "Lab"}, {"id": "78", "name": "tier 1"}]
    for row in source["fields"]:
        if row["key"] in ("refund_reason", "outcome"):
            row["options"].append({"value": "stolen", "name": "Stolen"})
    return source


def new(more: str = RULES, known=ZENDESK) -> dict:
    source = grown()
    setup = Setup(mapping(more), source, JIRA, JSM, NoLookups(), datetime(2026, 1, 1, tzinfo=UTC))
    return unnamed_values(setup, known)


def test_new_is_what_the_known_catalog_lacks_and_no_rule_names() -> None:
    assert new() == {
        "status": ("custom:With Lab",), "priority": ("Critical",), "group": ("Lab",), "fields.refund_reason": ("stolen",),
    }  # fmt: skip
    assert new(known=grown()) == {}


def test_a_rule_that_names_it_makes_it_known_whatever_its_letters() -> None:
    named = RULES.replace("Tier 1:", "LAB: {component: Website}, Tier 1:").replace(
        "broken:", "STOLEN: Other, broken:"
    )
    found = new(named)
    assert "group" not in found
    assert "fields.refund_reason" not in found


def test_tickets_with_such_values_wait_and_all_others_go() -> None:
    held = {"status": ("custom:With Lab",), "fields.refund_reason": ("stolen",), "group": ("Tier 1",)}
    engine = Engine(replace(mapping(RULES), held=held), grown(), JIRA, JSM, Desks(), NOW)
    assert engine.case(case()).outcome is Outcome.CREATE
    for more in (
        {"status": "custom:With Lab", "stage": "on_hold"},
        {"fields": {"refund_reason": "stolen"}},
        {"group": "acme:group:1"},
    ):
        waits = engine.case(case(**more))
        assert waits.outcome is Outcome.REJECT, more
        assert "is new and waits for a rule that names it" in waits.because
        assert "S236" in {row.code for row in waits.findings}
        assert all(row.where.startswith("mapping.yaml:") for row in waits.findings)
    assert engine.case(case(fields={"refund_reason": "late"})).outcome is Outcome.CREATE
