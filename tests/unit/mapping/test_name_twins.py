import pytest
from tests.unit.mapping.desks import field

from ticketferry.mapping.loader import loads
from ticketferry.mapping.made_names import twin_names
from ticketferry_jsm.name_keys import name_key as jira
from ticketferry_zendesk.name_keys import name_key as zendesk

BASE = "version: 1\nsource: neutral\ntarget: zendesk\nfields:\n"


def twins(rules, *fields, key=zendesk):
    return list(
        twin_names(loads(BASE + rules), {"desk": "acme", "product": "neutral", "fields": list(fields)}, key)
    )


def test_two_fields_of_one_name_stop_the_plan_with_the_lines_to_paste():
    """What two records of the source would share in the target, one of them would lose."""
    for key in (zendesk, jira):
        (told,) = twins(
            "  - {rest: same_name}\n",
            field("a", "text", name="Product"),
            field("b", "text", name=" PRODUCT. "),
            key=key,
        )
        assert told.code == "P320"
        assert "a 'Product'" in told.message
        for line in ("from: [fields.a, fields.b]", "to: 'Product (2)'", "drop: true"):
            assert line in told.remedy


def test_a_field_that_a_rule_names_shares_nothing():
    rules = "  - {from: fields.b, to: Other}\n  - {rest: same_name}\n"
    assert twins(rules, field("a", "text", name="Product"), field("b", "text", name="product")) == []
    keep = "  - {rest: keep_in_provenance}\n"
    assert twins(keep, field("a", "text", name="Product"), field("b", "text", name="product")) == []


def test_two_options_of_one_name_stop_the_plan():
    (told,) = twins(
        "  - {rest: same_name}\n",
        field("a", "select", ("x", "Caf\u00e9"), ("y", "Cafe\u0301 "), name="Where"),
    )
    assert told.code == "P320"
    assert "values:" in told.remedy


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u200d", "\u00ad", "\u202c", "\ufe0f", "\x00", "\u2060", "\U000e0041"]
)
def test_names_that_differ_by_signs_that_nobody_sees_are_one(unseen):
    """A desk's database leaves such signs out of account: two organizations would become one, and show each other's tickets."""
    for key in (zendesk, jira):
        assert key("organization", f"Ac{unseen}me") == key("organization", "Acme")
        assert key("organization", f"Acme{unseen}") == key("organization", "acme.")
        assert key("organization", f"A{unseen} B") != key("organization", "AB")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("D\u0130YARBAKIR", "diyarbakir"),
        ("Diyarbak\u0131r", "DIYARBAKIR"),
        ("I\u0307zmir", "izmir"),
        ("Stra\u00dfe", "STRASSE"),
        ("STRA\u1e9eE", "stra\u00dfe"),
        ("\u039f\u03b4\u03cc\u03c2", "\u039f\u0394\u038c\u03a3"),
    ],
)
def test_names_whose_letters_a_collation_may_take_for_one_are_one(one, other):
    for key in (zendesk, jira):
        for kind in ("organization", "group", "field", "option"):
            assert key(kind, one) == key(kind, other)
