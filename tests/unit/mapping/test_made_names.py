"""Names that a plan would make and that people and desks cannot tell apart stop it, with the ways out."""

import pytest
from tests.unit.mapping.desks import field

from ticketferry.mapping.made_names import made_names
from ticketferry_jsm.name_keys import name_key as jira
from ticketferry_zendesk.name_keys import name_key as zendesk

TARGET = {
    "fields": [field("1", "select", ("north", "North"), name="Where")],
    "statuses": [{"id": "7", "name": "custom:On hold", "stage": "on_hold"}],
}


def made(what, name, number=1, **more):
    return {"ref": f"acme:definition:{what}-{number}", "what": what, "name": name, **more}


@pytest.mark.parametrize("key", [zendesk, jira])
@pytest.mark.parametrize(
    "record",
    [
        made("field", " WHERE.", type="text"),
        made("option", "north ", field="Where", value="north_2"),
        made("status", "custom:on  HOLD", stage="on_hold"),
    ],
)
def test_one_that_is_there_by_another_spelling_is_not_made_beside_it(key, record):
    (told,) = made_names([record], TARGET, key)
    assert told.code == "P321"
    assert repr(record["name"]) in told.message
    assert "they are one" in told.remedy
    assert "another name" in told.remedy
    assert "Left out" in told.remedy


@pytest.mark.parametrize("key", [zendesk, jira])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (made("field", "Product", type="text"), made("field", "product ", 2, type="text")),
        (made("option", "Caf\u00e9", field="Where", value="a"), made("option", "Cafe\u0301", 2, field="Where", value="b")),
        (made("status", "custom:Parked", stage="on_hold"), made("status", "custom:PARKED.", 2, stage="on_hold")),
    ],
)  # fmt: skip
def test_two_of_one_name_are_not_made(key, one, other):
    (told,) = made_names([one, other], TARGET, key)
    assert told.code == "P320"
    assert repr(one["name"]) in told.message
    assert told.remedy


def test_names_that_differ_are_made():
    records = [
        made("field", "Product", type="text"),
        made("option", "South", field="Where", value="south"),
        made("option", "North", 2, field="Elsewhere", value="n"),
        made("status", "custom:Parked", stage="on_hold"),
    ]
    assert list(made_names(records, TARGET, zendesk)) == []
