"""The language of a ticket as a field: told by its first message, in the target's own words, never guessed."""

from typing import Any

import pytest
from tests.unit.mapping.desks import JIRA, JSM, ZENDESK, case, comment, engine, field, files_engine, mapping

from ticketferry.errors import MappingError
from ticketferry.mapping.definitions import missing_definitions
from ticketferry.mapping.lint import lint
from ticketferry.schema.body_subset import write_html
from ticketferry.schema.body_text import from_text
from ticketferry.sdk.features import Feature

GERMAN = "Guten Tag, ich kann mich nicht mit dem Passwort anmelden, das Sie mir gegeben haben. Bitte helfen Sie mir."
ENGLISH = "We have looked into this and it is not the router. Can you tell us what you see on the screen?"
RULES = "text: {language: {field: Language}}\n"


def site(*options: str) -> dict[str, Any]:
    kind = ("select", *((name, name) for name in options)) if options else ("text",)
    return {**JIRA, "fields": [*JIRA["fields"], field("language", *kind, name="Language")]}


def html(text: str) -> dict[str, str]:
    return {"html": write_html(from_text(text))}


def told(rules: str, target: dict[str, Any] | None = None, **more: Any) -> Any:
    mapped = engine(rules, target=target or site()).case(case(subject="", **more))
    return mapped.record.get("fields", {}).get("Language"), mapped


def test_the_first_message_tells_the_language():
    assert told(RULES, body=html(GERMAN))[0] == "German"
    assert told("text: {language: Language}\n", body=html(ENGLISH))[0] == "English"
    assert told(RULES, body=html("ルーターが燃えています。助けてください。"))[0] == "Japanese"
    assert files_engine(RULES).case(case(body=html(GERMAN))).record["fields"]["Language"] == "German"


def test_the_customer_is_asked_before_the_agent_and_quotes_are_not():
    said = [
        comment("1", html(ENGLISH)["html"], author="acme:person:2"),
        comment(
            "2",
            html(f"{GERMAN}\n\nOn 3 Nov 2026 10:00 Bob <bob@acme.example> wrote:\n> {ENGLISH}\n> {ENGLISH}")[
                "html"
            ],
        ),
    ]
    assert told(RULES, comments=said)[0] == "German"
    assert told(RULES, comments=said[:1])[0] == "English"


def test_a_text_that_does_not_tell_is_never_guessed():
    assert told(RULES, body=html("ok 4711"))[0] is None
    assert told(RULES)[0] is None
    assert (
        told("text: {language: {field: Language, missing: unknown}}\n", body=html("ok 4711"))[0] == "unknown"
    )


def test_the_target_has_words_of_its_own():
    rules = 'text: {language: {field: Language, values: {German: Deutsch, "*": andere}}}\n'
    target = site("Deutsch", "andere")
    assert told(rules, target, body=html(GERMAN))[0] == "Deutsch"
    assert told(rules, target, body=html(ENGLISH))[0] == "andere"
    value, mapped = told(RULES, site("Deutsch"), body=html(GERMAN))
    assert value is None
    (finding,) = [one for one in mapped.findings if one.code == "F102"]
    assert "German" in finding.message
    assert "values" in finding.remedy


def test_what_is_redacted_does_not_tell():
    rules = (
        "clean: [{id: a, when: always, redact: {patterns: ['[A-Za-z]+'], with: '0'}, because: x}]\n" + RULES
    )
    assert told(rules, body=html(GERMAN))[0] is None


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("text: {language: {values: {German: x}}}\n", "`field` is missing here"),
        (
            "text: {language: {field: Language, values: {Klingon: x}}}\n",
            "`Klingon` is no language that is told here",
        ),
    ],
)
def test_other_words_are_refused_with_their_place(rules: str, said: str):
    with pytest.raises(MappingError) as refused:
        mapping(rules)
    assert [line for line in refused.value.problems if said in line and line.startswith("mapping.yaml:")]


def codes(rules: str, target: dict[str, Any]) -> list[str]:
    return [
        f"{one.code} {one.where.rsplit(':', 2)[0]}"
        for one in lint(mapping(rules), ZENDESK, target, JSM)
        if one.code in ("S205", "S211", "S219")
    ]


def test_the_check_knows_the_field_its_options_and_who_else_writes_it():
    assert codes(RULES, site()) == []
    assert codes(RULES, JIRA) == ["S205 mapping.yaml"]
    assert codes("text: {language: {field: Language, values: {German: Deitsch}}}\n", site("Deutsch")) == [
        "S205 mapping.yaml"
    ]
    assert codes(RULES + "fields: [{from: fields.city, to: Language}]\n", site()) == ["S211 mapping.yaml"]
    dated = {**JIRA, "fields": [*JIRA["fields"], field("language", "date", name="Language")]}
    assert codes(RULES, dated) == ["S219 mapping.yaml"]


def test_a_field_that_the_target_lacks_can_be_made():
    file = mapping(RULES + "catalog: {create: [fields]}\n")
    assert "Language" in str(list(missing_definitions(file, ZENDESK, JIRA, JSM | {Feature.DEFINITIONS})))
