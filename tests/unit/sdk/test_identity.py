"""Two desks are told apart by their ids, by their names only where an id is missing."""

from os.path import normcase

import pytest

from ticketferry.sdk import DeskIdentity


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        (("1", "acme"), ("1", "acme"), True),
        (("1", "acme"), ("1", "renamed"), True),
        (("1", "acme"), ("2", "acme"), False),
        (("", "acme"), ("2", "Acme"), True),
        (("1", "acme"), ("", "other"), False),
        (("", "acme"), ("", "other"), False),
        (("", "Acme.Example"), ("", "acme.example"), True),
        (("", "/data/Acme"), ("", "/data/acme"), normcase("A") == "a"),
        (("1", "/data/Acme"), ("", "/data/acme"), normcase("A") == "a"),
    ],
)
def test_ids_decide_and_names_only_where_one_is_missing(one, two, same):
    assert DeskIdentity(*one).same(DeskIdentity(*two)) is same
    assert DeskIdentity(*two).same(DeskIdentity(*one)) is same
