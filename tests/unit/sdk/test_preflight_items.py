"""Items as targets make them: what no API shows is a person's, and a rule that may fire fails its item."""

from types import SimpleNamespace

from ticketferry.sdk.preflight import PreflightResult
from ticketferry.sdk.preflight_items import (
    Firings,
    Unseen,
    failed,
    person,
    predicted,
    proved,
    unknown,
    unseen,
)

MAIL = {
    "PF-MAIL": Unseen(("comment.add", "ticket.update"), "mail goes out for {}", "Look.", "https://desk/mail")
}


def plan(**endpoints):
    return SimpleNamespace(endpoints=endpoints)


def test_an_item_is_made_by_the_word_of_its_result():
    made = [make("PF-SLA", "told", rows=["a", "b"]) for make in (proved, failed, unknown, person)]
    assert [item.result for item in made] == [
        PreflightResult.PROVED,
        PreflightResult.FAILED,
        PreflightResult.UNKNOWN,
        PreflightResult.PERSON,
    ]
    assert {(item.code, item.evidence, item.rows, item.remedy) for item in made} == {
        ("PF-SLA", "told", ("a", "b"), "")
    }


def test_what_no_api_shows_is_proved_only_by_a_plan_that_has_nothing_of_it():
    (loud,) = unseen(MAIL, plan(**{"comment.add": 1, "ticket.update": 2, "user.create": 5}))
    assert (loud.result, loud.figures) == (PreflightResult.PERSON, {"at most": 3})
    assert (loud.evidence, loud.page) == (
        "mail goes out for at most 3 writes of the plan",
        "https://desk/mail",
    )
    (quiet,) = unseen(MAIL, plan(**{"user.create": 5}))
    assert (quiet.result, quiet.figures, quiet.remedy) == (PreflightResult.PROVED, {"at most": 0}, "")
    (unplanned,) = unseen(MAIL, None, "comments and updates")
    assert (unplanned.result, unplanned.evidence) == (
        PreflightResult.PERSON,
        "mail goes out for comments and updates",
    )


def test_rules_that_may_fire_fail_and_say_how_often_each():
    rules = [
        Firings("sure", 1_200, 1_200, does="mails"),
        Firings("perhaps", 0, 3, "its tags cannot be told"),
        Firings("between", 1, 2),
        Firings("never", 0, 0),
    ]
    item = predicted(
        "PF-RULES", rules, {"active": 4}, "of 4 rules predicted", "Pause them.", "page", beside=["who knows"]
    )
    assert item.result is PreflightResult.FAILED
    assert item.evidence == "1,201 to 1,205 firings of 4 rules predicted"
    assert item.rows == (
        "sure: 1,200 times; mails",
        "perhaps: at most 3 times (its tags cannot be told)",
        "between: 1 to 2 times",
        "who knows",
    )
    assert item.figures == {
        "active": 4, "firings": 1_201, "firings at most": 1_205,
        "firings of sure": 1_200, "firings of perhaps": 0, "firings of between": 1,
    }  # fmt: skip


def test_rules_of_which_none_can_fire_are_proved_and_ask_for_nothing():
    item = predicted(
        "PF-RULES", [Firings("never", 0, 0)], {}, "of 1 rule", "Pause it.", "page", noun="reactions"
    )
    assert (item.result, item.evidence, item.remedy) == (PreflightResult.PROVED, "0 reactions of 1 rule", "")
