"""What a customer answered in a form is read with the issue; other apps' properties and asset fields are named with their counts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.connectors.jsm.emulated_site import Site, doc
from tests.connectors.jsm.emulated_site import site as served
from tests.connectors.jsm.reading import of_kind, read, records, source
from tests.connectors.zendesk.targets import target_on

from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import load
from ticketferry.mapping.shipped import shipped
from ticketferry.sdk import Finding
from ticketferry.testing.hostile import MemoryBlobs
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk
from ticketferry_jsm.forms import FORM_FIELD, FORMS, read_forms
from ticketferry_zendesk import CONNECTOR as ZENDESK

FORM, SECOND = FORMS[:2]

PRESENT: dict[str, Any] = {
    "design": {
        "questions": {
            "1": {"type": "ts", "label": "Laptop", "choices": []},
            "2": {"type": "cm", "label": "Colours", "choices": [{"id": "7", "label": "Red"}, {"id": "8", "label": "Blue"}]},
            "10": {"type": "rt", "label": "Why"},
            "11": {"type": "us", "label": "Who else"},
            "12": {"type": "da", "label": "When"},
        }
    },
    "state": {
        "status": "s",
        "answers": {
            "10": {"adf": doc("It burns")}, "1": {"text": "A13"}, "2": {"choices": ["8", "7", "99"]},
            "11": {"users": [{"id": "5b1", "name": "Bo"}]}, "12": {"date": "2024-02-03"}, "13": {"text": "no label"},
        },
    },
}  # fmt: skip
OLDER: dict[str, Any] = {
    "schemaVersion": 5,
    "name": "Hardware",
    "questions": [{"id": 1, "t": "h1", "q": "Heading"}, {"id": 2, "t": "ts", "q": "Laptop", "text": "A13"}],
}


@pytest.fixture
def jira() -> Iterator[Site]:
    with served() as found:
        yield found


def test_answers_stand_beside_their_questions_in_their_order() -> None:
    assert read_forms({FORM: PRESENT}).splitlines() == [
        "Laptop: A13", "Colours: Blue, Red, 99", "Why: It burns", "Who else: Bo", "When: 2024-02-03", "Question 13: no label",
    ]  # fmt: skip
    assert read_forms({FORM: OLDER}) == "Laptop: A13"


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "x",
        {},
        {"state": {"answers": []}},
        {"state": {"answers": {"1": None}}},
        {"questions": [None, 3]},
    ],
)
def test_a_form_of_another_shape_is_read_as_no_answers(value: Any) -> None:
    """The data belongs to another product and may change: nothing of it stops a ticket."""
    assert read_forms({FORM: value}) == ""


def test_the_answers_of_a_form_are_a_field_of_the_ticket(jira: Site) -> None:
    with_form, without = jira.issue(), jira.issue()
    jira.put(f"issue/{with_form}/properties/{FORM}", PRESENT)
    jira.put(f"issue/{with_form}/properties/{SECOND}", OLDER)
    jira.emulator.clock.advance(60)
    found = source(jira)
    tickets = {record["number"]: record for record in of_kind(records(found, read(found)[0]), "ticket")}
    found.close()
    assert tickets[with_form]["fields"][FORM_FIELD].startswith("Laptop: A13")
    assert tickets[with_form]["fields"][FORM_FIELD].count("Laptop: A13") == 2
    assert FORM_FIELD not in tickets[without].get("fields", {})


def test_properties_of_other_apps_are_listed_by_key_and_count(jira: Site) -> None:
    keys = [jira.issue() for _ in range(3)]
    for key in keys[:2]:
        jira.put(f"issue/{key}/properties/com.example.timer", {"seconds": 3})
    jira.put(f"issue/{keys[0]}/properties/{FORM}", PRESENT)
    jira.emulator.clock.advance(60)
    found = source(jira)
    rows = [row for row in found.inventory() if row.what == "property of an app"]
    found.close()
    assert [(row.name, row.used, row.used_when) for row in rows] == [
        ("com.example.timer", 2, "of the newest 3 issues")
    ]


def found_in(jira: Site, more: str, tmp_path: Path) -> list[Finding]:
    """What `mapping check` says of the shipped mapping with one rule more, for this site as the old desk."""
    read_from = source(jira)
    path = tmp_path / "mapping.yaml"
    text = shipped()["jsm_to_zendesk"].read_text("utf-8")
    path.write_text(text.replace("fields:\n", f"fields:\n  - {more}\n", 1), "utf-8")
    with ZendeskEmulator(ManualClock(), data=empty_desk()).serve() as emulator:
        target = target_on(emulator, emulator.clock, MemoryBlobs())
        try:
            return lint(load(path), read_from.catalog(), target.catalog(), ZENDESK.features)
        finally:
            target.close()
            read_from.close()


def test_a_mapping_may_name_the_answers_and_a_typing_error_is_told(jira: Site, tmp_path: Path) -> None:
    def told(name: str) -> list[Finding]:
        rule = (
            f"{{from: 'fields.{name}', drop: true, because: x, when: {{'fields.{name}': {{matches: A13}}}}}}"
        )
        return [item for item in found_in(jira, rule, tmp_path) if name in item.message]

    assert told(FORM_FIELD) == []
    assert any(f"did you mean `{FORM_FIELD}`" in item.message for item in told("Form answrs"))


def test_a_field_of_that_name_keeps_its_values(jira: Site) -> None:
    text = next(field for field in jira.state.fields.values() if field.custom.endswith(":textfield"))
    text.name = FORM_FIELD
    key = jira.issue()
    jira.state.issue(key).values[text.id] = "typed"
    jira.put(f"issue/{key}/properties/{FORM}", OLDER)
    jira.emulator.clock.advance(60)
    found = source(jira)
    ticket = of_kind(records(found, read(found)[0]), "ticket")[0]
    keys = [field["key"] for field in found.catalog()["fields"]]
    found.close()
    assert ticket["fields"][FORM_FIELD] == "typed"
    assert ticket["fields"][f"{FORM_FIELD} (forms)"] == "Laptop: A13"
    assert {FORM_FIELD, f"{FORM_FIELD} (forms)"} <= set(keys)
