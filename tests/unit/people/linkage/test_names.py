import pytest

from ticketferry.people.linkage.names import is_role_mailbox, name_parts


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("Ann Berg", "ann", "berg"),
        ("BERG, Ann", "ann", "berg"),
        ("Dr. Ann Berg", "ann", "berg"),
        ("Berg, Dr. Ann", "ann", "berg"),
        ("ann.berg", "ann", "berg"),
        ("Ann B. Berg (Firm)", "ann", "berg"),
        ("Юрий Петров", "yuriy", "petrov"),
        ("José Núñez", "jose", "nunez"),
        ("Pat O'Neil", "pat", "oneil"),
        ("Berg", "", "berg"),
        ("ann@firm.example", "", ""),
        ("", "", ""),
        ("Mr.", "", ""),
    ],
)
def test_a_name_is_taken_apart(name, given, family):
    parts = name_parts(name)
    assert (parts.given, parts.family) == (given, family)


def test_german_letters_have_two_spellings():
    parts = name_parts("Jörg Müller")
    assert (parts.given, parts.family) == ("jorg", "muller")
    assert (parts.given_other, parts.family_other) == ("joerg", "mueller")


@pytest.mark.parametrize(
    ("name", "generation"),
    [
        ("Ann Berg", ""),
        ("Al Berg Jr.", "2"),
        ("Al Berg Sr.", "1"),
        ("Sr. Al Berg", ""),
        ("Berg, Al, Jr.", "2"),
        ("Al Berg III", "3"),
    ],
)
def test_generations_are_told(name, generation):
    assert name_parts(name).generation == generation


@pytest.mark.parametrize(
    "name",
    [
        "Accounts Payable",
        "Support Team",
        "Berg GmbH",
        "Ann & Tom Berg",
        "Ann und Tom Berg",
        "Familie Berg",
        "Deleted user",
    ],
)
def test_companies_departments_and_couples_are_nobody(name):
    assert name_parts(name).nobody


@pytest.mark.parametrize(
    "local",
    [
        "info",
        "billing.uk",
        "it-support2",
        "team-berlin",
        "anna-und-peter",
        "the-smiths",
        "accounts1",
        "familie.berg",
    ],
)
def test_addresses_that_several_answer_to(local):
    assert is_role_mailbox(local)


@pytest.mark.parametrize("local", ["ann.berg", "a.berg2", "annberg", "informant", "salesio"])
def test_addresses_of_one_person(local):
    assert not is_role_mailbox(local)
