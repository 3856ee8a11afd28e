"""One record of several: whose name, which phone first, which fields; all addresses, each once."""

from itertools import permutations

import pytest

from ticketferry.people.survivors import SurvivorChoices, name_together, together


def row(id_, name="", **more):
    return {"ref": f"acme:person:{id_}", "name": name, **more}


def identity(id_, type_, value, **more):
    return {"ref": f"acme:identity:{id_}", "type": type_, "value": value, **more}


NAMES = [
    row(1, "A. Berg", updated="2024-01-01T00:00:00Z", created="2020-01-01T00:00:00Z"),
    row(2, "Ann Margareta Berg", updated="2023-01-01T00:00:00Z", created="2019-01-01T00:00:00Z"),
    row(3, "ann berg", updated="2025-01-01T00:00:00Z", created="2021-01-01T00:00:00Z"),
    row(4, "Ann  Berg", updated="2022-01-01T00:00:00Z", created="2022-01-01T00:00:00Z"),
    row(5, "  ", updated="2030-01-01T00:00:00Z", created="2001-01-01T00:00:00Z"),
]


@pytest.mark.parametrize(
    ("choice", "won"), [("survivor", 1), ("most_recent", 3), ("oldest", 2), ("longest", 2), ("most_used", 3)]
)
def test_a_name_is_chosen_as_the_mapping_says_and_never_an_empty_one(choice, won):
    assert name_together(NAMES, choice) == (NAMES[won - 1]["name"], f"acme:person:{won}")


@pytest.mark.parametrize("choice", ["most_recent", "oldest", "longest"])
def test_the_order_of_the_others_does_not_matter(choice):
    found = {name_together([NAMES[0], *rest], choice) for rest in permutations(NAMES[1:])}
    assert len(found) == 1


def test_where_nothing_decides_the_survivor_wins():
    for choice in ("most_recent", "oldest", "longest", "most_used"):
        assert name_together([row(9, "Kim"), row(1, "Tom")], choice) == ("Kim", "acme:person:9")
    assert name_together([row(9, ""), row(1, "")], "longest") == ("", "acme:person:9")


def test_nobody_of_the_name_at_all_leaves_the_record_without_one():
    whole = together(
        [{"ref": "acme:person:1"}, {"ref": "acme:person:2", "name": None}], SurvivorChoices("longest")
    )
    assert "name" not in whole.record


def test_addresses_and_phones_of_all_stay_once_each_and_only_the_survivors_are_primary():
    records = [
        row(1, "Ann", email="Ann@x.example", identities=[identity(1, "email", "ann@x.example", primary=True), identity(2, "phone", "+49 30 1")]),
        row(2, "Ann", email="ann@y.example", identities=[identity(3, "email", "ANN@X.EXAMPLE", primary=True), identity(4, "phone", "+49301"), identity(5, "phone", "+49 30 2", primary=True, person="acme:person:2")]),
        row(3, "Ann", email="ann@y.example"),
    ]  # fmt: skip
    whole = together(records, SurvivorChoices())
    assert [(item["type"], item["value"], item.get("primary", False)) for item in whole.record["identities"]] == [
        ("email", "ann@x.example", True), ("phone", "+49 30 1", False), ("email", "ann@y.example", False), ("phone", "+49 30 2", False),
    ]  # fmt: skip
    assert [item["value"] for item in whole.brought] == ["ann@y.example", "+49 30 2"]
    assert whole.record["identities"][3]["person"] == "acme:person:1"
    assert whole.record["email"] == "Ann@x.example"
    assert records[1]["identities"][2]["primary"] is True, "the records themselves stay as they are"


def test_only_the_survivors_addresses_stay_where_the_mapping_says_so_and_phones_all_the_same():
    records = [
        row(1, email="a@x.example"),
        row(2, email="b@x.example", identities=[identity(1, "phone", "+1")]),
    ]
    whole = together(records, SurvivorChoices(emails="survivor"))
    assert [item["value"] for item in whole.record["identities"]] == ["+1"]
    assert "email" not in whole.won


def test_a_survivor_without_an_address_gets_one():
    whole = together([row(1), row(2), row(3, email="c@x.example")], SurvivorChoices())
    assert whole.record["email"] == "c@x.example"
    assert whole.won == {"email": "acme:person:3"}


@pytest.mark.parametrize(
    ("choice", "values"),
    [("survivor", ["+1", "+2", "+3"]), ("verified", ["+2", "+1", "+3"]), ("most_recent", ["+3", "+1", "+2"])],
)
def test_the_phone_that_is_wanted_comes_first(choice, values):
    records = [
        row(1, updated="2024", identities=[identity(1, "phone", "+1"), identity(9, "email", "a@x.example"), identity(2, "phone", "+2", verified=True)]),
        row(2, updated="2025", identities=[identity(3, "phone", "+3", verified=False)]),
    ]  # fmt: skip
    identities = together(records, SurvivorChoices(phone=choice)).record["identities"]
    assert [item["value"] for item in identities if item["type"] == "phone"] == values
    assert identities[1]["type"] == "email", "what is no phone stays where it was"


def test_fields_are_filled_and_chosen():
    records = [
        row(1, fields={"city": "Bonn", "vip": False, "plan": "", "list": ["a"]}, updated="2020"),
        row(2, fields={"city": "Köln", "plan": "gold", "list": ["b"]}, updated="2022"),
        row(3, fields={"city": "köln ", "plan": "free", "list": ["b"], "gone": None}, updated="2021"),
        row(4),
    ]
    own = together(records, SurvivorChoices()).record["fields"]
    assert own == {"city": "Bonn", "vip": False, "plan": "gold", "list": ["a"]}
    recent = together(records, SurvivorChoices(fields="most_recent"))
    assert recent.record["fields"] == {"city": "Köln", "vip": False, "plan": "gold", "list": ["b"]}
    used = together(records, SurvivorChoices(fields="most_used"))
    assert used.record["fields"]["city"] == "Köln"
    assert used.record["fields"]["list"] == ["b"]
    assert used.won["fields.city"] == "acme:person:2"


def test_hostile_values_do_not_break_it():
    records = [
        row(1, fields={"x": {"a": [1]}}),
        row(
            2,
            fields={"x": {"a": [1]}},
            identities=[identity(1, "email", "no address"), identity(2, "phone", "")],
        ),
    ]
    whole = together(records, SurvivorChoices("most_used", "verified", "most_used"))
    assert whole.won == {}
    assert [item["value"] for item in whole.brought] == ["no address"]
