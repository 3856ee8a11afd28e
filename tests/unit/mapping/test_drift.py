from collections import Counter
from typing import Any

from tests.unit.mapping.desks import BASE, JIRA, JSM, NOW, ZENDESK, field, named

from ticketferry.mapping.affected import AffectedTickets
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.drift import drift, named_tickets
from ticketferry.mapping.loader import loads
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.work import Setup

USE = UseCounts(
    100, {"status": Counter({"custom:Waiting for parts": 212, "custom:Parked": 3}), "brand": Counter({"Globex Inc": 9, "Globex": 1})},
    fields=Counter({"refund_reason": 40}), options={"refund_reason": Counter({"late": 5, "lost": 2})},
)  # fmt: skip


def changed() -> dict[str, Any]:
    statuses = [row for row in ZENDESK["statuses"] if row["name"] != "custom:Parked"]
    fields = [
        field("refund_reason", "select", ("broken", "Broken on arrival"), ("late", "Came late"), ("lost", "Lost"), ("refund_other", "Other"), name="Refund reason")
        if row["key"] == "refund_reason" else row for row in ZENDESK["fields"] if row["key"] != "city"
    ]  # fmt: skip
    return {
        **ZENDESK, "statuses": [*statuses, {"id": "99", "name": "custom:Waiting for parts", "stage": "on_hold", "category": "hold"}],
        "brands": named("Acme", "Globex Inc", "Billing"), "fields": fields,
    }  # fmt: skip


def test_new_renamed_and_removed_names_are_told_with_their_tickets_the_most_first() -> None:
    rows = [(row.change, row.what, row.words, row.tickets) for row in drift(ZENDESK, changed(), USE)]  # type: ignore[arg-type]
    assert rows == [
        ("new", "status", "custom:Waiting for parts", 212),
        ("renamed", "brand", "Globex -> Globex Inc", 10),
        ("renamed", "option of Refund reason", "Late delivery -> Came late", 5),
        ("removed", "status", "custom:Parked", 3),
        ("new", "option of Refund reason", "Lost", 2),
        ("removed", "field", "city", 0),
        ("removed", "option of Refund reason", "Wrong item", 0),
    ]


def test_the_same_set_up_is_no_drift_in_whatever_order_it_is_listed() -> None:
    turned = {key: value[::-1] if isinstance(value, list) else value for key, value in ZENDESK.items()}
    assert drift(ZENDESK, turned, USE) == []  # type: ignore[arg-type]


def test_a_list_that_nobody_read_then_is_not_new_now() -> None:
    assert drift({"desk": "a", "product": "zendesk"}, ZENDESK, USE) == []  # type: ignore[arg-type]


def test_a_name_of_the_target_concerns_a_mapping_that_writes_it() -> None:
    mapping = loads(BASE)
    setup = Setup(mapping, ZENDESK, JIRA, JSM, NoLookups(), NOW)  # type: ignore[arg-type]
    use = UseCounts(1, {"status": Counter({"pending": 9, "hold": 2, "custom:Parked": 4})})
    affected = AffectedTickets(setup, use)
    assert named_tickets(mapping, "Waiting for customer", affected) == (True, 9)
    assert named_tickets(mapping, "Pending vendor", affected) == (True, 6)
    assert named_tickets(mapping, "Nowhere", affected) == (False, None)
