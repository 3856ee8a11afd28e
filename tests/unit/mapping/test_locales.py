"""Times in the line over a message as people of a country write them."""

import importlib.util

import pytest
from tests.unit.mapping.desks import JSM, case, comment, engine, mapping

from ticketferry.errors import MappingError
from ticketferry.mapping import expressions, locales

LINE = "{{ author }} | {{ at | local('Europe/Berlin') }}"


def line(locale: str, template: str = LINE) -> str:
    rules = f'text: {{header: {{when: always, template: "{template}", locale: {locale}}}}}\n'
    said = comment("1", created="2024-01-31T13:05:59Z")
    mapped = engine(rules, features=JSM).case(case(body={"html": "<p>x</p>"}, comments=[said]))
    return str(mapped.record["comments"][0]["header"])


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        ("de_DE", "31.01.2024, 14:05"),
        ("de-DE", "31.01.2024, 14:05"),
        ("en_US", "Jan 31, 2024, 2:05 PM"),
        ("en_GB", "31 Jan 2024, 14:05"),
        ("ja", "2024/01/31 14:05"),
        ("es", "31 ene 2024, 14:05"),
    ],
)
def test_times_are_written_as_the_country_does(locale: str, shown: str):
    assert line(locale) == f"Ann Customer | {shown}"


def test_a_form_of_ones_own_wins_and_other_expressions_know_no_locale():
    assert line("de_DE", "{{ at | local('Europe/Berlin', '%Y/%m') }}") == "2024/01"
    template = expressions.compile_template("{{ at | local }}")
    at = {"at": "2024-01-31T13:05:59Z"}
    assert expressions.render(template, at, "de_DE") == "31.01.2024, 13:05"
    assert expressions.render(template, at) == "2024-01-31 13:05"


@pytest.mark.parametrize("name", ["Klingon", "de_XX_YY_ZZ", "../../etc", "de_DE.UTF-8", "", "xx_YY"])
def test_what_is_no_locale_is_refused_with_its_place(name: str):
    with pytest.raises(MappingError, match=r"mapping.yaml:\d+:\d+: .*is no locale: write de_DE"):
        mapping(f'text: {{header: {{locale: "{name}"}}}}\n')


def test_without_the_extra_the_check_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(locales, "find_spec", lambda name: None if name == "babel" else found(name))
    with pytest.raises(MappingError, match=r"pip install 'ticketferry\[locale\]'"):
        mapping("text: {header: {locale: de_DE}}\n")
    assert mapping().rules.text.header.locale is None


def test_other_data_makes_another_mapping(monkeypatch: pytest.MonkeyPatch):
    rules = "text: {header: {locale: de_DE}}\n"
    before = mapping(rules).digest
    assert mapping(rules).digest == before != mapping().digest
    plain = mapping().digest
    monkeypatch.setattr("ticketferry.mapping.loader.data_version", lambda: "99")
    assert mapping(rules).digest != before
    assert mapping().digest == plain
