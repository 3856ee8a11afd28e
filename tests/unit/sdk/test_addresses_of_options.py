"""Addresses as people write them into migration.yaml: whole ones are taken, what is none is refused with an example."""

import pytest

from ticketferry.sdk.options import mail_address, web_address

SHORT = {"eu": "https://api.eu.example"}


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("https://desk.example", "https://desk.example"),
        (" HTTPS://desk.example/ ", "https://desk.example"),
        ("http://127.0.0.1:4010/base/", "http://127.0.0.1:4010/base"),
        (" EU ", "https://api.eu.example"),
    ],
)
def test_an_address_is_taken_as_it_is_asked(written, taken):
    assert web_address("https://desk.example", "eu or ", SHORT)(written) == taken


@pytest.mark.parametrize(
    "written",
    ["", "desk.example", "ftp://desk.example", "https://", "https://me@desk.example", "https://desk. example", "https://desk.example?a=1", "us"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_an_example(written):
    with pytest.raises(ValueError, match=r"write eu or the whole address, such as https://desk\.example"):
        web_address("https://desk.example", "eu or ", SHORT)(written)


def test_one_that_may_be_left_out_may_be_empty():
    assert web_address("https://desk.example", empty=True)("") == ""
    with pytest.raises(ValueError, match="whole address"):
        web_address("https://desk.example", empty=True)("desk")


@pytest.mark.parametrize("written", ["me", "me @acme.com", "me@acme.com/token"])
def test_a_mail_address_stands_alone(written):
    check = mail_address("the admin")
    assert check("") == ""
    assert check("a/b@acme.com") == "a/b@acme.com"
    with pytest.raises(ValueError, match="the admin's address alone"):
        check(written)
