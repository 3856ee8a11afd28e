"""What the witness takes for left out by a rule: words that another message has, and signatures; nothing else that is missing."""

import pytest
from tests.unit.witness.test_compare import FACTS, SHOWN, differences, seen

from ticketferry.sdk.witness import WitnessText
from ticketferry.witness.quoted import as_left
from ticketferry.witness.rules import ExplainingRules

QUOTES = ExplainingRules(quotes_dropped=True)
SIGNED = ExplainingRules(signatures_dropped=True)
WROTE = "On Tue, Nov 3, 2026 at 10:01 AM Ann Smith <ann@x.example> wrote:"


def text(place: str, words: str, *, public: bool = True) -> WitnessText:
    return WitnessText(place, words, public=public)


FIRST = text("comment 1", "It burns since Monday morning")
REPLY = text("comment 2", f"Thanks a lot!\n\n{WROTE}\n\n> It burns since\n> Monday morning\n\nBob")


def verdict(
    rules: ExplainingRules, reply: WitnessText, shown: str, first: WitnessText = FIRST
) -> list[tuple[str, str]]:
    there = [
        text("comment 8", first.text, public=first.public),
        text("comment 9", shown, public=reply.public),
    ]
    return differences(seen(FACTS, texts=[first, reply]), seen(SHOWN, texts=there), rules)


def test_words_of_another_message_may_be_left_out_where_the_rule_says_so():
    assert verdict(QUOTES, REPLY, "Thanks a lot! Bob") == [("text", "text.quoted_replies")]
    assert verdict(ExplainingRules(), REPLY, "Thanks a lot! Bob") == [("text", "")]
    assert verdict(SIGNED, REPLY, "Thanks a lot! Bob") == [("text", "")]
    assert verdict(QUOTES, REPLY, REPLY.text) == []
    unmarked = text("comment 2", REPLY.text.replace("> ", ""))
    assert verdict(QUOTES, unmarked, "Thanks a lot! Bob") == [("text", "text.quoted_replies")]


@pytest.mark.parametrize("shown", ["Thanks a lot!", "a lot! Bob", "Bob", ""])
def test_ones_own_words_that_are_missing_are_an_error_all_the_same(shown: str):
    assert verdict(QUOTES, REPLY, shown) == [("text", "")]


def test_quoted_words_that_stand_nowhere_else_are_an_error():
    only = text("comment 2", f"Thanks a lot!\n{WROTE}\n> It burns since Sunday evening\n\nBob")
    assert verdict(QUOTES, only, "Thanks a lot! Bob") == [("text", "")]
    hidden = text("comment 1", FIRST.text, public=False)
    assert ("text", "") in verdict(QUOTES, REPLY, "Thanks a lot! Bob", hidden)


def test_a_copy_that_is_lost_too_is_told():
    there = [text("comment 9", "Thanks a lot! Bob")]
    found = differences(seen(FACTS, texts=[FIRST, REPLY]), seen(SHOWN, texts=there), QUOTES)
    assert ("text", "") in found


def test_a_signature_may_be_left_out_where_the_rule_says_so_and_nothing_below_it():
    signed = text("comment 2", "Thanks a lot!\n-- \nBob Agent\n+49 30 1234567")
    assert verdict(SIGNED, signed, "Thanks a lot!") == [("text", "text.signatures")]
    assert verdict(QUOTES, signed, "Thanks a lot!") == [("text", "")]
    assert verdict(SIGNED, signed, "a lot!") == [("text", "")]
    long = text("comment 2", "Thanks a lot!\n--\n" + "\n".join(f"point {number}" for number in range(20)))
    assert verdict(SIGNED, long, "Thanks a lot!") == [("text", "")]
    phone = text("comment 2", "Thanks a lot!\n\nSent from my iPhone")
    assert verdict(SIGNED, phone, "Thanks a lot!") == [("text", "text.signatures")]


def test_both_rules_together():
    both = text("comment 2", f"Thanks a lot!\n-- \nBob Agent\n\n{WROTE}\n> It burns since Monday morning")
    rules = ExplainingRules(quotes_dropped=True, signatures_dropped=True)
    assert verdict(rules, both, "Thanks a lot!") == [("text", "text.quoted_replies")]
    assert verdict(QUOTES, both, "Thanks a lot!") == [("text", "")]


def test_a_message_is_never_left_empty():
    assert (
        as_left(text("comment 2", "> It burns since Monday"), [FIRST], quotes=True, signatures=True) is None
    )
    assert as_left(text("comment 2", "own words"), [FIRST], quotes=True, signatures=True) is None
