"""Desks that nobody had in mind when the scores were chosen: few open places, and nothing wrong that is called sure."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.rounds import drawn
from tests.unit.mapping.drafting.other_desks import DESKS, desks

from ticketferry.mapping.drafting.entries import DraftEntry
from ticketferry.mapping.drafting.fields import TargetFields, draft_fields
from ticketferry.mapping.drafting.meaning import likeness, without_number
from ticketferry.mapping.drafting.statuses import draft_statuses

SAMPLE = (
    Path(__file__).resolve().parents[4] / "samples" / "mapping_examples" / "two-projects" / "catalogs.json"
)
OPEN = {("repairs", True): 3}
"""`Customer` and `Vendor` as statuses of a target that does not tell who waits: a person says so."""


def drafted(source: Any, target: Any) -> dict[str, DraftEntry]:
    return {entry.key: entry for entry in draft_statuses(source, target, None).entries}


@pytest.mark.parametrize("coarse", [False, True], ids=["stages", "begun and done"])
@pytest.mark.parametrize("name", DESKS)
def test_a_matching_target_is_found_and_nothing_wrong_is_called_sure(name: str, coarse: bool) -> None:
    source, target, truth = desks(DESKS[name], coarse=coarse)
    found = drafted(source, target)
    assert sum(entry.decision.open for entry in found.values()) <= OPEN.get((name, coarse), 2)
    wrong = {
        key: entry.decision
        for key, entry in found.items()
        if not entry.decision.open and entry.decision.name != truth[key]
    }
    assert not [key for key, decision in wrong.items() if decision.sure], wrong
    assert len(wrong) <= 1, wrong


@pytest.mark.seeded
@pytest.mark.parametrize("name", DESKS)
def test_nothing_is_called_sure_where_the_right_status_is_missing(name: str) -> None:
    source, target, truth = desks(DESKS[name], coarse=False)
    for status, there in drawn(sorted(truth.items()), 5, f"missing {name}"):
        poor = {**target, "statuses": [row for row in target["statuses"] if row["name"] != there]}
        decision = drafted(source, poor)[status].decision
        assert not decision.sure, (status, decision)


def test_a_number_in_front_that_one_desk_has_is_order_and_two_numbers_are_two_names() -> None:
    assert likeness("custom:02 Triage", "Triage").score == 84
    assert likeness("3) Repair", "Repair").score == 84
    assert likeness("02 Repair", "03 Repair").score == 40
    assert likeness("Tier 2", "Tier 3").score <= 40
    assert without_number("2nd level") == "2nd level"
    assert without_number("24h follow up") == "24h follow up"


def variant(name: str, dice: Random) -> str:
    signs = [" ", "-", "_", " - ", "/", ": "]
    words = name.replace(".", "").split()
    changed = dice.choice(signs).join(dice.choice((str.lower, str.upper, str.title))(word) for word in words)
    return changed + dice.choice(["", ".", ":", " *", "?"])


def test_every_field_of_the_sample_desk_is_found_whatever_signs_and_case_its_name_has_in_the_target() -> None:
    source = json.loads(SAMPLE.read_text("utf-8"))["source"]
    rows = [
        row for row in source["fields"] if row.get("of", "ticket") == "ticket" and row.get("active", True)
    ]
    names = {row["name"] for row in rows}
    assert len(rows) >= 12
    dice = Random(20)
    for _ in range(5):
        there = {name: variant(name, dice) for name in names}
        types = {
            row["name"]: "text" if row["type"] in ("regexp", "partialcreditcard") else row["type"]
            for row in rows
        }
        target: Any = {
            "desk": "b", "product": "jsm",
            "fields": [{"id": name, "key": name, "name": name, "type": types[mine]} for mine, name in there.items()],
        }  # fmt: skip
        text = "\n".join(
            f"{entry.key} {entry.data} {entry.words}"
            for entry in draft_fields(source, TargetFields(target), None).entries
        )
        for row in rows:
            if row["type"] != "partialcreditcard":
                assert there[row["name"]] in text, (row["name"], there[row["name"]], text)
