"""What of a mapping explains a difference to the witness: what the rule could have done, no more."""

from datetime import UTC, datetime

import pytest
from tests.unit.mapping.desks import mapping

from ticketferry.verify.witness_rules import rules_of


def left(subject: str, text: str) -> str:
    rules = rules_of(mapping(f"text: {{subject: {subject}}}\n"), frozenset())
    assert rules.subject is not None
    return rules.subject(text)


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        ("{max: 255}", "Broken router", "Broken router"),
        ("{max: 12}", "The router is broken", "The router"),
        ("{max: 12, prefix: 'old: '}", "The router is broken", "The"),
        ("{strip: ['^re: ']}", "Re: RE: broken", "broken"),
        ("{max: 3}", "Donaudampfschiff", ""),
    ],
)
def test_a_rule_leaves_what_it_does_not_take(subject: str, text: str, expected: str) -> None:
    """What stays for certain: the cut may go through the last word."""
    assert left(subject, text) == expected


def test_a_mapping_without_a_rule_for_subjects_explains_none() -> None:
    assert rules_of(mapping(), frozenset()).subject is None


def test_stand_ins_are_known_by_the_addresses_that_the_rule_gives() -> None:
    """Signs that mean something in a pattern mean themselves in an address."""
    rules = rules_of(
        mapping('people: {placeholder: {name: "{{ name }}", email: "Old-{{ id }}@x.example"}}\n'), frozenset()
    )
    assert rules.stand_ins == "old-*@x.example"
    assert rules_of(mapping(), frozenset()).stand_ins == ""


def test_words_about_files_and_talks_explain_only_where_they_stand_in_the_file() -> None:
    now = datetime(2024, 2, 29, tzinfo=UTC)
    plain = rules_of(mapping(), frozenset(), now=now)
    assert (plain.oldest_file, plain.pictures_left, plain.calls, plain.talks_written) == (
        None,
        False,
        "keep",
        False,
    )
    said = rules_of(
        mapping(
            "attachments: {older_than: {years: 7}, inline: keep_link}\n"
            "comments: {voice: {as: text}, side_conversations: {as: internal_comment}}\n"
        ),
        frozenset(),
        now=now,
    )
    assert said.oldest_file == datetime(2017, 2, 28, tzinfo=UTC)
    assert (said.pictures_left, said.calls, said.talks_written) == (True, "text", True)
    assert rules_of(mapping("comments: {voice: attachment_and_text}\n"), frozenset()).calls == "keep"
