"""The witness's own plain reading of conditions: sure, or not judged."""

from typing import Any

import pytest

from ticketferry.sdk.witness import Facts
from ticketferry.witness.rules import Drop, ExplainingRules, holds

ASKED = {
    "tags": ("vip", "Late"),
    "status": ("custom:Parked",),
    "form": ("Outage",),
    "type": (),
    "fields.card": ("4111 2222",),
    "fields.open": ("true",),
    "fields.amount": ("5.0",),
    "fields.empty": (),
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, True),
        ("always", True),
        ({"tag": "VIP"}, True),
        ({"tags": ["x", "late"]}, True),
        ({"tag": "gone"}, False),
        ({"status": "custom:parked", "form": "Outage"}, True),
        ({"status": "open", "form": "Outage"}, False),
        ({"type": "absent", "form": "present"}, True),
        ({"fields.card": "present"}, True),
        ({"fields.empty": "present"}, False),
        ({"fields.open": "true"}, True),
        ({"fields.open": "false"}, False),
        ({"not": {"tag": "vip"}}, False),
        ({"tag": {"not": "gone"}}, True),
        ({"any": [{"tag": "gone"}, {"form": "outage"}]}, True),
        ({"all": [{"tag": "vip"}, {"form": "Billing"}]}, False),
        # What this reading does not know for certain is not judged, and does not decide what is certain.
        ({"group": "Billing"}, None),
        ({"subject": {"matches": "card"}}, None),
        ({"tag": {"matches": "v.*"}}, None),
        ({"created_before": "2024-01-01"}, None),
        ({"comments": ">= 2"}, None),
        ({"tags": ">= 2"}, None),
        ({"fields.amount": "5"}, None),
        ({"fields.amount": "5.0"}, True),
        ({"fields.unknown": "x"}, None),
        ({"not": {"group": "Billing"}}, None),
        ({"group": "Billing", "tag": "gone"}, False),
        ({"any": [{"group": "Billing"}, {"tag": "vip"}]}, True),
        ({"any": [{"group": "Billing"}, {"tag": "gone"}]}, None),
        ({}, None),
        ("sometimes", None),
    ],
)
def test_a_condition_holds_or_not_or_is_not_judged(condition: Any, expected: bool | None) -> None:
    assert holds(condition, ASKED) is expected


def test_a_drop_counts_where_its_condition_holds_and_nowhere_else() -> None:
    rules = ExplainingRules(
        dropped=(
            Drop(("fields.card",), {"tag": "vip"}),
            Drop(("fields.pin",), {"group": "Billing", "any": [{"tag": "secret word"}, {"form": "x"}]}),
        )
    )
    vip, plain = rules.of(Facts("1", asked=ASKED)), rules.of(Facts("2", asked={"tags": (), "form": ("x",)}))
    assert "fields.card" in vip
    assert "fields.card" not in plain
    assert plain.unsure == {"fields.pin": "group, tag, form"}, "without the values that are asked for"
    assert "fields.pin" not in plain
