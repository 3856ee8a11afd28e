import random
from typing import Any

import pytest
from tests.unit.mapping.desks import BASE, JIRA, JSM, NOW, ZENDESK, Desks, case

from ticketferry.mapping.changes import changes
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.loader import loads
from ticketferry.mapping.touched_tickets import touching

FIELDS = """fields:
  - {from: fields.refund_reason, to: Refund reason, values: {broken: Damaged, late: Late, wrong_item: Wrong item, "*": Other}}
  - {from: fields.serial, to: Serial no.}
  - {rest: keep_in_provenance}
brands: {Acme: {label: acme}, Globex: {label: globex}}
"""
EDITS = [
    ("new: Waiting for triage", "new: In progress"), ('"custom:Parked": Pending vendor', '"custom:Parked": In progress'),
    ('  "custom:Parked": Pending vendor\n', ""), ("closed: {to: Closed, resolution: Done}", "closed: {to: Resolved, resolution: Done}"),
    ("low: Low", "low: Lowest"), ("none: {default: Medium}", "none: {default: High}"), ("wrong_item: Wrong item", "wrong_item: Other"),
    ("to: Serial no.", "to: Order id"), ("Globex: {label: globex}", "Globex: {label: other}"), ("project: SUP", "project: BILL"),
    ("- {rest: keep_in_provenance}", '- {rest: drop, because: "x"}'), ("issue_type: Service request", "issue_type: Incident"),
    ("open: {to: Waiting for support, when: {assignee: present}, else: Waiting for triage}", "open: Waiting for support"),
    ("  - {from: fields.serial, to: Serial no.}\n", ""), ("hold: Pending vendor", "hold: Closed"),
    ("when: {assignee: present}, else", "when: {brand: Acme}, else"),
    ("when: {assignee: present}, else", "when: {assignee: present, priority: [low, high]}, else"),
]  # fmt: skip


def tickets() -> list[dict[str, Any]]:
    dice = random.Random(5)
    found = []
    for number in range(150):
        status = dice.choice(ZENDESK["statuses"][:6] + ZENDESK["statuses"][7:])
        more: dict[str, Any] = {
            "number": str(number),
            "ref": f"acme:ticket:{number}",
            "status": status["name"],
            "stage": status["stage"],
        }
        for key, values in (
            ("priority", ["low", "high", None]),
            ("brand", ["Acme", "Globex", None]),
            ("assignee", ["acme:person:2", None]),
        ):
            value = dice.choice(values)
            if value:
                more[key] = value
        more["fields"] = {
            key: value
            for key, value in (
                ("refund_reason", dice.choice(["broken", "wrong_item", ""])),
                ("serial", dice.choice(["1", ""])),
                ("city", dice.choice(["Ulm", ""])),
            )
            if value
        }
        if dice.random() < 0.2:
            more["stage"] = "closed"
        found.append(case(**more))
    return found


@pytest.mark.parametrize("edit", EDITS, ids=[before[:30] for before, _ in EDITS])
def test_no_ticket_that_is_passed_over_would_have_come_out_otherwise(edit: tuple[str, str]) -> None:
    text = BASE + FIELDS
    assert edit[0] in text
    engines = [Engine(loads(each), ZENDESK, JIRA, JSM, Desks(), NOW) for each in (text, text.replace(*edit))]  # type: ignore[arg-type]
    touch = touching(engines[0].setup, engines[1].setup)
    assert touch.heads
    changed = [
        record for record in tickets() if changes(record, engines[0].case(record), engines[1].case(record))
    ]
    passed_over = [record for record in tickets() if not touch.may(record)]
    assert changed
    assert not [record for record in changed if record in passed_over]


def test_one_status_touches_its_tickets_alone_and_a_route_touches_all() -> None:
    text = BASE + FIELDS
    setups = [
        Engine(loads(each), ZENDESK, JIRA, JSM, Desks(), NOW).setup
        for each in (
            text,
            text.replace("hold: Pending", "hold: In progress #"),
            text.replace("project: SUP", "project: BILL"),
        )
    ]  # type: ignore[arg-type]
    narrow, wide = touching(setups[0], setups[1]), touching(setups[0], setups[2])
    everything = tickets()
    assert {record["status"] for record in everything if narrow.may(record)} <= {"hold"}
    assert all(wide.may(record) for record in everything)


def test_a_condition_touches_the_tickets_that_answer_it_otherwise_and_no_more() -> None:
    text = BASE + FIELDS
    edited = text.replace(
        "when: {assignee: present}, else", "when: {assignee: present, priority: [low, high]}, else"
    )
    setups = [Engine(loads(each), ZENDESK, JIRA, JSM, Desks(), NOW).setup for each in (text, edited)]  # type: ignore[arg-type]
    touch = touching(*setups)
    touched = [record for record in tickets() if touch.may(record)]
    assert touched
    assert all("assignee" in record and "priority" not in record for record in touched)
    further = edited.replace("else: Waiting for triage", "else: In progress")
    wide = touching(setups[0], Engine(loads(further), ZENDESK, JIRA, JSM, Desks(), NOW).setup)  # type: ignore[arg-type]
    assert {record["status"] for record in tickets() if wide.may(record)} >= {"open"}


def test_texts_need_the_whole_ticket_and_conditions_on_its_parts_are_asked_of_it() -> None:
    text = BASE + FIELDS
    plain = Engine(loads(text), ZENDESK, JIRA, JSM, Desks(), NOW).setup  # type: ignore[arg-type]
    texts = Engine(loads(text + "comments: {system: drop}\n"), ZENDESK, JIRA, JSM, Desks(), NOW).setup  # type: ignore[arg-type]
    counting = [
        Engine(
            loads(
                (text + 'clean:\n  - {id: a, when: {comments: "<= 1"}, do: skip, because: b}\n').replace(
                    "low: Low", name
                )
            ),
            ZENDESK,
            JIRA,
            JSM,
            Desks(),
            NOW,
        ).setup  # type: ignore[arg-type]
        for name in ("low: Low", "low: Lowest")
    ]
    assert not touching(plain, texts).heads
    assert touching(*counting).heads
    assert touching(*counting).counts
    assert not touching(plain, plain).counts
    for reading in (
        "attachments: {malware: fail}\n",
        "text: {language: {field: Address}}\nfields: [{from: fields.city, to: Address}]\n",
        'fields: [{expr: "{{ comments | length }}", to: Address}]\n',
    ):
        both = [
            Engine(loads(each), ZENDESK, JIRA, JSM, Desks(), NOW).setup
            for each in (BASE + reading, BASE.replace("low: Low", "low: Lowest") + reading)
        ]  # type: ignore[arg-type]
        assert not touching(*both).heads, reading
    assert not touching(plain, plain).sections
