"""What a preflight predicts of a Zendesk account is what the account then does: firings of triggers and automations, rule by rule."""

import pytest
from tests.flow.zendesk_pair import pair

from ticketferry.project import Project, stages
from ticketferry.project.preflight import look
from ticketferry.sdk.preflight import PreflightResult
from ticketferry_emulators.zendesk.seed.dice import WireRecord

TAGGED = "moved"


def rule(
    number: int, title: str, *conditions: tuple[str, str, object], any_: tuple = (), actions=(), active=True
) -> WireRecord:
    """A trigger or automation as the API has it."""

    def rows(given):
        return [{"field": field, "operator": operator, "value": value} for field, operator, value in given]

    return {
        "url": f"https://x.example/api/v2/triggers/{number}", "id": number, "title": title, "raw_title": title, "active": active, "default": False,
        "position": number, "created_at": "2024-01-01T00:00:00Z", "updated_at": "2024-01-01T00:00:00Z",
        "conditions": {"all": rows(conditions), "any": rows(any_)},
        "actions": [{"field": field, "value": value} for field, value in actions] or [{"field": "current_tags", "value": TAGGED}],
    }  # fmt: skip


def mail(who="requester_id"):
    return ("notification_user", [who, "Re: {{ticket.title}}", "text"])


TRIGGERS = [
    rule(1, "every update", ("status", "less_than", "closed"), actions=[mail()]),
    rule(2, "public word", ("comment_is_public", "is", "true"), actions=[mail()]),
    rule(3, "any word", ("comment_is_public", "is", "not_relevant"), ("update_type", "is", "Change"), actions=[mail("assignee_id")]),
    rule(4, "new only", ("update_type", "is", "Create"), actions=[mail()]),
    rule(5, "second step", ("current_tags", "includes", "urgent_now"), actions=[mail()]),
    rule(6, "first step", ("priority", "changed", None), ("priority", "is", "urgent"), actions=[("current_tags", "urgent_now")]),
    rule(7, "reopened", ("status", "value", "open"), ("status", "not_value_previous", "new"), actions=[mail()]),
    rule(8, "one of two", any_=[("priority", "greater_than", "normal"), ("type", "is", "task")], actions=[mail()]),
    rule(9, "by whom", ("assignee_id", "is_not", "current_user"), ("comment_is_public", "is", "true"), actions=[mail("assignee_id")]),
    rule(10, "switched off", ("status", "less_than", "closed"), active=False, actions=[mail()]),
]  # fmt: skip
AUTOMATIONS = [
    rule(
        1,
        "close old ones",
        ("status", "is", "pending"),
        ("updated_at", "greater_than", "96"),
        ("priority", "is", "normal"),
        actions=[("status", "closed")],
    ),
    rule(
        2,
        "long ago",
        ("status", "less_than", "solved"),
        ("updated_at", "greater_than", "10000"),
        actions=[mail()],
    ),
    rule(3, "pending", ("status", "is", "pending"), ("PENDING", "greater_than", "1"), actions=[mail()]),
    rule(4, "never", ("status", "is", "hold"), ("current_tags", "includes", "no_such_tag"), actions=[mail()]),
]


def put(state, kind, rules):
    state.lists[kind] = {row["id"]: {**row, "conditions": dict(row["conditions"])} for row in rules}


def predicted(item):
    return {
        name.removeprefix("firings of "): count
        for name, count in item.figures.items()
        if name.startswith("firings of ")
    }


def items_of(project, plan=None):
    return {item.code: item for item in look(project, plan).items}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """Tickets are imported, automations run an hour later, then the old desk changes and a delta comes; told are all predictions."""
    with pair(36) as desks:
        state, life = desks.target.state, desks.source.state
        put(state, "triggers", TRIGGERS)
        put(state, "automations", AUTOMATIONS)
        root = desks.project(tmp_path_factory.mktemp("preflight") / "mig")
        found = {"state": state}
        with Project.load(root, clock=desks.clock) as project:
            stages.extract(project)
            plan = stages.make_plan(project)
            found["empty"] = items_of(project)
            found["imports"] = items_of(project, plan)
            stages.apply(project, plan)
            found["after imports"] = dict(state.firings)
            hour = (desks.clock.time() // 3600 + 1) * 3600
            state.automate = hour
            desks.clock.advance(hour - desks.clock.time() + 1)
            with state.lock:
                state.catch_up()
            state.automate = None
            found["after an hour"] = dict(state.firings)
            state.firings.clear()
            state.lists["automations"] = {}
            open_ = [
                int(change.facts["number"])
                for change in plan.changes("kind = 'ticket' AND outcome = 'create'")
                if change.facts["stage"] not in ("closed", "merged", "resolved")
            ]
            asker = life.case(open_[2]).ticket["requester_id"]
            life.add_comment(open_[0], "<p>late words</p>", public=False)
            life.add_comment(open_[1], "<p>public words</p>", public=True)
            life.touch_ticket(open_[2], status="pending")
            life.touch_ticket(open_[3], priority="urgent")
            life.touch_ticket(open_[4], subject="another subject", type="task")
            desks.clock.advance(120)
            stages.extract(project)
            first = stages.make_plan(project)
            found["delta"] = items_of(project, first)
            names = list(first.endpoint_counts())
            stages.apply(project, first, allow_notify=names)
            found["after delta"] = dict(state.firings)
            state.firings.clear()
            life.add_comment(open_[2], "<p>are you there?</p>", public=True, author=asker)
            life.touch_ticket(open_[2], status="pending")
            desks.clock.advance(120)
            stages.extract(project)
            second = stages.make_plan(project)
            found["answer"] = items_of(project, second)
            found["answer plan"] = dict(second.endpoint_counts())
            stages.apply(project, second, allow_notify=list(second.endpoint_counts()))
            found["after answer"] = dict(state.firings)
            found["answered"] = state.case(int(project.idmap.get(f"acme:ticket:{open_[2]}"))).ticket["status"]
        assert desks.target.crashes == []
        yield found


def test_imports_run_no_trigger_and_the_preflight_says_so(migrated):
    item = migrated["imports"]["PF-RULES"]
    assert (item.result, item.figures["firings at most"]) == (PreflightResult.PROVED, 0)
    assert item.figures["imports"] > 20
    assert migrated["after imports"] == {}
    assert migrated["empty"]["PF-RULES"].result is PreflightResult.UNKNOWN, "without a plan nobody knows"
    assert migrated["empty"]["PF-RULES"].figures == {"active": 9, "tell people": 8}


def test_automations_fire_within_the_hour_as_often_as_was_said(migrated):
    item = migrated["imports"]["PF-TIMED"]
    done = migrated["after an hour"]
    sure = predicted(item)
    assert done["close old ones"] == sure["close old ones"] > 0
    assert done["long ago"] == sure["long ago"] > 0
    assert "never" not in done
    assert "never" not in sure
    pending = next(row for row in item.rows if row.startswith("pending: "))
    assert pending.startswith(f"pending: at most {done['pending']} times (PENDING"), (
        "since when, no import tells; closed ones are out"
    )
    assert sum(done.values()) <= item.figures["firings at most"]
    assert item.result is PreflightResult.FAILED


def test_triggers_fire_on_a_delta_as_often_as_was_said(migrated):
    """Order, chains, conditions on what changed: each rule alone is counted in the account."""
    item, done = migrated["delta"]["PF-RULES"], migrated["after delta"]
    told = predicted(item)
    by_whom = told.pop("by whom", None)
    assert {name: count for name, count in told.items() if count} == {
        name: count for name, count in done.items() if name != "by whom"
    }
    assert done["second step"] == done["first step"] == 1
    assert by_whom == 0
    assert any(row.startswith("by whom: at most 1 times (assignee_id cannot be told") for row in item.rows)
    assert item.figures["firings"] <= sum(done.values()) <= item.figures["firings at most"]
    assert item.result is PreflightResult.FAILED


def test_a_customers_word_reopens_for_a_moment_only(migrated):
    item, done = migrated["answer"]["PF-REOPEN"], migrated["after answer"]
    assert migrated["answer plan"].get("comment.add") == 1
    assert item.figures == {"comments that reopen": 1, "left open": 0}
    assert item.result is PreflightResult.PROVED
    assert migrated["answered"] == "pending"
    told = {
        name: count
        for name, count in predicted(migrated["answer"]["PF-RULES"]).items()
        if count and name != "by whom"
    }
    assert told == {name: count for name, count in done.items() if name != "by whom"}
    assert done["reopened"] == 1, "for that moment a trigger saw it"


def test_no_sla_is_breached_at_creation_and_what_waits_is_counted(migrated):
    item = migrated["imports"]["PF-SLA"]
    assert item.figures["breached at creation"] == 0
    assert item.figures["overdue then"] <= item.figures["measured later"]


def test_agents_of_the_plan_have_seats_and_customers_need_none(migrated):
    item = migrated["imports"]["PF-SEATS"]
    assert item.figures["accounts made"] > 0
    assert item.figures["agents"] > 0
    assert item.result in (PreflightResult.PROVED, PreflightResult.FAILED)
