"""What a mapping rejects is told from kept answers as if every ticket were asked."""

import random
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples
from tests.unit.mapping.desks import JIRA, JSM, NOW, ZENDESK, Desks, case
from tests.unit.mapping.test_rejecting import HEAD

from ticketferry.mapping.condition_tally import ConditionTally
from ticketferry.mapping.loader import MappingFile, loads
from ticketferry.mapping.refusal_answers import AnsweredRefusals, keys_read
from ticketferry.mapping.refusals import RefusalTally
from ticketferry.mapping.work import Setup
from ticketferry.sdk.contract import Finding

CONDITIONS = (
    "{comments: '<= 1'}", "{tag: vip}", "{requester.role: agent}", "{fields.outcome: fixed}", "{body: {matches: refund}}", "{priority: [low, high]}",
    "{any: [{attachments: 0}, {channel: web}]}", "{not: {status: open}}", "{assignee: present}", "{subject: {matches: '^RE'}}", "{closed_before: 2025-01-01}",
)  # fmt: skip
BYS = (
    "fields.outcome",
    "channel",
    "requester.role",
    "brand",
    "priority",
    "fields.serial",
    "organization",
    "tag",
    "satisfaction.score",
)


def written(dice: random.Random) -> str:
    """Write a mapping in which much is rejected."""
    end, when = lambda *names: dice.choice((*names, "fail", "reject")), lambda: dice.choice(CONDITIONS)

    def choice(*names: str) -> str:
        match dice.randrange(4):
            case 0:
                return end(*names)
            case 1:
                return f"{{to: {end(*names)}, when: {when()}, else: {end(*names)}}}"
            case 2:
                known = ", ".join(
                    f"{value}: {end(*names)}"
                    for value in dice.sample(["fixed", "web", "agent", "Acme", "low", "vip", "good"], 3)
                )
                missing = f", missing: {end(*names)}" if dice.random() < 0.5 else ""
                rest = f", '*': {end(*names)}" if dice.random() < 0.5 else ""
                return f"{{by: {dice.choice(BYS)}, values: {{{known}{rest}}}{missing}}}"
        return names[0]

    lines = [HEAD + "route:"]
    lines += [
        f"  - {{when: {when()}, project: {choice('SUP', 'BILL')}, request_type: {choice('Emailed request')}}}"
        for _ in range(dice.randrange(2))
    ]
    lines.append(f"  - {{when: {dice.choice(('always', when()))}, project: {choice('SUP')}}}")
    lines += [
        "status:",
        f"  open: {choice('In progress')}",
        f"  solved: {{to: Resolved, resolution: {choice('Done')}}}",
    ]
    lines += [
        f"  pending: {choice('Waiting for customer')}",
        f"  '*': {dice.choice(('Resolved', 'fail', 'reject'))}",
    ]
    lines += ["priority:", f"  low: {choice('Low')}", f"  '*': {choice('High')}"]
    if dice.random() < 0.6:
        lines.append(f"  none: {choice('Low')}")
    lines += [
        "type:",
        f"  question: {choice('Task')}",
        f"  '*': {choice('Task')}",
        f"  none: {choice('Task')}",
    ]
    if dice.random() < 0.5:
        lines.append(
            f"channel: {{field: Origin, values: {{web: {choice('Web form')}, '*': {choice('Social')}}}}}"
        )
    clean = [
        f"  - {{id: skip{number}, when: {when()}, do: skip, because: b}}"
        for number in range(dice.randrange(3))
    ]
    if dice.random() < 0.5:
        clean.append(
            f"  - {{id: pii, when: {when()}, redact: {{in: [{dice.choice(('fields', 'subject', 'comments'))}], patterns: ['SN\\d+', email]}}, because: b}}"
        )
    if dice.random() < 0.3:
        clean.append("  - {id: twin, when: always, merge: {'5': '6'}, because: b}")
    if dice.random() < 0.3 and clean and "skip0" in clean[0]:
        clean.append(f"  - {{id: held, when: {when()}, do: keep, overrides: [skip0], because: b}}")
    lines += ["clean:", *clean] if clean else []
    lines.append("fields:")
    fields = [
        f"  - {{from: fields.outcome, to: Address, values: {{fixed: A, wont_fix: {end('B')}, '*': {end('C')}}}}}",
        f"  - {{from: fields.serial, to: Serial no., regex: {{find: '^SN', to: ''}}, on_miss: {dice.choice(('fail', 'reject', 'keep', 'provenance'))}}}",
        f"  - {{from: requester.email, to: Order id, values: {{ann@acme.example: A, '*': {end('C')}}}}}",
        f"  - {{from: satisfaction.score, to: CSAT, values: {{good: Good, '*': {end('Bad')}}}, required: {{when: {when()}}}}}",
        f"  - {{from: tags, to: Steps to reproduce, values: {{vip: {end('V')}}}}}"
        if dice.random() < 0.1
        else f"  - {{set: {{Address: x}}, when: {when()}}}",
        f"  - {{from: fields.{dice.choice(('outcome', 'serial'))}, drop: true, because: b, when: {when()}}}",
        f"  - {{from: {dice.choice(('priority', 'satisfaction.score', 'organization', 'type'))}, drop: true, because: b}}",
    ]
    lines += dice.sample(fields, dice.randrange(1, 5))
    lines.append(
        dice.choice(("  - {rest: fail}", "  - {rest: keep_in_provenance}", "  - {rest: drop, because: b}"))
    )
    return "\n".join(lines) + "\n"


def ticket(dice: random.Random, number: int) -> dict[str, Any]:
    one = lambda *values: dice.choice(values)  # noqa: E731 -- a short word
    status, stage = one(
        ("open", "assigned"),
        ("solved", "resolved"),
        ("pending", "pending_customer"),
        ("closed", "closed"),
        ("open", "deleted"),
    )
    found = {
        "ref": f"acme:ticket:{number}", "number": str(number), "status": status, "stage": stage, "priority": one("low", "high", "urgent", None),
        "type": one("question", "task", None), "channel": one("web", "email", None), "brand": one("Acme", None), "tags": one([], ["vip"], ["a", "vip"]),
        "requester": f"acme:person:{dice.randrange(1, 8)}", "assignee": one("acme:person:2", None), "organization": one("acme:organization:1", None),
        "subject": one("RE: refund", "hello SN1", "a@b.example"), "satisfaction": one(None, {"score": "good"}, {"score": "bad"}),
        "fields": one({}, {"outcome": "fixed"}, {"outcome": "wont_fix", "serial": "SN12"}, {"serial": "12", "city": "Ulm"}, {"serial": ""}),
        "comments": [
            {"ref": f"acme:comment:{number}{each}", "author": "acme:person:1", "created": "2025-01-01T00:00:00Z", "public": True,
             "body": {"html": one("<p>refund</p>", "<p>SN9</p>")}, "opening": each == 0}
            for each in range(dice.randrange(3))
        ],
        "resolution": one("Done", "Kept", None), "updated": one("2024-05-01T00:00:00Z", "2025-12-01T00:00:00Z"),
    }  # fmt: skip
    return case(**{key: value for key, value in found.items() if value is not None})


def from_answers(setup: Setup, tickets: list[dict[str, Any]]) -> list[Finding] | None:
    keys = keys_read(setup.rules)
    if keys is None:
        return None
    refusals = AnsweredRefusals(setup, keys)
    tally = ConditionTally(setup, setup.lookups, NOW)
    questions = tuple(dict.fromkeys((*tally.questions, *refusals.questions)))
    asking = tally.asking(questions)
    return refusals.findings(sorted(Counter(map(asking.ask, tickets)).items()), questions)


def setup_of(mapping: MappingFile) -> Setup:
    return Setup(mapping, ZENDESK, JIRA, JSM, Desks(), NOW)  # type: ignore[arg-type]


@settings(max_examples=examples(60), deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_kept_answers_tell_is_what_all_tickets_tell(dice: random.Random) -> None:
    mapping = loads(written(dice))
    tickets = [ticket(dice, number) for number in range(1, 13)]
    told = from_answers(setup_of(mapping), tickets)
    if told is None:
        assert any(rule.source == ["tags"] for rule in mapping.rules.fields)
        return
    asked = RefusalTally(setup_of(mapping))
    for each in tickets:
        asked.ask(each)
    assert told == asked.findings()


def test_what_reads_parts_of_a_ticket_is_asked_of_the_ticket_itself() -> None:
    base = HEAD + "route: [{when: always, project: SUP}]\nstatus: {'*': Resolved}\n"
    assert (
        keys_read(loads(base + "priority: {'*': {by: comments, values: {'1': fail, '*': Low}}}\n").rules)
        is None
    )
    assert (
        keys_read(loads(base + "priority: {'*': {by: fields.city, values: {Ulm: fail, '*': Low}}}\n").rules)
        is not None
    )
