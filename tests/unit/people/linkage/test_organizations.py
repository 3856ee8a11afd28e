import random

import pytest

from ticketferry.people.linkage.organizations import bare_name, like_organizations


def organization(id_, name, *domains, **more):
    return {"ref": f"acme:organization:{id_}", "name": name, "domains": list(domains), **more}


def pairs(*records):
    return [(pair.one["ref"][-1], pair.other["ref"][-1], pair.why) for pair in like_organizations(records)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme GmbH", "ACME"), ("Acme GmbH & Co. KG", "acme"), ("The Acme Company", "Acme, Inc."), ("Bücher Süd e.V.", "Bucher Sud"),
        ("Acme S.A.R.L.", "Acme Sarl"), ("Акме", "Akme"), ("Acme Holding", "Acme Group"),
    ],
)  # fmt: skip
def test_a_legal_form_and_letters_of_any_script_part_nobody(one, other):
    assert bare_name(one) == bare_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Acme North", "Acme South"), ("Acme 1", "Acme 2"), ("GmbH", "AG")]
)
def test_other_words_are_other_names(one, other):
    assert bare_name(one) != bare_name(other)


def test_the_older_is_suggested_for_the_younger_with_what_they_share():
    found = pairs(
        organization(9, "Acme GmbH", "acme.example", created="2010-01-01T00:00:00Z"),
        organization(2, "Acme", "ACME.example", created="2015-01-01T00:00:00Z"),
        organization(3, "Bolt", "acme.example", external_id="7", created="2016-01-01T00:00:00Z"),
        organization(4, "acme ltd", created="2017-01-01T00:00:00Z"),
    )
    assert found == [
        ("9", "2", "one domain (acme.example), one name (acme)"),
        ("9", "3", "one domain (acme.example), but other names"),
        ("9", "4", "one name (acme)"),
    ]


def test_other_external_ids_are_told():
    (found,) = pairs(organization(1, "Acme", external_id="7"), organization(2, "Acme", external_id="8"))
    assert found[2] == "one name (acme), but other external ids"


def test_free_mail_crowds_and_names_of_nothing_bring_nobody_together():
    assert pairs(organization(1, "Acme", "gmail.com"), organization(2, "Bolt", "gmail.com")) == []
    assert pairs(*(organization(number, "Default") for number in range(41))) == []
    assert pairs(organization(1, ""), organization(2, ""), organization(3, "--"), organization(4, "A")) == []


def test_no_order_changes_anything():
    records = [organization(number, f"Firm {number % 3}", created="2015") for number in range(9)]
    found = pairs(*records)
    random.Random(2).shuffle(records)
    assert pairs(*records) == found
