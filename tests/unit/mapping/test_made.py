"""Values that come of no leaf of the ticket: each has the rule that made it, in what is told beside the old desk's values."""

import pytest
from tests.unit.mapping.desks import JIRA, JSM, NOW, ZENDESK, Desks, case, mapping

from ticketferry.mapping.before_after import before_after
from ticketferry.mapping.engine import Engine

RULES = """groups: {Tier 1: {assign: lead@acme.example}, "*": {component: Website}}
fields:
  - {to: Order id, expr: "{{ tags | length }} tags"}
  - {set: {Note: moved}}
  - {from: fields.serial, to: Serial no.}
"""


class Assigning(Desks):
    def named(self, account):
        return "acme:person:2" if account == "lead@acme.example" else None


@pytest.fixture(scope="module")
def told():
    rules = mapping(RULES)
    ticket = case(group="acme:group:1", fields={"serial": "SN 1"}, tags=["a", "b"])
    ticket.pop("assignee", None)
    mapped = Engine(rules, ZENDESK, JIRA, JSM, Assigning(), NOW).case(ticket)
    return mapped, {value.what: value for value in before_after(ticket, mapped, rules, str)}


def test_what_comes_of_no_leaf_is_noted_with_its_rule_and_nothing_else_is(told):
    mapped, _ = told
    assert {path: by.split(" ")[0] for path, by in mapped.made.items()} == {
        "fields.Order id": "fields[0]", "fields.Note": "fields[1]", "assignee": "groups.Tier",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("what", "line"), [("fields.Order id", "19"), ("fields.Note", "20"), ("assignee", "17")]
)
def test_explain_names_the_line(told, what, line):
    _, values = told
    value = values.get(what) or next(value for value in values.values() if value.after.startswith(f"{what}:"))
    assert f"mapping.yaml:{line}:" in value.rule, value
