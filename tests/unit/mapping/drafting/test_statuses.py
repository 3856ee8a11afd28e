from collections import Counter
from random import Random
from typing import Any

from tests.unit.mapping.drafting.status_desk import PAIRS, desks

from ticketferry.mapping.drafting.entries import DraftEntry
from ticketferry.mapping.drafting.statuses import draft_statuses
from ticketferry.mapping.drafting.use import UseCounts

TRUTH = {name: there for name, _, there, _ in PAIRS}


def drafted(source: Any, target: Any, use: UseCounts | None = None) -> dict[str, DraftEntry]:
    return {entry.key: entry for entry in draft_statuses(source, target, use).entries}


def test_a_desk_of_32_statuses_gets_at_most_two_open_places_and_no_wrong_proposal_that_is_called_sure() -> (
    None
):
    source, target = desks()
    found = drafted(source, target)
    assert len(found) == 32
    assert sum(entry.decision.open for entry in found.values()) <= 2
    wrong = {key: entry.decision.name for key, entry in found.items() if entry.decision.name != TRUTH[key]}
    assert not [key for key in wrong if found[key].decision.sure], wrong
    assert len(wrong) <= 2, wrong


def test_a_proposal_is_never_called_sure_where_the_right_status_is_missing() -> None:
    source, target = desks()
    for name, there in TRUTH.items():
        poor = {**target, "statuses": [row for row in target["statuses"] if row["name"] != there]}
        decision = drafted(source, poor)[name].decision
        assert not decision.sure, (name, decision)


def test_the_order_of_the_statuses_changes_no_proposal() -> None:
    source, target = desks()
    first = {key: entry.decision.name for key, entry in drafted(source, target).items()}
    dice = Random(7)
    for _ in range(5):
        rows, others = list(source["statuses"]), list(target["statuses"])
        dice.shuffle(rows)
        dice.shuffle(others)
        again = drafted({**source, "statuses": rows}, {**target, "statuses": others})
        assert {key: entry.decision.name for key, entry in again.items()} == first


def test_two_proposals_near_each_other_are_left_to_a_person_and_both_are_named() -> None:
    source = {
        "desk": "a",
        "product": "zendesk",
        "statuses": [{"id": "1", "name": "hold", "stage": "on_hold"}],
    }
    target = {"desk": "b", "product": "jsm", "statuses": [
        {"id": "1", "name": "Pending vendor", "stage": "on_hold"}, {"id": "2", "name": "Pending carrier", "stage": "on_hold"},
    ]}  # fmt: skip
    entry = drafted(source, target)["hold"]
    assert entry.data == "?"
    assert "Pending vendor" in entry.words
    assert "Pending carrier" in entry.words


def test_an_equal_name_of_another_stage_is_proposed_and_not_called_sure() -> None:
    source = {
        "desk": "a",
        "product": "zendesk",
        "statuses": [{"id": "1", "name": "Pending", "stage": "pending_customer"}],
    }
    target = {"desk": "b", "product": "jsm", "statuses": [
        {"id": "1", "name": "Pending", "stage": "on_hold"}, {"id": "2", "name": "In progress", "stage": "in_progress"},
    ]}  # fmt: skip
    decision = drafted(source, target)["Pending"].decision
    assert (decision.name, decision.sure) == ("Pending", False)
    assert "on_hold" in decision.why


def test_what_no_ticket_has_and_is_out_of_use_is_commented_out_and_counted() -> None:
    rows = [
        {"id": "1", "name": "open", "stage": "assigned"},
        {"id": "2", "name": "Old", "stage": "assigned", "active": False},
    ]
    use = UseCounts(4812)
    use.names["status"] = Counter({"open": 4812})
    section = draft_statuses(
        {"desk": "a", "product": "zendesk", "statuses": rows},
        {"desk": "b", "product": "jsm", "statuses": [{"id": "1", "name": "Open", "stage": "assigned"}]},
        use,
    )
    assert [(entry.key, entry.off, entry.tickets) for entry in section.entries] == [
        ("open", False, 4812),
        ("Old", True, 0),
    ]
    assert section.after == ('  "*": fail',)
