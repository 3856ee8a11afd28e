"""Conditions of rules: what the connector says of a ticket is what the stand-in, which was written apart, does; in doubt it says so."""

import random

import pytest

from ticketferry.sdk import Kind, Operation, Ref
from ticketferry.sdk.preflight import PlannedLane
from ticketferry_emulators.zendesk.models import conditions as played
from ticketferry_zendesk.firings import facts_of, predict
from ticketferry_zendesk.rule_conditions import UNKNOWN, RuleMoment, meets, unknown_fields

VALUES = {
    "status": ("new", "open", "pending", "hold", "solved", "closed"),
    "priority": (None, "low", "normal", "high", "urgent"),
    "type": (None, "question", "task"),
    "group_id": (None, 20, 21),
    "assignee_id": (None, 7, 8),
    "requester_id": (8, 9),
    "custom_fields_31": (None, "broken", False),
}
OPERATORS = (
    "is", "is_not", "changed", "not_changed", "value", "not_value", "value_previous", "not_value_previous", "includes", "not_includes",
    "present", "not_present",
)  # fmt: skip


def ticket(dice):
    row = {key: dice.choice(values) for key, values in VALUES.items() if not key.startswith("custom")}
    row |= {
        "tags": dice.sample(["vip", "late", "x"], dice.randrange(3)),
        "via": {"channel": dice.choice(["web", "api", "email"])},
    }
    row["custom_fields"] = [{"id": 31, "value": dice.choice(VALUES["custom_fields_31"])}]
    return row


def condition(dice):
    field = dice.choice(
        [*VALUES, "current_tags", "update_type", "comment_is_public", "via_id", "current_via_id"]
    )
    if field == "current_tags":
        return {
            "field": field,
            "operator": dice.choice(["includes", "not_includes"]),
            "value": dice.choice(["vip", "vip late", "none"]),
        }
    if field == "update_type":
        return {"field": field, "operator": "is", "value": dice.choice(["Create", "Change"])}
    if field == "comment_is_public":
        return {
            "field": field,
            "operator": "is",
            "value": dice.choice(["true", "false", "not_relevant", "requester_can_see_comment"]),
        }
    if field.endswith("via_id"):
        return {
            "field": field,
            "operator": dice.choice(["is", "is_not"]),
            "value": dice.choice(["0", "4", "5"]),
        }
    operators = [*OPERATORS, "less_than", "greater_than"] if field in ("status", "priority") else OPERATORS
    value = dice.choice(
        [*VALUES[field], *(["current_user", "requester_id"] if field == "assignee_id" else [])]
    )
    return {
        "field": field,
        "operator": dice.choice(operators),
        "value": str(value) if isinstance(value, int) else value,
    }


def test_two_evaluations_that_share_no_code_agree_or_one_does_not_know():
    dice, known = random.Random(7), 0
    for _ in range(3_000):
        now, before = ticket(dice), dice.choice([None, ticket(dice)])
        public = dice.choice([None, True, False])
        rules = {
            "all": [condition(dice) for _ in range(dice.randrange(3))],
            "any": [condition(dice) for _ in range(dice.randrange(3))],
        }
        comment = None if public is None else {"public": public}
        done = played.meets(rules, played.TicketMoment(now, before, comment, 7))
        said = meets(
            rules, RuleMoment(facts_of(now), before and facts_of(before), public, new=before is None)
        )
        assert said in (None, done), (rules, now, before)
        known += said is not None
    assert known > 2_700


@pytest.mark.parametrize(
    "field", ["role", "subject_includes_word", "SOLVED", "sla_next_breach_at", "custom_fields_99", "", None]
)
def test_what_cannot_be_told_is_doubt_and_named(field):
    rules = {"all": [{"field": field, "operator": "is", "value": "x"}], "any": []}
    look = RuleMoment({"status": "open", "custom_fields": {}})
    assert meets(rules, look) is None
    assert unknown_fields(rules, look) == [str(field)]


def test_a_false_condition_settles_it_and_a_true_one_among_any():
    doubt, yes, no = (
        {"field": name, "operator": "is", "value": "open"} for name in ("role", "status", "type")
    )
    look = RuleMoment({"status": "open", "type": None})
    assert meets({"all": [doubt, no], "any": []}, look) is False
    assert meets({"all": [yes], "any": [doubt, yes]}, look) is True
    assert meets({"all": [yes], "any": [doubt, no]}, look) is None
    assert meets({}, look) is True
    assert meets(None, look) is True
    assert meets({"all": "broken", "any": [None, 3]}, look) is True


LANE = Ref("acme", Kind.TICKET, "1")


def update(**ticket_body):
    return Operation(f"k{len(ticket_body)}", LANE, "ticket.update", {}, {"ticket": ticket_body}, LANE)


def firings(rules, *operations, **there):
    wires = ((Ref("new", Kind.TICKET, "5"), {"status": "open", "tags": [], "custom_fields": [], **there}),)
    found, _ = predict(rules, [PlannedLane(LANE, operations, wires)], lambda _: False)
    return [(one.sure, one.most) for one in found]


def rule(field, operator, value, *actions):
    return {
        "title": field,
        "active": True,
        "conditions": {"all": [{"field": field, "operator": operator, "value": value}]},
        "actions": list(actions),
    }


def test_rules_that_set_each_other_off_end():
    """Each fires once an update at most, whatever the other does."""
    one = rule("current_tags", "not_includes", "a", {"field": "current_tags", "value": "a"})
    other = rule("current_tags", "includes", "a", {"field": "remove_tags", "value": "a"})
    assert firings([one, other], update(subject="x"), update(subject="y")) == [(2, 2), (2, 2)]


def test_what_a_doubtful_rule_may_have_changed_is_doubtful():
    doubtful = rule("role", "is", "agent", {"field": "status", "value": "solved"})
    after = rule("status", "is", "open", {"field": "notification_user", "value": "x"})
    assert firings([doubtful, after], update(subject="x")) == [(0, 1), (0, 1)]
    assert firings([after, doubtful], update(subject="x")) == [(1, 1), (0, 1)]


def test_closed_tickets_run_nothing():
    assert firings([rule("status", "is", "closed")], update(tags=["x"]), status="closed") == [(0, 0)]


def test_a_symbolic_value_is_not_known():
    assert facts_of({"assignee_id": (Ref("a", Kind.PERSON, "1"), "id", True), "status": "open"}) == {
        "assignee_id": UNKNOWN,
        "status": "open",
    }
