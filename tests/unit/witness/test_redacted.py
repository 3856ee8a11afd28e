"""The witness's own view of redactions: it finds what the rules find, by other code, and never explains what it cannot judge."""

from collections import Counter
from typing import Any

import pytest

from ticketferry.schema.personal_data import KINDS_OF_DATA, spots
from ticketferry.sdk.witness import Facts, WitnessFile, WitnessText
from ticketferry.witness.redacted import AsRedacted, as_redacted, still_there
from ticketferry.witness.rules import ExplainingRules, TakenOut

TEXTS = (
    "my account DE89 3704 0044 0532 0130 00, thanks", "GB82WEST12345698765432", "NO9386011117947 BITTE", "DE89 3704 0044 0532 0130 02",
    "card 4111 1111 1111 1111 exp", "position 7 4111-1111-1111-1111", "amex 378282246310005", "4111 1111 1111 1111 12/25 and 5500-0000-0000-0004 123", "order 4111 1111 1111 1112",
    "Password: hunter22!", "das Passwort lautet Grün7Baum", "the password is wrong? no", "key AKIAIOSFODNN7EXAMPLE end",
    "write to ann.o+x@mail.acme.example.", "a@b, user@localhost", "call +49 (0)30 1234-567 please", "call 0151 23456789 now",
    "invoice 2025-03-01, 01-02-2025, 10:30, 01/02/2025", "version 0.10.2, ratio 00.5, ticket #0012345", "1.234.567,89 and 100 000 000",
    "Kennwort = a\u00a0b, api key: 1234-abcd; token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
)  # fmt: skip


def taken(
    *patterns: str, when: Any = "always", places: tuple[str, ...] = (), lifted: tuple[Any, ...] = ()
) -> ExplainingRules:
    return ExplainingRules(taken_out=(TakenOut("pii", when, places, patterns, "[removed]", lifted),))


def seen(
    text: str, rules: ExplainingRules, asked: dict[str, tuple[str, ...]] | None = None
) -> tuple[AsRedacted, Counter[str]]:
    unjudged: Counter[str] = Counter()
    texts = [
        WitnessText("comment 1", text, public=True),
        WitnessText("subject", text, public=True, kind="subject"),
    ]
    return as_redacted(
        texts,
        [WitnessFile("1", f"{text}.txt", 1, public=True)],
        Facts("1", asked=asked or {}),
        rules,
        unjudged,
    ), unjudged


@pytest.mark.parametrize("kind", KINDS_OF_DATA)
@pytest.mark.parametrize("text", TEXTS)
def test_the_witness_finds_what_the_rules_find(text, kind):
    values = frozenset(text[spot.start : spot.end] for spot in spots(text, (kind,)))
    found, _ = seen(text, taken(kind))
    assert found.gone.get("pii", frozenset()) == values
    for one in found.texts:
        assert not any(value in one.text for value in values)


def test_a_rule_that_names_places_leaves_the_others_alone():
    found, _ = seen("x 4111111111111111", taken("card", places=("comments",)))
    assert [one.text for one in found.texts] == ["x [removed]", "x 4111111111111111"]
    assert found.files[0].name == "x 4111111111111111.txt"
    assert list(still_there(found, [WitnessText("summary", "x 4111111111111111", public=True)], [])) == []


def test_what_cannot_be_judged_is_counted_and_explains_nothing():
    rule = taken("card", when={"created_after": "2024-01-01"})
    found, unjudged = seen("x 4111111111111111", rule)
    assert (list(found.texts), list(found.files), found.gone) == ([], [], {})
    assert sum(unjudged.values()) == 1
    assert len(seen("nothing here", rule)[0].texts) == 2
    _, unjudged = seen("x", taken(r"\C+"))
    assert unjudged


def test_a_hold_lifts_a_rule_for_the_witness_too():
    rule = taken("card", lifted=({"tag": "hold"},))
    assert "4111" in seen("x 4111111111111111", rule, {"tags": ("hold",)})[0].texts[0].text
    assert "4111" not in seen("x 4111111111111111", rule, {"tags": ()})[0].texts[0].text


def test_a_value_that_stands_there_is_told_without_the_value():
    found, _ = seen("x 4111111111111111", taken("card"))
    told = list(still_there(found, [WitnessText("comment 9", "see 4111111111111111", public=False)], []))
    assert told == [("clean.pii", "the mapping takes it out, and it stands in comment 9")]


def test_mended_texts_are_looked_for_as_they_were_meant():
    found, _ = seen("Herr MÃ¼ller aus KÃ¶ln, GrÃ¼ÃŸe, Ångström 😀", ExplainingRules(repaired=True))
    assert found.texts[0].text == "Herr Müller aus Köln, Grüße, Ångström 😀"
