import random

import pytest
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    parse,
)

from ticketferry.people.linkage.phones import phone_key


def by_the_library(text):
    try:
        number = parse(text, "DE")
    except NumberParseException:
        return ""
    return format_number(number, PhoneNumberFormat.E164) if is_possible_number(number) else ""


def test_numbers_of_all_countries_are_spelled_as_the_library_spells_them():
    chance = random.Random(3)
    for code in COUNTRY_CODE_TO_REGION_CODE:
        for _ in range(12):
            digits = "".join(chance.choice("0123456789") for _ in range(chance.randrange(4, 13)))
            text = f"+{code}{chance.choice(['', ' ', '-'])}{digits}"
            assert phone_key(text, "DE") == by_the_library(text), text


@pytest.mark.parametrize(
    "text", ["+49 30 1234567", "0049 30 1234567", "+49 (0)30 / 123-45-67", "030 1234567", "+49301234567"]
)
def test_one_number_in_many_spellings(text):
    assert phone_key(text, "DE") == "+49301234567"


@pytest.mark.parametrize("text", ["", "n/a", "+", "+49", "x" * 500, "+999 123456789"])
def test_what_is_no_number_is_none(text):
    assert phone_key(text, "DE") == ""


def test_a_number_without_prefix_needs_a_country():
    assert phone_key("030 1234567", None) == ""
