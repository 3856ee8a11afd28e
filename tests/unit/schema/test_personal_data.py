"""Personal data in texts: found with its check digits, and nothing that only looks like it."""

import pytest

from ticketferry.schema.personal_data import KINDS_OF_DATA, spots


def found(text: str, *kinds: str) -> list[tuple[str, str]]:
    return [(spot.kind, text[spot.start : spot.end]) for spot in spots(text, kinds or KINDS_OF_DATA)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("my account DE89 3704 0044 0532 0130 00, thanks", "iban", "DE89 3704 0044 0532 0130 00"),
        ("GB82WEST12345698765432", "iban", "GB82WEST12345698765432"),
        ("NO9386011117947 BITTE", "iban", "NO9386011117947"),
        ("card 4111 1111 1111 1111 exp", "card", "4111 1111 1111 1111"),
        ("position 7 4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
        ("4111 1111 1111 1111 12/25", "card", "4111 1111 1111 1111"),
        ("5500-0000-0000-0004 123", "card", "5500-0000-0000-0004"),
        ("amex 378282246310005", "card", "378282246310005"),
        ("Password: hunter22!", "secret", "hunter22!"),
        ("Das Passwort lautet Grün7Baum", "secret", "Grün7Baum"),
        ("key AKIAIOSFODNN7EXAMPLE end", "secret", "AKIAIOSFODNN7EXAMPLE"),
        ("write to ann.o+x@mail.acme.example.", "email", "ann.o+x@mail.acme.example"),
        ("call +49 (0)30 1234-567 please", "phone", "+49 (0)30 1234-567"),
        ("call 030 / 1234567", "phone", ""),
        ("call 0151 23456789 now", "phone", "0151 23456789"),
    ],
)
def test_what_is_personal_is_found_whole(text, kind, value):
    if not value:
        assert (
            found(text) == []
        )  # a blank on both sides of the stroke is no separator that people write numbers with
    else:
        assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "DE89 3704 0044 0532 0130 02",  # wrong check digits
        "ZZ89 3704 0044 0532 0130 00",  # no such country
        "order 4111 1111 1111 1112",  # wrong check digit
        "4444 4444 4444 4444",
        "invoice 2025-03-01, 01-02-2025, 10:30, 01/02/2025",
        "version 0.10.2, ratio 00.5, ticket #0012345",
        "the password is wrong? no: reset it",
        "a@b, @home, user@localhost",
        "1.234.567,89 and 100 000 000",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text):
    assert found(text) == []


def test_one_kind_does_not_find_what_another_has():
    assert found("Password: ann@acme.example") == [("secret", "ann@acme.example")]
    assert found("4111111111111111", "phone") == []


def test_long_hostile_texts_take_no_time():
    for text in (
        "a" * 200_000,
        "0 " * 100_000,
        "4 " * 100_000,
        "4444" * 20_000,
        "41 11 " * 20_000,
        "+1" * 100_000,
        "a@" * 100_000,
        "DE89" * 50_000,
        "password: " * 20_000,
        "-----BEGIN PRIVATE KEY-----" * 500,
    ):
        spots(text)
