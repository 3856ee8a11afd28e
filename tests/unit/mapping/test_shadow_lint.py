"""A rule that can take no ticket is told away from the desks too: another one before it takes all of its tickets."""

from random import Random
from typing import Any

import pytest
from tests.unit.mapping.desks import JIRA, JSM, NOW, ZENDESK, Desks, case

from ticketferry.mapping.condition_tally import taken
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import loads
from ticketferry.mapping.shadow_lint import shadowed
from ticketferry.mapping.work import Setup

HEAD = 'version: 1\nsource: zendesk\ntarget: jsm\nstatus: {"*": In progress}\n'
LAST = "route: [{when: always, project: SUP, issue_type: Task}]\n"


def told(text: str) -> list[str]:
    found = lint(loads(HEAD + text), ZENDESK, JIRA, JSM)
    return [f"{item.where} {item.message}" for item in found if item.code == "S216"]


def test_a_route_behind_one_that_takes_everything_is_dead_and_no_ticket_is_rejected() -> None:
    text = "route:\n  - {when: always, project: SUP, issue_type: Task}\n  - {when: {brand: Acme}, project: BILL, issue_type: Task}\n"
    assert told(text) == [
        "mapping.yaml:7:6 route[0] (mapping.yaml:6:6) takes every ticket that this one would take"
    ]
    assert "S208" not in {item.code for item in lint(loads(HEAD + text), ZENDESK, JIRA, JSM)}


@pytest.mark.parametrize(
    ("first", "second", "dead"),
    [
        ("{brand: Acme}", "{brand: Acme, priority: high}", True),
        ("{brand: [Acme, Globex]}", "{brand: Globex}", True),
        ("{any: [{brand: Acme}, {priority: high}]}", "{priority: high}", True),
        ("{assignee: present}", "{not: {assignee: absent}}", True),
        ("{brand: Acme}", "{brand: [Acme, Globex]}", False),
        ("{brand: Acme, priority: high}", "{brand: Acme}", False),
        ("{subject: {matches: '^a'}}", "{subject: {matches: '^ab'}}", False),
        ("{not: {brand: Acme}}", "{brand: Acme}", False),
    ],
)
def test_a_narrower_phase_behind_a_wider_one_is_dead_and_the_other_way_is_not(
    first: str, second: str, dead: bool
) -> None:
    phases = (
        f"phases: [{{name: a, where: {first}}}, {{name: b, where: {second}}}, {{name: c, where: always}}]\n"
    )
    assert bool(told(LAST + phases)) is dead


def test_a_hold_and_a_redaction_shadow_nothing_and_a_rule_that_is_lifted_decides_not_always() -> None:
    rules = (
        "clean:\n  - {id: pii, when: always, redact: {in: [subject], patterns: [iban]}, because: x}\n"
        "  - {id: old, when: {stage: closed}, do: skip, because: x}\n"
        "  - {id: older, when: {stage: closed, brand: Acme}, do: skip, because: x}\n"
        "  - {id: hold, when: {stage: closed, tag: law}, do: keep, overrides: [%s], because: x, unused: ok}\n"
    )
    assert [line.split()[0] for line in told(LAST + rules % "older")] == []
    assert [line.split()[0] for line in told(LAST + rules % "pii")] == ["mapping.yaml:9:17"]


CONDITIONS: list[Any] = [
    {"brand": "Acme"}, {"brand": ["Acme", "Globex"]}, {"priority": "high"}, {"not": {"brand": "Acme"}}, {"assignee": "present"},
    {"all": [{"brand": "Acme"}, {"priority": "high"}]}, {"any": [{"brand": "Acme"}, {"priority": "high"}]}, {"comments": ">= 2"},
    {"not": {"any": [{"assignee": "present"}, {"priority": ["high", "low"]}]}}, {"not": {"all": [{"brand": "Acme"}, {"comments": "<= 1"}]}},
    {"created_before": "2025-01-01"}, {"not": {"created_before": "2025-01-01"}}, {"brand": "absent"},
]  # fmt: skip


def test_no_rule_that_is_called_dead_takes_a_ticket() -> None:
    dice = Random(11)
    tickets = []
    for _ in range(120):
        values = {
            "brand": dice.choice(["Acme", "Globex", None]), "priority": dice.choice(["high", "low", None]), "assignee": dice.choice(["acme:person:2", None]),
            "created": dice.choice(["2024-06-01T00:00:00Z", "2025-06-01T00:00:00Z"]),
        }  # fmt: skip
        comments = [
            {"ref": f"acme:comment:{n}", "ticket": "acme:ticket:12", "public": True}
            for n in range(dice.randrange(4))
        ]
        tickets.append(case(**{key: value for key, value in values.items() if value}, comments=comments))
    dead = 0
    for _ in range(60):
        chosen = dice.sample(CONDITIONS, 4)
        phases = ", ".join(f"{{name: p{at}, where: {_flow(when)}}}" for at, when in enumerate(chosen))
        file = loads(f"{HEAD}{LAST}phases: [{phases}]\n")
        rows, _ = taken(Setup(file, ZENDESK, JIRA, JSM, Desks(), NOW), tickets, Desks(), NOW)
        reached = {row.path: row.reached for row in rows}
        for path in shadowed(file.rules):
            dead += 1
            assert not reached[path], (chosen, path)
    assert dead > 10


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return f'"{value}"'
